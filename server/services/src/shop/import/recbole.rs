//! `RecBole`'s atomic files: tabs (or commas, semicolons, spaces) between columns, `name:type` in the heading. `NAME.item` are products, `NAME.user` shoppers, `NAME.inter` what
//! these did. An interaction (a rating) counts as a purchase: the shopper took the product. The rating itself is not kept.

use std::collections::{BTreeMap, HashMap};
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use alluvium_domain::shop::{AttributeValue, EventId, EventInput, EventKind, ProductInput, Shopper};
use alluvium_domain::{Issue, Problem, fold};
use time::Duration;
use uuid::Uuid;

use super::events::moment;
use super::source::{Line, NO_TIME, Row, Source, anonymous, checked_key, files, in_its_language, text_lines};
use super::table::refused;

/// The files of a folder, or those beside a file with the same name: products, then shoppers, then what they did.
pub(super) fn sources(path: &Path) -> Result<Vec<Source>> {
    let (folder, stem) =
        if path.is_file() { (path.parent().unwrap_or(Path::new(".")), path.file_stem()) } else { (path, None) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let found = files(folder)?;
    let with = |extension: &str| {
        found
            .iter()
            .filter(|file| file.extension().is_some_and(|own| own == extension))
            .filter(|file| stem.is_none() || file.file_stem() == stem)
            .cloned()
            .collect::<Vec<_>>()
    };
    let anonymous = with("item").is_empty();
    let mut sources: Vec<Source> = with("item").into_iter().map(|path| Source::RecboleItems { path }).collect();
    sources.extend(with("user").into_iter().map(|path| Source::RecboleUsers { path }));
    sources.extend(with("inter").into_iter().map(|path| Source::RecboleInteractions { path, anonymous }));
    if sources.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, "no file .inter, .item or .user"));
    }
    Ok(sources)
}

/// Names and types of the columns.
type Heading = Vec<(String, String)>;

/// The lines under the heading as fields, through `row`.
fn table<F>(path: &Path, required: &[&str], mut row: F) -> Result<impl Iterator<Item = Result<Line>> + use<F>>
where
    F: FnMut(&Heading, &[&str]) -> std::result::Result<Vec<Row>, Problem>,
{
    let mut lines = text_lines(path)?;
    let heading = match lines.next().transpose()? {
        Some((_, Ok(line))) => line,
        Some((_, Err(_))) => return Err(refused("line 1 is not UTF-8; save the file as UTF-8")),
        None => return Err(refused("the file is empty")),
    };
    let separator = separator(&heading, required)?;
    let heading: Heading = heading
        .split(separator)
        .map(|column| column.trim().split_once(':').unwrap_or((column.trim(), "token")))
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
        .collect();
    Ok(lines.map(move |line| {
        let (number, text) = line?;
        let rows = text.and_then(|text| {
            if text.is_empty() {
                return Ok(Vec::new());
            }
            let fields: Vec<&str> = text.split(separator).collect();
            if fields.len() == heading.len() {
                row(&heading, &fields)
            } else {
                let expected = format!("{} columns, there are {}", heading.len(), fields.len());
                Err(Problem::field("line", Issue::Malformed { expected: expected.into() }))
            }
        });
        Ok((number, rows))
    }))
}

/// What stands between the columns: the sign that gives the columns needed and most of all, tabs first. An error names the columns found and those missing.
fn separator(heading: &str, required: &[&str]) -> Result<char> {
    let names =
        |separator: char| heading.split(separator).map(|column| column.split(':').next().unwrap_or_default().trim());
    let lacks = |separator: char| required.iter().filter(|name| !names(separator).any(|own| own == **name)).count();
    // A heading that another sign separates is one column, whose name may be one of those needed.
    let fit = |separator: &char| (std::cmp::Reverse(lacks(*separator)), heading.split(*separator).count());
    let best = [' ', ';', ',', '\t'].into_iter().max_by_key(fit).unwrap_or('\t');
    if lacks(best) == 0 {
        return Ok(best);
    }
    let missing: Vec<&str> = required.iter().copied().filter(|name| !names(best).any(|own| own == *name)).collect();
    let found: String = heading.chars().take(300).collect();
    Err(refused(format!(
        "line 1 is no heading with the columns needed; missing: {}; found: {found}",
        missing.join(", ")
    )))
}

pub(super) fn items(path: &Path) -> Result<impl Iterator<Item = Result<Line>> + use<>> {
    table(path, &["item_id"], |heading, fields| {
        let (id, text) = id(heading, fields, "item_id");
        let mut product = anonymous(checked_key("item_id", text)?);
        let title = heading.iter().position(|(name, _)| name.contains("title") || name == "name");
        if let Some(title) = title.and_then(|place| fields.get(place)).filter(|title| !title.is_empty()) {
            product.title = in_its_language(title);
        }
        let attributes = attributes(heading, fields, &[id, title])?;
        Ok(vec![Row::Product(Box::new(ProductInput { attributes, ..product }.checked()?))])
    })
}

pub(super) fn users(path: &Path) -> Result<impl Iterator<Item = Result<Line>> + use<>> {
    table(path, &["user_id"], |heading, fields| {
        let (place, text) = id(heading, fields, "user_id");
        let attributes = attributes(heading, fields, &[place])?;
        Ok(vec![Row::Shopper(Shopper { id: checked_key("user_id", text)?, attributes, truth: None })])
    })
}

pub(super) fn interactions(path: &Path, anonymous: bool) -> Result<impl Iterator<Item = Result<Line>> + use<>> {
    let mut seen: HashMap<String, i64> = HashMap::new();
    table(path, &["user_id", "item_id"], move |heading, fields| {
        let place = |name: &str| heading.iter().position(|(own, _)| own == name);
        let field = |name: &str| place(name).and_then(|place| fields.get(place)).copied().unwrap_or_default();
        let shopper = checked_key("user_id", field("user_id"))?;
        let product = checked_key("item_id", field("item_id"))?;
        let count = seen.entry(shopper.clone()).or_default();
        let at = match field("timestamp") {
            "" => NO_TIME + Duration::hours(*count),
            text => moment("timestamp", text)?,
        };
        *count += 1;
        let id = EventId(Uuid::nil());
        let kind = EventKind::Purchase;
        let event = EventInput { id, shopper, product, kind, at: Some(at), query: None, position: None };
        Ok(vec![Row::Event { event, anonymous }])
    })
}

/// The place and the text of a column.
fn id<'a>(heading: &Heading, fields: &[&'a str], name: &str) -> (Option<usize>, &'a str) {
    let place = heading.iter().position(|(own, _)| own == name);
    (place, place.and_then(|place| fields.get(place)).copied().unwrap_or_default())
}

/// All columns but those that are something else already: the id, the title.
fn attributes(
    heading: &Heading,
    fields: &[&str],
    besides: &[Option<usize>],
) -> std::result::Result<BTreeMap<String, AttributeValue>, Problem> {
    let mut attributes = BTreeMap::new();
    for (place, ((name, kind), text)) in heading.iter().zip(fields).enumerate() {
        if besides.contains(&Some(place)) || text.is_empty() {
            continue;
        }
        let value = if kind == "float" {
            let number = fold::decimal(text)
                .ok_or_else(|| Problem::field(name.clone(), Issue::Malformed { expected: "a number".into() }))?;
            AttributeValue::Number(number)
        } else if text.contains('\0') {
            return Err(Problem::field(name.clone(), Issue::Malformed { expected: "no NUL character".into() }));
        } else {
            AttributeValue::Text((*text).to_owned())
        };
        attributes.insert(name.clone(), value);
    }
    Ok(attributes)
}
