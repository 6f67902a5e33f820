//! `/api/v1/search`: found at once, filtered, explained.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{App, article, with};

fn encoded(query: &str) -> String {
    crate::harness::form_encoded(&[("q", query)])
}

async fn slugs(app: &App, query: &str, more: &str) -> Vec<String> {
    let answer = app.get(&format!("/api/v1/search?{}{more}", encoded(query))).await.expect(200).json();
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["slug"].as_str().unwrap().to_owned()).collect()
}

async fn publish(app: &App, entries: &[Value]) {
    let reviewer = app.person("rob", Role::Reviewer).await;
    for entry in entries {
        reviewer.api("POST", "/api/v1/entries", with(entry.clone(), json!({ "state": "published" }))).await.expect(201);
    }
}

#[tokio::test]
async fn a_write_is_found_when_the_save_returns() {
    let app = App::start().await;
    let reviewer = app.person("rob", Role::Reviewer).await;
    let path = "/api/v1/entries/article/tides";
    let made = with(article("tides", "潮汐", "河口的沉积物随潮汐移动。"), json!({ "state": "published" }));
    reviewer.api("POST", "/api/v1/entries", made).await.expect(201);
    assert_eq!(slugs(&app, "沉积", "").await, ["tides"], "two characters in the middle of a sentence");
    let changed = with(article("tides", "潮汐", "现在说的是别的事。"), json!({ "base": 1 }));
    reviewer.api("PUT", path, changed).await.expect(200);
    assert!(slugs(&app, "沉积", "").await.is_empty(), "the old text is gone");
    assert_eq!(slugs(&app, "别的事", "").await, ["tides"]);
    reviewer.api("PUT", &format!("{path}/state"), json!({ "state": "archived" })).await.expect(200);
    assert!(slugs(&app, "别的事", "").await.is_empty(), "archived entries are out of search");
    app.stop().await;
}

#[tokio::test]
async fn words_stems_codes_and_mixed_text_are_found() {
    let app = App::start().await;
    publish(
        &app,
        &[
            article("a", "跑鞋检索", "用户搜索轻便透气的跑步鞋时，召回阶段先给出候选。"),
            article("b", "Ranking metrics", "We report NDCG@10 and HR@10 for every ranker and its running costs."),
            article("c", "Part numbers", "The laptop dv7-1211ea has 4GB and a 17\" screen. GPT-4 wrote nothing here."),
        ],
    )
    .await;
    for (query, slug) in [
        ("透气", "a"),
        ("候选", "a"),
        ("ndcg@10", "b"),
        ("rankers", "b"),
        ("metric", "b"),
        ("dv7-1211ea", "c"),
        ("gpt-4", "c"),
        ("跑步鞋 召回", "a"),
        ("\"running costs\"", "b"),
    ] {
        assert_eq!(slugs(&app, query, "&mode=lexical").await.first().map(String::as_str), Some(slug), "{query}");
    }
    assert!(slugs(&app, "\"costs running\"", "&mode=lexical").await.is_empty(), "a phrase keeps its order");
    app.stop().await;
}

#[tokio::test]
async fn filters_narrow_and_unknown_ones_do_not_break() {
    let app = App::start().await;
    let english = with(article("en", "Ranking", "ranking with trees"), json!({ "lang": "en", "tags": ["trees"] }));
    publish(&app, &[article("zh", "排序 ranking", "排序 ranking"), english]).await;
    assert_eq!(slugs(&app, "ranking lang:en", "").await, ["en"]);
    assert_eq!(slugs(&app, "ranking tag:trees", "").await, ["en"]);
    assert_eq!(slugs(&app, "ranking type:term", "").await, Vec::<String>::new());
    assert_eq!(slugs(&app, "ranking after:2999-01-01", "").await, Vec::<String>::new());
    assert_eq!(slugs(&app, "ranking before:2999-01-01 after:2020-01-01", "").await.len(), 2);
    assert_eq!(slugs(&app, "ranking author:测试", "").await.len(), 2);
    for hostile in
        ["", "   ", "\"", "\"\"", "type:", "type:nonsense", "after:yesterday", "((", "AND OR NOT", "*:*", "🙂🙂"]
    {
        app.get(&format!("/api/v1/search?{}", encoded(hostile))).await.expect(200);
    }
    let long = "长".repeat(501);
    app.get(&format!("/api/v1/search?{}", encoded(&long))).await.expect(422);
    app.get("/api/v1/search?q=a&limit=0").await.expect(422);
    app.get("/api/v1/search?q=a&mode=psychic").await.expect(400);
    app.stop().await;
}

#[tokio::test]
async fn drafts_are_found_by_their_author_only() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let bob = app.person("bob", Role::Author).await;
    ann.api("POST", "/api/v1/entries", article("secret-plan", "计划", "还没有公开的珊瑚计划")).await.expect(201);
    let query = format!("/api/v1/search?{}", encoded("珊瑚"));
    assert_eq!(ann.api("GET", &query, Value::Null).await.expect(200).json()["total"], 1);
    assert_eq!(bob.api("GET", &query, Value::Null).await.expect(200).json()["total"], 0);
    assert_eq!(app.get(&query).await.expect(200).json()["total"], 0);
    app.stop().await;
}

