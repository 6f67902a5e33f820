//! Events: append-only, by month.

use std::collections::HashMap;

use alluvium_domain::shop::{Bilingual, CatalogueId, Event, EventId, EventKind, ProductId, SenderId, ShopperId};
use time::{Date, OffsetDateTime, UtcOffset};
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, Store, StoreError};

/// An event as the table holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// Made by whoever sent it.
    pub id: EventId,
    /// When.
    pub at: OffsetDateTime,
    /// Who.
    pub shopper: ShopperId,
    /// With which product.
    pub product: ProductId,
    /// What.
    pub kind: EventKind,
    /// The query that led there.
    pub query: Option<String>,
    /// Place in the list that led there, from 1.
    pub position: Option<i32>,
}

/// Where events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventOrigin {
    /// Who sent them.
    pub sender: SenderId,
    /// Whether they count at once; else they wait.
    pub trusted: bool,
}

impl EventOrigin {
    /// The program that makes a catalogue up.
    pub const SIMULATION: EventOrigin = EventOrigin { sender: SenderId::SIMULATION, trusted: true };
    /// Files.
    pub const IMPORT: EventOrigin = EventOrigin { sender: SenderId::IMPORT, trusted: true };
}

/// Events that learning reads, by who sent them and when they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSource {
    /// Where they are.
    pub catalogue: CatalogueId,
    /// Who sent them.
    pub sender: SenderId,
    /// The day that they came (UTC).
    pub day: Date,
    /// How many.
    pub events: i64,
}

/// What learning reads of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// Who.
    pub shopper: ShopperId,
    /// With which product.
    pub product: ProductId,
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: OffsetDateTime,
    /// The query that led there.
    pub query: Option<String>,
    /// Place in the list that led there, from 1.
    pub position: Option<i32>,
}

/// How often each kind of event occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventCounts {
    /// Views.
    pub views: i64,
    /// Carts.
    pub carts: i64,
    /// Purchases.
    pub purchases: i64,
}

/// Appends events, except those whose id and time the catalogue has already; answers with how many are new. The caller holds the
/// catalogue and has made the months.
pub async fn event_insert_in_txn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    origin: EventOrigin,
    events: &[EventRow],
) -> Result<u64, StoreError> {
    let today = OffsetDateTime::now_utc().date();
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.0).collect();
    let times: Vec<OffsetDateTime> = events.iter().map(|event| event.at).collect();
    let shoppers: Vec<i32> = events.iter().map(|event| event.shopper.0).collect();
    let products: Vec<i32> = events.iter().map(|event| event.product.0).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.code()).collect();
    let queries: Vec<Option<&str>> = events.iter().map(|event| event.query.as_deref()).collect();
    let positions: Vec<Option<i32>> = events.iter().map(|event| event.position).collect();
    let done = sqlx::query!(
        "insert into event (catalogue_id, sender_id, received_on, state, id, at, shopper_id, product_id, kind, query, position)
         select $1, $9, $10, $11, * from unnest($2::uuid[], $3::timestamptz[], $4::integer[], $5::integer[], $6::text[], $7::text[], $8::integer[])
         on conflict do nothing",
        catalogue.0,
        &ids,
        &times,
        &shoppers,
        &products,
        &kinds as &[&str],
        &queries as &[Option<&str>],
        &positions as &[Option<i32>],
        origin.sender.0,
        today,
        if origin.trusted { 0_i16 } else { 1 }
    )
    .execute(&mut *conn)
    .await?;
    let added = done.rows_affected();
    let count = added.cast_signed();
    let (counting, waiting) = if origin.trusted { (count, 0) } else { (0, count) };
    sqlx::query!(
        "insert into event_day as d (catalogue_id, sender_id, day, counting, waiting) values ($1, $2, $3, $4, $5)
         on conflict (catalogue_id, sender_id, day)
         do update set counting = d.counting + excluded.counting, waiting = d.waiting + excluded.waiting",
        catalogue.0,
        origin.sender.0,
        today,
        counting,
        waiting
    )
    .execute(conn)
    .await?;
    Ok(added)
}

/// The ids that the catalogue has already, at whatever time, among those asked for.
pub async fn event_known_on_conn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    ids: &[Uuid],
) -> Result<Vec<EventId>, StoreError> {
    let ids = sqlx::query_scalar!("select id from event where catalogue_id = $1 and id = any($2)", catalogue.0, ids)
        .fetch_all(conn)
        .await?;
    Ok(ids.into_iter().map(EventId).collect())
}

