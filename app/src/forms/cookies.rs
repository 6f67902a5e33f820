//! `Set-Cookie` headers.

use alluvium_domain::shop::ProductId;
use alluvium_domain::{Actor, EntryId};
use alluvium_services::MOST_READ;
use alluvium_services::recommend::MOST_SEEN;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::visit::{
    JOURNEY_COOKIE, KNOWN_COOKIE, READ_COOKIE, SAVED_COOKIE, SEEN_COOKIE, SESSION_COOKIE, VISITOR_COOKIE, Visit,
};

/// A year, in seconds.
const YEAR: u32 = 31_536_000;
/// How long a browser keeps the session; the server's record ends it earlier or at the same time.
const SESSION: u32 = 30 * 86_400;

fn secure(visit: &Visit) -> &'static str {
    if visit.origin().is_secure() { "; Secure" } else { "" }
}

/// A preference, kept for a year. Scripts may read it: the theme button does.
pub(crate) fn lasting(visit: &Visit, name: &str, value: &str) -> String {
    let secure = secure(visit);
    format!("{name}={value}; Path=/; Max-Age={YEAR}; SameSite=Lax{secure}")
}

/// The session; an empty secret ends it.
pub(crate) fn session(visit: &Visit, secret: &str) -> String {
    let (name, secure) = (visit.origin().cookie_name(SESSION_COOKIE), secure(visit));
    let age = if secret.is_empty() { 0 } else { SESSION };
    format!("{name}={secret}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

/// What the browser keeps while the person is at the provider of OpenID Connect: ten minutes at most.
pub(crate) fn journey(visit: &Visit, kept: &str) -> String {
    let (name, secure) = (visit.origin().cookie_name(JOURNEY_COOKIE), secure(visit));
    let age = if kept.is_empty() { 0 } else { 600 };
    format!("{name}={kept}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

/// By this the browser is known later for whoever has just signed in.
pub(crate) fn known(visit: &Visit, vouchers: &str) -> String {
    remembered(visit, &visit.origin().cookie_name(KNOWN_COOKIE), vouchers)
}

/// The actor of a form that visitors may send: somebody who is not signed in becomes a visitor with the first one, and gets the cookie for it.
pub(crate) fn as_visitor(visit: &Visit) -> (Actor, Option<String>) {
    if visit.actor.user.is_some() || visit.actor.visitor.is_some() {
        return (visit.actor.clone(), None);
    }
    let (id, value) = visit.services.visitor_new();
    (Actor { visitor: Some(id), ..visit.actor.clone() }, Some(visitor(visit, &value)))
}

/// Which visitor somebody is who is not signed in.
fn visitor(visit: &Visit, value: &str) -> String {
    let secure = secure(visit);
    format!("{VISITOR_COOKIE}={value}; Path=/; Max-Age={SESSION}; HttpOnly; SameSite=Lax{secure}")
}

/// What was read, with this entry as the newest.
pub(crate) fn has_read(visit: &Visit, entry: EntryId) -> String {
    remembered(visit, READ_COOKIE, &newest(entry, &visit.read, MOST_READ, |id| id.0.simple().to_string()))
}

/// Forgets what was read.
pub(crate) fn nothing_read(visit: &Visit) -> String {
    remembered(visit, READ_COOKIE, "")
}

/// Which products were looked at, with this one as the newest.
pub(crate) fn has_seen(visit: &Visit, product: ProductId) -> String {
    remembered(visit, SEEN_COOKIE, &newest(product, &visit.seen, MOST_SEEN, |number| number.0.to_string()))
}

/// Forgets which products were looked at.
pub(crate) fn nothing_seen(visit: &Visit) -> String {
    remembered(visit, SEEN_COOKIE, "")
}

/// The newest of a list and what was in it before, each once, with points between them.
fn newest<T: Copy + PartialEq>(new: T, before: &[T], most: usize, text: impl Fn(T) -> String) -> String {
    let older = before.iter().copied().filter(|other| *other != new);
    std::iter::once(new).chain(older).take(most).map(text).collect::<Vec<_>>().join(".")
}

/// The form with this address was saved: for a minute, until the next page has dropped what the browser kept of it.
pub(crate) fn form_saved(visit: &Visit, address: &str) -> String {
    let secure = secure(visit);
    format!("{SAVED_COOKIE}={address}; Path=/; Max-Age=60; SameSite=Lax{secure}")
}

/// What only this browser keeps; an empty value ends it.
fn remembered(visit: &Visit, name: &str, value: &str) -> String {
    let secure = secure(visit);
    let age = if value.is_empty() { 0 } else { YEAR };
    format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

/// Adds a cookie to an answer where there is one.
pub(crate) fn with_cookies(response: impl IntoResponse, cookie: Option<String>) -> Response {
    match cookie {
        Some(cookie) => with_cookie(response, &cookie),
        None => response.into_response(),
    }
}

/// Adds a cookie to an answer.
pub(crate) fn with_cookie(response: impl IntoResponse, cookie: &str) -> Response {
    let mut response = response.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
