//! What is taken and what can be approved: by whom, with which card, with which weights.

use alluvium_domain::Role;
use serde_json::{Value, json};

use super::{MODEL, act, commit, sections, serving, two_versions};
use crate::harness::App;

#[tokio::test]
async fn nobody_approves_their_own_version() {
    let app = App::start().await;
    let rita = app.person("rita", Role::Reviewer).await;
    let ronja = app.person("ronja", Role::Reviewer).await;
    rita.api("POST", "/api/v1/models", json!({ "name": "team/own" })).await.expect(201);
    let card = format!("---\nlicense: apache-2.0\n---\n{}", sections());
    commit(&rita, &app, "team/own", &[("config.json", b"{}")]).await.expect(200);
    let path = |number: i32| format!("/api/v1/models/team%2Fown/versions/{number}/acts");
    let say = |act: &str| json!({ "act": act, "reason": "because" });
    // Without a card the checks fail, and a reviewer cannot approve.
    rita.api("POST", &path(1), say("request")).await.expect(200);
    let refused = ronja.api("POST", &path(1), say("approve")).await.expect(409).json();
    assert!(refused["detail"].as_str().unwrap().contains("card"), "{refused}");
    commit(&rita, &app, "team/own", &[("README.md", card.as_bytes())]).await.expect(200);
    ronja.api("POST", &path(2), say("approve")).await.expect(409);
    rita.api("POST", &path(2), say("request")).await.expect(200);
    let own = rita.api("POST", &path(2), say("approve")).await.expect(403).json();
    assert!(own["detail"].as_str().unwrap().contains("their own"), "{own}");
    rita.api("POST", &path(2), say("reject")).await.expect(403);
    rita.form("/admin/models/team%2Fown/versions/2/act", &[("act", "approve"), ("reason", "")]).await.expect(403);
    assert!(rita.get("/admin/models/team%2Fown?lang=en").await.expect(200).text.contains("This version is your own"));
    ronja.form("/admin/models/team%2Fown/versions/2/act", &[("act", "approve"), ("reason", "fine")]).await.expect(303);
    let page = ronja.get("/admin/models/team%2Fown?lang=en").await.expect(200).text;
    assert!(page.contains("Approved") && page.contains("fine"));
    // The same commit again makes no version.
    commit(&rita, &app, "team/own", &[("README.md", card.as_bytes())]).await.expect(200);
    let versions = rita.api("GET", "/api/v1/models/team%2Fown/versions", Value::Null).await.expect(200).json();
    assert_eq!(versions["versions"].as_array().unwrap().len(), 2);
    app.stop().await;
}

/// A commit that replaces the weights of a recommendation model by others is checked before anybody can approve it.
#[tokio::test]
async fn weights_that_do_not_give_the_golden_outputs_are_not_approvable() {
    let app = App::start().await;
    let (first, _) = two_versions(&app).await;
    let ann = app.person("ann", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let files = ann.api("GET", &format!("{MODEL}/versions/2"), Value::Null).await.expect(200).json();
    let ranker = files["files"].as_array().unwrap().iter().find(|file| file["path"] == "ranker.safetensors").unwrap();
    let hash = ranker["sha256"].as_str().unwrap();
    let mut bytes = std::fs::read(app.data_dir().join("blobs").join(&hash[..2]).join(&hash[2..])).unwrap();
    // Whole as safetensors, with other numbers at the end.
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&7.0_f32.to_le_bytes());
    commit(&ann, &app, "recommend-demo", &[("ranker.safetensors", &bytes)]).await.expect(200);
    act(&ann, 3, "request", "").await.expect(200);
    let refused = act(&rita, 3, "approve", "").await.expect(409).json();
    assert!(refused["detail"].as_str().unwrap().contains("golden"), "{refused}");
    // Cut off, it is not even taken.
    let refused = commit(&ann, &app, "recommend-demo", &[("ranker.safetensors", &bytes[..end - 1])]).await.expect(400);
    assert!(refused.text.contains("the data at byte"), "{}", refused.text);
    for (path, bytes, reason) in [
        ("model.safetensors", &b"PK\x03\x04aaaaaaaaaaaa"[..], "zip"),
        ("model.pt", b"PK\x03\x04aaaaaaaaaaaa", "pickle"),
        ("model.safetensors", &[0xff; 32], "header is said to have"),
        ("../outside", b"x", "relative path"),
        ("README.md", b"---\nlicense: [\n---\n", "metadata is not valid"),
    ] {
        let refused = commit(&ann, &app, "recommend-demo", &[(path, bytes)]).await.expect(400);
        assert!(refused.text.contains(reason), "{path}: {}", refused.text);
    }
    let versions = ann.api("GET", &format!("{MODEL}/versions"), Value::Null).await.expect(200).json();
    assert_eq!(versions["versions"].as_array().unwrap().len(), 3);
    assert_eq!(serving(&app).await, first.model);
    app.stop().await;
}