impl Store {
    /// Makes the months of these times where they are missing. Not in the transaction that writes: see the migration.
    pub async fn event_months_add(&self, times: impl IntoIterator<Item = OffsetDateTime>) -> Result<(), StoreError> {
        let mut months: Vec<Date> = times
            .into_iter()
            .map(|at| {
                let date = at.to_offset(UtcOffset::UTC).date();
                date.replace_day(1).unwrap_or(date)
            })
            .collect();
        months.sort_unstable();
        months.dedup();
        for month in months {
            sqlx::query!("select event_month_add($1)", month).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// A shopper's events, newest first: those that count, and for a shopper who is a person or visitor of this installation those that wait as well,
    /// which are all their own.
    pub async fn event_by_shopper(
        &self,
        shopper: ShopperId,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Event>, StoreError> {
        Ok(self.event_by_shoppers(&[shopper], limit, offset).await?.remove(&shopper).unwrap_or_default())
    }

    /// The events of some shoppers, newest first, so many of each; shoppers without any are left out.
    pub async fn event_by_shoppers(
        &self,
        shoppers: &[ShopperId],
        limit: i64,
        offset: i64,
    ) -> Result<HashMap<ShopperId, Vec<Event>>, StoreError> {
        let numbers: Vec<i32> = shoppers.iter().map(|shopper| shopper.0).collect();
        let rows = sqlx::query!(
            r#"select e.shopper_id as "shopper_id!", e.id as "id!", e.at as "at!", e.kind as "kind!", e.query, e.position,
                   p.sku, p.title_zh, p.title_en
               from shopper s cross join lateral (
                   select shopper_id, id, at, kind, query, position, product_id from event
                   where shopper_id = s.id and (state = 0 or (state = 1 and s.own))
                   order by at desc, id desc limit $2 offset $3) e
               join product p on p.id = e.product_id where s.id = any($1) order by e.shopper_id, e.at desc, e.id desc"#,
            &numbers,
            limit,
            offset
        )
        .fetch_all(&self.pool)
        .await?;
        let mut events: HashMap<ShopperId, Vec<Event>> = HashMap::new();
        for row in rows {
            events.entry(ShopperId(row.shopper_id)).or_default().push(Event {
                id: EventId(row.id),
                at: row.at,
                kind: parsed("event.kind", &row.kind)?,
                product: row.sku,
                title: Bilingual::new(row.title_zh, row.title_en),
                query: row.query,
                position: row.position,
            });
        }
        Ok(events)
    }

    /// How often a shopper did what.
    pub async fn event_counts_by_shopper(&self, shopper: ShopperId) -> Result<EventCounts, StoreError> {
        Ok(sqlx::query_as!(
            EventCounts,
            r#"select count(*) filter (where kind = 'view') as "views!", count(*) filter (where kind = 'cart') as "carts!",
                      count(*) filter (where kind = 'purchase') as "purchases!"
               from event
               where shopper_id = $1 and (state = 0 or (state = 1 and (select own from shopper where id = $1)))"#,
            shopper.0
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// How often what was done with a product.
    pub async fn event_counts_by_product(&self, product: ProductId) -> Result<EventCounts, StoreError> {
        Ok(sqlx::query_as!(
            EventCounts,
            r#"select count(*) filter (where kind = 'view') as "views!", count(*) filter (where kind = 'cart') as "carts!",
                      count(*) filter (where kind = 'purchase') as "purchases!"
               from event where product_id = $1 and state = 0"#,
            product.0
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// How many events each product of a catalogue has; products without any are left out.
    pub async fn event_count_by_products(&self, catalogue: CatalogueId) -> Result<Vec<(ProductId, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select product_id, count(*) as "count!" from event where catalogue_id = $1 and state = 0 group by product_id"#,
            catalogue.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (ProductId(row.product_id), row.count)).collect())
    }

    /// The events of a catalogue that count, as learning reads them: by shopper, each in the order of time; and whose they are. `simulation` leaves out
    /// all but what the program made itself.
    pub async fn event_interactions(
        &self,
        catalogue: CatalogueId,
        simulation: bool,
    ) -> Result<(Vec<Interaction>, Vec<EventSource>), StoreError> {
        let mut txn = self.pool.begin_with("begin isolation level repeatable read read only").await?;
        let own: Option<Vec<i32>> = simulation.then(|| vec![SenderId::SIMULATION.0, SenderId::EARLIER.0]);
        let rows = sqlx::query!(
            "select shopper_id, product_id, kind, at, query, position from event
             where catalogue_id = $1 and state = 0 and ($2::integer[] is null or sender_id = any($2))
             order by shopper_id, at, id",
            catalogue.0,
            own.as_deref()
        )
        .fetch_all(&mut *txn)
        .await?;
        let sources = sqlx::query!(
            "select sender_id, day, counting from event_day
             where catalogue_id = $1 and counting > 0 and ($2::integer[] is null or sender_id = any($2))",
            catalogue.0,
            own.as_deref()
        )
        .fetch_all(&mut *txn)
        .await?;
        let sources = sources
            .into_iter()
            .map(|row| EventSource { catalogue, sender: SenderId(row.sender_id), day: row.day, events: row.counting })
            .collect();
        let interactions: Result<Vec<Interaction>, StoreError> = rows
            .into_iter()
            .map(|row| {
                Ok(Interaction {
                    shopper: ShopperId(row.shopper_id),
                    product: ProductId(row.product_id),
                    kind: parsed("event.kind", &row.kind)?,
                    at: row.at,
                    query: row.query,
                    position: row.position,
                })
            })
            .collect();
        Ok((interactions?, sources))
    }

    /// How often what was done with each product of a catalogue; products without events are left out.
    pub async fn event_counts_all(&self, catalogue: CatalogueId) -> Result<Vec<(ProductId, EventCounts)>, StoreError> {
        let rows = sqlx::query!(
            r#"select product_id, count(*) filter (where kind = 'view') as "views!", count(*) filter (where kind = 'cart') as "carts!",
                      count(*) filter (where kind = 'purchase') as "purchases!"
               from event where catalogue_id = $1 and state = 0 group by product_id"#,
            catalogue.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let counts = EventCounts { views: row.views, carts: row.carts, purchases: row.purchases };
                (ProductId(row.product_id), counts)
            })
            .collect())
    }
}
