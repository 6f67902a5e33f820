//! Who sends events: who may, as whom, how many, and what counts before an administrator has looked.

use alluvium_domain::Role;
use alluvium_services::recommend::Training;
use alluvium_services::shop::DemoPlan;
use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::harness::{Answer, App, EVENT_QUOTA, Person, form_encoded};

/// A product that is far from the first place, and that poisoners want there.
const TARGET: &str = "tea-0012";

async fn demo(app: &App) {
    let plan = DemoPlan { products_each: 12, shoppers: 60, events: 4_000, ..DemoPlan::default() };
    app.services.shop_demo(plan).await.unwrap();
}

/// `count` events about the target, of shoppers of the shop.
fn poison(first: u128, count: u128) -> Vec<Value> {
    (first..first + count)
        .map(|id| {
            let kind = ["view", "cart", "purchase"][(id % 3) as usize];
            json!({ "id": uuid::Uuid::from_u128(id), "shopper": format!("shopper-{:04}", id % 60 + 1), "product": TARGET,
                "kind": kind })
        })
        .collect()
}

async fn api(app: &App, path: &str, body: Value) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// What everybody sees that events could move: recommendations, the product, the shop's counts, a shopper of the shop, popularity in the search.
async fn seen(app: &App) -> Value {
    let mut seen = Vec::new();
    for asked in [json!({}), json!({ "shopper": "shopper-0001" }), json!({ "query": "tea" })] {
        let body = crate::harness::with(json!({ "catalogue": "demo", "k": 50 }), asked);
        // Scores move with the time of the question; their order, and what is said of it, do not within a test.
        let answer = api(app, "/api/v1/recommendations", body).await.expect(200).json();
        let items = answer["items"].as_array().unwrap();
        seen.push(items.iter().map(|item| json!([item["product"], item["reason"]])).collect());
    }
    for path in [
        &format!("/api/v1/catalogues/demo/products/{TARGET}"),
        "/api/v1/catalogues",
        "/api/v1/catalogues/demo/shoppers/shopper-0001",
    ] {
        seen.push(app.get(path).await.expect(200).json());
    }
    json!(seen)
}

/// The same in a process that has just read everything from the tables.
async fn seen_anew(app: &App) -> Value {
    seen(&app.second().await).await
}

