//! Training the models of a catalogue: each result is a version in the registry, which waits for approval.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alluvium_domain::UserId;
use alluvium_domain::registry::ModelVersion;
use alluvium_domain::shop::Product;
use alluvium_domain::tracking::RunId;
use alluvium_engine::EngineError;
use alluvium_engine::recommend::RecommendError;
use alluvium_engine::recommend::shop::{
    Act, Deeds, Goods, HeldOut, Kept, ShopModel, ShopReport, ShopSettings, ShopStep,
};
use alluvium_store::Interaction;

use crate::background::on_thread;
use crate::digest::digest;
use crate::registry::{CARD, EVENTS_TAG, GOLDEN, HELD_OUT, NewVersion, Purpose, of_shop_model, place};
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
    /// The version that it is, as it stands now: the very first of a simulated catalogue serves, every other waits for a reviewer.
    pub version: ModelVersion,
}

/// A flag that stops training.
pub type Stop = Arc<AtomicBool>;

/// Because of whom something is trained, and how.
#[derive(Debug, Clone, Default)]
pub struct Training {
    /// Who asked for it, and so may not approve it; none for the program itself and the command line.
    pub author: Option<UserId>,
    /// The run that records it. A run makes one version, however often it is begun.
    pub run: Option<RunId>,
    /// One core, and only what others leave.
    pub quiet: bool,
    /// Where files are that an interrupted training goes on from.
    pub kept: Option<PathBuf>,
    /// Ends it.
    pub stop: Stop,
}

impl Services {
    /// Trains the models of a catalogue on all its events, makes a version of the result and asks for its approval. With the rights of the command
    /// line.
    pub async fn recommend_train(
        &self,
        catalogue: &str,
        training: Training,
        progress: impl Fn(&ShopStep) + Send + Sync + 'static,
    ) -> Result<TrainedShop, ServiceError> {
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let _training = self.inner.recommenders.training.lock().await;
        let store = &self.inner.store;
        let products = store.product_since(catalogue.id, 0).await?;
        // The very first version of a simulated catalogue is approved by the program: it learns from what the program made, and from nothing else.
        let first = catalogue.input.simulated && !store.place_has_version(&place(&catalogue)).await?;
        let (events, sources) = store.event_interactions(catalogue.id, first).await?;
        let Training { author, run, quiet, kept, stop } = training;
        let work = move || {
            let (model, held_out) = train(products, &events, kept, &stop, &progress)?;
            let mut files = model.to_files()?;
            files.insert(GOLDEN.to_owned(), model.golden().and_then(|golden| golden.to_bytes())?);
            files.insert(HELD_OUT.to_owned(), held_out.to_bytes()?);
            Ok((model, files, digest(events.iter().map(told))))
        };
        let (model, mut files, digest) = on_thread("train", quiet, work).await?.map_err(EngineError::Recommend)?;
        files.insert(CARD.to_owned(), of_shop_model(&catalogue, &model).into_bytes());
        let report = model.report;
        let tags = BTreeMap::from([
            ("model".to_owned(), model.name.clone()),
            ("dataset".to_owned(), catalogue.input.slug.to_string()),
            (EVENTS_TAG.to_owned(), report.events.to_string()),
            ("events.sha256".to_owned(), digest.clone()),
        ]);
        let new = NewVersion {
            source: place(&catalogue),
            run_id: run,
            description: format!("{}, trained on {} events of {}", model.name, report.events, catalogue.input.slug),
            tags,
            ..NewVersion::default()
        };
        let version = self.version_of_training(Purpose::Recommend(&catalogue), author, new, files).await?;
        self.inner.store.version_event_insert(version.id, &sources).await?;
        Ok(TrainedShop { model: model.name, report, digest, version })
    }

    /// Catalogues that have events and no version of a model yet.
    pub(crate) async fn recommend_missing(&self) -> Result<Vec<String>, ServiceError> {
        let store = &self.inner.store;
        let mut missing = Vec::new();
        for catalogue in store.catalogue_list().await? {
            if catalogue.events >= FEW && !store.place_has_version(&place(&catalogue)).await? {
                missing.push(catalogue.input.slug.to_string());
            }
        }
        Ok(missing)
    }
}

fn train(
    products: Vec<Product>,
    events: &[Interaction],
    kept: Option<PathBuf>,
    stop: &Stop,
    progress: &dyn Fn(&ShopStep),
) -> Result<(ShopModel, HeldOut), RecommendError> {
    let (goods, deeds) = learnable(products, events);
    let settings = ShopSettings::default();
    let kept = kept.map(|folder| Kept::new(&folder, &goods, &deeds, &settings));
    let trained = ShopModel::train_held_out(&goods, &deeds, &settings, kept.as_ref(), &mut |step| {
        progress(step);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    // Whoever has lost the job in the meantime makes no version of it.
    if stop.load(Ordering::Relaxed) {
        return Err(RecommendError::Cancelled);
    }
    Ok(trained)
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
