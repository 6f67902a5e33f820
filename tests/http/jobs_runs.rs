//! A job that trains, measures or checks is a run too: begun with it, recorded while it works, over when it is, whoever carried it on.

use std::time::{Duration, Instant};

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{App, Person, article, with};
use crate::jobs::{demo, events, file, get, lines, start, until, work};

/// A run as the API gives it.
pub(crate) async fn run(app: &App, id: &Value) -> Value {
    app.get(&format!("/api/v1/runs/{}", id.as_str().expect("the job is a run"))).await.expect(200).json()
}

/// The steps of a metric's values, in order.
pub(crate) async fn steps(app: &App, id: &Value, key: &str) -> Vec<i64> {
    let path = format!("/api/v1/runs/{}/metrics?key={key}", id.as_str().unwrap());
    let history = app.get(&path).await.expect(200).json();
    history["values"].as_array().unwrap().iter().map(|value| value["step"].as_i64().unwrap()).collect()
}

/// The last value of a metric.
fn metric(run: &Value, key: &str) -> f64 {
    let metrics = run["metrics"].as_array().unwrap();
    let found = metrics.iter().find(|metric| metric["key"] == key);
    found.unwrap_or_else(|| panic!("{key}: {metrics:?}"))["value"].as_f64().unwrap()
}

async fn experiment_of(app: &App, run: &Value) -> Value {
    app.get(&format!("/api/v1/experiments/{}", run["experiment"])).await.expect(200).json()
}

fn judged_search() -> Value {
    json!({ "kind": "evaluate-search", "params": { "file": "judged.jsonl" } })
}

/// A judged query.
const JUDGED: &str =
    r#"{"id":"1","split":"tune","lang":"zh","query":"排序","vocabulary_gap":false,"grades":{"article/ranking":3}}"#;

/// The file of one judged query, and the article that answers it.
async fn judged(app: &App, boss: &Person<'_>) {
    file(app, "judged.jsonl", JUDGED);
    let published = with(article("ranking", "排序", "排序是给候选打分。"), json!({ "state": "published" }));
    boss.api("POST", "/api/v1/entries", published).await.expect(201);
}

async fn again(person: &Person<'_>, id: &str) -> Value {
    person.api("POST", &format!("/api/v1/jobs/{id}/retry"), Value::Null).await.expect(200).json()
}

