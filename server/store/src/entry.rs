//! Entries: the row that lists, links and search refer to.

use alluvium_domain::entry::{ExperimentState, canonical_tag, tag_spellings};
use alluvium_domain::{EntryId, EntryKind, EntryState, EntrySummary, Lang, RevisionId, Slug, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, Store, StoreError};

/// An entry as it stands in the table, with the number of its latest revision.
#[derive(Debug, Clone)]
pub struct EntryRow {
    /// What lists show.
    pub summary: EntrySummary,
    /// Rises with every change of any entry.
    pub change: i64,
}

/// The columns of an entry, before they are parsed.
struct Row {
    id: Uuid,
    kind: String,
    slug: String,
    state: String,
    lang: String,
    title: String,
    summary: String,
    tags: Vec<String>,
    authors: Vec<String>,
    revision_id: Uuid,
    revision_number: i32,
    created_by: Option<Uuid>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    change: i64,
    total: i64,
}

impl TryFrom<Row> for EntryRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(EntryRow {
            summary: EntrySummary {
                id: EntryId(row.id),
                kind: parsed("entry.kind", &row.kind)?,
                slug: Slug::parse(&row.slug)
                    .map_err(|_| StoreError::Decode { column: "entry.slug", value: row.slug.clone() })?,
                lang: parsed("entry.lang", &row.lang)?,
                state: parsed("entry.state", &row.state)?,
                title: row.title,
                summary: row.summary,
                tags: canonical(row.tags),
                authors: row.authors,
                created_by: row.created_by.map(UserId),
                created_at: row.created_at,
                updated_at: row.updated_at,
                revision: RevisionId(row.revision_id),
                revision_number: row.revision_number,
            },
            change: row.change,
        })
    }
}

/// Tags as they are kept now: older entries may have one under its label.
fn canonical(tags: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags.iter().map(|tag| canonical_tag(tag)) {
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    kept
}

/// Which entries a list shows. A draft is shown to `viewer` when they began it, or to everybody who `sees_all`.
#[derive(Debug, Clone, Default)]
pub struct EntryQuery {
    /// Only this kind.
    pub kind: Option<EntryKind>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only in this language.
    pub lang: Option<Lang>,
    /// Only in this state; archived entries show only when asked for.
    pub state: Option<EntryState>,
    /// Only where this is one of the names shown as authors.
    pub author: Option<String>,
    /// Only experiments that have come so far.
    pub progress: Option<ExperimentState>,
    /// Only what this person began.
    pub created_by: Option<UserId>,
    /// Who looks.
    pub viewer: Option<UserId>,
    /// Whether they see the drafts of others.
    pub sees_all: bool,
    /// Most rows.
    pub limit: i64,
    /// Rows to pass over.
    pub offset: i64,
}

/// What an insert or update of an entry sets.
#[derive(Debug, Clone)]
pub struct EntryColumns<'a> {
    /// State.
    pub state: EntryState,
    /// Language.
    pub lang: Lang,
    /// Title.
    pub title: &'a str,
    /// Summary.
    pub summary: &'a str,
    /// Tags.
    pub tags: &'a [String],
    /// Names shown as authors.
    pub authors: &'a [String],
    /// Latest revision.
    pub revision: RevisionId,
}

/// Inserts an entry and tells listeners.
pub async fn entry_insert_in_txn(
    conn: &mut Connection,
    id: EntryId,
    kind: EntryKind,
    slug: &Slug,
    columns: &EntryColumns<'_>,
    created_by: Option<UserId>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into entry (id, kind, slug, state, lang, title, summary, tags, authors, revision_id, created_by, change)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, nextval('entry_change_seq'))",
        id.0,
        kind.code(),
        slug.as_str(),
        columns.state.code(),
        columns.lang.code(),
        columns.title,
        columns.summary,
        columns.tags,
        columns.authors,
        columns.revision.0,
        created_by.map(|id| id.0),
    )
    .execute(&mut *conn)
    .await?;
    entry_notify_in_txn(conn, id).await
}

/// Sets an entry's columns and tells listeners.
pub async fn entry_touch_in_txn(
    conn: &mut Connection,
    id: EntryId,
    columns: &EntryColumns<'_>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update entry set state = $2, lang = $3, title = $4, summary = $5, tags = $6, authors = $7, revision_id = $8,
         updated_at = now(), change = nextval('entry_change_seq') where id = $1",
        id.0,
        columns.state.code(),
        columns.lang.code(),
        columns.title,
        columns.summary,
        columns.tags,
        columns.authors,
        columns.revision.0,
    )
    .execute(&mut *conn)
    .await?;
    entry_notify_in_txn(conn, id).await
}

async fn entry_notify_in_txn(conn: &mut Connection, id: EntryId) -> Result<(), StoreError> {
    sqlx::query!("select pg_notify('entry_changed', $1)", id.0.to_string()).execute(conn).await?;
    Ok(())
}

/// Holds an entry until the transaction ends, so that two saves cannot interleave, and reads it as it is then.
pub async fn entry_lock_in_txn(
    conn: &mut Connection,
    kind: EntryKind,
    slug: &str,
) -> Result<Option<EntryRow>, StoreError> {
    // Two statements: one that waits for the lock would join the new entry row with the old revision row and find nothing.
    sqlx::query!("select id from entry where kind = $1 and slug = $2 for update", kind.code(), slug)
        .fetch_optional(&mut *conn)
        .await?;
    entry_by_slug_on_conn(conn, kind, slug).await
}

