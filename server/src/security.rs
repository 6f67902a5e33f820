//! Headers and checks that every page has.

use alluvium_domain::{Lang, Problem, ProblemKind};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};
use percent_encoding::percent_decode_str;

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

/// Longest part of a path, in bytes: what file systems take for a name (`NAME_MAX`), and longer than any name of ours.
const MAX_SEGMENT: usize = 255;

/// Refuses addresses that name nothing (MLflow's, whose errors have a form of their own, do so themselves): with a NUL character, which Postgres' text cannot hold, or with a name that is too long for a file.
pub(crate) async fn well_formed(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path().starts_with("/api/2.0/") {
        return next.run(request).await;
    }
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let path = decoded(uri.path());
    let wrong_path = path.contains(&0) || path.split(|byte| *byte == b'/').any(|name| name.len() > MAX_SEGMENT);
    let problem = if wrong_path {
        Problem::not_found()
    } else if uri.query().is_some_and(|query| decoded(query).contains(&0)) {
        Problem::refused("query", "不能含有 NUL 字符", "must not hold a NUL character")
    } else {
        return next.run(request).await;
    };
    let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let lang = Lang::from_accept_language(header.unwrap_or_default());
    match is_api(uri.path()) {
        true => ApiError { problem, lang, status: None }.into_response(),
        false => alluvium_app::error_page(lang, &problem),
    }
}

pub(crate) fn is_api(path: &str) -> bool {
    ["/api/", "/v1/"].iter().any(|start| path.starts_with(start))
}

/// Headers of every answer of an API: nothing is guessed about its type, and nothing personal is kept by those between.
pub(crate) async fn api_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response
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
