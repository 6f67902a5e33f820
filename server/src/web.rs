//! The web server: one router of pages and APIs, middleware, start and stop.

use std::sync::Arc;
use std::time::Duration;

use alluvium_app::BODY_LIMIT;
use alluvium_services::Services;
use alluvium_services::shop::DemoPlan;
use anyhow::Context;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use http::{HeaderName, StatusCode};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use tower_http::trace::TraceLayer;

use crate::client::TrustedProxies;
use crate::commands::print;
use crate::config::Config;
use crate::connections::serve_connections;
use crate::hosts::Hosts;
use crate::limits::Limits;
use crate::{api, client, hosts, limits, security};

/// No request may take longer, except one that moves a file.
const TIMEOUT: Duration = Duration::from_secs(60);
/// A body of which nothing comes for so long is given up.
const SILENT_BODY: Duration = Duration::from_secs(30);
/// So long open requests may take to end after an interrupt.
const DRAIN: Duration = Duration::from_secs(5);

/// The whole application as one service.
pub fn router(services: Services, config: &Config) -> anyhow::Result<Router> {
    let request_id = HeaderName::from_static("x-request-id");
    let pages = alluvium_app::router(services.clone(), alluvium_app::Options::new(&config.site_dir, config.origin()))
        .layer(axum::middleware::from_fn(security::page_headers));
    let hosts = Hosts::new(config.origin(), config.public_url.as_deref(), &config.hosts, config.addr);
    let compressed = SizeAbove::new(512)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("application/octet-stream"));
    Ok(Router::new()
        .merge(api::router(services.clone(), &config.origin())?.layer(axum::middleware::from_fn(security::api_headers)))
        .merge(pages)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .merge(api::streams(services).layer(axum::middleware::from_fn(security::api_headers)))
        .layer(RequestBodyTimeoutLayer::new(SILENT_BODY))
        .layer(axum::middleware::from_fn(security::well_formed))
        .layer(axum::middleware::from_fn(security::same_origin))
        .layer(axum::middleware::from_fn_with_state(Arc::new(Limits::new(config.rate_limit)?), limits::limited))
        .layer(axum::middleware::from_fn(api::metrics::measure))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(axum::middleware::from_fn_with_state(TrustedProxies::new(&config.trusted_proxies), client::note))
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::from_fn_with_state(hosts, hosts::check))
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        // The span holds method and path only: a query may hold a one-time secret.
        .layer(TraceLayer::new_for_http().make_span_with(|request: &axum::extract::Request| {
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        }))
        .layer(SetRequestIdLayer::new(request_id, MakeRequestUuid)))
}

/// Serves until interrupted.
pub async fn serve(config: &Config, services: Services) -> anyhow::Result<()> {
    if services.is_empty().await? && config.content_dir.is_dir() {
        tracing::info!("loading the starting content from {}", config.content_dir.display());
        let report = services.content_import(&config.content_dir).await?;
        for (file, problem) in &report.errors {
            tracing::warn!("{file}: {problem}");
        }
        tracing::info!("{} entries loaded", report.created);
    }
    let demo = first_shop(config, &services).await?;
    let listener = tokio::net::TcpListener::bind(config.addr)
        .await
        .with_context(|| format!("cannot listen on {} (ALLUVIUM_ADDR)", config.addr))?;
    // The port may have been the system's to choose.
    let config = &Config { addr: listener.local_addr()?, ..config.clone() };
    let origin = config.origin();
    if origin.is_secure() && config.trusted_proxies.is_empty() {
        tracing::warn!(
            "no proxy is trusted (ALLUVIUM_TRUSTED_PROXIES): everybody shares the sign-in attempts of its address"
        );
    }
    let app = router(services.clone(), config)?;
    // What waits for the program reads until it is ready.
    if let Some(secret) = services.first_admin_link().await? {
        print(&format!(
            "\n  No administrator has a password yet. Sign in once within 24 hours and set one:\n  {origin}/sign-in/link?token={secret}"
        ))?;
    }
    print(&format!("\n  沃土 Alluvium is ready: {origin}\n"))?;
    let encoding = services.clone();
    let encoding = AbortOnDrop(
        tokio::spawn(async move {
            if let Err(error) = encoding.encode_missing().await {
                tracing::warn!(error = ?error, "not all entries have a vector: they are found by words alone");
            }
        })
        .abort_handle(),
    );
    let demo = tokio::spawn(prepare_shops(demo, services.clone(), config.background_training));
    let worker = config.worker.then(|| {
        let (services, settings) = (services.clone(), config.worker_settings(true, true));
        tokio::spawn(async move { services.jobs_work(settings).await })
    });
    let rounds = (config.round_hours > 0).then(|| {
        let (services, every) = (services.clone(), Duration::from_secs(config.round_hours * 3600));
        AbortOnDrop(tokio::spawn(async move { services.rounds_scheduled(every).await }).abort_handle())
    });
    let collecting = {
        let services = services.clone();
        AbortOnDrop(tokio::spawn(async move { services.files_collected().await }).abort_handle())
    };
    let closing = services.clone();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut drain = stopped.clone();
    tokio::spawn(async move {
        interrupted().await;
        // Streams end, and the worker gives its job back.
        closing.jobs_close();
        let _ = stop.send(true);
    });
    tokio::select! {
        () = serve_connections(listener, app, stopped) => {}
        () = async {
            let _ = drain.wait_for(|stop| *stop).await;
            tokio::time::sleep(DRAIN).await;
        } => tracing::warn!("some requests did not end within {DRAIN:?}"),
    }
    tracing::info!("stopping");
    // What is not there whole by now is made at the next start.
    demo.abort();
    drop((rounds, collecting, encoding));
    services.jobs_close();
    if let Some(worker) = worker
        && tokio::time::timeout(DRAIN, worker).await.is_err()
    {
        tracing::warn!("the worker did not give its job back within {DRAIN:?}; another one takes it up later");
    }
    Ok(())
}

/// Waits for the demo shop, reads what the home page shows of it, then puts the training of the recommendation models that are missing into the queue, if
/// there is to be training.
async fn prepare_shops(demo: Option<tokio::task::JoinHandle<()>>, services: Services, training: bool) {
    if let Some(mut demo) = demo {
        // Goes with this task when that is aborted.
        let _guard = AbortOnDrop(demo.abort_handle());
        let _ = (&mut demo).await;
    }
    services.shop_window_prepare().await;
    if training && let Err(error) = services.jobs_add_missing().await {
        tracing::warn!(error = ?error, "cannot put trainings into the queue");
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins to make the demo shop up where the starting content is there and there is no shop yet. Nobody waits for it.
async fn first_shop(config: &Config, services: &Services) -> anyhow::Result<Option<tokio::task::JoinHandle<()>>> {
    if !config.content_dir.is_dir() || !services.has_no_shop().await? {
        return Ok(None);
    }
    let services = services.clone();
    Ok(Some(tokio::spawn(async move {
        match services.shop_demo(DemoPlan::default()).await {
            Ok((catalogue, _)) => tracing::info!("the demo shop is ready: {} products", catalogue.products),
            Err(problem) => tracing::warn!("the demo shop was not made: {problem}"),
        }
    })))
}

/// Ends when the process is asked to stop.
pub(crate) async fn interrupted() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
