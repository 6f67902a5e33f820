//! Health, metrics, OpenAPI.

use alluvium_domain::Role;
use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::harness::App;

#[tokio::test]
async fn probes_metrics_and_description_answer() {
    let app = App::start().await;
    assert_eq!(app.get("/healthz").await.expect(200).json()["status"], "ok");
    assert_eq!(app.get("/readyz").await.expect(200).json()["status"], "ok");
    app.get("/api/v1/entries").await.expect(200);
    // Everybody with a token, and programs of the same machine that no proxy stands before: a test is neither.
    app.get("/metrics").await.expect(401);
    let rea = app.person("rea", Role::Reader).await;
    let odd = Request::builder().method("MADEUP").uri("/api/v1/entries").body(Body::empty()).unwrap();
    app.send(odd).await.expect(405);
    let metrics = rea.api("GET", "/metrics", serde_json::Value::Null).await.expect(200).text;
    assert!(!metrics.contains("MADEUP"), "a method that somebody made up is no label");
    assert!(metrics.contains("http_request_duration_seconds_bucket"), "{metrics}");
    assert!(metrics.contains("route=\"/api/v1/entries\""), "{metrics}");
    let api = app.get("/api/openapi.json").await.expect(200).json();
    for path in ["/api/v1/search", "/api/v1/entries", "/api/v1/render", "/v1/embeddings"] {
        assert!(api["paths"].get(path).is_some(), "{path}");
    }
    for (path, operations) in api["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["responses"].get("414").is_some(), "{method} {path}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn without_an_encoder_embeddings_say_so() {
    let app = App::start().await;
    let rea = app.person("rea", Role::Reader).await;
    let body = json!({ "input": "a", "model": "m" });
    rea.api("POST", "/v1/embeddings", body.clone()).await.expect(503);
    // Dear, so that it is for people who are signed in unless the configuration says otherwise.
    let anonymous = Request::post("/v1/embeddings").header("content-type", "application/json");
    app.send(anonymous.body(Body::from(body.to_string())).unwrap()).await.expect(401);
    app.stop().await;
}

#[tokio::test]
async fn embeddings_have_the_shape_that_clients_expect() {
    let app = App::start_with_encoder().await;
    let rea = app.person("rea", Role::Reader).await;
    let send = async |body: serde_json::Value| rea.api("POST", "/v1/embeddings", body).await;
    let answer = send(json!({ "input": ["running shoes", "跑鞋"], "model": "m" })).await.expect(200).json();
    assert_eq!(answer["object"], "list");
    let data = answer["data"].as_array().unwrap();
    assert_eq!((data.len(), &data[1]["index"]), (2, &serde_json::json!(1)));
    let norm: f64 = data[0]["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap().powi(2)).sum();
    assert!((norm - 1.0).abs() < 1e-4, "{norm}");
    assert!(answer["usage"]["total_tokens"].as_u64().unwrap() >= 4);
    let packed = send(json!({ "input": "running shoes", "encoding_format": "base64" })).await.expect(200).json();
    assert!(packed["data"][0]["embedding"].is_string());
    send(json!({ "input": [] })).await.expect(422);
    app.stop().await;
}
