//! The provider's account of somebody who has one here: linked, taken, unlinked, erased.

use alluvium_domain::Role;
use alluvium_services::OidcSettings;
use serde_json::json;

use super::provider::{Provider, redirected};
use super::{cookie, get_with, refused, sign_in, whoami};
use crate::harness::{Answer, App, Person};

/// The settings' form, the page with the link that it leads to, the provider, and back.
async fn link(app: &App, person: &Person<'_>) -> Answer {
    let page = person.form("/settings/oidc", &[]).await.expect(200);
    let url = page.text.split("href=\"").find_map(|part| part.strip_prefix("http://127.0.0.1:")).unwrap();
    let url = format!("http://127.0.0.1:{}", url.split('"').next().unwrap().replace("&amp;", "&"));
    let back = redirected(&url).await;
    let cookies = format!("alluvium_session={}; {}", person.session, cookie(&page, "alluvium_journey="));
    get_with(app, &back, &cookies).await
}

#[tokio::test]
async fn only_those_who_have_linked_their_account_come_in() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(OidcSettings { new_people: None, ..provider.settings() }).await;
    let ann = app.person("ann", Role::Author).await;
    let ben = app.person("ben", Role::Author).await;
    provider.claims(json!({ "sub": "1", "preferred_username": "ann", "email": "ann@know.example" }));
    refused(&sign_in(&app).await, "unknown");
    assert_eq!(link(&app, &ann).await.expect(303).location(), "/settings?done=sso#sso");
    assert_eq!(whoami(&app).await["name"], "ann");
    let page = ann.get("/settings?done=sso").await.expect(200).text;
    assert!(page.contains("已关联单点登录账号") && page.contains("action=\"/settings/oidc/unlink\""));
    // Again changes nothing; somebody else does not get it.
    assert_eq!(link(&app, &ann).await.expect(303).location(), "/settings?done=sso#sso");
    assert_eq!(link(&app, &ben).await.expect(303).location(), "/settings?sso=taken#sso");
    assert!(ben.get("/settings?sso=taken").await.expect(200).text.contains("已属于他人"));
    assert_eq!(whoami(&app).await["name"], "ann");
    // One account each.
    provider.claims(json!({ "sub": "2" }));
    assert_eq!(link(&app, &ann).await.expect(303).location(), "/settings?sso=taken#sso");
    provider.claims(json!({ "sub": "1" }));
    ann.form("/settings/oidc/unlink", &[]).await.expect(303);
    refused(&sign_in(&app).await, "unknown");
    let actor = app.services.actor_by_session(Some(&ann.session)).await.unwrap();
    let export = app.services.person_export(&actor, "ann").await.unwrap();
    let acts: Vec<&str> =
        export["audit"].as_array().unwrap().iter().filter_map(|line| line["action"].as_str()).collect();
    assert!(acts.contains(&"person.identity-link") && acts.contains(&"person.identity-unlink"), "{acts:?}");
    app.stop().await;
}

#[tokio::test]
async fn an_account_is_linked_to_who_asked_for_it_and_gave_their_password() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(OidcSettings { new_people: None, ..provider.settings() }).await;
    let ann = app.person("ann", Role::Author).await;
    let ben = app.person("ben", Role::Author).await;
    // The way that Ann began, in a browser where Ben is signed in, or nobody.
    for session in [format!("alluvium_session={}; ", ben.session), String::new()] {
        let page = ann.form("/settings/oidc", &[]).await.expect(200);
        let url = page.text.split("href=\"").find_map(|part| part.strip_prefix("http://127.0.0.1:")).unwrap();
        let url = format!("http://127.0.0.1:{}", url.split('"').next().unwrap().replace("&amp;", "&"));
        let back = redirected(&url).await;
        let answer = get_with(&app, &back, &format!("{session}{}", cookie(&page, "alluvium_journey="))).await;
        assert_eq!(answer.expect(303).location(), "/settings?sso=taken#sso");
        refused(&sign_in(&app).await, "unknown");
    }
    app.execute("update session set confirmed_at = now() - interval '15 minutes'").await.unwrap();
    for path in ["/settings/oidc", "/settings/oidc/unlink"] {
        let asked = ann.form(path, &[]).await.expect(403);
        assert!(asked.text.contains("name=\"password_again\"") && cookie(&asked, "alluvium_journey=").is_empty());
    }
    app.stop().await;
}

#[tokio::test]
async fn who_has_no_password_keeps_the_account() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(provider.settings()).await;
    let boss = app.person("boss", Role::Administrator).await;
    provider.claims(json!({ "sub": "1", "preferred_username": "mei" }));
    let session = cookie(&sign_in(&app).await, "alluvium_session=");
    let mei = boss.with_session(session.strip_prefix("alluvium_session=").unwrap());
    let refused_page = mei.form("/settings/oidc/unlink", &[]).await.expect(409);
    assert!(refused_page.text.contains("请先设置密码"), "{}", refused_page.text);
    assert_eq!(whoami(&app).await["name"], "mei");
    // Whoever is erased is not known any more: the same account is a new person.
    let actor = app.services.actor_by_session(Some(mei.session.as_str())).await.unwrap();
    let export = app.services.person_export(&actor, "mei").await.unwrap();
    assert_eq!(export["identities"][0]["subject"], "1");
    let actor = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    app.services.person_erase(&actor, "mei", "mei").await.unwrap();
    provider.claims(json!({ "sub": "1", "preferred_username": "li" }));
    assert_eq!(whoami(&app).await["name"], "li");
    app.stop().await;
}

#[tokio::test]
async fn the_second_factor_is_the_providers() {
    let provider = Provider::start().await;
    let app = App::start_with_provider(OidcSettings { new_people: Some(Role::Author), ..provider.settings() }).await;
    let boss = app.person("boss", Role::Administrator).await;
    let ann = app.person("ann", Role::Author).await;
    provider.claims(json!({ "sub": "1" }));
    link(&app, &ann).await.expect(303);
    let set = "insert into setting (name, value) values ('second-factor-role', '\"author\"')";
    app.execute(set).await.unwrap();
    let missing = async |session: &str| {
        let session = session.strip_prefix("alluvium_session=").unwrap_or(session);
        app.services.actor_by_session(Some(session)).await.unwrap().second_factor_missing
    };
    // Whoever came by password has to set one up; whoever came by the provider has shown it what it asks for.
    assert!(missing(&ann.session).await && missing(&boss.session).await);
    let session = cookie(&sign_in(&app).await.expect(303), "alluvium_session=");
    assert!(!missing(&session).await);
    let by_provider = ann.with_session(session.strip_prefix("alluvium_session=").unwrap());
    let warning = "开启之前只有读者的权限";
    assert!(!by_provider.get("/settings").await.expect(200).text.contains(warning));
    assert!(ann.get("/settings").await.expect(200).text.contains(warning));
    // No code is asked for, where one is after the password.
    app.execute("update person set totp_since = now(), totp_secret = '\\x00' where name = 'ann'").await.unwrap();
    let done = sign_in(&app).await.expect(303);
    assert!(cookie(&done, "alluvium_session=").len() > 40);
    app.stop().await;
}
