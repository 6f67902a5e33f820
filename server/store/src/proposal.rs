//! Proposals: revisions of published entries that wait for a reviewer.

use alluvium_domain::entry::{Proposal, ProposalId, ProposalState, ProposalSummary};
use alluvium_domain::{EntryId, EntryInput, Slug, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, Store, StoreError};

/// A proposal before it is kept.
#[derive(Debug, Clone)]
pub struct ProposalDraft<'a> {
    /// Id.
    pub id: ProposalId,
    /// The entry.
    pub entry: EntryId,
    /// Number of the revision that it began from.
    pub base: i32,
    /// What the person wrote.
    pub input: &'a EntryInput,
    /// Who wrote it.
    pub author: UserId,
}

/// What becomes of a proposal that waits.
#[derive(Debug, Clone)]
pub struct ProposalDecision<'a> {
    /// Its new state.
    pub state: ProposalState,
    /// Who decided.
    pub by: UserId,
    /// Why; empty unless it was declined.
    pub reason: &'a str,
    /// Number of the revision that it became.
    pub revision: Option<i32>,
}

/// Which proposals a list shows, newest first.
#[derive(Debug, Clone, Default)]
pub struct ProposalQuery {
    /// Only in this state.
    pub state: Option<ProposalState>,
    /// Only of this person.
    pub author: Option<UserId>,
    /// Only for this entry.
    pub entry: Option<EntryId>,
    /// Most rows.
    pub limit: i64,
    /// Rows to pass over.
    pub offset: i64,
}

/// The columns of a proposal, before they are parsed.
struct Row {
    id: Uuid,
    kind: String,
    slug: String,
    title: String,
    base: i32,
    note: String,
    state: String,
    author: String,
    author_id: Uuid,
    created_at: OffsetDateTime,
    decided_by: Option<String>,
    decided_at: Option<OffsetDateTime>,
    reason: String,
    revision: Option<i32>,
    input: Option<serde_json::Value>,
    body: Option<String>,
    total: i64,
}

impl Row {
    fn summary(&self) -> Result<ProposalSummary, StoreError> {
        Ok(ProposalSummary {
            id: ProposalId(self.id),
            kind: parsed("entry.kind", &self.kind)?,
            slug: Slug::parse(&self.slug)
                .map_err(|_| StoreError::Decode { column: "entry.slug", value: self.slug.clone() })?,
            title: self.title.clone(),
            base: self.base,
            note: self.note.clone(),
            state: parsed("proposal.state", &self.state)?,
            author: self.author.clone(),
            author_id: UserId(self.author_id),
            created_at: self.created_at,
            decided_by: self.decided_by.clone(),
            decided_at: self.decided_at,
            reason: self.reason.clone(),
            revision: self.revision,
        })
    }

    fn whole(self) -> Result<Proposal, StoreError> {
        let summary = self.summary()?;
        let mut input: EntryInput = serde_json::from_value(self.input.unwrap_or_default())
            .map_err(|error| StoreError::Decode { column: "proposal.input", value: error.to_string() })?;
        input.body = self.body.unwrap_or_default();
        input.note.clone_from(&summary.note);
        Ok(Proposal { summary, input })
    }
}

