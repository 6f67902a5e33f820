//! One question, answered.

use std::time::Instant;

use alluvium_domain::shop::{
    Catalogue, EventKind, RANK_GROUPS, Recommendation, RecommendationQuery, Recommendations, TaskExplanations,
    TaskValues, key, limits,
};
use alluvium_domain::{
    Action, Actor, Contribution, Explanation, FeatureGroup, FieldError, Issue, Problem, ProblemKind,
};
use alluvium_engine::recommend::shop::{Act, Asked, Attribution, LEFT_OUT, LeftOut, Scored, ShopRecommender, weighted};
use time::OffsetDateTime;

use super::shelf::Shelf;
use super::{BY_HAND, Found, reason};
use crate::Services;
use crate::error::internal;
use crate::processor::on_processor;

impl Services {
    /// Recommends products of a catalogue, best first. Products of the history are left out. Reading the history of a stored shopper needs the
    /// right to see shoppers.
    pub async fn recommend(&self, actor: &Actor, query: RecommendationQuery) -> Result<Recommendations, Problem> {
        let started = Instant::now();
        actor.may(Action::Read)?;
        let query = query.checked()?;
        let without = without(&query.without)?;
        let catalogue = self.catalogue_by_slug(&query.catalogue).await?;
        let shelf = self.recommend_shelf(&catalogue).await?;
        let history = match &query.shopper {
            Some(shopper) => self.history_of(actor, &catalogue, &shelf, shopper).await?,
            None => history_sent(&shelf, &query)?,
        };
        let trained = shelf.recommender.model().map(|model| model.name.clone());
        let by_hand = match query.model.as_deref() {
            None => trained.is_none(),
            Some(BY_HAND) => true,
            Some(name) if Some(name) == trained.as_deref() => false,
            Some(name) => return Err(Problem::field("model", Issue::Unknown { value: name.to_owned() })),
        };
        let found = self.recommend_found(&catalogue, &shelf, query.query.as_deref()).await?;
        let model = trained.filter(|_| !by_hand).unwrap_or_else(|| BY_HAND.to_owned());
        // Some milliseconds of arithmetic: not on a thread that others' requests wait for.
        let weights = query.tasks.unwrap_or(self.inner.task_weights);
        let items = on_processor(move || {
            let asked = Asked {
                history: &history,
                query: found.as_ref().map(Found::searched),
                at: OffsetDateTime::now_utc().unix_timestamp(),
                k: query.k,
                weights: weights.list(),
                without,
                by_hand,
            };
            answers(&shelf, &shelf.recommender, &asked, query.explain)
        });
        let items = items.await?.map_err(internal)?;
        Ok(Recommendations { model, took_ms: started.elapsed().as_secs_f64() * 1_000.0, items })
    }

    /// The newest events of a stored shopper, oldest first.
    pub(super) async fn history_of(
        &self,
        actor: &Actor,
        catalogue: &Catalogue,
        shelf: &Shelf,
        shopper: &str,
    ) -> Result<Vec<Act>, Problem> {
        let name = key(shopper).map_err(|issue| Problem::field("shopper", issue))?;
        let unknown = || Problem::field("shopper", Issue::Unknown { value: name.clone() });
        let (number, _) = self.shopper_seen(actor, catalogue, &name).await?.ok_or_else(unknown)?;
        let events = self.inner.store.event_by_shopper(number, limits::HISTORY as i64, 0).await.map_err(internal)?;
        Ok(shelf.acts(&events))
    }
}

/// A history that came with the question; an event without a time is just now.
fn history_sent(shelf: &Shelf, query: &RecommendationQuery) -> Result<Vec<Act>, Problem> {
    let now = OffsetDateTime::now_utc();
    let mut history = Vec::with_capacity(query.history.len());
    let mut errors = Vec::new();
    for (place, item) in query.history.iter().enumerate() {
        match shelf.recommender.goods().number(&item.product) {
            Some(number) => {
                let at = item.at.unwrap_or(now).unix_timestamp();
                history.push(Act { item: number, kind: item.event, at });
            }
            None => errors.push(FieldError {
                field: format!("history[{place}].product").into(),
                issue: Issue::Unknown { value: item.product.clone() },
            }),
        }
    }
    if !errors.is_empty() {
        return Err(Problem { kind: ProblemKind::Invalid, errors });
    }
    history.sort_by_key(|act| act.at);
    Ok(history)
}

