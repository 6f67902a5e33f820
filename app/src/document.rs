//! A document: what a page hands over, and how it becomes an answer.

use std::sync::Arc;

use alluvium_domain::{Lang, Problem, ProblemKind};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, Method, StatusCode, header};
use hydration_context::SsrSharedContext;
use leptos::prelude::*;

use crate::confirm::Unconfirmed;
use crate::pages;
use crate::shell::{BareShell, Shell};
use crate::visit::{App, LANG_COOKIE, Visit};

/// The Content-Security-Policy of every page: scripts, styles and pictures come from this server only, none is inline. A drawing is a `data:` picture.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; frame-src 'self'; \
     object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
/// That of the frame in which diagrams are drawn: the library writes styles into its drawings. It is a document of no origin, without a cookie.
const DIAGRAM_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; \
     form-action 'none'; sandbox allow-scripts";

/// The part of the navigation that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Search,
    Articles,
    Experiments,
    Models,
    Datasets,
    Glossary,
    Shop,
    People,
    Other,
}

/// A script of `public/js` that only some pages need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// Swaps a part of the page in place.
    Regions,
    /// Draws diagrams.
    Diagrams,
    /// Warns before unsaved text is lost.
    Editor,
    /// Reads values back from drawings.
    Plots,
    /// Follows addresses of MLflow's pages.
    Mlflow,
}

impl Script {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Script::Regions => "/js/regions.js",
            Script::Diagrams => "/js/diagrams.js",
            Script::Editor => "/js/editor.js",
            Script::Plots => "/js/plots.js",
            Script::Mlflow => "/js/mlflow.js",
        }
    }
}

/// A page without its frame.
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) section: Section,
    pub(crate) scripts: Vec<Script>,
    /// Not for search engines: drafts, settings, errors.
    pub(crate) private: bool,
    pub(crate) body: Box<dyn FnOnce() -> AnyView + Send>,
    status: StatusCode,
    /// Seconds after which it is worth another try.
    retry_after: Option<u64>,
}

impl Document {
    /// A page; `body` is run when the page is rendered, with the visit in context.
    pub(crate) fn new<V: IntoView + 'static>(
        title: impl Into<String>,
        section: Section,
        body: impl FnOnce() -> V + Send + 'static,
    ) -> Self {
        Document {
            title: title.into(),
            description: String::new(),
            section,
            scripts: Vec::new(),
            private: false,
            body: Box::new(|| body().into_any()),
            status: StatusCode::OK,
            retry_after: None,
        }
    }

    pub(crate) fn describe(self, description: impl Into<String>) -> Self {
        Document { description: description.into(), ..self }
    }

    pub(crate) fn script(mut self, script: Script) -> Self {
        self.scripts.push(script);
        self
    }

    pub(crate) fn private(self) -> Self {
        Document { private: true, ..self }
    }

    pub(crate) fn status(self, status: StatusCode) -> Self {
        Document { status, ..self }
    }

    /// With the status of a problem that the page shows, if there is one, and when to try again.
    pub(crate) fn of_problem(self, problem: Option<&Problem>) -> Self {
        match problem {
            Some(problem) => Document { status: status(problem.kind), retry_after: problem.retry_after(), ..self },
            None => self,
        }
    }
}

impl Visit {
    /// The answer to this visit: the document, or the page that says what went wrong.
    pub(crate) fn answer(&self, result: Result<Document, Problem>) -> Response {
        match result {
            Ok(document) => render(self, document),
            Err(problem) if problem.kind == ProblemKind::Unauthenticated && self.method == Method::GET => {
                Redirect::to(&pages::sign_in::url(self.path_and_query())).into_response()
            }
            Err(problem) => {
                let mut response = render(self, pages::error::document(self, &problem));
                if problem.kind == ProblemKind::Unconfirmed {
                    response.extensions_mut().insert(Unconfirmed);
                }
                response
            }
        }
    }
}

/// The status of a problem, for pages and for the JSON APIs.
pub fn status(kind: ProblemKind) -> StatusCode {
    match kind {
        ProblemKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ProblemKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ProblemKind::Forbidden | ProblemKind::Unconfirmed => StatusCode::FORBIDDEN,
        ProblemKind::NotFound => StatusCode::NOT_FOUND,
        ProblemKind::Conflict => StatusCode::CONFLICT,
        ProblemKind::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        ProblemKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ProblemKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn render(visit: &Visit, document: Document) -> Response {
    let (status, retry_after) = (document.status, document.retry_after);
    let context = visit.clone();
    let html = to_html(move || {
        provide_context(context);
        view! { <Shell document /> }
    });
    let mut response = page(status, html);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if visit.lang_chosen
        && let Ok(value) = HeaderValue::from_str(&crate::forms::cookies::lasting(visit, LANG_COOKIE, visit.lang.code()))
    {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// An error page without the frame that needs a visit: for the server's own middleware, and when the database is away.
pub fn error_page(lang: Lang, problem: &Problem) -> Response {
    let kind = problem.kind;
    let title = problem.title(lang);
    let view = move || view! { <BareShell lang title>{pages::error::view(lang, kind, title, None)}</BareShell> };
    let mut response = page(status(kind), to_html(view));
    if let Some(seconds) = problem.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Renders a view at once: everything it shows has been fetched before.
fn to_html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new())));
    let html = owner.with(|| view().into_view().to_html());
    owner.unset_with_forced_cleanup();
    html
}

/// The frame in which diagrams are drawn.
pub(crate) async fn diagram_frame(State(app): State<App>) -> Response {
    let url = |path: &str| app.options.url(path);
    let html = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Diagrams</title><script src=\"{}\"></script><script src=\"{}\"></script>",
        url("/vendor/mermaid.min.js"),
        url("/js/diagram-frame.js"),
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, DIAGRAM_POLICY),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    (headers, html).into_response()
}

fn page(status: StatusCode, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "cookie, accept-language"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (status, headers, html).into_response()
}
