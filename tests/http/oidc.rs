//! Sign-in by a provider of OpenID Connect.

mod account;
mod provider;

use std::time::Duration;

use alluvium_domain::Role;
use alluvium_services::Caller;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, header};
use serde_json::{Value, json};

use crate::harness::{Answer, App, PASSWORD};
use provider::{Provider, SECRET, Says, redirected};

async fn get_with(app: &App, path: &str, cookie: &str) -> Answer {
    app.send(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
}

/// A cookie of an answer as the browser sends it back; nothing where there is none.
fn cookie(answer: &Answer, name: &str) -> String {
    let all = answer.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let mut found = all.filter(|cookie| cookie.starts_with(name));
    found.next().unwrap_or_default().split(';').next().unwrap().to_owned()
}

/// Away to the provider and back: the cookie of the journey, and the path by which the browser comes back.
async fn journey(app: &App, next: &str) -> (String, String) {
    let away = get_with(app, &format!("/sign-in/oidc?next={next}"), "").await.expect(303);
    let kept = cookie(&away, "alluvium_journey=");
    (kept, redirected(away.location()).await)
}

async fn sign_in(app: &App) -> Answer {
    let (kept, back) = journey(app, "/runs").await;
    get_with(app, &back, &kept).await
}

/// Nobody has come in, and the page says why.
fn refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert_eq!(cookie(answer, "alluvium_session="), "", "no session");
    assert_eq!(cookie(answer, "alluvium_known="), "");
    let wanted = format!("/sign-in?sso={why}&");
    assert!(answer.location().starts_with(&wanted), "{} is not {wanted}", answer.location());
    assert!(!answer.location().contains("code"), "{}", answer.location());
}

/// Who somebody is after signing in.
async fn whoami(app: &App) -> Value {
    let done = sign_in(app).await.expect(303);
    assert_eq!(done.location(), "/runs");
    assert_eq!(cookie(&done, "alluvium_journey="), "alluvium_journey=", "it is forgotten");
    get_with(app, "/api/whoami-v2", &cookie(&done, "alluvium_session=")).await.expect(200).json()
}

#[tokio::test]
async fn without_a_provider_there_is_no_such_way() {
    let app = App::start().await;
    get_with(&app, "/sign-in/oidc", "").await.expect(404);
    get_with(&app, "/sign-in/oidc/callback?code=x&state=y", "").await.expect(404);
    let page = get_with(&app, "/sign-in?sso=wrong", "").await.expect(200);
    assert!(!page.text.contains("/sign-in/oidc") && !page.text.contains("单点登录"));
    let ann = app.person("ann", Role::Author).await;
    assert!(!ann.get("/settings").await.expect(200).text.contains("/settings/oidc"));
    ann.form("/settings/oidc", &[]).await.expect(404);
    ann.form("/settings/oidc/unlink", &[]).await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn people_are_found_by_issuer_and_subject_alone() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    let boss = app.person("boss", Role::Administrator).await;
    // Whoever calls themselves boss there is not boss here.
    provider
        .claims(json!({ "sub": "1", "preferred_username": "boss", "name": "Somebody", "email": "boss@know.example" }));
    assert_eq!(whoami(&app).await["name"], "boss-2");
    // Another name, the same person.
    provider.claims(json!({ "sub": "1", "preferred_username": "mallory" }));
    assert_eq!(whoami(&app).await["name"], "boss-2");
    // The same name, another person.
    provider.claims(json!({ "sub": "2", "preferred_username": "boss" }));
    assert_eq!(whoami(&app).await["name"], "boss-3");
    let actor = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    let people = app.services.user_list(&actor).await.unwrap();
    assert_eq!(people.iter().filter(|user| user.role == Role::Reader).count(), 2);
    assert!(people.iter().any(|user| user.name == "boss-2" && user.display_name == "Somebody"));
    // The same pair at another provider is somebody else.
    app.execute("update identity set issuer = 'https://other.example' where subject = '2'").await.unwrap();
    assert_eq!(whoami(&app).await["name"], "boss-4");
    // They have no password that could be tried.
    assert!(app.services.sign_in(&Caller::default(), "boss-2", PASSWORD).await.is_err());
    // Disabled people stay out, and come in again.
    let fourth = app.services.user_list(&actor).await.unwrap().into_iter().find(|user| user.name == "boss-4").unwrap();
    app.services.user_disable(&actor, fourth.id, true).await.unwrap();
    refused(&sign_in(&app).await, "disabled");
    app.services.user_disable(&actor, fourth.id, false).await.unwrap();
    assert_eq!(whoami(&app).await["name"], "boss-4");
    app.stop().await;
}

