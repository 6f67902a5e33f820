//! Training the recommendation models of a catalogue.

use std::sync::Mutex;
use std::sync::PoisonError;

use alluvium_domain::job::OfCatalogue;
use alluvium_domain::shop::EventKind;
use serde_json::{Value, json};

use super::too_little;
use crate::jobs::run::{Run, VERSION_TAG, Voice};
use crate::recommend::{ShopSettings, ShopStep, Training};
use crate::tracking::{MODEL_TAG, ORDER_TAG, TASK_TAG};
use crate::{ServiceError, Services, training_words};

/// Shares of the whole: both passes of the retrieval models take most of the time.
const PASS: f64 = 0.4;
const RANKING: f64 = 0.15;
/// Epochs of a bar; training usually stops earlier.
const EPOCHS: f64 = 20.0;

pub(super) async fn run(services: &Services, run: &Run, order: OfCatalogue) -> Result<Value, ServiceError> {
    let said = Mutex::new(Said { voice: run.voice.clone(), pass: 0 });
    let say = move |step: &ShopStep| said.lock().unwrap_or_else(PoisonError::into_inner).step(step);
    if let Some(checkpoint) = &run.checkpoint {
        run.voice.log(format!("an earlier attempt left a checkpoint: {checkpoint}"));
    }
    run.voice.settings(&ShopSettings::default());
    let training = Training {
        author: run.by,
        run: run.run,
        quiet: run.quiet,
        kept: Some(run.kept.clone()),
        stop: run.voice.stop(),
    };
    let trained = services.recommend_train(&order.catalogue, training, say).await;
    let trained =
        trained.map_err(|error| too_little(error, "catalogue", "events of at least two products by one shopper"))?;
    for (name, head) in EventKind::ALL.iter().zip(&trained.report.heads) {
        run.voice.log(format!("{name}: AUC {:.4}, log loss {:.5}", head.auc, head.log_loss));
        run.voice.measure(format!("{name}/auc"), head.auc);
        run.voice.measure(format!("{name}/log_loss"), head.log_loss);
        run.voice.measure(format!("{name}/calibration_error"), head.calibration.error);
    }
    run.voice.measure("events", trained.report.events as f64);
    run.voice.measure("examples", trained.report.trained as f64);
    run.voice.learns_from(&order.catalogue, "catalogue", &trained.digest);
    let version = &trained.version;
    run.voice.tag(TASK_TAG, "recommendation");
    run.voice.tag(ORDER_TAG, "purchase/auc");
    run.voice.tag(MODEL_TAG, format!("{} {}", version.name, version.number));
    run.voice.tag(VERSION_TAG, format!("{}/{}", version.name, version.number));
    run.voice.log(format!("version {} of {} is {}", version.number, version.name, version.approval.code()));
    Ok(json!({
        "model": trained.model,
        "registered": version.name,
        "version": version.number,
        "approval": version.approval.code(),
        "events": trained.report.events,
        "examples": trained.report.trained,
        "heads": trained.report.heads,
    }))
}

struct Said {
    voice: Voice,
    /// Which pass of the retrieval models, from 1.
    pass: u32,
}

impl Said {
    fn step(&mut self, step: &ShopStep) {
        let voice = &self.voice;
        voice.log(training_words(step));
        // Everything that is done when a pass begins.
        let base = |pass: u32| if pass < 2 { 0.0 } else { PASS + RANKING };
        match step {
            ShopStep::Linear => {
                self.pass += 1;
                voice.progress(base(self.pass), 1.0);
            }
            ShopStep::Sequence(epoch, loss, validation) => {
                let name = if self.pass < 2 { "before" } else { "all" };
                voice.metric(&format!("{name}/sequence_loss"), *epoch, *loss);
                if let Some(validation) = validation {
                    voice.metric(&format!("{name}/sequence_ndcg_10"), *epoch, *validation);
                }
                voice.progress(base(self.pass) + PASS * (*epoch as f64 / EPOCHS).min(1.0), 1.0);
            }
            ShopStep::Examples => voice.progress(PASS, 1.0),
            ShopStep::Ranking(at) => {
                voice.metric("ranking_loss", at.epoch, at.loss);
                voice.metric("ranking_validation_loss", at.epoch, at.validation);
                voice.progress(PASS + RANKING * (at.epoch as f64 / EPOCHS).min(1.0), 1.0);
            }
            ShopStep::Testing => voice.progress(PASS + RANKING, 1.0),
            ShopStep::Kept(part) => voice.checkpoint(json!({ "kept": part })),
            ShopStep::Resumed(_) => self.pass += 1,
        }
    }
}
