//! The second factor: set up, asked for, used once, lost, required.

use alluvium_domain::Role;
use axum::body::Body;
use base64::Engine as _;
use http::{Request, header};
use serde_json::Value;
use totp_rs::{Algorithm, Secret, TOTP};

use crate::harness::{Answer, App, PASSWORD, Person, form_encoded};

/// What an authenticator shows so many steps from now.
fn code(secret: &str, steps: i64) -> String {
    let bytes = Secret::Encoded(secret.to_owned()).to_bytes().unwrap();
    let totp = TOTP::new(Algorithm::SHA1, 6, 1, 30, bytes, None, "test".to_owned()).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    totp.generate(now.saturating_add_signed(steps * 30))
}

/// What stands between two marks of a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    page.split(before).nth(1).unwrap_or_else(|| panic!("{before}: {page}")).split(after).next().unwrap()
}

/// Waits where a step ends soon, so that the codes of a test are all of one.
async fn within_one_step() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    if now % 30 > 18 {
        tokio::time::sleep(std::time::Duration::from_secs(30 - now % 30)).await;
    }
}

/// Sets the second factor up as the page does; the secret and the recovery codes.
async fn enrol(person: &Person<'_>) -> (String, Vec<String>) {
    within_one_step().await;
    person.form("/settings/second-factor", &[]).await.expect(303);
    let page = person.get("/settings").await.expect(200).text;
    let address = between(&page, "value=\"otpauth://totp/Alluvium:", "\"");
    let secret = between(address, "secret=", "&").to_owned();
    assert!(page.contains(&format!("value=\"{secret}\"")), "it can be typed too");
    assert!(page.contains("<svg") && page.contains("class=\"qr\""));
    person.form("/settings/second-factor/confirm", &[("code", "000000")]).await.expect(422);
    let confirmed = person.form("/settings/second-factor/confirm", &[("code", &code(&secret, 0))]).await.expect(200);
    let codes = between(&confirmed.text, "<code>", "</code>").split_whitespace().map(str::to_owned).collect();
    let again = person.get("/settings").await.expect(200).text;
    assert!(!again.contains(&secret), "the secret is not shown again");
    (secret, codes)
}

async fn post(app: &App, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    app.send(request.body(Body::from(form_encoded(fields))).unwrap()).await
}

/// Name and password are right; what the page for the code carries.
async fn first_step(app: &App, name: &str) -> String {
    let page = post(app, "/sign-in", &[("name", name), ("password", PASSWORD), ("next", "/runs")]).await.expect(200);
    assert!(!page.headers.contains_key("set-cookie"), "nobody is signed in yet");
    between(&page.text, "name=\"pending\" value=\"", "\"").to_owned()
}

async fn second_step(app: &App, pending: &str, code: &str) -> Answer {
    post(app, "/sign-in/code", &[("pending", pending), ("code", code), ("next", "/runs")]).await
}

#[tokio::test]
async fn a_code_is_asked_for_and_good_once() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let (secret, recovery) = enrol(&ann).await;
    assert_eq!(recovery.len(), 10);
    let pending = first_step(&app, "ann").await;
    second_step(&app, &pending, "123").await.expect(422);
    // The code that turned it on was used.
    second_step(&app, &pending, &code(&secret, 0)).await.expect(422);
    let done = second_step(&app, &pending, &code(&secret, 1)).await.expect(303);
    assert_eq!(done.location(), "/runs");
    assert!(done.headers["set-cookie"].to_str().unwrap().starts_with("alluvium_session="));
    second_step(&app, &pending, &code(&secret, 1)).await.expect(422);
    // A recovery code, however it is typed, once.
    let typed = recovery[0].to_lowercase().replace('-', " ");
    second_step(&app, &pending, &typed).await.expect(303);
    second_step(&app, &pending, &recovery[0]).await.expect(422);
    second_step(&app, &pending, &recovery[1]).await.expect(303);
    // What the first step gave is nobody else's, and ends with the password.
    for other in ["", "x", &pending[1..], &pending[..pending.len() - 4]] {
        second_step(&app, other, &recovery[2]).await.expect(422);
    }
    ann.form("/settings/password", &[("current", PASSWORD), ("new", "quite another long one")]).await.expect(303);
    let over = second_step(&app, &pending, &recovery[2]).await.expect(422);
    assert!(over.text.contains("name=\"password\""), "from the beginning");
    app.stop().await;
}

