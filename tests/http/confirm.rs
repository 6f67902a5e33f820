//! The password again, before somebody is given power.

use alluvium_domain::{ProblemKind, Role};
use serde_json::{Value, json};

use crate::harness::{App, PASSWORD, Person};
use crate::registry::{MODEL, act, two_versions};

/// As if everybody had signed in a quarter of an hour ago.
async fn time_passes(app: &App) {
    app.execute("update session set confirmed_at = now() - interval '15 minutes'").await.unwrap();
}

/// The hidden fields of the page that asks for the password.
fn carried(page: &str) -> Vec<(String, String)> {
    let form = page.split("<div class=\"sheet\">").nth(1).expect("the page that asks").split("</form>").next().unwrap();
    let value = |input: &str, name: &str| {
        let text = input.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    };
    let inputs = form.split("<input").skip(1).filter(|input| input.contains("type=\"hidden\""));
    inputs.map(|input| (value(input, "name").unwrap(), value(input, "value").unwrap_or_default())).collect()
}

/// Sends a form that is stopped, and then the page's form with the right password.
async fn confirmed(person: &Person<'_>, path: &str, fields: &[(&str, &str)]) -> crate::harness::Answer {
    let stopped = person.form(path, fields).await.expect(403);
    assert!(stopped.text.contains("name=\"password_again\""), "{}", stopped.text);
    assert!(stopped.text.contains(&format!("action=\"{path}\"")), "{path}");
    let mut all = carried(&stopped.text);
    let sent: Vec<(String, String)> = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    assert_eq!(all, sent, "nothing typed is lost");
    all.push(("password_again".into(), PASSWORD.into()));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    person.form(path, &all).await
}

#[tokio::test]
async fn what_gives_power_asks_for_the_password_again() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    let ann = app.person("ann", Role::Author).await;
    let ann_actor = app.services.actor_by_session(Some(&ann.session)).await.unwrap();
    let id = ann_actor.user_id().unwrap().0;
    let token = app.services.token_list(&ann_actor).await.unwrap().remove(0).id;
    let added = [("name", "mei"), ("display_name", "梅 \"<&>\n+%"), ("role", "author"), ("password", "")];
    type Sent<'a> = (String, Vec<(&'a str, &'a str)>, u16);
    let forms: [Sent<'_>; 6] = [
        ("/admin/people".into(), added.to_vec(), 200),
        (format!("/admin/people/{id}/role"), vec![("role", "reviewer")], 303),
        (format!("/admin/people/{id}/link"), vec![], 200),
        (format!("/admin/people/{id}/tokens/{token}/revoke"), vec![], 303),
        ("/settings/tokens".into(), vec![("name", "nightly"), ("days", "9")], 200),
        (format!("/admin/people/{id}/disabled"), vec![("disabled", "true")], 303),
    ];
    for (path, fields, status) in forms {
        time_passes(&app).await;
        confirmed(&boss, &path, &fields).await.expect(status);
    }
    let actor = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    let people = app.services.user_list(&actor).await.unwrap();
    assert!(people.iter().any(|user| user.name == "mei" && user.display_name == "梅 \"<&>\n+%"), "{people:?}");
    assert!(people.iter().any(|user| user.name == "ann" && user.disabled && user.role == Role::Reviewer));
    // A quarter of an hour is free of questions, reading always is, and so is what gives no power.
    boss.form("/settings/tokens", &[("name", "another"), ("days", "9")]).await.expect(200);
    time_passes(&app).await;
    boss.get("/admin/people").await.expect(200);
    boss.form("/settings/profile", &[("display_name", "Boss")]).await.expect(303);
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_password_does_nothing_and_is_counted() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    time_passes(&app).await;
    let fields = [("name", "mallory"), ("display_name", ""), ("role", "administrator"), ("password", "")];
    for n in 0..12 {
        let with = [fields.as_slice(), &[("password_again", "wrong wrong wrong")]].concat();
        let answer = boss.form("/admin/people", &with).await;
        assert_eq!(answer.status.as_u16(), if n < 10 { 422 } else { 429 }, "{n}");
        assert_eq!(carried(&answer.text).len(), 4, "the form is still carried");
        assert!(!answer.text.contains("wrong wrong"));
    }
    let actor = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    assert_eq!(app.services.user_list(&actor).await.unwrap().len(), 1);
    // Not by another way either.
    let new = alluvium_services::NewUser {
        name: "mallory".into(),
        display_name: String::new(),
        role: Role::Administrator,
        password: None,
    };
    assert_eq!(app.services.user_add(&actor, new).await.unwrap_err().kind, ProblemKind::Unconfirmed);
    let request = http::Request::post(format!("{MODEL}/roll-back"))
        .header("cookie", format!("alluvium_session={}", boss.session))
        .header("content-type", "application/json");
    app.send(request.body(axum::body::Body::from("{\"reason\":\"\"}")).unwrap()).await.expect(403);
    // Neither does a stranger get that far.
    let request = http::Request::post("/admin/people").header("content-type", "application/x-www-form-urlencoded");
    let body = "name=mallory&display_name=&role=administrator&password=&password_again=x";
    app.send(request.body(axum::body::Body::from(body)).unwrap()).await.expect(401);
    app.stop().await;
}

#[tokio::test]
async fn who_has_no_password_is_not_asked_and_tokens_are_not_sessions() {
    let app = App::start().await;
    let secret = app.services.first_admin_link().await.unwrap().unwrap();
    let signed_in = app.services.sign_in_by_link(&Default::default(), &secret).await.unwrap().done().unwrap();
    let ann = app.person("ann", Role::Author).await;
    let first = ann.with_session(&signed_in.secret.0);
    first.form("/settings/tokens", &[("name", "first"), ("days", "9")]).await.expect(200);
    // With a password set it is known who sits there, for a while.
    first.form("/settings/password", &[("new", "quite another long one")]).await.expect(303);
    first.form("/settings/tokens", &[("name", "second"), ("days", "9")]).await.expect(200);
    time_passes(&app).await;
    first.form("/settings/tokens", &[("name", "third"), ("days", "9")]).await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn approval_on_the_page_asks_and_approval_by_token_does_not() {
    let app = App::start().await;
    two_versions(&app).await;
    let rita = app.person("rita", Role::Reviewer).await;
    time_passes(&app).await;
    act(&rita, 2, "request", "").await.expect(200);
    let path = "/admin/models/recommend-demo/versions/2/act";
    confirmed(&rita, path, &[("act", "reject"), ("reason", "第一行\r\n第二行")]).await.expect(303);
    time_passes(&app).await;
    confirmed(&rita, "/admin/models/recommend-demo/roll-back", &[("reason", "because")]).await;
    act(&rita, 2, "request", "").await.expect(200);
    act(&rita, 2, "approve", "").await.expect(200);
    let version = rita.api("GET", &format!("{MODEL}/versions/2"), Value::Null).await.expect(200).json();
    assert_eq!(version["approval"], json!("approved"));
    app.stop().await;
}
