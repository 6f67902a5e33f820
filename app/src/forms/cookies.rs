//! `Set-Cookie` headers.

use alluvium_domain::EntryId;
use alluvium_services::MOST_READ;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::visit::{READ_COOKIE, SAVED_COOKIE, SESSION_COOKIE, Visit};

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

/// What was read, with this entry as the newest.
pub(crate) fn has_read(visit: &Visit, entry: EntryId) -> String {
    let older = visit.read.iter().copied().filter(|other| *other != entry);
    let ids: Vec<String> =
        std::iter::once(entry).chain(older).take(MOST_READ).map(|id| id.0.simple().to_string()).collect();
    reading(visit, &ids.join("."))
}

/// Forgets what was read.
pub(crate) fn nothing_read(visit: &Visit) -> String {
    reading(visit, "")
}

/// The form with this address was saved: for a minute, until the next page has dropped what the browser kept of it.
pub(crate) fn form_saved(visit: &Visit, address: &str) -> String {
    let secure = if visit.secure { "; Secure" } else { "" };
    format!("{SAVED_COOKIE}={address}; Path=/; Max-Age=60; SameSite=Lax{secure}")
}

fn reading(visit: &Visit, ids: &str) -> String {
    let secure = if visit.secure { "; Secure" } else { "" };
    let age = if ids.is_empty() { 0 } else { YEAR };
    format!("{READ_COOKIE}={ids}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

/// Adds a cookie to an answer.
pub(crate) fn with_cookie(response: impl IntoResponse, cookie: &str) -> Response {
    let mut response = response.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
