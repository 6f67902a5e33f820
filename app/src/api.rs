//! Server functions, for the islands only. They are public endpoints under `/api/fn`: the use cases authorise.

pub(crate) mod judging;
pub(crate) mod preview;
pub(crate) mod search;

use alluvium_domain::Problem;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// What an island is told when a call fails: why, in English. Islands show sentences of their own; to read a whole problem is much code for
/// a browser to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure(String);

impl FromServerFnError for Failure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Failure(Problem::internal().to_string())
    }
}

#[cfg(feature = "ssr")]
impl From<Problem> for Failure {
    /// Gives the answer the status that the problem has.
    fn from(problem: Problem) -> Self {
        if let Some(options) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
            options.set_status(crate::document::status(problem.kind));
        }
        Failure(problem.to_string())
    }
}

/// The visit that a server function runs for.
#[cfg(feature = "ssr")]
fn visit() -> Result<crate::visit::Visit, Failure> {
    crate::visit::Visit::current().ok_or_else(|| Failure::from(Problem::internal()))
}