/// A form of somebody whose browser keeps this cookie.
async fn click(app: &App, cookie: Option<&str>, catalogue: &str, product: &str) -> Answer {
    let mut request = Request::post(format!("/shop/{catalogue}/products/{product}/events"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    app.send(request.body(Body::from(form_encoded(&[("kind", "view")]))).unwrap()).await
}

/// The cookie that an answer sets for a visitor.
fn visitor(answer: &Answer) -> String {
    let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("alluvium_visitor=") && set.contains("HttpOnly"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

async fn page(app: &App, cookie: &str, path: &str) -> Answer {
    app.send(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
}

/// The address of one's own page as a shopper, as the page of a product links it.
fn own_page(product: &str) -> String {
    let (_, link) = product.split_once("href=\"/shop/demo/shoppers/").expect("a link to what they did");
    format!("/shop/demo/shoppers/{}", link.split('"').next().unwrap())
}

async fn sender_of(administrator: &Person<'_>, kind: &str) -> i64 {
    let list = administrator.api("GET", "/api/v1/event-senders", Value::Null).await.expect(200).json();
    let found = list["senders"].as_array().unwrap().iter().find(|one| one["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {list}"))["id"].as_i64().unwrap()
}

#[tokio::test]
async fn twenty_requests_of_a_thousand_events_move_nothing() {
    let app = App::start().await;
    demo(&app).await;
    let before = seen(&app).await;
    let reader = app.person("rea", Role::Reader).await;
    let ann = app.person("ann", Role::Author).await;
    let token = ann.event_token().await;
    let plain = ann.token.clone();
    for request in 0..20 {
        let batch = poison(1 + request * 1_000, 1_000);
        let body = json!({ "catalogue": "demo", "events": batch });
        api(&app, "/api/v1/events", body.clone()).await.expect(401);
        reader.api("POST", "/api/v1/events", body).await.expect(403);
        app.events_by(&plain, "demo", &batch).await.expect(403);
        let receipt = app.events_by(&token, "demo", &batch).await.expect(200).json();
        assert_eq!(receipt, json!({ "accepted": 1_000, "duplicates": 0, "waiting": 1_000 }));
    }
    assert_eq!(seen(&app).await, before);
    assert_eq!(seen_anew(&app).await, before, "nor for a process that reads everything from the tables");

    // The first version of a simulated catalogue, which the program approves, is the same as without them.
    let trained = app.services.recommend_train("demo", Training::default(), |_| {}).await.unwrap();
    assert_eq!(trained.report.events, 4_000);
    app.stop().await;
}

#[tokio::test]
async fn the_first_version_of_a_simulated_catalogue_learns_from_the_simulation_alone() {
    let app = App::start().await;
    demo(&app).await;
    // These count: a program that is trusted sent them.
    app.events("demo", &poison(1, 500)).await.expect(200);
    let first = app.services.recommend_train("demo", Training::default(), |_| {}).await.unwrap();
    assert_eq!((first.version.approval.code(), first.report.events), ("approved", 4_000));
    let second = app.services.recommend_train("demo", Training::default(), |_| {}).await.unwrap();
    assert_eq!((second.version.approval.code(), second.report.events), ("requested", 4_500));
    app.stop().await;
}

#[tokio::test]
async fn visitors_click_for_themselves_in_simulated_catalogues_only() {
    let app = App::start().await;
    demo(&app).await;
    let before = seen(&app).await;
    let first = click(&app, None, "demo", "tea-0001").await.expect(303);
    let cookie = visitor(&first);
    assert!(click(&app, Some(&cookie), "demo", "tea-0002").await.expect(303).headers.get(header::SET_COOKIE).is_none());
    let own = own_page(&page(&app, &cookie, "/shop/demo/products/tea-0001").await.expect(200).text);
    let history = page(&app, &cookie, &own).await.expect(200).text;
    assert!(
        history.contains("/products/tea-0001") && history.contains("/products/tea-0002"),
        "their own history personalises"
    );
    let asked = own.replace("/shoppers/", "/recommend?shopper=");
    assert!(page(&app, &cookie, &asked).await.expect(200).text.contains("tea-0001"));

    // Nobody else sees it, and nobody makes up another's cookie.
    let reader = app.person("rea", Role::Administrator).await;
    let other = visitor(&click(&app, None, "demo", "tea-0003").await.expect(303));
    let (id, hash) = cookie.split_once('.').unwrap();
    let forged = [
        format!("{id}.{}", "0".repeat(hash.len())),
        format!("{id}."),
        format!("alluvium_visitor={}.{hash}", uuid::Uuid::nil().simple()),
    ];
    for stranger in [other.as_str(), "x=y"].into_iter().chain(forged.iter().map(String::as_str)) {
        page(&app, stranger, &own).await.expect(404);
    }
    reader.get(&own).await.expect(404);
    reader
        .api("GET", &format!("/api/v1/catalogues/demo{}", own.strip_prefix("/shop/demo").unwrap()), Value::Null)
        .await
        .expect(404);
    let name = own.rsplit('/').next().unwrap();
    for path in ["/shop/demo/recommend", "/shop/demo"] {
        assert!(!app.get(path).await.expect(200).text.contains(name), "{path}");
    }
    // A token names no shopper who is a visitor.
    let token = reader.event_token().await;
    let event = json!({ "id": uuid::Uuid::from_u128(1), "shopper": name, "product": "tea-0001", "kind": "view" });
    let problem = app.events_by(&token, "demo", &[event]).await.expect(422).json();
    assert_eq!(problem["errors"][0]["field"], "events[0].shopper");
    assert_eq!(seen(&app).await, before);

    // In a shop that is not simulated nobody clicks without a name.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("products.jsonl");
    std::fs::write(&file, "{\"id\":\"p1\",\"title\":\"A lamp\",\"price\":995}\n").unwrap();
    super::shop_import::import(&app, "products", &file, "real").await.unwrap();
    for cookie in [None, Some(cookie.as_str())] {
        click(&app, cookie, "real", "p1").await.expect(401);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_person_sends_for_their_own_shopper_and_it_has_no_name_in_it() {
    let app = App::start().await;
    demo(&app).await;
    let rea = app.person("rea", Role::Reader).await;
    let bob = app.person("bob", Role::Administrator).await;
    rea.form("/shop/demo/products/tea-0001/events", &[("kind", "cart")]).await.expect(303);
    let own = own_page(&rea.get("/shop/demo/products/tea-0001").await.expect(200).text);
    let name = own.rsplit('/').next().unwrap();
    assert!(!name.contains("rea") && !name.contains("person"), "{name}");
    assert!(rea.get(&own).await.expect(200).text.contains("/products/tea-0001"));
    bob.get(&own).await.expect(404);
    app.get(&own).await.expect(404);
    app.get("/shop/demo/shoppers/person-rea").await.expect(404);
    let event = |id: u128, shopper: &str| json!({ "id": uuid::Uuid::from_u128(id), "shopper": shopper, "product": "tea-0002", "kind": "view" });
    let send = async |person: &Person<'_>, events: Value| {
        person.api("POST", "/api/v1/events", json!({ "catalogue": "demo", "events": events })).await
    };
    let receipt = send(&rea, json!([event(1, name)])).await.expect(200).json();
    assert_eq!((&receipt["accepted"], &receipt["waiting"]), (&json!(1), &json!(1)));
    send(&rea, json!([event(2, name), event(3, "shopper-0001")])).await.expect(403);
    let problem = send(&bob, json!([event(4, name)])).await.expect(403).text;
    assert!(problem.contains("scope events"), "{problem}");
    // A reader has no token with the scope, and keeps none when the role goes.
    let page = rea.get("/settings").await.expect(200).text;
    assert!(!page.contains("name=\"events\""));
    rea.form("/settings/tokens", &[("name", "t"), ("days", "1"), ("events", "1")]).await.expect(403);
    let ann = app.person("ann", Role::Author).await;
    let page = ann.form("/settings/tokens", &[("name", "t"), ("days", "1"), ("events", "1")]).await.expect(200).text;
    let secrets = page.split("alv_").skip(1).map(|rest| rest.split(['"', '<', ' ', '\u{2026}']).next().unwrap());
    let token = format!("alv_{}", secrets.max_by_key(|secret| secret.len()).unwrap());
    app.events_by(&token, "demo", &[event(5, "shopper-0001")]).await.expect(200);
    app.execute("update person set role = 'reader' where name = 'ann'").await.unwrap();
    app.events_by(&token, "demo", &[event(6, "shopper-0001")]).await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn a_sender_has_a_quota_a_day() {
    let app = App::start().await;
    demo(&app).await;
    let ann = app.person("ann", Role::Author).await;
    let token = ann.event_token().await;
    app.events_by(&token, "demo", &poison(1, 1_000)).await.expect(200);
    let rest = EVENT_QUOTA - 1_500;
    app.execute(&format!("update event_day set void = void + {rest} where sender_id > 100")).await.unwrap();
    let refused = app.events_by(&token, "demo", &poison(10_000, 501)).await.expect(429);
    let seconds: u64 = refused.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&seconds) && refused.text.contains(&EVENT_QUOTA.to_string()), "{}", refused.text);
    app.events_by(&token, "demo", &poison(20_000, 500)).await.expect(200);
    app.events_by(&token, "demo", &poison(20_000, 500)).await.expect(200).json();
    // Another sender has a quota of its own.
    app.events_by(&ann.event_token().await, "demo", &poison(30_000, 1)).await.expect(200);

    // Visitors: one by one, and all together.
    let cookie = visitor(&click(&app, None, "demo", "tea-0001").await.expect(303));
    app.execute(
        "update event_day d set void = 199 from event_sender s where s.id = d.sender_id and s.kind = 'visitor'",
    )
    .await
    .unwrap();
    let refused = click(&app, Some(&cookie), "demo", "tea-0001").await.expect(429);
    assert!(refused.text.contains("200"), "{}", refused.text);
    click(&app, None, "demo", "tea-0001").await.expect(303);
    app.execute(
        "update event_day d set void = 9999 from event_sender s where s.id = d.sender_id and s.kind = 'visitor'",
    )
    .await
    .unwrap();
    click(&app, None, "demo", "tea-0001").await.expect(429);
    app.stop().await;
}

#[tokio::test]
async fn what_waits_is_taken_in_or_made_void_and_versions_that_learned_from_it_are_named() {
    let app = App::start().await;
    demo(&app).await;
    app.services.recommend_train("demo", Training::default(), |_| {}).await.unwrap();
    let before = seen(&app).await;
    let ada = app.person("ada", Role::Administrator).await;
    let ann = app.person("ann", Role::Author).await;
    let token = ann.event_token().await;
    app.events_by(&token, "demo", &poison(1, 300)).await.expect(200);
    for person in [&ann, &app.person("rita", Role::Reviewer).await] {
        person.get("/admin/senders").await.expect(403);
        person.api("GET", "/api/v1/event-senders", Value::Null).await.expect(403);
    }
    let id = sender_of(&ada, "token").await;
    let path = format!("/api/v1/event-senders/{id}");
    let one = ada.api("GET", &path, Value::Null).await.expect(200).json();
    assert_eq!((&one["sender"]["person"], &one["days"][0]["waiting"]), (&json!("ann"), &json!(300)));
    assert_eq!((&one["products"][0]["product"], &one["products"][0]["events"]), (&json!(TARGET), &json!(300)));
    let listed = ada.get("/admin/senders?lang=en").await.expect(200).text;
    assert!(listed.contains("ann") && listed.contains(">300<"), "{listed}");
    assert!(ada.get(&format!("/admin/senders/{id}?lang=en")).await.expect(200).text.contains(TARGET));

    let rule = async |ruling: Value| ada.api("POST", &format!("{path}/rulings"), ruling).await;
    rule(json!({ "ruling": "take-in", "from": "2026-01-02", "to": "2026-01-01" })).await.expect(422);
    rule(json!({ "ruling": "take-in", "catalogue": "nowhere" })).await.expect(404);
    let outside = rule(json!({ "ruling": "take-in", "to": "2026-01-01" })).await.expect(200).json();
    assert_eq!(outside["events"], 0);
    let taken = rule(json!({ "ruling": "take-in", "catalogue": "demo" })).await.expect(200).json();
    assert_eq!((&taken["events"], &taken["learned"]), (&json!(300), &json!([])));
    assert_ne!(seen(&app).await, before, "they count now");
    let product = app.get(&format!("/api/v1/catalogues/demo/products/{TARGET}")).await.json();
    assert!(product["purchases"].as_i64().unwrap() >= 100);

    let second = app.services.recommend_train("demo", Training::default(), |_| {}).await.unwrap();
    assert_eq!(second.report.events, 4_300);
    let void =
        ada.form(&format!("/admin/senders/{id}"), &[("ruling", "void"), ("catalogue", "demo")]).await.expect(303);
    assert!(ada.get(void.location()).await.expect(200).text.contains("notice--good"));
    assert_eq!(seen(&app).await, before, "as if they had never come");
    let learned = ann.api("GET", "/api/v1/void-learners", Value::Null).await.expect(200).json();
    assert_eq!(learned["versions"], json!([{ "model": second.version.name, "version": 2, "events": 300 }]));
    for page in ["/admin/models?lang=en", "/admin/models/recommend-demo?lang=en", "/admin/senders?lang=en"] {
        assert!(ada.get(page).await.expect(200).text.contains("learned from events that are void"), "{page}");
    }
    let again = rule(json!({ "ruling": "take-in" })).await.expect(200).json();
    assert_eq!(again["events"], 0, "what is void is not taken in by the way");
    assert_eq!(rule(json!({ "ruling": "restore" })).await.expect(200).json()["events"], 300);
    assert_eq!(seen(&app).await, before, "what is restored waits");
    for action in ["events.take-in", "events.void", "events.restore"] {
        assert!(ada.get("/admin/audit").await.expect(200).text.contains(action), "{action}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_trusted_token_counts_at_once_and_no_longer_when_it_is_not() {
    let app = App::start().await;
    demo(&app).await;
    let ada = app.person("ada", Role::Administrator).await;
    let token = ada.event_token().await;
    let id = sender_of(&ada, "token").await;
    let trust = async |trusted: bool| {
        ada.api("PATCH", &format!("/api/v1/event-senders/{id}"), json!({ "trusted": trusted })).await
    };
    assert_eq!(trust(true).await.expect(200).json()["trusted"], true);
    let waiting =
        async |first| app.events_by(&token, "demo", &poison(first, 10)).await.expect(200).json()["waiting"].clone();
    assert_eq!(waiting(1).await, 0);
    trust(false).await.expect(200);
    assert_eq!(waiting(100).await, 10);
    // Only tokens can be trusted; the simulation's own are.
    ada.api("PATCH", "/api/v1/event-senders/1", json!({ "trusted": false })).await.expect(409);
    ada.api("PATCH", "/api/v1/event-senders/99", json!({ "trusted": true })).await.expect(404);
    // The state alone may be changed in the table.
    for statement in
        ["update event set state = 0, kind = 'view'", "delete from event", "update event set sender_id = 1"]
    {
        let refused = app.execute(statement).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
    app.stop().await;
}
