//! Events as CSV with a heading line: `shopper,product,kind,time,query,position`, in any order; `query`, `position` and `id` may be missing.

use std::fs::File;
use std::io::{Error, Result};
use std::path::Path;

use alluvium_domain::shop::{EventId, EventInput};
use alluvium_domain::{Issue, Problem};
use csv::{ByteRecord, ReaderBuilder};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use uuid::Uuid;

use super::source::{Line, Row};

/// Where each column stands.
struct Columns {
    shopper: Option<usize>,
    product: Option<usize>,
    kind: Option<usize>,
    time: Option<usize>,
    query: Option<usize>,
    position: Option<usize>,
    id: Option<usize>,
}

/// The lines after the heading.
pub(super) fn lines(path: &Path) -> Result<impl Iterator<Item = Result<Line>> + use<>> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(File::open(path)?);
    let heading = reader.byte_headers().map_err(Error::other)?.clone();
    let find = |name: &str| heading.iter().position(|column| column.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
    let columns = Columns {
        shopper: find("shopper"),
        product: find("product"),
        kind: find("kind"),
        time: find("time"),
        query: find("query"),
        position: find("position"),
        id: find("id"),
    };
    Ok(std::iter::from_fn(move || {
        let mut record = ByteRecord::new();
        match reader.read_byte_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let line = record.position().map_or(0, |position| position.line());
                Some(Ok((i64::try_from(line).unwrap_or(i64::MAX), row(&columns, &record))))
            }
            Err(error) => Some(Err(Error::other(error))),
        }
    }))
}

fn row(columns: &Columns, record: &ByteRecord) -> std::result::Result<Vec<Row>, Problem> {
    let field = |column: Option<usize>, name: &'static str| -> std::result::Result<&str, Problem> {
        let bytes = column.and_then(|column| record.get(column)).unwrap_or_default();
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Problem::field(name, Issue::Malformed { expected: "UTF-8".into() }))?;
        Ok(text.trim())
    };
    let kind = field(columns.kind, "kind")?;
    let position = field(columns.position, "position")?;
    let query = field(columns.query, "query")?;
    let id = field(columns.id, "id")?;
    let event = EventInput {
        id: EventId(match id {
            "" => Uuid::nil(),
            id => id.parse().map_err(|_| Problem::field("id", Issue::Malformed { expected: "a UUID".into() }))?,
        }),
        shopper: field(columns.shopper, "shopper")?.to_owned(),
        product: field(columns.product, "product")?.to_owned(),
        kind: kind.parse().map_err(|()| match kind {
            "" => Problem::field("kind", Issue::Required),
            kind => Problem::field("kind", Issue::Unknown { value: kind.to_owned() }),
        })?,
        at: Some(moment("time", field(columns.time, "time")?)?),
        query: (!query.is_empty()).then(|| query.to_owned()),
        position: match position {
            "" => None,
            position => Some(position.parse().map_err(|_| {
                Problem::field("position", Issue::Malformed { expected: "a whole number from 1".into() })
            })?),
        },
    };
    Ok(vec![Row::Event { event: event.checked()?, anonymous: false }])
}

/// A time: RFC 3339, or seconds since 1970.
pub(super) fn moment(field: &'static str, text: &str) -> std::result::Result<OffsetDateTime, Problem> {
    if text.is_empty() {
        return Err(Problem::field(field, Issue::Required));
    }
    let malformed = || {
        let expected = "RFC 3339, or seconds since 1970, between 1970 and 2100".into();
        Problem::field(field, Issue::Malformed { expected })
    };
    let at = match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() => {
            OffsetDateTime::from_unix_timestamp(seconds as i64).map_err(|_| malformed())?
        }
        _ => OffsetDateTime::parse(text, &Rfc3339).map_err(|_| malformed())?,
    };
    let known = datetime!(1970-01-01 00:00 UTC)..datetime!(2100-01-01 00:00 UTC);
    if known.contains(&at) { Ok(at) } else { Err(malformed()) }
}
