//! `alluvium worker` is killed in the middle of a training: another one takes the job up and goes on.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alluvium_domain::Role;
use serde_json::json;

use crate::harness::{App, root};
use crate::jobs::{demo, events, get, lines, start, until};
use crate::jobs_runs::{run, steps};

/// A worker in a process of its own.
fn worker(app: &App) -> Child {
    Command::new(env!("CARGO_BIN_EXE_alluvium"))
        .current_dir(root())
        .env("DATABASE_URL", app.database_url())
        .env("ALLUVIUM_DATA_DIR", app.data_dir())
        .env("ALLUVIUM_ENCODER", "none")
        .env("ALLUVIUM_JOB_SILENCE", "2")
        .env("RUST_LOG", "warn")
        .args(["worker", "--quiet"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn a_killed_worker_loses_nothing_and_another_one_goes_on() {
    let app = App::start().await;
    demo(&app, 6_000).await;
    let boss = app.person("boss", Role::Administrator).await;
    let id = start(&boss, json!({ "kind": "train-recommend", "params": { "catalogue": "demo" } })).await;
    let mut first = worker(&app);
    let since = Instant::now();
    let kept = loop {
        let said = events(&boss, &id).await;
        if lines(&said).iter().any(|line| line.starts_with("checkpoint: retrieval models (before)")) {
            break said;
        }
        assert!(since.elapsed() < Duration::from_secs(120) && first.try_wait().unwrap().is_none(), "{said:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    // SIGKILL.
    first.kill().unwrap();
    first.wait().unwrap();
    let job = get(&boss, &id).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("running"), &json!(1)), "it was killed in the middle: {job}");
    let worker_before = job["worker"].clone();
    let begun = run(&app, &job["run"]).await;
    assert_eq!(begun["state"], "running", "the run goes on like its job");
    let learned = steps(&app, &job["run"], "before/sequence_loss").await;
    assert!(!learned.is_empty(), "{begun}");

    let mut second = worker(&app);
    let job = until(&boss, &id, "succeeded").await;
    assert_eq!(job["attempt"], 2);
    assert_ne!(job["worker"], worker_before);
    let ended = run(&app, &job["run"]).await;
    assert_eq!((&ended["id"], &ended["state"]), (&begun["id"], &json!("finished")), "it is the same run");
    assert_eq!((&ended["started_at"], &ended["tags"]["alluvium.attempt"]), (&begun["started_at"], &json!("2")));
    assert_eq!(steps(&app, &job["run"], "before/sequence_loss").await, learned, "what was recorded is still there");
    for key in ["all/sequence_loss", "ranking_loss"] {
        let steps = steps(&app, &job["run"], key).await;
        assert!(!steps.is_empty() && steps.is_sorted_by(|a, b| a < b), "{key}: each step once: {steps:?}");
    }
    let said = events(&boss, &id).await;
    assert_eq!(said[..kept.len()], kept[..], "everything that could be read before is still there");
    let later = lines(&said[kept.len()..]);
    assert!(later.contains(&"going on from the checkpoint: retrieval models (before)".to_owned()), "{later:?}");
    let passes = later.iter().filter(|line| *line == "item-item weights").count();
    assert!(passes >= 1, "the second pass was not done yet: {later:?}");
    let model = job["result"]["model"].as_str().unwrap();
    assert!(app.get("/shop/demo/model").await.expect(200).text.contains(model), "what it made serves");
    assert!(!app.data_dir().join("jobs").join(&id).exists(), "what was kept is gone");

    // An interrupted worker ends in order.
    let pid = rustix::process::Pid::from_raw(i32::try_from(second.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert!(second.wait().unwrap().success());
    app.stop().await;
}
