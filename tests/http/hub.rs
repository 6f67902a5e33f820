//! The encoder by hub id: from a small hub on loopback that serves the test encoder's files, and from this server's own registry.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use alluvium_domain::{Actor, Role};
use alluvium_services::registry::{Commit, CommitFile, NewModel};

use crate::harness::{App, encoder_dir};

/// Serves `/{owner}/{name}/resolve/main/{file}` from a folder, as a model hub does.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let folder = folder.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                loop {
                    let mut head = String::new();
                    let mut line = String::new();
                    while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                        head.push_str(&line);
                        line.clear();
                    }
                    let Some(path) = head.split_whitespace().nth(1) else { return };
                    let file = path.split_once("/resolve/main/").map(|(_, file)| folder.join(file));
                    let Some(bytes) = file.and_then(|file| std::fs::read(file).ok()) else {
                        let answer =
                            "HTTP/1.1 404 Not Found\r\nX-Error-Code: EntryNotFound\r\nContent-Length: 0\r\n\r\n";
                        if stream.write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                        continue;
                    };
                    let range = head.lines().find_map(|line| {
                        let (name, value) = line.split_once(':')?;
                        let range = value.trim().strip_prefix("bytes=")?;
                        name.eq_ignore_ascii_case("range").then(|| range.to_owned())
                    });
                    let (from, to) = match &range {
                        Some(range) => {
                            let (from, to) = range.split_once('-').unwrap();
                            let to = to.parse().unwrap_or(bytes.len() - 1).min(bytes.len() - 1);
                            (from.parse().unwrap(), to)
                        }
                        None => (0, bytes.len() - 1),
                    };
                    let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
                    let answer = format!(
                        "HTTP/1.1 {status}\r\nETag: \"{:x}\"\r\nX-Repo-Commit: {}\r\nAccept-Ranges: bytes\r\n\
                         Content-Range: bytes {from}-{to}/{}\r\nContent-Length: {}\r\n\r\n",
                        bytes.len(),
                        "0123456789".repeat(4),
                        bytes.len(),
                        to + 1 - from
                    );
                    let body: &[u8] = if head.starts_with("HEAD") { &[] } else { &bytes[from..=to] };
                    if stream.write_all(answer.as_bytes()).and_then(|()| stream.write_all(body)).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// Runs in a process of its own (below), because the hub's address is an environment variable.
#[tokio::test]
#[ignore = "started by an_encoder_comes_from_a_hub"]
async fn fetches() {
    let data = tempfile::tempdir().unwrap();
    let dir =
        alluvium_services::resolve_encoder(Some("sentence-transformers/test"), data.path()).await.unwrap().unwrap();
    assert!(dir.join("1_Pooling/config.json").exists());
    assert_eq!(
        std::fs::read(dir.join("model.safetensors")).unwrap().len(),
        std::fs::read(encoder_dir().join("model.safetensors")).unwrap().len()
    );
    let missing = alluvium_services::resolve_encoder(Some("not/a/hub/id"), data.path()).await;
    assert!(missing.unwrap_err().to_string().contains("neither a folder nor a hub id"));
}

#[test]
fn an_encoder_comes_from_a_hub() {
    fetched(&serve(encoder_dir()));
}

/// candle's own client (`hf-hub`) loads from this server.
#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_comes_from_our_own_registry() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let actor: Actor = app.services.actor_by_token(&ann.token).await.unwrap();
    let name = "sentence-transformers/test";
    app.services.model_create(&actor, NewModel { name: name.to_owned(), ..NewModel::default() }).await.unwrap();
    let mut files = Vec::new();
    for path in ["config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling/config.json"] {
        let bytes = std::fs::read(encoder_dir().join(path)).unwrap();
        files.push((path.to_owned(), CommitFile::Bytes(bytes)));
    }
    let summary = "The default encoder, as its makers published it".to_owned();
    let commit = Commit { summary, files, ..Commit::default() };
    app.services.commit(&actor, name, commit).await.unwrap();
    let acts = "/api/v1/models/sentence-transformers%2Ftest/versions/1/acts";
    ann.api("POST", acts, serde_json::json!({ "act": "request" })).await.expect(200);
    // Whoever is not signed in reads what is approved, and nothing else.
    app.get("/sentence-transformers/test/resolve/main/config.json").await.expect(404);
    rita.api("POST", acts, serde_json::json!({ "act": "approve" })).await.expect(200);
    app.get("/sentence-transformers/test/resolve/main/config.json").await.expect(200);
    let address = app.listen().await;
    tokio::task::spawn_blocking(move || fetched(&address)).await.unwrap();
    app.stop().await;
}

/// Runs [`fetches`] against a hub.
fn fetched(address: &str) {
    let done = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["hub::fetches", "--exact", "--ignored"])
        .env("HF_ENDPOINT", address)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    assert!(String::from_utf8_lossy(&done.stdout).contains("1 passed"));
}
