//! Whoever sends events: how much of theirs came on which day, whether it counts, and what learned from it.

use alluvium_domain::UserId;
use alluvium_domain::registry::VersionId;
use alluvium_domain::shop::{Bilingual, CatalogueId, EventSender, SenderDay, SenderId, SenderProduct, VoidLearner};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, EventOrigin, EventSource, SecretHash, Store, StoreError};

/// Whom a sender stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderSubject {
    /// An API token, and whose it is.
    Token(Uuid, UserId),
    /// A person who clicks.
    Person(UserId),
    /// Somebody who is not signed in.
    Visitor(SecretHash),
}

/// The state of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventState {
    /// It counts.
    Counts,
    /// It waits, and counts for nothing.
    Waits,
    /// It is void.
    Void,
}

impl EventState {
    fn code(self) -> i16 {
        match self {
            EventState::Counts => 0,
            EventState::Waits => 1,
            EventState::Void => 2,
        }
    }
}

/// Some events of a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderPortion {
    /// Where they are.
    pub catalogue: CatalogueId,
    /// Whose they are.
    pub sender: SenderId,
    /// The first day on which they came.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// The sender that stands for somebody, made where there is none; and whether it is trusted.
pub async fn sender_ensure_in_txn(conn: &mut Connection, subject: SenderSubject) -> Result<EventOrigin, StoreError> {
    let (kind, token, person, visitor) = match &subject {
        SenderSubject::Token(token, person) => ("token", Some(*token), Some(person.0), None),
        SenderSubject::Person(person) => ("person", None, Some(person.0), None),
        SenderSubject::Visitor(hash) => ("visitor", None, None, Some(hash.as_slice())),
    };
    sqlx::query!(
        "insert into event_sender (kind, token_id, person_id, visitor_hash) values ($1, $2, $3, $4) on conflict do nothing",
        kind,
        token,
        person,
        visitor
    )
    .execute(&mut *conn)
    .await?;
    let row = sqlx::query!(
        "select id, trusted from event_sender
         where kind = $1 and token_id is not distinct from $2 and visitor_hash is not distinct from $4
           and (kind = 'token' or person_id is not distinct from $3)",
        kind,
        token,
        person,
        visitor
    )
    .fetch_one(conn)
    .await?;
    Ok(EventOrigin { sender: SenderId(row.id), trusted: row.trusted })
}

/// How many events of a sender came on a day, and how many of all visitors who are not signed in.
pub async fn sender_used_in_txn(conn: &mut Connection, sender: SenderId, day: Date) -> Result<(i64, i64), StoreError> {
    let row = sqlx::query!(
        r#"select coalesce(sum(d.counting + d.waiting + d.void + d.erased) filter (where d.sender_id = $1), 0)::bigint as "own!",
                  coalesce(sum(d.counting + d.waiting + d.void + d.erased) filter (where s.kind = 'visitor'), 0)::bigint as "visitors!"
           from event_day d join event_sender s on s.id = d.sender_id where d.day = $2"#,
        sender.0,
        day
    )
    .fetch_one(conn)
    .await?;
    Ok((row.own, row.visitors))
}

/// Moves events of a sender from one state to another; answers with how many. The caller holds the catalogue.
pub async fn sender_state_set_in_txn(
    conn: &mut Connection,
    portion: SenderPortion,
    from: EventState,
    to: EventState,
) -> Result<i64, StoreError> {
    let moved = sqlx::query_scalar!(
        r#"with moved as (
               update event set state = $6
               where catalogue_id = $1 and sender_id = $2 and received_on between $3 and $4 and state = $5
               returning received_on),
           days as (select received_on, count(*) as n from moved group by received_on),
           counted as (
               update event_day d set
                   counting = d.counting + case when $6 = 0 then n when $5 = 0 then -n else 0 end,
                   waiting  = d.waiting  + case when $6 = 1 then n when $5 = 1 then -n else 0 end,
                   void     = d.void     + case when $6 = 2 then n when $5 = 2 then -n else 0 end
               from days where d.catalogue_id = $1 and d.sender_id = $2 and d.day = days.received_on)
           select coalesce(sum(n), 0)::bigint as "moved!" from days"#,
        portion.catalogue.0,
        portion.sender.0,
        portion.from,
        portion.to,
        from.code(),
        to.code()
    )
    .fetch_one(conn)
    .await?;
    Ok(moved)
}

