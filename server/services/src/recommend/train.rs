//! Training the models of a catalogue: each result is a version in the registry, which waits for approval.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alluvium_domain::UserId;
use alluvium_domain::registry::ModelVersion;
use alluvium_domain::shop::Product;
use alluvium_domain::tracking::RunId;
use alluvium_engine::EngineError;
use alluvium_engine::recommend::RecommendError;
use alluvium_engine::recommend::shop::{
    Act, Deeds, Goods, HeldOut, ShopModel, ShopReport, ShopSettings, ShopStep, quietly,
};
use alluvium_store::Interaction;

use super::shelf::place;
use crate::registry::{CARD, GOLDEN, HELD_OUT, NewVersion, of_shop_model};
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
    /// The version that it is, as it stands now: the very first of a simulated catalogue serves, every other waits for a reviewer.
    pub version: ModelVersion,
}

/// Because of whom and of what something is trained.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrainingOrigin {
    /// Who asked for it, and so may not approve it; none for the program itself and the command line.
    pub author: Option<UserId>,
    /// The run that records it.
    pub run: Option<RunId>,
}

/// A flag that stops training.
pub type Stop = Arc<AtomicBool>;

impl Services {
    /// Trains the models of a catalogue on all its events, makes a version of the result and asks for its approval. With the rights of the command
    /// line. One thread of its own does the work where `quiet`.
    pub async fn recommend_train(
        &self,
        catalogue: &str,
        quiet: bool,
        stop: Stop,
        progress: impl Fn(&ShopStep) + Send + Sync + 'static,
    ) -> Result<TrainedShop, ServiceError> {
        self.recommend_train_for(catalogue, TrainingOrigin::default(), quiet, stop, progress).await
    }

    /// The same because of somebody or of a run.
    pub async fn recommend_train_for(
        &self,
        catalogue: &str,
        origin: TrainingOrigin,
        quiet: bool,
        stop: Stop,
        progress: impl Fn(&ShopStep) + Send + Sync + 'static,
    ) -> Result<TrainedShop, ServiceError> {
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let _training = self.inner.recommenders.training.lock().await;
        let store = &self.inner.store;
        let products = store.product_since(catalogue.id, 0).await?;
        let events = store.event_interactions(catalogue.id).await?;
        let (answer, trained) = tokio::sync::oneshot::channel();
        // A thread that the process does not wait for when it ends.
        let work = move || {
            let work = || train(products, &events, &stop, &progress);
            let done = if quiet { quietly(work).and_then(|done| done) } else { work() };
            // Nobody listens where the caller has gone.
            let _ = answer.send(done);
        };
        std::thread::Builder::new().name("train".to_owned()).spawn(work).map_err(EngineError::Io)?;
        let gone = |_| EngineError::Recommend(RecommendError::Cancelled);
        let (model, held_out) = trained.await.map_err(gone)?.map_err(EngineError::Recommend)?;
        let mut files = model.to_files().map_err(EngineError::from)?;
        files
            .insert(GOLDEN.to_owned(), model.golden().and_then(|golden| golden.to_bytes()).map_err(EngineError::from)?);
        files.insert(HELD_OUT.to_owned(), held_out.to_bytes().map_err(EngineError::from)?);
        files.insert(CARD.to_owned(), of_shop_model(&catalogue, &model).into_bytes());
        let report = model.report;
        let tags = BTreeMap::from([
            ("model".to_owned(), model.name.clone()),
            ("dataset".to_owned(), catalogue.input.slug.to_string()),
            ("events".to_owned(), report.events.to_string()),
        ]);
        let new = NewVersion {
            source: place(&catalogue),
            run_id: origin.run,
            description: format!("{}, trained on {} events of {}", model.name, report.events, catalogue.input.slug),
            tags,
            ..NewVersion::default()
        };
        let version = self.version_of_training(&catalogue, origin.author, new, files).await?;
        Ok(TrainedShop { model: model.name, report, version })
    }

    /// Trains, one after the other, the catalogues that have events and no version of a model yet; failures are logged.
    pub async fn recommend_train_missing(&self, stop: Stop) {
        let catalogues = match self.inner.store.catalogue_list().await {
            Ok(catalogues) => catalogues,
            Err(error) => {
                tracing::warn!(%error, "cannot read the catalogues: no recommendation model is trained");
                return;
            }
        };
        for catalogue in catalogues {
            let there = match self.inner.store.place_has_version(&place(&catalogue)).await {
                Ok(there) => there,
                Err(error) => {
                    tracing::warn!(%error, "cannot read the versions of models: none is trained");
                    return;
                }
            };
            if there || catalogue.events < FEW || stop.load(Ordering::Relaxed) {
                continue;
            }
            let slug = catalogue.input.slug.as_str();
            tracing::info!("training the recommendation model of {slug} in the background");
            match self.recommend_train(slug, true, Arc::clone(&stop), |_| {}).await {
                Ok(trained) => tracing::info!(
                    "the recommendation model of {slug} is {}: version {} is {}",
                    trained.model,
                    trained.version.number,
                    trained.version.approval.code()
                ),
                Err(error) => tracing::warn!(error = ?error, "the recommendation model of {slug} was not trained"),
            }
        }
    }
}

fn train(
    products: Vec<Product>,
    events: &[Interaction],
    stop: &Stop,
    progress: &dyn Fn(&ShopStep),
) -> Result<(ShopModel, HeldOut), RecommendError> {
    let (goods, deeds) = learnable(products, events);
    ShopModel::train_held_out(&goods, &deeds, &ShopSettings::default(), &mut |step| {
        progress(step);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
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