#[tokio::test]
async fn every_explanation_adds_up_in_every_mode() {
    let app = App::start_with_encoder().await;
    app.services.content_import(&crate::harness::root().join("content")).await.unwrap();
    let mut seen = 0;
    for mode in ["hybrid", "lexical", "semantic"] {
        for query in ["点击模型", "how to explain a ranking", "NDCG@10", "冷启动 推荐", "privacy budget"] {
            let path = format!("/api/v1/search?{}&mode={mode}&explain=true&limit=20", encoded(query));
            let answer = app.get(&path).await.expect(200).json();
            assert_eq!(answer["degraded"], false);
            let mut last = f64::INFINITY;
            for hit in answer["hits"].as_array().unwrap() {
                let explanation = &hit["explanation"];
                let number = |field: &Value| field.as_f64().unwrap();
                let parts: f64 =
                    explanation["contributions"].as_array().unwrap().iter().map(|part| number(&part["amount"])).sum();
                let sum = number(&explanation["baseline"]) + parts + number(&explanation["gap"]);
                assert!((sum - number(&hit["score"])).abs() < 1e-9, "{query} {mode}: {hit}");
                // The cosine is ranked as one f32 product and explained as f32 parts: only rounding is between them.
                assert!(number(&explanation["gap"]).abs() < 1e-5, "{query} {mode}: {hit}");
                assert!(number(&hit["score"]) <= last + 1e-12, "best first");
                last = number(&hit["score"]);
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen} hits");
    app.stop().await;
}

#[tokio::test]
async fn switching_a_part_off_takes_it_out_of_the_score() {
    let app = App::start().await;
    publish(&app, &[article("a", "苹果 香蕉", "苹果 香蕉"), article("b", "苹果", "苹果 苹果 苹果")]).await;
    let path = format!("/api/v1/search?{}&explain=true", encoded("苹果 香蕉"));
    let before = app.get(&path).await.expect(200).json();
    assert_eq!(before["hits"][0]["slug"], "a");
    let parts = before["hits"][0]["explanation"]["contributions"].as_array().unwrap();
    let banana =
        parts.iter().find(|part| part["value"].as_str().unwrap().contains("香蕉")).expect("a part for the word");
    let feature = crate::harness::form_encoded(&[("without", banana["feature"].as_str().unwrap())]);
    let after = app.get(&format!("{path}&{feature}")).await.expect(200).json();
    let hit = |answer: &Value, slug: &str| {
        answer["hits"]
            .as_array()
            .unwrap()
            .iter()
            .find(|hit| hit["slug"] == slug)
            .map(|hit| hit["score"].as_f64().unwrap())
    };
    assert!(hit(&after, "a").unwrap() < hit(&before, "a").unwrap());
    app.stop().await;
}

#[tokio::test]
async fn the_index_is_repaired_from_the_database() {
    let app = App::start().await;
    publish(&app, &[article("kept", "保留", "落在数据库里的礁石")]).await;
    // A second server with an empty index of its own finds it, and hears of what the first one writes.
    let second = app.second().await;
    assert_eq!(slugs(&second, "礁石", "").await, ["kept"]);
    let reviewer = app.person("rita", Role::Reviewer).await;
    let fresh = with(article("fresh", "新的", "刚刚写下的灯塔"), json!({ "state": "published" }));
    reviewer.api("POST", "/api/v1/entries", fresh).await.expect(201);
    let mut found = Vec::new();
    for _ in 0..100 {
        found = slugs(&second, "灯塔", "").await;
        if !found.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(found, ["fresh"]);
    drop(second);
    app.stop().await;
}

#[tokio::test]
async fn related_entries_come_with_their_reason() {
    let app = App::start().await;
    publish(
        &app,
        &[
            article("a", "点击模型", "位置偏差与点击模型"),
            article("b", "位置偏差", "位置偏差怎样影响点击"),
            with(article("c", "无关", "完全不同的内容"), json!({ "tags": ["other"] })),
        ],
    )
    .await;
    let related = app.get("/api/v1/entries/article/a/related").await.expect(200).json();
    assert_eq!(related["entries"][0]["slug"], "b", "{related}");
    assert!(!related["entries"][0]["explanation"]["contributions"].as_array().unwrap().is_empty());
    app.stop().await;
}

/// Floors that a defect breaks and that noise in the content does not; README.md has what is measured.
#[tokio::test]
async fn hybrid_search_beats_both_single_modes_on_the_judged_set() {
    use alluvium_domain::search::Mode;
    let app = App::start_with_encoder().await;
    let root = crate::harness::root();
    app.services.content_import(&root.join("content")).await.unwrap();
    let report = app.services.evaluate_search(&root.join("tests/search/judgements.jsonl")).await.unwrap();
    println!("{report}");
    let ndcg = |mode| report.overall(mode).unwrap().ndcg;
    assert_eq!(report.overall(Mode::Hybrid).unwrap().queries, 84);
    assert!(ndcg(Mode::Hybrid) > ndcg(Mode::Lexical) && ndcg(Mode::Hybrid) > ndcg(Mode::Semantic), "{report}");
    assert!(ndcg(Mode::Hybrid) > 0.5, "{report}");
    app.stop().await;
}
