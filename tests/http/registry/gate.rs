//! One gate for every way a file comes into a version, and whose run a version may name.

use alluvium_domain::Role;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::{MODEL, commit, train, two_versions};
use crate::harness::{Answer, App, Person};

/// A run of somebody in an experiment that is there.
pub(super) async fn run_of(person: &Person<'_>) -> String {
    let new = json!({ "experiment_id": "0", "start_time": 1 });
    let made = person.api("POST", "/api/2.0/mlflow/runs/create", new).await.expect(200).json();
    made["run"]["info"]["run_id"].as_str().unwrap().to_owned()
}

/// Puts a file among the artifacts of a run or a logged model, as the MLflow client does.
pub(super) async fn put(app: &App, person: &Person<'_>, path: &str, bytes: &[u8]) -> Answer {
    let request = Request::put(format!("/api/2.0/mlflow-artifacts/artifacts/{path}"))
        .header("authorization", format!("Bearer {}", person.token));
    app.send(request.body(Body::from(bytes.to_vec())).unwrap()).await
}

/// Uploads a file before the commit that names it, as the hub's client does with large ones, and commits it.
async fn large(app: &App, person: &Person<'_>, name: &str, path: &str, bytes: &[u8]) -> Answer {
    use sha2::Digest;
    let digest: String = sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let batch = json!({ "operation": "upload", "objects": [{ "oid": digest, "size": bytes.len() }] });
    let answer = person.api("POST", &format!("/{name}.git/info/lfs/objects/batch"), batch).await.expect(200).json();
    if let Some(href) = answer["objects"][0]["actions"]["upload"]["href"].as_str() {
        let at = href.split_once("/api/").unwrap().1;
        app.send(Request::put(format!("/api/{at}")).body(Body::from(bytes.to_vec())).unwrap()).await.expect(200);
    }
    let header = json!({ "key": "header", "value": { "summary": "a commit" } });
    let file =
        json!({ "key": "lfsFile", "value": { "path": path, "algo": "sha256", "oid": digest, "size": bytes.len() } });
    let request = Request::post(format!("/api/models/{name}/commit/main"))
        .header("authorization", format!("Bearer {}", person.token))
        .header("content-type", "application/x-ndjson");
    app.send(request.body(Body::from(format!("{header}\n{file}"))).unwrap()).await
}

