//! Measuring product search on graded queries.

use alluvium_domain::job::EvaluateProducts;
use serde_json::{Value, json};

use crate::background::on_thread;
use crate::jobs::run::{Run, Voice};
use crate::{ProductEvaluation, ProductQuality, ServiceError, Services, evaluate_products};

pub(super) async fn run(services: &Services, run: &Run, order: EvaluateProducts) -> Result<Value, ServiceError> {
    let jobs = &services.inner.jobs;
    let plan = ProductEvaluation {
        folder: run.files.join(&order.folder),
        folds: order.folds.into(),
        repeats: order.repeats.into(),
        encoder_dir: services.inner.encoders.serving().dir,
        cache_dir: jobs.vectors.clone(),
        fit: false,
        stop: run.voice.stop(),
    };
    let voice = run.voice.clone();
    let work = move || evaluate_products(&plan, &mut |words| voice.log(words));
    let report = on_thread("evaluate", run.quiet, work).await??;
    for line in report.to_string().lines() {
        run.voice.log(line);
    }
    Ok(json!({ "rankers": rankers(&run.voice, report.rows()) }))
}

/// Rankers as measures of the run, and as the job's result.
pub(super) fn rankers(voice: &Voice, rows: &[ProductQuality]) -> Vec<Value> {
    let one = |row: &ProductQuality| {
        let ranker = row.ranker.trim_end_matches('*');
        for (measure, (mean, interval)) in [("ndcg_10", row.ndcg), ("mrr", row.mrr), ("recall_10", row.recall)] {
            voice.interval(&format!("{ranker}/{measure}"), mean, interval);
        }
        json!({ "ranker": row.ranker, "ndcg": row.ndcg.0, "interval": row.ndcg.1, "mrr": row.mrr.0, "recall": row.recall.0 })
    };
    rows.iter().map(one).collect()
}
