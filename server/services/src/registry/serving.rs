//! What serves: activating an approved version, rolling back, and following the alias wherever it was moved.

use std::sync::Arc;

use alluvium_domain::problem::Check;
use alluvium_domain::registry::{
    Act, Approval, CHAMPION, ModelId, ModelVersion, RegisteredModel, VersionId, champions, limits,
};
use alluvium_domain::shop::Catalogue;
use alluvium_domain::{Action, Actor, Problem, Slug};
use alluvium_engine::recommend::shop::{Golden, ShopModel};
use alluvium_store::{
    Connection, ServingRow, VersionQuery, alias_set_in_txn, decision_add_in_txn, decision_list_on_conn,
    model_by_id_on_conn, model_lock_in_txn, version_list_on_conn, version_lock_in_txn,
};

use super::By;
use super::approval::{noted, out_of_turn, walled};
use crate::Services;
use crate::encoders::{ENCODER, ServingEncoder};
use crate::error::internal;

/// The file of golden inputs and outputs of a version.
pub(crate) const GOLDEN: &str = "golden.json";
/// What the places of recommendation models begin with; the catalogue's slug follows.
const RECOMMEND: &str = "recommend:";

/// The place that recommends in a catalogue.
pub(crate) fn place(catalogue: &Catalogue) -> String {
    format!("{RECOMMEND}{}", catalogue.input.slug)
}

/// The slug of the catalogue in which a place recommends; none where it does something else.
pub(crate) fn catalogue_of(place: &str) -> Option<&str> {
    place.strip_prefix(RECOMMEND)
}

/// A place and what serves it.
#[derive(Debug, Clone)]
pub struct ServingPlace {
    /// By the tables: model, version, since when and by whose word.
    pub row: ServingRow,
    /// The version that this process answers with; none while nobody asked yet, or where none could be loaded.
    pub loaded: Option<VersionId>,
    /// Why this process does not answer with the champion.
    pub refused: Option<String>,
}

/// The champion before one, among those that are still approved: what a roll-back leads to.
pub(super) async fn before(
    txn: &mut Connection,
    model: ModelId,
    current: Option<VersionId>,
) -> Result<Option<ModelVersion>, Problem> {
    let decisions = decision_list_on_conn(txn, model, None).await.map_err(internal)?;
    let acts: Vec<(Act, VersionId)> = decisions.iter().map(|decision| (decision.act, decision.version)).collect();
    let stack = champions(&acts);
    let end = current.and_then(|current| stack.iter().rposition(|id| *id == current)).unwrap_or(stack.len());
    let query = VersionQuery { models: Some(&[model]), ..VersionQuery::default() };
    let versions = version_list_on_conn(txn, query).await.map_err(internal)?;
    let approved = |id: &VersionId| {
        let version = versions.iter().find(|version| version.id == *id)?;
        (version.approval == Approval::Approved && Some(version.id) != current).then(|| version.clone())
    };
    Ok(stack[..end].iter().rev().find_map(approved))
}

/// Holds a model until the transaction ends; answers with it and its champion.
pub(super) async fn held(
    txn: &mut Connection,
    model: ModelId,
) -> Result<(RegisteredModel, Option<ModelVersion>), Problem> {
    model_lock_in_txn(txn, model).await.map_err(internal)?;
    let model = model_by_id_on_conn(txn, model).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
    let champion = match model.aliases.get(CHAMPION) {
        Some(number) => {
            let query = VersionQuery { models: Some(&[model.id]), number: Some(*number), ids: None };
            version_list_on_conn(txn, query).await.map_err(internal)?.pop()
        }
        None => None,
    };
    Ok((model, champion))
}

/// Holds a model until the transaction ends; answers with it and the version that a roll-back leads to.
async fn back(txn: &mut Connection, model: ModelId) -> Result<(RegisteredModel, ModelVersion), Problem> {
    let (model, current) = held(txn, model).await?;
    let version = before(txn, model.id, current.map(|version| version.id)).await?;
    let nothing =
        || Problem::conflict("version", "之前没有可以回退到的版本", "no approved version served before this one");
    Ok((model, version.ok_or_else(nothing)?))
}

impl Services {
    /// Makes an approved version the champion. What would serve is loaded and checked first: a version that fails is not activated, and nothing
    /// moves.
    pub(crate) async fn version_activate(
        &self,
        by: By<'_>,
        model: &RegisteredModel,
        version: &ModelVersion,
        reason: &str,
    ) -> Result<(), Problem> {
        by.may(Act::Activate, version.author_id)?;
        self.champion_try(model, version, Act::Activate).await?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        self.champion_set(&mut txn, by, version, Act::Activate, reason).await?;
        txn.commit().await.map_err(internal)?;
        self.place_moved(model).await;
        Ok(())
    }

