//! What shoppers do.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{key, limits};
use crate::entry::named_enum;
use crate::problem::{Check, FieldError, Issue, Problem, ProblemKind};

/// An event's id, which whoever sends the event makes: the same id again is the same event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct EventId(pub Uuid);

named_enum! {
    /// What a shopper did with a product.
    EventKind {
        /// Opened its page.
        View = "view",
        /// Put it into the cart.
        Cart = "cart",
        /// Bought it.
        Purchase = "purchase",
    }
}

/// An event as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventInput {
    /// Made by the sender, best a UUIDv7. An event whose id the catalogue has already changes nothing.
    pub id: EventId,
    /// The shopper's id; one that the catalogue does not have yet is added.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "shopper-0001"))]
    pub shopper: String,
    /// The product's id.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "running-shoes-0001"))]
    pub product: String,
    /// What was done.
    pub kind: EventKind,
    /// When; now where it is missing. At most 366 days ago.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub at: Option<OffsetDateTime>,
    /// The query that led there.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub query: Option<String>,
    /// Place in the list that led there, from 1.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10_000))]
    pub position: Option<i32>,
}

impl EventInput {
    /// Trims the texts and checks the limits, all but the time; reports all errors at once.
    pub fn checked(self) -> Result<EventInput, Problem> {
        let mut check = Check::default();
        let mut clean_key = |field: &'static str, text: &str| {
            key(text).unwrap_or_else(|issue| {
                check.fail(field, issue);
                String::new()
            })
        };
        let shopper = clean_key("shopper", &self.shopper);
        let product = clean_key("product", &self.product);
        let query = self.query.map(|query| check.text("query", &query, 0, limits::QUERY));
        if self.position.is_some_and(|position| !(1..=limits::POSITION).contains(&position)) {
            check.fail("position", Issue::OutOfRange { min: 1, max: i64::from(limits::POSITION) });
        }
        check.finish()?;
        Ok(EventInput { shopper, product, query: query.filter(|query| !query.is_empty()), ..self })
    }
}

/// Events that are sent together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventBatch {
    /// Slug of the catalogue.
    #[cfg_attr(feature = "openapi", schema(example = "demo"))]
    pub catalogue: String,
    /// At most 1,000.
    #[cfg_attr(feature = "openapi", schema(max_items = 1_000))]
    pub events: Vec<EventInput>,
}

impl EventBatch {
    /// Checks every event; each has a time afterwards. An error names the event by its place: `events[3].query`.
    pub fn checked(self, now: OffsetDateTime) -> Result<EventBatch, Problem> {
        let actual = self.events.len();
        if actual == 0 {
            return Err(Problem::field("events", Issue::Required));
        }
        if actual > limits::EVENTS {
            return Err(Problem::field("events", Issue::TooMany { limit: limits::EVENTS, actual }));
        }
        let oldest = now - Duration::days(limits::EVENT_DAYS);
        let newest = now + Duration::minutes(limits::EVENT_MINUTES_AHEAD);
        let mut events = Vec::with_capacity(actual);
        let mut errors = Vec::new();
        for (place, event) in self.events.into_iter().enumerate() {
            let at = event.at.unwrap_or(now);
            if !(oldest..=newest).contains(&at) {
                let expected = format!(
                    "at most {} days ago and at most {} minutes ahead",
                    limits::EVENT_DAYS,
                    limits::EVENT_MINUTES_AHEAD
                );
                let issue = Issue::Malformed { expected: expected.into() };
                errors.push(FieldError { field: format!("events[{place}].at").into(), issue });
            }
            match event.checked() {
                Ok(event) => events.push(EventInput { at: Some(at), ..event }),
                Err(problem) => errors.extend(problem.errors.into_iter().map(|error| FieldError {
                    field: format!("events[{place}].{}", error.field).into(),
                    issue: error.issue,
                })),
            }
        }
        if errors.is_empty() {
            Ok(EventBatch { events, ..self })
        } else {
            Err(Problem { kind: ProblemKind::Invalid, errors })
        }
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventReceipt {
    /// Events that are new.
    pub accepted: usize,
    /// Events that the catalogue has already, or that stand in the batch twice.
    pub duplicates: usize,
    /// Events among those accepted that count for nothing until an administrator takes them in: their sender is not trusted.
    pub waiting: usize,
}

/// An event as it stands in a shopper's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Id.
    pub id: EventId,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What.
    pub kind: EventKind,
    /// The product's id.
    pub product: String,
    /// The product's title.
    pub title: super::Bilingual,
    /// The query that led there.
    pub query: Option<String>,
    /// Place in the list that led there, from 1.
    pub position: Option<i32>,
}
