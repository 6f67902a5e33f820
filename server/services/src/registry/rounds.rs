//! Rounds of learning: what people did becomes a training, the training a version that is compared with the champion and waits for a person.

use std::time::Duration;

use alluvium_domain::registry::{Act, CHAMPION, CheckReport, Decision, ModelVersion, RegisteredModel};
use alluvium_domain::shop::{Catalogue, EventKind};
use alluvium_domain::{Action, Actor, Problem};
use alluvium_store::VersionQuery;
use time::OffsetDateTime;

use super::place;
use super::trained::EVENTS_TAG;
use crate::Services;
use crate::error::internal;

/// Events that are new before a scheduled round is worth it.
pub const ENOUGH: i64 = 100;

/// How a task of a version compares with the champion of its time: difference in AUC on held-out events, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskChange {
    /// What is predicted.
    pub task: EventKind,
    /// AUC less that of the champion.
    pub difference: f64,
    /// The interval.
    pub interval: (f64, f64),
}

/// One round: a version and what it changed.
#[derive(Debug, Clone)]
pub struct Round {
    /// What came of it.
    pub version: ModelVersion,
    /// Events that it learned from.
    pub events: Option<i64>,
    /// How many of them were not there in the round before.
    pub new_events: Option<i64>,
    /// Against the champion of its time; empty for the first one.
    pub changes: Vec<TaskChange>,
    /// Whether every check that must pass did; none where none has run.
    pub passed: Option<bool>,
    /// The last word of a person, or of the program for the very first version.
    pub decision: Option<Decision>,
    /// When it began to serve, the last time.
    pub served_at: Option<OffsetDateTime>,
}

/// The rounds of a catalogue.
#[derive(Debug, Clone)]
pub struct CatalogueRounds {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// Its model; none before the first round.
    pub model: Option<RegisteredModel>,
    /// The number of the version that serves.
    pub champion: Option<i32>,
    /// Events that the newest version has not seen.
    pub unseen: i64,
    /// The newest first.
    pub rounds: Vec<Round>,
}

impl Services {
    /// All catalogues with events, and their rounds.
    pub async fn rounds(&self, actor: &Actor) -> Result<Vec<CatalogueRounds>, Problem> {
        actor.may(Action::RunJobs)?;
        self.rounds_all().await
    }

    async fn rounds_all(&self) -> Result<Vec<CatalogueRounds>, Problem> {
        let mut all = Vec::new();
        for catalogue in self.inner.store.catalogue_list().await.map_err(internal)? {
            if catalogue.events == 0 {
                continue;
            }
            let model = self.inner.store.model_by_place(&place(&catalogue)).await.map_err(internal)?;
            let rounds = match &model {
                Some(model) => self.rounds_of(model).await?,
                None => Vec::new(),
            };
            let seen = rounds.first().and_then(|round| round.events).unwrap_or(0);
            let champion = model.as_ref().and_then(|model| model.aliases.get(CHAMPION).copied());
            all.push(CatalogueRounds { unseen: (catalogue.events - seen).max(0), catalogue, model, champion, rounds });
        }
        Ok(all)
    }

    async fn rounds_of(&self, model: &RegisteredModel) -> Result<Vec<Round>, Problem> {
        let store = &self.inner.store;
        let decisions = store.decision_list(model.id, None).await.map_err(internal)?;
        let query = VersionQuery { models: Some(&[model.id]), ..VersionQuery::default() };
        let versions = store.version_list(query).await.map_err(internal)?;
        let mut rounds: Vec<Round> = versions.into_iter().map(|version| round(version, &decisions)).collect();
        for place in 0..rounds.len() {
            let before = rounds.get(place + 1).and_then(|round| round.events);
            let own = &mut rounds[place];
            own.new_events = own.events.map(|events| events - before.unwrap_or(0));
        }
        Ok(rounds)
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
        for rounds in self.rounds_all().await? {
            if rounds.unseen < ENOUGH {
                continue;
            }
            let catalogue = rounds.catalogue.input.slug.to_string();
            if self.training_add(catalogue.clone()).await? {
                begun.push(catalogue);
            }
        }
        Ok(begun)
    }
}

fn round(version: ModelVersion, decisions: &[Decision]) -> Round {
    let own: Vec<&Decision> = decisions.iter().filter(|decision| decision.version == version.id).collect();
    let last = |is: fn(Act) -> bool| own.iter().rev().find(|decision| is(decision.act)).map(|found| (*found).clone());
    let report = own.iter().rev().find_map(|decision| decision.report.as_ref());
    Round {
        events: version.tags.get(EVENTS_TAG).and_then(|text| text.parse().ok()),
        new_events: None,
        changes: report.map(changes).unwrap_or_default(),
        passed: report.map(CheckReport::passed),
        decision: last(|act| matches!(act, Act::Approve | Act::Reject | Act::Withdraw)),
        served_at: last(|act| matches!(act, Act::Activate | Act::RollBack)).map(|decision| decision.at),
        version,
    }
}

fn changes(report: &CheckReport) -> Vec<TaskChange> {
    let Some(check) = report.checks.iter().find(|check| check.name == "metrics") else { return Vec::new() };
    let figure = |task: EventKind, name: &str| check.figures.get(&format!("{task}.{name}")).copied();
    EventKind::ALL
        .iter()
        .filter_map(|&task| {
            let interval = figure(task, "auc_low").zip(figure(task, "auc_high"))?;
            Some(TaskChange { task, difference: figure(task, "auc_difference")?, interval })
        })
        .collect()
}
