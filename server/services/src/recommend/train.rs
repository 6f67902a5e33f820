//! Training the models of a catalogue, saving them, and finding those that are there.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use alluvium_domain::Problem;
use alluvium_domain::shop::{Catalogue, Product};
use alluvium_engine::EngineError;
use alluvium_engine::recommend::RecommendError;
use alluvium_engine::recommend::shop::{Act, Deeds, Goods, Kept, ShopModel, ShopReport, ShopSettings, ShopStep};
use alluvium_store::Interaction;

use crate::background::on_thread;
use crate::digest::digest;
use crate::{ServiceError, Services};

/// Fewer events than these are not worth a model in the background.
const FEW: i64 = 5_000;

/// What a training gives.
#[derive(Debug, Clone)]
pub struct TrainedShop {
    /// The model's name.
    pub model: String,
    /// What was measured on events that it had not seen.
    pub report: ShopReport,
    /// Hash of the events that it learned from.
    pub digest: String,
}

/// A flag that stops training.
pub type Stop = Arc<AtomicBool>;

impl Services {
    /// Trains the models of a catalogue on all its events, saves them under the data folder and serves with them from now on. With the rights of
    /// the command line. One thread of its own does the work where `quiet`. In the folder `kept` it leaves what an interrupted training goes on
    /// from.
    pub async fn recommend_train(
        &self,
        catalogue: &str,
        quiet: bool,
        stop: Stop,
        kept: Option<PathBuf>,
        progress: impl Fn(&ShopStep) + Send + Sync + 'static,
    ) -> Result<TrainedShop, ServiceError> {
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let _training = self.inner.recommenders.training.lock().await;
        let store = &self.inner.store;
        let products = store.product_since(catalogue.id, 0).await?;
        let events = store.event_interactions(catalogue.id).await?;
        let folder = self.inner.recommenders.folder_of(&catalogue);
        let work = move || {
            let model = train(products, &events, &folder, kept.as_deref(), &stop, &progress)?;
            Ok((model, digest(events.iter().map(told))))
        };
        let (model, digest) = on_thread("train", quiet, work).await?.map_err(EngineError::Recommend)?;
        self.shelf_renew(&catalogue).await?;
        Ok(TrainedShop { model: model.name.clone(), report: model.report, digest })
    }

    /// Catalogues that have events and no model yet.
    pub(crate) async fn recommend_missing(&self) -> Result<Vec<String>, ServiceError> {
        let catalogues = self.inner.store.catalogue_list().await?;
        let missing =
            |catalogue: &Catalogue| catalogue.events >= FEW && self.inner.recommenders.stamp(catalogue).is_none();
        Ok(catalogues.into_iter().filter(missing).map(|catalogue| catalogue.input.slug.to_string()).collect())
    }
}

impl super::Recommenders {
    /// The folder of a catalogue's model.
    pub(super) fn folder_of(&self, catalogue: &Catalogue) -> PathBuf {
        self.folder.join(catalogue.input.slug.as_str())
    }

    /// When the model of a catalogue was written; none where there is none.
    pub(super) fn stamp(&self, catalogue: &Catalogue) -> Option<SystemTime> {
        self.folder_of(catalogue).join("model.json").metadata().and_then(|file| file.modified()).ok()
    }

    /// The model of a catalogue as its files are now; one that cannot be used is logged and left alone.
    pub(super) fn load(&self, catalogue: &Catalogue) -> Option<Arc<ShopModel>> {
        self.stamp(catalogue)?;
        match ShopModel::load(&self.folder_of(catalogue)) {
            Ok(model) => Some(Arc::new(model)),
            Err(error) => {
                tracing::warn!(%error, "the recommendation model of {} cannot be used", catalogue.input.slug);
                None
            }
        }
    }
}

fn train(
    products: Vec<Product>,
    events: &[Interaction],
    folder: &Path,
    kept: Option<&Path>,
    stop: &Stop,
    progress: &dyn Fn(&ShopStep),
) -> Result<ShopModel, RecommendError> {
    let (goods, deeds) = learnable(products, events);
    let settings = ShopSettings::default();
    let kept = kept.map(|folder| Kept::new(folder, &goods, &deeds, &settings));
    let model = ShopModel::train(&goods, &deeds, &settings, kept.as_ref(), &mut |step| {
        progress(step);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    // Whoever has lost the job in the meantime does not replace what another one has saved.
    if stop.load(Ordering::Relaxed) {
        return Err(RecommendError::Cancelled);
    }
    model.save(folder)?;
    Ok(model)
}

/// What an event says, for a hash.
fn told(event: &Interaction) -> String {
    let Interaction { shopper, product, kind, at, query, position } = event;
    format!("{} {} {kind} {} {position:?} {query:?}", shopper.0, product.0, at.unix_timestamp())
}

/// Products and events in the engine's numbers.
fn learnable(mut products: Vec<Product>, events: &[Interaction]) -> (Goods, Deeds) {
    products.sort_by_key(|product| product.number);
    let goods = Goods::new(products.iter().map(|product| &product.input));
    let mut shoppers: HashMap<i32, u32> = HashMap::new();
    let mut deeds = Deeds::default();
    for event in events {
        let Ok(place) = products.binary_search_by_key(&event.product, |product| product.number) else { continue };
        let next = shoppers.len() as u32;
        let shopper = *shoppers.entry(event.shopper.0).or_insert(next);
        let act = Act { item: place as u32, kind: event.kind, at: event.at.unix_timestamp() };
        let position = event.position.and_then(|position| u32::try_from(position).ok());
        deeds.add(shopper, act, position, event.query.as_deref());
    }
    deeds.sort();
    (goods, deeds)
}

impl Services {
    /// Reads a catalogue and its model anew.
    async fn shelf_renew(&self, catalogue: &Catalogue) -> Result<(), Problem> {
        let catalogue = self.catalogue_by_slug(catalogue.input.slug.as_str()).await?;
        self.shelf_read(&catalogue).await.map(drop)
    }
}