async fn entry_by_slug_on_conn(
    conn: &mut Connection,
    kind: EntryKind,
    slug: &str,
) -> Result<Option<EntryRow>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"select e.id, e.kind, e.slug, e.state, e.lang, e.title, e.summary, e.tags, e.authors, e.revision_id,
                  r.number as revision_number, e.created_by, e.created_at, e.updated_at, e.change, 1::bigint as "total!"
           from entry e join revision r on r.id = e.revision_id
           where e.kind = $1 and e.slug = $2"#,
        kind.code(),
        slug
    )
    .fetch_optional(conn)
    .await?;
    row.map(EntryRow::try_from).transpose()
}

impl Store {
    /// One entry by kind and slug.
    pub async fn entry_by_slug(&self, kind: EntryKind, slug: &str) -> Result<Option<EntryRow>, StoreError> {
        entry_by_slug_on_conn(&mut *self.pool.acquire().await?, kind, slug).await
    }

    /// Entries by id, in no order.
    pub async fn entry_by_ids(&self, ids: &[Uuid]) -> Result<Vec<EntryRow>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"select e.id, e.kind, e.slug, e.state, e.lang, e.title, e.summary, e.tags, e.authors, e.revision_id,
                      r.number as revision_number, e.created_by, e.created_at, e.updated_at, e.change, 1::bigint as "total!"
               from entry e join revision r on r.id = e.revision_id
               where e.id = any($1)"#,
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(EntryRow::try_from).collect()
    }

    /// A page of entries, newest first, and how many there are in all.
    pub async fn entry_list(&self, query: &EntryQuery) -> Result<(Vec<EntryRow>, i64), StoreError> {
        let tags = query.tag.as_deref().map(tag_spellings);
        let rows = sqlx::query_as!(
            Row,
            r#"select e.id, e.kind, e.slug, e.state, e.lang, e.title, e.summary, e.tags, e.authors, e.revision_id,
                      r.number as revision_number, e.created_by, e.created_at, e.updated_at, e.change,
                      count(*) over () as "total!"
               from entry e join revision r on r.id = e.revision_id
               where ($1::text is null or e.kind = $1)
                 and ($2::text[] is null or e.tags && $2)
                 and ($3::text is null or e.lang = $3)
                 and case when $4::text is null then e.state <> 'archived' else e.state = $4 end
                 and ($5::uuid is null or e.created_by = $5)
                 and (e.state in ('published', 'archived') or $7 or e.created_by = $6)
                 and ($10::text is null or $10 = any(e.authors))
                 and ($11::text is null or r.input -> 'fields' ->> 'state' = $11)
               order by e.updated_at desc, e.id desc
               limit $8 offset $9"#,
            query.kind.map(EntryKind::code),
            tags.as_deref(),
            query.lang.map(Lang::code),
            query.state.map(EntryState::code),
            query.created_by.map(|id| id.0),
            query.viewer.map(|id| id.0),
            query.sees_all,
            query.limit,
            query.offset,
            query.author,
            query.progress.map(ExperimentState::code)
        )
        .fetch_all(&self.pool)
        .await?;
        let total = rows.first().map_or(0, |row| row.total);
        let rows = rows.into_iter().map(EntryRow::try_from).collect::<Result<_, _>>()?;
        Ok((rows, total))
    }

    /// Tags of published entries, of one kind and in one language where these are given, with their counts, most frequent first.
    pub async fn entry_tags(
        &self,
        kind: Option<EntryKind>,
        lang: Option<Lang>,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select tag as "tag!", count(*) as "count!"
               from entry, unnest(tags) as tag
               where state = 'published' and ($1::text is null or kind = $1) and ($2::text is null or lang = $2)
               group by tag order by count(*) desc, tag"#,
            kind.map(EntryKind::code),
            lang.map(Lang::code)
        )
        .fetch_all(&self.pool)
        .await?;
        let mut tags: Vec<(String, i64)> = Vec::with_capacity(rows.len());
        for row in rows {
            let tag = canonical_tag(&row.tag);
            match tags.iter_mut().find(|(known, _)| *known == tag) {
                Some((_, count)) => *count += row.count,
                None => tags.push((tag, row.count)),
            }
        }
        tags.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        Ok(tags)
    }

    /// Names shown as authors of published entries, with their counts, most frequent first.
    pub async fn entry_authors(&self, kind: EntryKind) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select author as "author!", count(*) as "count!"
               from entry, unnest(authors) as author
               where state = 'published' and kind = $1
               group by author order by count(*) desc, author"#,
            kind.code()
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.author, row.count)).collect())
    }

    /// The titles of the entries that exist, among those asked for: what wiki links resolve to.
    pub async fn entry_titles(
        &self,
        kinds: &[String],
        slugs: &[String],
    ) -> Result<Vec<(String, String, String)>, StoreError> {
        let rows = sqlx::query!(
            "select e.kind, e.slug, e.title from entry e
             join unnest($1::text[], $2::text[]) as wanted (kind, slug) on wanted.kind = e.kind and wanted.slug = e.slug
             where e.state in ('published', 'archived')",
            kinds,
            slugs
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.kind, row.slug, row.title)).collect())
    }

    /// Id and change number of every entry: what an index compares itself with.
    pub async fn entry_changes(&self) -> Result<Vec<(EntryId, i64)>, StoreError> {
        let rows = sqlx::query!("select id, change from entry").fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|row| (EntryId(row.id), row.change)).collect())
    }

    /// Whether the schema is there: a database may be empty.
    pub async fn entry_table_exists(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(r#"select to_regclass('public.entry') is not null as "exists!""#)
            .fetch_one(&self.pool)
            .await?)
    }
}
