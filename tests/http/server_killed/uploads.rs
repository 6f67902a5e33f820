//! Uploads: by the routes of MLflow and of the hub.

use std::collections::HashSet;
use std::io;
use std::sync::mpsc;
use std::time::Instant;

use alluvium_domain::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{ROUNDS, audit_is_whole, files_are_whole, hex, rows, send, serve};
use crate::harness::{App, Person};

const SIZE: usize = 8 * 1024 * 1024;
const MODEL: &str = "killed";

/// Something that was sent, and what it must be.
struct Sent {
    route: Route,
    bytes: Vec<u8>,
    sha256: String,
}

enum Route {
    /// An artifact at a path.
    Artifact(String),
    /// A file of a commit, by its name.
    Hub(String),
}

/// Bytes that no other upload has.
fn bytes_of(number: u32) -> Vec<u8> {
    let mut state = number;
    let block: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()[3]
    })
    .take(64 * 1024 + number as usize)
    .collect();
    let mut bytes = block.repeat(SIZE / block.len());
    bytes.extend(number.to_le_bytes());
    bytes
}

/// Where the uploads of a run go.
#[derive(Clone)]
struct Sender {
    port: u16,
    token: String,
    folder: String,
}

impl Sender {
    fn upload(&self, number: u32) -> Sent {
        let bytes = bytes_of(number);
        let sha256 = hex(&Sha256::digest(&bytes));
        let route = match number % 2 {
            0 => Route::Artifact(format!("{}/{number}.safetensors.part", self.folder)),
            _ => Route::Hub(format!("weights-{number}.dat")),
        };
        Sent { route, bytes, sha256 }
    }

    /// Sends it; an answer that is no success is a failure of the test, no answer at all an error.
    fn send(&self, sent: &Sent) -> io::Result<()> {
        match &sent.route {
            Route::Artifact(path) => {
                let head = format!("PUT /api/2.0/mlflow-artifacts/artifacts/{path}");
                self.ok(&head, &sent.bytes)?;
            }
            Route::Hub(name) => {
                if let Some(href) = self.address(sent)? {
                    self.ok(&format!("PUT {href}"), &sent.bytes)?;
                }
                let header = json!({ "key": "header", "value": { "summary": name, "description": "" } });
                let file = json!({ "path": name, "algo": "sha256", "oid": sent.sha256, "size": sent.bytes.len() });
                let lines = format!("{header}\n{}", json!({ "key": "lfsFile", "value": file }));
                self.ok(&format!("POST /api/models/{MODEL}/commit/main"), lines.as_bytes())?;
            }
        }
        Ok(())
    }

    /// The address to which a file is uploaded; none where it is kept already.
    fn address(&self, sent: &Sent) -> io::Result<Option<String>> {
        let object = json!({ "oid": sent.sha256, "size": sent.bytes.len() });
        let batch = json!({ "operation": "upload", "objects": [object] }).to_string();
        let said = self.ok(&format!("POST /{MODEL}.git/info/lfs/objects/batch"), batch.as_bytes())?;
        // The server went away in the middle of its answer.
        let Ok(said) = serde_json::from_slice::<Value>(&said) else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        let href = said["objects"][0]["actions"]["upload"]["href"].as_str();
        Ok(href.map(|href| href[href.find("/api/").unwrap()..].to_owned()))
    }

    fn ok(&self, head: &str, body: &[u8]) -> io::Result<Vec<u8>> {
        let (status, answer) = send(self.port, &self.token, head, body)?;
        assert_eq!(status, 200, "{head}: {}", String::from_utf8_lossy(&answer));
        Ok(answer)
    }

