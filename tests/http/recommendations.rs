//! `POST /api/v1/recommendations`: by history and by shopper, explanations that add up, groups switched off, wrong fields, rights; with and without
//! a trained model.

use alluvium_domain::Role;
use alluvium_services::recommend::Training;
use alluvium_services::shop::DemoPlan;
use serde_json::{Value, json};

use crate::harness::{Answer, App};

async fn demo(app: &App, events: usize) {
    let plan = DemoPlan { products_each: 12, shoppers: 60, events, ..DemoPlan::default() };
    app.services.shop_demo(plan).await.unwrap();
}

/// A small demo shop with a trained model.
async fn trained(app: &App) -> String {
    demo(app, 4_000).await;
    app.services.recommend_train("demo", Training::default(), |_| {}).await.unwrap().model
}

async fn ask(app: &App, more: Value) -> Answer {
    let body = crate::harness::with(json!({ "catalogue": "demo" }), more).to_string();
    let request = http::Request::post("/api/v1/recommendations").header("content-type", "application/json");
    app.send(request.body(axum::body::Body::from(body)).unwrap()).await
}

fn items(answer: &Value) -> &Vec<Value> {
    answer["items"].as_array().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

fn assert_adds_up(explanation: &Value) {
    let parts = explanation["contributions"].as_array().unwrap();
    let sum: f64 = parts.iter().map(|part| number(&part["amount"])).sum();
    let gap = number(&explanation["gap"]);
    let total = number(&explanation["baseline"]) + sum + gap;
    assert!((total - number(&explanation["score"])).abs() < 1e-9 && gap.abs() < 1e-4, "{explanation}");
}

/// Three products of one category, two of them put into the cart.
fn history() -> Value {
    json!([
        { "product": "running-shoes-0001", "event": "view" },
        { "product": "running-shoes-0002", "event": "cart" },
        { "product": "running-shoes-0003", "event": "cart" },
    ])
}

#[tokio::test]
async fn without_a_model_content_and_popularity_answer_and_say_so() {
    let app = App::start().await;
    demo(&app, 1_500).await;
    let nobody = ask(&app, json!({ "k": 20 })).await.expect(200).json();
    assert_eq!(nobody["model"], "content-popularity");
    assert_eq!(items(&nobody).len(), 20);
    let shoes = ask(&app, json!({ "history": history() })).await.expect(200).json();
    let of_category = |answer: &Value| {
        items(answer).iter().filter(|item| item["product"].as_str().unwrap().starts_with("running-shoes")).count()
    };
    assert!(of_category(&shoes) >= 5, "{shoes}");
    assert!(of_category(&nobody) < 15);
    for item in items(&shoes) {
        assert!(
            !["running-shoes-0001", "running-shoes-0002", "running-shoes-0003"]
                .contains(&item["product"].as_str().unwrap())
        );
        for language in ["zh", "en"] {
            assert!(!item["reason"][language].as_str().unwrap().is_empty());
        }
        assert!(!item["sources"].as_array().unwrap().is_empty());
        assert!(item.get("explanation").is_none());
        let tasks = &item["tasks"];
        assert!(
            number(&tasks["view"]) >= number(&tasks["cart"]) && number(&tasks["cart"]) >= number(&tasks["purchase"])
        );
        let score = number(&tasks["view"]) + 4.0 * number(&tasks["cart"]) + 10.0 * number(&tasks["purchase"]);
        assert!((score - number(&item["score"])).abs() < 1e-9);
    }
    let scores: Vec<f64> = items(&shoes).iter().map(|item| number(&item["score"])).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b));
    // Somebody who put two running shoes into the cart hears that.
    let carts =
        |item: &&Value| item["reason"]["en"].as_str().unwrap().contains("2 products in “Running shoes” into the cart");
    assert!(items(&shoes).iter().any(|item| carts(&item)), "{shoes}");
    // A catalogue without any event.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("products.jsonl");
    std::fs::write(
        &file,
        "{\"id\":\"p1\",\"title\":\"A lamp\",\"price\":995}\n{\"id\":\"p2\",\"title\":\"A chair\"}\n",
    )
    .unwrap();
    super::shop_import::import(&app, "products", &file, "real").await.unwrap();
    let bare = ask(&app, json!({ "catalogue": "real", "history": [{ "product": "p1", "event": "view" }] })).await;
    let bare = bare.expect(200).json();
    assert_eq!(items(&bare).len(), 1);
    assert_eq!(items(&bare)[0]["product"], "p2");
    app.stop().await;
}

