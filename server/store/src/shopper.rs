//! Shoppers.

use std::collections::BTreeMap;

use alluvium_domain::UserId;
use alluvium_domain::shop::{AttributeValue, Bilingual, CatalogueId, Shopper, ShopperId, Taste};
use serde_json::Value;
use sqlx::types::Json;

use crate::{Connection, EventCounts, Store, StoreError};

/// Adds shoppers that the catalogue does not have; answers with their numbers, in no order. The caller holds the catalogue.
pub async fn shopper_insert_in_txn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    shoppers: &[Shopper],
) -> Result<Vec<(String, ShopperId)>, StoreError> {
    let names: Vec<String> = shoppers.iter().map(|shopper| shopper.id.clone()).collect();
    let attributes: Vec<Value> = shoppers.iter().map(|shopper| json(&shopper.attributes)).collect();
    let truths: Vec<Option<Value>> = shoppers.iter().map(|shopper| shopper.truth.as_ref().map(json)).collect();
    let rows = sqlx::query!(
        "insert into shopper (catalogue_id, name, attributes, truth)
         select $1, s.name, s.attributes, s.truth
         from unnest($2::text[], $3::jsonb[], $4::jsonb[]) as s (name, attributes, truth)
         returning name, id",
        catalogue.0,
        &names,
        &attributes,
        &truths as &[Option<Value>]
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, ShopperId(row.id))).collect())
}

/// Adds shoppers of events that wait, which are not counted; `own` are people and visitors of this installation. Answers with their numbers, in no
/// order. The caller holds the catalogue.
pub async fn shopper_insert_uncounted_in_txn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    names: &[String],
    own: bool,
) -> Result<Vec<(String, ShopperId)>, StoreError> {
    let rows = sqlx::query!(
        "insert into shopper (catalogue_id, name, own, counted) select $1, name, $3, false from unnest($2::text[]) as s (name)
         returning name, id",
        catalogue.0,
        names,
        own
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, ShopperId(row.id))).collect())
}

/// Which of these shoppers are people and visitors of this installation.
pub async fn shopper_own_on_conn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    names: &[String],
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select name from shopper where catalogue_id = $1 and name = any($2) and own",
        catalogue.0,
        names
    )
    .fetch_all(conn)
    .await?)
}

/// Counts shoppers who have events that count by now; answers with how many are new.
pub async fn shopper_count_in_txn(conn: &mut Connection, catalogue: CatalogueId) -> Result<i64, StoreError> {
    let done = sqlx::query!(
        "update shopper s set counted = true
         where s.catalogue_id = $1 and not s.counted and not s.own
           and exists (select from event e where e.shopper_id = s.id and e.state = 0)",
        catalogue.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected().cast_signed())
}

/// Sets what is known of shoppers that the catalogue has.
pub async fn shopper_update_in_txn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    shoppers: &[Shopper],
) -> Result<(), StoreError> {
    let names: Vec<String> = shoppers.iter().map(|shopper| shopper.id.clone()).collect();
    let attributes: Vec<Value> = shoppers.iter().map(|shopper| json(&shopper.attributes)).collect();
    sqlx::query!(
        "update shopper set attributes = s.attributes
         from unnest($2::text[], $3::jsonb[]) as s (name, attributes)
         where shopper.catalogue_id = $1 and shopper.name = s.name and shopper.attributes <> s.attributes",
        catalogue.0,
        &names,
        &attributes
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The numbers of the shoppers that exist, among those asked for.
pub async fn shopper_ids_on_conn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    names: &[String],
) -> Result<Vec<(String, ShopperId)>, StoreError> {
    let rows =
        sqlx::query!("select name, id from shopper where catalogue_id = $1 and name = any($2)", catalogue.0, names)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|row| (row.name, ShopperId(row.id))).collect())
}

/// How often a category (the narrowest level) or a brand occurs in events.
pub(crate) struct TasteRow {
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) views: i64,
    pub(crate) carts: i64,
    pub(crate) purchases: i64,
}

impl From<TasteRow> for Taste {
    fn from(row: TasteRow) -> Taste {
        let TasteRow { zh, en, views, carts, purchases } = row;
        Taste { value: Bilingual::new(zh, en), views, carts, purchases }
    }
}

/// A map of texts, numbers and flags has a form in JSON.
fn json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

