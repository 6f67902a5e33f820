//! Prometheus metrics.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Instant;

use alluvium_domain::Action;
use alluvium_services::Services;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use http::request::Parts;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::extract::actor;
use crate::problem::ApiError;

/// Upper edges of the latency histogram, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
const KNOWN: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
const DURATION: &str = "http_request_duration_seconds";

/// The recorder of the process: installed once, whoever asks first.
static RECORDER: LazyLock<Option<PrometheusHandle>> = LazyLock::new(|| {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &BUCKETS).ok()?;
    builder.install_recorder().ok()
});

/// Counts and times requests by route (never by path: that would be one series for each article).
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    LazyLock::force(&RECORDER);
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    // A made-up method would be a series of its own.
    let method = KNOWN.iter().find(|known| *known == request.method()).map_or("other", Method::as_str).to_owned();
    let start = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!(DURATION, "method" => method, "route" => route, "status" => status)
        .record(start.elapsed().as_secs_f64());
    response
}

/// The text format of Prometheus, for programs of this machine that no proxy stands before, and for everybody with a token.
pub(crate) async fn metrics(State(services): State<Services>, request: Parts) -> Result<String, ApiError> {
    let forwarded = ["forwarded", "x-forwarded-for"].iter().any(|name| request.headers.contains_key(*name));
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.ip().to_canonical());
    if forwarded || !peer.is_some_and(|peer| peer.is_loopback()) {
        actor(&request, &services).await?.may(Action::OwnAccount)?;
    }
    let status = services.search_status();
    metrics::gauge!("alluvium_index_entries").set(count(status.entries));
    metrics::gauge!("alluvium_index_passages").set(count(status.passages));
    Ok(RECORDER.as_ref().map(PrometheusHandle::render).unwrap_or_default())
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}