#[tokio::test]
async fn a_trained_model_serves_and_every_explanation_adds_up() {
    let app = App::start().await;
    let model = trained(&app).await;
    assert!(model.starts_with("mmoe4-"), "{model}");
    let mut explained = 0;
    for shopper in 1..=20 {
        let asked = json!({ "shopper": format!("shopper-{shopper:04}"), "k": 10, "explain": true });
        let answer = ask(&app, asked).await.expect(200).json();
        assert_eq!(answer["model"], model.as_str());
        for item in items(&answer) {
            assert_adds_up(&item["explanation"]);
            assert!((number(&item["explanation"]["score"]) - number(&item["score"])).abs() < 1e-12);
            for task in ["view", "cart", "purchase"] {
                let explanation = &item["task_explanations"][task];
                assert_adds_up(explanation);
                assert!((number(&explanation["score"]) - number(&item["tasks"][task])).abs() < 1e-12);
            }
            assert!(item["history"]["method"].as_str().unwrap().starts_with("leave-one-out"));
            explained += 1;
        }
    }
    assert_eq!(explained, 200);
    app.stop().await;
}

#[tokio::test]
async fn what_is_switched_off_or_left_out_moves_the_scores() {
    let app = App::start().await;
    trained(&app).await;
    let full = ask(&app, json!({ "history": history(), "k": 50, "explain": true })).await.expect(200).json();
    let score_of = |answer: &Value, product: &Value| {
        items(answer).iter().find(|item| &item["product"] == product).map(|item| number(&item["score"]))
    };
    for group in ["item-item", "category", "popularity"] {
        let part = ask(&app, json!({ "history": history(), "k": 100, "without": [group], "explain": true })).await;
        let part = part.expect(200).json();
        let moved = items(&full)
            .iter()
            .filter_map(|item| Some((number(&item["score"]) - score_of(&part, &item["product"])?).abs()))
            .any(|difference| difference > 1e-6);
        assert!(moved, "{group} changes nothing");
        // What is switched off gives nothing.
        for item in items(&part) {
            assert_adds_up(&item["explanation"]);
            let parts = item["explanation"]["contributions"].as_array().unwrap();
            assert!(parts.iter().all(|one| one["feature"] != format!("group:{group}")));
        }
    }
    // Leave-one-out says what the score is without the event.
    let item = &items(&full)[0];
    let parts = item["history"]["contributions"].as_array().unwrap();
    assert_eq!(parts.len(), 3);
    let last = parts.iter().find(|part| part["feature"] == "history:3").unwrap();
    let mut shorter = history();
    shorter.as_array_mut().unwrap().pop();
    let without = ask(&app, json!({ "history": shorter, "k": 100 })).await.expect(200).json();
    if let Some(score) = score_of(&without, &item["product"]) {
        assert!((number(&item["score"]) - number(&last["amount"]) - score).abs() < 1e-6);
    }
    // Other weights make another order, and the same tasks.
    let bought =
        ask(&app, json!({ "history": history(), "k": 50, "tasks": { "view": 0, "cart": 0, "purchase": 1 } })).await;
    let bought = bought.expect(200).json();
    for item in items(&bought) {
        assert!((number(&item["score"]) - number(&item["tasks"]["purchase"])).abs() < 1e-12);
    }
    // A query ranks only what it finds.
    let found = ask(&app, json!({ "history": history(), "query": "tea", "k": 10 })).await.expect(200).json();
    assert!(!items(&found).is_empty());
    for item in items(&found) {
        assert!(item["title"]["en"].as_str().unwrap().to_lowercase().contains("tea"), "{item}");
        assert_eq!(item["sources"], json!(["query"]));
    }
    // The model by hand can still be asked, and a second process finds the saved model.
    let by_hand = ask(&app, json!({ "model": "content-popularity" })).await.expect(200).json();
    assert_eq!(by_hand["model"], "content-popularity");
    app.stop().await;
}

#[tokio::test]
async fn a_query_is_asked_of_the_product_search() {
    let app = App::start_with_encoder().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("products.jsonl");
    let titles = ["Desk lamp with a clamp", "Wooden chair", "Leather sofa", "Garden hose", "Rubber duck"];
    let lines: Vec<String> = titles
        .iter()
        .enumerate()
        .map(|(n, title)| json!({ "id": format!("p{n}"), "title": title }).to_string())
        .collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    super::shop_import::import(&app, "products", &file, "english").await.unwrap();
    let found = async |query: &str| -> Vec<String> {
        let answer = ask(&app, json!({ "catalogue": "english", "query": query })).await.expect(200).json();
        for item in items(&answer) {
            assert_eq!(item["sources"], json!(["query"]), "{item}");
        }
        items(&answer).iter().map(|item| item["product"].as_str().unwrap().to_owned()).collect()
    };
    // In Chinese, through the dictionary that the encoder reads by; mistyped; and what is nowhere. Products share no word with these.
    for (query, product) in [("椅子", "p1"), ("沙发", "p2"), ("chiar", "p1"), ("lether", "p2")] {
        assert_eq!(found(query).await, [product], "{query}");
    }
    assert!(found("zzzzqqqq").await.is_empty());
    // A product that has half of the words does not stand beside one that has all.
    assert_eq!(found("desk lamp").await, ["p0"]);
    // What was looked at is not recommended, even if it is searched.
    let history = json!([{ "product": "p1", "event": "view" }]);
    let seen = json!({ "catalogue": "english", "query": "chair", "history": history });
    assert!(items(&ask(&app, seen).await.expect(200).json()).is_empty());
    app.stop().await;
}

