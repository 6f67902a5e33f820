//! What another site, or a hostile text, cannot do.

use alluvium_domain::Role;
use axum::body::Body;
use http::Request;

use crate::harness::App;

fn post_from(site: &str, origin: &str, session: &str) -> Request<Body> {
    Request::post("/sign-out")
        .header("host", "127.0.0.1:3000")
        .header("cookie", format!("alluvium_session={session}"))
        .header("sec-fetch-site", site)
        .header("origin", origin)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn a_form_on_another_site_is_refused() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    app.send(post_from("cross-site", "https://evil.example", &ann.session)).await.expect(403);
    app.send(post_from("same-site", "http://127.0.0.1:4000", &ann.session)).await.expect(403);
    assert!(app.services.actor_by_session(Some(&ann.session)).await.unwrap().user.is_some());
    app.send(post_from("same-origin", "http://127.0.0.1:3000", &ann.session)).await.expect(303);
    assert!(app.services.actor_by_session(Some(&ann.session)).await.unwrap().user.is_none());
    app.stop().await;
}

#[tokio::test]
async fn pages_have_a_policy_without_inline_scripts() {
    let app = App::start().await;
    let home = app.get("/").await.expect(200);
    let policy = home.headers["content-security-policy"].to_str().unwrap().to_owned();
    let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
    assert!(!scripts.contains("unsafe-inline") && !scripts.contains("'unsafe-eval'"), "{policy}");
    assert_eq!(home.headers["x-content-type-options"], "nosniff");
    app.stop().await;
}

#[tokio::test]
async fn an_overlong_body_is_refused_with_a_clear_status() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let huge = "x".repeat(9 * 1024 * 1024);
    ann.api("POST", "/api/v1/render", serde_json::json!({ "markdown": huge })).await.expect(413);
    let long = "x".repeat(400_001);
    let answer = ann.api("POST", "/api/v1/render", serde_json::json!({ "markdown": long })).await.expect(422);
    assert!(answer.text.contains("400000"), "{}", answer.text);
    app.stop().await;
}
