//! The routes of the portal: pages, forms, server functions, files.

use alluvium_services::Services;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use leptos::prelude::provide_context;
use tower_http::services::ServeDir;

use crate::assets::{self, Options};
use crate::forms::{
    admin as admin_forms, entry, jobs as job_forms, judgement, preferences, session, settings as settings_forms, state,
    vote,
};
use crate::pages::{
    admin, article, articles, diff, editor, error, glossary, history, home, people, search, settings, shop, sign_in,
    term,
};
use crate::visit::{App, Visit};

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
        .merge(shop_routes())
        .merge(article_routes())
        .merge(term_routes())
        .merge(account_routes())
        .merge(admin_routes())
        .route("/theme", post(preferences::theme))
        .route("/reading/forget", post(preferences::forget_reading))
        .route("/api/fn/{*name}", post(server_function))
        .with_state(app)
        .fallback_service(files)
}

fn article_routes() -> Router<App> {
    Router::new()
        .route("/articles", get(articles::show))
        .route("/articles/new", get(editor::new_article).post(entry::article_create))
        .route("/articles/{slug}", get(article::show))
        .route("/articles/{slug}/edit", get(editor::edit_article).post(entry::article_save))
        .route("/articles/{slug}/history", get(history::article))
        .route("/articles/{slug}/history/{number}", get(article::show_at))
        .route("/articles/{slug}/diff", get(diff::article))
        .route("/articles/{slug}/state", post(state::article_move))
        .route("/articles/{slug}/restore", post(state::article_restore))
}

fn term_routes() -> Router<App> {
    Router::new()
        .route("/glossary", get(glossary::show))
        .route("/glossary/new", get(editor::new_term).post(entry::term_create))
        .route("/glossary/{slug}", get(term::show))
        .route("/glossary/{slug}/edit", get(editor::edit_term).post(entry::term_save))
        .route("/glossary/{slug}/history", get(history::term))
        .route("/glossary/{slug}/history/{number}", get(term::show_at))
        .route("/glossary/{slug}/diff", get(diff::term))
        .route("/glossary/{slug}/state", post(state::term_move))
        .route("/glossary/{slug}/restore", post(state::term_restore))
}

fn shop_routes() -> Router<App> {
    Router::new()
        .route("/shop", get(shop::show))
        .route("/shop/{catalogue}", get(shop::products::show))
        .route("/shop/{catalogue}/compare", get(shop::compare::show))
        .route("/shop/{catalogue}/judge", get(shop::judge::show).post(judgement::judge))
        .route("/shop/{catalogue}/judgements", get(shop::summary::show))
        .route("/shop/{catalogue}/products/{id}", get(shop::product::show))
        .route("/shop/{catalogue}/shoppers/{id}", get(shop::shopper::show))
        .route("/shop/{catalogue}/recommend", get(shop::recommend::show))
        .route("/shop/{catalogue}/recommend/vote", post(vote::add))
        .route("/shop/{catalogue}/model", get(shop::model::show))
}

fn account_routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(session::sign_in))
        .route("/sign-in/link", get(sign_in::show_link).post(session::sign_in_by_link))
        .route("/sign-out", post(session::sign_out))
        .route("/settings", get(settings::show))
        .route("/settings/profile", post(settings_forms::profile))
        .route("/settings/password", post(settings_forms::password))
        .route("/settings/tokens", post(settings_forms::token_create))
        .route("/settings/tokens/{id}/revoke", post(settings_forms::token_revoke))
}

fn admin_routes() -> Router<App> {
    Router::new()
        .route("/admin/people", get(admin::people::show).post(admin_forms::person_add))
        .route("/admin/people/{id}/role", post(admin_forms::person_role))
        .route("/admin/people/{id}/disabled", post(admin_forms::person_disable))
        .route("/admin/people/{id}/link", post(admin_forms::person_link))
        .route("/admin/jobs", get(admin::jobs::show).post(job_forms::start))
        .route("/admin/jobs/new", get(admin::job_new::show))
        .route("/admin/jobs/{id}", get(admin::job::show))
        .route("/admin/jobs/{id}/cancel", post(job_forms::cancel))
        .route("/admin/jobs/{id}/retry", post(job_forms::retry))
        .route("/admin/audit", get(admin::audit::show))
        .route("/admin/status", get(admin::status::show))
}

/// Server functions run with the same visit as pages.
async fn server_function(visit: Visit, request: Request<Body>) -> Response {
    leptos_axum::handle_server_fns_with_context(move || provide_context(visit.clone()), request).await.into_response()
}
