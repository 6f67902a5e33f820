//! Logging.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts the log: `RUST_LOG`, or what a person wants to see.
pub(crate) fn init(json: bool) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,tantivy=warn,sqlx=warn,hyper=warn,leptos_axum=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process (tests) keeps the first log.
    let _ = if json { builder.json().try_init() } else { builder.with_target(false).try_init() };
}
