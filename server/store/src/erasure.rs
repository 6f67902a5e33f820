//! What is kept of a person or a shopper, to be handed out or erased.

use alluvium_domain::UserId;
use alluvium_domain::shop::{CatalogueId, SenderId, ShopperId};
use serde_json::Value;

use crate::{Connection, Store, StoreError};

/// What went with a shopper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShopperErased {
    /// Events in any state.
    pub events: i64,
    /// Those among them that counted.
    pub counting: i64,
    /// Whether the shopper was counted among the catalogue's.
    pub counted: bool,
    /// Whose events they were.
    pub senders: Vec<SenderId>,
}

/// Removes a shopper with all their events. The caller holds the catalogue.
pub async fn shopper_erase_in_txn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    shopper: ShopperId,
) -> Result<ShopperErased, StoreError> {
    // The table lets go of the events of this shopper alone, until the transaction ends.
    sqlx::query!("select set_config('alluvium.erased_shopper', $1, true)", shopper.0.to_string())
        .fetch_one(&mut *conn)
        .await?;
    let days = sqlx::query!(
        r#"with gone as (
               delete from event where catalogue_id = $1 and shopper_id = $2 returning sender_id, received_on, state),
           days as (
               select sender_id, received_on, count(*) as n, count(*) filter (where state = 0) as counting,
                      count(*) filter (where state = 1) as waiting, count(*) filter (where state = 2) as void
               from gone group by sender_id, received_on),
           counted as (
               update event_day d set
                   counting = d.counting - days.counting, waiting = d.waiting - days.waiting,
                   void = d.void - days.void, erased = d.erased + days.n
               from days where d.catalogue_id = $1 and d.sender_id = days.sender_id and d.day = days.received_on)
           select sender_id, sum(n)::bigint as "events!", sum(counting)::bigint as "counting!" from days group by sender_id"#,
        catalogue.0,
        shopper.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let counted = sqlx::query_scalar!("delete from shopper where id = $1 returning counted", shopper.0)
        .fetch_optional(&mut *conn)
        .await?;
    sqlx::query!("select set_config('alluvium.erased_shopper', '', true)").fetch_one(conn).await?;
    Ok(ShopperErased {
        events: days.iter().map(|row| row.events).sum(),
        counting: days.iter().map(|row| row.counting).sum(),
        counted: counted.unwrap_or_default(),
        senders: days.iter().map(|row| SenderId(row.sender_id)).collect(),
    })
}

/// Takes from a person everything that says who they are and lets them in, and calls them `new_name` from then on.
pub async fn person_erase_in_txn(conn: &mut Connection, person: UserId, new_name: &str) -> Result<(), StoreError> {
    sqlx::query!("select erase_person($1, $2)", person.0, new_name).execute(conn).await?;
    Ok(())
}

impl Store {
    /// Everything that is kept of a person, but what they did as a shopper.
    pub async fn person_export(&self, person: UserId) -> Result<Value, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select jsonb_build_object(
                'person', (select to_jsonb(x) from (
                    select id, name, display_name, role, disabled, created_at from person where id = $1) x),
                'sessions', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select created_at, last_seen_at, expires_at from session where person_id = $1 order by created_at) x),
                'tokens', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select name, prefix, scopes, created_at, last_used_at, expires_at, revoked_at from api_token
                    where person_id = $1 order by created_at) x),
                'identities', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select issuer, subject, created_at, last_used_at from identity
                    where person_id = $1 order by created_at) x),
                'votes', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select v.model, p.sku as product, v.verdict, v.word, v.at from explanation_vote v
                    join product p on p.id = v.product_id where v.person_id = $1 order by v.at) x),
                'judgements', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select c.slug as catalogue, j.query, p.sku as product, j.grade, j.at from judgement j
                    join product p on p.id = j.product_id join catalogue c on c.id = j.catalogue_id
                    where j.person_id = $1 order by j.id) x),
                'revisions', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select e.kind, e.slug, r.number, r.note, r.created_at from revision r join entry e on e.id = r.entry_id
                    where r.author_id = $1 order by r.created_at) x),
                'runs', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select id, name, user_name, started_at from run where person_id = $1 order by started_at) x),
                'jobs', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select id, kind, created_at from job where created_by = $1 order by created_at) x),
                'decisions', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select m.name as model, v.number as version, d.act, d.reason, d.at from model_decision d
                    join model_version v on v.id = d.version_id join model m on m.id = v.model_id
                    where d.person_id = $1 order by d.id) x),
                'audit', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select id, at, action, subject, detail from audit where actor_id = $1 order by id) x)
            ) as "export!""#,
            person.0
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Everything that is kept of a shopper.
    pub async fn shopper_export(&self, shopper: ShopperId) -> Result<Value, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select jsonb_build_object(
                'catalogue', c.slug, 'shopper', s.name, 'attributes', s.attributes, 'truth', s.truth,
                'events', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
                    select e.id, e.at, p.sku as product, e.kind, e.query, e.position, e.received_on,
                           case e.state when 0 then 'counts' when 1 then 'waits' else 'void' end as state, o.kind as sender
                    from event e join product p on p.id = e.product_id join event_sender o on o.id = e.sender_id
                    where e.shopper_id = s.id order by e.at, e.id) x)
            ) as "export!"
            from shopper s join catalogue c on c.id = s.catalogue_id where s.id = $1"#,
            shopper.0
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