#[tokio::test]
async fn a_training_is_a_run_with_its_steps_and_measures() {
    let app = App::start().await;
    demo(&app, 4_000).await;
    let ann = app.person("ann", Role::Author).await;
    let id = start(&ann, json!({ "kind": "train-recommend", "params": { "catalogue": "demo" } })).await;
    assert!(get(&ann, &id).await["run"].is_null(), "nothing has begun");
    let worker = work(&app, "one");
    let job = until(&ann, &id, "running").await;
    let begun = run(&app, &job["run"]).await;
    assert_eq!((&begun["state"], &begun["ended_at"]), (&json!("running"), &Value::Null));
    let done = until(&ann, &id, "succeeded").await;
    assert_eq!(done["run"], job["run"]);
    let run = run(&app, &job["run"]).await;
    assert_eq!((&run["state"], &run["user"]), (&json!("finished"), &json!("ann")));
    assert!(run["ended_at"].is_string());
    let experiment = experiment_of(&app, &run).await;
    assert_eq!((&experiment["name"], &experiment["entry"]), (&json!("train-recommend demo"), &Value::Null));
    let (params, tags) = (&run["params"], &run["tags"]);
    assert_eq!((&params["catalogue"], &params["linear/past_decay"]), (&json!("demo"), &json!("0.95")));
    assert_eq!((&tags["alluvium.job"], &tags["alluvium.attempt"]), (&json!(id), &json!("1")));
    let version = format!("{}/{}", done["result"]["registered"].as_str().unwrap(), done["result"]["version"]);
    assert_eq!((&tags["alluvium.version"], &tags["mlflow.source.type"]), (&json!(version), &json!("JOB")));
    assert_eq!((&run["datasets"][0]["name"], run["datasets"].as_array().unwrap().len()), (&json!("demo"), 1));
    assert_eq!(run["datasets"][0]["digest"].as_str().unwrap().len(), 16);
    for (head, name) in ["view", "cart", "purchase"].iter().enumerate() {
        let auc = done["result"]["heads"][head]["auc"].as_f64().unwrap();
        assert_eq!(metric(&run, &format!("{name}/auc")), auc);
    }
    // Each curve of the job is one of the run, with the same values.
    let said = events(&ann, &id).await;
    for key in ["ranking_loss", "before/sequence_loss", "all/sequence_ndcg_10"] {
        let own: Vec<&Value> =
            said.iter().map(|(_, _, data)| &data["data"]).filter(|data| data["key"] == key).collect();
        assert!(own.len() >= 2, "{key}");
        let own_steps: Vec<i64> = own.iter().map(|data| data["step"].as_i64().unwrap()).collect();
        assert_eq!(steps(&app, &job["run"], key).await, own_steps, "{key}");
        assert_eq!(metric(&run, key), own.last().unwrap()["value"].as_f64().unwrap(), "{key}");
    }
    let page = ann.get(&format!("/admin/jobs/{id}?lang=en")).await.expect(200).text;
    assert!(page.contains(&format!("href=\"/runs/{}\"", job["run"].as_str().unwrap())), "the page links it");
    let same = app.get(&format!("/api/2.0/mlflow/runs/get?run_id={}", job["run"].as_str().unwrap())).await;
    assert_eq!(same.expect(200).json()["run"]["info"]["status"], "FINISHED");
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_run_fails_and_goes_on_with_its_job() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    judged(&app, &boss).await;
    let id = start(&boss, judged_search()).await;
    std::fs::remove_file(app.data_dir().join("files/judged.jsonl")).unwrap();
    let worker = work(&app, "one");
    let job = until(&boss, &id, "failed").await;
    let failed = run(&app, &job["run"]).await;
    assert_eq!((&failed["state"], &failed["tags"]["alluvium.attempt"]), (&json!("failed"), &json!("3")));
    assert!(failed["ended_at"].is_string());
    app.services.jobs_close();
    worker.await.unwrap();

    file(&app, "judged.jsonl", JUDGED);
    assert_eq!(again(&boss, &id).await["state"], "queued");
    let waiting = run(&app, &job["run"]).await;
    assert_eq!((&waiting["state"], &waiting["ended_at"]), (&json!("scheduled"), &Value::Null));
    boss.api("POST", &format!("/api/v1/jobs/{id}/cancel"), Value::Null).await.expect(200);
    let killed = run(&app, &job["run"]).await;
    assert_eq!((&killed["state"], killed["ended_at"].is_string()), (&json!("killed"), true));
    again(&boss, &id).await;
    let second = app.second().await;
    file(&second, "judged.jsonl", JUDGED);
    let worker = work(&second, "two");
    let done = until(&boss, &id, "succeeded").await;
    assert_eq!(done["run"], job["run"], "the same run went on");
    let finished = run(&app, &job["run"]).await;
    assert_eq!((&finished["state"], &finished["params"]), (&json!("finished"), &json!({ "file": "judged.jsonl" })));
    assert_eq!(metric(&finished, "lexical/all/ndcg_10"), 1.0);
    // Another job of the same name is another run of the same experiment.
    let next = start(&boss, judged_search()).await;
    let next = until(&boss, &next, "succeeded").await;
    let other = run(&app, &next["run"]).await;
    assert_ne!(other["id"], finished["id"]);
    assert_eq!(other["experiment"], finished["experiment"]);
    assert_eq!(experiment_of(&app, &other).await["name"], "evaluate-search judged.jsonl");
    // What measures nothing is no run.
    let index = start(&boss, json!({ "kind": "reindex" })).await;
    assert!(until(&boss, &index, "succeeded").await["run"].is_null());
    second.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_training_that_is_stopped_is_killed_and_its_steps_are_there_once() {
    let app = App::start().await;
    demo(&app, 20_000).await;
    let boss = app.person("boss", Role::Administrator).await;
    let id = start(&boss, json!({ "kind": "train-recommend", "params": { "catalogue": "demo" } })).await;
    let worker = work(&app, "one");
    let since = Instant::now();
    while !events(&boss, &id).await.iter().any(|(_, kind, _)| kind == "metric") {
        assert!(since.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    boss.api("POST", &format!("/api/v1/jobs/{id}/cancel"), Value::Null).await.expect(200);
    let job = until(&boss, &id, "cancelled").await;
    assert_eq!(run(&app, &job["run"]).await["state"], "killed");
    let before = steps(&app, &job["run"], "before/sequence_loss").await;
    assert!(!before.is_empty(), "what was recorded is still there");
    again(&boss, &id).await;
    let done = until(&boss, &id, "succeeded").await;
    assert_eq!(done["run"], job["run"]);
    let after = steps(&app, &job["run"], "before/sequence_loss").await;
    assert!(after.len() >= before.len() && after.is_sorted_by(|a, b| a < b), "each step once: {before:?}, {after:?}");
    assert_eq!(run(&app, &job["run"]).await["state"], "finished");
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn what_was_deleted_stays_deleted_and_the_job_goes_on() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    judged(&app, &boss).await;
    let worker = work(&app, "one");
    let id = start(&boss, judged_search()).await;
    let job = until(&boss, &id, "succeeded").await;
    let first = run(&app, &job["run"]).await;
    let experiment = json!({ "experiment_id": first["experiment"].to_string() });
    boss.api("POST", "/api/2.0/mlflow/experiments/delete", experiment.clone()).await.expect(200);
    let id = start(&boss, judged_search()).await;
    let job = until(&boss, &id, "succeeded").await;
    assert!(job["run"].is_null());
    let said = lines(&events(&boss, &id).await);
    assert!(said[0].contains("no run is recorded") && said[0].contains("evaluate-search judged.jsonl"), "{said:?}");
    boss.api("POST", "/api/2.0/mlflow/experiments/restore", experiment).await.expect(200);
    app.services.jobs_close();
    worker.await.unwrap();

    // A run that is deleted before its job is tried again. The second server has no such file at first.
    let second = app.second().await;
    let worker = work(&second, "two");
    let id = start(&boss, judged_search()).await;
    let job = until(&boss, &id, "failed").await;
    boss.api("POST", "/api/2.0/mlflow/runs/delete", json!({ "run_id": job["run"] })).await.expect(200);
    file(&second, "judged.jsonl", JUDGED);
    again(&boss, &id).await;
    until(&boss, &id, "succeeded").await;
    let after = run(&app, &job["run"]).await;
    assert_eq!((&after["deleted"], &after["state"], &after["metrics"]), (&json!(true), &json!("failed"), &json!([])));
    second.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}
