//! Products, a JSON object a line.

use std::collections::BTreeMap;
use std::path::Path;

use alluvium_domain::shop::{AttributeValue, Bilingual, ProductInput};
use alluvium_domain::{Issue, Problem, fold};
use serde_json::{Map, Value};

use super::source::{Row, in_its_language, text_lines};
use super::table::refused;

/// Keys of attributes begin so, with the type of the value: text, number, boolean.
const ATTRIBUTE: [&str; 3] = ["attr_t_", "attr_n_", "attr_b_"];

/// The products of a file, where nothing else is wanted of it; a wrong line ends it.
pub(crate) fn all(path: &Path) -> std::io::Result<Vec<ProductInput>> {
    let mut products = Vec::new();
    for line in text_lines(path)? {
        let (number, text) = line?;
        let rows = text.and_then(|text| rows(&text, "EUR"));
        let rows = rows.map_err(|problem| std::io::Error::other(format!("line {number}: {problem}")))?;
        products.extend(rows.into_iter().filter_map(|row| match row {
            Row::Product(product) => Some(*product),
            _ => None,
        }));
    }
    Ok(products)
}

/// A line; an empty one is nothing.
pub(super) fn rows(line: &str, currency: &str) -> Result<Vec<Row>, Problem> {
    if line.trim().is_empty() {
        return Ok(Vec::new());
    }
    let object: Map<String, Value> = serde_json::from_str(line).map_err(|error| {
        Problem::field("line", Issue::Malformed { expected: format!("a JSON object ({error})").into() })
    })?;
    let fields = Fields(&object);
    let price = match object.get("price") {
        None | Some(Value::Null) => None,
        Some(price) => Some(whole(price).ok_or_else(|| malformed("price", "a whole number of minor units"))?),
    };
    let mut title = fields.text("title")?;
    if title == Bilingual::default() {
        title = fields.text("name")?;
    }
    let mut description = fields.text("description")?;
    if description == Bilingual::default() {
        description = fields.text("short_description")?;
    }
    let picture = ["picture", "img_500x500", "img_high", "img_low"]
        .iter()
        .filter_map(|name| object.get(*name)?.as_str())
        .find(|address| address.starts_with("https://") || address.starts_with("http://"))
        .map(str::to_owned);
    let product = ProductInput {
        id: fields.id()?,
        title,
        brand: fields.plain("brand")?.or(fields.plain("supplier")?).unwrap_or_default(),
        category: fields.category()?,
        price,
        currency: price.map(|_| object.get("currency").and_then(Value::as_str).unwrap_or(currency).to_owned()),
        attributes: attributes(&object),
        description,
        picture,
    };
    Ok(vec![Row::Product(Box::new(product.checked()?))])
}

/// Attributes, and with them the model number, the article numbers and the date of release.
fn attributes(object: &Map<String, Value>) -> BTreeMap<String, AttributeValue> {
    let mut attributes = BTreeMap::new();
    for (key, value) in object {
        let name = match ATTRIBUTE.iter().find_map(|prefix| key.strip_prefix(prefix)) {
            Some(name) => name.trim_matches('_'),
            None if key == "name" && object.contains_key("title") => "model",
            None if matches!(key.as_str(), "ean" | "date_released") => key,
            None => continue,
        };
        let value = match value {
            Value::Bool(flag) => AttributeValue::Flag(*flag),
            Value::Number(number) => AttributeValue::Number(number.as_f64().unwrap_or_default()),
            Value::String(text) if !text.trim().is_empty() => AttributeValue::Text(text.clone()),
            Value::Array(items) => {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                if texts.is_empty() {
                    continue;
                }
                AttributeValue::Text(texts.join(" "))
            }
            _ => continue,
        };
        attributes.insert(name.to_owned(), value);
    }
    attributes
}

struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    fn id(&self) -> Result<String, Problem> {
        match self.0.get("id") {
            Some(Value::String(id)) => Ok(id.clone()),
            Some(Value::Number(id)) if id.is_i64() || id.is_u64() => Ok(id.to_string()),
            // `12.0` is 12; of a number that is too large digits are lost already.
            Some(id @ Value::Number(_)) => {
                let number = whole(id).ok_or_else(|| malformed("id", "text, or a whole number below 2^53"))?;
                Ok(number.to_string())
            }
            None | Some(Value::Null) => Err(Problem::field("id", Issue::Required)),
            Some(_) => Err(malformed("id", "text")),
        }
    }

    fn plain(&self, name: &'static str) -> Result<Option<String>, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(malformed(name, "text")),
        }
    }

    /// A text, or an object with `zh` and `en`.
    fn text(&self, name: &'static str) -> Result<Bilingual, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Bilingual::default()),
            Some(value) => bilingual(value).ok_or_else(|| malformed(name, "text, or an object with zh and en")),
        }
    }

    fn category(&self) -> Result<Vec<Bilingual>, Problem> {
        let expected = || malformed("category", "text, or a list from the widest category to the narrowest");
        match self.0.get("category") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(levels)) => levels.iter().map(|level| bilingual(level).ok_or_else(expected)).collect(),
            Some(level) => Ok(vec![bilingual(level).ok_or_else(expected)?]),
        }
    }
}

fn bilingual(value: &Value) -> Option<Bilingual> {
    match value {
        Value::String(text) => Some(in_its_language(text)),
        Value::Object(_) => serde_json::from_value(value.clone()).ok(),
        _ => None,
    }
}

/// A whole number, as a number or as text, also with a point or an exponent.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| fold::whole(&number.to_string())),
        Value::String(text) => fold::whole(text),
        _ => None,
    }
}

/// One error for a file that is one JSON array: each of its lines would be wrong.
pub(super) fn refuse_array(path: &Path) -> std::io::Result<()> {
    let first = text_lines(path)?.find_map(|line| line.ok()?.1.ok().filter(|text| !text.trim().is_empty()));
    match first {
        Some(text) if text.trim_start().starts_with('[') => {
            Err(refused("the file is a JSON array; one object a line is needed"))
        }
        _ => Ok(()),
    }
}

fn malformed(field: &'static str, expected: &'static str) -> Problem {
    Problem::field(field, Issue::Malformed { expected: expected.into() })
}
