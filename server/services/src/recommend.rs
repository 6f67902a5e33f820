//! Recommendations: a question about a catalogue, candidates, ranking, reasons.

mod ask;
mod beside;
mod found;
mod reason;
pub(crate) mod shelf;
mod train;
mod window;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use alluvium_domain::registry::VersionId;
use alluvium_domain::shop::{CatalogueId, TaskValues};

use shelf::Shelf;

pub(crate) use found::Found;

pub(crate) use alluvium_engine::recommend::shop::ShopSettings;
pub use alluvium_engine::recommend::shop::{HeadQuality, ShopReport, ShopStep};
pub use beside::{VersionAnswer, VersionsBeside};
pub use train::{Stop, TrainedShop, Training};
pub use window::{MOST_SEEN, ShopWindow, WindowBasis};

/// The name of the model that answers where none is trained: content and popularity, with weights set by hand.
pub const BY_HAND: &str = "content-popularity";

/// The weight of each task in the score where a question does not say: a product that is bought is worth ten that are only opened, one that is put
/// into the cart four. Set by hand, as a shop would.
pub const TASK_WEIGHTS: TaskValues = TaskValues { view: 1.0, cart: 4.0, purchase: 10.0 };

/// The catalogues as recommendations see them, read when they are first asked for.
#[derive(Default)]
pub(crate) struct Recommenders {
    shelves: RwLock<HashMap<CatalogueId, Arc<Shelf>>>,
    /// One reads a catalogue at a time: those who wait find what was read.
    reading: Mutex<HashMap<CatalogueId, Arc<tokio::sync::Mutex<()>>>>,
    /// One trains at a time.
    training: tokio::sync::Mutex<()>,
}

impl Recommenders {
    /// The version that answers for a catalogue, and why the champion does not; nothing while nobody asked.
    pub(crate) fn state(&self, catalogue: CatalogueId) -> (Option<VersionId>, Option<String>) {
        self.known(catalogue).map(|shelf| (shelf.serving, shelf.refused.clone())).unwrap_or_default()
    }

    fn known(&self, catalogue: CatalogueId) -> Option<Arc<Shelf>> {
        // A poisoned lock holds a map that is whole: entries are put in as one.
        self.shelves.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&catalogue).cloned()
    }

    /// What whoever reads a catalogue holds.
    fn reading(&self, catalogue: CatalogueId) -> Arc<tokio::sync::Mutex<()>> {
        let mut reading = self.reading.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(reading.entry(catalogue).or_default())
    }

    fn put(&self, catalogue: CatalogueId, shelf: Arc<Shelf>) {
        self.shelves.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(catalogue, shelf);
    }
}