#[tokio::test]
async fn two_windows_at_once_make_one_person() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    let boss = app.person("boss", Role::Administrator).await;
    let ways: Vec<_> = futures_util::future::join_all((0..6).map(|_| journey(&app, "/"))).await;
    let ends = futures_util::future::join_all(ways.iter().map(|(kept, back)| get_with(&app, back, kept))).await;
    for end in ends {
        assert!(cookie(&end.expect(303), "alluvium_session=").len() > 40);
    }
    let actor = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    assert_eq!(app.services.user_list(&actor).await.unwrap().len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn only_the_browser_that_went_away_comes_back() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    let (kept, back) = journey(&app, "/runs").await;
    let (_, others) = journey(&app, "/runs").await;
    // What it kept, but for where it goes afterwards.
    let mut text = URL_SAFE_NO_PAD.decode(kept.split_once('=').unwrap().1).unwrap();
    let at = text.windows(5).position(|part| part == b"/runs").unwrap();
    text[at + 1] = b's';
    let forged = format!("alluvium_journey={}", URL_SAFE_NO_PAD.encode(text));
    let asked = || *provider.asked.lock().unwrap();
    // A code that came to another browser, a made-up state, none at all, a cookie of one's own making.
    for (path, cookie) in [
        (back.as_str(), ""),
        (others.as_str(), kept.as_str()),
        ("/sign-in/oidc/callback?code=x&state=", kept.as_str()),
        ("/sign-in/oidc/callback?code=x&state=y", kept.as_str()),
        ("/sign-in/oidc/callback", ""),
        ("/sign-in/oidc/callback?error=access_denied&state=x", kept.as_str()),
        (back.as_str(), "alluvium_journey=e30"),
        (back.as_str(), forged.as_str()),
    ] {
        refused(&get_with(&app, path, cookie).await, "wrong");
    }
    assert_eq!(asked(), 0, "the provider is not bothered");
    get_with(&app, &back, &kept).await.expect(303);
    assert_eq!(asked(), 1);
    // Not even where the provider takes a code twice, nor on another server.
    provider.says(Says { forgets: true, ..Says::default() });
    let (kept, back) = journey(&app, "/runs").await;
    assert_eq!(get_with(&app, &back, &kept).await.expect(303).location(), "/runs");
    refused(&get_with(&app, &back, &kept).await, "wrong");
    // Somebody else's code in one's own journey.
    let (kept, own) = journey(&app, "/runs").await;
    let (_, stolen) = journey(&app, "/runs").await;
    let code = |path: &str| path.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    refused(&get_with(&app, &own.replace(&code(&own), &code(&stolen)), &kept).await, "wrong");
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_the_providers_word_is_refused() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    let boss = app.person("boss", Role::Administrator).await;
    let claims = |claims: Value| Says { claims, ..Says::default() };
    let lies = [
        ("another nonce", claims(json!({ "sub": "1", "nonce": "another" }))),
        ("no nonce", claims(json!({ "sub": "1", "nonce": null }))),
        ("another audience", claims(json!({ "sub": "1", "aud": ["another"] }))),
        ("one more audience", claims(json!({ "sub": "1", "aud": ["alluvium", "another"] }))),
        ("another issuer", claims(json!({ "sub": "1", "iss": "https://evil.example" }))),
        ("expired", claims(json!({ "sub": "1", "exp": 1_000_000_000 }))),
        ("another key of the same name", Says { signs_with: (1, "one"), ..Says::default() }),
        ("an unknown key", Says { signs_with: (1, "two"), ..Says::default() }),
        ("changed afterwards", Says { tampers: true, ..Says::default() }),
        ("not signed", Says { algorithm: "none", ..Says::default() }),
        ("signed with what both know", Says { algorithm: "HS256", ..Says::default() }),
        ("no token", Says { silent: true, ..Says::default() }),
    ];
    for (what, lie) in lies {
        provider.says(lie);
        println!("{what}");
        refused(&sign_in(&app).await, "wrong");
    }
    let actor = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    assert_eq!(app.services.user_list(&actor).await.unwrap().len(), 1, "nobody was made");
    // Subjects that are none.
    for subject in ["", "\u{0}", &"1".repeat(256)] {
        provider.claims(json!({ "sub": subject }));
        refused(&sign_in(&app).await, "unknown");
    }
    provider.claims(json!({ "sub": "1" }));
    assert_eq!(sign_in(&app).await.location(), "/runs");
    app.stop().await;
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    assert_eq!(sign_in(&app).await.location(), "/runs");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    provider.says(Says { signs_with: (1, "two"), publishes: (1, "two"), ..Says::default() });
    assert_eq!(sign_in(&app).await.location(), "/runs");
    app.stop().await;
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    for next in ["//evil.example", "https://evil.example", "/%5Cevil.example", "/%09/evil.example", "evil.example"] {
        let (kept, back) = journey(&app, next).await;
        let done = get_with(&app, &back, &kept).await.expect(303);
        assert_eq!(done.location(), "/", "{next}");
        assert!(cookie(&done, "alluvium_session=").len() > 40);
    }
    // Nor is the provider's answer looked for elsewhere.
    provider.says(Says { redirects: true, ..Says::default() });
    refused(&sign_in(&app).await, "wrong");
    app.stop().await;
}

