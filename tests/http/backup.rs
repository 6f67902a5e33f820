//! `alluvium backup` and `restore`: the database with the files of runs and versions, whole or not at all.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use alluvium_domain::Role;
use alluvium_services::Caller;
use axum::body::Body;
use http::Request;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::harness::{App, Person, root};

/// Runs a command on an application's database and data folder; whether it succeeded, and what it said.
fn alluvium(app: &App, args: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_alluvium"))
        .current_dir(root())
        .env("DATABASE_URL", app.database_url())
        .env("ALLUVIUM_DATA_DIR", app.data_dir())
        .env("ALLUVIUM_ENCODER", "none")
        .args(args)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// Restores what another application wrote, with its key, beside the server of the test.
fn restore(app: &App, file: &Path, of: &App) -> (bool, String) {
    let key = of.data_dir().join("backup.key");
    alluvium(app, &["restore", file.to_str().unwrap(), "--while-serving", "--key", key.to_str().unwrap()])
}

/// Files of the data folder, by hash; what is incoming is none of them.
fn blobs(app: &App) -> BTreeMap<String, PathBuf> {
    let mut all = BTreeMap::new();
    for folder in std::fs::read_dir(app.data_dir().join("blobs")).into_iter().flatten() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            assert_ne!(name, "incoming", "{:?} is left", file.path());
            all.insert(format!("{name}{}", file.file_name().to_str().unwrap()), file.path());
        }
    }
    all
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn artifact(app: &App, token: &str, method: &str, path: &str, bytes: Vec<u8>) -> crate::harness::Answer {
    let uri = format!("/api/2.0/mlflow-artifacts/artifacts/{path}");
    let request = Request::builder().method(method).uri(uri).header("authorization", format!("Bearer {token}"));
    app.send(request.body(Body::from(bytes)).unwrap()).await
}

/// How an application answers somebody with a token.
async fn answer(app: &App, token: &str) -> u16 {
    let request = Request::get("/api/v1/jobs").header("authorization", format!("Bearer {token}"));
    app.send(request.body(Body::empty()).unwrap()).await.status.as_u16()
}

/// A file of a run and one of a version, the same bytes once more, and one that no row refers to any more. Answers with the path of the first.
async fn files(app: &App, ann: &Person<'_>, large: &[u8]) -> String {
    let new = json!({ "experiment_id": "0", "run_name": "kept" });
    let run = ann.api("POST", "/api/2.0/mlflow/runs/create", new).await.expect(200).json();
    let folder = format!("0/{}/artifacts", run["run"]["info"]["run_id"].as_str().unwrap());
    let large = large.to_vec();
    artifact(app, &ann.token, "PUT", &format!("{folder}/large.txt"), large.clone()).await.expect(200);
    artifact(app, &ann.token, "PUT", &format!("{folder}/again.txt"), large).await.expect(200);
    artifact(app, &ann.token, "PUT", &format!("{folder}/gone.txt"), b"gone".to_vec()).await.expect(200);
    artifact(app, &ann.token, "DELETE", &format!("{folder}/gone.txt"), Vec::new()).await.expect(200);
    ann.api("POST", "/api/v1/models", json!({ "name": "kept" })).await.expect(201);
    crate::registry::commit(ann, app, "kept", &[("notes.txt", b"of a version")]).await.expect(200);
    format!("{folder}/large.txt")
}

/// The entries of an archive, in their order: names and bytes.
type Entries = Vec<(String, Vec<u8>)>;

fn entries(file: &Path) -> Entries {
    let mut archive = tar::Archive::new(std::fs::File::open(file).unwrap());
    let read = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.path().unwrap().to_str().unwrap().to_owned(), bytes)
    });
    read.collect()
}

fn write(file: &Path, entries: &[(String, Vec<u8>)]) {
    let mut tar = tar::Builder::new(std::fs::File::create(file).unwrap());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    tar.finish().unwrap();
}

