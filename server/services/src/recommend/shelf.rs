//! A catalogue in memory: what the ranking reads and what sentences name.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use alluvium_domain::Problem;
use alluvium_domain::registry::{Approval, VersionId};
use alluvium_domain::shop::{AttributeValue, Bilingual, Catalogue, Event, EventKind, ProductId, ProductInput};
use alluvium_engine::recommend::shop::{Act, Counts, Goods, ShopModel, ShopRecommender};

use tokio::task::JoinHandle;

use crate::Services;
use crate::error::internal;
use crate::registry::place;

/// Counts of events may be so old; products may not.
const FRESH: Duration = Duration::from_secs(30);
/// So long an answer waits for products that changed; then it is given from what was known.
const PATIENCE: Duration = Duration::from_secs(1);
/// Longest attribute value that a sentence names, in characters.
const LONGEST: usize = 40;

/// A catalogue in memory.
pub(crate) struct Shelf {
    pub(crate) recommender: ShopRecommender,
    /// By the recommender's numbers.
    pub(crate) products: Vec<Shown>,
    /// The last change of any product, and of the events that count, that is in it.
    state: (i64, i64),
    /// The champion when it was read.
    champion: Option<VersionId>,
    /// The version that the model is: the champion, or the one before where that fails its self-check.
    pub(super) serving: Option<VersionId>,
    /// Why it is not the champion.
    pub(super) refused: Option<String>,
    /// When it was last compared with the database.
    looked: Mutex<Instant>,
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
    /// A catalogue in memory. Products that are new or changed are read before the answer, as long as that takes no longer than [`PATIENCE`]; new events
    /// within half a minute and by somebody else. A champion that moved is heard of at once, and looked for here as well.
    pub(crate) async fn recommend_shelf(&self, catalogue: &Catalogue) -> Result<Arc<Shelf>, Problem> {
        let Some(shelf) = self.inner.recommenders.known(catalogue.id) else { return self.shelf_read(catalogue).await };
        let last = self.inner.store.product_last_change(catalogue.id).await.map_err(internal)?;
        if shelf.state.0 == last {
            if shelf.is_due() {
                self.shelf_read_behind(catalogue);
            }
            return Ok(shelf);
        }
        // Goes on where nobody waits any longer: whoever asks next finds it.
        match tokio::time::timeout(PATIENCE, self.shelf_read_behind(catalogue)).await {
            Ok(read) => read.map_err(internal)?,
            Err(_) => Ok(shelf),
        }
    }

    /// The catalogue as it is in memory now, for pages that wait for nothing; one that is missing or may be old is read in the background.
    pub(super) fn recommend_shelf_now(&self, catalogue: &Catalogue) -> Option<Arc<Shelf>> {
        let known = self.inner.recommenders.known(catalogue.id);
        if known.as_ref().is_none_or(|shelf| shelf.is_due()) {
            self.shelf_read_behind(catalogue);
        }
        known
    }

    /// Reads what changed of a catalogue, whether anybody waits for it or not: whoever asks next tries again where it fails.
    fn shelf_read_behind(&self, catalogue: &Catalogue) -> JoinHandle<Result<Arc<Shelf>, Problem>> {
        let (services, catalogue) = (self.clone(), catalogue.clone());
        tokio::spawn(async move { services.shelf_read(&catalogue).await })
    }

    /// Reads what changed of a catalogue. The model is the approved version under the alias `champion`, and no other; one that fails its self-check
    /// is not swapped in, and what served goes on, as long as it is approved.
    pub(super) async fn shelf_read(&self, catalogue: &Catalogue) -> Result<Arc<Shelf>, Problem> {
        let reading = self.inner.recommenders.reading(catalogue.id);
        let _reading = reading.lock().await;
        let known = self.inner.recommenders.known(catalogue.id);
        let store = &self.inner.store;
        // Looked up before what is read: what changes meanwhile is seen by the next question.
        let last = store.product_last_change(catalogue.id).await.map_err(internal)?;
        let state = (last, catalogue.event_changes);
        let champion = store.champion_of(&place(catalogue)).await.map_err(internal)?;
        if let Some(shelf) = known.as_ref().filter(|shelf| shelf.state == state && shelf.champion == champion) {
            return Ok(Arc::clone(shelf));
        }
        let (model, serving, refused) = self.serving_model(catalogue, known.as_deref(), champion).await?;
        let mut products = store.product_since(catalogue.id, 0).await.map_err(internal)?;
        let counts = store.event_counts_all(catalogue.id).await.map_err(internal)?;
        let shelf = tokio::task::spawn_blocking(move || {
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
            let looked = Mutex::new(Instant::now());
            Shelf { recommender, products: shown, state, champion, serving, refused, looked }
        });
        let shelf = Arc::new(shelf.await.map_err(internal)?);
        self.inner.recommenders.put(catalogue.id, Arc::clone(&shelf));
        Ok(shelf)
    }

    /// The model that is to serve, which version it is, and why that is not the champion.
    async fn serving_model(
        &self,
        catalogue: &Catalogue,
        known: Option<&Shelf>,
        champion: Option<VersionId>,
    ) -> Result<(Option<Arc<ShopModel>>, Option<VersionId>, Option<String>), Problem> {
        let Some(id) = champion else { return Ok((None, None, None)) };
        let model_of = |shelf: &Shelf| shelf.recommender.model().cloned();
        if let Some(shelf) = known.filter(|shelf| shelf.serving == Some(id)) {
            return Ok((model_of(shelf), Some(id), None));
        }
        let reason = match self.recommend_load(id).await {
            Ok(model) => return Ok((Some(model), Some(id), None)),
            Err(reason) => reason,
        };
        tracing::error!("the champion of {} is not swapped in: {reason}", catalogue.input.slug);
        let before = known.and_then(|shelf| Some((shelf.serving?, model_of(shelf)?)));
        if let Some((before, model)) = before {
            let version = self.inner.store.version_by_id(before).await.map_err(internal)?;
            if version.is_some_and(|version| version.approval == Approval::Approved) {
                return Ok((Some(model), Some(before), Some(reason)));
            }
        }
        Ok((None, None, Some(reason)))
    }

    /// Reads a catalogue anew, if it is in memory.
    pub(crate) async fn shelf_renew(&self, catalogue: &Catalogue) -> Result<(), Problem> {
        match self.inner.recommenders.known(catalogue.id) {
            Some(_) => self.shelf_read(catalogue).await.map(drop),
            None => Ok(()),
        }
    }
}

impl Shelf {
    /// Whether it is time to compare it with the database, which the one who is told does.
    fn is_due(&self) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let due = looked.elapsed() > FRESH;
        if due {
            *looked = Instant::now();
        }
        due
    }
}
