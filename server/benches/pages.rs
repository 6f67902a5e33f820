//! `cargo bench -p alluvium --bench pages`: an article page against the same bytes as a static file of the same server, in turns; start-up
//! time and resident memory. Loopback only. `ALLUVIUM_ENCODER` names the encoder, as for `serve`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and ends where something is wrong")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use support::{Server, connect, open_folder, request};

const ARTICLE: &str = "/articles/softmax-click-model";
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 2;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let content = root.join("content");
    let folder = open_folder();
    let site = folder.path().join("site");
    std::fs::create_dir_all(&site).unwrap();
    let mut cold = Server::start(root, folder.path(), &site, &content);
    let first = cold.started;
    let html = request(&mut connect(cold.port), cold.port, ARTICLE).1;
    std::fs::write(site.join("same-bytes.html"), &html).unwrap();
    cold.stop();

    let mut server = Server::start(root, folder.path(), &site, &content);
    println!("first start (new cluster, starting content encoded): {:.2} s", first.as_secs_f64());
    println!("later start: {:.2} s", server.started.as_secs_f64());
    println!("resident memory after start: {:.0} MB", server.resident_mb());

    let (mut page, mut file) = (Vec::new(), Vec::new());
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let a = load(server.port, ARTICLE);
        let b = load(server.port, "/same-bytes.html");
        ratios.push(rate(&a) / rate(&b));
        page.extend(a);
        file.extend(b);
    }
    for (name, times) in [("article page", &mut page), ("same bytes, static file", &mut file)] {
        times.sort_unstable();
        println!(
            "{name}: {:.0} requests/s, p50 {:.2} ms, p99 {:.2} ms ({} bytes)",
            rate(times),
            times[times.len() / 2].as_secs_f64() * 1e3,
            times[times.len() * 99 / 100].as_secs_f64() * 1e3,
            html.len()
        );
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "ratio of rates, page / file: median {:.3} (from {:.3} to {:.3})",
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1]
    );
    println!("resident memory after {} pages: {:.0} MB", page.len(), server.resident_mb());
    server.stop();
}

/// Requests one after the other on each of a few connections; the time of each.
fn load(port: u16, path: &str) -> Vec<Duration> {
    let threads: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let path = path.to_owned();
            std::thread::spawn(move || {
                let mut stream = connect(port);
                let mut times = Vec::new();
                let since = Instant::now();
                while since.elapsed() < ROUND {
                    let start = Instant::now();
                    assert_eq!(request(&mut stream, port, &path).0, 200);
                    times.push(start.elapsed());
                }
                times
            })
        })
        .collect();
    threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
}

fn rate(times: &[Duration]) -> f64 {
    let busy: f64 = times.iter().map(Duration::as_secs_f64).sum();
    times.len() as f64 * CONNECTIONS as f64 / busy
}
