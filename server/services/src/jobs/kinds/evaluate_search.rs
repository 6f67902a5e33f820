//! Measuring the search over entries on judged queries.

use std::path::PathBuf;

use alluvium_domain::job::EvaluateSearch;
use serde_json::{Value, json};

use crate::jobs::run::Run;
use crate::{ServiceError, Services};

/// The set that comes with the program.
const OWN: &str = "tests/search/judgements.jsonl";

pub(super) async fn run(services: &Services, run: &Run, order: EvaluateSearch) -> Result<Value, ServiceError> {
    let file = if order.file.is_empty() { PathBuf::from(OWN) } else { run.files.join(&order.file) };
    let report = run.voice.until_stopped(services.evaluate_search(&file)).await?;
    for line in report.to_string().lines() {
        run.voice.log(line);
    }
    for (mode, group, quality) in &report.rows {
        let of = format!("{}/{group}", format!("{mode:?}").to_lowercase());
        run.voice.interval(&format!("{of}/ndcg_10"), quality.ndcg, quality.interval);
        run.voice.measure(format!("{of}/mrr_10"), quality.mrr);
        run.voice.measure(format!("{of}/recall_10"), quality.recall);
    }
    let rows: Vec<Value> = report
        .rows
        .iter()
        .map(|(mode, group, quality)| {
            json!({
                "mode": mode, "queries": group, "n": quality.queries, "ndcg": quality.ndcg, "interval": quality.interval,
                "mrr": quality.mrr, "recall": quality.recall,
            })
        })
        .collect();
    Ok(json!({ "modes": rows }))
}