#[tokio::test]
async fn new_events_count_at_once() {
    let app = App::start().await;
    trained(&app).await;
    let asked = || json!({ "shopper": "shopper-0001", "k": 100 });
    let before = ask(&app, asked()).await.expect(200).json();
    let product = items(&before)[0]["product"].clone();
    let event =
        json!({ "id": uuid::Uuid::from_u128(9), "shopper": "shopper-0001", "product": product, "kind": "purchase" });
    app.events("demo", &[event]).await.expect(200);
    let after = ask(&app, asked()).await.expect(200).json();
    assert!(items(&after).iter().all(|item| item["product"] != product), "what was bought is not recommended");
    assert_ne!(items(&before)[1]["score"], items(&after)[0]["score"]);
    app.stop().await;
}

#[tokio::test]
async fn wrong_fields_are_named_and_shoppers_are_not_for_everybody() {
    let app = App::start().await;
    demo(&app, 1_500).await;
    let many: Vec<Value> = (0..201).map(|_| json!({ "product": "tea-0001", "event": "view" })).collect();
    for (field, wrong) in [
        ("k", json!({ "k": 0 })),
        ("k", json!({ "k": 101 })),
        ("shopper", json!({ "shopper": "nobody" })),
        ("shopper", json!({ "shopper": " " })),
        ("history", json!({ "history": many })),
        ("history", json!({ "history": history(), "shopper": "shopper-0001" })),
        (
            "history[1].product",
            json!({ "history": [{ "product": "tea-0001", "event": "view" }, { "product": "none", "event": "view" }] }),
        ),
        ("history[0].product", json!({ "history": [{ "product": "a\u{0}", "event": "view" }] })),
        ("without[1]", json!({ "without": ["brand", "colour"] })),
        ("model", json!({ "model": "mmoe4-none" })),
        ("query", json!({ "query": "长".repeat(501) })),
        ("tasks", json!({ "tasks": { "view": -1, "cart": 0, "purchase": 0 } })),
    ] {
        let problem = ask(&app, wrong.clone()).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], field, "{wrong}: {problem}");
    }
    ask(&app, json!({ "catalogue": "nowhere" })).await.expect(404);
    ask(&app, json!({ "history": [{ "product": "tea-0001", "event": "steal" }] })).await.expect(422);
    // A shop that is not simulated.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("products.jsonl");
    std::fs::write(&file, "{\"id\":\"p1\",\"title\":\"A lamp\",\"price\":995}\n").unwrap();
    super::shop_import::import(&app, "products", &file, "real").await.unwrap();
    let reviewer = app.person("rea", Role::Reviewer).await;
    let event = json!({ "id": uuid::Uuid::from_u128(1), "shopper": "s1", "product": "p1", "kind": "view" });
    app.events("real", &[event]).await.expect(200);
    ask(&app, json!({ "catalogue": "real", "shopper": "s1" })).await.expect(401);
    let asked = json!({ "catalogue": "real", "shopper": "s1" });
    reviewer.api("POST", "/api/v1/recommendations", asked).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_product_that_changed_is_served_as_it_is_now() {
    let app = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("products.jsonl");
    let import = async |title: &str| {
        let lines = [
            json!({ "id": "p1", "title": "A chair", "price": 500 }),
            json!({ "id": "p2", "title": title, "price": 995 }),
        ];
        std::fs::write(&file, lines.map(|line| line.to_string()).join("\n")).unwrap();
        super::shop_import::import(&app, "products", &file, "real").await.unwrap();
    };
    let titles = async || {
        let asked = json!({ "catalogue": "real", "history": [{ "product": "p1", "event": "view" }] });
        let answer = ask(&app, asked).await.expect(200).json();
        items(&answer).iter().map(|item| item["title"].to_string()).collect::<Vec<_>>().join(" ")
    };
    import("A lamp").await;
    assert!(titles().await.contains("A lamp"));
    // The number of products and of events stays the same.
    import("A brighter lamp").await;
    assert!(titles().await.contains("A brighter lamp"));
    app.stop().await;
}