#[tokio::test]
async fn a_provider_that_fails_leaves_the_password() {
    let provider = Provider::start().await;
    let settings = alluvium_services::OidcSettings { label: Some("Keycloak".to_owned()), ..provider.settings() };
    let app = App::start_with_provider(settings).await;
    app.person("ann", Role::Author).await;
    for (error, why) in [
        ("access_denied", "cancelled"),
        ("server_error", "unreachable"),
        ("temporarily_unavailable", "unreachable"),
        ("invalid_scope", "wrong"),
    ] {
        provider.says(Says { error: Some(error), ..Says::default() });
        let answer = sign_in(&app).await;
        refused(&answer, why);
        assert!(answer.location().ends_with("&next=%2Fruns"), "{}", answer.location());
    }
    let page = get_with(&app, "/sign-in?sso=cancelled&next=%2Fruns", "").await.expect(422).text;
    assert!(page.contains("单点登录已取消") && page.contains("使用 Keycloak 登录"));
    assert!(page.contains("name=\"password\"") && page.contains("value=\"/runs\""));
    assert!(page.contains("href=\"/sign-in/oidc?next=%2Fruns\""));
    app.stop().await;
    // Nobody listens on the port of a provider that is gone.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = alluvium_services::OidcSettings { issuer: format!("http://{gone}"), ..provider.settings() };
    let app = App::start_with_provider(settings).await;
    app.person("ann", Role::Author).await;
    let away = get_with(&app, "/sign-in/oidc?next=/runs", "").await;
    refused(&away, "unreachable");
    let zh = get_with(&app, away.location(), "").await.expect(503).text;
    assert!(zh.contains("单点登录服务暂时无法连接") && zh.contains("name=\"password\""));
    let en = get_with(&app, &format!("{}&lang=en", away.location()), "").await.expect(503).text;
    assert!(en.contains("Single sign-on cannot be reached right now") && en.contains("name=\"password\""));
    assert!(app.services.sign_in(&Caller::default(), "ann", PASSWORD).await.is_ok());
    app.stop().await;
}

