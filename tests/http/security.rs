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

#[tokio::test]
async fn an_address_that_names_nothing_is_refused() {
    let app = App::start().await;
    for path in ["/articles/%00", "/articles/a%00b/edit", "/api/v1/entries/article/%00", "/nothing/%00"] {
        app.get(path).await.expect(404);
    }
    for path in ["/api/v1/search?q=%22%00%22", "/search?q=%00", "/leaderboards?task=%00", "/experiments/x?a_values=%00"]
    {
        app.get(path).await.expect(422);
    }
    let long = "x".repeat(256);
    app.get(&format!("/js/{long}")).await.expect(404);
    app.get(&format!("/{long}/x.css")).await.expect(404);
    app.get(&format!("/articles/{long}")).await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn answers_of_the_api_say_how_they_are_to_be_read() {
    let app = App::start().await;
    for path in ["/api/v1/entries", "/api/models", "/api/openapi.json", "/healthz", "/api/v1/entries/article/none"] {
        let answer = app.get(path).await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert!(answer.headers.contains_key("cache-control"), "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn dear_yaml_is_refused_before_it_is_read() {
    let app = App::start().await;
    for content in ["[".repeat(150_000), "a: {".repeat(9_000), "[\"]\",".repeat(6_000), "x".repeat(100_000)] {
        let body = serde_json::json!({ "content": format!("---\n{content}\n---\ntext"), "repoType": "model" });
        let request = Request::post("/api/validate-yaml").header("content-type", "application/json");
        let started = std::time::Instant::now();
        let answer = app.send(request.body(Body::from(body.to_string())).unwrap()).await.expect(400);
        assert!(answer.text.contains("YAML") || answer.text.contains("at most"), "{}", answer.text);
        // Not a measurement: the reader would take half a minute.
        assert!(started.elapsed() < std::time::Duration::from_secs(10));
    }
    app.stop().await;
}

#[tokio::test]
async fn whoever_may_not_read_gets_no_yaml_checked() {
    let app = App::start_with(None, false).await;
    let request = Request::post("/api/validate-yaml").header("content-type", "application/json");
    app.send(request.body(Body::from(r#"{"content":"---\na: b\n---\n"}"#)).unwrap()).await.expect(401);
    app.stop().await;
}
