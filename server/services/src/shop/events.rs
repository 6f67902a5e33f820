//! Events that come in: over the API from programs, and from people and visitors who click for themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

use alluvium_domain::shop::{
    Catalogue, CatalogueId, EventBatch, EventId, EventInput, EventKind, EventReceipt, ProductId, Shopper, ShopperId,
    limits,
};
use alluvium_domain::{Actor, FieldError, Issue, Problem, ProblemKind};
use alluvium_store::{
    CatalogueGrowth, Connection, EventOrigin, EventRow, SenderSubject, catalogue_grow_in_txn, catalogue_lock_in_txn,
    event_insert_in_txn, event_known_on_conn, product_ids_on_conn, sender_ensure_in_txn, sender_used_in_txn,
    shopper_ids_on_conn, shopper_insert_in_txn, shopper_insert_uncounted_in_txn, shopper_own_on_conn,
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Services;
use crate::error::internal;

/// Seconds of a day.
const DAY: i64 = 86_400;

impl Services {
    /// Notes what the actor does as a shopper, just now: somebody who is signed in, or in a simulated catalogue a visitor.
    pub async fn shop_act(
        &self,
        actor: &Actor,
        catalogue: &str,
        product: &str,
        kind: EventKind,
    ) -> Result<(), Problem> {
        let catalogue = self.catalogue(actor, catalogue).await?;
        let shopper = self.own_shopper(actor, &catalogue).ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
        let id = EventId(Uuid::now_v7());
        let event =
            EventInput { id, shopper, product: product.to_owned(), kind, at: None, query: None, position: None };
        let batch = EventBatch { catalogue: catalogue.input.slug.to_string(), events: vec![event] };
        self.events_keep(&catalogue, own_subject(actor)?, batch).await.map(drop)
    }

    /// Takes in a batch, all of it or nothing: of any shopper with a token that may, else of the person's own one. An event whose id the catalogue has
    /// already changes nothing, so that a sender who got no answer sends the batch again.
    pub async fn events_accept(&self, actor: &Actor, batch: EventBatch) -> Result<EventReceipt, Problem> {
        let Some(person) = actor.user_id() else { return Err(Problem::new(ProblemKind::Unauthenticated)) };
        let catalogue = self.catalogue(actor, &batch.catalogue).await?;
        let own = self.own_shopper(actor, &catalogue);
        let for_itself = batch.events.iter().all(|event| Some(&event.shopper) == own.as_ref());
        let subject = if for_itself && !batch.events.is_empty() {
            SenderSubject::Person(person)
        } else {
            SenderSubject::Token(actor.may_send_events()?, person)
        };
        self.events_keep(&catalogue, subject, batch).await
    }

    async fn events_keep(
        &self,
        catalogue: &Catalogue,
        subject: SenderSubject,
        batch: EventBatch,
    ) -> Result<EventReceipt, Problem> {
        let batch = batch.checked(OffsetDateTime::now_utc())?;
        let sent = batch.events.len();
        let store = &self.inner.store;
        store.event_months_add(batch.events.iter().filter_map(|event| event.at)).await.map_err(internal)?;
        let mut txn = store.begin().await.map_err(internal)?;
        catalogue_lock_in_txn(&mut txn, catalogue.id).await.map_err(internal)?;
        let products = products(&mut txn, catalogue.id, &batch.events).await?;
        let events = unknown(&mut txn, catalogue.id, batch.events).await?;
        let origin = sender_ensure_in_txn(&mut txn, subject).await.map_err(internal)?;
        self.events_quota(&mut txn, subject, origin, events.len()).await?;
        let (shoppers, new_shoppers) = shoppers(&mut txn, catalogue.id, subject, origin, &events).await?;
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
        let accepted = event_insert_in_txn(&mut txn, catalogue.id, origin, &rows).await.map_err(internal)?;
        if origin.trusted {
            let growth = CatalogueGrowth { products: 0, shoppers: new_shoppers, events: accepted.cast_signed() };
            catalogue_grow_in_txn(&mut txn, catalogue.id, growth).await.map_err(internal)?;
        }
        txn.commit().await.map_err(internal)?;
        let accepted = usize::try_from(accepted).unwrap_or_default();
        let waiting = if origin.trusted { 0 } else { accepted };
        Ok(EventReceipt { accepted, duplicates: sent - accepted, waiting })
    }

    /// Whether so many events more are within what the sender may send on one day.
    async fn events_quota(
        &self,
        conn: &mut Connection,
        subject: SenderSubject,
        origin: EventOrigin,
        more: usize,
    ) -> Result<(), Problem> {
        let now = OffsetDateTime::now_utc();
        let (own, visitors) = sender_used_in_txn(conn, origin.sender, now.date()).await.map_err(internal)?;
        let configured = self.inner.event_quota;
        let (limit, all) = match subject {
            SenderSubject::Token(..) => (configured, None),
            SenderSubject::Person(_) => (configured.min(limits::EVENTS_PERSON), None),
            SenderSubject::Visitor(_) => {
                (configured.min(limits::EVENTS_VISITOR), Some(configured.min(limits::EVENTS_VISITORS)))
            }
        };
        let more = more as i64;
        let used_up = |used: i64, limit: u32| (used + more > i64::from(limit)).then_some(limit);
        let Some(limit) = used_up(own, limit).or_else(|| used_up(visitors, all?)) else { return Ok(()) };
        let retry_after = (DAY - now.unix_timestamp().rem_euclid(DAY)).unsigned_abs();
        let issue = Issue::Quota { limit: u64::from(limit), retry_after };
        Err(Problem { kind: ProblemKind::Overloaded, ..Problem::field("events", issue) })
    }
}

/// Who clicks for themselves.
fn own_subject(actor: &Actor) -> Result<SenderSubject, Problem> {
    match (actor.user_id(), actor.visitor) {
        (Some(person), _) => Ok(SenderSubject::Person(person)),
        (None, Some(visitor)) => Ok(SenderSubject::Visitor(Sha256::digest(visitor.as_bytes()).into())),
        (None, None) => Err(Problem::new(ProblemKind::Unauthenticated)),
    }
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
    wrong(events, "product", |event| (!known.contains_key(&event.product)).then_some(&event.product))?;
    Ok(known)
}

/// An error for each event of which `find` names a value that is not known.
fn wrong<'a>(
    events: &'a [EventInput],
    field: &str,
    find: impl Fn(&'a EventInput) -> Option<&'a String>,
) -> Result<(), Problem> {
    let errors: Vec<FieldError> = events
        .iter()
        .enumerate()
        .filter_map(|(place, event)| {
            let issue = Issue::Unknown { value: find(event)?.clone() };
            Some(FieldError { field: format!("events[{place}].{field}").into(), issue })
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem { kind: ProblemKind::Invalid, errors }) }
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

/// The shoppers of a batch by id, and how many of them are new. A token names no shopper who is a person or visitor of this installation.
async fn shoppers(
    conn: &mut Connection,
    catalogue: CatalogueId,
    subject: SenderSubject,
    origin: EventOrigin,
    events: &[EventInput],
) -> Result<(HashMap<String, ShopperId>, i64), Problem> {
    let ids: HashSet<String> = events.iter().map(|event| event.shopper.clone()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let for_itself = !matches!(subject, SenderSubject::Token(..));
    if !for_itself {
        let own = shopper_own_on_conn(conn, catalogue, &ids).await.map_err(internal)?;
        wrong(events, "shopper", |event| own.contains(&event.shopper).then_some(&event.shopper))?;
    }
    let mut known: HashMap<_, _> =
        shopper_ids_on_conn(conn, catalogue, &ids).await.map_err(internal)?.into_iter().collect();
    let new: Vec<String> = ids.into_iter().filter(|id| !known.contains_key(id)).collect();
    let added = new.len() as i64;
    let inserted = if for_itself || !origin.trusted {
        shopper_insert_uncounted_in_txn(conn, catalogue, &new, for_itself).await
    } else {
        let new: Vec<Shopper> =
            new.into_iter().map(|id| Shopper { id, attributes: BTreeMap::new(), truth: None }).collect();
        shopper_insert_in_txn(conn, catalogue, &new).await
    };
    known.extend(inserted.map_err(internal)?);
    Ok((known, added))
}
