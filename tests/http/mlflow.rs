//! `/api/2.0/mlflow`: the edges that the official client does not reach. What it does reach is in `tests/clients`.

use std::sync::Arc;

use alluvium_domain::Role;
use alluvium_services::Caller;
use axum::body::Body;
use base64::Engine as _;
use http::{Method, Request, header};
use serde_json::{Value, json};

use crate::harness::{Answer, App, PASSWORD, Person, UPLOAD_LIMIT, password};

const API: &str = "/api/2.0/mlflow";
const FILES: &str = "/api/2.0/mlflow-artifacts/artifacts";

async fn run(ann: &Person<'_>) -> String {
    let made = ann.api("POST", &format!("{API}/runs/create"), json!({ "experiment_id": "0" })).await.expect(200);
    made.json()["run"]["info"]["run_id"].as_str().unwrap().to_owned()
}

async fn file(app: &App, token: &str, method: Method, path: &str, body: Body) -> Answer {
    let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    app.send(request.body(body).unwrap()).await
}

fn error(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.json()["error_code"].as_str().unwrap().to_owned())
}

/// Files in a folder of the data folder, at any depth.
fn files_below(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().map(|entry| if entry.path().is_dir() { files_below(&entry.path()) } else { 1 }).sum()
}

#[tokio::test]
async fn no_path_leads_out_of_a_run() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let (one, other) = (run(&ann).await, run(&ann).await);
    let put = async |path: &str| file(&app, &ann.token, Method::PUT, &format!("{FILES}/{path}"), Body::from("x")).await;
    put(&format!("0/{one}/artifacts/a/b.txt")).await.expect(200);
    for path in [
        format!("0/{one}/artifacts/../../{other}/artifacts/b.txt"),
        format!("0/{one}/artifacts/%2e%2e/%2e%2e/{other}/artifacts/b.txt"),
        format!("0/{one}/artifacts/..%2f..%2f..%2fb.txt"),
        format!("0/{one}/artifacts/a%2f..%2f..%2fb.txt"),
        format!("0/{one}/artifacts/a%5cb.txt"),
        format!("0/{one}/artifacts/%00"),
        format!("0/{one}/artifacts//b.txt"),
        "%2fetc%2fpasswd".to_owned(),
        format!("0/{one}/b.txt"),
        "b.txt".to_owned(),
    ] {
        assert_eq!(error(&put(&path).await), (400, "INVALID_PARAMETER_VALUE".to_owned()), "{path}");
        let got = file(&app, &ann.token, Method::GET, &format!("{FILES}/{path}"), Body::empty()).await;
        assert_eq!(got.status, 400, "{path}");
        let removed = file(&app, &ann.token, Method::DELETE, &format!("{FILES}/{path}"), Body::empty()).await;
        assert_eq!(removed.status, 400, "{path}");
    }
    // What is encoded twice is a name like any other.
    put(&format!("0/{one}/artifacts/%252e%252e")).await.expect(200);
    let listed = app.get(&format!("{FILES}?path=0/{one}/artifacts/..")).await;
    assert_eq!(error(&listed), (400, "INVALID_PARAMETER_VALUE".to_owned()));
    // Another experiment's path does not name this run, and an unknown run has no files.
    let answer = put(&format!("1/{one}/artifacts/b.txt")).await;
    assert_eq!(error(&answer), (404, "RESOURCE_DOES_NOT_EXIST".to_owned()));
    assert_eq!(put("0/0123456789abcdef0123456789abcdef/artifacts/b.txt").await.status, 404);
    // A file is no folder, and a folder no file.
    assert_eq!(put(&format!("0/{one}/artifacts/a")).await.status, 400);
    assert_eq!(put(&format!("0/{one}/artifacts/a/b.txt/c")).await.status, 400);
    assert_eq!(put(&format!("0/{one}/artifacts")).await.status, 400);
    let names = app.get(&format!("{FILES}?path=0/{one}/artifacts")).await.expect(200).json();
    let names: Vec<_> = names["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(names, ["%2e%2e", "a"]);
    assert_eq!(app.get(&format!("{FILES}?path=0/{other}/artifacts")).await.json(), json!({ "files": [] }));
    app.stop().await;
}

