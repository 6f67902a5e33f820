//! Events as CSV with a heading line: `shopper,product,kind,time,query,position`, in any order; `query`, `position` and `id` may be missing. Commas,
//! semicolons or tabs stand between the columns.

use std::io::Result;
use std::path::Path;

use alluvium_domain::shop::{EventId, EventInput};
use alluvium_domain::{Issue, Problem, fold};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use uuid::Uuid;

use super::source::{Line, Row};
use super::table::{Column, Fields, Table};

const COLUMNS: [Column; 7] = [&["shopper"], &["product"], &["kind"], &["time"], &["query"], &["position"], &["id"]];

/// The lines after the heading.
pub(super) fn lines(path: &Path) -> Result<impl Iterator<Item = Result<Line>> + use<>> {
    Ok(Table::open(path, &COLUMNS, &COLUMNS[..4])?.lines(row))
}

fn row(fields: &Fields<'_>) -> std::result::Result<Vec<Row>, Problem> {
    let kind = fields.text(2, "kind")?;
    let query = fields.text(4, "query")?;
    let position = fields.text(5, "position")?;
    let id = fields.text(6, "id")?;
    let event = EventInput {
        id: EventId(match id {
            "" => Uuid::nil(),
            id => id.parse().map_err(|_| Problem::field("id", Issue::Malformed { expected: "a UUID".into() }))?,
        }),
        shopper: fields.text(0, "shopper")?.to_owned(),
        product: fields.text(1, "product")?.to_owned(),
        kind: fold::name(kind).parse().map_err(|()| match kind {
            "" => Problem::field("kind", Issue::Required),
            kind => Problem::field("kind", Issue::Unknown { value: kind.to_owned() }),
        })?,
        at: Some(moment("time", fields.text(3, "time")?)?),
        query: (!query.is_empty()).then(|| query.to_owned()),
        position: match position {
            "" => None,
            position => Some(fold::whole(position).and_then(|place| place.try_into().ok()).ok_or_else(|| {
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
    let at = match fold::decimal(text) {
        Some(seconds) => OffsetDateTime::from_unix_timestamp(seconds as i64).map_err(|_| malformed())?,
        None => OffsetDateTime::parse(text, &Rfc3339).map_err(|_| malformed())?,
    };
    let known = datetime!(1970-01-01 00:00 UTC)..datetime!(2100-01-01 00:00 UTC);
    if known.contains(&at) { Ok(at) } else { Err(malformed()) }
}
