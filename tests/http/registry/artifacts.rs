//! Files of runs: what everybody reads of them, who changes them, and what the audit log says.

use alluvium_domain::Role;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::gate::{put, run_of};
use crate::harness::{Answer, App, Person};

async fn get(app: &App, person: Option<&Person<'_>>, path: &str) -> Answer {
    let mut request = Request::get(format!("/api/2.0/mlflow-artifacts/artifacts/{path}"));
    if let Some(person) = person {
        request = request.header("authorization", format!("Bearer {}", person.token));
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn remove(app: &App, person: &Person<'_>, path: &str) -> Answer {
    let request = Request::delete(format!("/api/2.0/mlflow-artifacts/artifacts/{path}"))
        .header("authorization", format!("Bearer {}", person.token));
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_bytes_of_drafts_and_models_are_for_authors() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let rob = app.person("rob", Role::Reader).await;
    let run = run_of(&ann).await;
    let logged = json!({ "experiment_id": "0", "name": "m", "source_run_id": run });
    let logged = ann.api("POST", "/api/2.0/mlflow/logged-models", logged).await.expect(200).json();
    let logged = logged["model"]["info"]["model_id"].as_str().unwrap().to_owned();
    let header = br#"{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#;
    let weights = [&(header.len() as u64).to_le_bytes()[..], header].concat();
    let card = format!("---\nlicense: apache-2.0\n---\n{}", super::sections());
    let of_run = |path: &str| format!("0/{run}/artifacts/{path}");
    let of_model = |path: &str| format!("0/models/{logged}/artifacts/{path}");
    for (path, bytes) in [
        (of_run("chart.png"), &b"\x89PNG"[..]),
        (of_run("tables/errors.csv"), b"a,b"),
        (of_run("checkpoint.safetensors"), &weights),
        (of_run("last.pkl"), b"pickle"),
        (of_run("model/MLmodel"), b"flavors: {}"),
        (of_run("model/vocab.txt"), b"words"),
        (of_model("notes.txt"), b"notes of a model"),
        (of_run("out/terms.txt"), b"bytes of a draft"),
        (of_run("out/README.md"), card.as_bytes()),
    ] {
        put(&app, &ann, &path, bytes).await.expect(200);
    }
    // A version is made of a folder.
    ann.api("POST", "/api/v1/models", json!({ "name": "drafted" })).await.expect(201);
    let source = json!({ "source": format!("runs:/{run}/out"), "run_id": run });
    ann.api("POST", "/api/v1/models/drafted/versions", source).await.expect(201);
    for path in ["chart.png", "tables/errors.csv"] {
        get(&app, None, &of_run(path)).await.expect(200);
        get(&app, Some(&rob), &of_run(path)).await.expect(200);
    }
    let closed =
        ["checkpoint.safetensors", "last.pkl", "model/MLmodel", "model/vocab.txt", "out/terms.txt", "out/README.md"];
    for path in closed.iter().map(|path| of_run(path)).chain([of_model("notes.txt")]) {
        get(&app, None, &path).await.expect(401);
        get(&app, Some(&rob), &path).await.expect(403);
        get(&app, Some(&ann), &path).await.expect(200);
    }
    // The same bytes elsewhere are no way round it, and approved they are everybody's.
    put(&app, &ann, &of_run("copy.txt"), b"bytes of a draft").await.expect(200);
    get(&app, None, &of_run("copy.txt")).await.expect(401);
    let acts = "/api/v1/models/drafted/versions/1/acts";
    ann.api("POST", acts, json!({ "act": "request" })).await.expect(200);
    rita.api("POST", acts, json!({ "act": "approve" })).await.expect(200);
    get(&app, None, &of_run("out/terms.txt")).await.expect(200);
    get(&app, None, &of_run("copy.txt")).await.expect(200);
    get(&app, None, &of_run("checkpoint.safetensors")).await.expect(401);
    app.stop().await;
}

#[tokio::test]
async fn what_somebody_began_is_changed_by_them_and_by_reviewers_and_the_log_says_so() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let ben = app.person("ben", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let ada = app.person("ada", Role::Administrator).await;
    let made =
        ann.api("POST", "/api/2.0/mlflow/experiments/create", json!({ "name": "of ann" })).await.expect(200).json();
    let experiment = made["experiment_id"].as_str().unwrap().to_owned();
    let run = run_of(&ann).await;
    let file = format!("0/{run}/artifacts/notes.txt");
    put(&app, &ann, &file, b"one").await.expect(200);
    let changes = |value: &str| {
        [
            ("experiments/update", json!({ "experiment_id": experiment, "new_name": format!("renamed by {value}") })),
            ("experiments/set-experiment-tag", json!({ "experiment_id": experiment, "key": "k", "value": value })),
            ("experiments/delete-experiment-tag", json!({ "experiment_id": experiment, "key": "k" })),
            ("runs/update", json!({ "run_id": run, "run_name": value })),
            ("runs/set-tag", json!({ "run_id": run, "key": "k", "value": value })),
            ("runs/delete-tag", json!({ "run_id": run, "key": "k" })),
            ("runs/log-metric", json!({ "run_id": run, "key": "m", "value": 1.0, "timestamp": 1 })),
            ("runs/log-parameter", json!({ "run_id": run, "key": "p", "value": "1" })),
            ("runs/log-batch", json!({ "run_id": run, "tags": [{ "key": "b", "value": value }] })),
            ("runs/log-inputs", json!({ "run_id": run, "datasets": [] })),
            ("logged-models", json!({ "experiment_id": "0", "name": "m", "source_run_id": run })),
            ("runs/delete", json!({ "run_id": run })),
            ("runs/restore", json!({ "run_id": run })),
            ("experiments/delete", json!({ "experiment_id": experiment })),
            ("experiments/restore", json!({ "experiment_id": experiment })),
        ]
    };
    for (path, body) in changes("ben") {
        ben.api("POST", &format!("/api/2.0/mlflow/{path}"), body).await.expect(403);
    }
    put(&app, &ben, &file, b"other").await.expect(403);
    remove(&app, &ben, &file).await.expect(403);
    ben.api("PATCH", &format!("/api/v1/runs/{run}"), json!({ "name": "x" })).await;
    for person in [&ann, &rita] {
        for (path, body) in changes("somebody") {
            person.api("POST", &format!("/api/2.0/mlflow/{path}"), body).await.expect(200);
        }
    }
    put(&app, &ann, &file, b"two").await.expect(200);
    remove(&app, &rita, &file).await.expect(200);
    let data = ann.api("GET", &format!("/api/2.0/mlflow/runs/get?run_id={run}"), Value::Null).await.expect(200).json();
    assert!(!data.to_string().contains("ben"), "{data}");
    let log = ada.get("/admin/audit/export").await.expect(200).text;
    for action in [
        "tracking.experiment-rename",
        "tracking.run-delete",
        "tracking.run-restore",
        "tracking.run-record",
        "tracking.run-change",
        "tracking.artifact-replace",
        "tracking.artifact-remove",
        "tracking.experiment-delete",
    ] {
        assert!(log.contains(action), "{action}");
    }
    app.stop().await;
}
