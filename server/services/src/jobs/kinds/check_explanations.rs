//! Checking the explanations of a catalogue's recommendations.

use alluvium_domain::job::CheckExplanations;
use serde_json::{Value, json};

use crate::jobs::run::Run;
use crate::shop::CheckPlan;
use crate::tracking::MODEL_TAG;
use crate::{ServiceError, Services};

/// Where it is stopped the calculation itself runs on to its end, and nothing is kept of it.
pub(super) async fn run(services: &Services, run: &Run, order: CheckExplanations) -> Result<Value, ServiceError> {
    let plan = CheckPlan { catalogue: order.catalogue, recommendations: order.recommendations as usize };
    let report = run.voice.until_stopped(services.explanation_check_on(&plan, run.quiet)).await?;
    for check in &report.checks {
        let verdict = if check.passed { "passed" } else { "FAILED" };
        run.voice.log(format!(
            "{verdict}  {}  {}  {:.4} [{:.4}, {:.4}]  limit {}  n {}",
            check.method.code(),
            check.kind.code(),
            check.value,
            check.low,
            check.high,
            check.limit,
            check.points
        ));
    }
    for check in &report.checks {
        let (method, kind) = (check.method.code(), check.kind.code());
        run.voice.interval(&format!("{method}/{kind}"), check.value, (check.low, check.high));
    }
    run.voice.measure("largest_gap", report.largest_gap);
    run.voice.tag(MODEL_TAG, &report.model);
    Ok(json!({
        "model": report.model,
        "recommendations": report.recommendations,
        "largest_gap": report.largest_gap,
        "adds_up": report.adds_up(),
        "passed": report.checks.iter().filter(|check| check.passed).count(),
        "failed": report.checks.iter().filter(|check| !check.passed).count(),
    }))
}
