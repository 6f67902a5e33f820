//! Measuring product search on graded queries.

use alluvium_domain::job::EvaluateProducts;
use serde_json::{Value, json};

use crate::background::on_thread;
use crate::jobs::run::Run;
use crate::{ProductEvaluation, ServiceError, Services, evaluate_products};

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
    for row in report.rows() {
        let ranker = row.ranker.trim_end_matches('*');
        for (measure, (mean, (low, high))) in [("ndcg_10", row.ndcg), ("mrr", row.mrr), ("recall_10", row.recall)] {
            run.voice.interval(&format!("{ranker}/{measure}"), mean, (low, high));
        }
    }
    let rows: Vec<Value> = report
        .rows()
        .iter()
        .map(|row| json!({ "ranker": row.ranker, "ndcg": row.ndcg.0, "interval": row.ndcg.1, "mrr": row.mrr.0, "recall": row.recall.0 }))
        .collect();
    Ok(json!({ "rankers": rows }))
}
