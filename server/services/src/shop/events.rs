//! Events that come in over the API.

use std::collections::{BTreeMap, HashMap, HashSet};

use alluvium_domain::shop::{
    CatalogueId, EventBatch, EventId, EventInput, EventKind, EventReceipt, ProductId, Shopper, ShopperId,
};
use alluvium_domain::{Actor, FieldError, Issue, Problem, ProblemKind, User};
use alluvium_store::{
    CatalogueGrowth, Connection, EventRow, catalogue_grow_in_txn, catalogue_lock_in_txn, event_insert_in_txn,
    event_known_on_conn, product_ids_on_conn, shopper_ids_on_conn, shopper_insert_in_txn,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Services;
use crate::error::internal;

impl Services {
    /// Notes what somebody who is signed in does as a shopper, just now.
    pub async fn shop_act(
        &self,
        actor: &Actor,
        catalogue: &str,
        product: &str,
        kind: EventKind,
    ) -> Result<(), Problem> {
        let person = actor.user.as_ref().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
        let event = EventInput {
            id: EventId(Uuid::now_v7()),
            shopper: own_shopper(person),
            product: product.to_owned(),
            kind,
            at: None,
            query: None,
            position: None,
        };
        let batch = EventBatch { catalogue: catalogue.to_owned(), events: vec![event] };
        self.events_accept(actor, batch).await.map(drop)
    }

    /// Takes in a batch, all of it or nothing. An event whose id the catalogue has already changes nothing, so that a sender who got no
    /// answer sends the batch again.
    pub async fn events_accept(&self, actor: &Actor, batch: EventBatch) -> Result<EventReceipt, Problem> {
        let catalogue = self.catalogue(actor, &batch.catalogue).await?;
        actor.may_send_events(catalogue.input.simulated)?;
        let batch = batch.checked(OffsetDateTime::now_utc())?;
        let sent = batch.events.len();
        let store = &self.inner.store;
        store.event_months_add(batch.events.iter().filter_map(|event| event.at)).await.map_err(internal)?;
        let mut txn = store.begin().await.map_err(internal)?;
        catalogue_lock_in_txn(&mut txn, catalogue.id).await.map_err(internal)?;
        let products = products(&mut txn, catalogue.id, &batch.events).await?;
        let events = unknown(&mut txn, catalogue.id, batch.events).await?;
        let (shoppers, new_shoppers) = shoppers(&mut txn, catalogue.id, &events).await?;
        let rows: Vec<EventRow> = events
            .into_iter()
            .filter_map(|event| {
                Some(EventRow {
                    id: event.id,
                    at: event.at?,
                    shopper: *shoppers.get(&event.shopper)?,
                    product: *products.get(&event.product)?,
                    kind: event.kind,
                    query: event.query,
                    position: event.position,
                })
            })
            .collect();
        let accepted = event_insert_in_txn(&mut txn, catalogue.id, &rows).await.map_err(internal)?;
        let growth = CatalogueGrowth { products: 0, shoppers: new_shoppers, events: accepted as i64 };
        catalogue_grow_in_txn(&mut txn, catalogue.id, growth).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        let accepted = usize::try_from(accepted).unwrap_or_default();
        Ok(EventReceipt { accepted, duplicates: sent - accepted })
    }
}

/// The shopper that stands for a person.
pub fn own_shopper(person: &User) -> String {
    format!("person-{}", person.name)
}

/// The products of a batch by id; each one that the catalogue does not have is an error with its place.
async fn products(
    conn: &mut Connection,
    catalogue: CatalogueId,
    events: &[EventInput],
) -> Result<HashMap<String, ProductId>, Problem> {
    let ids: HashSet<String> = events.iter().map(|event| event.product.clone()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let known: HashMap<_, _> =
        product_ids_on_conn(conn, catalogue, &ids).await.map_err(internal)?.into_iter().collect();
    let errors: Vec<FieldError> = events
        .iter()
        .enumerate()
        .filter(|(_, event)| !known.contains_key(&event.product))
        .map(|(place, event)| FieldError {
            field: format!("events[{place}].product").into(),
            issue: Issue::Unknown { value: event.product.clone() },
        })
        .collect();
    if errors.is_empty() { Ok(known) } else { Err(Problem { kind: ProblemKind::Invalid, errors }) }
}

/// The events of a batch that the catalogue does not have, each once.
async fn unknown(
    conn: &mut Connection,
    catalogue: CatalogueId,
    events: Vec<EventInput>,
) -> Result<Vec<EventInput>, Problem> {
    let ids: Vec<_> = events.iter().map(|event| event.id.0).collect();
    let mut seen: HashSet<_> =
        event_known_on_conn(conn, catalogue, &ids).await.map_err(internal)?.into_iter().collect();
    Ok(events.into_iter().filter(|event| seen.insert(event.id)).collect())
}

/// The shoppers of a batch by id, and how many of them are new.
async fn shoppers(
    conn: &mut Connection,
    catalogue: CatalogueId,
    events: &[EventInput],
) -> Result<(HashMap<String, ShopperId>, i64), Problem> {
    let ids: HashSet<String> = events.iter().map(|event| event.shopper.clone()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let mut known: HashMap<_, _> =
        shopper_ids_on_conn(conn, catalogue, &ids).await.map_err(internal)?.into_iter().collect();
    let new: Vec<Shopper> = ids
        .into_iter()
        .filter(|id| !known.contains_key(id))
        .map(|id| Shopper { id, attributes: BTreeMap::new(), truth: None })
        .collect();
    known.extend(shopper_insert_in_txn(conn, catalogue, &new).await.map_err(internal)?);
    Ok((known, new.len() as i64))
}
