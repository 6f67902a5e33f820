//! The encoder is fine-tuned on what was graded and bought in a shop, by the real weights.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::App;
use crate::jobs::{demo, events, lines, start, until, work};
use crate::jobs_runs::{run, steps};

/// Sold after a search, which is what a shop's page would send.
async fn bought(app: &App, query: &str, product: &str, kind: &str) {
    let event =
        json!({ "id": uuid::Uuid::now_v7(), "shopper": "s1", "product": product, "kind": kind, "query": query });
    let body = json!({ "catalogue": "demo", "events": [event] }).to_string();
    let request = http::Request::post("/api/v1/events").header("content-type", "application/json");
    let receipt = app.send(request.body(axum::body::Body::from(body)).unwrap()).await.expect(200).json();
    assert_eq!(receipt["accepted"], 1, "{receipt}");
}

async fn vector(app: &App, text: &str) -> Vec<f64> {
    let body = json!({ "input": text }).to_string();
    let request = http::Request::post("/v1/embeddings").header("content-type", "application/json");
    let answer = app.send(request.body(axum::body::Body::from(body)).unwrap()).await.expect(200).json();
    answer["data"][0]["embedding"].as_array().unwrap().iter().map(|number: &Value| number.as_f64().unwrap()).collect()
}

#[tokio::test]
async fn the_encoder_learns_from_grades_and_purchases() {
    let app = App::start_with_encoder().await;
    demo(&app, 0).await;
    let ann = app.person("ann", Role::Author).await;
    let order = json!({ "kind": "train-encoder", "params": { "catalogue": "demo", "lora": 4, "epochs": 2 } });
    let worker = work(&app, "one");
    let id = start(&ann, order.clone()).await;
    let job = until(&ann, &id, "failed").await;
    assert_eq!(job["problem"]["errors"][0]["field"], "catalogue", "nothing to learn from: {job}");
    assert_eq!(run(&app, &job["run"]).await["state"], "failed");

    bought(&app, "shoes for running", "running-shoes-0001", "purchase").await;
    bought(&app, "shoes for running", "running-shoes-0002", "cart").await;
    bought(&app, "Shoes for Running", "running-shoes-0002", "purchase").await;
    bought(&app, "shoes for running", "running-shoes-0003", "view").await;
    bought(&app, "shoes for running", "tea-0001", "purchase").await;
    for (query, product, grade) in
        [("green tea", "tea-0002", 3), ("green tea", "running-shoes-0004", 0), ("shoes for running", "tea-0001", 0)]
    {
        let body = json!({ "query": query, "product": product, "grade": grade });
        ann.api("POST", "/api/v1/catalogues/demo/judgements", body).await.expect(200);
    }
    let id = start(&ann, order).await;
    let job = until(&ann, &id, "succeeded").await;
    let result = &job["result"];
    assert_eq!((&result["pairs"], &result["steps"]), (&json!(3), &json!(2)), "{job}");
    assert!(lines(&events(&ann, &id).await).contains(&"3 pairs of a query and a product that answers it".to_owned()));

    let run = run(&app, &job["run"]).await;
    assert_eq!(run["state"], "finished");
    let params = &run["params"];
    assert_eq!((&params["lora"], &params["lora/rank"], &params["epochs"]), (&json!("4"), &json!("4"), &json!("2")));
    assert_eq!((&params["learning_rate"], &params["base"]), (&json!("0.0002"), &json!("all-MiniLM-L6-v2")));
    assert_eq!(run["tags"]["alluvium.model"], result["encoder"]);
    assert_eq!(run["datasets"][0]["name"], "demo");
    assert_eq!(steps(&app, &job["run"], "loss").await, [1, 2]);

    // What came of it is an encoder that a server can have, and another one than before.
    let folder = app.data_dir().join("models/encoder").join(result["folder"].as_str().unwrap());
    assert!(folder.join("adapter/adapter_model.safetensors").is_file());
    let tuned = App::start_with(Some(folder), true).await;
    let (before, after) = (vector(&app, "green tea").await, vector(&tuned, "green tea").await);
    assert_eq!(before.len(), after.len());
    assert!(before.iter().zip(&after).any(|(a, b)| (a - b).abs() > 1e-5), "training has moved it");
    tuned.stop().await;
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}
