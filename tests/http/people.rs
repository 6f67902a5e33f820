//! Sign-in, tokens, roles, audit.

use alluvium_domain::{ProblemKind, Role};
use alluvium_services::{Caller, NewUser};
use serde_json::Value;

use crate::harness::{App, PASSWORD, password};

#[tokio::test]
async fn a_sign_in_link_works_once() {
    let app = App::start().await;
    let secret = app.services.first_admin_link().await.unwrap().expect("no administrator has a password");
    let signed_in = app.services.sign_in_by_link(&Caller::default(), &secret).await.unwrap().done().unwrap();
    assert_eq!(signed_in.user.role, Role::Administrator);
    assert!(app.services.sign_in_by_link(&Caller::default(), &secret).await.is_err());
    let actor = app.services.actor_by_session(Some(&signed_in.secret.0)).await.unwrap();
    app.services
        .password_set(&Caller::default(), &actor, password("", PASSWORD, Some(&signed_in.secret.0)))
        .await
        .unwrap();
    assert!(app.services.first_admin_link().await.unwrap().is_none(), "no link once there is a password");
    let problem = app
        .services
        .password_set(&Caller::default(), &actor, password("wrong", "another long password", None))
        .await
        .unwrap_err();
    assert_eq!(problem.errors[0].field, "current");
    app.stop().await;
}

#[tokio::test]
async fn wrong_passwords_are_refused_alike_and_then_not_tried() {
    let app = App::start().await;
    app.person("ann", Role::Author).await;
    let unknown = app.services.sign_in(&Caller::default(), "nobody", "some long password").await.err().unwrap();
    let wrong = app.services.sign_in(&Caller::default(), "ann", "some long password").await.err().unwrap();
    assert_eq!(unknown, wrong);
    for _ in 0..9 {
        app.services.sign_in(&Caller::default(), "ann", "some long password").await.err().unwrap();
    }
    let refused = app.services.sign_in(&Caller::default(), "ann", PASSWORD).await.err().unwrap();
    assert_eq!(refused.kind, ProblemKind::Overloaded);
    app.stop().await;
}

#[tokio::test]
async fn a_revoked_token_and_an_ended_session_are_worth_nothing() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let actor = app.services.actor_by_session(Some(&ann.session)).await.unwrap();
    let token = app.services.token_list(&actor).await.unwrap().remove(0);
    ann.api("GET", "/api/v1/entries", Value::Null).await.expect(200);
    app.services.token_revoke(&actor, token.id).await.unwrap();
    ann.api("GET", "/api/v1/entries", Value::Null).await.expect(401);
    app.services.sign_out(&ann.session).await.unwrap();
    assert!(app.services.actor_by_session(Some(&ann.session)).await.unwrap().user.is_none());
    app.stop().await;
}

#[tokio::test]
async fn basic_authentication_takes_a_token_as_the_password() {
    use base64::Engine as _;
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("ann:{}", ann.token));
    let request = http::Request::get("/api/v1/entries").header("authorization", format!("Basic {credentials}"));
    app.send(request.body(axum::body::Body::empty()).unwrap()).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    let actor = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    let id = actor.user_id().unwrap();
    assert_eq!(app.services.user_role_set(&actor, id, Role::Reader).await.unwrap_err().kind, ProblemKind::Conflict);
    assert_eq!(app.services.user_disable(&actor, id, true).await.unwrap_err().kind, ProblemKind::Conflict);
    let log = app.services.audit_list(&actor, None, 10).await.unwrap();
    assert!(log.iter().any(|line| line.action == "person.sign-in" && line.actor.as_deref() == Some("boss")));
    assert!(log.iter().all(|line| line.action != "person.disable"), "what did not happen is not in the log");
    app.stop().await;
}