/// From now on, events of a sender count at once or wait; false where there is no such sender.
pub async fn sender_trust_set_in_txn(
    conn: &mut Connection,
    sender: SenderId,
    trusted: bool,
) -> Result<bool, StoreError> {
    let done = sqlx::query!("update event_sender set trusted = $2 where id = $1 and kind = 'token'", sender.0, trusted)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

struct Row {
    id: i32,
    kind: String,
    person: String,
    token: String,
    trusted: bool,
    created_at: OffsetDateTime,
    counting: i64,
    waiting: i64,
    void: i64,
}

impl TryFrom<Row> for EventSender {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(EventSender {
            id: SenderId(row.id),
            kind: parsed("event_sender.kind", &row.kind)?,
            person: row.person,
            token: row.token,
            trusted: row.trusted,
            created_at: row.created_at,
            counting: row.counting,
            waiting: row.waiting,
            void: row.void,
        })
    }
}

impl Store {
    /// Senders with their counts, those with most waiting events first; or one of them.
    pub async fn sender_list(&self, only: Option<SenderId>, limit: i64) -> Result<Vec<EventSender>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"select s.id, s.kind, coalesce(p.name, '') as "person!", coalesce(t.name, '') as "token!", s.trusted, s.created_at,
                      coalesce(d.counting, 0)::bigint as "counting!", coalesce(d.waiting, 0)::bigint as "waiting!",
                      coalesce(d.void, 0)::bigint as "void!"
               from event_sender s
               left join person p on p.id = s.person_id
               left join api_token t on t.id = s.token_id
               left join (select sender_id, sum(counting) as counting, sum(waiting) as waiting, sum(void) as void
                          from event_day group by sender_id) d on d.sender_id = s.id
               where ($1::integer is null or s.id = $1) and (s.kind = 'token' or d.sender_id is not null)
               order by coalesce(d.waiting, 0) desc, s.id desc limit $2"#,
            only.map(|id| id.0),
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(EventSender::try_from).collect()
    }

    /// What a sender sent, by day and catalogue, newest first.
    pub async fn sender_days(&self, sender: SenderId, limit: i64) -> Result<Vec<SenderDay>, StoreError> {
        Ok(sqlx::query_as!(
            SenderDay,
            "select c.slug as catalogue, d.day, d.counting, d.waiting, d.void
             from event_day d join catalogue c on c.id = d.catalogue_id
             where d.sender_id = $1 order by d.day desc, c.id limit $2",
            sender.0,
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The products that most of a sender's events that wait or are void are about.
    pub async fn sender_products(&self, sender: SenderId, limit: i64) -> Result<Vec<SenderProduct>, StoreError> {
        let rows = sqlx::query!(
            r#"select c.slug, p.sku, p.title_zh, p.title_en, count(*) as "events!"
               from event e join product p on p.id = e.product_id join catalogue c on c.id = e.catalogue_id
               where e.sender_id = $1 and e.state <> 0
               group by c.id, p.id order by count(*) desc, p.id limit $2"#,
            sender.0,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| SenderProduct {
                catalogue: row.slug,
                product: row.sku,
                title: Bilingual::new(row.title_zh, row.title_en),
                events: row.events,
            })
            .collect())
    }

    /// Notes what a version learned from; what is noted already stays.
    pub async fn version_event_insert(&self, version: VersionId, sources: &[EventSource]) -> Result<(), StoreError> {
        let catalogues: Vec<i32> = sources.iter().map(|source| source.catalogue.0).collect();
        let senders: Vec<i32> = sources.iter().map(|source| source.sender.0).collect();
        let days: Vec<Date> = sources.iter().map(|source| source.day).collect();
        let events: Vec<i64> = sources.iter().map(|source| source.events).collect();
        sqlx::query!(
            "insert into version_event (version_id, catalogue_id, sender_id, day, events)
             select $1, * from unnest($2::integer[], $3::integer[], $4::date[], $5::bigint[]) on conflict do nothing",
            version.0,
            &catalogues,
            &senders,
            &days,
            &events
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Versions that learned from events of senders and days of which some are void or erased; of one model, or of one sender, where these are named.
    pub async fn void_learners(
        &self,
        model: Option<&str>,
        sender: Option<SenderId>,
    ) -> Result<Vec<VoidLearner>, StoreError> {
        Ok(sqlx::query_as!(
            VoidLearner,
            r#"select m.name as model, v.number as version, sum(e.events)::bigint as "events!"
               from version_event e
               join event_day d using (catalogue_id, sender_id, day)
               join model_version v on v.id = e.version_id join model m on m.id = v.model_id
               where (d.void > 0 or d.erased > 0) and ($1::text is null or m.name = $1) and ($2::integer is null or e.sender_id = $2)
               group by m.id, v.id order by m.name, v.number desc"#,
            model,
            sender.map(|id| id.0)
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