#[tokio::test]
async fn a_backup_holds_the_database_and_the_files_that_it_refers_to() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let large: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).map(|byte| byte % 64 + 32).collect();
    let path = files(&app, &ann, &large).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.tar");
    let (done, said) = alluvium(&app, &["backup", file.to_str().unwrap()]);
    assert!(done && said.contains("the database and 2 files"), "{said}");
    let (done, said) = alluvium(&app, &["backup", file.to_str().unwrap()]);
    assert!(!done && said.contains("is there already"), "{said}");
    let names: Vec<String> = entries(&file).into_iter().map(|(name, _)| name).collect();
    assert_eq!((names[0].as_str(), names[3].as_str(), names.len()), ("database.dump", "contents.json", 4));

    // Onto another machine.
    let other = App::start().await;
    let (done, said) = restore(&other, &file, &app);
    assert!(done && said.contains("restored the database and 2 files"), "{said}");
    let there = artifact(&other, &ann.token, "GET", &path, Vec::new()).await.expect(200).text;
    assert_eq!(there.as_bytes(), large);
    let request = Request::get("/kept/resolve/main/notes.txt").header("authorization", format!("Bearer {}", ann.token));
    assert_eq!(other.send(request.body(Body::empty()).unwrap()).await.expect(200).text, "of a version");
    let kept: Vec<String> = blobs(&other).into_keys().collect();
    let mut sent = [hash(&large), hash(b"of a version")];
    sent.sort();
    assert_eq!(kept, sent);

    // Onto itself, where a file was damaged and one is lost meanwhile: they are whole again.
    std::fs::write(&blobs(&app)[&sent[0]], "damaged").unwrap();
    std::fs::remove_file(&blobs(&app)[&sent[1]]).unwrap();
    let (done, said) = restore(&app, &file, &app);
    assert!(done, "{said}");
    for sha256 in &sent {
        assert_eq!(hash(&std::fs::read(&blobs(&app)[sha256]).unwrap()), *sha256);
    }

    // A backup of what is damaged says so, and holds the rest.
    std::fs::write(&blobs(&app)[&hash(&large)], vec![b' '; large.len()]).unwrap();
    let second = folder.path().join("second.tar");
    let (done, said) = alluvium(&app, &["backup", second.to_str().unwrap()]);
    assert!(!done && said.contains("1 files that the database refers to are lost or damaged"), "{said}");
    assert!(said.contains(&format!("not in it: blobs/{}/", &hash(&large)[..2])), "{said}");
    let third = App::start().await;
    let (done, said) = restore(&third, &second, &app);
    assert!(done && said.contains("the database and 1 files"), "{said}");
    for app in [app, other, third] {
        app.stop().await;
    }
}

