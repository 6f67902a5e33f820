//! Recommendations: what is asked, what is answered, and why.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Bilingual, CandidateSource, EventKind, key, limits};
use crate::explanation::Explanation;
use crate::problem::{Check, FieldError, Issue, Problem, ProblemKind};

/// One value for each task of the ranking model.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskValues {
    /// That the product is opened.
    pub view: f64,
    /// That it is put into the cart.
    pub cart: f64,
    /// That it is bought.
    pub purchase: f64,
}

impl TaskValues {
    /// View, cart and purchase.
    pub const fn list(self) -> [f64; 3] {
        [self.view, self.cart, self.purchase]
    }

    /// The value of one task.
    pub fn of(&self, task: EventKind) -> f64 {
        match task {
            EventKind::View => self.view,
            EventKind::Cart => self.cart,
            EventKind::Purchase => self.purchase,
        }
    }
}

/// An event of a history that is not kept: made by clicking, or sent with the question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryItem {
    /// The product's id.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "running-shoes-0001"))]
    pub product: String,
    /// What was done.
    pub event: EventKind,
    /// When; just now where it is missing.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub at: Option<OffsetDateTime>,
}

/// What is asked for. Either `shopper` or `history`; neither means somebody of whom nothing is known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecommendationQuery {
    /// Slug of the catalogue.
    #[cfg_attr(feature = "openapi", schema(example = "demo"))]
    pub catalogue: String,
    /// A shopper of the catalogue, whose own events are the history.
    #[serde(default)]
    pub shopper: Option<String>,
    /// Oldest first. At most 200.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub history: Vec<HistoryItem>,
    /// What is searched, in any language; only products that the catalogue's search finds and likes at least half as well as the best are ranked then.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub query: Option<String>,
    /// How many, 1 to 100.
    #[serde(default = "ten")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub k: usize,
    /// Which model; the one that serves where it is missing.
    #[serde(default)]
    pub model: Option<String>,
    /// The weight of each task in the score; the model's own where it is missing.
    #[serde(default)]
    pub tasks: Option<TaskValues>,
    /// Feature groups that are switched off, by name: they count as for somebody of whom nothing is known.
    #[serde(default)]
    pub without: Vec<String>,
    /// Whether each item comes with its explanation.
    #[serde(default)]
    pub explain: bool,
}

fn ten() -> usize {
    10
}

impl RecommendationQuery {
    /// Trims the texts and checks the limits; reports all errors at once.
    pub fn checked(self) -> Result<RecommendationQuery, Problem> {
        let mut check = Check::default();
        if !(1..=limits::RECOMMENDED).contains(&self.k) {
            check.fail("k", Issue::OutOfRange { min: 1, max: limits::RECOMMENDED as i64 });
        }
        let query = self.query.map(|query| check.text("query", &query, 0, limits::QUERY));
        let actual = self.history.len();
        if actual > limits::HISTORY {
            check.fail("history", Issue::TooMany { limit: limits::HISTORY, actual });
        }
        if self.shopper.is_some() && actual > 0 {
            check.fail("history", Issue::Malformed { expected: "a shopper or a history, not both".into() });
        }
        let weights = self.tasks.map(TaskValues::list);
        if weights.is_some_and(|weights| weights.iter().any(|weight| !(0.0..=1_000.0).contains(weight))) {
            check.fail("tasks", Issue::OutOfRange { min: 0, max: 1_000 });
        }
        if self.without.len() > limits::FILTERS {
            check.fail("without", Issue::TooMany { limit: limits::FILTERS, actual: self.without.len() });
        }
        check.finish()?;
        let mut errors = Vec::new();
        let mut history = Vec::with_capacity(actual);
        for (place, item) in self.history.into_iter().enumerate() {
            match key(&item.product) {
                Ok(product) => history.push(HistoryItem { product, ..item }),
                Err(issue) => errors.push(FieldError { field: format!("history[{place}].product").into(), issue }),
            }
        }
        if !errors.is_empty() {
            return Err(Problem { kind: ProblemKind::Invalid, errors });
        }
        Ok(RecommendationQuery { history, query: query.filter(|query| !query.is_empty()), ..self })
    }
}

/// Why each task has its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskExplanations {
    /// Of the probability that the product is opened.
    pub view: Explanation,
    /// Of the probability that it is put into the cart.
    pub cart: Explanation,
    /// Of the probability that it is bought.
    pub purchase: Explanation,
}

/// A product that is recommended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recommendation {
    /// The product's id.
    pub product: String,
    /// Its title.
    pub title: Bilingual,
    /// The weighted sum of the tasks' probabilities.
    pub score: f64,
    /// The probability of each task.
    pub tasks: TaskValues,
    /// The reason in a sentence: that of the feature group that gives most to the score. Of two that give nearly the same it may name the other one where
    /// no explanation is asked for, because the amounts are then only outlined.
    pub reason: Bilingual,
    /// What brought it among the candidates.
    #[serde(default)]
    pub sources: Vec<CandidateSource>,
    /// Why the score is what it is, over feature groups; where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// The same for each task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_explanations: Option<TaskExplanations>,
    /// What each event of the history gives: the score with it less the score without it (leave-one-out). Contributions are called
    /// `history:N`, N being the event's place in the history counted from 1, oldest first. The baseline is the score without any history; what
    /// events say together only is the gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Explanation>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recommendations {
    /// The model that answered.
    pub model: String,
    /// Server time in milliseconds.
    pub took_ms: f64,
    /// Best first.
    pub items: Vec<Recommendation>,
}
