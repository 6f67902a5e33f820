//! Proposals: what somebody who may not publish saves of a published entry, and what reviewers make of it.

use alluvium_domain::entry::{Decided, Proposal, ProposalId, ProposalState, ProposalSummary, limits};
use alluvium_domain::problem::Check;
use alluvium_domain::{Action, Actor, EntryInput, EntryKind, EntrySummary, Problem, ProblemKind, Role};
use alluvium_store::{
    EntryRow, ProposalDecision, ProposalDraft, ProposalQuery, audit_add_in_txn, entry_lock_in_txn,
    proposal_decide_in_txn, proposal_insert_in_txn, proposal_lock_in_txn, proposal_waiting_on_conn,
};
use serde_json::json;
use uuid::Uuid;

use super::merge::merge;
use super::revisions::field_changes;
use super::save::ATTEMPTS;
use super::write::{Write, revise, same_text, subject};
use super::{ProposalReview, SaveOutcome};
use crate::Services;
use crate::diff::diff;
use crate::error::internal;
use crate::processor::on_processor;

/// Proposals on a page of a list unless asked, and at most.
const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 200;

/// Which proposals a list shows. Newest first; reviewers see all, others their own.
#[derive(Debug, Clone, Default)]
pub struct ProposalFilter {
    /// Only in this state.
    pub state: Option<ProposalState>,
    /// Only for this entry.
    pub entry: Option<(EntryKind, String)>,
    /// Most proposals; 0 means the default of 20, and 200 is the most.
    pub limit: usize,
    /// Proposals to pass over.
    pub offset: usize,
}