impl Store {
    /// A shopper by name, with their number, and whether they are a person or visitor of this installation.
    pub async fn shopper_by_name(
        &self,
        catalogue: CatalogueId,
        name: &str,
    ) -> Result<Option<(ShopperId, Shopper, bool)>, StoreError> {
        let row = sqlx::query!(
            r#"select id, name, own, attributes as "attributes: Json<BTreeMap<String, AttributeValue>>",
                      truth as "truth: Json<BTreeMap<String, f64>>"
               from shopper where catalogue_id = $1 and name = $2"#,
            catalogue.0,
            name
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| {
            let shopper = Shopper { id: row.name, attributes: row.attributes.0, truth: row.truth.map(|truth| truth.0) };
            (ShopperId(row.id), shopper, row.own)
        }))
    }

    /// People who stand as shoppers under their sign-in names still: catalogue, shopper and person.
    pub async fn shopper_named_people(&self) -> Result<Vec<(CatalogueId, ShopperId, UserId)>, StoreError> {
        let rows = sqlx::query!(
            "select s.catalogue_id, s.id, p.id as person_id from shopper s join person p on s.name = 'person-' || p.name where s.own"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (CatalogueId(row.catalogue_id), ShopperId(row.id), UserId(row.person_id)))
            .collect())
    }

    /// Gives a shopper another name; nothing changes where it is taken.
    pub async fn shopper_rename(&self, shopper: ShopperId, name: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "update shopper s set name = $2
             where id = $1 and not exists (select from shopper o where o.catalogue_id = s.catalogue_id and o.name = $2)",
            shopper.0,
            name
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Names of the first shoppers of a catalogue.
    pub async fn shopper_names(&self, catalogue: CatalogueId, limit: i64) -> Result<Vec<String>, StoreError> {
        let names = sqlx::query_scalar!(
            "select name from shopper where catalogue_id = $1 and counted order by id limit $2",
            catalogue.0,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(names)
    }

    /// All counted shoppers of a catalogue with their numbers, in the order of these.
    pub async fn shopper_all(&self, catalogue: CatalogueId) -> Result<Vec<(ShopperId, Shopper)>, StoreError> {
        let rows = sqlx::query!(
            r#"select id, name, attributes as "attributes: Json<BTreeMap<String, AttributeValue>>",
                      truth as "truth: Json<BTreeMap<String, f64>>"
               from shopper where catalogue_id = $1 and counted order by id"#,
            catalogue.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let shopper =
                    Shopper { id: row.name, attributes: row.attributes.0, truth: row.truth.map(|truth| truth.0) };
                (ShopperId(row.id), shopper)
            })
            .collect())
    }

    /// How often each category (the narrowest level) occurs in a shopper's events, most purchases, carts and views first.
    pub async fn shopper_categories(&self, shopper: ShopperId, limit: i64) -> Result<Vec<Taste>, StoreError> {
        let rows = sqlx::query_as!(
            TasteRow,
            r#"select p.category_zh[cardinality(p.category_zh)] as "zh!", p.category_en[cardinality(p.category_en)] as "en!",
                      count(*) filter (where e.kind = 'view') as "views!",
                      count(*) filter (where e.kind = 'cart') as "carts!",
                      count(*) filter (where e.kind = 'purchase') as "purchases!"
               from event e join product p on p.id = e.product_id
               where e.shopper_id = $1 and (e.state = 0 or (e.state = 1 and (select own from shopper where id = $1))) and cardinality(p.category_zh) > 0
               group by 1, 2 order by 5 desc, 4 desc, 3 desc, 1, 2 limit $2"#,
            shopper.0,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Taste::from).collect())
    }

    /// How often each brand occurs in a shopper's events, most purchases, carts and views first.
    pub async fn shopper_brands(&self, shopper: ShopperId, limit: i64) -> Result<Vec<Taste>, StoreError> {
        let rows = sqlx::query!(
            r#"select p.brand,
                      count(*) filter (where e.kind = 'view') as "views!",
                      count(*) filter (where e.kind = 'cart') as "carts!",
                      count(*) filter (where e.kind = 'purchase') as "purchases!"
               from event e join product p on p.id = e.product_id
               where e.shopper_id = $1 and (e.state = 0 or (e.state = 1 and (select own from shopper where id = $1))) and p.brand <> ''
               group by p.brand order by 4 desc, 3 desc, 2 desc, 1 limit $2"#,
            shopper.0,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| TasteRow {
                zh: row.brand.clone(),
                en: row.brand,
                views: row.views,
                carts: row.carts,
                purchases: row.purchases,
            })
            .map(Taste::from)
            .collect())
    }

    /// How often a shopper's events fall on products of the cheapest, the middle and the dearest third of their category (1, 2, 3), in this order;
    /// thirds without an event are left out.
    pub async fn shopper_price_thirds(
        &self,
        catalogue: CatalogueId,
        shopper: ShopperId,
    ) -> Result<Vec<(i32, EventCounts)>, StoreError> {
        let rows = sqlx::query!(
            r#"with third as (
                   select id, ntile(3) over (partition by category_en order by price) as place
                   from product where catalogue_id = $1 and price is not null)
               select t.place as "place!",
                      count(*) filter (where e.kind = 'view') as "views!",
                      count(*) filter (where e.kind = 'cart') as "carts!",
                      count(*) filter (where e.kind = 'purchase') as "purchases!"
               from event e join third t on t.id = e.product_id
               where e.shopper_id = $2 and (e.state = 0 or (e.state = 1 and (select own from shopper where id = $2))) group by t.place order by t.place"#,
            catalogue.0,
            shopper.0
        )
        .fetch_all(&self.pool)
        .await?;
        let counts = |views, carts, purchases| EventCounts { views, carts, purchases };
        Ok(rows.into_iter().map(|row| (row.place, counts(row.views, row.carts, row.purchases))).collect())
    }

    /// How often a shopper's events fall into spring, summer, autumn and winter (1 to 4, from March on), in this order; seasons without an event are
    /// left out.
    pub async fn shopper_seasons(&self, shopper: ShopperId) -> Result<Vec<(i32, EventCounts)>, StoreError> {
        let rows = sqlx::query!(
            r#"select ((extract(month from at at time zone 'UTC')::integer + 9) % 12) / 3 + 1 as "place!",
                      count(*) filter (where kind = 'view') as "views!",
                      count(*) filter (where kind = 'cart') as "carts!",
                      count(*) filter (where kind = 'purchase') as "purchases!"
               from event e where e.shopper_id = $1 and (e.state = 0 or (e.state = 1 and (select own from shopper where id = $1))) group by 1 order by 1"#,
            shopper.0
        )
        .fetch_all(&self.pool)
        .await?;
        let counts = |views, carts, purchases| EventCounts { views, carts, purchases };
        Ok(rows.into_iter().map(|row| (row.place, counts(row.views, row.carts, row.purchases))).collect())
    }
}
