//! Saving a text: what others saved in the meantime is merged, and what its author may not publish becomes a proposal.

use alluvium_domain::entry::{Conflict, Decided};
use alluvium_domain::{
    Action, Actor, EntryInput, EntryKind, EntryState, EntrySummary, Issue, Problem, ProblemKind, Revision,
};
use alluvium_store::{EntryRow, entry_lock_in_txn};

use super::merge::merge;
use super::write::{Write, revise, same_text};
use super::{SaveEntry, SaveOutcome};
use crate::Services;
use crate::diff::diff;
use crate::error::internal;
use crate::processor::on_processor;

/// How often a save is tried that others overtake between its merge and its transaction.
pub(super) const ATTEMPTS: usize = 5;

impl Services {
    /// Saves a text that began from a revision. The figures of a model card must be what their runs say.
    pub async fn entry_save(
        &self,
        actor: &Actor,
        kind: EntryKind,
        slug: &str,
        save: SaveEntry,
    ) -> Result<SaveOutcome, Problem> {
        actor.may(Action::Write)?;
        let state = self.entry_visible(actor, kind, slug).await?.summary.state;
        if save.input.fields.kind() != kind {
            return Err(Problem::field("kind", Issue::Unknown { value: save.input.fields.kind().to_string() }));
        }
        let input = EntryInput { slug: slug.to_owned(), ..save.input }.checked(state)?;
        let input = self.card_bound(actor, input, state).await?;
        self.references_checked(actor, &input, state).await?;
        self.revision_save(actor, kind, slug, SaveEntry { input, ..save }).await
    }

    /// The same for a text that stood before: its figures may be older than what their runs say now.
    pub(super) async fn revision_save(
        &self,
        actor: &Actor,
        kind: EntryKind,
        slug: &str,
        save: SaveEntry,
    ) -> Result<SaveOutcome, Problem> {
        actor.may(Action::Write)?;
        for _ in 0..ATTEMPTS {
            let row = self.entry_visible(actor, kind, slug).await?;
            if row.summary.state == EntryState::Archived {
                actor.may(Action::Publish)?;
            }
            let latest = self.revision_latest(&row.summary).await?;
            let input = match self.merged(&row.summary, &latest, &save.input, save.base, &save.decided).await? {
                Ok(input) => input.checked(row.summary.state)?,
                Err(conflict) => return Ok(SaveOutcome::Conflict(Box::new(conflict))),
            };
            if same_text(&latest.input, &input) {
                return Ok(SaveOutcome::Unchanged(row.summary));
            }
            let done = if actor.publishes_by_saving(row.summary.state) {
                self.revision_write(actor, &row, &input).await?.map(SaveOutcome::Saved)
            } else {
                self.propose(actor, &row, &input).await?.map(SaveOutcome::Proposed)
            };
            if let Some(done) = done {
                return Ok(done);
            }
        }
        Err(Problem::new(ProblemKind::Overloaded))
    }

    /// The latest revision of an entry.
    pub(super) async fn revision_latest(&self, entry: &EntrySummary) -> Result<Revision, Problem> {
        let latest = self.inner.store.revision_get(entry.id, Some(entry.revision_number)).await.map_err(internal)?;
        latest.ok_or_else(Problem::internal)
    }

    /// A text that began from revision `base` with what came since; the conflict where both changed the same.
    pub(super) async fn merged(
        &self,
        entry: &EntrySummary,
        latest: &Revision,
        input: &EntryInput,
        base: i32,
        decided: &Decided,
    ) -> Result<Result<EntryInput, Conflict>, Problem> {
        if base == latest.summary.number {
            return Ok(Ok(input.clone()));
        }
        let began = self.inner.store.revision_get(entry.id, Some(base)).await.map_err(internal)?;
        let began = began.ok_or_else(|| Problem::field("base", Issue::Unknown { value: base.to_string() }))?;
        let decided = if decided.against == latest.summary.number { decided.clone() } else { Decided::default() };
        let (theirs, mine) = (latest.clone(), input.clone());
        on_processor(move || {
            let merged = merge(&began.input, &theirs.input, &mine, &decided)?;
            if merged.clashes.is_empty() {
                return Ok(Ok(merged.input));
            }
            let diff = diff(&theirs.input.body, &merged.input.body);
            Ok(Err(Conflict { theirs, merged: merged.input, clashes: merged.clashes, diff }))
        })
        .await?
    }

    /// Writes the revision after the one in `row`; none where somebody else has written it.
    async fn revision_write(
        &self,
        actor: &Actor,
        row: &EntryRow,
        input: &EntryInput,
    ) -> Result<Option<EntrySummary>, Problem> {
        let (entry, slug) = (&row.summary, row.summary.slug.as_str());
        let prepared = self.inner.search().prepare(input).await?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let now = entry_lock_in_txn(&mut txn, entry.kind, slug).await.map_err(internal)?;
        let now = now.ok_or_else(Problem::not_found)?;
        if now.summary.revision != entry.revision || now.summary.state != entry.state {
            return Ok(None);
        }
        let (actor_id, state) = (actor.user_id(), entry.state);
        let write = Write { actor: actor_id, author: actor_id, input, state, prepared: &prepared };
        revise(&mut txn, &now, &write).await?;
        txn.commit().await.map_err(internal)?;
        self.written(entry.id, entry.kind).await?;
        Ok(Some(self.entry_visible(actor, entry.kind, slug).await?.summary))
    }
}
