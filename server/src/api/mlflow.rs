//! The MLflow REST API as its official client speaks it, under `/api/2.0/mlflow` and `/api/2.0/mlflow-artifacts`.
//!
//! Another contract than `/api/v1`: requests are protocol buffers written as JSON ([`fields`]), errors are `{error_code, message}` with the texts that
//! clients look for ([`error`]). Handlers take a [`Call`] (who asks, and what they sent) and answer with an [`Answer`]. The use cases are the same.

mod artifacts;
mod call;
mod error;
mod experiments;
mod fields;
mod logged_models;
mod metrics;
mod registry;
mod runs;
mod wire;

use alluvium_services::Services;
use axum::Router;
use axum::routing::{any, get, patch, post};
use http::StatusCode;
use serde_json::{Value, json};

pub(super) use call::{Answer, Call, empty};
pub(super) use error::MlflowError;

/// The routes that take part in the limit on the time of a request.
pub(super) fn router() -> Router<Services> {
    let experiments = Router::new()
        .route("/create", post(experiments::create))
        .route("/search", get(experiments::search).post(experiments::search))
        .route("/get", get(experiments::get))
        .route("/get-by-name", get(experiments::get_by_name))
        .route("/update", post(experiments::update))
        .route("/delete", post(experiments::delete))
        .route("/restore", post(experiments::restore))
        .route("/set-experiment-tag", post(experiments::set_tag))
        .route("/delete-experiment-tag", post(experiments::delete_tag));
    let runs = Router::new()
        .route("/create", post(runs::create))
        .route("/get", get(runs::get))
        .route("/search", post(runs::search))
        .route("/update", post(runs::update))
        .route("/delete", post(runs::delete))
        .route("/restore", post(runs::restore))
        .route("/log-metric", post(metrics::log_metric))
        .route("/log-parameter", post(metrics::log_parameter))
        .route("/log-batch", post(metrics::log_batch))
        .route("/set-tag", post(metrics::set_tag))
        .route("/delete-tag", post(metrics::delete_tag))
        .route("/log-inputs", post(runs::log_inputs))
        .route("/outputs", post(runs::log_outputs));
    let logged_models = Router::new()
        .route("/", post(logged_models::create))
        .route("/search", post(logged_models::search))
        .route("/{id}", get(logged_models::get).patch(logged_models::finalize).delete(logged_models::delete))
        .route("/{id}/params", post(logged_models::log_params))
        .route("/{id}/tags", patch(logged_models::set_tags))
        .route("/{id}/tags/{key}", axum::routing::delete(logged_models::delete_tag))
        .route("/{id}/artifacts/directories", get(logged_models::files));
    Router::new()
        .nest("/api/2.0/mlflow/experiments", experiments)
        .nest("/api/2.0/mlflow/runs", runs)
        .nest("/api/2.0/mlflow/logged-models", logged_models)
        .nest("/api/2.0/mlflow/registered-models", registry::models())
        .nest("/api/2.0/mlflow/model-versions", registry::versions())
        .route("/api/2.0/mlflow/metrics/get-history", get(metrics::history))
        .route("/api/2.0/mlflow/artifacts/list", get(artifacts::list_of_run))
        .route("/api/2.0/mlflow-artifacts/artifacts", get(artifacts::list))
        .route("/api/2.0/mlflow-artifacts/mpu/{*path}", any(artifacts::multipart))
        .route("/api/2.0/mlflow-artifacts/presigned/{*path}", any(artifacts::presigned))
        .route("/api/3.0/mlflow/server-info", get(server_info))
        .route("/api/2.0/mlflow/{*path}", any(unknown))
        .route("/api/3.0/mlflow/{*path}", any(unknown))
}

/// The routes that move files, which may take longer than any other request.
pub(super) fn streams() -> Router<Services> {
    Router::new().route(
        "/api/2.0/mlflow-artifacts/artifacts/{*path}",
        get(artifacts::download).put(artifacts::upload).delete(artifacts::remove),
    )
}

/// What this server can do. Asked before anybody signs in.
async fn server_info() -> axum::Json<Value> {
    axum::Json(json!({
        "store_type": "SqlStore",
        "workspaces_enabled": false,
        "trace_archival_enabled": false,
        "multipart_uploads_enabled": false,
        "multipart_downloads_enabled": false,
        "presigned_upload_run_id_supported": false,
        "presigned_upload_model_id_supported": false,
        "features_enabled": { "gateway": false },
    }))
}

/// A part of MLflow that is not here; clients fall back on an older one where they can.
async fn unknown(uri: http::Uri) -> MlflowError {
    MlflowError::new(StatusCode::NOT_FOUND, "ENDPOINT_NOT_FOUND", format!("There is no endpoint {}", uri.path()))
}