#[tokio::test]
async fn a_backup_that_is_not_whole_changes_nothing() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    files(&app, &ann, b"some bytes").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.tar");
    let (done, said) = alluvium(&app, &["backup", file.to_str().unwrap()]);
    assert!(done, "{said}");
    let whole = std::fs::read(&file).unwrap();
    let entries = entries(&file);
    let with = |change: &dyn Fn(&mut Entries)| {
        let path = folder.path().join("changed.tar");
        let mut entries = entries.clone();
        change(&mut entries);
        write(&path, &entries);
        std::fs::read(path).unwrap()
    };
    // Its end says the same of the database that is there: only Postgres sees that it is not whole.
    let half = with(&|entries| {
        let half = entries[0].1.len() / 2;
        entries[0].1.truncate(half);
        let contents =
            json!({ "format": 1, "database": hash(&entries[0].1), "files": 2, "signature": "00".repeat(32) });
        entries[3].1 = contents.to_string().into_bytes();
    });
    let cases = [
        ("cut in the middle", whole[..whole.len() / 2].to_vec()),
        ("cut before its end", with(&|entries| drop(entries.pop()))),
        ("a file less", with(&|entries| drop(entries.remove(1)))),
        ("another byte in a file", with(&|entries| entries[1].1[3] ^= 1)),
        ("another byte in the database", with(&|entries| *entries[0].1.last_mut().unwrap() ^= 1)),
        ("of a later version", with(&|entries| entries[3].1 = br#"{"format":3,"database":"","files":2}"#.to_vec())),
        ("a file elsewhere", with(&|entries| entries[1].0 = "blobs/../../notes.txt".replace("../", "x/"))),
        ("half a database", half),
        ("no backup", b"some text".to_vec()),
        ("nothing", Vec::new()),
    ];
    let other = App::start().await;
    other.person("rita", Role::Reviewer).await;
    for (what, bytes) in cases {
        let path = folder.path().join("case");
        std::fs::write(&path, bytes).unwrap();
        let (done, said) = restore(&other, &path, &app);
        assert!(!done, "{what}: {said}");
        assert!(said.contains("is no whole backup") || what == "half a database", "{what}: {said}");
        assert_eq!(blobs(&other), BTreeMap::new(), "{what}");
        assert!(other.services.sign_in(&Caller::default(), "rita", crate::harness::PASSWORD).await.is_ok(), "{what}");
        assert_eq!(answer(&other, &ann.token).await, 401, "{what}");
    }

    // Backups from before there were files in them.
    let path = folder.path().join("old.dump");
    std::fs::write(&path, &entries[0].1).unwrap();
    let (done, said) = restore(&other, &path, &app);
    assert!(!done && said.contains("--unsigned"), "{said}");
    let (done, said) = alluvium(&other, &["restore", path.to_str().unwrap(), "--while-serving", "--unsigned"]);
    assert!(done && said.contains("of an earlier version"), "{said}");
    assert_eq!(answer(&other, &ann.token).await, 200);
    for app in [app, other] {
        app.stop().await;
    }
}

#[tokio::test]
async fn only_what_the_key_has_signed_is_restored() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    files(&app, &ann, b"some bytes").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.tar");
    let (done, said) = alluvium(&app, &["backup", file.to_str().unwrap()]);
    assert!(done && said.contains("made the key"), "{said}");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(app.data_dir().join("backup.key")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    let other = App::start().await;
    // Without a key, with another one, and with what somebody without it made of the backup: each hash is right.
    let (done, said) = alluvium(&other, &["restore", file.to_str().unwrap(), "--while-serving"]);
    assert!(!done && said.contains("cannot read the key of the backup"), "{said}");
    std::fs::write(other.data_dir().join("backup.key"), "07".repeat(32)).unwrap();
    let (done, said) = alluvium(&other, &["restore", file.to_str().unwrap(), "--while-serving"]);
    assert!(!done && said.contains("was not written with this key"), "{said}");
    let mut changed = entries(&file);
    changed.remove(1);
    let mut contents: serde_json::Value = serde_json::from_slice(&changed[2].1).unwrap();
    contents["files"] = json!(1);
    changed[2].1 = contents.to_string().into_bytes();
    let path = folder.path().join("changed.tar");
    write(&path, &changed);
    let (done, said) = restore(&other, &path, &app);
    assert!(!done && said.contains("was not written with this key"), "{said}");
    assert_eq!(answer(&other, &ann.token).await, 401);
    // A server has the database open: its own.
    let key = app.data_dir().join("backup.key");
    let (done, said) = alluvium(&other, &["restore", file.to_str().unwrap(), "--key", key.to_str().unwrap()]);
    assert!(!done && said.contains("has the database open"), "{said}");
    // Sessions of its time are over; tokens go on unless they are to be revoked.
    let (done, said) = restore(&other, &file, &app);
    assert!(done, "{said}");
    assert!(other.services.actor_by_session(Some(&ann.session)).await.unwrap().user.is_none());
    assert_eq!(answer(&other, &ann.token).await, 200);
    let args = [
        "restore",
        file.to_str().unwrap(),
        "--while-serving",
        "--key",
        key.to_str().unwrap(),
        "--replace",
        "--revoke-tokens",
    ];
    let (done, said) = alluvium(&other, &args);
    assert!(done, "{said}");
    assert_eq!(answer(&other, &ann.token).await, 401);
    for app in [app, other] {
        app.stop().await;
    }
}
