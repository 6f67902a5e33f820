//! `/api/2.0/mlflow/runs/log-...` and `/api/2.0/mlflow/metrics`: what is recorded of a run.

use alluvium_domain::tracking::{MetricInput, Param, RunBatch, RunId, Tag, limits};
use alluvium_domain::{Issue, Problem};
use alluvium_services::Services;
use axum::Json;
use axum::extract::State;
use serde_json::json;

use super::fields::Fields;
use super::wire::Metric;
use super::{Answer, Call, MlflowError, empty};

pub(super) async fn log_metric(State(services): State<Services>, call: Call) -> Answer {
    let batch = RunBatch { metrics: vec![metric(&call.fields)?], ..RunBatch::default() };
    services.run_record(&call.actor, call.run()?, &batch).await?;
    empty()
}

pub(super) async fn log_parameter(State(services): State<Services>, call: Call) -> Answer {
    let (run, key) = (call.run()?, call.fields.required("key")?);
    let value = call.fields.text("value")?.unwrap_or_default();
    let batch = RunBatch { params: vec![Param { key, value }], ..RunBatch::default() }.cut();
    services.run_record(&call.actor, run, &batch).await.map_err(|problem| changed(problem, run, false))?;
    empty()
}

pub(super) async fn log_batch(State(services): State<Services>, call: Call) -> Answer {
    let run = call.run()?;
    let metrics = call.fields.objects("metrics")?.iter().map(metric).collect::<Result<_, _>>()?;
    let params = call.fields.pairs("params")?.into_iter().map(|(key, value)| Param { key, value }).collect();
    let tags = call.fields.pairs("tags")?.into_iter().map(|(key, value)| Tag { key, value }).collect();
    let batch = RunBatch { metrics, params, tags }.cut();
    services.run_record(&call.actor, run, &batch).await.map_err(|problem| changed(problem, run, true))?;
    empty()
}

pub(super) async fn set_tag(State(services): State<Services>, call: Call) -> Answer {
    let (run, key) = (call.run()?, call.fields.required("key")?);
    let value = call.fields.text("value")?.unwrap_or_default();
    let batch = RunBatch { tags: vec![Tag { key, value }], ..RunBatch::default() }.cut();
    services.run_record(&call.actor, run, &batch).await?;
    empty()
}

pub(super) async fn delete_tag(State(services): State<Services>, call: Call) -> Answer {
    let (run, key) = (call.run()?, call.fields.required("key")?);
    services.run_tag_remove(&call.actor, run, &key).await?;
    empty()
}

pub(super) async fn history(State(services): State<Services>, call: Call) -> Answer {
    let (run, key) = (call.run()?, call.fields.required("metric_key")?);
    let limit = call.fields.max_results(limits::HISTORY, limits::HISTORY)?;
    let token = call.fields.text("page_token")?;
    let page = services.metric_history(&call.actor, run, &key, limit, token.as_deref()).await?;
    let metrics: Vec<_> = page.items.iter().map(Metric::from).collect();
    Ok(Json(match page.next {
        Some(next) => json!({ "metrics": metrics, "next_page_token": next }),
        None => json!({ "metrics": metrics }),
    }))
}

fn metric(fields: &Fields) -> Result<MetricInput, MlflowError> {
    let model = fields.filled("model_id")?;
    Ok(MetricInput {
        key: fields.required("key")?,
        value: fields.number("value")?.ok_or_else(|| fields.missing("value"))?,
        at: Some(fields.time("timestamp")?.ok_or_else(|| fields.missing("timestamp"))?),
        step: fields.integer("step")?.unwrap_or(0),
        model: model.map(|id| super::logged_models::id(&id)).transpose()?,
        dataset_name: fields.text("dataset_name")?.unwrap_or_default(),
        dataset_digest: fields.text("dataset_digest")?.unwrap_or_default(),
    })
}

/// That a parameter has another value already, as clients expect it for one parameter and for a batch.
fn changed(problem: Problem, run: RunId, batch: bool) -> MlflowError {
    let fixed: Vec<(&String, &String, &String)> = problem
        .errors
        .iter()
        .filter_map(|error| match &error.issue {
            Issue::Fixed { key, old, new } if error.field == "params" => Some((key, old, new)),
            _ => None,
        })
        .collect();
    match fixed[..] {
        [] => problem.into(),
        [(key, old, new), ..] if !batch => MlflowError::invalid(format!(
            "Changing param values is not allowed. Param with key='{key}' was already logged with value='{old}' for run ID='{run}'. \
             Attempted logging new value '{new}'."
        )),
        _ => {
            let all = fixed
                .iter()
                .map(|(key, old, new)| format!("{{'key': '{key}', 'old_value': '{old}', 'new_value': '{new}'}}"));
            MlflowError::invalid(format!(
                "Changing param values is not allowed. Params were already logged='[{}]' for run ID='{run}'.",
                all.collect::<Vec<_>>().join(", ")
            ))
        }
    }
}
