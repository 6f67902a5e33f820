//! `cargo bench -p alluvium --bench runs -- [RUNS]` (default 10000): how long a client on loopback waits for a page of runs.
//!
//! Makes so many runs in one experiment, each with 20 parameters, 20 metrics (one of them with ten steps) and its tags, over the MLflow API, then asks
//! for pages with filter and order, through the MLflow API and through `/api/v1` (which also counts all runs that fulfil the filter). Embedded Postgres.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and ends where something is wrong")]

mod support;

use std::fmt::Write as _;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use alluvium_domain::percent_encoded;
use base64::Engine as _;
use support::{Server, answer, connect, open_folder, request};

const NAME: &str = "bench";
const PASSWORD: &str = "a password for benchmarks only";
/// Connections that record at once.
const WRITERS: usize = 4;
const ROUNDS: usize = 30;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let count: usize = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let folder = open_folder();
    let mut server = Server::start(root, folder.path(), &folder.path().join("site"), &folder.path().join("content"));
    println!("served after {:.1} s", server.started.as_secs_f64());
    add_person(root, &folder.path().join("data"));
    let experiment =
        text(&post(&mut connect(server.port), "experiments/create", r#"{"name": "bench"}"#), "experiment_id");

    let since = Instant::now();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (port, experiment) = (server.port, &experiment);
            scope.spawn(move || {
                let mut stream = connect(port);
                for number in (writer..count).step_by(WRITERS) {
                    record(&mut stream, experiment, number);
                }
            });
        }
    });
    let seconds = since.elapsed().as_secs_f64();
    println!(
        "{count} runs recorded in {seconds:.1} s, {:.0} a second over {WRITERS} connections",
        count as f64 / seconds
    );

    let mut stream = connect(server.port);
    let all = format!(r#""experiment_ids": ["{experiment}"]"#);
    let filter = r#""filter": "metrics.m3 > 0.5 AND params.p1 = 'v1' AND tags.team LIKE 'te%'", "order_by": ["metrics.m7 DESC", "params.p2"]"#;
    let sort = r#""order_by": ["metrics.m7 DESC"]"#;
    for (name, body) in [
        ("newest 100", format!(r#"{{{all}, "max_results": 100}}"#)),
        ("sorted by a metric, 100", format!(r#"{{{all}, {sort}, "max_results": 100}}"#)),
        ("filtered and sorted, 100", format!(r#"{{{all}, {filter}, "max_results": 100}}"#)),
        ("filtered and sorted, 1,000", format!(r#"{{{all}, {filter}, "max_results": 1000}}"#)),
    ] {
        measure(&format!("MLflow, {name}"), || {
            let body = post(&mut stream, "runs/search", &body);
            body.len()
        });
    }
    let first = post(
        &mut stream,
        "runs/search",
        &format!(r#"{{{all}, {sort}, "max_results": {}}}"#, (count * 9 / 10).min(5_000)),
    );
    let token = text(&first[first.len() - 200..], "next_page_token");
    let body = format!(r#"{{{all}, {sort}, "max_results": 100, "page_token": "{token}"}}"#);
    measure("MLflow, sorted, a page far behind", || post(&mut stream, "runs/search", &body).len());

    let query = percent_encoded("metrics.m3 > 0.5 AND params.p1 = 'v1' AND tags.team LIKE 'te%'");
    let port = server.port;
    for (name, path) in [
        ("newest 50 and count", format!("/api/v1/experiments/{experiment}/runs")),
        ("sorted by a metric, 50 and count", format!("/api/v1/experiments/{experiment}/runs?order=metrics.m7%20DESC")),
        (
            "filtered, sorted, 50 and count",
            format!("/api/v1/experiments/{experiment}/runs?order=metrics.m7%20DESC&filter={query}"),
        ),
        ("names of columns", format!("/api/v1/experiments/{experiment}/keys")),
    ] {
        measure(&format!("/api/v1, {name}"), || {
            let (status, body) = request(&mut stream, port, &path);
            assert_eq!(status, 200, "{path}");
            body.len()
        });
    }
    println!("resident memory {:.0} MB", server.resident_mb());
    server.stop();
}

/// Adds the person who records, by command, on the server's own database.
fn add_person(root: &Path, data: &Path) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_alluvium"))
        .args(["user", "add", NAME, "--role", "author", "--password-stdin"])
        .current_dir(root)
        .env_remove("DATABASE_URL")
        .env("ALLUVIUM_DATA_DIR", data)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(child.wait().unwrap().success());
}

/// A run as a training script records it: begun, one batch, ended.
fn record(stream: &mut BufReader<TcpStream>, experiment: &str, number: usize) {
    let team = ["team-a", "team-b", "ops"][number % 3];
    let begun = format!(
        r#"{{"experiment_id": "{experiment}", "start_time": {}, "tags": [{{"key": "team", "value": "{team}"}}]}}"#,
        1_700_000_000_000_u64 + number as u64
    );
    let id = text(&post(stream, "runs/create", &begun), "run_id");
    let (mut metrics, mut params) = (String::new(), String::new());
    for key in 0..20 {
        // Spread evenly over [0, 1) and different for each key.
        let value = (number * (2 * key + 7919) % 10_007) as f64 / 10_007.0;
        for step in 0..if key == 0 { 10 } else { 1 } {
            write!(metrics, r#"{{"key": "m{key}", "value": {value}, "timestamp": {step}, "step": {step}}},"#).unwrap();
        }
        write!(params, r#"{{"key": "p{key}", "value": "v{}"}},"#, number / (key + 1) % (key + 2)).unwrap();
    }
    let batch = format!(
        r#"{{"run_id": "{id}", "metrics": [{}], "params": [{}]}}"#,
        metrics.trim_end_matches(','),
        params.trim_end_matches(',')
    );
    post(stream, "runs/log-batch", &batch);
    post(stream, "runs/update", &format!(r#"{{"run_id": "{id}", "status": "FINISHED"}}"#));
}

fn post(stream: &mut BufReader<TcpStream>, path: &str, body: &str) -> Vec<u8> {
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{NAME}:{PASSWORD}"));
    write!(
        stream.get_mut(),
        "POST /api/2.0/mlflow/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {credentials}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let (status, body) = answer(stream);
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
    body
}

/// The first value of a text field in an answer.
fn text(body: &[u8], field: &str) -> String {
    let body = String::from_utf8_lossy(body);
    let (_, rest) = body.split_once(&format!("\"{field}\":\"")).unwrap_or_else(|| panic!("no {field} in {body}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Asks again and again; prints what a client waited. The first two answers warm up.
fn measure(name: &str, mut ask: impl FnMut() -> usize) {
    let mut size = 0;
    let mut times: Vec<f64> = (0..ROUNDS + 2)
        .map(|_| {
            let start = Instant::now();
            size = ask();
            start.elapsed().as_secs_f64() * 1e3
        })
        .skip(2)
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "  {name:<44} p50 {:7.2} ms  max {:7.2} ms  {:7.1} kB",
        times[ROUNDS / 2],
        times[ROUNDS - 1],
        size as f64 / 1e3
    );
}
