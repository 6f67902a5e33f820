//! A catalogue in memory: what the ranking reads and what sentences name.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use alluvium_domain::Problem;
use alluvium_domain::shop::{AttributeValue, Bilingual, Catalogue, Event, EventKind, ProductId, ProductInput};
use alluvium_engine::recommend::shop::{Act, Counts, Goods, ShopRecommender};

use crate::Services;
use crate::error::internal;

/// Counts of events may be so old; products may not.
const FRESH: Duration = Duration::from_secs(30);
/// Longest attribute value that a sentence names, in characters.
const LONGEST: usize = 40;

/// A catalogue in memory.
pub(crate) struct Shelf {
    pub(crate) recommender: ShopRecommender,
    /// By the recommender's numbers.
    pub(crate) products: Vec<Shown>,
    size: (i64, i64),
    /// When the model was written.
    stamp: Option<SystemTime>,
    read: Instant,
}

impl Shelf {
    /// The recommender's number of a product.
    pub(super) fn place(&self, product: ProductId) -> Option<u32> {
        let place = self.products.binary_search_by_key(&product, |shown| shown.number).ok()?;
        u32::try_from(place).ok()
    }

    /// A shopper's events, newest first, as the ranking reads them: oldest first.
    pub(crate) fn acts(&self, events: &[Event]) -> Vec<Act> {
        let act = |event: &Event| {
            let item = self.recommender.goods().number(&event.product)?;
            Some(Act { item, kind: event.kind, at: event.at.unix_timestamp() })
        };
        events.iter().rev().filter_map(act).collect()
    }
}

/// What sentences name of a product.
pub(crate) struct Shown {
    number: ProductId,
    pub(crate) title: Bilingual,
    pub(crate) brand: String,
    /// The narrowest.
    pub(crate) category: Bilingual,
    /// Attributes with a value that products share.
    pub(crate) values: Vec<(String, Bilingual)>,
    pub(crate) rating: Option<f64>,
    pub(crate) views: i64,
}

impl Shown {
    fn new(number: ProductId, product: &ProductInput, views: i64) -> Shown {
        let values = product.attributes.iter().filter_map(|(name, value)| match value {
            AttributeValue::Named(both) => Some((name.clone(), both.clone())),
            AttributeValue::Text(text) if text.chars().count() <= LONGEST => {
                Some((name.clone(), Bilingual::new(text.clone(), text.clone())))
            }
            _ => None,
        });
        Shown {
            number,
            title: product.title.clone(),
            brand: product.brand.clone(),
            category: product.category.last().cloned().unwrap_or_default(),
            values: values.filter(|(name, _)| name != "season").collect(),
            rating: match product.attributes.get("rating") {
                Some(AttributeValue::Number(rating)) => Some(*rating),
                _ => None,
            },
            views,
        }
    }
}

impl Services {
    /// A catalogue in memory. New products are read before the answer; new events, or a model that another process trained, within half a
    /// minute and by somebody else.
    pub(crate) async fn recommend_shelf(&self, catalogue: &Catalogue) -> Result<Arc<Shelf>, Problem> {
        if let Some(shelf) = self.inner.recommenders.known(catalogue.id)
            && shelf.size.0 == catalogue.products
        {
            if self.is_old(&shelf, catalogue) {
                self.shelf_read_behind(catalogue);
            }
            return Ok(shelf);
        }
        self.shelf_read(catalogue).await
    }

    /// The catalogue as it is in memory now, for pages that wait for nothing; one that is missing or old is read in the background.
    pub(super) fn recommend_shelf_now(&self, catalogue: &Catalogue) -> Option<Arc<Shelf>> {
        let known = self.inner.recommenders.known(catalogue.id);
        if known.as_ref().is_none_or(|shelf| self.is_old(shelf, catalogue)) {
            self.shelf_read_behind(catalogue);
        }
        known
    }

    fn shelf_read_behind(&self, catalogue: &Catalogue) {
        let (services, catalogue) = (self.clone(), catalogue.clone());
        tokio::spawn(async move {
            // Whoever asks next tries again.
            let _ = services.shelf_read(&catalogue).await;
        });
    }

    fn is_old(&self, shelf: &Shelf, catalogue: &Catalogue) -> bool {
        shelf.read.elapsed() > FRESH && !self.is_fresh(shelf, catalogue)
    }

    fn is_fresh(&self, shelf: &Shelf, catalogue: &Catalogue) -> bool {
        let size = (catalogue.products, catalogue.events);
        shelf.size == size && shelf.stamp == self.inner.recommenders.stamp(catalogue)
    }

    pub(super) async fn shelf_read(&self, catalogue: &Catalogue) -> Result<Arc<Shelf>, Problem> {
        let size = (catalogue.products, catalogue.events);
        let _reading = self.inner.recommenders.reading.lock().await;
        let known = self.inner.recommenders.known(catalogue.id);
        if let Some(shelf) = known.filter(|shelf| self.is_fresh(shelf, catalogue)) {
            return Ok(shelf);
        }
        let store = &self.inner.store;
        let mut products = store.product_since(catalogue.id, 0).await.map_err(internal)?;
        let counts = store.event_counts_all(catalogue.id).await.map_err(internal)?;
        let (services, own) = (self.clone(), catalogue.clone());
        let shelf = tokio::task::spawn_blocking(move || {
            let stamp = services.inner.recommenders.stamp(&own);
            let model = services.inner.recommenders.load(&own);
            products.sort_by_key(|product| product.number);
            let goods = Goods::new(products.iter().map(|product| &product.input));
            let mut sums = Counts::new(goods.len());
            let mut views = vec![0; products.len()];
            for (number, count) in counts {
                let Ok(place) = products.binary_search_by_key(&number, |product| product.number) else { continue };
                views[place] = count.views;
                for (kind, n) in [
                    (EventKind::View, count.views),
                    (EventKind::Cart, count.carts),
                    (EventKind::Purchase, count.purchases),
                ] {
                    sums.add(place as u32, kind, n as f32);
                }
            }
            let shown = products
                .iter()
                .zip(views)
                .map(|(product, views)| Shown::new(product.number, &product.input, views))
                .collect();
            let recommender = ShopRecommender::new(Arc::new(goods), sums, model);
            Shelf { recommender, products: shown, size, stamp, read: Instant::now() }
        });
        let shelf = Arc::new(shelf.await.map_err(internal)?);
        self.inner.recommenders.put(catalogue.id, Arc::clone(&shelf));
        Ok(shelf)
    }
}
