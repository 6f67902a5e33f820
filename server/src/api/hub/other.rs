//! Repositories of other kinds than models: there are none, and clients hear it in their own words.

use alluvium_domain::Problem;
use axum::Json;
use serde_json::{Value, json};

use super::fault::Fault;

/// Lists those that there are.
pub(super) async fn none() -> Json<Value> {
    Json(json!([]))
}

/// Anything that is asked of one.
pub(super) async fn repository() -> Fault {
    Fault::repository(Problem::not_found())
}
