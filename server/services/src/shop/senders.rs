//! Whoever sends events, by administrators: what waits, taking it in, making it void.

use alluvium_domain::shop::{EventSender, Ruling, RulingReceipt, RulingRequest, SenderId, SenderPage, VoidLearner};
use alluvium_domain::{Action, Actor, Issue, Problem};
use alluvium_store::{
    CatalogueGrowth, EventState, SenderPortion, audit_add_in_txn, catalogue_grow_in_txn, catalogue_lock_in_txn,
    sender_state_set_in_txn, sender_trust_set_in_txn, shopper_count_in_txn,
};
use serde_json::json;
use time::Date;

use crate::Services;
use crate::error::internal;

/// Senders of a list.
const MAX_SENDERS: i64 = 200;
/// Days of a sender that are shown.
const MAX_DAYS: i64 = 200;
/// Products of a sender that are shown.
const MAX_PRODUCTS: i64 = 10;

impl Services {
    /// Senders of events, those with most that wait first (administrators only).
    pub async fn sender_list(&self, actor: &Actor) -> Result<Vec<EventSender>, Problem> {
        actor.may(Action::Administer)?;
        self.inner.store.sender_list(None, MAX_SENDERS).await.map_err(internal)
    }

    /// A sender with what they sent, by day and by product.
    pub async fn sender_page(&self, actor: &Actor, id: SenderId) -> Result<SenderPage, Problem> {
        actor.may(Action::Administer)?;
        let store = &self.inner.store;
        let sender = self.sender(id).await?;
        Ok(SenderPage {
            sender,
            days: store.sender_days(id, MAX_DAYS).await.map_err(internal)?,
            products: store.sender_products(id, MAX_PRODUCTS).await.map_err(internal)?,
        })
    }

    async fn sender(&self, id: SenderId) -> Result<EventSender, Problem> {
        self.inner.store.sender_list(Some(id), 1).await.map_err(internal)?.pop().ok_or_else(Problem::not_found)
    }

    /// New events of a token count at once from now on, or wait. What came before stays as it is.
    pub async fn sender_trust(&self, actor: &Actor, id: SenderId, trusted: bool) -> Result<EventSender, Problem> {
        actor.may(Action::Administer)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if !sender_trust_set_in_txn(&mut txn, id, trusted).await.map_err(internal)? {
            self.sender(id).await?;
            return Err(Problem::conflict("trusted", "只有接口令牌可以设为可信", "only API tokens can be trusted"));
        }
        let detail = json!({ "trusted": trusted });
        audit_add_in_txn(&mut txn, actor.user_id(), "events.trust", &format!("sender/{}", id.0), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.sender(id).await
    }

    /// Takes events of a sender in, makes them void, or lets void ones wait again; answers with how many, and with the versions that learned from void ones.
    pub async fn sender_rule(
        &self,
        actor: &Actor,
        id: SenderId,
        request: &RulingRequest,
    ) -> Result<RulingReceipt, Problem> {
        actor.may(Action::Administer)?;
        self.sender(id).await?;
        if let (Some(from), Some(to)) = (request.from, request.to)
            && from > to
        {
            let issue =
                Issue::Refused { zh: "不能早于起始日期".into(), en: "must not be before the first day".into() };
            return Err(Problem::field("to", issue));
        }
        let store = &self.inner.store;
        let catalogues = match &request.catalogue {
            Some(slug) => vec![self.catalogue(actor, slug).await?],
            None => store.catalogue_list().await.map_err(internal)?,
        };
        let moves: &[(EventState, EventState)] = match request.ruling {
            Ruling::TakeIn => &[(EventState::Waits, EventState::Counts)],
            Ruling::Void => &[(EventState::Waits, EventState::Void), (EventState::Counts, EventState::Void)],
            Ruling::Restore => &[(EventState::Void, EventState::Waits)],
        };
        let mut events = 0;
        for catalogue in catalogues {
            let portion = SenderPortion {
                catalogue: catalogue.id,
                sender: id,
                from: request.from.unwrap_or(Date::from_ordinal_date(1970, 1).map_err(internal)?),
                to: request.to.unwrap_or(Date::from_ordinal_date(9999, 365).map_err(internal)?),
            };
            let mut txn = store.begin().await.map_err(internal)?;
            catalogue_lock_in_txn(&mut txn, catalogue.id).await.map_err(internal)?;
            let mut growth = CatalogueGrowth::default();
            let mut moved = 0;
            for (from, to) in moves {
                let n = sender_state_set_in_txn(&mut txn, portion, *from, *to).await.map_err(internal)?;
                moved += n;
                growth.events += match (from, to) {
                    (_, EventState::Counts) => n,
                    (EventState::Counts, _) => -n,
                    _ => 0,
                };
            }
            if moved == 0 {
                continue;
            }
            if request.ruling == Ruling::TakeIn {
                growth.shoppers = shopper_count_in_txn(&mut txn, catalogue.id).await.map_err(internal)?;
            }
            catalogue_grow_in_txn(&mut txn, catalogue.id, growth).await.map_err(internal)?;
            let detail = json!({
                "catalogue": catalogue.input.slug, "events": moved,
                "from": request.from.map(|day| day.to_string()), "to": request.to.map(|day| day.to_string()),
            });
            let action = format!("events.{}", request.ruling);
            audit_add_in_txn(&mut txn, actor.user_id(), &action, &format!("sender/{}", id.0), detail)
                .await
                .map_err(internal)?;
            txn.commit().await.map_err(internal)?;
            events += moved;
            self.events_changed(catalogue.input.slug.as_str()).await?;
        }
        Ok(RulingReceipt { events, learned: store.void_learners(None, Some(id)).await.map_err(internal)? })
    }

    /// What is in memory of a catalogue's events is read anew.
    pub(crate) async fn events_changed(&self, catalogue: &str) -> Result<(), Problem> {
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        self.inner.shelves.forget(catalogue.id);
        self.shelf_renew(&catalogue).await
    }

    /// Versions that learned from events that are void or erased by now: of one model, or of all. For those who see versions that wait.
    pub async fn void_learners(&self, actor: &Actor, model: Option<&str>) -> Result<Vec<VoidLearner>, Problem> {
        actor.may(Action::RunJobs)?;
        self.inner.store.void_learners(model, None).await.map_err(internal)
    }
}
