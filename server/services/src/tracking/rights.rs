//! Who changes what of tracking, and a line of the audit log where that is not who began it.

use alluvium_domain::tracking::{ExperimentId, LoggedModelId, RunId};
use alluvium_domain::{Action, Actor, Problem, UserId};
use alluvium_store::{Connection, audit_add_in_txn};
use serde_json::json;

use crate::Services;
use crate::error::internal;

/// That somebody may change something.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(super) struct Granted {
    is_others: bool,
}

impl Granted {
    fn to(actor: &Actor, author: Option<UserId>) -> Result<Granted, Problem> {
        actor.may_change(author)?;
        Ok(Granted { is_others: author.is_none() || author != actor.user_id() })
    }

    /// The line of the audit log about a change of what somebody else began. What people record in their own runs is known by the runs themselves.
    pub(super) async fn note_in_txn(
        self,
        conn: &mut Connection,
        actor: &Actor,
        action: &str,
        subject: &str,
    ) -> Result<(), Problem> {
        if self.is_others {
            audit_add_in_txn(conn, actor.user_id(), action, subject, json!({ "others": true }))
                .await
                .map_err(internal)?;
        }
        Ok(())
    }
}

/// How the audit log names a run.
pub(super) fn run_subject(run: RunId) -> String {
    format!("tracking/run/{run}")
}

/// How the audit log names a logged model.
pub(super) fn logged_model_subject(id: &LoggedModelId) -> String {
    format!("tracking/logged-model/{id}")
}

impl Services {
    /// Whether the actor may change a run.
    pub(super) async fn run_granted(&self, actor: &Actor, id: RunId) -> Result<Granted, Problem> {
        actor.may(Action::Write)?;
        let maker = self.inner.store.run_maker(id).await.map_err(internal)?;
        Granted::to(actor, maker.ok_or_else(|| Problem::unknown("run_id", id))?.person)
    }

    /// Whether the actor may change an experiment.
    pub(super) async fn experiment_granted(&self, actor: &Actor, id: ExperimentId) -> Result<Granted, Problem> {
        actor.may(Action::Write)?;
        let maker = self.inner.store.experiment_maker(id).await.map_err(internal)?;
        Granted::to(actor, maker.ok_or_else(|| Problem::unknown("experiment_id", id))?)
    }

    /// Whether the actor may change a logged model: who began the run that logged it, or the experiment where no run did.
    pub(super) async fn logged_model_granted(&self, actor: &Actor, id: &LoggedModelId) -> Result<Granted, Problem> {
        actor.may(Action::Write)?;
        let maker = self.inner.store.logged_model_maker(id).await.map_err(internal)?;
        Granted::to(actor, maker.ok_or_else(|| Problem::unknown("model_id", id))?)
    }
}