#[tokio::test]
async fn uploads_have_a_limit_of_their_own_and_leave_nothing_behind() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let id = run(&ann).await;
    let path = format!("{FILES}/0/{id}/artifacts/weights.bin");
    let bytes: Vec<u8> = (0..9 * 1024 * 1024_u32).map(|number| (number % 251) as u8).collect();
    file(&app, &ann.token, Method::PUT, &path, Body::from(bytes.clone())).await.expect(200);
    let request = Request::get(&path).header(header::ACCEPT_ENCODING, "gzip, br");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", ann.token)).body(Body::empty()).unwrap();
    let got = app.send_bytes(request).await;
    assert!(got == bytes, "what comes back is what was sent, not compressed");
    // The same bytes are kept once.
    let again = format!("{FILES}/0/{id}/artifacts/copy.bin");
    file(&app, &ann.token, Method::PUT, &again, Body::from(bytes)).await.expect(200);
    assert_eq!(files_below(&app.data_dir().join("blobs")), 1);

    let large = format!("{FILES}/0/{id}/artifacts/large.bin");
    let announced = file(&app, &ann.token, Method::PUT, &large, Body::from(vec![0; UPLOAD_LIMIT as usize + 1])).await;
    assert_eq!(announced.status, 413);
    let pieces = (0..=UPLOAD_LIMIT >> 20).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 1 << 20]));
    let pieces = futures_util::stream::iter(pieces);
    assert_eq!(file(&app, &ann.token, Method::PUT, &large, Body::from_stream(pieces)).await.status, 413);
    let broken = futures_util::stream::iter([Ok(vec![0_u8; 1024]), Err(std::io::Error::other("gone"))]);
    assert_eq!(file(&app, &ann.token, Method::PUT, &large, Body::from_stream(broken)).await.status, 400);
    assert_eq!(files_below(&app.data_dir().join("blobs/incoming")), 0);
    assert_eq!(app.get(&large).await.status, 404);

    file(&app, &ann.token, Method::DELETE, &format!("{FILES}/0/{id}/artifacts"), Body::empty()).await.expect(200);
    assert_eq!(app.get(&path).await.status, 404);
    let rob = app.person("rob", Role::Reader).await;
    for method in [Method::PUT, Method::DELETE] {
        let refused = file(&app, &rob.token, method, &path, Body::from("{}")).await;
        assert_eq!(error(&refused), (403, "PERMISSION_DENIED".to_owned()));
    }
    app.stop().await;
}

#[tokio::test]
async fn one_metric_from_many_sides_keeps_every_value_and_the_last_step() {
    let app = Arc::new(App::start().await);
    let ann = app.person("ann", Role::Author).await;
    let id = run(&ann).await;
    let token = ann.token.clone();
    let tasks: Vec<_> = (0..12)
        .map(|side| {
            let (app, id, token) = (Arc::clone(&app), id.clone(), token.clone());
            tokio::spawn(async move {
                for step in (side..120).step_by(12) {
                    // Keys in another order each time, and a tag that renames the run: what would deadlock where locks are taken as they come.
                    let mut keys = ["a", "b", "c"];
                    keys.rotate_left(side % 3);
                    let metrics: Vec<Value> = keys
                        .iter()
                        .map(|key| json!({ "key": key, "value": step, "timestamp": step, "step": step }))
                        .collect();
                    let tags = json!([{ "key": "mlflow.runName", "value": format!("run {side}") }]);
                    let body = json!({ "run_id": id, "metrics": metrics, "tags": tags,
                                       "params": [{ "key": "same", "value": "x" }] });
                    let request = Request::post(format!("{API}/runs/log-batch"))
                        .header(header::AUTHORIZATION, format!("Bearer {token}"))
                        .body(Body::from(body.to_string()));
                    app.send(request.unwrap()).await.expect(200);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let history = app.get(&format!("{API}/metrics/get-history?run_id={id}&metric_key=b")).await.expect(200).json();
    let steps: Vec<i64> =
        history["metrics"].as_array().unwrap().iter().map(|point| point["step"].as_i64().unwrap()).collect();
    assert_eq!(steps, (0..120).collect::<Vec<_>>());
    let found = app.get(&format!("{API}/runs/get?run_id={id}")).await.expect(200).json();
    let last: Vec<_> = found["run"]["data"]["metrics"].as_array().unwrap().iter().map(|one| &one["value"]).collect();
    assert_eq!(last, [&json!(119.0), &json!(119.0), &json!(119.0)]);
    Arc::try_unwrap(app).ok().unwrap().stop().await;
}

#[tokio::test]
async fn a_parameter_that_two_set_at_once_has_one_value() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let id = run(&ann).await;
    let path = format!("{API}/runs/log-parameter");
    let set = async |value: &str| {
        ann.api("POST", &path, json!({ "run_id": id, "key": "lr", "value": value })).await.status.as_u16()
    };
    let (a, b, c, d) = tokio::join!(set("1"), set("2"), set("3"), set("4"));
    let mut statuses = [a, b, c, d];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400]);
    app.stop().await;
}

#[tokio::test]
async fn name_and_password_are_good_until_they_change() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let get = async |password: &str| {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("ann:{password}"));
        let request = Request::get(format!("{API}/experiments/get?experiment_id=0"))
            .header(header::AUTHORIZATION, format!("Basic {text}"));
        app.send(request.body(Body::empty()).unwrap()).await
    };
    get(PASSWORD).await.expect(200);
    get(PASSWORD).await.expect(200);
    let refused = get("not the password").await.expect(401);
    assert_eq!(refused.headers[header::WWW_AUTHENTICATE], "Bearer", "no browser is to ask for a password");
    assert_eq!(refused.json()["error_code"], "UNAUTHENTICATED");
    let actor = app.services.actor_by_session(Some(&ann.session)).await.unwrap();
    app.services
        .password_set(&Caller::default(), &actor, password(PASSWORD, "another long password", None))
        .await
        .unwrap();
    get(PASSWORD).await.expect(401);
    get("another long password").await.expect(200);
    // Guessing is as limited here as on the page, and does not lock out who knows it.
    for _ in 0..10 {
        get("not the password").await;
    }
    assert_eq!(get("not the password either").await.json()["error_code"], "REQUEST_LIMIT_EXCEEDED");
    get("another long password").await.expect(200);
    let boss = app.person("boss", Role::Administrator).await;
    let boss = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    app.services.user_disable(&boss, actor.user_id().unwrap(), true).await.unwrap();
    assert_ne!(get("another long password").await.status, 200, "a disabled person's password is worth nothing");
    app.stop().await;
}

