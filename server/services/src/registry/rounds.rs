//! Rounds of learning: what people did becomes a training, the training a version that is compared with the champion and waits for a person.

use std::time::Duration;

use alluvium_domain::registry::{Act, CheckReport, Decision, ModelVersion, RegisteredModel};
use alluvium_domain::shop::{Catalogue, EventKind};
use alluvium_domain::{Action, Actor, Problem};
use alluvium_store::VersionQuery;
use time::OffsetDateTime;

use super::place;
use super::trained::{EVENTS_TAG, EXAMPLES_TAG};
use crate::Services;
use crate::encoders::ENCODER;
use crate::error::internal;

/// Events that are new before a scheduled round is worth it.
pub const ENOUGH: i64 = 100;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// AUC of a task on held-out events.
    Auc(EventKind),
    /// NDCG@10 on held-out queries.
    Ndcg,
}

/// How a version compares with the champion of its time on what neither was trained on, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoundChange {
    /// What is compared.
    pub measured: Measured,
    /// The version's less the champion's.
    pub difference: f64,
    /// The interval.
    pub interval: (f64, f64),
}

/// One round: a version and what it changed.
#[derive(Debug, Clone)]
pub struct Round {
    /// What came of it.
    pub version: ModelVersion,
    /// Events, pairs or texts that it learned from.
    pub examples: Option<i64>,
    /// How many of them were not there in the round before; none where that is not to be said.
    pub new: Option<i64>,
    /// Against the champion of its time; empty for the first one.
    pub changes: Vec<RoundChange>,
    /// Whether every check that must pass did; none where none has run.
    pub passed: Option<bool>,
    /// The last word of a person, or of the program for the very first version.
    pub decision: Option<Decision>,
    /// When it began to serve, the last time.
    pub served_at: Option<OffsetDateTime>,
}

/// What learns.
#[derive(Debug, Clone)]
pub enum Learner {
    /// The recommendation of a catalogue.
    Catalogue {
        /// The catalogue.
        catalogue: Box<Catalogue>,
        /// Its events that the newest version has not seen.
        unseen: i64,
    },
    /// The sentence encoder.
    Encoder,
}

/// The rounds of a place.
#[derive(Debug, Clone)]
pub struct Rounds {
    /// What learns there.
    pub learner: Learner,
    /// Its model; none before the first round.
    pub model: Option<RegisteredModel>,
    /// The number of the version that serves.
    pub champion: Option<i32>,
    /// The newest first.
    pub rounds: Vec<Round>,
}

impl Services {
    /// The rounds of all catalogues with events, and those of the encoder.
    pub async fn rounds(&self, actor: &Actor) -> Result<Vec<Rounds>, Problem> {
        actor.may(Action::RunJobs)?;
        let mut all = self.rounds_of_catalogues().await?;
        let (model, rounds) = self.rounds_at(ENCODER, EXAMPLES_TAG).await?;
        let champion = model.as_ref().and_then(RegisteredModel::champion);
        all.push(Rounds { learner: Learner::Encoder, model, champion, rounds });
        Ok(all)
    }

    async fn rounds_of_catalogues(&self) -> Result<Vec<Rounds>, Problem> {
        let mut all = Vec::new();
        for catalogue in self.inner.store.catalogue_list().await.map_err(internal)? {
            if catalogue.events == 0 {
                continue;
            }
            let (model, mut rounds) = self.rounds_at(&place(&catalogue), EVENTS_TAG).await?;
            for place in 0..rounds.len() {
                let before = rounds[place + 1..].iter().find_map(|round| round.examples);
                let own = &mut rounds[place];
                own.new = own.examples.map(|events| events - before.unwrap_or(0));
            }
            let seen = rounds.iter().find_map(|round| round.examples).unwrap_or(0);
            let champion = model.as_ref().and_then(RegisteredModel::champion);
            let unseen = (catalogue.events - seen).max(0);
            let learner = Learner::Catalogue { catalogue: Box::new(catalogue), unseen };
            all.push(Rounds { learner, model, champion, rounds });
        }
        Ok(all)
    }

    /// The model of a place and its rounds; `tag` is that of the number of examples.
    async fn rounds_at(&self, place: &str, tag: &str) -> Result<(Option<RegisteredModel>, Vec<Round>), Problem> {
        let store = &self.inner.store;
        let Some(model) = store.model_by_place(place).await.map_err(internal)? else { return Ok((None, Vec::new())) };
        let decisions = store.decision_list(model.id, None).await.map_err(internal)?;
        let query = VersionQuery { models: Some(&[model.id]), ..VersionQuery::default() };
        let versions = store.version_list(query).await.map_err(internal)?;
        let rounds = versions.into_iter().map(|version| round(version, &decisions, tag)).collect();
        Ok((Some(model), rounds))
    }

    /// Puts a training into the queue for each catalogue whose newest version has not seen enough events, as long as one runs for ever.
    pub async fn rounds_scheduled(&self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            if let Err(problem) = self.rounds_begin().await {
                tracing::warn!(%problem, "the scheduled rounds could not be put into the queue");
            }
        }
    }

    /// Begins a round wherever enough is new; answers with the catalogues.
    pub async fn rounds_begin(&self) -> Result<Vec<String>, Problem> {
        let mut begun = Vec::new();
        for rounds in self.rounds_of_catalogues().await? {
            let Learner::Catalogue { catalogue, unseen: ENOUGH.. } = rounds.learner else { continue };
            let catalogue = catalogue.input.slug.to_string();
            if self.training_add(catalogue.clone()).await? {
                begun.push(catalogue);
            }
        }
        Ok(begun)
    }
}

fn round(version: ModelVersion, decisions: &[Decision], tag: &str) -> Round {
    let own: Vec<&Decision> = decisions.iter().filter(|decision| decision.version == version.id).collect();
    let last = |is: fn(Act) -> bool| own.iter().rev().find(|decision| is(decision.act)).map(|found| (*found).clone());
    let report = own.iter().rev().find_map(|decision| decision.report.as_ref());
    Round {
        // What somebody sent says what they like.
        examples: version.tags.get(tag).filter(|_| version.trained).and_then(|text| text.parse().ok()),
        new: None,
        changes: report.map(changes).unwrap_or_default(),
        passed: report.map(CheckReport::passed),
        decision: last(|act| matches!(act, Act::Approve | Act::Reject | Act::Withdraw)),
        served_at: last(|act| matches!(act, Act::Activate | Act::RollBack)).map(|decision| decision.at),
        version,
    }
}

fn changes(report: &CheckReport) -> Vec<RoundChange> {
    let Some(check) = report.checks.iter().find(|check| check.name == "metrics") else { return Vec::new() };
    let change = |measured: Measured, name: String| {
        let figure = |what: &str| check.figures.get(&format!("{name}_{what}")).copied();
        Some(RoundChange { measured, difference: figure("difference")?, interval: figure("low").zip(figure("high"))? })
    };
    let tasks = EventKind::ALL.iter().map(|task| change(Measured::Auc(*task), format!("{task}.auc")));
    tasks.chain([change(Measured::Ndcg, "ndcg".to_owned())]).flatten().collect()
}