#[tokio::test]
async fn attempts_are_counted_apart_from_passwords() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    app.person("ann", Role::Author).await;
    // Any page can send a browser here: that counts for nothing.
    for _ in 0..40 {
        refused(&get_with(&app, "/sign-in/oidc/callback?code=x&state=y", "").await, "wrong");
    }
    // Nor does whoever thinks better of it.
    provider.says(Says { error: Some("access_denied"), ..Says::default() });
    for _ in 0..35 {
        refused(&sign_in(&app).await, "cancelled");
    }
    provider.says(Says { claims: json!({ "sub": "1", "nonce": "another" }), ..Says::default() });
    for _ in 0..30 {
        refused(&sign_in(&app).await, "wrong");
    }
    let later = sign_in(&app).await.expect(429);
    assert!(later.headers.contains_key(header::RETRY_AFTER) && later.text.contains("尝试次数过多"));
    assert_eq!(cookie(&later, "alluvium_session="), "");
    assert!(app.services.sign_in(&Caller::default(), "ann", PASSWORD).await.is_ok());
    app.stop().await;
}

#[tokio::test]
async fn who_came_and_who_did_not_stands_in_the_audit_log() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    let boss = app.person("boss", Role::Administrator).await;
    provider.claims(json!({ "sub": "subject-1", "preferred_username": "mei" }));
    sign_in(&app).await.expect(303);
    provider.claims(json!({ "sub": "subject-1", "aud": ["another"] }));
    sign_in(&app).await.expect(303);
    let actor = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    let mut lines = Vec::new();
    // Refusals are written after the answer.
    for _ in 0..100 {
        lines = app.services.audit_list(&actor, None, 100).await.unwrap();
        if lines.iter().any(|line| line.action == "person.sign-in-failed") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let told = |action: &str, subject: &str| {
        let line = lines.iter().find(|line| line.action == action && line.subject == subject);
        line.unwrap_or_else(|| panic!("{action} {subject} is not in {lines:?}")).detail.clone()
    };
    assert_eq!(told("person.add", "person/mei")["issuer"], provider.issuer.as_str());
    assert_eq!(told("person.sign-in", "person/mei")["how"], "oidc");
    assert_eq!(told("person.sign-in-failed", "person/?")["how"], "oidc");
    let all = format!("{lines:?}");
    for secret in ["subject-1", SECRET, "code-"] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(!format!("{:?}", provider.settings()).contains(SECRET));
    app.stop().await;
}

#[tokio::test]
async fn the_journey_is_for_this_server_alone() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    let away = get_with(&app, "/sign-in/oidc", "").await.expect(303);
    let kept = away.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(kept.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"), "{kept}");
    assert!(away.location().contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fsign-in%2Foidc%2Fcallback"));
    assert!(!away.location().contains("secret"), "{}", away.location());
    let app = app.with_options(&["--public-url", "https://know.example"]);
    let request = Request::get("/sign-in/oidc").header(header::HOST, "know.example").body(Body::empty()).unwrap();
    let away = app.send(request).await.expect(303);
    let kept = away.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(kept.starts_with("__Host-alluvium_journey=") && kept.ends_with("; Secure"), "{kept}");
    assert!(away.location().contains("redirect_uri=https%3A%2F%2Fknow.example%2Fsign-in%2Foidc%2Fcallback"));
    let back = redirected(away.location()).await;
    let pair = kept.split(';').next().unwrap();
    let request = Request::get(&back).header(header::HOST, "know.example").header(header::COOKIE, pair);
    let done = app.send(request.body(Body::empty()).unwrap()).await.expect(303);
    assert!(cookie(&done, "__Host-alluvium_session=").len() > 40);
    app.stop().await;
}
