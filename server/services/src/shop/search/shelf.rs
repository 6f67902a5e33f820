//! The index of a catalogue: made when it is first searched, then following the table; vectors come in the background.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::Duration;

use alluvium_domain::shop::{CatalogueId, Product, ProductId};
use alluvium_domain::{Problem, ProblemKind};
use alluvium_engine::products::{ProductIndex, VectorCache, text_hash};
use alluvium_engine::search::Urgency;

use super::{document, encoded};
use crate::error::internal;
use crate::search::Search;
use crate::shop::judged::JudgedCache;
use crate::{Inner, Services};

/// Texts that are encoded at once: a query that comes meanwhile waits for one of these portions.
const PORTION: usize = 32;
/// The index is made anew when this share of it is of products that changed.
const MOST_DEAD: f64 = 0.1;
/// Meaning is compared when this share of the products has a vector; until then a product without one would be hidden by those that have one.
const ENOUGH_VECTORS: f64 = 0.95;

/// The shelves that were searched since the start.
pub(crate) struct Shelves {
    open: RwLock<HashMap<CatalogueId, Arc<Shelf>>>,
    /// Where vectors are kept.
    vectors: PathBuf,
}

/// One catalogue in memory, as one encoder reads it.
pub(crate) struct Shelf {
    /// Whose vectors it holds.
    pub(crate) search: Arc<Search>,
    content: RwLock<Content>,
    /// Held by whoever brings it up to date.
    refresh: tokio::sync::Mutex<()>,
    encoding: AtomicBool,
    pub(crate) judged: JudgedCache,
}

/// What stands on it.
pub(crate) struct Content {
    pub(crate) index: ProductIndex,
    pub(crate) products: HashMap<i32, Arc<Product>>,
    /// Events of each product when the shelf was filled.
    popularity: HashMap<i32, f64>,
    /// The last change that is in it.
    change: i64,
}

impl Content {
    /// Whether meaning can be compared.
    pub(crate) fn reads_meaning(&self) -> bool {
        self.index.vector_count() as f64 >= ENOUGH_VECTORS * self.index.len().max(1) as f64
    }

    /// Whether some product has no vector.
    pub(crate) fn lacks_vectors(&self) -> bool {
        self.index.vector_count() < self.index.len()
    }

    /// The last change that is in it, and how many vectors: while both are the same, so are the answers to every query.
    pub(crate) fn state(&self) -> (i64, usize) {
        (self.change, self.index.vector_count())
    }

    fn put(&mut self, product: Product) {
        let number = product.number.0;
        // Where nothing is known of any product, nothing is known of this one; else no events are none.
        let popularity = self.popularity.get(&number).copied();
        let popularity = popularity.or_else(|| (!self.popularity.is_empty()).then_some(0.0));
        self.index.put(&document(number, &product.input, popularity));
        self.change = self.change.max(product.change);
        self.products.insert(number, Arc::new(product));
    }

    /// The same without what is dead; vectors go along.
    fn anew(&mut self) {
        let mut index = ProductIndex::new(self.index.dimension());
        let mut products: Vec<&Arc<Product>> = self.products.values().collect();
        products.sort_by_key(|product| product.number);
        for product in products {
            let number = product.number.0;
            let popularity = self.popularity.get(&number).copied();
            let popularity = popularity.or_else(|| (!self.popularity.is_empty()).then_some(0.0));
            index.put(&document(number, &product.input, popularity));
            if let Some(vector) = self.index.vector_of(number) {
                index.set_vector(number, vector);
            }
        }
        self.index = index;
    }
}

impl Shelf {
    /// Its content. A panic elsewhere does not make it wrong: each write is of one product.
    pub(crate) fn content(&self) -> RwLockReadGuard<'_, Content> {
        self.content.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn content_mut(&self) -> RwLockWriteGuard<'_, Content> {
        self.content.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    pub(crate) fn new(vectors: PathBuf) -> Shelves {
        Shelves { open: RwLock::default(), vectors }
    }

    /// The shelf of a catalogue for the search that serves.
    fn shelf(&self, catalogue: CatalogueId, serving: impl FnOnce() -> Arc<Search>) -> Arc<Shelf> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.entry(catalogue).or_insert_with(|| Shelf::new(serving())).clone()
    }

    /// The catalogues that are open.
    fn catalogues(&self) -> Vec<CatalogueId> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// A catalogue is read anew when it is asked for next: popularity is of the events that counted when it was read.
    pub(crate) fn forget(&self, catalogue: CatalogueId) {
        self.open.write().unwrap_or_else(PoisonError::into_inner).remove(&catalogue);
    }

    /// Puts shelves in place of all; `swap` puts the search in place that they belong to, so that nobody sees one without the other.
    pub(crate) fn replace(&self, shelves: HashMap<CatalogueId, Arc<Shelf>>, swap: impl FnOnce()) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        swap();
        *open = shelves;
    }
}

impl Shelf {
    fn new(search: Arc<Search>) -> Arc<Shelf> {
        let index = ProductIndex::new(search.dimension());
        let content = Content { index, products: HashMap::new(), popularity: HashMap::new(), change: 0 };
        Arc::new(Shelf {
            search,
            content: RwLock::new(content),
            refresh: tokio::sync::Mutex::default(),
            encoding: AtomicBool::new(false),
            judged: JudgedCache::default(),
        })
    }
}

