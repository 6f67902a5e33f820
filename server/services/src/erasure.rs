//! Handing out and erasing what is kept of a person or a shopper.

use alluvium_domain::shop::{Catalogue, SenderId, ShopperId, VoidLearner, key};
use alluvium_domain::{Action, Actor, Issue, Problem, ProblemKind, User, UserId};
use alluvium_store::{
    CatalogueGrowth, ShopperErased, audit_add_in_txn, catalogue_grow_in_txn, catalogue_lock_in_txn,
    person_administrators_in_txn, person_erase_in_txn, shopper_erase_in_txn,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Services;
use crate::error::internal;

/// What an erasure came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Erasure {
    /// Events that are gone.
    pub events: i64,
    /// Versions of models that learned from events of the same senders and days, some of which are erased or void.
    pub learned: Vec<VoidLearner>,
}

impl Services {
    /// Everything that is kept of a person: for themselves, and for administrators.
    pub async fn person_export(&self, actor: &Actor, name: &str) -> Result<Value, Problem> {
        let is_own = actor.user.as_ref().is_some_and(|user| user.name == name);
        actor.may(if is_own { Action::OwnAccount } else { Action::Administer })?;
        self.person_export_by_command(name).await
    }

    /// The same for the command line, whose user owns the database anyway.
    pub async fn person_export_by_command(&self, name: &str) -> Result<Value, Problem> {
        let person = self.person_named(name).await?;
        let store = &self.inner.store;
        let mut export = store.person_export(person.id).await.map_err(internal)?;
        let mut shoppers = Vec::new();
        for (_, shopper) in self.own_shoppers(person.id).await? {
            shoppers.push(store.shopper_export(shopper).await.map_err(internal)?);
        }
        export["shoppers"] = Value::Array(shoppers);
        Ok(export)
    }

    async fn person_named(&self, name: &str) -> Result<User, Problem> {
        let known = self.inner.store.person_secret(name).await.map_err(internal)?;
        known.map(|person| person.user).ok_or_else(|| Problem::unknown("name", name))
    }

    /// The shoppers who stand for a person.
    async fn own_shoppers(&self, person: UserId) -> Result<Vec<(Catalogue, ShopperId)>, Problem> {
        let store = &self.inner.store;
        let mut own = Vec::new();
        for catalogue in store.catalogue_list().await.map_err(internal)? {
            let name = self.inner.pseudonyms.of_person(person, catalogue.id);
            if let Some((shopper, ..)) = store.shopper_by_name(catalogue.id, &name).await.map_err(internal)? {
                own.push((catalogue, shopper));
            }
        }
        Ok(own)
    }

    /// Erases a person (administrators): sessions, tokens, votes, what they did as a shopper, and their name. What they wrote stays, by somebody without
    /// a name. `confirmed` is the name once more. The last administrator stays.
    pub async fn person_erase(&self, actor: &Actor, name: &str, confirmed: &str) -> Result<Erasure, Problem> {
        actor.may_confirmed(Action::Administer)?;
        if confirmed.trim() != name {
            return Err(Problem::field("confirm", Issue::Wrong));
        }
        self.person_erase_by(actor.user_id(), name).await
    }

    /// The same for the command line.
    pub async fn person_erase_by_command(&self, name: &str) -> Result<Erasure, Problem> {
        self.person_erase_by(None, name).await
    }

    async fn person_erase_by(&self, by: Option<UserId>, name: &str) -> Result<Erasure, Problem> {
        let person = self.person_named(name).await?;
        let own = self.own_shoppers(person.id).await?;
        let new_name = format!("erased-{}", &Uuid::new_v4().simple().to_string()[..12]);
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let before = person_administrators_in_txn(&mut txn).await.map_err(internal)?;
        let mut erased = Vec::new();
        for (catalogue, shopper) in &own {
            catalogue_lock_in_txn(&mut txn, catalogue.id).await.map_err(internal)?;
            let one = shopper_erase_in_txn(&mut txn, catalogue.id, *shopper).await.map_err(internal)?;
            catalogue_grow_in_txn(&mut txn, catalogue.id, shrunk(&one)).await.map_err(internal)?;
            erased.push(one);
        }
        person_erase_in_txn(&mut txn, person.id, &new_name).await.map_err(internal)?;
        if before > 0 && person_administrators_in_txn(&mut txn).await.map_err(internal)? == 0 {
            return Err(Problem { kind: ProblemKind::Conflict, ..Problem::field("role", Issue::Required) });
        }
        let events: i64 = erased.iter().map(|one| one.events).sum();
        let by = by.filter(|by| *by != person.id);
        let subject = format!("person/{}", person.id.0);
        audit_add_in_txn(&mut txn, by, "person.erase", &subject, json!({ "events": events }))
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        let senders = erased.into_iter().flat_map(|one| one.senders).collect();
        for (catalogue, _) in &own {
            self.events_changed(catalogue.input.slug.as_str()).await?;
        }
        Ok(Erasure { events, learned: self.learned_from(senders).await? })
    }

