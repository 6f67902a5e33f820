//! `cargo bench -p alluvium --bench search -- [ENTRIES]...` (default 1000 10000): the time of a search over generated entries, by mode, as a client on
//! loopback sees it, the encoder included. `ALLUVIUM_ENCODER` names the encoder, as for `serve`.
//!
//! Each generated entry has a title and three sentences drawn with a fixed seed from the starting articles, so that words are as frequent as in real text.
//! The queries are those of the judged set, in turns over the modes.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and ends where something is wrong")]

#[path = "support/latency.rs"]
mod latency;
mod support;

use std::path::Path;

use alluvium_domain::percent_encoded;
use latency::measure;
use support::{Server, open_folder};

const MODES: [&str; 3] = ["hybrid", "lexical", "semantic"];
const ROUNDS: usize = 3;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000];
    }
    let sentences = sentences(&root.join("content/articles"));
    let queries = queries(&root.join("tests/search/judgements.jsonl"));
    println!("{} queries, {ROUNDS} rounds, {} sentences to draw from", queries.len(), sentences.len());
    for size in sizes {
        let folder = open_folder();
        let content = folder.path().join("content");
        generate(&content, size, &sentences);
        let mut server = Server::start(root, folder.path(), &folder.path().join("site"), &content);
        println!(
            "{size} entries: imported, encoded and served in {:.0} s; resident memory {:.0} MB",
            server.started.as_secs_f64(),
            server.resident_mb()
        );
        measure(&server, &queries, ROUNDS, &MODES, |query, mode, explain| {
            format!("/api/v1/search?q={}&mode={mode}&explain={explain}", percent_encoded(query))
        });
        println!("  resident memory after the queries {:.0} MB", server.resident_mb());
        server.stop();
    }
}

/// Sentences of prose: no headings, tables, code or lists.
fn sentences(articles: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(articles).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        let body = text.splitn(3, "---\n").nth(2).unwrap_or_default();
        let prose = body.lines().filter(|line| line.chars().next().is_some_and(char::is_alphabetic));
        let parts = prose.flat_map(|line| line.split_inclusive(['。', '.', '！', '？']));
        all.extend(parts.map(|part| part.trim().to_owned()).filter(|part| part.chars().count() > 12));
    }
    all
}

fn generate(folder: &Path, size: usize, sentences: &[String]) {
    let articles = folder.join("articles");
    std::fs::create_dir_all(&articles).unwrap();
    // Knuth's MMIX generator; the high bits are good enough to draw sentences.
    let mut state = 7_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        &sentences[(state >> 33) as usize % sentences.len()]
    };
    for number in 0..size {
        let title: String = draw().chars().filter(|c| !c.is_ascii_punctuation()).take(40).collect();
        let body: String = (0..3).map(|_| format!("{}\n\n", draw())).collect();
        let lang = if title.is_ascii() { "en" } else { "zh" };
        let text = format!(
            "---\nkind: article\nslug: generated-{number}\nlang: {lang}\ntitle: \"{}\"\nsummary: \"\"\ntags: [generated]\nauthors: [bench]\nstatus: published\n---\n\n{body}",
            title.replace(['"', '\\'], "")
        );
        std::fs::write(articles.join(format!("generated-{number}.md")), text).unwrap();
    }
}

fn queries(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.map(|line| line["query"].as_str().unwrap().to_owned()).collect()
}