#[tokio::test]
async fn without_anonymous_reading_strangers_see_nothing() {
    let app = App::start_with(None, false).await;
    let id = "0123456789abcdef0123456789abcdef";
    for path in [
        format!("{API}/experiments/get?experiment_id=0"),
        format!("{API}/runs/get?run_id={id}"),
        format!("{API}/metrics/get-history?run_id={id}&metric_key=y"),
        format!("{API}/logged-models/m-{id}"),
        format!("{FILES}?path=0/{id}/artifacts"),
        format!("{FILES}/0/{id}/artifacts/a"),
    ] {
        assert_eq!(app.get(&path).await.status, 401, "{path}");
    }
    let info = app.get("/api/3.0/mlflow/server-info").await.expect(200).json();
    assert_eq!(info["multipart_uploads_enabled"], false);
    app.stop().await;
}

#[tokio::test]
async fn another_site_cannot_log_with_somebodys_session() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let request = Request::post(format!("{API}/experiments/create"))
        .header(header::COOKIE, format!("alluvium_session={}", ann.session))
        .header(header::HOST, "127.0.0.1:3000")
        .header(header::ORIGIN, "https://evil.example")
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from(r#"{"name": "evil"}"#));
    app.send(request.unwrap()).await.expect(403);
    app.get(&format!("{API}/experiments/get-by-name?experiment_name=evil")).await.expect(404);
    app.stop().await;
}

/// A value that is too long is cut, which is said, and what comes with it is kept; bodies may be written as Python and protocol buffers write them.
#[tokio::test]
async fn one_long_value_does_not_sink_its_neighbours() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let id = run(&ann).await;
    let long = "长".repeat(6_001);
    let batch = json!({
        "run_id": id,
        "metrics": [{ "key": "acc", "value": 0.9, "timestamp": 1, "step": 0 }],
        "params": [{ "key": "ok", "value": "1" }, { "key": "long", "value": long }],
        "tags": [{ "key": "t", "value": "v" }, { "key": "longtag", "value": "y".repeat(8_001) }],
    });
    for _ in 0..2 {
        ann.api("POST", &format!("{API}/runs/log-batch"), batch.clone()).await.expect(200);
    }
    ann.api(
        "POST",
        &format!("{API}/runs/log-parameter"),
        json!({ "run_id": id, "key": "one", "value": "z".repeat(7_000) }),
    )
    .await
    .expect(200);
    ann.api("POST", &format!("{API}/runs/set-tag"), json!({ "run_id": id, "key": "two", "value": "z".repeat(9_000) }))
        .await
        .expect(200);
    let data = ann.api("GET", &format!("{API}/runs/get?run_id={id}"), Value::Null).await.expect(200).json();
    let value = |list: &str, key: &str| {
        let all = data["run"]["data"][list].as_array().unwrap();
        all.iter().find(|one| one["key"] == key).map(|one| one["value"].clone()).unwrap_or_default()
    };
    assert_eq!(
        (value("metrics", "acc"), value("params", "ok"), value("tags", "t")),
        (json!(0.9), json!("1"), json!("v"))
    );
    assert_eq!(value("params", "long"), json!("长".repeat(6_000)));
    assert_eq!(value("params", "one").as_str().unwrap().len(), 6_000);
    assert_eq!(value("tags", "longtag").as_str().unwrap().len(), 8_000);
    assert_eq!(value("tags", "alluvium.cut"), json!("tags.two: 9000"));
    let new = json!({ "experiment_id": "0", "tags": [{ "key": "k", "value": "x".repeat(8_001) }] });
    ann.api("POST", &format!("{API}/runs/create"), new).await.expect(200);

    let raw = async |body: String| {
        let request = Request::post(format!("{API}/runs/log-metric"))
            .header(header::AUTHORIZATION, format!("Bearer {}", ann.token));
        app.send(request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap()).await
    };
    raw(format!(r#"{{"runId": "{id}", "key": "loss", "value": NaN, "timestamp": 1}}"#)).await.expect(200);
    raw(format!(r#"{{"run_id": "{id}", "key": "up", "value": -Infinity, "timestamp": "2", "datasetName": "d"}}"#))
        .await
        .expect(200);
    raw(format!(r#"{{"run_id": "{id}", "key": "up", "value": nan, "timestamp": "2"}}"#)).await.expect(400);
    let history = ann.api("GET", &format!("{API}/metrics/get-history?runId={id}&metricKey=loss"), Value::Null).await;
    assert_eq!(history.expect(200).json()["metrics"].as_array().unwrap().len(), 1);
    app.stop().await;
}
