//! Product search: what is asked, what is answered, and how people grade the answers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{AttributeValue, Catalogue, Product, ProductFacets, ProductFilter, limits};
use crate::entry::named_enum;
use crate::explanation::Explanation;
use crate::fold;
use crate::problem::{Check, Problem};
use crate::search::WordMatches;

named_enum! {
    /// How the products that match are put in order.
    Ranker {
        /// Words only: BM25 over the fields.
        Bm25 = "bm25",
        /// Words and meaning, with fixed weights.
        Hybrid = "hybrid",
        /// A weighted sum of named features, with weights learned from graded results.
        Learned = "learned",
    }
}

/// What is asked of product search.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductQuery {
    /// What a shopper typed.
    pub query: String,
    /// The order.
    pub ranker: Ranker,
    /// Which products may be found, most hits, hits to pass over. Its order is not used.
    pub filter: ProductFilter,
    /// Whether hits carry explanations.
    pub explain: bool,
    /// Features to switch off (as in [`crate::Contribution::feature`]): the page's what-if.
    pub without: Vec<String>,
}

impl ProductQuery {
    /// A plain request: the learned order, the first `limit` hits.
    pub fn new(query: impl Into<String>, limit: usize) -> ProductQuery {
        ProductQuery {
            query: query.into(),
            ranker: Ranker::Learned,
            filter: ProductFilter { limit, ..ProductFilter::default() },
            explain: false,
            without: Vec::new(),
        }
    }

    /// Checks the limits; reports all errors at once.
    pub fn checked(self) -> Result<ProductQuery, Problem> {
        let mut check = Check::default();
        let query = check.text("q", &self.query, 0, limits::QUERY);
        check.finish()?;
        Ok(ProductQuery { query, filter: self.filter.checked()?, ..self })
    }
}

/// A word that was looked for although nobody typed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Correction {
    /// What was typed: a word that no product has, or neighbours that products write as one.
    pub from: String,
    /// What was looked for.
    pub to: String,
}

/// A stretch of a query that became a filter: `500元以内`, `男`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnderstoodPhrase {
    /// As it was typed.
    pub phrase: String,
    /// Lowest price in minor units.
    pub price_min: Option<i64>,
    /// Highest price in minor units.
    pub price_max: Option<i64>,
    /// An attribute that must have a value, where a product has it at all.
    pub attribute: Option<UnderstoodAttribute>,
    /// The query without the phrase: what to ask to be rid of the filter.
    pub rest: String,
}

/// An attribute and the value that a query wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnderstoodAttribute {
    /// Name.
    pub name: String,
    /// Value.
    pub value: AttributeValue,
}

/// A product found.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductHit {
    /// The product.
    pub product: Product,
    /// Its place in the whole list, from 1.
    pub rank: usize,
    /// Score.
    pub score: f64,
    /// Share of the words of the query that the product has, 0 to 1.
    pub coverage: f64,
    /// Why; present if asked for.
    pub explanation: Option<Explanation>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductResults {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// Words that stand for others: mistyped, written apart, or in the other language.
    pub corrections: Vec<Correction>,
    /// What of the query became a filter.
    pub understood: Vec<UnderstoodPhrase>,
    /// How much of the words the hits have.
    pub matches: WordMatches,
    /// Server time, in milliseconds.
    pub took_ms: f64,
    /// Whether meaning could not be compared: no encoder, or it has not read all products yet.
    pub degraded: bool,
    /// Number of hits over all pages: at most about a thousand are put in order.
    pub total: usize,
    /// The page, best first.
    pub hits: Vec<ProductHit>,
    /// Counts over all hits.
    pub facets: ProductFacets,
}

/// How well a product answers a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grade(u8);

impl Grade {
    /// Not at all, related, good, just what was asked for.
    pub const ALL: [Grade; 4] = [Grade(0), Grade(1), Grade(2), Grade(3)];

    /// A grade from 0 to 3.
    pub fn new(value: i64) -> Option<Grade> {
        u8::try_from(value).ok().filter(|value| *value <= 3).map(Grade)
    }

    /// The number.
    pub fn value(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Grade {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        fold::whole(text).and_then(Grade::new).ok_or(())
    }
}

/// The last word on a product for a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Judgement {
    /// The query, as [`judged_query`] writes it.
    pub query: String,
    /// The shop's own id of the product.
    pub product: String,
    /// 0 to 3.
    #[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 0, maximum = 3))]
    pub grade: Grade,
    /// Who said so; none for a file that was imported.
    pub person: Option<String>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A query as grades are kept for it: lower case, single spaces. Two that differ only in these are one.
pub fn judged_query(query: &str) -> String {
    query.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_0_to_3_and_queries_are_kept_in_one_form() {
        assert_eq!("3".parse(), Ok(Grade(3)));
        assert_eq!(("2.0".parse(), "３".parse()), (Ok(Grade(2)), Ok(Grade(3))));
        for wrong in ["4", "-1", "", "two", "2.5", "nan", "99999999999999999999"] {
            assert!(wrong.parse::<Grade>().is_err(), "{wrong}");
        }
        assert_eq!(judged_query("  USB  Stick\t"), "usb stick");
    }

    #[test]
    fn a_query_that_is_too_long_names_its_field() {
        let problem = ProductQuery::new("长".repeat(501), 10).checked().expect_err("too long");
        assert_eq!(problem.errors[0].field, "q");
        assert!(ProductQuery::new("x", 0).checked().is_err());
    }
}
