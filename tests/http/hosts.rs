//! One address: what is answered, and what stands in links and cookies.

use alluvium_domain::Role;
use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::harness::{Answer, App, PASSWORD, form_encoded};

async fn ask(app: &App, method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let request = Request::builder().method(method).uri(uri);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn another_host_is_not_answered() {
    let app = App::start().await;
    for path in ["/", "/healthz", "/metrics", "/api/v1/entries", "/api/openapi.json", "/pkg/alluvium.css", "/nowhere"] {
        for host in ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "localhost@evil.example", ""] {
            let refused = ask(&app, "GET", path, &[("host", host)], "").await.expect(421);
            assert!(!refused.text.contains("evil"), "{}", refused.text);
        }
    }
    ask(&app, "GET", "http://evil.example/", &[("host", "127.0.0.1:3000")], "").await.expect(421);
    ask(&app, "GET", "/", &[("host", "127.0.0.1:3000"), ("host", "evil.example")], "").await.expect(421);
    ask(&app, "POST", "/theme", &[("host", "evil.example"), ("origin", "http://evil.example")], "").await.expect(421);
    for host in ["127.0.0.1:3000", "localhost:3000", "[::1]:3000"] {
        ask(&app, "GET", "/healthz", &[("host", host)], "").await.expect(200);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_path_does_not_lead_to_another_host() {
    let app = App::start().await;
    for path in ["//evil.example/x", "//evil.example/x?q=1", "/%5Cevil.example", "///evil.example", "/\\evil.example"] {
        let Ok(request) = Request::get(path).header("host", "localhost:3000").body(Body::empty()) else { continue };
        let page = app.send(request).await;
        for mark in ["\"//", "\"/\\", "=//", "=%2F%2F", "=/%2F", "=%2F/"] {
            assert!(!page.text.contains(mark), "{path}: {mark}");
            assert!(!page.location().starts_with("//"), "{path}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn links_and_cookies_are_of_the_public_address() {
    const PUBLIC: [(&str, &str); 1] = [("host", "know.example")];
    let app = App::start().await.with_options(&["--public-url", "https://Know.example/", "--hosts", "inner:8080"]);
    let boss = app.person("boss", Role::Administrator).await;
    ask(&app, "GET", "/", &[("host", "127.0.0.1:3000")], "").await.expect(421);
    ask(&app, "GET", "/healthz", &[("host", "127.0.0.1:3000")], "").await.expect(200);
    ask(&app, "GET", "/", &[("host", "inner")], "").await.expect(200);
    let home = ask(&app, "GET", "/", &PUBLIC, "").await.expect(200);
    assert!(home.headers[header::STRICT_TRANSPORT_SECURITY].to_str().unwrap().starts_with("max-age="));

    let form = [PUBLIC[0], ("content-type", "application/x-www-form-urlencoded"), ("origin", "https://know.example")];
    let fields = form_encoded(&[("name", "boss"), ("password", PASSWORD)]);
    let signed_in = ask(&app, "POST", "/sign-in", &form, &fields).await.expect(303);
    let set: Vec<&str> = signed_in.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(set.len(), 2, "{set:?}");
    for cookie in &set {
        // What the prefix asks for; otherwise browsers refuse the cookie.
        assert!(cookie.starts_with("__Host-alluvium_"), "{cookie}");
        assert!(cookie.contains("; Secure") && cookie.contains("; Path=/") && !cookie.contains("Domain"), "{cookie}");
    }
    let session = set[0].split(';').next().unwrap();
    let with_session = [PUBLIC[0], ("cookie", session)];
    ask(&app, "GET", "/settings", &with_session, "").await.expect(200);
    let whoami = ask(&app, "GET", "/api/whoami-v2", &with_session, "").await.expect(200);
    assert_eq!(whoami.json()["name"], "boss");
    // A name that a neighbour under the same domain could set is not read.
    let unprefixed = format!("alluvium_session={}", boss.session);
    ask(&app, "GET", "/settings", &[PUBLIC[0], ("cookie", &unprefixed)], "").await.expect(303);

    let headers = [form[0], form[1], form[2], ("cookie", session), ("x-forwarded-host", "evil.example")];
    let added = ask(&app, "POST", "/admin/people", &headers, "name=mei&display_name=&role=author&password=").await;
    assert!(added.expect(200).text.contains("https://know.example/sign-in/link?token="));
    let runs = ask(&app, "GET", "/runs", &PUBLIC, "").await.expect(200);
    assert!(runs.text.contains("MLFLOW_TRACKING_URI=https://know.example\n"), "{}", runs.text);
    let described = ask(&app, "GET", "/api/openapi.json", &PUBLIC, "").await.expect(200).json();
    assert_eq!(described["servers"], json!([{ "url": "https://know.example" }]));
    let made = boss.api("POST", "/api/repos/create", json!({ "name": "m", "type": "model" })).await.expect(200).json();
    assert!(made["url"].as_str().unwrap().starts_with("https://know.example/"), "{made}");
    let batch = json!({ "operation": "upload", "objects": [{ "oid": "0".repeat(64), "size": 1 }] });
    let name = made["name"].as_str().unwrap();
    let batch = boss.api("POST", &format!("/{name}.git/info/lfs/objects/batch"), batch).await.expect(200).json();
    let href = batch["objects"][0]["actions"]["upload"]["href"].as_str().unwrap();
    assert!(href.starts_with("https://know.example/api/hub/objects/"), "{href}");
    assert!(boss.api("GET", "/api/v1/entries", Value::Null).await.headers.contains_key("strict-transport-security"));
    app.stop().await;
}
