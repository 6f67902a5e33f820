//! Writing entries. Each write is one transaction: entry, revision, links, names, passages, audit line and notice.

use alluvium_domain::entry::CardMetadata;
use alluvium_domain::{
    Action, Actor, EntryFields, EntryId, EntryInput, EntryKind, EntryRef, EntryState, EntrySummary, Issue,
    LinkRelation, Problem, ProblemKind, RevisionId, Slug, UserId, fold,
};
use alluvium_store::{
    Connection, EntryColumns, EntryRow, RevisionDraft, StoreError, audit_add_in_txn, entry_insert_in_txn,
    entry_lock_in_txn, entry_touch_in_txn, link_replace_in_txn, passage_replace_in_txn, revision_get_on_conn,
    revision_insert_in_txn, term_names_replace_in_txn,
};
use serde_json::json;
use uuid::Uuid;

use crate::error::internal;

use crate::search::Prepared;
use crate::{Services, render};

/// What became of a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PutOutcome {
    /// It is new.
    Created,
    /// It has a new revision or state.
    Updated,
    /// It stood so already.
    Unchanged,
}

/// One write, before the transaction.
pub(super) struct Write<'a> {
    /// Who does it.
    pub(super) actor: Option<UserId>,
    /// Whose text it is.
    pub(super) author: Option<UserId>,
    pub(super) input: &'a EntryInput,
    pub(super) state: EntryState,
    pub(super) prepared: &'a Prepared,
}

impl Services {
    /// Creates an entry. Authors begin drafts or hand in for review; reviewers may publish at once.
    pub async fn entry_create(
        &self,
        actor: &Actor,
        input: EntryInput,
        state: EntryState,
    ) -> Result<EntrySummary, Problem> {
        actor.may(Action::Write)?;
        actor.may_move(EntryState::Draft, state)?;
        let kind = input.fields.kind();
        let input = self.card_bound(actor, input.checked(state)?, state).await?;
        self.references_checked(actor, &input, state).await?;
        let slug = Slug::parse(&input.slug).map_err(|issue| Problem::field("slug", issue))?;
        let prepared = self.inner.search().prepare(&input).await?;
        let write =
            Write { actor: actor.user_id(), author: actor.user_id(), input: &input, state, prepared: &prepared };
        let id = self.create(&write, &slug).await?;
        self.written(id, kind).await?;
        Ok(self.entry_visible(actor, kind, slug.as_str()).await?.summary)
    }

