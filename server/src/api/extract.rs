//! Who asks, and bodies whose errors are problems too.

use alluvium_domain::{Actor, Issue, Lang, Problem, ProblemKind};
use alluvium_services::Services;
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

/// The actor of a request: by Bearer token, by Basic password (a token again), or by session cookie.
pub(crate) struct Who(pub(crate) Actor);

impl FromRequestParts<Services> for Who {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, ApiError> {
        let lang = lang(parts);
        let in_lang = |problem| ApiError { problem, lang, status: None };
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let token = value.to_str().ok().and_then(token);
            let token = token.ok_or_else(|| in_lang(Problem::new(ProblemKind::Unauthenticated)))?;
            return services.actor_by_token(&token).await.map(Who).map_err(in_lang);
        }
        let jar = CookieJar::from_headers(&parts.headers);
        let secret = jar.get(SESSION_COOKIE).map(|cookie| cookie.value());
        services.actor_by_session(secret).await.map(Who).map_err(in_lang)
    }
}

fn token(header: &str) -> Option<String> {
    let (scheme, rest) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        return text.split_once(':').map(|(_, password)| password.to_owned());
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
