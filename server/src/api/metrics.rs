//! Prometheus metrics.

use std::sync::LazyLock;
use std::time::Instant;

use alluvium_services::Services;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper edges of the latency histogram, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
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
    let method = request.method().as_str().to_owned();
    let start = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!(DURATION, "method" => method, "route" => route, "status" => status)
        .record(start.elapsed().as_secs_f64());
    response
}

/// The text format of Prometheus.
pub(crate) async fn metrics(State(services): State<Services>) -> String {
    let status = services.search_status();
    metrics::gauge!("alluvium_index_entries").set(count(status.entries));
    metrics::gauge!("alluvium_index_passages").set(count(status.passages));
    RECORDER.as_ref().map(PrometheusHandle::render).unwrap_or_default()
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}
