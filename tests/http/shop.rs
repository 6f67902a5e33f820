//! `/api/v1/catalogues` and `/api/v1/events`: who may do what, idempotency, append-only, filters, the demo shop.

use alluvium_domain::{Role, percent_encoded};
use alluvium_services::shop::DemoPlan;
use serde_json::{Value, json};

use crate::harness::{Answer, App};

/// A small demo shop.
async fn demo(app: &App) {
    let plan = DemoPlan { products_each: 12, shoppers: 40, events: 1_500, ..DemoPlan::default() };
    let (catalogue, added) = app.services.shop_demo(plan).await.unwrap();
    assert!(added);
    assert_eq!((catalogue.products, catalogue.shoppers, catalogue.events), (144, 40, 1_500));
}

/// A catalogue that is not simulated, with one product.
async fn real(app: &App) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("products.jsonl");
    std::fs::write(&file, "{\"id\":\"p1\",\"title\":\"A lamp\",\"price\":995}\n").unwrap();
    super::shop_import::import(app, "products", &file, "real").await.unwrap();
}

fn event(id: u128, product: &str, more: Value) -> Value {
    let event = json!({ "id": uuid::Uuid::from_u128(id), "shopper": "s1", "product": product, "kind": "view" });
    crate::harness::with(event, more)
}

/// Sends events as a program that is trusted.
async fn send(app: &App, catalogue: &str, events: Vec<Value>) -> Answer {
    app.events(catalogue, &events).await
}

async fn events_of(app: &App, catalogue: &str) -> i64 {
    let list = app.get("/api/v1/catalogues").await.expect(200).json();
    let catalogues = list["catalogues"].as_array().unwrap();
    catalogues.iter().find(|one| one["slug"] == catalogue).unwrap()["events"].as_i64().unwrap()
}

#[tokio::test]
async fn the_same_event_again_changes_nothing() {
    let app = App::start().await;
    demo(&app).await;
    let batch = || {
        vec![
            event(1, "running-shoes-0001", json!({ "query": "跑鞋", "position": 3 })),
            // Another time makes no other event.
            event(1, "running-shoes-0001", json!({ "kind": "cart", "at": "2026-11-01T00:00:00Z" })),
            event(2, "tea-0001", json!({ "kind": "purchase" })),
        ]
    };
    let first = send(&app, "demo", batch()).await.expect(200).json();
    assert_eq!(first, json!({ "accepted": 2, "duplicates": 1, "waiting": 0 }));
    // The second time "now" is another moment.
    let again = send(&app, "demo", batch()).await.expect(200).json();
    assert_eq!(again, json!({ "accepted": 0, "duplicates": 3, "waiting": 0 }));
    assert_eq!(events_of(&app, "demo").await, 1_502);
    let shopper = app.get("/api/v1/catalogues/demo/shoppers/s1").await.expect(200).json();
    assert_eq!(shopper["total"], 2);
    let view = shopper["events"].as_array().unwrap().iter().find(|one| one["kind"] == "view").unwrap();
    assert_eq!((&view["query"], &view["position"]), (&json!("跑鞋"), &json!(3)));
    app.stop().await;
}

#[tokio::test]
async fn senders_of_one_batch_at_the_same_moment_add_it_once() {
    let app = App::start().await;
    demo(&app).await;
    let batch: Vec<Value> = (0..50).map(|id| event(id, "tea-0001", json!({}))).collect();
    let answers = tokio::join!(
        send(&app, "demo", batch.clone()),
        send(&app, "demo", batch.clone()),
        send(&app, "demo", batch.clone())
    );
    let accepted: i64 = [answers.0, answers.1, answers.2]
        .into_iter()
        .map(|answer| answer.expect(200).json()["accepted"].as_i64().unwrap())
        .sum();
    assert_eq!(accepted, 50);
    assert_eq!(events_of(&app, "demo").await, 1_550);
    app.stop().await;
}

