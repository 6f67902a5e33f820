//! One file for each kind of event, `uid sid` a line under a heading, tabs, commas or semicolons between: `view.*` (or `pv.*`), `cart.*`, `buy.*`. A
//! further column is not read. There are no times: a shopper's lines are a minute apart, in the order of the file; views are of the
//! first day of 2000, carts of the second, purchases of the third, and purchases of a file with `test` in its name of the fourth.

use std::collections::HashMap;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use alluvium_domain::shop::{EventId, EventInput, EventKind};
use alluvium_domain::{Issue, Problem};
use time::Duration;
use uuid::Uuid;

use super::source::{NO_TIME, Row, Source, checked_key, files};

/// The files whose names say a kind, views first.
pub(super) fn sources(path: &Path) -> Result<Vec<Source>> {
    let mut sources: Vec<(EventKind, bool, Source)> = files(path)?
        .into_iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().to_lowercase();
            let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
            let kind = if !(name.ends_with(".txt") || name.ends_with(".csv") || name.ends_with(".tsv")) {
                return None;
            } else if begins(&["view", "pv"]) {
                EventKind::View
            } else if begins(&["cart"]) {
                EventKind::Cart
            } else if begins(&["buy", "purchase"]) {
                EventKind::Purchase
            } else {
                return None;
            };
            let test = name.contains("test");
            Some((kind, test, Source::Behaviours { path, kind, test }))
        })
        .collect();
    if sources.is_empty() {
        let expected =
            "no file whose name begins with view, pv, cart, buy or purchase and ends with .txt, .csv or .tsv";
        return Err(Error::new(ErrorKind::NotFound, expected));
    }
    sources.sort_by_key(|(kind, test, _)| (*kind, *test));
    Ok(sources.into_iter().map(|(_, _, source)| source).collect())
}

/// Reads one file; a shopper's lines are counted.
pub(super) struct Reader {
    kind: EventKind,
    day: i64,
    seen: HashMap<String, i64>,
}

impl Reader {
    pub(super) fn new(kind: EventKind, test: bool) -> Reader {
        let day = match kind {
            EventKind::View => 0,
            EventKind::Cart => 1,
            EventKind::Purchase => 2 + i64::from(test),
        };
        Reader { kind, day, seen: HashMap::new() }
    }

    pub(super) fn rows(&mut self, line: &str) -> std::result::Result<Vec<Row>, Problem> {
        let mut columns = line.split(['\t', ',', ';']).map(str::trim);
        let (shopper, product) = (columns.next().unwrap_or_default(), columns.next().unwrap_or_default());
        if line.trim().is_empty() || (shopper, product) == ("uid", "sid") {
            return Ok(Vec::new());
        }
        if product.is_empty() {
            return Err(Problem::field("sid", Issue::Required));
        }
        let shopper = checked_key("uid", shopper)?;
        let product = checked_key("sid", product)?;
        let place = self.seen.entry(shopper.clone()).or_default();
        let at = NO_TIME + Duration::days(self.day) + Duration::minutes(*place);
        *place += 1;
        let id = EventId(Uuid::nil());
        let event = EventInput { id, shopper, product, kind: self.kind, at: Some(at), query: None, position: None };
        Ok(vec![Row::Event { event, anonymous: true }])
    }
}
