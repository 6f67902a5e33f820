//! `Set-Cookie` headers.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::visit::{SESSION_COOKIE, Visit};

/// A year, in seconds.
const YEAR: u32 = 31_536_000;
/// How long a browser keeps the session; the server's record ends it earlier or at the same time.
const SESSION: u32 = 30 * 86_400;

/// A preference, kept for a year. Scripts may read it: the theme button does.
pub(crate) fn lasting(visit: &Visit, name: &str, value: &str) -> String {
    let secure = if visit.secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={YEAR}; SameSite=Lax{secure}")
}

/// The session; an empty secret ends it.
pub(crate) fn session(visit: &Visit, secret: &str) -> String {
    let secure = if visit.secure { "; Secure" } else { "" };
    let age = if secret.is_empty() { 0 } else { SESSION };
    format!("{SESSION_COOKIE}={secret}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

/// Adds a cookie to an answer.
pub(crate) fn with_cookie(response: impl IntoResponse, cookie: &str) -> Response {
    let mut response = response.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
