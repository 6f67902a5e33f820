//! The registry: what the tests of its parts share.

mod artifacts;
mod checks;
mod evidence;
mod gate;
mod names;
mod pages;
pub(crate) mod serving;

use alluvium_services::recommend::{TrainedShop, Training};
use alluvium_services::shop::DemoPlan;
use axum::body::Body;
use base64::Engine as _;
use http::Request;
use serde_json::{Value, json};

use crate::harness::{Answer, App, Person};

pub(crate) const MODEL: &str = "/api/v1/models/recommend-demo";

async fn train(app: &App) -> TrainedShop {
    app.services.recommend_train("demo", Training::default(), |_| {}).await.unwrap()
}

async fn ask(app: &App) -> Value {
    let body = json!({ "catalogue": "demo", "shopper": "shopper-0001", "explain": true }).to_string();
    let request = Request::post("/api/v1/recommendations").header("content-type", "application/json");
    app.send(request.body(Body::from(body)).unwrap()).await.expect(200).json()
}

/// Name of the model that answers.
async fn serving(app: &App) -> String {
    ask(app).await["model"].as_str().unwrap().to_owned()
}

/// A small demo shop whose first version serves, and a second version from more events.
pub(crate) async fn two_versions(app: &App) -> (TrainedShop, TrainedShop) {
    let plan = DemoPlan { products_each: 12, shoppers: 60, events: 3_000, ..DemoPlan::default() };
    app.services.shop_demo(plan).await.unwrap();
    let first = train(app).await;
    let events: Vec<Value> = (1..=40_u128)
        .map(|n| {
            json!({ "id": uuid::Uuid::from_u128(n), "shopper": format!("shopper-{:04}", n % 20 + 1),
                "product": format!("tea-{:04}", n % 12 + 1), "kind": "purchase" })
        })
        .collect();
    app.events("demo", &events).await.expect(200);
    let second = train(app).await;
    assert_ne!(first.model, second.model);
    (first, second)
}

pub(crate) async fn act(person: &Person<'_>, number: i32, act: &str, reason: &str) -> Answer {
    let path = format!("{MODEL}/versions/{number}/acts");
    person.api("POST", &path, json!({ "act": act, "reason": reason })).await
}

async fn approval(person: &Person<'_>, number: i32) -> Value {
    person.api("GET", &format!("{MODEL}/versions/{number}"), Value::Null).await.expect(200).json()["approval"].clone()
}

/// A commit as the hub's client sends it.
pub(crate) async fn commit(person: &Person<'_>, app: &App, name: &str, files: &[(&str, &[u8])]) -> Answer {
    let mut lines = json!({ "key": "header", "value": { "summary": "a commit", "description": "" } }).to_string();
    for (path, bytes) in files {
        let content = base64::engine::general_purpose::STANDARD.encode(bytes);
        let line = json!({ "key": "file", "value": { "path": path, "content": content, "encoding": "base64" } });
        lines = format!("{lines}\n{line}");
    }
    let request = Request::post(format!("/api/models/{name}/commit/main"))
        .header("authorization", format!("Bearer {}", person.token))
        .header("content-type", "application/x-ndjson");
    app.send(request.body(Body::from(lines)).unwrap()).await
}

/// A text with every section of a model card.
fn sections() -> String {
    ["Intended use", "Limits", "Training data", "Evaluation", "Explanation checks", "Fairness", "Privacy"]
        .map(|name| format!("## {name}\n\nText of {name}.\n\n"))
        .concat()
}
