//! Two versions of a recommendation model on the same input, side by side: for who decides, before one of them serves.

use std::sync::Arc;

use alluvium_domain::registry::ModelVersion;
use alluvium_domain::shop::{Catalogue, Recommendation};
use alluvium_domain::{Action, Actor, Problem};
use alluvium_engine::recommend::shop::{Act, Asked};
use time::OffsetDateTime;

use super::ask::answers;
use super::shelf::Shelf;
use crate::Services;
use crate::error::internal;
use crate::processor::on_processor;
use crate::registry::catalogue_of;

/// Products of each list.
const K: usize = 10;

/// A version and what it recommends.
#[derive(Debug, Clone)]
pub struct VersionAnswer {
    /// The version.
    pub version: ModelVersion,
    /// Best first, with all reasons.
    pub items: Vec<Recommendation>,
}

/// Two versions on one input.
#[derive(Debug, Clone)]
pub struct VersionsBeside {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// Events of the history that both were given.
    pub events: usize,
    /// Both, in the order asked for.
    pub answers: [VersionAnswer; 2],
}

impl Services {
    /// What two versions of a model recommend to a shopper; to somebody of whom nothing is known where there is no shopper. Nothing of this
    /// serves: it is for people who run trainings and decide.
    pub async fn versions_beside(
        &self,
        actor: &Actor,
        name: &str,
        numbers: [i32; 2],
        shopper: &str,
    ) -> Result<VersionsBeside, Problem> {
        actor.may(Action::RunJobs)?;
        let model = self.model_get(actor, name).await?;
        let slug = model.serves.as_deref().and_then(catalogue_of).ok_or_else(|| {
            Problem::conflict("model", "它不在商店里推荐，没有可以共同回答的问题", "it recommends in no shop")
        })?;
        let catalogue = self.catalogue_by_slug(slug).await?;
        let shelf = self.recommend_shelf(&catalogue).await?;
        let history = match shopper.trim() {
            "" => Vec::new(),
            shopper => self.history_of(actor, &catalogue, &shelf, shopper).await?,
        };
        let events = history.len();
        let [first, second] = numbers;
        let answers = [
            self.version_answer(actor, name, first, "a", &shelf, &history).await?,
            self.version_answer(actor, name, second, "b", &shelf, &history).await?,
        ];
        Ok(VersionsBeside { catalogue, events, answers })
    }

    async fn version_answer(
        &self,
        actor: &Actor,
        name: &str,
        number: i32,
        field: &'static str,
        shelf: &Arc<Shelf>,
        history: &[Act],
    ) -> Result<VersionAnswer, Problem> {
        let load = |id| self.recommend_load(id);
        let (version, model) = self.version_beside(actor, name, number, field, load).await?;
        let (shelf, history, weights) = (Arc::clone(shelf), history.to_vec(), self.inner.task_weights.list());
        let items = on_processor(move || {
            let recommender = shelf.recommender.with_model(Some(model));
            let at = OffsetDateTime::now_utc().unix_timestamp();
            let asked = Asked { history: &history, query: None, at, k: K, weights, without: 0, by_hand: false };
            answers(&shelf, &recommender, &asked, true)
        });
        Ok(VersionAnswer { version, items: items.await?.map_err(internal)? })
    }
}