    /// Everything that is kept of a shopper (administrators).
    pub async fn shopper_export(&self, actor: &Actor, catalogue: &str, id: &str) -> Result<Value, Problem> {
        actor.may(Action::Administer)?;
        self.shopper_export_by_command(catalogue, id).await
    }

    /// The same for the command line.
    pub async fn shopper_export_by_command(&self, catalogue: &str, id: &str) -> Result<Value, Problem> {
        let (_, shopper) = self.shopper_named(catalogue, id).await?;
        self.inner.store.shopper_export(shopper).await.map_err(internal)
    }

    async fn shopper_named(&self, catalogue: &str, id: &str) -> Result<(Catalogue, ShopperId), Problem> {
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let id = key(id).map_err(|_| Problem::not_found())?;
        let found = self.inner.store.shopper_by_name(catalogue.id, &id).await.map_err(internal)?;
        let (shopper, ..) = found.ok_or_else(|| Problem::unknown("shopper", id))?;
        Ok((catalogue, shopper))
    }

    /// Erases a shopper with all their events (administrators). `confirmed` is the id once more.
    pub async fn shopper_erase(
        &self,
        actor: &Actor,
        catalogue: &str,
        id: &str,
        confirmed: &str,
    ) -> Result<Erasure, Problem> {
        actor.may(Action::Administer)?;
        if confirmed.trim() != id {
            return Err(Problem::field("confirm", Issue::Wrong));
        }
        self.shopper_erase_by(actor.user_id(), catalogue, id).await
    }

    /// The same for the command line.
    pub async fn shopper_erase_by_command(&self, catalogue: &str, id: &str) -> Result<Erasure, Problem> {
        self.shopper_erase_by(None, catalogue, id).await
    }

    async fn shopper_erase_by(&self, by: Option<UserId>, catalogue: &str, id: &str) -> Result<Erasure, Problem> {
        let (catalogue, shopper) = self.shopper_named(catalogue, id).await?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        catalogue_lock_in_txn(&mut txn, catalogue.id).await.map_err(internal)?;
        let erased = shopper_erase_in_txn(&mut txn, catalogue.id, shopper).await.map_err(internal)?;
        catalogue_grow_in_txn(&mut txn, catalogue.id, shrunk(&erased)).await.map_err(internal)?;
        // That somebody was erased, not who: the number stands nowhere any more.
        let subject = format!("catalogue/{}", catalogue.input.slug);
        let detail = json!({ "events": erased.events });
        audit_add_in_txn(&mut txn, by, "shopper.erase", &subject, detail).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.events_changed(catalogue.input.slug.as_str()).await?;
        Ok(Erasure { events: erased.events, learned: self.learned_from(erased.senders).await? })
    }

    async fn learned_from(&self, senders: Vec<SenderId>) -> Result<Vec<VoidLearner>, Problem> {
        let mut learned: Vec<VoidLearner> = Vec::new();
        for sender in senders {
            for one in self.inner.store.void_learners(None, Some(sender)).await.map_err(internal)? {
                match learned.iter_mut().find(|known| known.model == one.model && known.version == one.version) {
                    Some(known) => known.events += one.events,
                    None => learned.push(one),
                }
            }
        }
        Ok(learned)
    }
}

fn shrunk(erased: &ShopperErased) -> CatalogueGrowth {
    CatalogueGrowth { products: 0, shoppers: -i64::from(erased.counted), events: -erased.counting }
}