#[tokio::test]
async fn what_runs_code_comes_into_no_version_by_no_way() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    ann.api("POST", "/api/v1/models", json!({ "name": "team/gate" })).await.expect(201);
    let versions = async || {
        let all = ann.api("GET", "/api/v1/models/team%2Fgate/versions", Value::Null).await.expect(200).json();
        all["versions"].as_array().unwrap().len()
    };
    for (path, bytes) in [
        ("pytorch_model.bin", &b"PK\x03\x04 a zip"[..]),
        ("weights", b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix"),
        ("notes.txt", b"cos\nsystem\n(S'id'\ntR."),
        ("data.npy", b"\x93NUMPY\x01\0\x40\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }         \n"),
        ("model.h5", b"\x89HDF\r\n\x1a\n"),
        ("vocab.gz", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("modeling_x.py", b"import os"),
        ("config.json", br#"{"auto_map": {"AutoModel": "someone/else--modeling.Net"}}"#),
        ("model.safetensors", &[0xff; 64]),
    ] {
        commit(&ann, &app, "team/gate", &[(path, bytes)]).await.expect(400);
        large(&app, &ann, "team/gate", path, bytes).await.expect(400);
        // As an artifact of a run and of a logged model it may be kept: a version is not made of it, by no name and no API.
        let run = run_of(&ann).await;
        put(&app, &ann, &format!("0/{run}/artifacts/model/{path}"), bytes).await.expect(200);
        let logged = json!({ "experiment_id": "0", "name": "m", "source_run_id": run });
        let logged = ann.api("POST", "/api/2.0/mlflow/logged-models", logged).await.expect(200).json();
        let logged = logged["model"]["info"]["model_id"].as_str().unwrap().to_owned();
        put(&app, &ann, &format!("0/models/{logged}/artifacts/{path}"), bytes).await.expect(200);
        for source in [
            format!("runs:/{run}/model"),
            format!("runs:/{run}"),
            format!("mlflow-artifacts:/0/{run}/artifacts/model"),
            format!("mlflow-artifacts://127.0.0.1/0/{run}/artifacts/model"),
            format!("models:/{logged}"),
        ] {
            let api = json!({ "source": source });
            ann.api("POST", "/api/v1/models/team%2Fgate/versions", api).await.expect(422);
            let mlflow = json!({ "name": "team/gate", "source": source });
            ann.api("POST", "/api/2.0/mlflow/model-versions/create", mlflow).await.expect(400);
        }
        let mlflow = json!({ "name": "team/gate", "source": "x", "model_id": logged });
        ann.api("POST", "/api/2.0/mlflow/model-versions/create", mlflow).await.expect(400);
        assert_eq!(versions().await, 0, "{path}");
    }
    // What is replaced after a version was made of it is not in the version.
    let run = run_of(&ann).await;
    let at = format!("0/{run}/artifacts/model/notes.txt");
    put(&app, &ann, &at, b"harmless").await.expect(200);
    let source = json!({ "source": format!("runs:/{run}/model") });
    ann.api("POST", "/api/v1/models/team%2Fgate/versions", source).await.expect(201);
    put(&app, &ann, &at, b"\x80\x04\x95 other").await.expect(200);
    let request =
        Request::get("/team/gate/resolve/v1/notes.txt").header("authorization", format!("Bearer {}", ann.token));
    assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.expect(200).text, "harmless");
    app.stop().await;
}

#[tokio::test]
async fn a_version_names_nobody_elses_run_and_is_not_taken_for_a_training() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let ben = app.person("ben", Role::Author).await;
    ann.api("POST", "/api/v1/models", json!({ "name": "runs" })).await.expect(201);
    let make = async |person: &Person<'_>, model: &str, run: &str, status: u16| {
        let path = format!("/api/v1/models/{model}/versions");
        person.api("POST", &path, json!({ "source": "s3://elsewhere", "run_id": run })).await.expect(status);
        let new = json!({ "name": model, "source": "s3://elsewhere", "run_id": run });
        let status = if status == 201 { 200 } else { 400 };
        person.api("POST", "/api/2.0/mlflow/model-versions/create", new).await.expect(status);
    };
    let own = run_of(&ann).await;
    make(&ann, "runs", &own, 201).await;
    make(&ben, "runs", &own, 422).await;
    make(&ben, "runs", "01980000000070008000000000000000", 422).await;

    // A job's run is nobody's to name, not even of who began the job.
    two_versions(&app).await;
    let order = json!({ "kind": "train-recommend", "params": { "catalogue": "demo" } });
    let job = ann.api("POST", "/api/v1/jobs", order).await.expect(201).json();
    let run = run_of(&ann).await;
    app.execute(&format!("update job set run_id = '{run}' where id = '{}'", job["id"].as_str().unwrap()))
        .await
        .unwrap();
    make(&ann, "recommend-demo", &run, 422).await;
    make(&ben, "recommend-demo", &run, 422).await;

    // And where a version names the run all the same (made before the run was a job's), the training makes its own.
    app.execute("update job set run_id = null").await.unwrap();
    make(&ann, "recommend-demo", &run, 201).await;
    let training = alluvium_services::recommend::Training {
        run: Some(run.parse().unwrap()),
        ..alluvium_services::recommend::Training::default()
    };
    let trained = app.services.recommend_train("demo", training, |_| {}).await.unwrap().version;
    assert!(trained.trained && trained.number > 4, "{trained:?}");
    let files = ann.api("GET", &format!("{MODEL}/versions/{}", trained.number), Value::Null).await.expect(200).json();
    assert!(files["files"].as_array().unwrap().iter().any(|file| file["path"] == "ranker.safetensors"), "{files}");
    // What a training wrote about its version stays; no API marks a version as trained.
    let tag =
        json!({ "name": "recommend-demo", "version": trained.number.to_string(), "key": "events", "value": "99999" });
    ann.api("POST", "/api/2.0/mlflow/model-versions/set-tag", tag).await.expect(400);
    let sent = json!({ "source": "x", "trained": true });
    let made = ann.api("POST", &format!("{MODEL}/versions"), sent).await.expect(201).json();
    assert_eq!(made["trained"], json!(false));
    app.execute("update model_version set trained = true").await.expect_err("how a version came never changes");
    let again = train(&app).await.version;
    assert!(again.trained);
    app.stop().await;
}

