//! Fine-tuning the encoder.

use alluvium_domain::job::TrainEncoder;
use alluvium_domain::{Problem, ProblemKind};
use serde_json::{Value, json};

use crate::background::on_thread;
use crate::digest::digest;
use crate::jobs::run::Run;
use crate::tracking::MODEL_TAG;
use crate::train_encoder::{pairs_of_folder, train_encoder};
use crate::{EncoderPlan, ServiceError, Services};

pub(super) async fn run(services: &Services, run: &Run, order: TrainEncoder) -> Result<Value, ServiceError> {
    let jobs = &services.inner.jobs;
    let encoder_dir = jobs.encoder_dir.clone().ok_or_else(|| Problem::new(ProblemKind::Unavailable))?;
    let folder = run.files.join(&order.folder);
    let pairs = match order.catalogue.as_str() {
        "" => on_thread("pairs", run.quiet, move || pairs_of_folder(&folder, &|_| true)).await??,
        catalogue => services.encoder_pairs(catalogue).await?,
    };
    run.voice.log(format!("{} pairs of a query and a product that answers it", pairs.len()));
    let plan = EncoderPlan {
        encoder_dir,
        out: jobs.encoders.join(run.id.to_string()),
        lora: Some(usize::from(order.lora)).filter(|rank| *rank > 0),
        epochs: order.epochs.into(),
        stop: run.voice.stop(),
        kept: Some(run.kept.clone()),
    };
    run.voice.settings(&plan.settings());
    run.voice.settings(&json!({ "base": plan.base() }));
    let parts = pairs.iter().flat_map(|pair| [&pair.query, &pair.text]);
    match order.catalogue.as_str() {
        "" => run.voice.learns_from(&order.folder, "folder", &digest(parts)),
        catalogue => run.voice.learns_from(catalogue, "catalogue", &digest(parts)),
    }
    let (voice, out) = (run.voice.clone(), plan.out.clone());
    let work = move || {
        train_encoder(&pairs, &plan, &mut |step| {
            voice.metric("loss", step.step, step.loss);
            voice.metric("learning_rate", step.step, step.learning_rate);
            voice.progress(step.step as f64, step.steps as f64);
            if step.kept {
                voice.checkpoint(json!({ "steps": step.step }));
                voice.log(format!("checkpoint: step {} of {}", step.step, step.steps));
            }
        })
    };
    let trained = on_thread("train", run.quiet, work).await??;
    run.voice.log(format!("loss {:.4} to {:.4}", trained.losses.0, trained.losses.1));
    run.voice.measure("pairs", trained.pairs as f64);
    run.voice.measure("first_loss", trained.losses.0);
    run.voice.measure("last_loss", trained.losses.1);
    run.voice.tag(MODEL_TAG, &trained.fingerprint);
    Ok(json!({
        "encoder": trained.fingerprint,
        "folder": out.file_name().map(|name| name.to_string_lossy().into_owned()),
        "pairs": trained.pairs,
        "steps": trained.steps,
        "loss": { "first": trained.losses.0, "last": trained.losses.1 },
    }))
}