/// Keeps a proposal that waits.
pub async fn proposal_insert_in_txn(conn: &mut Connection, draft: &ProposalDraft<'_>) -> Result<(), StoreError> {
    let mut input = draft.input.clone();
    let body = std::mem::take(&mut input.body);
    let note = std::mem::take(&mut input.note);
    let json = serde_json::to_value(&input).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query!(
        "insert into proposal (id, entry_id, base, input, body, note, author_id) values ($1, $2, $3, $4, $5, $6, $7)",
        draft.id.0,
        draft.entry.0,
        draft.base,
        json,
        body,
        note,
        draft.author.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Decides a proposal; false where it did not wait any more.
pub async fn proposal_decide_in_txn(
    conn: &mut Connection,
    id: ProposalId,
    decision: &ProposalDecision<'_>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update proposal set state = $2, decided_by = $3, decided_at = now(), reason = $4, revision = $5
         where id = $1 and state = 'waiting'",
        id.0,
        decision.state.code(),
        decision.by.0,
        decision.reason,
        decision.revision
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Holds a proposal until the transaction ends; none where there is no such one that waits.
pub async fn proposal_lock_in_txn(conn: &mut Connection, id: ProposalId) -> Result<Option<Proposal>, StoreError> {
    sqlx::query!("select id from proposal where id = $1 for update", id.0).fetch_optional(&mut *conn).await?;
    Ok(proposal_get_on_conn(conn, id).await?.filter(|found| found.summary.state == ProposalState::Waiting))
}

async fn proposal_get_on_conn(conn: &mut Connection, id: ProposalId) -> Result<Option<Proposal>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"select p.id, e.kind, e.slug, e.title, p.base, p.note, p.state, a.display_name as author, p.author_id,
                  p.created_at, d.display_name as "decided_by?", p.decided_at, p.reason, p.revision,
                  p.input as "input?", p.body as "body?", 1::bigint as "total!"
           from proposal p join entry e on e.id = p.entry_id join person a on a.id = p.author_id
           left join person d on d.id = p.decided_by
           where p.id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    row.map(Row::whole).transpose()
}

/// The proposal of a person for an entry that waits.
pub async fn proposal_waiting_on_conn(
    conn: &mut Connection,
    entry: EntryId,
    author: UserId,
) -> Result<Option<Proposal>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"select p.id, e.kind, e.slug, e.title, p.base, p.note, p.state, a.display_name as author, p.author_id,
                  p.created_at, null::text as decided_by, p.decided_at, p.reason, p.revision,
                  p.input as "input?", p.body as "body?", 1::bigint as "total!"
           from proposal p join entry e on e.id = p.entry_id join person a on a.id = p.author_id
           where p.entry_id = $1 and p.author_id = $2 and p.state = 'waiting'"#,
        entry.0,
        author.0
    )
    .fetch_optional(conn)
    .await?;
    row.map(Row::whole).transpose()
}

impl Store {
    /// One proposal.
    pub async fn proposal_get(&self, id: ProposalId) -> Result<Option<Proposal>, StoreError> {
        proposal_get_on_conn(&mut *self.pool.acquire().await?, id).await
    }

    /// The proposal of a person for an entry that waits.
    pub async fn proposal_waiting(&self, entry: EntryId, author: UserId) -> Result<Option<Proposal>, StoreError> {
        proposal_waiting_on_conn(&mut *self.pool.acquire().await?, entry, author).await
    }

    /// A page of proposals, newest first, and how many there are in all.
    pub async fn proposal_list(&self, query: &ProposalQuery) -> Result<(Vec<ProposalSummary>, i64), StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"select p.id, e.kind, e.slug, e.title, p.base, p.note, p.state, a.display_name as author, p.author_id,
                      p.created_at, d.display_name as "decided_by?", p.decided_at, p.reason, p.revision,
                      null::jsonb as input, null::text as body, count(*) over () as "total!"
               from proposal p join entry e on e.id = p.entry_id join person a on a.id = p.author_id
               left join person d on d.id = p.decided_by
               where ($1::text is null or p.state = $1)
                 and ($2::uuid is null or p.author_id = $2)
                 and ($3::uuid is null or p.entry_id = $3)
               order by p.created_at desc, p.id desc limit $4 offset $5"#,
            query.state.map(ProposalState::code),
            query.author.map(|id| id.0),
            query.entry.map(|id| id.0),
            query.limit,
            query.offset
        )
        .fetch_all(&self.pool)
        .await?;
        let total = rows.first().map_or(0, |row| row.total);
        Ok((rows.iter().map(Row::summary).collect::<Result<_, _>>()?, total))
    }
}