#[tokio::test]
async fn codes_are_not_guessed() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let (_, recovery) = enrol(&ann).await;
    let mut tried = 0;
    for n in 0..30 {
        // Name and password again and again does not help.
        let pending = first_step(&app, "ann").await;
        tried += usize::from(second_step(&app, &pending, &format!("{n:06}")).await.status == 422);
    }
    assert_eq!(tried, 10);
    let pending = first_step(&app, "ann").await;
    let refused = second_step(&app, &pending, &recovery[0]).await.expect(429);
    assert!(refused.headers.contains_key("retry-after"));
    app.stop().await;
}

#[tokio::test]
async fn a_password_alone_is_not_enough_for_programs_either() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let basic = async |password: &str| {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("ann:{password}"));
        let request = Request::get("/api/v1/entries").header(header::AUTHORIZATION, format!("Basic {text}"));
        app.send(request.body(Body::empty()).unwrap()).await
    };
    basic(PASSWORD).await.expect(200);
    let (_, recovery) = enrol(&ann).await;
    basic(PASSWORD).await.expect(401);
    basic(&ann.token).await.expect(200);
    ann.api("GET", "/api/v1/entries", Value::Null).await.expect(200);
    // Neither does a link, which may have gone astray.
    let boss = app.person("boss", Role::Administrator).await;
    let boss = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    let id = app.services.actor_by_session(Some(&ann.session)).await.unwrap().user_id().unwrap();
    let link = app.services.user_link(&boss, id).await.unwrap();
    let page = post(&app, "/sign-in/link", &[("token", &link)]).await.expect(200);
    let pending = between(&page.text, "name=\"pending\" value=\"", "\"").to_owned();
    second_step(&app, &pending, &recovery[0]).await.expect(303);
    // Turned off, which takes a code.
    ann.form("/settings/second-factor/end", &[("code", "000000")]).await.expect(422);
    ann.form("/settings/second-factor/end", &[("code", &recovery[1])]).await.expect(303);
    basic(PASSWORD).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn an_administrator_requires_it_by_role_and_takes_it_away() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    let ann = app.person("ann", Role::Author).await;
    let rob = app.person("rob", Role::Reader).await;
    ann.form("/admin/second-factor", &[("role", "author")]).await.expect(403);
    boss.form("/admin/second-factor", &[("role", "nobody")]).await.expect(422);
    boss.form("/admin/second-factor", &[("role", "author")]).await.expect(303);
    // Without it the session is a reader's; so is the administrator's own.
    let refused = ann.get("/articles/new?lang=en").await.expect(403);
    assert!(refused.text.contains("needs a second factor"), "{}", refused.text);
    boss.get("/admin/people").await.expect(403);
    ann.form("/settings/tokens", &[("name", "by the side"), ("days", "9")]).await.expect(403);
    rob.form("/settings/tokens", &[("name", "mine"), ("days", "9")]).await.expect(200);
    ann.api("GET", "/api/v1/jobs", Value::Null).await.expect(200);
    let signed_in = post(&app, "/sign-in", &[("name", "ann"), ("password", PASSWORD), ("next", "/runs")]).await;
    assert_eq!(signed_in.expect(303).location(), "/settings#second-factor");
    let (_, recovery) = enrol(&ann).await;
    ann.get("/articles/new").await.expect(200);
    ann.form("/settings/second-factor/end", &[("code", &recovery[0])]).await.expect(409);
    enrol(&boss).await;
    // Lost: an administrator takes it away, and it has to be set up anew.
    let id = app.services.actor_by_session(Some(&ann.session)).await.unwrap().user_id().unwrap().0;
    boss.form(&format!("/admin/people/{id}/second-factor/reset"), &[]).await.expect(303);
    ann.get("/settings").await.expect(303);
    let again = post(&app, "/sign-in", &[("name", "ann"), ("password", PASSWORD), ("next", "/runs")]).await;
    assert_eq!(again.expect(303).location(), "/settings#second-factor");
    boss.form("/admin/second-factor", &[("role", "")]).await.expect(303);
    let audit = boss.get("/admin/audit").await.expect(200).text;
    for action in ["person.second-factor", "person.second-factor-end", "setting.second-factor"] {
        assert!(audit.contains(action), "{action}");
    }
    // Nothing of the secrets is in an answer of the API or in the log of what was done.
    let export = boss.get("/admin/audit/export").await.expect(200).text;
    assert!(!export.contains(&recovery[0]) && !export.contains("otpauth"));
    app.stop().await;
}
