//! The shop window: a few products of a catalogue on a page that is not of the shop.

use std::collections::HashMap;

use alluvium_domain::shop::{Bilingual, Catalogue, EventKind, Product, ProductId};
use alluvium_domain::{Action, Actor, Problem};
use alluvium_engine::recommend::RecommendError;
use alluvium_engine::recommend::shop::{Act, Asked};
use time::OffsetDateTime;

use super::shelf::Shelf;
use super::{ask, reason};
use crate::Services;
use crate::error::internal;
use crate::shop::RecommendedProduct;

/// Products looked at that count.
pub const MOST_SEEN: usize = 8;

/// What the products of a window were chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowBasis {
    /// By the trained model, for somebody who looked at so many products.
    Seen(usize),
    /// By how often they were opened, because nothing is known of who asks.
    Popular,
    /// By how often they were opened, because no model is trained.
    Untrained,
}

/// A few products of one catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct ShopWindow {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// How they were chosen.
    pub basis: WindowBasis,
    /// Best first; not empty.
    pub items: Vec<RecommendedProduct>,
}

impl Services {
    /// Reads the catalogue of the window into memory, so that the first home page has it.
    pub async fn shop_window_prepare(&self) {
        let read = async {
            match self.inner.store.catalogue_list().await.map_err(internal)?.first() {
                Some(catalogue) => self.recommend_shelf(catalogue).await.map(drop),
                None => Ok(()),
            }
        };
        if let Err(problem) = read.await {
            tracing::warn!(%problem, "cannot read the catalogue that the home page shows");
        }
    }

    /// Products of the oldest catalogue for somebody who looked at `seen` (newest first; what is not of the catalogue is passed over). None where there is
    /// nothing to show, and where the catalogue is not in memory yet: the page does not wait, it is read in the background.
    pub async fn shop_window(
        &self,
        actor: &Actor,
        seen: &[ProductId],
        k: usize,
    ) -> Result<Option<ShopWindow>, Problem> {
        actor.may(Action::Read)?;
        let Some(catalogue) = self.inner.store.catalogue_list().await.map_err(internal)?.into_iter().next() else {
            return Ok(None);
        };
        let Some(shelf) = self.recommend_shelf_now(&catalogue) else { return Ok(None) };
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let looked_at = seen.iter().take(MOST_SEEN).rev().filter_map(|product| shelf.place(*product));
        let history: Vec<Act> = looked_at.map(|item| Act { item, kind: EventKind::View, at: now }).collect();
        let basis = match (shelf.recommender.model(), history.len()) {
            (None, _) => WindowBasis::Untrained,
            (Some(_), 0) => WindowBasis::Popular,
            (Some(_), seen) => WindowBasis::Seen(seen),
        };
        let weights = self.inner.task_weights.list();
        let chosen = tokio::task::spawn_blocking(move || match basis {
            WindowBasis::Seen(_) => for_history(&shelf, &history, now, k, weights),
            WindowBasis::Popular | WindowBasis::Untrained => Ok(popular(&shelf, &history, k)),
        });
        let chosen = chosen.await.map_err(internal)?.map_err(internal)?;
        let ids: Vec<String> = chosen.iter().map(|(id, _)| id.clone()).collect();
        let found = self.inner.store.product_by_skus(catalogue.id, &ids).await.map_err(internal)?;
        let mut products: HashMap<String, Product> =
            found.into_iter().map(|product| (product.input.id.clone(), product)).collect();
        let items: Vec<RecommendedProduct> = chosen
            .into_iter()
            .filter_map(|(id, reason)| Some(RecommendedProduct { product: products.remove(&id)?, reason }))
            .collect();
        Ok((!items.is_empty()).then_some(ShopWindow { catalogue, basis, items }))
    }
}

type Chosen = Vec<(String, Bilingual)>;

fn for_history(shelf: &Shelf, history: &[Act], at: i64, k: usize, weights: [f64; 3]) -> Result<Chosen, RecommendError> {
    let asked = Asked { history, query: None, at, k, weights, without: 0, by_hand: false };
    Ok(ask::answers(shelf, &shelf.recommender, &asked, false)?
        .into_iter()
        .map(|one| (one.product, one.reason))
        .collect())
}

/// What is opened most and was not looked at.
fn popular(shelf: &Shelf, history: &[Act], k: usize) -> Chosen {
    let ids = shelf.recommender.goods().ids();
    let new = |item: &u32| history.iter().all(|act| act.item != *item);
    shelf
        .recommender
        .popular()
        .iter()
        .copied()
        .filter(new)
        .filter_map(|item| Some((ids[item as usize].clone(), reason::popular(&shelf.products[item as usize])?)))
        .take(k)
        .collect()
}
