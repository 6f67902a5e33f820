//! `cargo bench -p alluvium --bench load`: how long `/healthz` and an article take while eight people, each with a token, ask for the dearest that a
//! person may ask for, as fast as they get answers; beside the same without them. Loopback only. `ALLUVIUM_ENCODER` names the encoder, as for `serve`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and ends where something is wrong")]

#[expect(dead_code, reason = "each benchmark uses a part of it")]
mod support;

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use support::{Server, answer, connect, open_folder, request};

const CLIENTS: usize = 8;
const PROBES: [&str; 2] = ["/healthz", "/articles/softmax-click-model"];
/// Between two requests of a probe.
const PAUSE: Duration = Duration::from_millis(20);
const ROUND: Duration = Duration::from_secs(60);

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = open_folder();
    let content = root.join("content");
    let mut server = Server::start_with(root, folder.path(), &folder.path().join("site"), &content, |command| {
        command.env_remove("ALLUVIUM_RATE_LIMIT");
    });
    let port = server.port;
    while !String::from_utf8_lossy(&request(&mut connect(port), port, "/api/v1/catalogues").1).contains("\"demo\"") {
        std::thread::sleep(Duration::from_secs(1));
    }
    let tokens: Vec<String> =
        (0..CLIENTS).map(|n| token(root, &folder.path().join("data"), port, &format!("load-{n}"))).collect();

    println!("alone:");
    report(probe(port, &AtomicBool::new(false)));
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = tokens
        .into_iter()
        .enumerate()
        .map(|(n, token)| {
            let over = over.clone();
            std::thread::spawn(move || client(port, &token, n, &over))
        })
        .collect();
    println!("beside {CLIENTS} clients:");
    report(probe(port, &over));
    let mut answers: BTreeMap<(usize, u16), usize> = BTreeMap::new();
    for client in clients {
        for answer in client.join().unwrap() {
            *answers.entry(answer).or_default() += 1;
        }
    }
    for ((what, status), count) in answers {
        println!("  {:<48} {status}: {count}", dear()[what].0);
    }
    println!("resident memory: {:.0} MB", server.resident_mb());
    server.stop();
}

/// Asks for every probe in turns until the round is over, and says so then.
fn probe(port: u16, over: &AtomicBool) -> Vec<Vec<Duration>> {
    let mut stream = connect(port);
    let mut times = vec![Vec::new(); PROBES.len()];
    let since = Instant::now();
    while since.elapsed() < ROUND {
        for (times, path) in times.iter_mut().zip(PROBES) {
            let start = Instant::now();
            assert_eq!(request(&mut stream, port, path).0, 200, "{path}");
            times.push(start.elapsed());
            std::thread::sleep(PAUSE);
        }
    }
    over.store(true, Ordering::Relaxed);
    times
}

fn report(times: Vec<Vec<Duration>>) {
    for (path, mut times) in PROBES.iter().zip(times) {
        times.sort_unstable();
        let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e3;
        let most = times.last().unwrap().as_secs_f64() * 1e3;
        println!(
            "  {path:<32} p50 {:6.1} ms  p99 {:6.1} ms  most {most:6.1} ms  (n = {})",
            at(50),
            at(99),
            times.len()
        );
    }
}

/// What is dear: method and path, and a body.
fn dear() -> Vec<(&'static str, Option<String>)> {
    let texts: Vec<String> =
        (0..64).map(|n| format!("{n} {}", "waterproof hiking shoes for wide feet ".repeat(30))).collect();
    let nested = format!("a: {}{}", "[".repeat(49), "]".repeat(49));
    let yaml = format!("---\n{nested}\n{}---\n", "tags:\n- x\n".repeat(1_000));
    let table = format!("|{}\n|{}\n", "a|".repeat(50), "-|".repeat(50));
    let markdown = format!("{}\n{}\n$x_1^2$ **a** [b](c) `d`\n", "> ".repeat(40), table.repeat(20)).repeat(20);
    vec![
        ("GET /shop/demo/compare?q=light%20running%20shoes%20for%20rain", None),
        ("GET /shop/demo/judge?q=waterproof%20hiking%20boots", None),
        ("POST /v1/embeddings", Some(json!({ "model": "default", "input": texts }).to_string())),
        ("POST /api/validate-yaml", Some(json!({ "content": yaml, "repoType": "model" }).to_string())),
        ("GET /api/v1/search?q=how%20does%20a%20recommender%20learn%20from%20clicks&explain=true&limit=50", None),
        ("GET /api/v1/catalogues/demo/search?q=rnning%20shos%20under%20500&explain=true&limit=50", None),
        ("POST /api/v1/render", Some(json!({ "markdown": markdown, "decorate": true }).to_string())),
        ("GET /search?q=%E6%8E%A8%E8%8D%90%E7%B3%BB%E7%BB%9F%E7%9A%84%E8%AF%84%E4%BC%B0", None),
        ("GET /leaderboards", None),
        ("GET /runs", None),
    ]
}

/// One after the other as fast as the answers come; which of them had which status.
fn client(port: u16, token: &str, first: usize, over: &AtomicBool) -> Vec<(usize, u16)> {
    let dear = dear();
    let mut stream = connect(port);
    let mut answers = Vec::new();
    let mut at = first;
    while !over.load(Ordering::Relaxed) {
        let (head, body) = &dear[at % dear.len()];
        send(&mut stream, port, token, head, body.as_deref().unwrap_or_default());
        answers.push((at % dear.len(), answer(&mut stream).0));
        at += 1;
    }
    answers
}

fn send(stream: &mut BufReader<TcpStream>, port: u16, token: &str, head: &str, body: &str) {
    let length = body.len();
    let head = format!(
        "{head} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.get_mut().write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).unwrap();
}

/// A token of a new author.
fn token(root: &Path, data: &Path, port: u16, name: &str) -> String {
    let text = |command: &mut Command| {
        let output = command.current_dir(root).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let link = text(
        Command::new(env!("CARGO_BIN_EXE_alluvium"))
            .env_remove("DATABASE_URL")
            .env("ALLUVIUM_DATA_DIR", data)
            .args(["user", "add", name, "--role", "author"]),
    );
    let (_, secret) = link.split_once("token=").unwrap();
    let secret = secret.split_whitespace().next().unwrap();
    let address = format!("http://127.0.0.1:{port}");
    text(Command::new("python3").args(["tests/http/token.py", &address, secret]))
}
