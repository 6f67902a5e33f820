//! The API of the MLflow client, on its own paths.

mod fault;
mod fields;
mod registry;

use alluvium_services::Services;
use axum::Router;

/// All routes.
pub(super) fn router() -> Router<Services> {
    registry::router()
}