#[tokio::test]
async fn anonymous_reading_is_a_setting() {
    let app = App::start_with(None, false).await;
    app.get("/api/v1/entries").await.expect(401);
    app.get("/api/v1/search?q=a").await.expect(401);
    let ann = app.person("ann", Role::Reader).await;
    ann.api("GET", "/api/v1/entries", Value::Null).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn weak_passwords_are_refused_in_words() {
    let app = App::start().await;
    let ann = app.person("reader1", Role::Reader).await;
    let long = "a".repeat(12);
    for weak in [long.as_str(), "123456789012", "reader1reader1", "password1234", "abcabcabcabcabc"] {
        let fields = [("current", PASSWORD), ("new", weak)];
        let answer = ann.form("/settings/password?lang=en", &fields).await.expect(422);
        assert!(answer.text.contains("new-error"), "{weak}");
        assert!(!answer.text.contains(weak), "a password is not sent back");
        let boss = app.services.user_add_by_command(
            NewUser {
                name: "new".to_owned(),
                display_name: "Reader1".to_owned(),
                role: Role::Reader,
                password: Some(weak.to_owned()),
            },
            false,
        );
        assert_eq!(boss.await.unwrap_err().errors[0].field, "password", "{weak}");
    }
    ann.form("/settings/password", &[("current", PASSWORD), ("new", "quite another long one")]).await.expect(303);
    app.stop().await;
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_opened() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    let boss = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    let ann = app.person("ann", Role::Author).await;
    let id = app.services.actor_by_session(Some(&ann.session)).await.unwrap().user_id().unwrap();
    let other = app.services.sign_in(&Caller::default(), "ann", PASSWORD).await.unwrap().done().unwrap().secret.0;
    let link = app.services.user_link(&boss, id).await.unwrap();
    let changed = [("current", PASSWORD), ("new", "quite another long one")];
    ann.form("/settings/password", &changed).await.expect(303);
    assert!(app.services.sign_in_by_link(&Caller::default(), &link).await.is_err(), "the link is worth nothing");
    assert!(app.services.actor_by_session(Some(&other)).await.unwrap().user.is_none(), "another session ended");
    ann.get("/settings").await.expect(200);
    ann.api("GET", "/api/v1/entries", Value::Null).await.expect(200);
    let again =
        [("current", "quite another long one"), ("new", "tea before the second meeting"), ("end_tokens", "true")];
    ann.form("/settings/password", &again).await.expect(303);
    ann.api("GET", "/api/v1/entries", Value::Null).await.expect(401);
    app.stop().await;
}

#[tokio::test]
async fn administrators_see_and_revoke_tokens_and_disabling_ends_them_for_good() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    let ann = app.person("ann", Role::Author).await;
    let actor = app.services.actor_by_session(Some(&ann.session)).await.unwrap();
    let id = actor.user_id().unwrap().0;
    let second = app.services.token_create(&actor, "second", None, &[]).await.unwrap();
    let page = format!("/admin/people/{id}");
    assert!(boss.get("/admin/people").await.expect(200).text.contains(&format!("href=\"{page}\"")));
    let shown = boss.get(&page).await.expect(200).text;
    assert!(shown.contains("second") && !shown.contains(&second.secret));
    ann.get(&page).await.expect(403);
    let revoke = format!("{page}/tokens/{}/revoke", second.token.id);
    ann.form(&revoke, &[]).await.expect(403);
    boss.form(&revoke, &[]).await.expect(303);
    boss.form(&revoke, &[]).await.expect(404);
    assert!(app.services.actor_by_token(&second.secret).await.is_err());
    ann.api("GET", "/api/v1/entries", Value::Null).await.expect(200);
    boss.form(&format!("{page}/disabled"), &[("disabled", "true")]).await.expect(303);
    ann.api("GET", "/api/v1/entries", Value::Null).await.expect(401);
    boss.form(&format!("{page}/disabled"), &[("disabled", "false")]).await.expect(303);
    ann.api("GET", "/api/v1/entries", Value::Null).await.expect(401);
    ann.get("/settings").await.expect(303);
    app.stop().await;
}
