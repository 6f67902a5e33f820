//! Errors as the client reads them.

use alluvium_domain::{Issue, Lang, Problem, ProblemKind};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::problem::ApiError;

/// An error with the client's code.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Fault {
    /// A parameter that cannot be taken.
    pub(crate) fn parameter(message: impl Into<String>) -> Fault {
        Fault { status: StatusCode::BAD_REQUEST, code: "INVALID_PARAMETER_VALUE", message: message.into() }
    }

    /// Something that is not there.
    pub(crate) fn missing(message: impl Into<String>) -> Fault {
        Fault { status: StatusCode::NOT_FOUND, code: "RESOURCE_DOES_NOT_EXIST", message: message.into() }
    }

    /// The same with another message where nothing was found.
    pub(crate) fn not_found(problem: Problem, message: impl FnOnce() -> String) -> Fault {
        if problem.kind == ProblemKind::NotFound { Fault::missing(message()) } else { problem.into() }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        let taken = problem.errors.iter().any(|error| matches!(error.issue, Issue::Taken { .. }));
        let (status, code) = match problem.kind {
            ProblemKind::Invalid => (StatusCode::BAD_REQUEST, "INVALID_PARAMETER_VALUE"),
            ProblemKind::Unauthenticated => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
            ProblemKind::Forbidden => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
            ProblemKind::NotFound => (StatusCode::NOT_FOUND, "RESOURCE_DOES_NOT_EXIST"),
            ProblemKind::Conflict if taken => (StatusCode::BAD_REQUEST, "RESOURCE_ALREADY_EXISTS"),
            ProblemKind::Conflict => (StatusCode::CONFLICT, "RESOURCE_CONFLICT"),
            ProblemKind::Overloaded => (StatusCode::TOO_MANY_REQUESTS, "REQUEST_LIMIT_EXCEEDED"),
            ProblemKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "TEMPORARILY_UNAVAILABLE"),
            ProblemKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
        };
        let message = match problem.errors.as_slice() {
            [] => problem.title(Lang::En).to_owned(),
            _ => problem.detail(Lang::En),
        };
        Fault { status, code, message }
    }
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Fault {
        error.problem.into()
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let body = json!({ "error_code": self.code, "message": self.message });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"mlflow\""));
        }
        response
    }
}
