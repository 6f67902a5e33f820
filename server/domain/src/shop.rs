//! The shop that the demonstrations and measurements run on: catalogues of products, shoppers, and what these do.

mod attribute;
mod checked;
mod event;
mod import;
mod product;
mod ranking;
mod recommendation;
mod search;
mod sender;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::entry::Slug;
use crate::lang::Lang;
use crate::problem::{Check, Issue, Problem};

pub use attribute::{attribute_pair_text, attribute_pairs};
pub use checked::{
    CheckKind, DependenceCurve, DependencePoint, ExplanationCheck, ExplanationMethod, ExplanationReport,
    ExplanationVote, Importance, VoteCounts, VoteRecord, VoteVerdict,
};
pub use event::{Event, EventBatch, EventId, EventInput, EventKind, EventReceipt};
pub use import::{ImportFormat, ImportReport, WrongRow};
pub use product::{
    AttributeFacet, AttributeValue, Facet, PriceFacet, Product, ProductFacets, ProductFilter, ProductId, ProductInput,
    ProductSort,
};
pub use ranking::{CandidateSource, RANK_GROUPS, RankGroup};
pub use recommendation::{
    HistoryItem, Recommendation, RecommendationQuery, Recommendations, TaskExplanations, TaskValues,
};
pub use search::{
    Correction, Grade, Judgement, ProductHit, ProductQuery, ProductResults, Ranker, UnderstoodAttribute,
    UnderstoodPhrase, judged_query,
};
pub use sender::{
    EventSender, Ruling, RulingReceipt, RulingRequest, SenderDay, SenderId, SenderKind, SenderPage, SenderProduct,
    VoidLearner,
};

/// A catalogue's number inside one installation; outside it is known by its slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CatalogueId(pub i32);

/// A shopper's number inside one installation; outside a shopper is known by catalogue and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShopperId(pub i32);

/// A text in both languages; one of the two may be empty, where a catalogue has only one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bilingual {
    /// Chinese.
    #[serde(default)]
    pub zh: String,
    /// English.
    #[serde(default)]
    pub en: String,
}

impl Bilingual {
    /// Both texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Bilingual { zh: zh.into(), en: en.into() }
    }

    /// The text in a person's language, or in the other where it is missing.
    pub fn text(&self, lang: Lang) -> &str {
        let (first, second) = lang.pick((&self.zh, &self.en), (&self.en, &self.zh));
        if first.is_empty() { second } else { first }
    }
}

/// How a catalogue calls one attribute of its products.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttributeLabel {
    /// What people read.
    pub name: Bilingual,
    /// Unit of a number, such as `mm`; empty where there is none.
    #[serde(default)]
    pub unit: String,
}

/// A catalogue as it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogueInput {
    /// Stable, unique, part of every address.
    pub slug: Slug,
    /// What people read.
    pub title: Bilingual,
    /// Whether products, shoppers and events are made up. Every page that shows the catalogue says so.
    pub simulated: bool,
    /// Where it is from, with its licence.
    pub source: String,
    /// Names and units of attributes.
    #[serde(default)]
    pub labels: BTreeMap<String, AttributeLabel>,
}

impl CatalogueInput {
    /// Trims every field and checks the limits; reports all errors at once.
    pub fn checked(self) -> Result<CatalogueInput, Problem> {
        let mut check = Check::default();
        let title = Bilingual {
            zh: check.text("title.zh", &self.title.zh, 0, limits::TITLE),
            en: check.text("title.en", &self.title.en, 0, limits::TITLE),
        };
        if title.zh.is_empty() && title.en.is_empty() {
            check.fail("title", Issue::Required);
        }
        let source = check.text("source", &self.source, 0, limits::SOURCE);
        check.finish()?;
        Ok(CatalogueInput { title, source, ..self })
    }
}

/// A catalogue with its counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Catalogue {
    /// Number, for joins inside one installation.
    #[serde(skip, default = "no_catalogue")]
    pub id: CatalogueId,
    /// Slug, title, source.
    #[serde(flatten)]
    pub input: CatalogueInput,
    /// How many products.
    pub products: i64,
    /// How many shoppers.
    pub shoppers: i64,
    /// How many events that count.
    pub events: i64,
    /// Rises with every change of the events that count.
    #[serde(skip)]
    pub event_changes: i64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

fn no_catalogue() -> CatalogueId {
    CatalogueId(0)
}

