//! Recommendations to play with: a shopper or a history that was clicked together, events and feature groups switched off, what moved because of it, and what
//! would take a product out of the list.

use std::collections::HashMap;
use std::sync::Arc;

use alluvium_domain::shop::{
    Bilingual, Catalogue, EventKind, HistoryItem, Product, RANK_GROUPS, RankGroup, Recommendation, RecommendationQuery,
    Recommendations, TaskValues, key, limits,
};
use alluvium_domain::{Actor, Issue, Problem};
use alluvium_engine::explain::{Effort, counterfactual};
use alluvium_engine::recommend::RecommendError;
use alluvium_engine::recommend::shop::{Act, Asked};
use time::OffsetDateTime;

use crate::Services;
use crate::error::internal;
use crate::processor::on_processor;
use crate::recommend::Found;
use crate::recommend::shelf::Shelf;

/// Rankings that one search for a change may ask for.
const EFFORT: Effort = Effort { removed: 6, rankings: 300 };
/// The newest events among which a change is searched.
const CHANGEABLE: usize = 40;

/// What is tried.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trial {
    /// Slug of the catalogue.
    pub catalogue: String,
    /// A shopper whose events are the history.
    pub shopper: Option<String>,
    /// The history otherwise, oldest first.
    pub history: Vec<HistoryItem>,
    /// Events that are switched off, by place in the history from 1.
    pub off: Vec<usize>,
    /// Feature groups that are switched off.
    pub without: Vec<String>,
    /// What is searched.
    pub query: Option<String>,
    /// Weights of the tasks; the model's own where they are missing.
    pub tasks: Option<TaskValues>,
    /// How many.
    pub k: usize,
    /// Whether each product comes with all of its reasons; with the sentence only otherwise.
    pub explain: bool,
}

/// An event of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialEvent {
    /// Place in the history, from 1.
    pub place: usize,
    /// What was done.
    pub kind: EventKind,
    /// With which product.
    pub product: String,
    /// Its title.
    pub title: Bilingual,
    /// When; none for what was clicked just now.
    pub at: Option<OffsetDateTime>,
    /// Whether it counts.
    pub on: bool,
}

/// What became of a product's place because something was switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It was at this place, from 1.
    From(usize),
    /// It was not in the list.
    In,
}

/// A product of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialItem {
    /// The recommendation with its reasons.
    pub recommendation: Recommendation,
    /// The product.
    pub product: Product,
    /// Where it was, where something is switched off.
    pub moved: Option<Moved>,
    /// What each event gives, by place in the history from 1.
    pub by_event: Vec<(usize, f64)>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialPage {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The history, oldest first.
    pub history: Vec<TrialEvent>,
    /// The model that answered.
    pub model: String,
    /// Server time of the answer in milliseconds.
    pub took_ms: f64,
    /// Best first.
    pub items: Vec<TrialItem>,
    /// Products that are not in the list any more because something is switched off, with their places.
    pub gone: Vec<(usize, Bilingual, String)>,
}

/// Events without which a product is not in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The events, by place in the history from 1.
    pub removed: Vec<usize>,
    /// Whether no smaller change does it.
    pub smallest: bool,
    /// Rankings that were asked for.
    pub rankings: usize,
}

/// A trial with its history looked up.
struct Prepared {
    catalogue: Catalogue,
    events: Vec<TrialEvent>,
}

impl Prepared {
    /// The question with the events that count and `keep` keeps.
    fn question(&self, trial: &Trial, keep: impl Fn(&TrialEvent) -> bool) -> RecommendationQuery {
        let history = self.events.iter().filter(|event| keep(event)).map(|event| HistoryItem {
            product: event.product.clone(),
            event: event.kind,
            at: event.at,
        });
        RecommendationQuery {
            catalogue: trial.catalogue.clone(),
            shopper: None,
            history: history.collect(),
            query: trial.query.clone(),
            k: trial.k,
            model: None,
            tasks: trial.tasks,
            without: trial.without.clone(),
            explain: false,
        }
    }
}

impl Services {
    /// The list of a trial.
    pub async fn trial(&self, actor: &Actor, trial: &Trial) -> Result<TrialPage, Problem> {
        let prepared = self.trial_prepare(actor, trial).await?;
        let question = RecommendationQuery { explain: trial.explain, ..prepared.question(trial, |event| event.on) };
        let answer = self.recommend(actor, question).await?;
        let touched = !trial.without.is_empty() || prepared.events.iter().any(|event| !event.on);
        let before = if touched {
            let whole = RecommendationQuery { without: Vec::new(), ..prepared.question(trial, |_| true) };
            Some(self.recommend(actor, whole).await?)
        } else {
            None
        };
        let kept: Vec<usize> = prepared.events.iter().filter(|event| event.on).map(|event| event.place).collect();
        let mut products = self.trial_products(&prepared.catalogue, &answer).await?;
        let gone = gone(before.as_ref(), &answer);
        let Recommendations { model, took_ms, items } = answer;
        let items = items
            .into_iter()
            .filter_map(|recommendation| {
                let product = products.remove(&recommendation.product)?;
                let moved = before.as_ref().map(|before| was_at(before, &recommendation.product));
                let by_event = by_event(&recommendation, &kept);
                Some(TrialItem { recommendation, product, moved, by_event })
            })
            .collect();
        Ok(TrialPage { catalogue: prepared.catalogue, history: prepared.events, model, took_ms, items, gone })
    }

