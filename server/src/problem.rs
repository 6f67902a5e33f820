//! Problems as HTTP answers: problem+json (RFC 9457).

use alluvium_app::status;
use alluvium_domain::{Lang, Problem};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// A problem as programs read it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// What sort, as a URI reference.
    #[serde(rename = "type")]
    kind: String,
    /// In the caller's language.
    title: String,
    /// The HTTP status.
    status: u16,
    /// More, in the caller's language; empty where there is no more to say.
    detail: String,
    /// The fields that are wrong.
    errors: Vec<FieldBody>,
}

/// One wrong field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldBody {
    /// Its name.
    field: String,
    /// What is wrong, for people.
    message: String,
}

/// An error of the JSON API.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) problem: Problem,
    pub(crate) lang: Lang,
    /// Overrides the status that the kind has (413, 400...).
    pub(crate) status: Option<StatusCode>,
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        ApiError { problem, lang: Lang::En, status: None }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status.unwrap_or_else(|| status(self.problem.kind));
        let code = serde_json::to_value(self.problem.kind).ok();
        let body = ProblemBody {
            kind: format!("/problems/{}", code.as_ref().and_then(|code| code.as_str()).unwrap_or("unknown")),
            title: self.problem.title(self.lang).to_owned(),
            status: status.as_u16(),
            detail: self.problem.detail(self.lang),
            errors: self
                .problem
                .errors
                .iter()
                .map(|error| FieldBody { field: error.field.to_string(), message: error.issue.text(self.lang) })
                .collect(),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.problem.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
