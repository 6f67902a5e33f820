//! The pages of the registry, and a model's card among the entries.

use alluvium_domain::Role;
use serde_json::{Value, json};

use super::{MODEL, commit, serving, two_versions};
use crate::harness::{App, root};

#[tokio::test]
async fn the_pages_show_what_serves_and_move_it_without_javascript() {
    let app = App::start().await;
    let (first, second) = two_versions(&app).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let reader = app.person("rob", Role::Reader).await;
    reader.get("/admin/models").await.expect(403);
    assert_eq!(app.get("/admin/models").await.status, 303);
    for (lang, words) in
        [("zh", ["模型注册表", "正在服务", "程序"]), ("en", ["Model registry", "What serves", "the program"])]
    {
        let page = rita.get(&format!("/admin/models?lang={lang}")).await.expect(200).text;
        for word in words.iter().chain(&["recommend:demo", "/admin/models/recommend-demo"]) {
            assert!(page.contains(word), "{word}");
        }
    }
    for (lang, words) in [
        ("zh", ["待审批", "与冠军比较", "数据 → 运行 → 版本 → 服务", "回退到上一个冠军"]),
        (
            "en",
            [
                "Approval asked for",
                "Against the champion",
                "data → run → version → serving",
                "Roll back to the champion before",
            ],
        ),
    ] {
        let page = rita.get(&format!("/admin/models/recommend-demo?lang={lang}")).await.expect(200).text;
        for word in words.iter().chain(&["<svg", "recommend:demo", second.model.as_str()]) {
            assert!(page.contains(word), "{word}");
        }
    }
    let versions = "/admin/models/recommend-demo/versions/2/act";
    let wrong = rita.form(versions, &[("act", "reject"), ("reason", "")]).await.expect(422).text;
    assert!(wrong.contains("role=\"alert\""));
    rita.form(versions, &[("act", "nothing"), ("reason", "")]).await.expect(422);
    rita.form(versions, &[("act", "approve"), ("reason", "good")]).await.expect(303);
    rita.form(versions, &[("act", "activate"), ("reason", "")]).await.expect(303);
    assert_eq!(serving(&app).await, second.model);
    rita.form("/admin/models/recommend-demo/roll-back", &[("reason", "back")]).await.expect(303);
    assert_eq!(serving(&app).await, first.model);
    rita.form("/admin/models/nothing/roll-back", &[("reason", "")]).await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn a_model_hangs_on_its_card_among_the_entries() {
    let app = App::start().await;
    app.services.content_import(&root().join("content")).await.unwrap();
    two_versions(&app).await;
    let ann = app.person("ann", Role::Author).await;
    assert_eq!(app.get(MODEL).await.expect(200).json()["card"], "multi-task-ranker");
    // Readers see what is approved, authors all of it.
    let page = app.get("/models/multi-task-ranker?lang=en").await.expect(200).text;
    let table = page.split_once("aria-label=\"Versions\"").unwrap().1.split("</section>").next().unwrap();
    assert!(table.contains("recommend:demo") && table.contains("champion") && table.contains("Approved"), "{table}");
    assert!(!table.contains("Approval asked for") && !table.contains("/admin/models/"), "{table}");
    let page = ann.get("/models/multi-task-ranker?lang=en").await.expect(200).text;
    assert!(page.contains("Approval asked for") && page.contains("/admin/models/recommend-demo"));
    assert!(!app.get("/models/product-ranker?lang=en").await.expect(200).text.contains("aria-label=\"Versions\""));

    // By name, by API and by form; a card is of one model.
    let new = |name: &str| json!({ "name": name });
    let made = ann.api("POST", "/api/v1/models", new("product-ranker")).await.expect(201).json();
    assert_eq!(made["card"], "product-ranker");
    ann.api("POST", "/api/v1/models", new("other")).await.expect(201);
    let bind = async |card: Value| ann.api("PUT", "/api/v1/models/other/card", json!({ "card": card })).await;
    let taken = bind(json!("product-ranker")).await.expect(409).json();
    assert_eq!(taken["errors"][0]["field"], "card");
    bind(json!("nothing")).await.expect(422);
    assert_eq!(bind(json!("item-item-linear")).await.expect(200).json()["card"], "item-item-linear");
    assert_eq!(bind(Value::Null).await.expect(200).json()["card"], Value::Null);
    ann.form("/admin/models/other/card", &[("card", "product-ranker")]).await.expect(409);
    ann.form("/admin/models/other/card", &[("card", " sequence-attention ")]).await.expect(303);
    let registry = ann.get("/admin/models/other?lang=en").await.expect(200).text;
    assert!(registry.contains("href=\"/models/sequence-attention\""));
    app.person("rob", Role::Reader).await.api("PUT", "/api/v1/models/other/card", new("x")).await.expect(403);

    // A version without a card of its own is checked by the model's, which the hub shows as well.
    commit(&ann, &app, "other", &[("config.json", b"{}")]).await.expect(200);
    let acts = "/api/v1/models/other/versions/1/acts";
    ann.api("POST", acts, json!({ "act": "request" })).await.expect(200);
    let decisions = ann.api("GET", "/api/v1/models/other/decisions", Value::Null).await.expect(200).json();
    let check = decisions["decisions"][1]["report"]["checks"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&check["name"], &check["passed"]), (&json!("card"), &json!(true)), "{check}");
    let hub = ann.api("GET", "/api/models/other", Value::Null).await.expect(200).json();
    assert!(hub["cardData"]["license"].is_string(), "{hub}");
    app.stop().await;
}

#[tokio::test]
async fn two_versions_answer_the_same_shopper_side_by_side() {
    let app = App::start().await;
    let (first, _) = two_versions(&app).await;
    let ann = app.person("ann", Role::Author).await;
    let rob = app.person("rob", Role::Reader).await;
    let page = "/admin/models/recommend-demo/beside?lang=en";
    let both = ann.get(&format!("{page}&a=1&b=2&shopper=shopper-0001")).await.expect(200).text;
    assert_eq!(both.matches("class=\"beside\"").count(), 2);
    assert!(both.contains("Approval asked for") && both.contains("/shop/demo/products/"));
    assert_eq!(serving(&app).await, first.model, "looking changes nothing");
    let wrong = ann.get(&format!("{page}&a=1&b=2&shopper=nobody")).await.expect(422).text;
    assert!(wrong.contains("value=\"nobody\"") && wrong.contains("field__error"));
    let wrong = ann.get(&format!("{page}&a=1&b=9")).await.expect(422).text;
    assert!(wrong.contains("value=\"9\"") && wrong.contains("field__error"), "{wrong}");
    ann.get("/admin/models/none/beside?a=1&b=2").await.expect(404);
    rob.get(&format!("{page}&a=1&b=2")).await.expect(403);
    app.stop().await;
}