/// The groups that are switched off, as bits.
fn without(names: &[String]) -> Result<u32, Problem> {
    let mut bits = 0;
    let mut errors = Vec::new();
    for (place, name) in names.iter().enumerate() {
        match RANK_GROUPS.iter().position(|group| group.name == name) {
            Some(group) => bits |= 1 << group,
            None => errors.push(FieldError {
                field: format!("without[{place}]").into(),
                issue: Issue::Unknown { value: name.clone() },
            }),
        }
    }
    if errors.is_empty() { Ok(bits) } else { Err(Problem { kind: ProblemKind::Invalid, errors }) }
}

/// The products that a recommender answers a question with, each with its reason.
pub(super) fn answers(
    shelf: &Shelf,
    recommender: &ShopRecommender,
    asked: &Asked<'_>,
    explain: bool,
) -> Result<Vec<Recommendation>, alluvium_engine::recommend::RecommendError> {
    let scored = recommender.recommend(asked)?;
    let left_out = if explain { recommender.leave_out(asked, &scored)? } else { Vec::new() };
    let items = scored.iter().enumerate().map(|(place, one)| {
        // Where no value is shown, an outline of them is enough for a sentence.
        let attribution = explain.then(|| recommender.attribute(asked, one));
        let amounts = match &attribution {
            Some(attribution) => attribution.amounts(&asked.weights),
            None => recommender.outline(asked, one),
        };
        let product = &shelf.products[one.item as usize];
        Recommendation {
            product: recommender.goods().ids()[one.item as usize].clone(),
            title: product.title.clone(),
            score: one.score,
            tasks: TaskValues { view: one.tasks[0], cart: one.tasks[1], purchase: one.tasks[2] },
            reason: reason::sentence(shelf, asked, one.item, &amounts),
            sources: one.sources.clone(),
            explanation: attribution.as_ref().map(|attribution| of_score(asked, one, attribution)),
            task_explanations: attribution.as_ref().map(|attribution| of_tasks(one, attribution)),
            history: left_out.get(place).map(|left_out| of_history(shelf, asked, one, left_out)),
        }
    });
    Ok(items.collect())
}

/// How the values over groups were made.
fn method(attribution: &Attribution) -> String {
    format!(
        "shapley over feature groups (exact, {} evaluations) against the mean product for somebody of whom nothing is known",
        1_u64 << attribution.players
    )
}

/// The parts with an amount.
fn contributions(amounts: impl Iterator<Item = f64>) -> Vec<Contribution> {
    RANK_GROUPS
        .iter()
        .zip(amounts)
        .filter(|(_, amount)| *amount != 0.0)
        .map(|(group, amount)| Contribution {
            feature: format!("group:{}", group.name),
            group: group.group,
            value: group.en.to_owned(),
            amount,
        })
        .collect()
}

fn of_score(asked: &Asked<'_>, one: &Scored, attribution: &Attribution) -> Explanation {
    let baseline = weighted(&attribution.baseline, &asked.weights);
    let amounts = attribution.amounts(&asked.weights).into_iter();
    Explanation::new(method(attribution), baseline, one.score, contributions(amounts))
}

fn of_tasks(one: &Scored, attribution: &Attribution) -> TaskExplanations {
    let of = |task: usize| {
        let amounts = attribution.groups.iter().map(|tasks| tasks[task]);
        Explanation::new(method(attribution), attribution.baseline[task], one.tasks[task], contributions(amounts))
    };
    TaskExplanations { view: of(0), cart: of(1), purchase: of(2) }
}

fn of_history(shelf: &Shelf, asked: &Asked<'_>, one: &Scored, left_out: &LeftOut) -> Explanation {
    let all = asked.history.len();
    let method = if all > LEFT_OUT {
        format!("leave-one-out over the newest {LEFT_OUT} of {all} events")
    } else {
        format!("leave-one-out over {all} events")
    };
    let parts = left_out
        .events
        .iter()
        .map(|(place, amount)| {
            let act = &asked.history[*place];
            let verb = match act.kind {
                EventKind::View => "view",
                EventKind::Cart => "cart",
                EventKind::Purchase => "purchase",
            };
            let title = &shelf.products[act.item as usize].title;
            let title = if title.en.is_empty() { &title.zh } else { &title.en };
            Contribution {
                feature: format!("history:{}", place + 1),
                group: FeatureGroup::History,
                value: format!("{verb}: {title}"),
                amount: *amount,
            }
        })
        .collect();
    Explanation::new(method, left_out.nobody, one.score, parts)
}
