//! Headers and checks that every page has.

use alluvium_domain::{Problem, ProblemKind};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};

use crate::problem::ApiError;

/// Refuses what another site's page makes a browser send: cookies go along with it, the person's wish does not.
///
/// Browsers say where a request comes from in `Sec-Fetch-Site` or `Origin` (OWASP CSRF cheat sheet, "Fetch Metadata"); programs send
/// neither, and a token in `Authorization` is never sent on its own.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || request.headers().contains_key(header::AUTHORIZATION) || is_same_origin(&request) {
        return next.run(request).await;
    }
    ApiError::from(Problem::new(ProblemKind::Forbidden)).into_response()
}

fn is_same_origin(request: &Request) -> bool {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    match (text("origin"), text("host")) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, authority)| authority == host),
        (Some(_), None) => false,
    }
}

/// Headers of every page. The Content-Security-Policy comes from the app, which knows the nonce of its scripts.
pub(crate) async fn page_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    response
}
