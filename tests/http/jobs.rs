//! `/api/v1/jobs` and `/admin/jobs`: asked for, done once, stopped, tried again, followed; who may.

use std::time::{Duration, Instant};

use alluvium_domain::Role;
use alluvium_services::WorkerSettings;
use alluvium_services::shop::DemoPlan;
use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::harness::{App, Person};

/// A worker that does not wait long.
pub(crate) fn settings(name: &str) -> WorkerSettings {
    WorkerSettings {
        serving: true,
        silence: Duration::from_secs(1),
        backoff: Duration::from_millis(50),
        ..WorkerSettings::new(name)
    }
}

pub(crate) fn work(app: &App, name: &str) -> tokio::task::JoinHandle<()> {
    let (services, settings) = (app.services.clone(), settings(name));
    tokio::spawn(async move { services.jobs_work(settings).await })
}

pub(crate) async fn demo(app: &App, events: usize) {
    let plan = DemoPlan { products_each: 12, shoppers: 60, events, ..DemoPlan::default() };
    app.services.shop_demo(plan).await.unwrap();
}

/// A file for jobs.
pub(crate) fn file(app: &App, name: &str, text: &str) {
    let path = app.data_dir().join("files").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

pub(crate) async fn start(person: &Person<'_>, order: Value) -> String {
    let job = person.api("POST", "/api/v1/jobs", order).await.expect(201).json();
    job["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn get(person: &Person<'_>, id: &str) -> Value {
    person.api("GET", &format!("/api/v1/jobs/{id}"), Value::Null).await.expect(200).json()
}

/// Waits until a job stands so.
pub(crate) async fn until(person: &Person<'_>, id: &str, state: &str) -> Value {
    let since = Instant::now();
    loop {
        let job = get(person, id).await;
        if job["state"] == state {
            return job;
        }
        assert!(since.elapsed() < Duration::from_secs(120), "not {state}: {job}\n{:?}", events(person, id).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Number, kind and data of everything that a stream said.
fn read_stream(text: &str) -> Vec<(i64, String, Value)> {
    let mut all = Vec::new();
    for block in text.split("\n\n") {
        let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let (Some(id), Some(kind), Some(data)) = (line("id:"), line("event:"), line("data:")) else { continue };
        all.push((id.parse().unwrap(), kind.to_owned(), serde_json::from_str(data).unwrap()));
    }
    all
}

/// Everything that a job has said.
pub(crate) async fn events(person: &Person<'_>, id: &str) -> Vec<(i64, String, Value)> {
    let path = format!("/api/v1/jobs/{id}/events?follow=false");
    read_stream(&person.api("GET", &path, Value::Null).await.expect(200).text)
}

pub(crate) fn lines(events: &[(i64, String, Value)]) -> Vec<String> {
    let logs = events.iter().filter(|(_, kind, _)| kind == "log");
    logs.map(|(_, _, data)| data["data"]["text"].as_str().unwrap().to_owned()).collect()
}

fn import_of(number: usize) -> Value {
    let params =
        json!({ "format": "products", "file": format!("{number}.jsonl"), "catalogue": format!("shop-{number}") });
    json!({ "kind": "import", "params": params })
}

#[tokio::test]
async fn two_workers_do_each_job_once() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    let mut ids = Vec::new();
    for number in 0..12 {
        file(&app, &format!("{number}.jsonl"), &format!("{{\"id\":\"p{number}\",\"title\":\"Product\"}}\n"));
        ids.push(start(&boss, import_of(number)).await);
    }
    let workers = [work(&app, "one"), work(&app, "two")];
    let mut by = std::collections::BTreeMap::<String, usize>::new();
    for id in &ids {
        let job = until(&boss, id, "succeeded").await;
        assert_eq!((&job["attempt"], &job["result"]["products"]), (&json!(1), &json!(1)), "{job}");
        let begun = events(&boss, id).await;
        let begun =
            begun.iter().filter(|(_, kind, data)| kind == "state" && data["data"]["state"] == "running").count();
        assert_eq!(begun, 1);
        *by.entry(job["worker"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(by.len(), 2, "both had some: {by:?}");
    app.services.jobs_close();
    for worker in workers {
        worker.await.unwrap();
    }
    app.stop().await;
}

#[tokio::test]
async fn a_worker_that_lost_its_job_writes_nothing_more() {
    let app = App::start().await;
    demo(&app, 4_000).await;
    let boss = app.person("boss", Role::Administrator).await;
    let id = start(&boss, json!({ "kind": "train-recommend", "params": { "catalogue": "demo" } })).await;
    let worker = work(&app, "slow");
    until(&boss, &id, "running").await;
    // Another worker takes it up, as if this one had been silent; it then hears that by its next word.
    let stolen = "update job set attempt = attempt + 1, worker = 'thief', heartbeat_at = now() + interval '1 hour'";
    app.execute(stolen).await.unwrap();
    let known = events(&boss, &id).await.len();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let job = get(&boss, &id).await;
    assert_eq!((&job["state"], &job["worker"], &job["attempt"]), (&json!("running"), &json!("thief"), &json!(2)));
    assert!(job["result"].is_null());
    let now = events(&boss, &id).await;
    assert_eq!(now.len(), known, "nothing was written: {:?}", &now[known..]);
    // The other one falls silent, and the first, which is free again, takes the job up.
    app.execute("update job set heartbeat_at = now() - interval '1 minute'").await.unwrap();
    let job = until(&boss, &id, "succeeded").await;
    assert_eq!((&job["worker"], &job["attempt"]), (&json!("slow"), &json!(3)));
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_silent_job_without_an_attempt_left_has_failed() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    let id = start(&boss, json!({ "kind": "reindex" })).await;
    let lost = "update job set state = 'running', attempt = attempts, worker = 'gone', heartbeat_at = now() - interval '1 hour'";
    app.execute(lost).await.unwrap();
    let worker = work(&app, "one");
    let job = until(&boss, &id, "failed").await;
    assert_eq!(job["problem"]["kind"], "unavailable");
    // Tried again by a person, it is done by somebody else.
    boss.api("POST", &format!("/api/v1/jobs/{id}/retry"), Value::Null).await.expect(200);
    let job = until(&boss, &id, "succeeded").await;
    assert_eq!((&job["attempt"], &job["attempts"]), (&json!(4), &json!(6)));
    boss.api("POST", &format!("/api/v1/jobs/{id}/retry"), Value::Null).await.expect(409);
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_and_what_is_wrong_is_not() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    file(&app, "judged.jsonl", "{}");
    let failing = start(&boss, json!({ "kind": "evaluate-search", "params": { "file": "judged.jsonl" } })).await;
    // The file is gone by the time that it is read.
    std::fs::remove_file(app.data_dir().join("files/judged.jsonl")).unwrap();
    demo(&app, 0).await;
    let wrong = start(&boss, json!({ "kind": "train-recommend", "params": { "catalogue": "demo" } })).await;
    let worker = work(&app, "one");
    let job = until(&boss, &failing, "failed").await;
    assert_eq!(job["attempt"], 3, "{job}");
    let said = lines(&events(&boss, &failing).await);
    assert_eq!(said.len(), 3, "each attempt says why: {said:?}");
    assert!(said[0].contains("judged.jsonl"), "{said:?}");
    let job = until(&boss, &wrong, "failed").await;
    assert_eq!((&job["attempt"], &job["problem"]["errors"][0]["field"]), (&json!(1), &json!("catalogue")), "{job}");
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_job_is_stopped_by_who_may_stop_it_and_goes_on_when_asked() {
    let app = App::start().await;
    demo(&app, 4_000).await;
    let (ann, ben) = (app.person("ann", Role::Author).await, app.person("ben", Role::Author).await);
    let boss = app.person("boss", Role::Administrator).await;
    let train = json!({ "kind": "train-recommend", "params": { "catalogue": "demo" } });
    let id = start(&ann, train.clone()).await;
    let path = |what: &str| format!("/api/v1/jobs/{id}/{what}");
    ann.api("POST", "/api/v1/jobs", train.clone()).await.expect(409);
    ben.api("POST", &path("cancel"), Value::Null).await.expect(403);
    // One that waits has ended at once.
    let job = ann.api("POST", &path("cancel"), Value::Null).await.expect(200).json();
    assert_eq!(job["state"], "cancelled");
    ann.api("POST", &path("cancel"), Value::Null).await.expect(409);
    ben.api("POST", &path("retry"), Value::Null).await.expect(403);
    boss.api("POST", &path("retry"), Value::Null).await.expect(200);
    // One that runs hears of it.
    let worker = work(&app, "one");
    until(&ann, &id, "running").await;
    let job = ann.api("POST", &path("cancel"), Value::Null).await.expect(200).json();
    assert_eq!((&job["state"], &job["cancel"]), (&json!("running"), &json!(true)));
    until(&ann, &id, "cancelled").await;
    ann.api("POST", &path("retry"), Value::Null).await.expect(200);
    let job = until(&ann, &id, "succeeded").await;
    assert!(job["result"]["model"].as_str().unwrap().starts_with("mmoe"), "{}", job["result"]["model"]);
    assert_eq!(job["progress"], 1.0);
    let answer = app.get("/shop/demo/model").await.expect(200).text;
    assert!(answer.contains(job["result"]["model"].as_str().unwrap()), "it serves");
    let audit = boss.get("/admin/audit").await.expect(200).text;
    for action in ["job.start", "job.cancel", "job.retry"] {
        assert!(audit.contains(action), "{action}");
    }
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_worker_that_ends_gives_its_job_back() {
    let app = App::start().await;
    demo(&app, 4_000).await;
    let boss = app.person("boss", Role::Administrator).await;
    let id = start(&boss, json!({ "kind": "train-recommend", "params": { "catalogue": "demo" } })).await;
    let worker = work(&app, "one");
    until(&boss, &id, "running").await;
    app.services.jobs_close();
    tokio::time::timeout(Duration::from_secs(10), worker).await.unwrap().unwrap();
    let job = get(&boss, &id).await;
    assert_eq!((&job["state"], &job["attempt"], &job["attempts"]), (&json!("queued"), &json!(1), &json!(4)), "{job}");
    app.stop().await;
}

#[tokio::test]
async fn a_follower_who_is_cut_off_misses_nothing() {
    let app = App::start().await;
    demo(&app, 4_000).await;
    let boss = app.person("boss", Role::Administrator).await;
    let id = start(&boss, json!({ "kind": "train-recommend", "params": { "catalogue": "demo" } })).await;
    let open = async |last: Option<i64>| {
        let mut request = http::Request::get(format!("/api/v1/jobs/{id}/events"))
            .header("authorization", format!("Bearer {}", boss.token));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = app.open(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.into_body()
    };
    let mut heard: Vec<(i64, String, Value)> = Vec::new();
    let mut stream = open(None).await;
    let worker = work(&app, "one");
    let mut cuts = 0;
    loop {
        let mut text = String::new();
        // A part of the stream, in whole events.
        while !text.ends_with("\n\n") {
            let frame = tokio::time::timeout(Duration::from_secs(60), stream.frame()).await.expect("it goes on");
            let Some(frame) = frame else { break };
            text.push_str(&String::from_utf8_lossy(&frame.unwrap().into_data().unwrap()));
        }
        heard.extend(read_stream(&text));
        if text.contains("event: end") {
            break;
        }
        // Cut off after every tenth event, live and while there is more to read.
        if heard.len() / 10 > cuts {
            cuts = heard.len() / 10;
            drop(stream);
            stream = open(heard.last().map(|(id, ..)| *id)).await;
        }
    }
    assert!(cuts >= 2, "{} events", heard.len());
    assert_eq!(heard, events(&boss, &id).await);
    assert!(heard.is_sorted_by(|a, b| a.0 < b.0));
    assert!(heard.iter().any(|(_, kind, _)| kind == "metric") && heard.iter().any(|(_, kind, _)| kind == "progress"));
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn only_who_may_sees_and_starts_jobs() {
    let app = App::start().await;
    demo(&app, 0).await;
    let (reader, author) = (app.person("reader", Role::Reader).await, app.person("author", Role::Author).await);
    let check = json!({ "kind": "check-explanations", "params": { "catalogue": "demo" } });
    app.get("/api/v1/jobs").await.expect(401);
    assert!(app.get("/admin/jobs").await.expect(303).location().starts_with("/sign-in"));
    reader.api("GET", "/api/v1/jobs", Value::Null).await.expect(403);
    reader.api("POST", "/api/v1/jobs", check.clone()).await.expect(403);
    author.api("POST", "/api/v1/jobs", json!({ "kind": "reindex" })).await.expect(403);
    author.get("/admin/jobs/new?kind=reindex").await.expect(403);
    let id = start(&author, check).await;
    for what in ["", "/events"] {
        reader.api("GET", &format!("/api/v1/jobs/{id}{what}"), Value::Null).await.expect(403);
        app.get(&format!("/api/v1/jobs/{id}{what}")).await.expect(401);
    }
    let missing = uuid::Uuid::now_v7();
    author.api("GET", &format!("/api/v1/jobs/{missing}/events"), Value::Null).await.expect(404);
    author.api("POST", &format!("/api/v1/jobs/{missing}/cancel"), Value::Null).await.expect(404);
    let list =
        author.api("GET", "/api/v1/jobs?state=queued&kind=check-explanations", Value::Null).await.expect(200).json();
    assert_eq!(list["jobs"][0]["id"], json!(id));
    assert_eq!(list["jobs"][0]["params"], json!({ "catalogue": "demo", "recommendations": 1000 }));
    app.stop().await;
}

#[tokio::test]
async fn wrong_fields_stand_beside_themselves() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    for (params, fields) in [
        (json!({ "folder": "../../etc", "folds": 1, "repeats": 101 }), vec!["folder", "folds", "repeats"]),
        (json!({ "folder": "not-there" }), vec!["folder"]),
    ] {
        let order = json!({ "kind": "evaluate-products", "params": params });
        let problem = boss.api("POST", "/api/v1/jobs", order).await.expect(422).json();
        let found: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!(found, fields);
    }
    let fields = [("kind", "evaluate-products"), ("folder", "/etc"), ("folds", "many"), ("repeats", "3")];
    let page = boss.form("/admin/jobs?lang=en", &fields).await.expect(422).text;
    for part in
        ["folder-error", "folds-error", "must be between 2 and 100", "value=\"/etc\"", "value=\"many\"", "value=\"3\""]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("repeats-error"));
    let wrong = [("kind", "train-recommend"), ("catalogue", "no-such")];
    assert!(boss.form("/admin/jobs?lang=en", &wrong).await.expect(422).text.contains("catalogue-error"));

    // Without JavaScript: started by the form, read to its end on its page.
    let to = boss.form("/admin/jobs", &[("kind", "reindex")]).await.expect(303).location().to_owned();
    assert!(
        boss.form("/admin/jobs?lang=en", &[("kind", "reindex")])
            .await
            .expect(409)
            .text
            .contains("waits or runs already")
    );
    let waiting = boss.get(&format!("{to}?lang=en")).await.expect(200).text;
    assert!(waiting.contains("Load anew") && waiting.contains(&format!("{to}/cancel")));
    let worker = work(&app, "one");
    until(&boss, to.rsplit('/').next().unwrap(), "succeeded").await;
    let done = boss.get(&format!("{to}?lang=en")).await.expect(200).text;
    for part in ["Succeeded", "indexed 0 entries", "&quot;entries&quot;: 0", "100 %"] {
        assert!(done.contains(part) || done.contains(&part.replace("&quot;", "\"")), "{part}");
    }
    let list = boss.get("/admin/jobs?lang=zh").await.expect(200).text;
    assert!(list.contains("重建索引") && list.contains("已完成"));
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}