impl Services {
    /// The shelf of a catalogue with everything that is in the database by now.
    pub(crate) async fn search_shelf(&self, catalogue: CatalogueId) -> Result<Arc<Shelf>, Problem> {
        let shelf = self.inner.shelves.shelf(catalogue, || self.inner.search());
        self.shelf_fill(catalogue, &shelf).await?;
        if shelf.search.worker.is_some()
            && shelf.content().lacks_vectors()
            && !shelf.encoding.swap(true, Ordering::AcqRel)
        {
            tokio::spawn(encode(Arc::downgrade(&self.inner), shelf.clone()));
        }
        Ok(shelf)
    }

    /// Shelves of all open catalogues for a search that is to serve, with all vectors.
    pub(crate) async fn shelves_for(&self, search: &Arc<Search>) -> Result<HashMap<CatalogueId, Arc<Shelf>>, Problem> {
        let mut shelves = HashMap::new();
        for catalogue in self.inner.shelves.catalogues() {
            let shelf = Shelf::new(Arc::clone(search));
            self.shelf_fill(catalogue, &shelf).await?;
            encode_all(&Arc::downgrade(&self.inner), &shelf).await?;
            shelves.insert(catalogue, shelf);
        }
        Ok(shelves)
    }

    async fn shelf_fill(&self, catalogue: CatalogueId, shelf: &Arc<Shelf>) -> Result<(), Problem> {
        let store = &self.inner.store;
        let last = store.product_last_change(catalogue).await.map_err(internal)?;
        if shelf.content().change < last {
            let _one = shelf.refresh.lock().await;
            let known = shelf.content().change;
            if known < last {
                if known == 0 {
                    let counts = store.event_count_by_products(catalogue).await.map_err(internal)?;
                    let counts = counts.into_iter().map(|(ProductId(number), count)| (number, count as f64));
                    shelf.content_mut().popularity = counts.collect();
                }
                let changed = store.product_since(catalogue, known).await.map_err(internal)?;
                let own = shelf.clone();
                tokio::task::spawn_blocking(move || own.fill(changed)).await.map_err(internal)?;
            }
        }
        Ok(())
    }
}

impl Shelf {
    fn fill(&self, changed: Vec<Product>) {
        for portion in changed.chunks(500) {
            // Searches go on between portions.
            let mut content = self.content_mut();
            for product in portion {
                content.put(product.clone());
            }
        }
        let mut content = self.content_mut();
        if content.index.dead_share() > MOST_DEAD {
            content.anew();
        }
    }

    /// Products without a vector, with their texts.
    fn unencoded(&self) -> Vec<(i32, String)> {
        let content = self.content();
        let missing = content.products.values().filter(|product| content.index.vector_of(product.number.0).is_none());
        let mut missing: Vec<(i32, String)> =
            missing.map(|product| (product.number.0, encoded(&product.input))).collect();
        missing.sort_unstable();
        missing
    }

    /// Sets a vector, unless the product's text has become another.
    fn set_vector(&self, number: i32, text: &str, vector: &[f32]) {
        let mut content = self.content_mut();
        if content.products.get(&number).is_some_and(|product| encoded(&product.input) == text) {
            content.index.set_vector(number, vector);
        }
    }
}

/// Gives every product its vector: from the file of those that were made before, else from the encoder. Ends when all have one, when the services are
/// dropped, or when something is wrong, which is logged; the next search begins it again.
async fn encode(services: Weak<Inner>, shelf: Arc<Shelf>) {
    if let Err(problem) = encode_all(&services, &shelf).await {
        tracing::warn!(%problem, "cannot encode products");
    }
    shelf.encoding.store(false, Ordering::Release);
}

async fn encode_all(services: &Weak<Inner>, shelf: &Arc<Shelf>) -> Result<(), Problem> {
    let Some(folder) = services.upgrade().map(|inner| inner.shelves.vectors.clone()) else { return Ok(()) };
    let Some(worker) = &shelf.search.worker else { return Ok(()) };
    let (name, dimension) = (worker.encoder().fingerprint().to_owned(), shelf.search.dimension());
    let own = shelf.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let cache = VectorCache::open(&folder, &name, dimension)?;
        let mut missing = Vec::new();
        for (number, text) in own.unencoded() {
            match cache.get(&text_hash(&text)) {
                Some(vector) => own.set_vector(number, &text, vector),
                None => missing.push((number, text)),
            }
        }
        Ok::<_, alluvium_engine::EngineError>((cache, missing))
    });
    let (mut cache, missing) = opened.await.map_err(internal)?.map_err(internal)?;
    if !missing.is_empty() {
        tracing::info!("encoding {} products", missing.len());
    }
    for portion in missing.chunks(PORTION) {
        let texts: Vec<String> = portion.iter().map(|(_, text)| text.clone()).collect();
        let vectors = loop {
            if services.strong_count() == 0 {
                return Ok(());
            }
            match shelf.search.encode(Urgency::Passages, texts.clone()).await {
                Err(problem) if problem.kind == ProblemKind::Overloaded => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                other => break other?,
            }
        };
        for ((number, text), vector) in portion.iter().zip(&vectors) {
            shelf.set_vector(*number, text, vector);
        }
        let kept: Vec<_> = texts.iter().map(|text| text_hash(text)).zip(vectors).collect();
        cache = tokio::task::spawn_blocking(move || cache.put(kept).map(|()| cache))
            .await
            .map_err(internal)?
            .map_err(internal)?;
    }
    Ok(())
}
