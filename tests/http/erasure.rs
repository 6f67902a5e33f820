//! Handing out and erasing what is kept of a person or a shopper: by API and page; what stays, and what the audit log says.

use alluvium_domain::Role;
use alluvium_services::recommend::Training;
use alluvium_services::shop::DemoPlan;
use serde_json::{Value, json};

use crate::harness::{App, article};

async fn demo(app: &App) {
    let plan = DemoPlan { products_each: 12, shoppers: 60, events: 4_000, ..DemoPlan::default() };
    app.services.shop_demo(plan).await.unwrap();
}

/// Whether a text stands in any column of any table that names people.
async fn stands(app: &App, text: &str) -> bool {
    let statement = format!(
        "do $$ begin if exists (
            select from person where row(person)::text like '%{text}%' union all
            select from shopper where row(shopper)::text like '%{text}%' union all
            select from api_token where row(api_token)::text like '%{text}%' union all
            select from event_sender where row(event_sender)::text like '%{text}%' union all
            select from explanation_vote where row(explanation_vote)::text like '%{text}%' union all
            select from run where row(run)::text like '%{text}%' union all
            select from audit where row(audit)::text like '%{text}%'
        ) then raise exception 'found'; end if; end $$"
    );
    app.execute(&statement).await.is_err()
}

#[tokio::test]
async fn a_person_is_handed_out_and_erased_and_the_chain_of_the_audit_log_holds() {
    let app = App::start().await;
    demo(&app).await;
    let ada = app.person("ada", Role::Administrator).await;
    let nora = app.person("nora-zhang", Role::Author).await;
    nora.api("POST", "/api/v1/entries", article("hers", "Hers", "Text")).await.expect(201);
    nora.form("/shop/demo/products/tea-0001/events", &[("kind", "cart")]).await.expect(303);
    nora.api("POST", "/api/v1/runs", json!({ "name": "r", "experiment": "e" })).await;
    let path = "/api/v1/people/nora-zhang/export";
    let export = nora.api("GET", path, Value::Null).await.expect(200).json();
    assert_eq!(export["person"]["name"], "nora-zhang");
    assert_eq!(export["revisions"][0]["slug"], "hers");
    assert_eq!(export["shoppers"][0]["events"][0]["product"], "tea-0001");
    assert!(export["audit"].as_array().unwrap().iter().any(|line| line["action"] == "person.sign-in"));
    assert!(["secret_hash", "password_hash", "argon2"].iter().all(|secret| !export.to_string().contains(secret)));
    let file = nora.get("/settings/export").await.expect(200);
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("attachment"));
    assert_eq!(serde_json::from_str::<Value>(&file.text).unwrap()["person"], export["person"]);

    let other = app.person("bob", Role::Reviewer).await;
    other.api("GET", path, Value::Null).await.expect(403);
    app.get(path).await.expect(401);
    other.get("/admin/erasure").await.expect(403);
    other.api("POST", "/api/v1/people/nora-zhang/erase", json!({ "confirm": "nora-zhang" })).await.expect(403);
    ada.api("POST", "/api/v1/people/nora-zhang/erase", json!({ "confirm": "nora" })).await.expect(422);
    ada.api("POST", "/api/v1/people/ada/erase", json!({ "confirm": "ada" })).await.expect(409);
    assert!(stands(&app, "nora-zhang").await);

    let page = ada.form("/admin/erasure", &[("person", "nora-zhang"), ("confirm", "nora-zhang")]).await.expect(200);
    assert!(page.text.contains("notice--good"));
    assert!(!stands(&app, "nora-zhang").await, "her name stands nowhere");
    nora.get("/settings").await.expect(303);
    nora.api("GET", path, Value::Null).await.expect(401);
    ada.api("GET", path, Value::Null).await.expect(404);
    let entry = ada.api("GET", "/api/v1/entries/article/hers", Value::Null).await.expect(200);
    assert!(entry.text.contains("Text") && !entry.text.contains("nora-zhang"));
    let audit = ada.get("/admin/audit").await.expect(200).text;
    assert!(audit.contains("person.erase") && audit.contains("erased-") && !audit.contains("nora-zhang"));
    let verified = app.services.audit_verify(None).await.unwrap();
    assert!(verified.broken.is_none(), "{verified:?}");
    app.stop().await;
}

#[tokio::test]
async fn a_shopper_is_erased_with_all_events_and_versions_that_learned_from_them_are_named() {
    let app = App::start().await;
    demo(&app).await;
    let ada = app.person("ada", Role::Administrator).await;
    let trained = app.services.recommend_train("demo", Training::default(), |_| {}).await.unwrap();
    let path = "/api/v1/catalogues/demo/shoppers/shopper-0001";
    let before = app.get("/api/v1/catalogues").await.json()["catalogues"][0].clone();
    let export = ada.api("GET", &format!("{path}/export"), Value::Null).await.expect(200).json();
    let events = export["events"].as_array().unwrap().len() as i64;
    assert!(events > 0 && export["shopper"] == "shopper-0001", "{export}");
    app.get(&format!("{path}/export")).await.expect(401);
    let rita = app.person("rita", Role::Reviewer).await;
    rita.api("POST", &format!("{path}/erase"), json!({ "confirm": "shopper-0001" })).await.expect(403);
    ada.api("POST", &format!("{path}/erase"), json!({ "confirm": "shopper-0002" })).await.expect(422);
    let done = ada.api("POST", &format!("{path}/erase"), json!({ "confirm": "shopper-0001" })).await.expect(200).json();
    assert_eq!(done["events"], events);
    assert_eq!(
        (&done["learned"][0]["model"], &done["learned"][0]["version"]),
        (&json!(trained.version.name), &json!(1))
    );
    app.get(path).await.expect(404);
    let after = app.get("/api/v1/catalogues").await.json()["catalogues"][0].clone();
    assert_eq!(after["events"].as_i64().unwrap(), before["events"].as_i64().unwrap() - events);
    assert_eq!(after["shoppers"].as_i64().unwrap(), before["shoppers"].as_i64().unwrap() - 1);
    let audit = ada.get("/admin/audit").await.expect(200).text;
    assert!(audit.contains("shopper.erase") && !audit.contains("shopper-0001"));
    // Nobody else's events let go.
    assert!(app.execute("delete from event").await.unwrap_err().to_string().contains("append-only"));
    app.stop().await;
}
