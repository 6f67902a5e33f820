//! Who asks, and bodies whose errors are problems too.

use alluvium_app::Origin;
use alluvium_domain::{Actor, Issue, Lang, Problem, ProblemKind};
use alluvium_services::{Caller, ClientAddress, Services, TOKEN_PREFIX};
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum_extra::extract::CookieJar;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::problem::ApiError;

/// The name of the session cookie; the app sets it.
const SESSION_COOKIE: &str = alluvium_app::SESSION_COOKIE;

/// How many items one page has: `limit`, which may be missing.
pub(super) fn checked_limit(limit: Option<usize>, default: usize, most: usize) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(default);
    if limit == 0 || limit > most {
        let max = i64::try_from(most).unwrap_or(i64::MAX);
        return Err(Problem::field("limit", Issue::OutOfRange { min: 1, max }));
    }
    Ok(limit)
}

/// The actor of a request: by Bearer token, by Basic name and password (or a token in the password's place), or by session cookie.
pub(crate) struct Who(pub(crate) Actor);

impl FromRequestParts<Services> for Who {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, ApiError> {
        let lang = lang(parts);
        actor(parts, services).await.map(Who).map_err(|problem| ApiError { problem, lang, status: None })
    }
}

/// Who sent a request.
pub(super) async fn actor(parts: &Parts, services: &Services) -> Result<Actor, Problem> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
        let jar = CookieJar::from_headers(&parts.headers);
        let name = parts.extensions.get::<Origin>().map(|origin| origin.cookie_name(SESSION_COOKIE));
        return services
            .actor_by_session(jar.get(name.as_deref().unwrap_or(SESSION_COOKIE)).map(|cookie| cookie.value()))
            .await;
    };
    match value.to_str().ok().and_then(credentials) {
        Some(Credentials::Token(token)) => services.actor_by_token(&token).await,
        Some(Credentials::Password { name, password }) => {
            let address = parts.extensions.get::<ClientAddress>().copied().unwrap_or_default();
            services.actor_by_password(&Caller { address, known: String::new() }, &name, &password).await
        }
        None => Err(Problem::new(ProblemKind::Unauthenticated)),
    }
}

enum Credentials {
    Token(String),
    Password { name: String, password: String },
}

fn credentials(header: &str) -> Option<Credentials> {
    let (scheme, rest) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credentials::Token(rest.trim().to_owned()));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        let (name, password) = text.split_once(':')?;
        return Some(match password.starts_with(TOKEN_PREFIX) {
            true => Credentials::Token(password.to_owned()),
            false => Credentials::Password { name: name.to_owned(), password: password.to_owned() },
        });
    }
    None
}

fn lang(parts: &Parts) -> Lang {
    let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header.map_or(Lang::En, Lang::from_accept_language)
}

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Body(body)),
            Err(rejection) => {
                let status = match &rejection {
                    JsonRejection::JsonSyntaxError(_) => StatusCode::BAD_REQUEST,
                    other => other.status(),
                };
                Err(malformed("body", rejection.body_text(), status))
            }
        }
    }
}

/// Query parameters.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub(crate) struct Query<T>(pub(crate) T);

/// Path parameters.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub(crate) struct Path<T>(pub(crate) T);

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        malformed("query", rejection.body_text(), StatusCode::BAD_REQUEST)
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        malformed("path", rejection.body_text(), StatusCode::BAD_REQUEST)
    }
}

fn malformed(field: &'static str, expected: String, status: StatusCode) -> ApiError {
    let problem = Problem::field(field, Issue::Malformed { expected: expected.into() });
    ApiError { problem, lang: Lang::En, status: Some(status) }
}
