//! Measuring what fine-tuning the encoder brings to product search.

use alluvium_domain::job::EvaluateEncoder;
use serde_json::{Value, json};

use super::evaluate_products::rankers;
use crate::background::on_thread;
use crate::jobs::run::Run;
use crate::{EncoderEvaluation, ServiceError, Services, evaluate_encoder};

pub(super) async fn run(services: &Services, run: &Run, order: EvaluateEncoder) -> Result<Value, ServiceError> {
    let plan = EncoderEvaluation {
        folder: run.files.join(&order.folder),
        encoder_dir: services.encoder_base(order.base).await?,
        cache_dir: services.inner.jobs.vectors.clone(),
        work_dir: run.kept.join("folds"),
        lora: Some(usize::from(order.lora)).filter(|rank| *rank > 0),
        epochs: order.epochs.into(),
        folds: order.folds.into(),
        stop: run.voice.stop(),
    };
    let voice = run.voice.clone();
    let work = move || evaluate_encoder(&plan, &mut |words| voice.log(words));
    let report = on_thread("evaluate", run.quiet, work).await??;
    for line in report.to_string().lines() {
        run.voice.log(line);
    }
    for (ranker, test) in &report.tests {
        run.voice.interval(&format!("{ranker}/ndcg_10_difference"), test.difference, test.interval);
    }
    Ok(json!({ "rankers": rankers(&run.voice, &report.rows) }))
}
