//! Catalogues.

use std::collections::BTreeMap;

use alluvium_domain::Slug;
use alluvium_domain::shop::{AttributeLabel, Bilingual, Catalogue, CatalogueId, CatalogueInput};
use sqlx::types::Json;
use time::OffsetDateTime;

use crate::{Connection, Store, StoreError};

struct Row {
    id: i32,
    slug: String,
    title_zh: String,
    title_en: String,
    simulated: bool,
    source: String,
    labels: Json<BTreeMap<String, AttributeLabel>>,
    products: i64,
    shoppers: i64,
    events: i64,
    event_changes: i64,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for Catalogue {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let slug = Slug::parse(&row.slug)
            .map_err(|_| StoreError::Decode { column: "catalogue.slug", value: row.slug.clone() })?;
        Ok(Catalogue {
            id: CatalogueId(row.id),
            input: CatalogueInput {
                slug,
                title: Bilingual::new(row.title_zh, row.title_en),
                simulated: row.simulated,
                source: row.source,
                labels: row.labels.0,
            },
            products: row.products,
            shoppers: row.shoppers,
            events: row.events,
            event_changes: row.event_changes,
            created_at: row.created_at,
        })
    }
}

/// How many rows a transaction added to a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CatalogueGrowth {
    /// New products.
    pub products: i64,
    /// New shoppers.
    pub shoppers: i64,
    /// New events that count.
    pub events: i64,
}

/// Adds a catalogue; none where the slug is taken.
pub async fn catalogue_insert_in_txn(
    conn: &mut Connection,
    input: &CatalogueInput,
) -> Result<Option<CatalogueId>, StoreError> {
    let id = sqlx::query_scalar!(
        "insert into catalogue (slug, title_zh, title_en, simulated, source, labels) values ($1, $2, $3, $4, $5, $6)
         on conflict (slug) do nothing returning id",
        input.slug.as_str(),
        input.title.zh,
        input.title.en,
        input.simulated,
        input.source,
        Json(&input.labels) as _
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(CatalogueId))
}

/// Holds a catalogue until the transaction ends: whoever writes to it does this first.
pub async fn catalogue_lock_in_txn(conn: &mut Connection, id: CatalogueId) -> Result<(), StoreError> {
    sqlx::query!("select id from catalogue where id = $1 for update", id.0).fetch_one(conn).await?;
    Ok(())
}

/// Adds to a catalogue's counts what the transaction added to its rows.
pub async fn catalogue_grow_in_txn(
    conn: &mut Connection,
    id: CatalogueId,
    growth: CatalogueGrowth,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update catalogue set products = products + $2, shoppers = shoppers + $3, events = events + $4,
             event_changes = event_changes + case when $4 <> 0 then 1 else 0 end
         where id = $1",
        id.0,
        growth.products,
        growth.shoppers,
        growth.events
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// A catalogue by slug.
    pub async fn catalogue_by_slug(&self, slug: &str) -> Result<Option<Catalogue>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"select id, slug, title_zh, title_en, simulated, source,
                      labels as "labels: Json<BTreeMap<String, AttributeLabel>>", products, shoppers, events, event_changes, created_at
               from catalogue where slug = $1"#,
            slug
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(Catalogue::try_from).transpose()
    }

    /// All catalogues, oldest first.
    pub async fn catalogue_list(&self) -> Result<Vec<Catalogue>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"select id, slug, title_zh, title_en, simulated, source,
                      labels as "labels: Json<BTreeMap<String, AttributeLabel>>", products, shoppers, events, event_changes, created_at
               from catalogue order by id"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Catalogue::try_from).collect()
    }
}