impl Catalogue {
    /// What people call an attribute; one without a label by its own words.
    pub fn attribute_name(&self, attribute: &str, lang: Lang) -> String {
        match self.input.labels.get(attribute) {
            Some(label) => label.name.text(lang).to_owned(),
            None => attribute.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "),
        }
    }
}

/// Somebody who looks at products and buys them; known by a name that the shop gave, never by who they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shopper {
    /// The shop's own id.
    pub id: String,
    /// What is known of them (age group, region...).
    pub attributes: BTreeMap<String, AttributeValue>,
    /// In a simulated shop: the true weight of every feature in this shopper's utility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<BTreeMap<String, f64>>,
}

/// How often something occurs in a shopper's events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Taste {
    /// What: the last part of a category path, or a brand.
    pub value: Bilingual,
    /// Views.
    pub views: i64,
    /// Carts.
    pub carts: i64,
    /// Purchases.
    pub purchases: i64,
}

/// An id that a shop gave to a product or shopper: not empty, within the limit, without control characters, and something that an address can end with.
pub fn key(text: &str) -> Result<String, Issue> {
    let text = text.trim();
    let actual = text.chars().count();
    if actual == 0 {
        return Err(Issue::Required);
    }
    if actual > limits::KEY {
        return Err(Issue::TooLong { limit: limits::KEY, actual });
    }
    if text.chars().any(char::is_control) {
        return Err(Issue::Malformed { expected: "no control characters".into() });
    }
    // An address that ends with them leads to another page.
    if matches!(text, "." | "..") {
        return Err(Issue::Malformed { expected: "more than dots".into() });
    }
    Ok(text.to_owned())
}

/// Limits of the shop's fields, in characters (or items).
pub mod limits {
    /// A product's or shopper's own id.
    pub const KEY: usize = 200;
    /// Title in one language.
    pub const TITLE: usize = 500;
    /// Brand.
    pub const BRAND: usize = 200;
    /// Where a catalogue is from.
    pub const SOURCE: usize = 2_000;
    /// Levels of a category path.
    pub const CATEGORY_LEVELS: usize = 8;
    /// One level of a category path.
    pub const CATEGORY: usize = 200;
    /// Number of attributes of a product.
    pub const ATTRIBUTES: usize = 400;
    /// Name of an attribute.
    pub const ATTRIBUTE_NAME: usize = 200;
    /// Text of an attribute.
    pub const ATTRIBUTE_VALUE: usize = 10_000;
    /// Description in one language.
    pub const DESCRIPTION: usize = 20_000;
    /// Address of a picture.
    pub const PICTURE: usize = 1_000;
    /// Price in minor units: ten billion yuan and then some.
    pub const PRICE: i64 = 1_000_000_000_000;
    /// Events in one call.
    pub const EVENTS: usize = 1_000;
    /// Events of one person within a day: nobody clicks more by hand.
    pub const EVENTS_PERSON: u32 = 2_000;
    /// Events of one visitor who is not signed in, within a day.
    pub const EVENTS_VISITOR: u32 = 200;
    /// Events of all visitors who are not signed in, within a day: what strangers can make the program keep.
    pub const EVENTS_VISITORS: u32 = 10_000;
    /// Query of an event.
    pub const QUERY: usize = 500;
    /// Position of an event, from 1.
    pub const POSITION: i32 = 10_000;
    /// How old an event may be when it is sent, in days.
    pub const EVENT_DAYS: i64 = 366;
    /// How far ahead the sender's clock may be, in minutes.
    pub const EVENT_MINUTES_AHEAD: i64 = 60;
    /// Products on one page of a list.
    pub const PAGE: usize = 100;
    /// Products that a list passes over.
    pub const OFFSET: usize = 1_000_000;
    /// Products of a list over whose attributes is counted; a longer list has no attribute facets.
    pub const FACET_PRODUCTS: i64 = 5_000;
    /// Attribute filters at once.
    pub const FILTERS: usize = 10;
    /// Events of a history that a recommendation is asked for; a longer one is cut to the newest.
    pub const HISTORY: usize = 200;
    /// Products recommended at once.
    pub const RECOMMENDED: usize = 100;
    /// What a reader says with a vote on an explanation.
    pub const VOTE_WORD: usize = 200;
    /// Votes of one person or visitor within an hour.
    pub const VOTES: i64 = 60;
    /// Votes of all visitors who are not signed in, within a day: what strangers can make the program keep.
    pub const VOTES_VISITORS: i64 = 10_000;
    /// Wrong rows of an import that are kept with their reason; more are only counted.
    pub const WRONG_ROWS: usize = 1_000;
}
