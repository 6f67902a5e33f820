//! What a comparison with the champion is made on: what this server kept, not what came with a version. Without it nothing is measured, and nothing approved.

use alluvium_domain::Role;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::{MODEL, act, two_versions};
use crate::harness::{App, Person};

/// The check of a name in the last report about a version.
async fn check(person: &Person<'_>, number: i32, name: &str) -> Value {
    let all = person.api("GET", &format!("{MODEL}/decisions"), Value::Null).await.expect(200).json();
    let of_version = all["decisions"].as_array().unwrap().iter().rev();
    let report =
        of_version.filter(|one| one["number"] == number).find_map(|one| one["report"]["checks"].as_array().cloned());
    report.unwrap().into_iter().find(|check| check["name"] == name).unwrap()
}

#[tokio::test]
async fn a_comparison_is_made_on_what_the_server_kept_or_blocks() {
    let app = App::start().await;
    two_versions(&app).await;
    let ann = app.person("ann", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    // A version that comes without held-out examples, and one that comes with some of its own, are compared on the server's.
    let lines = [
        json!({ "key": "header", "value": { "summary": "without evidence" } }),
        json!({ "key": "deletedFile", "value": { "path": "held-out.safetensors" } }),
    ];
    let body = lines.map(|line| line.to_string()).join("\n");
    let request = Request::post("/api/models/recommend-demo/commit/main")
        .header("authorization", format!("Bearer {}", ann.token))
        .header("content-type", "application/x-ndjson");
    app.send(request.body(Body::from(body)).unwrap()).await.expect(200);
    act(&ann, 3, "request", "").await.expect(200);
    let header = br#"{"own":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#;
    let forged = [&(header.len() as u64).to_le_bytes()[..], header].concat();
    super::commit(&ann, &app, "recommend-demo", &[("held-out.safetensors", &forged)]).await.expect(200);
    act(&ann, 4, "request", "").await.expect(200);
    let examples = check(&ann, 2, "metrics").await["figures"]["examples"].clone();
    for number in [3, 4] {
        let metrics = check(&ann, number, "metrics").await;
        assert_eq!((&metrics["measured"], &metrics["figures"]["examples"]), (&json!(true), &examples), "{metrics}");
    }
    // Where the server's are gone, nothing is measured: that is no pass, and blocks.
    for number in [1, 2] {
        let files = ann.api("GET", &format!("{MODEL}/versions/{number}"), Value::Null).await.expect(200).json();
        let file =
            files["files"].as_array().unwrap().iter().find(|file| file["path"] == "held-out.safetensors").unwrap();
        let hash = file["sha256"].as_str().unwrap();
        std::fs::write(app.data_dir().join("blobs").join(&hash[..2]).join(&hash[2..]), "other").unwrap();
    }
    act(&ann, 3, "request", "").await.expect(200);
    let metrics = check(&ann, 3, "metrics").await;
    assert_eq!(
        (&metrics["measured"], &metrics["passed"], &metrics["required"]),
        (&json!(false), &json!(false), &json!(true))
    );
    let refused = act(&rita, 3, "approve", "").await.expect(409).text;
    assert!(refused.contains("metrics"), "{refused}");
    let page = rita.get("/admin/models/recommend-demo?lang=en").await.expect(200).text;
    assert!(page.contains("Not measured"));
    app.stop().await;
}
