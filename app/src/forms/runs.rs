//! Binding an experiment's runs to the entry with its question.

use alluvium_domain::tracking::ExperimentId;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::pages::runs::runs_url;
use crate::visit::Visit;

#[derive(Deserialize)]
pub(crate) struct BindForm {
    /// Slug of the entry; empty for none.
    #[serde(default)]
    entry: String,
}

/// `POST /runs/experiments/{number}/entry`
pub(crate) async fn bind(visit: Visit, Path(number): Path<i32>, Form(form): Form<BindForm>) -> Response {
    let id = ExperimentId(number);
    match visit.services.experiment_bind(&visit.actor, id, form.entry.trim()).await {
        Ok(()) => Redirect::to(&runs_url(id)).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}
