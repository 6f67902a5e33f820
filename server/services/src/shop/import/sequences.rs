//! Purchases, a shopper a line, `shopper product product ...` in the order of time, and beside them `NAME_item2attributes.json`. There are no
//! times: a shopper's first purchase is at the beginning of 2000 and each further one an hour later.

use std::collections::BTreeMap;
use std::io::Result;
use std::path::{Path, PathBuf};

use alluvium_domain::shop::{AttributeValue, EventId, EventInput, EventKind, ProductInput};
use alluvium_domain::{Issue, Problem};
use serde_json::Value;
use time::Duration;
use uuid::Uuid;

use super::source::{Line, NO_TIME, Row, Source, anonymous, checked_key};
use super::table;

/// The attributes, where they stand beside the file, and the file.
pub(super) fn sources(path: PathBuf) -> Vec<Source> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let attributes = path.with_file_name(format!("{stem}_item2attributes.json"));
    let mut sources = Vec::new();
    if attributes.is_file() {
        sources.push(Source::SequenceAttributes { path: attributes });
    }
    sources.push(Source::Sequences { path });
    sources
}

pub(super) fn rows(line: &str) -> std::result::Result<Vec<Row>, Problem> {
    let mut words = line.split_whitespace();
    let Some(shopper) = words.next() else { return Ok(Vec::new()) };
    let shopper = checked_key("shopper", shopper)?;
    let mut rows = Vec::new();
    for (place, product) in (0_i64..).zip(words) {
        let event = EventInput {
            id: EventId(Uuid::nil()),
            shopper: shopper.clone(),
            product: checked_key("product", product)?,
            kind: EventKind::Purchase,
            at: Some(NO_TIME + Duration::hours(place)),
            query: None,
            position: None,
        };
        rows.push(Row::Event { event, anonymous: true });
    }
    if rows.is_empty() { Err(Problem::field("product", Issue::Required)) } else { Ok(rows) }
}

/// One JSON object: product to list of attribute numbers. The file is one line; its entries count as lines.
pub(super) fn attributes(path: &Path) -> Result<impl Iterator<Item = Result<Line>> + use<>> {
    let entries: BTreeMap<String, Value> = serde_json::from_reader(table::open(path)?)?;
    Ok((1_i64..).zip(entries).map(|(number, (id, value))| Ok((number, product(id, &value)))))
}

fn product(id: String, value: &Value) -> std::result::Result<Vec<Row>, Problem> {
    let numbers: Option<Vec<String>> =
        value.as_array().map(|items| items.iter().map(std::string::ToString::to_string).collect());
    let numbers = numbers
        .ok_or_else(|| Problem::field("attributes", Issue::Malformed { expected: "a list of numbers".into() }))?;
    let attributes = BTreeMap::from([("attributes".to_owned(), AttributeValue::Text(numbers.join(" ")))]);
    let product = ProductInput { attributes, ..anonymous(checked_key("product", &id)?) };
    Ok(vec![Row::Product(Box::new(product.checked()?))])
}