    /// Makes the champion before this one the champion again, in one step.
    pub async fn model_roll_back(&self, actor: &Actor, name: &str, reason: &str) -> Result<ModelVersion, Problem> {
        let by = By::Person(actor);
        by.may(Act::RollBack, None)?;
        let id = self.model_get(actor, name).await?.id;
        // Looked up, given back while the version is loaded, and looked up again to move it.
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let (model, version) = back(&mut txn, id).await?;
        drop(txn);
        self.champion_try(&model, &version, Act::RollBack).await?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if back(&mut txn, id).await?.1.id != version.id {
            let zh = "期间已有人更换了正在服务的版本";
            return Err(Problem::conflict("version", zh, "somebody moved the champion in the meantime"));
        }
        self.champion_set(&mut txn, by, &version, Act::RollBack, reason).await?;
        txn.commit().await.map_err(internal)?;
        self.place_moved(&model).await;
        self.version_get(actor, name, version.number).await
    }

    /// Loads what is to serve, as serving would.
    async fn champion_try(&self, model: &RegisteredModel, version: &ModelVersion, act: Act) -> Result<(), Problem> {
        if version.approval.after(act).is_none() {
            return Err(out_of_turn(version.approval, act));
        }
        let loaded = match model.serves.as_deref() {
            Some(ENCODER) => self.encoder_load(version.id).await.map(drop),
            Some(place) if catalogue_of(place).is_some() => self.recommend_load(version.id).await.map(drop),
            _ => Ok(()),
        };
        loaded.map_err(|reason| {
            Problem::conflict(
                "version",
                format!("加载自检未通过，未启用：{reason}"),
                format!("it fails its self-check on load and was not activated: {reason}"),
            )
        })
    }

    async fn champion_set(
        &self,
        txn: &mut Connection,
        by: By<'_>,
        version: &ModelVersion,
        act: Act,
        reason: &str,
    ) -> Result<(), Problem> {
        let mut check = Check::default();
        let reason = check.text("reason", reason, 0, limits::REASON);
        check.finish()?;
        // The model's row before the version's, as everybody takes them.
        model_lock_in_txn(txn, version.model).await.map_err(internal)?;
        let (approval, _) =
            version_lock_in_txn(txn, version.id).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
        if approval.after(act).is_none() {
            return Err(out_of_turn(approval, act));
        }
        alias_set_in_txn(txn, version.model, CHAMPION, version.id, by.person()).await.map_err(walled)?;
        decision_add_in_txn(txn, version.id, act, by.person(), &reason, None).await.map_err(internal)?;
        noted(txn, by, act, version, &reason).await
    }

    /// A recommendation model that passes its self-check; the text says why not.
    pub(crate) async fn recommend_load(&self, id: VersionId) -> Result<Arc<ShopModel>, String> {
        let files = self.recommend_files(id).await?;
        let loaded = tokio::task::spawn_blocking(move || {
            let model = ShopModel::from_files(&files).map_err(|error| error.to_string())?;
            let golden = files.get(GOLDEN).ok_or_else(|| format!("no file {GOLDEN}"))?;
            let golden = Golden::from_bytes(golden).map_err(|error| error.to_string())?;
            let found = model.self_check(&golden).map_err(|error| error.to_string())?;
            if found.passed() {
                return Ok(Arc::new(model));
            }
            Err(format!(
                "golden outputs differ by {:.1e}, explanations miss the score by {:.1e}",
                found.largest_difference, found.largest_gap
            ))
        });
        loaded.await.map_err(|error| error.to_string())?
    }

    async fn place_moved(&self, model: &RegisteredModel) {
        if let Some(place) = &model.serves {
            self.champion_moved(place).await;
        }
    }

    /// The champion of a place moved, here or elsewhere: what is in memory of it is read anew before this returns. An encoder follows later: all vectors
    /// are made anew first, and until then the one before answers.
    pub(crate) async fn champion_moved(&self, place: &str) {
        if place == ENCODER {
            self.encoder_follow_behind();
        }
        let Some(slug) = catalogue_of(place) else { return };
        let read = match self.catalogue_by_slug(slug).await {
            Ok(catalogue) => self.shelf_renew(&catalogue).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = read {
            tracing::warn!(%problem, "cannot follow the champion of {place}");
        }
    }

    /// What serves where, since when and by whose word.
    pub async fn serving_list(&self, actor: &Actor) -> Result<Vec<ServingPlace>, Problem> {
        actor.may(Action::Write)?;
        let rows = self.inner.store.serving_list().await.map_err(internal)?;
        let mut places = Vec::new();
        for row in rows {
            if row.serves == ENCODER {
                let ServingEncoder { version, refused, .. } = self.inner.encoders.serving();
                places.push(ServingPlace { row, loaded: version, refused });
                continue;
            }
            let catalogue = match catalogue_of(&row.serves).filter(|slug| Slug::parse(slug).is_ok()) {
                Some(slug) => self.catalogue_by_slug(slug).await.ok(),
                None => None,
            };
            let (loaded, refused) = catalogue.map(|one| self.inner.recommenders.state(one.id)).unwrap_or_default();
            places.push(ServingPlace { row, loaded, refused });
        }
        Ok(places)
    }
}
