//! Whoever sends events, and what an administrator decides about theirs.

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::Bilingual;
use crate::entry::named_enum;

/// A sender's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct SenderId(pub i32);

impl SenderId {
    /// The simulation that made a catalogue.
    pub const SIMULATION: SenderId = SenderId(1);
    /// Files that are imported.
    pub const IMPORT: SenderId = SenderId(2);
    /// What was there before senders were kept.
    pub const EARLIER: SenderId = SenderId(3);
}

named_enum! {
    /// What sort of sender it is.
    SenderKind {
        /// The program, which made a catalogue up.
        Simulation = "simulation",
        /// Files that are imported.
        Import = "import",
        /// What was there before senders were kept.
        Earlier = "earlier",
        /// An API token with the scope `events`.
        Token = "token",
        /// A signed-in person, for themselves.
        Person = "person",
        /// Somebody who is not signed in, for themselves.
        Visitor = "visitor",
    }
}

named_enum! {
    /// What is decided about events of a sender.
    Ruling {
        /// Those that wait count from now on.
        TakeIn = "take-in",
        /// They count for nothing; they stay in the table.
        Void = "void",
        /// Those that are void wait again.
        Restore = "restore",
    }
}

/// Events of a sender that came to a catalogue on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SenderDay {
    /// Slug of the catalogue.
    pub catalogue: String,
    /// The day they came (UTC), whatever time they say.
    #[serde(with = "iso_date")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub day: Date,
    /// Those that count.
    pub counting: i64,
    /// Those that wait.
    pub waiting: i64,
    /// Those that are void.
    pub void: i64,
}

/// Whoever sends events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventSender {
    /// Number.
    pub id: SenderId,
    /// What sort.
    pub kind: SenderKind,
    /// The sign-in name of the person whose token it is or who clicks; empty where there is none.
    pub person: String,
    /// What its owner calls the token; empty where it is no token.
    pub token: String,
    /// Whether new events count at once.
    pub trusted: bool,
    /// When the first event came.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Events that count, in all catalogues.
    pub counting: i64,
    /// Events that wait.
    pub waiting: i64,
    /// Events that are void.
    pub void: i64,
}

/// A product and how many of a sender's events are about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SenderProduct {
    /// Slug of the catalogue.
    pub catalogue: String,
    /// The product's id.
    pub product: String,
    /// Its title.
    pub title: Bilingual,
    /// How many events that wait or are void.
    pub events: i64,
}

/// A sender with what they sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SenderPage {
    /// The sender.
    pub sender: EventSender,
    /// By day and catalogue, newest first; the last 200.
    pub days: Vec<SenderDay>,
    /// The products that most of the events that wait or are void are about.
    pub products: Vec<SenderProduct>,
}

/// A decision about events of a sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulingRequest {
    /// What is decided.
    pub ruling: Ruling,
    /// Slug of the catalogue; all where it is missing.
    #[serde(default)]
    pub catalogue: Option<String>,
    /// The first day (UTC) on which they came; from the beginning where it is missing.
    #[serde(default, with = "iso_date::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub from: Option<Date>,
    /// The last day; to the end where it is missing.
    #[serde(default, with = "iso_date::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub to: Option<Date>,
}

/// A version of a model that learned from events that are void or erased by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoidLearner {
    /// The model's name.
    pub model: String,
    /// The version's number.
    pub version: i32,
    /// Events that it learned from, of senders and days of which some are void or erased.
    pub events: i64,
}

/// What a decision came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulingReceipt {
    /// Events whose state changed.
    pub events: i64,
    /// Versions that learned from events of this sender that are void or erased.
    pub learned: Vec<VoidLearner>,
}

time::serde::format_description!(iso_date, Date, "[year]-[month]-[day]");
