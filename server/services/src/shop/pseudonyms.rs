//! People and visitors of this installation as shoppers: under names that say nothing of them, which only they themselves see.

use alluvium_domain::shop::{Catalogue, CatalogueId, Shopper, ShopperId};
use alluvium_domain::{Actor, Problem, UserId};
use alluvium_store::Store;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::error::internal;
use crate::{ServiceError, Services};

/// The name of the setting that holds the key.
const KEY: &str = "pseudonym-key";
/// Bytes of a hash that a shopper's name has: nobody guesses 96 bits.
const NAME_BYTES: usize = 12;
/// Bytes of a hash that signs a visitor's cookie.
const COOKIE_BYTES: usize = 16;

/// The key that makes names and signs cookies.
pub(crate) struct Pseudonyms {
    mac: Hmac<Sha256>,
}

impl Pseudonyms {
    /// Reads the key, and replaces the names of people who stood as shoppers under their sign-in names.
    pub(crate) async fn open(store: &Store) -> Result<Pseudonyms, ServiceError> {
        let key = store.setting_text(KEY).await?.ok_or_else(|| {
            tracing::error!("the setting {KEY} is missing; it comes with the tables");
            Problem::internal()
        })?;
        // A key of any length is good.
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| Problem::internal())?;
        let pseudonyms = Pseudonyms { mac };
        for (catalogue, shopper, person) in store.shopper_named_people().await? {
            store.shopper_rename(shopper, &pseudonyms.of_person(person, catalogue)).await?;
        }
        Ok(pseudonyms)
    }

    fn signed(&self, use_of_it: &str, id: Uuid, catalogue: i32) -> Hmac<Sha256> {
        // Each part has a fixed length or ends with NUL: no other parts give the same bytes.
        let mut mac = self.mac.clone();
        mac.update(use_of_it.as_bytes());
        mac.update(&[0]);
        mac.update(id.as_bytes());
        mac.update(&catalogue.to_be_bytes());
        mac
    }

    fn name(&self, use_of_it: &str, id: Uuid, catalogue: CatalogueId) -> String {
        let hash = self.signed(use_of_it, id, catalogue.0).finalize().into_bytes();
        format!("own-{}", hex(&hash[..NAME_BYTES]))
    }

    /// A person's name as a shopper; another one in each catalogue.
    pub(crate) fn of_person(&self, person: UserId, catalogue: CatalogueId) -> String {
        self.name("person", person.0, catalogue)
    }

    fn of_visitor(&self, visitor: Uuid, catalogue: CatalogueId) -> String {
        self.name("visitor", visitor, catalogue)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Services {
    /// A visitor who is not signed in and whom the program has not seen before: who, and what their browser is to keep.
    pub fn visitor_new(&self) -> (Uuid, String) {
        let id = Uuid::new_v4();
        let hash = self.inner.pseudonyms.signed("cookie", id, 0).finalize().into_bytes();
        (id, format!("{}.{}", id.simple(), hex(&hash[..COOKIE_BYTES])))
    }

    /// Whom a browser's cookie stands for; none where the program did not sign it.
    pub fn visitor(&self, cookie: &str) -> Option<Uuid> {
        let (id, hash) = cookie.split_once('.')?;
        let id = Uuid::try_parse(id).ok()?;
        let own = self.inner.pseudonyms.signed("cookie", id, 0).finalize().into_bytes();
        // Whoever guesses 128 bits is not helped by the time that comparing takes: what is compared is a hash of theirs.
        (hex(&own[..COOKIE_BYTES]) == hash).then_some(id)
    }

    /// The shopper that stands for the actor: a person's own everywhere, a visitor's in simulated catalogues.
    pub fn own_shopper(&self, actor: &Actor, catalogue: &Catalogue) -> Option<String> {
        let pseudonyms = &self.inner.pseudonyms;
        match (actor.user_id(), actor.visitor) {
            (Some(person), _) => Some(pseudonyms.of_person(person, catalogue.id)),
            (None, Some(visitor)) if catalogue.input.simulated => Some(pseudonyms.of_visitor(visitor, catalogue.id)),
            _ => None,
        }
    }

    /// A shopper whom the actor may see: their own; any other one of the shop where the actor may see these; nobody else's own.
    pub(crate) async fn shopper_seen(
        &self,
        actor: &Actor,
        catalogue: &Catalogue,
        name: &str,
    ) -> Result<Option<(ShopperId, Shopper)>, Problem> {
        let is_own = self.own_shopper(actor, catalogue).as_deref() == Some(name);
        if !is_own {
            actor.may_see_shoppers(catalogue.input.simulated)?;
        }
        let found = self.inner.store.shopper_by_name(catalogue.id, name).await.map_err(internal)?;
        Ok(found.filter(|(.., own)| *own == is_own).map(|(number, shopper, _)| (number, shopper)))
    }
}
