//! Problems as MLflow errors: `{error_code, message}`, with the texts that clients and their tests look for.

use alluvium_domain::tracking::filter::{Fault, Wanted};
use alluvium_domain::{FieldError, Issue, Lang, Problem, ProblemKind};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::fields::{invalid_value, missing};

/// An error as MLflow says it.
#[derive(Debug)]
pub(in crate::api) struct MlflowError {
    pub(in crate::api) status: StatusCode,
    pub(in crate::api) code: &'static str,
    pub(in crate::api) message: String,
    /// Seconds after which it is worth another try.
    retry_after: Option<u64>,
}

impl MlflowError {
    /// Any error.
    pub(in crate::api) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> MlflowError {
        MlflowError { status, code, message: message.into(), retry_after: None }
    }

    /// What was sent is wrong.
    pub(in crate::api) fn invalid(message: impl Into<String>) -> MlflowError {
        MlflowError::new(StatusCode::BAD_REQUEST, "INVALID_PARAMETER_VALUE", message)
    }

    /// What was asked for is not there.
    pub(in crate::api) fn absent(message: impl Into<String>) -> MlflowError {
        MlflowError::new(StatusCode::NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", message)
    }
}

impl IntoResponse for MlflowError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error_code": self.code, "message": self.message }));
        let mut response = (self.status, body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // Never Basic: a browser that was once asked for a password sends it along to wherever another site's page points.
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Problem> for MlflowError {
    fn from(problem: Problem) -> Self {
        use StatusCode as Status;
        match (problem.kind, problem.errors.first()) {
            (ProblemKind::Unauthenticated, _) => MlflowError::new(
                Status::UNAUTHORIZED,
                "UNAUTHENTICATED",
                "You are not authenticated: send name and password (MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD) or an API token \
                 (MLFLOW_TRACKING_TOKEN)",
            ),
            (ProblemKind::Forbidden, _) => {
                MlflowError::new(Status::FORBIDDEN, "PERMISSION_DENIED", "Permission denied: your role may not do this")
            }
            (ProblemKind::Overloaded, _) => {
                let error =
                    MlflowError::new(Status::TOO_MANY_REQUESTS, "REQUEST_LIMIT_EXCEEDED", problem.title(Lang::En));
                MlflowError { retry_after: problem.retry_after(), ..error }
            }
            (ProblemKind::Unavailable, _) => {
                MlflowError::new(Status::SERVICE_UNAVAILABLE, "TEMPORARILY_UNAVAILABLE", problem.title(Lang::En))
            }
            (ProblemKind::Internal, _) => {
                MlflowError::new(Status::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", problem.title(Lang::En))
            }
            (ProblemKind::NotFound, Some(error)) => MlflowError::absent(absent(error)),
            (ProblemKind::NotFound, None) => MlflowError::absent(problem.title(Lang::En)),
            (ProblemKind::Conflict, Some(FieldError { field, issue: Issue::Taken { value } })) => {
                let message = match field.as_ref() {
                    "experiment_name" => format!("Experiment(name={value}) already exists."),
                    "registered_model" => format!("Registered Model (name={value}) already exists."),
                    _ => format!("{field} '{value}' already exists."),
                };
                MlflowError::new(Status::BAD_REQUEST, "RESOURCE_ALREADY_EXISTS", message)
            }
            (ProblemKind::Conflict, Some(error)) => {
                MlflowError::new(Status::CONFLICT, "RESOURCE_CONFLICT", error.issue.text(Lang::En))
            }
            (_, Some(error)) => invalid(error),
            (_, None) => MlflowError::invalid(problem.title(Lang::En)),
        }
    }
}

/// What does not exist, by the field that named it.
fn absent(error: &FieldError) -> String {
    let Issue::Unknown { value } = &error.issue else { return error.issue.text(Lang::En) };
    match error.field.as_ref() {
        "run_id" => format!("Run with id={value} not found"),
        "experiment_id" => format!("No Experiment with id={value} exists"),
        "experiment_name" => format!("Could not find experiment with name '{value}'"),
        "model_id" => format!("Logged model with ID '{value}' not found."),
        "registered_model" => format!("Registered Model with name={value} not found"),
        "model_version" => {
            let (name, number) = value.rsplit_once('/').unwrap_or((value, ""));
            format!("Model Version (name={name}, version={number}) not found")
        }
        "tag" => format!("No tag with name: {value}"),
        "path" => format!("No such artifact: '{value}'"),
        field => format!("No {field} '{value}'"),
    }
}

fn invalid(error: &FieldError) -> MlflowError {
    let field = error.field.as_ref();
    match &error.issue {
        Issue::Required => missing(field),
        Issue::TooLong { limit, .. } => {
            MlflowError::invalid(format!("'{}' exceeds the maximum length of {limit} characters", limited(field)))
        }
        Issue::TooMany { limit, actual } => MlflowError::invalid(format!(
            "A batch logging request can contain at most {limit} {field}. Got {actual} {field}. Please split up {field} across multiple requests and \
             try again."
        )),
        Issue::Unfit { .. } if field == "path" => MlflowError::invalid("Invalid path"),
        Issue::Unfit { value, expected } => {
            // MLflow says `name` where a metric's key is wrong.
            let path = match field.strip_suffix(".key") {
                Some(place) if place.starts_with("metrics[") => format!("{place}.name"),
                _ => field.to_owned(),
            };
            invalid_value(&path, &value.as_str().into(), expected)
        }
        Issue::Deleted { value } => {
            let what = if field == "experiment_id" { "experiment" } else { "run" };
            MlflowError::invalid(format!("The {what} {value} must be in the 'active' state. Current state is deleted."))
        }
        Issue::Fixed { old, new, .. } if field == "run_name" => MlflowError::invalid(format!(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='{new}', mlflow.runName='{old}')."
        )),
        Issue::Repeated { value } if field == "params" => MlflowError::invalid(format!(
            "Duplicate parameter keys have been submitted: ['{value}']. Please ensure the request contains only one param value per param key."
        )),
        Issue::Repeated { value } if field == "order_by" => {
            MlflowError::invalid(format!("`order_by` contains duplicate fields: ['{value}']"))
        }
        Issue::TooLarge { limit } => MlflowError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "INVALID_PARAMETER_VALUE",
            format!("The file has more than {limit} bytes"),
        ),
        Issue::Syntax { at, fault } => {
            MlflowError::invalid(format!("{} (character {at} of {field})", syntax(field, fault)))
        }
        Issue::Malformed { .. } if field == "page_token" => MlflowError::invalid("Invalid page token"),
        issue => MlflowError::invalid(format!("{field}: {}", issue.text(Lang::En))),
    }
}

/// A batch's fields as MLflow calls them where they are too long.
fn limited(field: &str) -> &str {
    match (field.split_once('['), field.rsplit_once('.')) {
        (Some(("metrics", _)), Some((_, "key"))) => "Metric name",
        (Some(("params", _)), Some((_, "key"))) => "Param key",
        (Some(("params", _)), Some((_, "value"))) => "Param value",
        _ => field,
    }
}

fn syntax(field: &str, fault: &Fault) -> String {
    match fault {
        Fault::Expected { wanted: Wanted::Number, found } => {
            format!("Expected numeric value type for metric. Found {found}")
        }
        Fault::Expected { wanted: Wanted::Text, found } => {
            format!("Expected a quoted string value (e.g. 'my-value'). Got value {found}")
        }
        Fault::Expected { wanted: Wanted::Direction, found } => format!("Invalid order_by clause: found '{found}'"),
        fault @ Fault::Expected { .. } if field.starts_with("order_by") => {
            format!("Invalid order_by clause. Could not be parsed: {}", fault.text(Lang::En))
        }
        fault @ Fault::Expected { .. } => format!("Invalid clause(s) in filter string: {}", fault.text(Lang::En)),
        Fault::Scope { found, known } => format!("Invalid entity type '{found}'. Valid values are [{known}]"),
        Fault::Column { found, known } => {
            format!("Invalid attribute key '{found}' specified. Valid keys are '{{{known}}}'")
        }
        Fault::Comparator { found, known } => format!("Invalid comparator '{found}' not one of '{{{known}}}'"),
    }
}
