//! The routes of the portal: pages, forms, server functions, files.

use alluvium_domain::EntryKind;
use alluvium_services::Services;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Request};
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use axum_extra::extract::Query;
use leptos::prelude::provide_context;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;

use crate::assets::{self, Options};
use crate::confirm;
use crate::document;
use crate::entry_form::EntryForm;
use crate::forms::{
    admin as admin_forms, entry, jobs as job_forms, judgement, oidc, preferences, registry as registry_forms,
    runs as run_forms, senders as sender_forms, session, settings as settings_forms, shopping, state, vote,
};
use crate::pages::{
    admin, diff, editor, entries, entry as entry_page, error, glossary, history, home, leaderboards, models, people,
    proposals, runs, search, settings, shop, sign_in,
};
use crate::visit::{App, Visit};

/// Longest form of an account, in bytes: names and passwords, percent-encoded.
const ACCOUNT_BODY: usize = 16 * 1024;

/// Everything under `/` that is not an API of its own.
pub fn router(services: Services, options: Options) -> Router {
    let app = App { services, options };
    let files = ServeDir::new(app.options.site_dir())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(error::not_found.with_state(app.clone()));
    let files = Router::new().fallback_service(files).layer(axum::middleware::from_fn(assets::cache_headers));
    Router::new()
        .route("/", get(home::show))
        .route("/search", get(search::show))
        .route("/people", get(people::show))
        .merge(proposal_routes())
        .merge(shop_routes())
        .merge(EntryKind::ALL.iter().fold(Router::new(), |routes, kind| routes.merge(entry_routes(*kind))))
        .route("/experiments/{slug}/trial", get(entry_page::trial_page).post(entry_page::trial))
        .route("/models/{slug}/README.md", get(models::readme))
        .merge(run_routes())
        .merge(account_routes())
        .merge(admin_routes())
        .route("/diagram-frame", get(document::diagram_frame))
        .merge(confirmed_routes().route_layer(from_fn_with_state(app.clone(), confirm::again)))
        .route("/theme", post(preferences::theme))
        .route("/reading/forget", post(preferences::forget_reading))
        .route("/seen/forget", post(preferences::forget_seen))
        .route("/api/fn/{*name}", post(server_function).layer(RequestBodyLimitLayer::new(BODY_LIMIT)))
        .with_state(app)
        .fallback_service(files)
}

/// Largest body of a request that moves no file, in bytes: an entry at its limit, in UTF-8, form-encoded.
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// The pages of one kind of entries. A kind's own list and page stand beside what all kinds share.
fn entry_routes(kind: EntryKind) -> Router<App> {
    let at = |rest: &str| format!("/{}{rest}", kind.path());
    let list = match kind {
        EntryKind::Term => get(glossary::show),
        _ => get(move |visit: Visit, query: Query<entries::Params>| entries::show(visit, kind, query)),
    };
    let page = get(move |visit: Visit, Path(slug): Path<String>| entry_page::show(visit, kind, slug));
    let page_at = get(move |visit: Visit, Path((slug, number)): Path<(String, i32)>| {
        entry_page::show_at(visit, kind, slug, number)
    });
    let new = get(move |visit: Visit| editor::new(visit, kind))
        .post(move |visit: Visit, Form(form): Form<EntryForm>| entry::create(visit, kind, form));
    let edit = get(move |visit: Visit, Path(slug): Path<String>| editor::edit(visit, kind, slug)).post(
        move |visit: Visit, Path(slug): Path<String>, Form(form): Form<EntryForm>| entry::save(visit, kind, slug, form),
    );
    Router::new()
        .route(&at(""), list)
        .route(&at("/new"), new)
        .route(&at("/{slug}"), page)
        .route(&at("/{slug}/edit"), edit)
        .route(&at("/{slug}/history"), get(move |visit, Path(slug)| history::show(visit, kind, slug)))
        .route(&at("/{slug}/history/{number}"), page_at)
        .route(&at("/{slug}/diff"), get(move |visit, Path(slug), query| diff::show(visit, kind, slug, query)))
        .route(&at("/{slug}/state"), post(move |visit, Path(slug), Form(form)| state::move_to(visit, kind, slug, form)))
        .route(
            &at("/{slug}/restore"),
            post(move |visit, Path(slug), Form(form)| state::restore(visit, kind, slug, form)),
        )
}

fn proposal_routes() -> Router<App> {
    Router::new()
        .route("/proposals", get(proposals::show))
        .route("/proposals/{id}", get(proposals::proposal::show))
        .route("/proposals/{id}/accept", post(proposals::proposal::accept))
        .route("/proposals/{id}/decline", post(proposals::proposal::decline))
        .route("/proposals/{id}/withdraw", post(proposals::proposal::withdraw))
}