    /// What the server has under the name of something that was sent.
    fn fetch(&self, sent: &Sent) -> Option<String> {
        let head = match &sent.route {
            Route::Artifact(path) => format!("GET /api/2.0/mlflow-artifacts/artifacts/{path}"),
            Route::Hub(name) => format!("GET /{MODEL}/resolve/main/{name}"),
        };
        let (status, body) = send(self.port, &self.token, &head, &[]).unwrap();
        assert!(status == 200 || status == 404, "{head}: {status}");
        (status == 200).then(|| hex(&Sha256::digest(body)))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_an_upload_loses_nothing_that_it_acknowledged() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let folder = run_folder(&ann).await;
    ann.api("POST", "/api/v1/models", json!({ "name": MODEL })).await.expect(201);
    let sender = |port| Sender { port, token: ann.token.clone(), folder: folder.clone() };
    let mut known = HashSet::new();
    let mut number = 0;
    let mut server = serve(&app);
    for round in 1..=ROUNDS {
        // One upload of each route to see how long they take; the next ones until the server is gone.
        let (tell, told) = mpsc::channel();
        let to = sender(server.port);
        let uploading = std::thread::spawn(move || {
            let mut acknowledged = Vec::new();
            loop {
                let sent = to.upload(number);
                number += 1;
                tell.send(Instant::now()).unwrap_or_default();
                if to.send(&sent).is_err() {
                    return (acknowledged, sent, number);
                }
                acknowledged.push(sent);
            }
        });
        let begun: Vec<Instant> = told.iter().take(3).collect();
        std::thread::sleep((begun[2] - begun[0]).mul_f64(f64::from(round) / f64::from(ROUNDS)));
        server.kill();
        let (acknowledged, broken, next) = uploading.join().unwrap();
        assert!(acknowledged.len() >= 2);
        number = next;
        println!("round {round}: {} acknowledged, {} broken off on the disk", acknowledged.len(), incoming(&app));
        files_are_whole(&app, &mut known).await;
        audit_is_whole(&app).await;

        server = serve(&app);
        assert_eq!(incoming(&app), 0, "what was broken off is gone");
        let to = sender(server.port);
        for sent in &acknowledged {
            assert_eq!(to.fetch(sent).as_ref(), Some(&sent.sha256), "round {round}");
        }
        assert!(to.fetch(&broken).is_none_or(|found| found == broken.sha256), "whole or not at all");
        to.send(&broken).unwrap();
        assert_eq!(to.fetch(&broken), Some(broken.sha256));
    }
    server.kill();
    let versions = rows::<(i64, i64)>(
        &app,
        "select (select count(*) from model_version), (select count(*) from audit where action = 'model.version')",
    )
    .await;
    assert_eq!(versions[0].0, versions[0].1, "each version has its line");
    app.stop().await;
}

/// Files that are not whole.
fn incoming(app: &App) -> usize {
    std::fs::read_dir(app.data_dir().join("blobs/incoming")).map_or(0, Iterator::count)
}

async fn run_folder(ann: &Person<'_>) -> String {
    let new = json!({ "experiment_id": "0", "run_name": "killed" });
    let run = ann.api("POST", "/api/2.0/mlflow/runs/create", new).await.expect(200).json();
    let id = run["run"]["info"]["run_id"].as_str().unwrap();
    format!("{}/{id}/artifacts", run["run"]["info"]["experiment_id"].as_str().unwrap())
}

/// Between the file and its row there is a moment that a kill seldom hits.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_a_crash_left_without_its_row_is_uploaded_again() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    ann.api("POST", "/api/v1/models", json!({ "name": MODEL })).await.expect(201);
    let address = app.listen().await;
    let port = address.rsplit(':').next().unwrap().parse().unwrap();
    let sender = Sender { port, token: ann.token.clone(), folder: String::new() };
    tokio::task::block_in_place(|| {
        let sent = sender.upload(1);
        let left = app.data_dir().join("blobs").join(&sent.sha256[..2]);
        std::fs::create_dir_all(&left).unwrap();
        std::fs::write(left.join(&sent.sha256[2..]), &sent.bytes).unwrap();
        assert!(sender.address(&sent).unwrap().is_some(), "it is asked for again");
        sender.send(&sent).unwrap();
        assert_eq!(sender.fetch(&sent), Some(sent.sha256.clone()));
        assert!(sender.address(&sent).unwrap().is_none(), "it is kept");
    });
    app.stop().await;
}