/// A commit is read as it comes: what is wrong in it is said by its line, and what was kept of it before nothing refers to.
#[tokio::test]
async fn files_that_nothing_refers_to_are_collected() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let blobs = app.data_dir().join("blobs");
    let count = || {
        let below = |folder: std::fs::DirEntry| std::fs::read_dir(folder.path()).unwrap().count();
        let Ok(folders) = std::fs::read_dir(&blobs) else { return 0 };
        folders.flatten().filter(|folder| folder.file_name() != "incoming").map(below).sum::<usize>()
    };
    ann.api("POST", "/api/v1/models", json!({ "name": "team/kept" })).await.expect(201);
    commit(&ann, &app, "team/kept", &[("a.txt", b"of a version")]).await.expect(200);
    let run = run_of(&ann).await;
    let at = |path: &str| format!("0/{run}/artifacts/{path}");
    put(&app, &ann, &at("notes.txt"), b"first").await.expect(200);
    put(&app, &ann, &at("notes.txt"), b"second").await.expect(200);
    put(&app, &ann, &at("gone.txt"), b"gone").await.expect(200);
    let request = Request::delete(format!("/api/2.0/mlflow-artifacts/artifacts/{}", at("gone.txt")))
        .header("authorization", format!("Bearer {}", ann.token));
    app.send(request.body(Body::empty()).unwrap()).await.expect(200);
    commit(&ann, &app, "team/kept", &[("b.txt", b"of no version"), ("model.pkl", b"refused")]).await.expect(400);
    let broken = [r#"{"key":"file","value":{"content":"aGk=","path":"a","encoding":"base64"}}"#, "not json"].join("\n");
    let request =
        Request::post("/api/models/team/kept/commit/main").header("authorization", format!("Bearer {}", ann.token));
    let said = app.send(request.body(Body::from(broken)).unwrap()).await.expect(400).text;
    assert!(said.contains("line 2"), "{said}");
    // Written and never noted, as by a crash.
    let orphan = blobs.join("ab").join("cd".repeat(31));
    std::fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    std::fs::write(&orphan, "orphan").unwrap();
    assert_eq!(count(), 8);
    let day = std::time::Duration::from_secs(24 * 3600);
    assert_eq!(app.services.files_collect(day).await.unwrap(), 0, "within the grace period");
    let now = std::time::Duration::ZERO;
    assert_eq!(app.services.files_collect(now).await.unwrap(), 6);
    assert_eq!((count(), orphan.exists()), (2, false));
    assert_eq!(app.services.files_collect(now).await.unwrap(), 0);
    // What is referred to is there, and the same bytes come again.
    put(&app, &ann, &at("again.txt"), b"gone").await.expect(200);
    for (path, text) in [("notes.txt", "second"), ("again.txt", "gone")] {
        let request = Request::get(format!("/api/2.0/mlflow-artifacts/artifacts/{}", at(path)));
        assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.expect(200).text, text);
    }
    let request = Request::get("/team/kept/resolve/v1/a.txt").header("authorization", format!("Bearer {}", ann.token));
    assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.expect(200).text, "of a version");
    app.stop().await;
}