impl Services {
    /// Keeps a text that began from the revision in `row` as a proposal, in the place of the actor's earlier one for this entry that waits.
    /// None where there is a later revision.
    pub(super) async fn propose(
        &self,
        actor: &Actor,
        row: &EntryRow,
        input: &EntryInput,
    ) -> Result<Option<ProposalSummary>, Problem> {
        let author = actor.user_id().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
        let entry = &row.summary;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let now = entry_lock_in_txn(&mut txn, entry.kind, entry.slug.as_str()).await.map_err(internal)?;
        let now = now.ok_or_else(Problem::not_found)?;
        if now.summary.revision != entry.revision || now.summary.state != entry.state {
            return Ok(None);
        }
        let before = proposal_waiting_on_conn(&mut txn, entry.id, author).await.map_err(internal)?;
        if let Some(before) = before {
            if before.summary.base == entry.revision_number && same_text(&before.input, input) {
                return Ok(Some(before.summary));
            }
            let replaced = ProposalDecision { state: ProposalState::Replaced, by: author, reason: "", revision: None };
            proposal_decide_in_txn(&mut txn, before.summary.id, &replaced).await.map_err(internal)?;
        }
        let id = ProposalId(Uuid::now_v7());
        let draft = ProposalDraft { id, entry: entry.id, base: entry.revision_number, input, author };
        proposal_insert_in_txn(&mut txn, &draft).await.map_err(internal)?;
        let detail = json!({ "proposal": id, "base": entry.revision_number });
        audit_add_in_txn(&mut txn, Some(author), "proposal.create", &subject(entry.kind, entry.slug.as_str()), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        Ok(Some(self.proposal_visible(actor, id).await?.summary))
    }

    /// A page of proposals and how many there are in all: reviewers see all, others their own.
    pub async fn proposal_list(
        &self,
        actor: &Actor,
        filter: &ProposalFilter,
    ) -> Result<(Vec<ProposalSummary>, usize), Problem> {
        actor.may(Action::Write)?;
        let limit = if filter.limit == 0 { DEFAULT_LIMIT } else { filter.limit.min(MAX_LIMIT) };
        let entry = match &filter.entry {
            Some((kind, slug)) => Some(self.entry_visible(actor, *kind, slug).await?.summary.id),
            None => None,
        };
        let query = ProposalQuery {
            state: filter.state,
            author: if actor.is(Role::Reviewer) { None } else { actor.user_id() },
            entry,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
            offset: i64::try_from(filter.offset).unwrap_or(i64::MAX),
        };
        let (list, total) = self.inner.store.proposal_list(&query).await.map_err(internal)?;
        Ok((list, usize::try_from(total).unwrap_or_default()))
    }

    /// The actor's own proposal for an entry that waits: what the editor goes on from.
    pub async fn proposal_own(&self, actor: &Actor, entry: &EntrySummary) -> Result<Option<Proposal>, Problem> {
        match actor.user_id() {
            Some(author) => self.inner.store.proposal_waiting(entry.id, author).await.map_err(internal),
            None => Ok(None),
        }
    }

    /// What a proposal would change, or would have changed.
    pub async fn proposal_review(
        &self,
        actor: &Actor,
        id: ProposalId,
        decided: &Decided,
    ) -> Result<ProposalReview, Problem> {
        let proposal = self.proposal_visible(actor, id).await?;
        let (entry, base) = self.proposal_entry(&proposal.summary).await?;
        let (mut from, mut input, mut clashes) = (base.clone(), proposal.input.clone(), Vec::new());
        if proposal.summary.state == ProposalState::Waiting {
            from = self.revision_latest(&entry.summary).await?;
            let decided = if decided.against == from.summary.number { decided.clone() } else { Decided::default() };
            let (began, theirs) = (base.input, from.input.clone());
            let merged = on_processor(move || merge(&began, &theirs, &input, &decided));
            let merged = merged.await??;
            (input, clashes) = (merged.input, merged.clashes);
        }
        let (old, new) = (from.input.body.clone(), input.body.clone());
        let body = on_processor(move || diff(&old, &new)).await?;
        let fields = field_changes(&from.input, &input);
        Ok(ProposalReview { proposal, entry: entry.summary, from, body, fields, clashes })
    }

    /// Makes a proposal the next revision, in its author's name, with what others changed since.
    pub async fn proposal_accept(
        &self,
        actor: &Actor,
        id: ProposalId,
        decided: &Decided,
    ) -> Result<SaveOutcome, Problem> {
        actor.may(Action::Publish)?;
        let reviewer = actor.user_id().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
        for _ in 0..ATTEMPTS {
            let proposal = self.proposal_visible(actor, id).await?;
            let (row, _) = self.proposal_entry(&proposal.summary).await?;
            let entry = &row.summary;
            let latest = self.revision_latest(entry).await?;
            let input = self.card_bound(actor, proposal.input.checked(entry.state)?, entry.state).await?;
            let input = match self.merged(entry, &latest, &input, proposal.summary.base, decided).await? {
                Ok(input) => input.checked(entry.state)?,
                Err(conflict) => return Ok(SaveOutcome::Conflict(Box::new(conflict))),
            };
            self.references_checked(actor, &input, entry.state).await?;
            let prepared = self.inner.search().prepare(&input).await?;
            let mut txn = self.inner.store.begin().await.map_err(internal)?;
            let now = entry_lock_in_txn(&mut txn, entry.kind, entry.slug.as_str()).await.map_err(internal)?;
            let now = now.ok_or_else(Problem::not_found)?;
            if now.summary.revision != entry.revision || now.summary.state != entry.state {
                continue;
            }
            proposal_lock_in_txn(&mut txn, id).await.map_err(internal)?.ok_or_else(decided_already)?;
            let author = Some(proposal.summary.author_id);
            let number = entry.revision_number + 1;
            let accepted =
                ProposalDecision { state: ProposalState::Accepted, by: reviewer, reason: "", revision: Some(number) };
            proposal_decide_in_txn(&mut txn, id, &accepted).await.map_err(internal)?;
            let write = Write { actor: Some(reviewer), author, input: &input, state: entry.state, prepared: &prepared };
            revise(&mut txn, &now, &write).await?;
            let detail = json!({ "proposal": id, "revision": number });
            let subject = subject(entry.kind, entry.slug.as_str());
            audit_add_in_txn(&mut txn, Some(reviewer), "proposal.accept", &subject, detail).await.map_err(internal)?;
            txn.commit().await.map_err(internal)?;
            self.written(entry.id, entry.kind).await?;
            return Ok(SaveOutcome::Saved(self.entry_visible(actor, entry.kind, entry.slug.as_str()).await?.summary));
        }
        Err(Problem::new(ProblemKind::Overloaded))
    }

    /// Declines a proposal, with a reason for its author.
    pub async fn proposal_decline(
        &self,
        actor: &Actor,
        id: ProposalId,
        reason: &str,
    ) -> Result<ProposalSummary, Problem> {
        actor.may(Action::Publish)?;
        let proposal = self.proposal_visible(actor, id).await?.summary;
        let mut check = Check::default();
        let reason = check.text("reason", reason, 1, limits::DECLINE_REASON);
        check.finish()?;
        self.proposal_end(actor, &proposal, ProposalState::Declined, &reason).await
    }

    /// Takes the actor's own proposal back.
    pub async fn proposal_withdraw(&self, actor: &Actor, id: ProposalId) -> Result<ProposalSummary, Problem> {
        let proposal = self.proposal_visible(actor, id).await?.summary;
        actor.may_withdraw(proposal.author_id)?;
        self.proposal_end(actor, &proposal, ProposalState::Withdrawn, "").await
    }

    async fn proposal_end(
        &self,
        actor: &Actor,
        proposal: &ProposalSummary,
        state: ProposalState,
        reason: &str,
    ) -> Result<ProposalSummary, Problem> {
        let by = actor.user_id().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let decision = ProposalDecision { state, by, reason, revision: None };
        if !proposal_decide_in_txn(&mut txn, proposal.id, &decision).await.map_err(internal)? {
            return Err(decided_already());
        }
        let (action, detail) = match state {
            ProposalState::Declined => ("proposal.decline", json!({ "proposal": proposal.id, "reason": reason })),
            _ => ("proposal.withdraw", json!({ "proposal": proposal.id })),
        };
        let subject = subject(proposal.kind, proposal.slug.as_str());
        audit_add_in_txn(&mut txn, Some(by), action, &subject, detail).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        Ok(self.proposal_visible(actor, proposal.id).await?.summary)
    }

    /// A proposal that the actor may see; what they may not see does not exist for them.
    async fn proposal_visible(&self, actor: &Actor, id: ProposalId) -> Result<Proposal, Problem> {
        actor.may(Action::Write)?;
        let proposal = self.inner.store.proposal_get(id).await.map_err(internal)?;
        proposal.filter(|found| actor.sees_proposal(found.summary.author_id)).ok_or_else(Problem::not_found)
    }

    /// The entry of a proposal, as its author saw it, and the revision that it began from.
    async fn proposal_entry(
        &self,
        proposal: &ProposalSummary,
    ) -> Result<(EntryRow, alluvium_domain::Revision), Problem> {
        let store = &self.inner.store;
        let row = store.entry_by_slug(proposal.kind, proposal.slug.as_str()).await.map_err(internal)?;
        let row = row.ok_or_else(Problem::not_found)?;
        let base = store.revision_get(row.summary.id, Some(proposal.base)).await.map_err(internal)?;
        Ok((row, base.ok_or_else(Problem::internal)?))
    }
}

fn decided_already() -> Problem {
    Problem::conflict("state", "这个修改已经处理过了", "this proposal has been decided already")
}
