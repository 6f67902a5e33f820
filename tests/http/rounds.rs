//! A round of learning: from what somebody does in the shop to a version that serves, by pages alone.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{App, Person};
use crate::jobs::{until, work};
use crate::registry::serving::imported_shop;

const MODEL: &str = "recommend-small";

/// Begins a round by the form of the page and waits until it is over.
async fn round(ann: &Person<'_>) -> Value {
    let begun = ann.form("/admin/jobs", &[("kind", "train-recommend"), ("catalogue", "small")]).await.expect(303);
    let id = begun.location().rsplit('/').next().unwrap().to_owned();
    until(ann, &id, "succeeded").await
}

/// The address of a person's own page as a shopper, as a product's page links it.
async fn own_page(person: &Person<'_>, product: &str) -> String {
    let page = person.get(product).await.expect(200).text;
    let (_, link) = page.split_once("href=\"/shop/small/shoppers/").expect("a link to what they did");
    format!("/shop/small/shoppers/{}", link.split('"').next().unwrap())
}

/// The model that answers.
async fn answering(person: &Person<'_>) -> Value {
    let body = json!({ "catalogue": "small", "history": [{ "product": "p1", "event": "view" }] });
    person.api("POST", "/api/v1/recommendations", body).await.expect(200).json()["model"].clone()
}

#[tokio::test]
async fn what_people_do_becomes_a_version_that_waits_and_then_serves() {
    let app = App::start().await;
    imported_shop(&app).await;
    let worker = work(&app, "one");
    let ann = app.person("ann", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let first = round(&ann).await;
    assert_eq!((&first["result"]["version"], &first["result"]["approval"]), (&json!(1), &json!("requested")));
    let act = async |person: &Person<'_>, number: i32, act: &str| {
        let path = format!("/admin/models/{MODEL}/versions/{number}/act");
        person.form(&path, &[("act", act), ("reason", "the figures")]).await.status.as_u16()
    };
    assert_eq!((act(&rita, 1, "approve").await, act(&rita, 1, "activate").await), (303, 303));
    let serving = answering(&ann).await;

    let product = "/shop/small/products/p1";
    assert!(!app.get(product).await.expect(200).text.contains("class=\"act\""), "only for people with a name");
    for (item, kind) in [("p1", "view"), ("p9", "cart"), ("p20", "purchase")] {
        let page = format!("/shop/small/products/{item}");
        let done = ann.form(&format!("{page}/events"), &[("kind", kind)]).await.expect(303);
        assert_eq!(done.location(), page);
    }
    ann.form(&format!("{product}/events"), &[("kind", "stare")]).await.expect(422);
    ann.form("/shop/small/products/none/events", &[("kind", "view")]).await.expect(422);
    let own = own_page(&ann, product).await;
    assert!(
        !own.contains("ann") && ann.get(&own).await.expect(200).text.contains("Item 1"),
        "what she did is hers: {own}"
    );
    let page = ann.get("/admin/rounds?lang=en").await.expect(200).text;
    assert!(!page.contains("3 events that the newest version has not seen"), "nobody has taken them in");
    let ada = app.person("ada", Role::Administrator).await;
    let senders = ada.api("GET", "/api/v1/event-senders", Value::Null).await.expect(200).json();
    let hers = senders["senders"].as_array().unwrap().iter().find(|one| one["kind"] == "person").unwrap()["id"].clone();
    let ruled = ada.form("/admin/senders", &[("sender", &hers.to_string()), ("ruling", "take-in")]).await.expect(303);
    assert!(ada.get(ruled.location()).await.expect(200).text.contains("ann"));
    let page = ann.get("/admin/rounds?lang=en").await.expect(200).text;
    assert!(page.contains("3 events that the newest version has not seen"));

    let second = round(&ann).await;
    assert_eq!((&second["result"]["version"], &second["result"]["approval"]), (&json!(2), &json!("requested")));
    assert_eq!(answering(&ann).await, serving, "it waits");
    let page = ann.get("/admin/rounds?lang=en").await.expect(200).text;
    assert!(page.contains("(+3)") && page.contains("1 version waits for approval"), "{page}");
    assert!(page.contains(&format!("/runs/{}", second["run"].as_str().unwrap())));
    assert!(page.contains("Purchase "), "compared with the champion");
    assert_eq!(act(&ann, 2, "approve").await, 403, "she asked for it");
    assert_eq!((act(&rita, 2, "approve").await, act(&rita, 2, "activate").await), (303, 303));
    assert_ne!(answering(&ann).await, serving);
    let rob = app.person("rob", Role::Reader).await;
    rob.get("/admin/rounds").await.expect(403);
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_scheduled_round_begins_only_where_enough_is_new() {
    let app = App::start().await;
    imported_shop(&app).await;
    assert_eq!(app.services.rounds_begin().await.unwrap(), ["small"]);
    assert!(app.services.rounds_begin().await.unwrap().is_empty(), "it waits already");
    app.stop().await;
}
