//! `ALLUVIUM_DATA=FOLDER cargo bench -p alluvium --bench products`: the time of a product search over the products of `search-icecat`, by ranker, with and
//! without explanations, as a client on loopback sees it, the encoder included. `ALLUVIUM_ENCODER` names the encoder, as for `serve`.
//!
//! The queries are those of its judgements, each ranker in turns; twenty hits each. It waits until every product has a vector.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and ends where something is wrong")]

#[path = "support/latency.rs"]
mod latency;
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use alluvium_domain::percent_encoded;
use latency::measure;
use support::{Server, connect, open_folder, request};

const RANKERS: [&str; 3] = ["bm25", "hybrid", "learned"];
const ROUNDS: usize = 3;
/// How long the encoder may take for all products.
const PATIENCE: Duration = Duration::from_secs(1_800);

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let data = PathBuf::from(std::env::var("ALLUVIUM_DATA").unwrap_or_else(|_| "../shared/data".to_owned()));
    let folder = root.join(data).join("search-icecat");
    if !folder.join("products.jsonl").exists() {
        println!("skipped: {} has no products.jsonl (ALLUVIUM_DATA)", folder.display());
        return;
    }
    let queries = queries(&folder);
    let own = open_folder();
    let content = own.path().join("content");
    std::fs::create_dir_all(&content).unwrap();
    let start = Instant::now();
    import(root, own.path(), &folder.join("products.jsonl"));
    println!("{} queries, {ROUNDS} rounds; products imported in {:.1} s", queries.len(), start.elapsed().as_secs_f64());
    let mut server = Server::start(root, own.path(), &own.path().join("site"), &content);
    println!("started in {:.1} s; resident memory {:.0} MB", server.started.as_secs_f64(), server.resident_mb());
    let start = Instant::now();
    let search = "/api/v1/catalogues/icecat/search?q=usb%20hub&limit=1";
    let mut stream = connect(server.port);
    let (status, _) = request(&mut stream, server.port, search);
    assert_eq!(status, 200);
    println!("first search, the index made: {:.2} s", start.elapsed().as_secs_f64());
    loop {
        let (_, body) = request(&mut stream, server.port, search);
        let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
        if answer["degraded"] == false {
            println!("all products have a vector after {:.0} s", start.elapsed().as_secs_f64());
            break;
        }
        if start.elapsed() > PATIENCE {
            println!("not all products have a vector (no encoder?): hybrid and learned go without meaning");
            break;
        }
        if start.elapsed() > Duration::from_secs(20) && std::env::var("ALLUVIUM_ENCODER").as_deref() == Ok("none") {
            println!("no encoder: hybrid and learned go without meaning");
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    println!("resident memory with index and vectors {:.0} MB", server.resident_mb());
    measure(&server, &queries, ROUNDS, &RANKERS, |query, ranker, explain| {
        format!("/api/v1/catalogues/icecat/search?q={}&ranker={ranker}&explain={explain}", percent_encoded(query))
    });
    println!("resident memory after the queries {:.0} MB", server.resident_mb());
    server.stop();
}

/// The products into a catalogue of the data folder that the server will use.
fn import(root: &Path, folder: &Path, products: &Path) {
    let done = Command::new(env!("CARGO_BIN_EXE_alluvium"))
        .args(["shop", "import", "products"])
        .arg(products)
        .args(["--catalogue", "icecat", "--currency", "EUR"])
        .current_dir(root)
        .env_remove("DATABASE_URL")
        .env("ALLUVIUM_DATA_DIR", folder.join("data"))
        .env("ALLUVIUM_ENCODER", "none")
        .env("RUST_LOG", "warn")
        .status()
        .unwrap();
    assert!(done.success(), "the import did not work");
}

fn queries(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("judgments.dev.csv")).unwrap();
    let queries: BTreeSet<String> = text
        .lines()
        .skip(1)
        .filter_map(|line| Some(line.rsplitn(3, ',').nth(2)?.trim_matches('"').to_owned()))
        .collect();
    queries.into_iter().collect()
}
