//! What a client sent, and who they are.

use alluvium_domain::Actor;
use alluvium_domain::tracking::{ExperimentId, RunId};
use alluvium_services::Services;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::MlflowError;
use super::fields::Fields;
use crate::api::extract::actor;

/// What a handler answers with.
pub(in crate::api) type Answer = Result<Json<Value>, MlflowError>;

/// The answer where there is nothing to say.
pub(in crate::api) fn empty() -> Answer {
    Ok(Json(json!({})))
}

/// A request: the query of GET, the JSON body of everything else (DELETE too).
pub(in crate::api) struct Call {
    /// Who asks.
    pub(in crate::api) actor: Actor,
    /// What they sent.
    pub(in crate::api) fields: Fields,
}

impl FromRequest<Services> for Call {
    type Rejection = MlflowError;

    async fn from_request(request: Request, services: &Services) -> Result<Self, MlflowError> {
        let (parts, body) = request.into_parts();
        let actor = actor(&parts, services).await?;
        if parts.method == Method::GET {
            return Ok(Call { actor, fields: Fields::of_query(parts.uri.query().unwrap_or_default()) });
        }
        let request = Request::from_parts(parts, body);
        let bytes = Bytes::from_request(request, services).await.map_err(|rejection| {
            MlflowError::new(rejection.status(), "INVALID_PARAMETER_VALUE", rejection.body_text())
        })?;
        let fields = Fields::of_json(&bytes)
            .ok_or_else(|| MlflowError::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", "The body is not a JSON object"))?;
        Ok(Call { actor, fields })
    }
}

impl Call {
    /// The run that `run_id`, or `run_uuid` as old clients say, names.
    pub(in crate::api) fn run(&self) -> Result<RunId, MlflowError> {
        let text = match self.fields.text("run_uuid")? {
            Some(text) if self.fields.text("run_id")?.is_none() => text,
            _ => self.fields.required("run_id")?,
        };
        run_id(&text)
    }

    /// The experiment that `experiment_id` names.
    pub(in crate::api) fn experiment(&self) -> Result<ExperimentId, MlflowError> {
        experiment_id(&self.fields.required("experiment_id")?)
    }

    /// The experiments that `experiment_ids` names.
    pub(in crate::api) fn experiments(&self) -> Result<Vec<ExperimentId>, MlflowError> {
        self.fields.texts("experiment_ids")?.iter().map(|id| experiment_id(id)).collect()
    }
}

/// A run's id; one of another form names no run.
pub(in crate::api) fn run_id(text: &str) -> Result<RunId, MlflowError> {
    text.parse().map_err(|()| MlflowError::from(alluvium_domain::Problem::unknown("run_id", text)))
}

fn experiment_id(text: &str) -> Result<ExperimentId, MlflowError> {
    text.parse().map_err(|()| {
        let message = format!("Invalid experiment ID '{text}'. Experiment ID must be a valid integer.");
        MlflowError::invalid(message)
    })
}