#[tokio::test]
async fn a_batch_is_taken_whole_or_not_at_all() {
    let app = App::start().await;
    demo(&app).await;
    let wrong = vec![event(1, "tea-0001", json!({})), event(2, "no-such-product", json!({}))];
    let problem = send(&app, "demo", wrong).await.expect(422).json();
    assert_eq!(problem["errors"][0]["field"], "events[1].product");
    for (field, more) in [
        ("events[0].query", json!({ "query": "长".repeat(501) })),
        ("events[0].query", json!({ "query": "a\0b" })),
        ("events[0].position", json!({ "position": 0 })),
        ("events[0].shopper", json!({ "shopper": " " })),
        ("events[0].product", json!({ "product": "a\u{0}" })),
        ("events[0].at", json!({ "at": "1999-01-01T00:00:00Z" })),
        ("events[0].at", json!({ "at": "9999-01-01T00:00:00Z" })),
    ] {
        let problem = send(&app, "demo", vec![event(1, "tea-0001", more)]).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    send(&app, "demo", vec![]).await.expect(422);
    let many = (0..1_001).map(|id| event(id, "tea-0001", json!({}))).collect();
    assert!(send(&app, "demo", many).await.expect(422).text.contains("1000"));
    send(&app, "nowhere", vec![event(1, "tea-0001", json!({}))]).await.expect(404);
    send(&app, "no\0where", vec![event(1, "tea-0001", json!({}))]).await.expect(404);
    assert_eq!(events_of(&app, "demo").await, 1_500);
    app.stop().await;
}

#[tokio::test]
async fn histories_are_for_everybody_in_a_simulated_shop_only_and_for_reviewers_elsewhere() {
    let app = App::start().await;
    real(&app).await;
    send(&app, "real", vec![event(1, "p1", json!({}))]).await.expect(200);
    app.get("/api/v1/catalogues/real/shoppers/s1").await.expect(401);
    for (role, status) in [(Role::Reader, 403), (Role::Author, 403), (Role::Reviewer, 200), (Role::Administrator, 200)]
    {
        let person = app.person(role.code(), role).await;
        person.api("GET", "/api/v1/catalogues/real/shoppers/s1", Value::Null).await.expect(status);
        person.get("/shop/real/shoppers/s1").await.expect(status);
        let asked = json!({ "catalogue": "real", "shopper": "s1" });
        person.api("POST", "/api/v1/recommendations", asked).await.expect(status);
    }
    // The same id in another catalogue is another event.
    demo(&app).await;
    assert_eq!(send(&app, "demo", vec![event(1, "tea-0001", json!({}))]).await.expect(200).json()["accepted"], 1);
    app.get("/api/v1/catalogues/demo/shoppers/s1").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn events_can_be_neither_changed_nor_removed() {
    let app = App::start().await;
    demo(&app).await;
    for statement in [
        "update event set kind = 'view'",
        "delete from event",
        "truncate event",
        "update event_2026_01 set kind = 'view'",
        "delete from event_2026_01",
        "truncate event_2026_01",
    ] {
        let refused = app.execute(statement).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
    // Each month is a partition of its own.
    app.execute(
        "insert into event select catalogue_id, id, '1990-01-01', shopper_id, product_id, kind from event limit 1",
    )
    .await
    .unwrap_err();
    app.stop().await;
}

#[tokio::test]
async fn lists_are_filtered_and_counted() {
    let app = App::start().await;
    demo(&app).await;
    let all = app.get("/api/v1/catalogues/demo/products?limit=100").await.expect(200).json();
    assert_eq!((&all["total"], all["products"].as_array().unwrap().len()), (&json!(144), 100));
    assert_eq!(all["catalogue"]["simulated"], true);
    let narrowest = |one: &Value| one["value"]["en"] == "Running shoes" && one["count"] == 12;
    assert!(all["facets"]["categories"].as_array().unwrap().iter().any(narrowest));
    // By category, in either language and at any level.
    for category in ["Running%20shoes", "%E8%B7%91%E9%9E%8B", "Sports%20shoes"] {
        let list = app.get(&format!("/api/v1/catalogues/demo/products?category={category}")).await.expect(200).json();
        assert_eq!(list["total"], 12, "{category}");
    }
    // What a facet counts, its filter shows.
    let shoes = app.get("/api/v1/catalogues/demo/products?category=Running%20shoes").await.expect(200).json();
    let cushioning = shoes["facets"]["attributes"].as_array().unwrap().iter().find(|one| one["name"] == "cushioning");
    for value in cushioning.unwrap()["values"].as_array().unwrap() {
        for language in ["zh", "en"] {
            let text = percent_encoded(value["value"][language].as_str().unwrap());
            let path = format!("/api/v1/catalogues/demo/products?category=Running%20shoes&attribute=cushioning:{text}");
            assert_eq!(app.get(&path).await.expect(200).json()["total"], value["count"]);
        }
    }
    let brand = shoes["facets"]["brands"][0].clone();
    let path = format!(
        "/api/v1/catalogues/demo/products?category=Running%20shoes&brand={}",
        brand["value"]["en"].as_str().unwrap().replace(' ', "%20")
    );
    assert_eq!(app.get(&path).await.expect(200).json()["total"], brand["count"]);
    // By price, cheapest first.
    let price = &shoes["facets"]["price"];
    let path =
        format!("/api/v1/catalogues/demo/products?category=Running%20shoes&price_max={}&sort=price", price["median"]);
    let cheap = app.get(&path).await.expect(200).json();
    let prices: Vec<i64> = cheap["products"].as_array().unwrap().iter().map(|p| p["price"].as_i64().unwrap()).collect();
    assert!(prices.is_sorted() && prices[0] == price["min"].as_i64().unwrap() && prices.len() >= 6, "{prices:?}");
    // A number as an attribute.
    let drop = &shoes["products"][0]["attributes"]["drop"];
    let path = format!("/api/v1/catalogues/demo/products?category=Running%20shoes&attribute=drop:{drop}");
    assert!(app.get(&path).await.expect(200).json()["total"].as_i64().unwrap() >= 1);
    app.stop().await;
}

#[tokio::test]
async fn odd_input_is_the_senders_mistake() {
    let app = App::start().await;
    demo(&app).await;
    for (path, status) in [
        ("/api/v1/catalogues/demo/products?brand=%00", 422),
        ("/api/v1/catalogues/demo/products?category=%00", 422),
        ("/api/v1/catalogues/demo/products?attribute=a%00:b", 422),
        ("/api/v1/catalogues/demo/products?attribute=nothing", 422),
        ("/api/v1/catalogues/demo/products?price_min=-1", 422),
        ("/api/v1/catalogues/demo/products?price_min=9223372036854775807", 422),
        ("/api/v1/catalogues/demo/products?price_min=92233720368547758070", 400),
        ("/api/v1/catalogues/demo/products?limit=0", 422),
        ("/api/v1/catalogues/demo/products?offset=18446744073709551615", 422),
        ("/api/v1/catalogues/demo/products?offset=1000000", 200),
        ("/api/v1/catalogues/demo/products?attribute=%F0%9F%90%88:%E2%80%AE", 200),
        ("/api/v1/catalogues/%00/products", 404),
        ("/api/v1/catalogues/Demo/products", 404),
        ("/api/v1/catalogues/demo/products/%00", 404),
        ("/api/v1/catalogues/demo/products/%F0%9F%90%88", 404),
        ("/api/v1/catalogues/demo/products/%FF", 400),
        ("/api/v1/catalogues/demo/products/%00/picture", 404),
        ("/api/v1/catalogues/demo/shoppers/%00", 404),
        ("/api/v1/catalogues/demo/shoppers/shopper-0001?limit=101", 422),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_product_has_counts_and_a_picture_that_is_drawn() {
    let app = App::start().await;
    demo(&app).await;
    let page = app.get("/api/v1/catalogues/demo/products/running-shoes-0001").await.expect(200).json();
    assert!(page["product"]["title"]["zh"].as_str().unwrap().contains("跑鞋"), "{page}");
    assert_eq!(page["product"]["currency"], "CNY");
    assert!(page["views"].as_i64().unwrap() >= page["carts"].as_i64().unwrap());
    for place in 1..=12 {
        app.get(&format!("/api/v1/catalogues/demo/products/building-blocks-{place:04}/picture")).await.expect(200);
    }
    let picture = app.get(page["product"]["picture"].as_str().unwrap()).await.expect(200);
    assert_eq!(picture.headers["content-type"], "image/svg+xml");
    assert!(picture.text.starts_with("<svg") && picture.text.ends_with("</svg>"));
    app.stop().await;
}

#[tokio::test]
async fn the_demo_shop_is_made_once_and_knows_its_truth() {
    let app = App::start().await;
    assert!(app.services.has_no_shop().await.unwrap());
    demo(&app).await;
    assert!(!app.services.has_no_shop().await.unwrap());
    let (_, added) = app.services.shop_demo(DemoPlan::default()).await.unwrap();
    assert!(!added, "what is there stays");
    let nobody = alluvium_domain::Actor::anonymous(true);
    let truth = app.services.shop_truth(&nobody, "demo").await.unwrap();
    assert_eq!(truth.len(), 40);
    assert!(
        truth["shopper-0001"].contains_key("category:running-shoes") && truth["shopper-0001"].contains_key("price")
    );
    let page = app.get("/api/v1/catalogues/demo/shoppers/shopper-0001?limit=5").await.expect(200).json();
    let times: Vec<&str> = page["events"].as_array().unwrap().iter().map(|one| one["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first: {times:?}");
    let counted: i64 = page["categories"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| ["views", "carts", "purchases"].map(|kind| one[kind].as_i64().unwrap()))
        .sum();
    assert_eq!(counted, page["total"].as_i64().unwrap());
    assert!(page["shopper"]["truth"]["rating"].is_f64());
    app.stop().await;
}
