//! Errors as the client reads them: a code in a header, a text in the body.

use alluvium_domain::{Lang, Problem, ProblemKind};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use crate::problem::ApiError;

/// An error with the client's code.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    code: Option<&'static str>,
    message: String,
    /// Seconds after which it is worth another try.
    retry_after: Option<u64>,
}

impl Fault {
    /// No such model.
    pub(super) fn repository(problem: Problem) -> Fault {
        Fault::from(problem).coded("RepoNotFound")
    }

    /// No such version.
    pub(super) fn revision(problem: Problem) -> Fault {
        Fault::from(problem).coded("RevisionNotFound")
    }

    /// No such file.
    pub(super) fn entry(problem: Problem) -> Fault {
        Fault::from(problem).coded("EntryNotFound")
    }

    /// A request that is not understood.
    pub(super) fn malformed(message: impl Into<String>) -> Fault {
        Fault { status: StatusCode::BAD_REQUEST, code: None, message: message.into(), retry_after: None }
    }

    /// What is said.
    #[cfg(test)]
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    fn coded(self, code: &'static str) -> Fault {
        Fault { code: (self.status == StatusCode::NOT_FOUND).then_some(code), ..self }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        let status = match problem.kind {
            // The client shows the text of a 400.
            ProblemKind::Invalid => StatusCode::BAD_REQUEST,
            kind => alluvium_app::status(kind),
        };
        Fault { status, code: None, message: text(&problem), retry_after: problem.retry_after() }
    }
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Fault {
        let fault = Fault::from(error.problem);
        Fault { status: error.status.unwrap_or(fault.status), ..fault }
    }
}

fn text(problem: &Problem) -> String {
    if problem.errors.is_empty() { problem.title(Lang::En).to_owned() } else { problem.detail(Lang::En) }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.message }))).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(code) = self.code {
            headers.insert(HeaderName::from_static("x-error-code"), HeaderValue::from_static(code));
        }
        let visible: String = self.message.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
        if let Ok(message) = HeaderValue::from_str(&visible) {
            headers.insert(HeaderName::from_static("x-error-message"), message);
        }
        response
    }
}
