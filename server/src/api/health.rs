//! Is it alive, is it ready.

use alluvium_services::Services;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// What the probes answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok` or `unavailable`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
    /// The sentence encoder; none where search is lexical only.
    encoder: Option<String>,
    /// Entries in the index.
    entries: usize,
    /// Those that can be found by meaning: fewer while another encoder's vectors are made anew.
    encoded: usize,
}

fn health(services: &Services, ok: bool) -> Json<Health> {
    let search = services.search_status();
    Json(Health {
        status: if ok { "ok" } else { "unavailable" },
        version: env!("CARGO_PKG_VERSION"),
        encoder: search.encoder,
        entries: search.entries,
        encoded: search.encoded,
    })
}

/// The process runs.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, body = Health)))]
pub(crate) async fn healthz(State(services): State<Services>) -> Json<Health> {
    health(&services, true)
}

/// The process can answer: the database does.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub(crate) async fn readyz(State(services): State<Services>) -> (StatusCode, Json<Health>) {
    let ready = services.ready().await;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, health(&services, ready))
}