    /// Moves an entry to another state.
    pub async fn entry_move(
        &self,
        actor: &Actor,
        kind: EntryKind,
        slug: &str,
        to: EntryState,
    ) -> Result<EntrySummary, Problem> {
        let seen = self.entry_visible(actor, kind, slug).await?.summary;
        actor.may_move(seen.state, to)?;
        if seen.state != to {
            let latest = self.revision_latest(&seen).await?;
            self.references_checked(actor, &latest.input, to).await?;
        }
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let row = entry_lock_in_txn(&mut txn, kind, slug).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
        let entry = &row.summary;
        actor.may_move(entry.state, to)?;
        if entry.state == to {
            return Ok(row.summary);
        }
        // What a draft may lack it needs from here on.
        let latest = revision_get_on_conn(&mut txn, entry.id, Some(entry.revision_number)).await.map_err(internal)?;
        latest.ok_or_else(Problem::internal)?.input.checked(to)?;
        let columns = EntryColumns {
            state: to,
            lang: entry.lang,
            title: &entry.title,
            summary: &entry.summary,
            tags: &entry.tags,
            authors: &entry.authors,
            revision: entry.revision,
        };
        entry_touch_in_txn(&mut txn, entry.id, &columns).await.map_err(internal)?;
        let detail = json!({ "from": entry.state, "to": to });
        audit_add_in_txn(&mut txn, actor.user_id(), "entry.move", &subject(kind, slug), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.written(entry.id, kind).await?;
        Ok(self.inner.store.entry_by_slug(kind, slug).await.map_err(internal)?.ok_or_else(Problem::not_found)?.summary)
    }

    /// Creates or updates an entry as a file says it: what `content sync` does, with the rights of the command line.
    /// The caller refreshes the glossary and the index when it is done ([`Services::written`]).
    pub(crate) async fn entry_put(
        &self,
        input: EntryInput,
        state: EntryState,
    ) -> Result<(EntryId, PutOutcome), Problem> {
        let kind = input.fields.kind();
        let input = input.checked(state)?;
        let slug = Slug::parse(&input.slug).map_err(|issue| Problem::field("slug", issue))?;
        if let Some(row) = self.inner.store.entry_by_slug(kind, slug.as_str()).await.map_err(internal)? {
            let latest = self.inner.store.revision_get(row.summary.id, None).await.map_err(internal)?;
            if row.summary.state == state && latest.is_some_and(|latest| same_text(&latest.input, &input)) {
                return Ok((row.summary.id, PutOutcome::Unchanged));
            }
        }
        let prepared = self.inner.search().prepare(&input).await?;
        let write = Write { actor: None, author: None, input: &input, state, prepared: &prepared };
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        match entry_lock_in_txn(&mut txn, kind, slug.as_str()).await.map_err(internal)? {
            Some(row) => {
                revise(&mut txn, &row, &write).await?;
                txn.commit().await.map_err(internal)?;
                Ok((row.summary.id, PutOutcome::Updated))
            }
            None => {
                // Its connection goes back first: one that waits for a second one may wait for ever.
                drop(txn);
                Ok((self.create(&write, &slug).await?, PutOutcome::Created))
            }
        }
    }

    async fn create(&self, write: &Write<'_>, slug: &Slug) -> Result<EntryId, Problem> {
        let id = EntryId(Uuid::now_v7());
        let revision = RevisionId(Uuid::now_v7());
        let kind = write.input.fields.kind();
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        match entry_insert_in_txn(&mut txn, id, kind, slug, &columns(write, revision), write.actor).await {
            Ok(()) => {}
            Err(StoreError::Taken { .. }) => {
                return Err(Problem {
                    kind: ProblemKind::Conflict,
                    ..Problem::field("slug", Issue::Taken { value: slug.to_string() })
                });
            }
            Err(error) => return Err(internal(error)),
        }
        revision_and_rest(&mut txn, id, revision, 1, write).await?;
        noted(&mut txn, 1, write).await?;
        txn.commit().await.map_err(internal)?;
        Ok(id)
    }

    /// After a commit: the glossary and the index see the entry before the caller has an answer.
    pub(crate) async fn written(&self, id: EntryId, kind: EntryKind) -> Result<(), Problem> {
        if kind == EntryKind::Term {
            self.glossary_refresh().await?;
        }
        let search = self.inner.search();
        search.commit(&self.inner.store, id).await?;
        if search.lacks_vectors(id) {
            self.encode_again(&search, &[id.0]).await.map_err(internal)?;
        }
        Ok(())
    }
}

/// Adds the next revision of an entry that is locked.
pub(super) async fn revise(conn: &mut Connection, row: &EntryRow, write: &Write<'_>) -> Result<(), Problem> {
    let revision = RevisionId(Uuid::now_v7());
    let number = row.summary.revision_number + 1;
    revision_and_rest(conn, row.summary.id, revision, number, write).await?;
    entry_touch_in_txn(conn, row.summary.id, &columns(write, revision)).await.map_err(internal)?;
    noted(conn, number, write).await
}

async fn revision_and_rest(
    conn: &mut Connection,
    id: EntryId,
    revision: RevisionId,
    number: i32,
    write: &Write<'_>,
) -> Result<(), Problem> {
    let input = write.input;
    let draft = RevisionDraft { id: revision, entry: id, number, input, author: write.author };
    revision_insert_in_txn(conn, &draft).await.map_err(internal)?;
    link_replace_in_txn(conn, id, &links(input)).await.map_err(internal)?;
    if let EntryFields::Term { zh, en, aliases, .. } = &input.fields {
        let mut names: Vec<String> = [zh, en].into_iter().chain(aliases).map(|name| fold::name(name)).collect();
        names.sort_unstable();
        names.dedup();
        if let Some(taken) = term_names_replace_in_txn(conn, id, &names).await.map_err(internal)? {
            let field = if fold::name(zh) == taken {
                "zh"
            } else if fold::name(en) == taken {
                "en"
            } else {
                "aliases"
            };
            return Err(Problem::field(field, Issue::Taken { value: taken }));
        }
    }
    passage_replace_in_txn(conn, id, revision, write.prepared.passages()).await.map_err(internal)
}

/// The line of the audit log, last in its transaction: whoever writes one holds everybody else's up until the commit.
async fn noted(conn: &mut Connection, number: i32, write: &Write<'_>) -> Result<(), Problem> {
    let subject = subject(write.input.fields.kind(), &write.input.slug);
    let action = if number == 1 { "entry.create" } else { "entry.revise" };
    let detail = json!({ "revision": number, "state": write.state });
    audit_add_in_txn(conn, write.actor, action, &subject, detail).await.map_err(internal)
}

fn columns<'a>(write: &Write<'a>, revision: RevisionId) -> EntryColumns<'a> {
    let input = write.input;
    EntryColumns {
        state: write.state,
        lang: input.lang,
        title: &input.title,
        summary: &input.summary,
        tags: &input.tags,
        authors: input.fields.authors(),
        revision,
    }
}

/// The links that a text makes: what it mentions, and what its fields name.
fn links(input: &EntryInput) -> Vec<(LinkRelation, EntryKind, String)> {
    let mut links: Vec<_> =
        render::wiki_links(&input.body).into_iter().map(|(kind, slug)| (LinkRelation::Mentions, kind, slug)).collect();
    match &input.fields {
        EntryFields::Article { translation_of: Some(slug), .. } => {
            links.push((LinkRelation::TranslationOf, EntryKind::Article, slug.to_string()));
        }
        EntryFields::Experiment(experiment) => {
            links.extend(
                experiment.targets().map(|EntryRef { kind, slug }| (LinkRelation::Evaluates, kind, slug.to_string())),
            );
            let datasets = experiment.datasets.iter().cloned();
            links.extend(datasets.map(|slug| (LinkRelation::MeasuredOn, EntryKind::Dataset, slug)));
        }
        EntryFields::Model(model) => {
            let datasets = CardMetadata::parse(&model.card).map(|card| card.datasets).unwrap_or_default();
            // Names of other hubs (`owner/name`) are no entries of ours.
            let ours = datasets.into_iter().filter(|name| Slug::parse(name).is_ok());
            links.extend(ours.map(|slug| (LinkRelation::TrainedOn, EntryKind::Dataset, slug)));
        }
        EntryFields::Article { .. } | EntryFields::Dataset(_) | EntryFields::Term { .. } => {}
    }
    links
}

/// Whether two inputs say the same; the note does not count.
pub(super) fn same_text(a: &EntryInput, b: &EntryInput) -> bool {
    EntryInput { note: String::new(), ..a.clone() } == EntryInput { note: String::new(), ..b.clone() }
}

pub(super) fn subject(kind: EntryKind, slug: &str) -> String {
    format!("{kind}/{slug}")
}
