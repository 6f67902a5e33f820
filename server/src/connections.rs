//! Connections: how many there are at once, and how long one may be slow.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;
use tower::Service;

/// Connections at once; more wait in the kernel's queue. A process may have 20,000 files open on most systems, and a connection needs few of them.
const MAX_CONNECTIONS: usize = 4_096;
/// The headers of a request must be whole by then, counted from when the one before was answered: an idle connection is closed too.
const HEADERS: Duration = Duration::from_secs(30);
/// A client that takes nothing of an answer for so long is gone.
const STALLED: Duration = Duration::from_secs(60);
/// The pause after the system refuses a connection (out of files).
const PAUSE: Duration = Duration::from_millis(100);

/// Answers connections until `stop` says so, then waits until those that are open have ended. Each request knows its peer ([`ConnectInfo`]).
pub async fn serve_connections(listener: TcpListener, app: Router, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let open = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = stopped(&mut stop) => break,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let (app, stop) = (app.clone(), stop.clone());
                open.spawn(async move {
                    serve_one(stream, ConnectInfo(peer), app, stop).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    open.close();
    open.wait().await;
}

type Accepted = (TcpStream, std::net::SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<Accepted> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

/// Ends when it is time to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone stops too.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn serve_one(
    stream: TcpStream,
    peer: ConnectInfo<std::net::SocketAddr>,
    app: Router,
    mut stop: watch::Receiver<bool>,
) {
    // Without it the last part of a file waits for the client's delayed acknowledgement: 40 ms on a kept connection.
    let set = stream.set_nodelay(true).and_then(|()| {
        let stalled = u32::try_from(STALLED.as_millis()).unwrap_or(u32::MAX);
        rustix::net::sockopt::set_tcp_user_timeout(&stream, stalled).map_err(io::Error::from)
    });
    if let Err(error) = set {
        tracing::debug!(%error, "cannot set options of a connection");
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        app.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let done = tokio::select! {
        done = connection.as_mut() => done,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = done {
        tracing::debug!(%error, "a connection ended");
    }
}