    /// The fewest events of the history without which a product is not among the first `k`; none where none of the changes tried does it.
    pub async fn trial_change(&self, actor: &Actor, trial: &Trial, product: &str) -> Result<Option<Change>, Problem> {
        let prepared = self.trial_prepare(actor, trial).await?;
        let counting: Vec<usize> = prepared.events.iter().filter(|event| event.on).map(|event| event.place).collect();
        let changeable = counting[counting.len().saturating_sub(CHANGEABLE)..].to_vec();
        let shelf = self.recommend_shelf(&prepared.catalogue).await?;
        let found = self.recommend_found(&prepared.catalogue, &shelf, trial.query.as_deref()).await?;
        let weights = trial.tasks.unwrap_or(self.inner.task_weights);
        let margins = Margins::new(shelf, trial, weights, found, &prepared.events, product)?;
        let (places, events) = (changeable.clone(), changeable.len());
        let found = on_processor(move || {
            let margin = |mask: &[f32]| {
                let out = |place: usize| places.iter().zip(mask).any(|(other, kept)| *other == place && *kept < 0.5);
                // A model that fails gives no number, which the search reports.
                margins.without(out).unwrap_or(f32::NAN)
            };
            counterfactual(&|masks| masks.chunks_exact(events.max(1)).map(margin).collect(), events, &EFFORT)
        })
        .await?
        .map_err(internal)?;
        Ok(found.map(|found| Change {
            removed: found.removed.iter().filter_map(|event| changeable.get(*event).copied()).collect(),
            smallest: found.smallest && changeable.len() == counting.len(),
            rankings: found.rankings,
        }))
    }

    /// Looks the history up and marks what is switched off.
    async fn trial_prepare(&self, actor: &Actor, trial: &Trial) -> Result<Prepared, Problem> {
        let catalogue = self.catalogue(actor, &trial.catalogue).await?;
        let mut events = match &trial.shopper {
            Some(shopper) => self.trial_shopper(actor, &catalogue, shopper).await?,
            None => self.trial_history(&catalogue, &trial.history).await?,
        };
        for event in &mut events {
            event.on = !trial.off.contains(&event.place);
        }
        Ok(Prepared { catalogue, events })
    }

    async fn trial_shopper(
        &self,
        actor: &Actor,
        catalogue: &Catalogue,
        shopper: &str,
    ) -> Result<Vec<TrialEvent>, Problem> {
        let unknown =
            || Problem::field("shopper", Issue::Unknown { value: shopper.chars().take(limits::KEY).collect() });
        let id = key(shopper).map_err(|issue| Problem::field("shopper", issue))?;
        let (number, _) = self.shopper_seen(actor, catalogue, &id).await?.ok_or_else(unknown)?;
        let most = i64::try_from(limits::HISTORY).unwrap_or(i64::MAX);
        let newest_first = self.inner.store.event_by_shopper(number, most, 0).await.map_err(internal)?;
        Ok((1..)
            .zip(newest_first.into_iter().rev())
            .map(|(place, event)| TrialEvent {
                place,
                kind: event.kind,
                product: event.product,
                title: event.title,
                at: Some(event.at),
                on: true,
            })
            .collect())
    }

    /// Products that the catalogue does not have are left out: an address may be old.
    async fn trial_history(&self, catalogue: &Catalogue, history: &[HistoryItem]) -> Result<Vec<TrialEvent>, Problem> {
        let actual = history.len();
        if actual > limits::HISTORY {
            return Err(Problem::field("history", Issue::TooMany { limit: limits::HISTORY, actual }));
        }
        let skus: Vec<String> = history.iter().filter_map(|item| key(&item.product).ok()).collect();
        let found = self.inner.store.product_by_skus(catalogue.id, &skus).await.map_err(internal)?;
        let titles: HashMap<&str, &Bilingual> =
            found.iter().map(|product| (product.input.id.as_str(), &product.input.title)).collect();
        let known = history.iter().filter_map(|item| Some((item, (*titles.get(item.product.as_str())?).clone())));
        Ok((1..)
            .zip(known)
            .map(|(place, (item, title))| TrialEvent {
                place,
                kind: item.event,
                product: item.product.clone(),
                title,
                at: item.at,
                on: true,
            })
            .collect())
    }