fn shop_routes() -> Router<App> {
    Router::new()
        .route("/shop", get(shop::show))
        .route("/shop/{catalogue}", get(shop::products::show))
        .route("/shop/{catalogue}/compare", get(shop::compare::show))
        .route("/shop/{catalogue}/judge", get(shop::judge::show).post(judgement::judge))
        .route("/shop/{catalogue}/judgements", get(shop::summary::show))
        .route("/shop/{catalogue}/products/{id}", get(shop::product::show))
        .route("/shop/{catalogue}/products/{id}/events", post(shopping::add))
        .route("/shop/{catalogue}/shoppers/{id}", get(shop::shopper::show))
        .route("/shop/{catalogue}/recommend", get(shop::recommend::show))
        .route("/shop/{catalogue}/recommend/vote", post(vote::add))
        .route("/shop/{catalogue}/model", get(shop::model::show))
}

fn run_routes() -> Router<App> {
    Router::new()
        .route("/leaderboards", get(leaderboards::show))
        .route("/runs", get(runs::show))
        .route("/runs/experiments/{number}", get(runs::table::show))
        .route("/runs/experiments/{number}/entry", post(run_forms::bind))
        .route("/runs/compare", get(runs::compare::show))
        .route("/runs/{id}", get(runs::run::show))
}

fn account_routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(session::sign_in))
        .route("/sign-in/link", get(sign_in::show_link).post(session::sign_in_by_link))
        .route("/sign-in/code", post(session::sign_in_by_code))
        .route("/sign-in/oidc", get(oidc::start))
        .route("/sign-in/oidc/callback", get(oidc::end))
        .route("/sign-out", post(session::sign_out))
        .route("/settings", get(settings::show))
        .route("/settings/export", get(admin::erasure::own_export))
        .route("/settings/profile", post(settings_forms::profile))
        .route("/settings/password", post(settings_forms::password))
        .route("/settings/tokens/{id}/revoke", post(settings_forms::token_revoke))
        .layer(DefaultBodyLimit::max(ACCOUNT_BODY))
}

/// What gives somebody power: the password is asked for again before it is done.
fn confirmed_routes() -> Router<App> {
    Router::new()
        .route("/settings/tokens", post(settings_forms::token_create))
        .route("/settings/oidc", post(oidc::link))
        .route("/settings/oidc/unlink", post(oidc::unlink))
        .route("/settings/second-factor", post(settings::second_factor::begin))
        .route("/settings/second-factor/confirm", post(settings::second_factor::confirm))
        .route("/settings/second-factor/end", post(settings::second_factor::end))
        .route("/admin/second-factor", post(admin_forms::second_factor_role))
        .route("/admin/people/{id}/second-factor/reset", post(admin::person::second_factor_reset))
        .route("/admin/people", get(admin::people::show).post(admin_forms::person_add))
        .route("/admin/people/{id}", get(admin::person::show))
        .route("/admin/people/{id}/role", post(admin_forms::person_role))
        .route("/admin/people/{id}/disabled", post(admin_forms::person_disable))
        .route("/admin/people/{id}/link", post(admin_forms::person_link))
        .route("/admin/erasure", get(admin::erasure::show).post(admin::erasure::erase))
        .route("/admin/people/{id}/tokens/{token}/revoke", post(admin::person::token_revoke))
        .route("/admin/models/{name}/versions/{number}/act", post(registry_forms::act))
        .route("/admin/models/{name}/roll-back", post(registry_forms::roll_back))
}

fn admin_routes() -> Router<App> {
    Router::new()
        .route("/admin/models", get(admin::registry::show))
        .route("/admin/models/{name}", get(admin::registry::model::show))
        .route("/admin/models/{name}/beside", get(admin::registry::beside::show))
        .route("/admin/models/{name}/card", post(registry_forms::card))
        .route("/admin/rounds", get(admin::rounds::show))
        .route("/admin/jobs", get(admin::jobs::show).post(job_forms::start))
        .route("/admin/jobs/new", get(admin::job_new::show))
        .route("/admin/jobs/{id}", get(admin::job::show))
        .route("/admin/jobs/{id}/cancel", post(job_forms::cancel))
        .route("/admin/jobs/{id}/retry", post(job_forms::retry))
        .route("/admin/erasure/export", get(admin::erasure::export))
        .route("/admin/senders", get(admin::senders::show).post(sender_forms::rule_many))
        .route("/admin/senders/{id}", get(admin::senders::show_one).post(sender_forms::rule))
        .route("/admin/senders/{id}/trust", post(sender_forms::trust))
        .route("/admin/audit", get(admin::audit::show))
        .route("/admin/audit/export", get(admin::audit::export))
        .route("/admin/status", get(admin::status::show))
}

/// Server functions run with the same visit as pages.
async fn server_function(visit: Visit, request: Request<Body>) -> Response {
    leptos_axum::handle_server_fns_with_context(move || provide_context(visit.clone()), request).await.into_response()
}
