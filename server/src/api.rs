//! The JSON APIs and their OpenAPI description, generated from the handlers.

mod embeddings;
mod entries;
mod erasure;
mod extract;
mod health;
mod hub;
mod jobs;
pub(crate) mod metrics;
mod mlflow;
mod models;
mod product_filter;
mod product_search;
mod proposals;
mod recommendations;
mod render;
mod runs;
mod search;
mod senders;
mod shop;

use alluvium_app::Origin;
use alluvium_services::Services;
use axum::body::Body;
use axum::routing::get;
use axum::{Json, Router};
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Response, Server};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes that are read of a file at once.
const CHUNK: usize = 64 * 1024;

/// A file as the body of an answer, as it is read.
fn file_body(file: impl AsyncRead + Send + 'static) -> Body {
    Body::from_stream(ReaderStream::with_capacity(file, CHUNK))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Alluvium",
        description = "The knowledge platform of a search and recommendation team. Reading needs no token where anonymous reading is on; \
                       writing needs a personal API token as a Bearer token (or name and password, or a token in the password's place, as Basic authentication)."
    ),
    tags(
        (name = "search", description = "Find entries, with the reason for every hit"),
        (name = "entries", description = "Articles and terms, and their revisions"),
        (name = "proposals", description = "Revisions of published entries that wait for a reviewer"),
        (name = "shop", description = "Catalogues, products, shoppers and what these do"),
        (name = "models", description = "Registered models, their versions, approval and what serves"),
        (name = "jobs", description = "Long work in a queue: trainings, evaluations, checks, imports"),
        (name = "runs", description = "Experiments of programs, their runs, and what was measured. The MLflow client speaks to the same ones under /api/2.0/mlflow"),
        (name = "text", description = "Markdown to safe HTML; text to vectors"),
        (name = "operations", description = "Health and metrics"),
    )
)]
struct Api;

fn described() -> OpenApiRouter<Services> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(search::search))
        .routes(routes!(search::related))
        .routes(routes!(entries::list, entries::create))
        .routes(routes!(entries::get, entries::save))
        .routes(routes!(entries::set_state))
        .routes(routes!(entries::revisions))
        .routes(routes!(entries::revision))
        .routes(routes!(entries::diff))
        .routes(routes!(proposals::list))
        .routes(routes!(proposals::get))
        .routes(routes!(proposals::accept))
        .routes(routes!(proposals::decline))
        .routes(routes!(proposals::withdraw))
        .routes(routes!(shop::catalogues))
        .routes(routes!(shop::products))
        .routes(routes!(shop::product))
        .routes(routes!(shop::picture))
        .routes(routes!(shop::shopper))
        .routes(routes!(shop::events))
        .routes(routes!(erasure::person_export))
        .routes(routes!(erasure::person_erase))
        .routes(routes!(erasure::shopper_export))
        .routes(routes!(erasure::shopper_erase))
        .routes(routes!(senders::list))
        .routes(routes!(senders::get, senders::trust))
        .routes(routes!(senders::rule))
        .routes(routes!(senders::learned))
        .routes(routes!(product_search::search))
        .routes(routes!(product_search::judge, product_search::judgements))
        .routes(routes!(recommendations::recommend))
        .routes(routes!(models::list, models::create))
        .routes(routes!(models::get))
        .routes(routes!(models::card))
        .routes(routes!(models::versions, models::version_create))
        .routes(routes!(models::version))
        .routes(routes!(models::act))
        .routes(routes!(models::roll_back))
        .routes(routes!(models::decisions))
        .routes(routes!(models::alias_set, models::alias_delete))
        .routes(routes!(models::serving))
        .routes(routes!(jobs::list, jobs::create))
        .routes(routes!(jobs::get))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::retry))
        .routes(routes!(jobs::events))
        .routes(routes!(runs::experiments, runs::create_experiment))
        .routes(routes!(runs::experiment))
        .routes(routes!(runs::list, runs::create))
        .routes(routes!(runs::keys))
        .routes(routes!(runs::get, runs::change))
        .routes(routes!(runs::record))
        .routes(routes!(runs::history))
        .routes(routes!(render::render))
        .routes(routes!(embeddings::embeddings))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

fn description() -> utoipa::openapi::OpenApi {
    let mut api = described().into_openapi();
    let components = api.components.get_or_insert_default();
    components
        .add_security_scheme("token", SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()));
    for path in api.paths.paths.values_mut() {
        let operations =
            [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten();
        for operation in operations {
            operation.responses.responses.insert("414".to_owned(), too_long().into());
            operation.responses.responses.insert("421".to_owned(), misdirected().into());
        }
    }
    api
}

/// What hyper answers before a route is looked for, without a body: the `http` crate holds an address of 65,534 bytes at most.
fn too_long() -> Response {
    Response::new("The address is longer than 65,534 bytes; the answer has no body.")
}

/// What is answered where the request names a host that is not this server's.
fn misdirected() -> Response {
    Response::new("The request names another host than the address of this server; the answer is a line of text.")
}

/// The OpenAPI file.
pub fn openapi_json() -> anyhow::Result<String> {
    Ok(description().to_pretty_json()?)
}

/// All API routes.
pub(crate) fn router(services: Services, origin: &Origin) -> anyhow::Result<Router> {
    let (routes, _) = described().split_for_parts();
    let mut description = description();
    description.servers = Some(vec![Server::new(origin.as_str())]);
    Ok(routes
        .route("/api/openapi.json", get(async move || Json(description.clone())))
        .route("/metrics", get(metrics::metrics))
        .merge(mlflow::router())
        .merge(hub::router())
        .with_state(services))
}

/// Routes that move large files, for which there is no limit of time.
pub(crate) fn streams(services: Services) -> Router {
    mlflow::streams().merge(hub::streams()).with_state(services)
}