    async fn trial_products(
        &self,
        catalogue: &Catalogue,
        answer: &Recommendations,
    ) -> Result<HashMap<String, Product>, Problem> {
        let skus: Vec<String> = answer.items.iter().map(|item| item.product.clone()).collect();
        let found = self.inner.store.product_by_skus(catalogue.id, &skus).await.map_err(internal)?;
        Ok(found.into_iter().map(|product| (product.input.id.clone(), product)).collect())
    }
}

/// By how much a product is inside the list, for histories with some events left out.
struct Margins {
    shelf: Arc<Shelf>,
    /// Places in the whole history and what was done, of the events that count.
    history: Vec<(usize, Act)>,
    item: u32,
    found: Option<Found>,
    at: i64,
    k: usize,
    weights: [f64; 3],
    without: u32,
    by_hand: bool,
}

impl Margins {
    fn new(
        shelf: Arc<Shelf>,
        trial: &Trial,
        weights: TaskValues,
        found: Option<Found>,
        events: &[TrialEvent],
        product: &str,
    ) -> Result<Margins, Problem> {
        let now = OffsetDateTime::now_utc();
        let goods = shelf.recommender.goods();
        let unknown = || Problem::field("ask", Issue::Unknown { value: product.chars().take(limits::KEY).collect() });
        let item = goods.number(product).ok_or_else(unknown)?;
        let act = |event: &TrialEvent| {
            let at = event.at.unwrap_or(now).unix_timestamp();
            Some((event.place, Act { item: goods.number(&event.product)?, kind: event.kind, at }))
        };
        let history = events.iter().filter(|event| event.on).filter_map(act).collect();
        let off = |(place, group): (usize, &RankGroup)| {
            if trial.without.iter().any(|name| name == group.name) { 1 << place } else { 0_u32 }
        };
        Ok(Margins {
            history,
            item,
            found,
            at: now.unix_timestamp(),
            k: trial.k,
            weights: weights.list(),
            without: RANK_GROUPS.iter().enumerate().map(off).sum(),
            by_hand: shelf.recommender.model().is_none(),
            shelf,
        })
    }

    /// The product's score less that of the best one outside the list, ranked anew without the events for which `out` holds; negative where the product is
    /// outside itself.
    fn without(&self, out: impl Fn(usize) -> bool) -> Result<f32, RecommendError> {
        let history: Vec<Act> = self.history.iter().filter(|(place, _)| !out(*place)).map(|(_, act)| *act).collect();
        let asked = Asked {
            history: &history,
            query: self.found.as_ref().map(Found::searched),
            at: self.at,
            k: self.k + 1,
            weights: self.weights,
            without: self.without,
            by_hand: self.by_hand,
        };
        let scored = self.shelf.recommender.recommend(&asked)?;
        let score = |place: usize| scored.get(place).map(|one| one.score);
        let margin = match scored.iter().position(|one| one.item == self.item) {
            Some(place) if place < self.k => score(place).unwrap_or_default() - score(self.k).unwrap_or_default(),
            // Equal scores are ranked too: outside is outside.
            Some(place) => (score(place).unwrap_or_default() - score(self.k - 1).unwrap_or_default()).min(-1e-6),
            None => -1.0,
        };
        #[expect(clippy::cast_possible_truncation, reason = "a margin needs no more digits")]
        let margin = margin as f32;
        Ok(margin)
    }
}

fn was_at(before: &Recommendations, product: &str) -> Moved {
    match before.items.iter().position(|item| item.product == product) {
        Some(place) => Moved::From(place + 1),
        None => Moved::In,
    }
}

fn gone(before: Option<&Recommendations>, now: &Recommendations) -> Vec<(usize, Bilingual, String)> {
    let items = before.map(|before| before.items.as_slice()).unwrap_or_default();
    (1..)
        .zip(items)
        .filter(|(_, item)| now.items.iter().all(|other| other.product != item.product))
        .map(|(place, item)| (place, item.title.clone(), item.product.clone()))
        .collect()
}

/// The contributions `history:N` by place in the whole history; `kept` are the places of the events that counted.
fn by_event(recommendation: &Recommendation, kept: &[usize]) -> Vec<(usize, f64)> {
    let parts = recommendation.history.as_ref().map(|history| history.contributions.as_slice()).unwrap_or_default();
    parts
        .iter()
        .filter_map(|part| {
            let number: usize = part.feature.strip_prefix("history:")?.parse().ok()?;
            Some((*kept.get(number.checked_sub(1)?)?, part.amount))
        })
        .collect()
}
