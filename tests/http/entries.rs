//! `/api/v1/entries`: who may do what, limits, revisions, conflicts.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{App, article, with};

#[tokio::test]
async fn an_article_goes_from_draft_to_readers() {
    let app = App::start().await;
    let author = app.person("ann", Role::Author).await;
    let reviewer = app.person("rob", Role::Reviewer).await;
    let made = author.api("POST", "/api/v1/entries", article("first-words", "第一篇", "正文")).await.expect(201).json();
    assert_eq!(made["entry"]["state"], "draft");
    assert_eq!(made["entry"]["revision_number"], 1);
    // A draft does not exist for others.
    app.get("/api/v1/entries/article/first-words").await.expect(404);
    author.api("GET", "/api/v1/entries/article/first-words", Value::Null).await.expect(200);
    let state = "/api/v1/entries/article/first-words/state";
    author.api("PUT", state, json!({ "state": "published" })).await.expect(403);
    author.api("PUT", state, json!({ "state": "in-review" })).await.expect(200);
    reviewer.api("PUT", state, json!({ "state": "published" })).await.expect(200);
    app.get("/api/v1/entries/article/first-words").await.expect(200);
    let list = app.get("/api/v1/entries?type=article").await.expect(200).json();
    assert_eq!(list["total"], 1);
    app.stop().await;
}

#[tokio::test]
async fn roles_hold_for_every_write() {
    let app = App::start().await;
    let reader = app.person("rea", Role::Reader).await;
    reader.api("POST", "/api/v1/entries", article("a", "题", "文")).await.expect(403);
    let nobody = http::Request::post("/api/v1/entries")
        .header("content-type", "application/json")
        .body(axum::body::Body::from(article("a", "题", "文").to_string()))
        .unwrap();
    app.send(nobody).await.expect(401);
    let author = app.person("ann", Role::Author).await;
    author
        .api("POST", "/api/v1/entries", with(article("a", "题", "文"), json!({ "state": "published" })))
        .await
        .expect(403);
    app.stop().await;
}

#[tokio::test]
async fn bad_input_names_the_field_and_the_limit() {
    let app = App::start().await;
    let author = app.person("ann", Role::Author).await;
    let bad = with(article("Bad Slug", "", "文"), json!({ "title": "长".repeat(500), "tags": vec!["t"; 20] }));
    let answer = author.api("POST", "/api/v1/entries", bad).await.expect(422);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let problem = answer.json();
    let errors = problem["errors"].as_array().unwrap();
    let message = |field: &str| {
        errors.iter().find(|error| error["field"] == field).map(|error| error["message"].as_str().unwrap().to_owned())
    };
    assert!(message("slug").is_some(), "{problem}");
    assert!(message("title").unwrap().contains("200"), "{problem}");
    assert!(message("tags").unwrap().contains("12"), "{problem}");
    author.api("POST", "/api/v1/entries", article("empty", "题", "   ")).await.expect(422);
    author.api("POST", "/api/v1/entries", article("nul", "题", "a\0b")).await.expect(422);
    author.api("POST", "/api/v1/entries", article("same", "题", "文")).await.expect(201);
    let taken = author.api("POST", "/api/v1/entries", article("same", "题", "文")).await.expect(409).json();
    assert_eq!(taken["errors"][0]["field"], "slug");
    app.stop().await;
}

#[tokio::test]
async fn every_save_is_a_revision_and_two_editors_lose_nothing() {
    let app = App::start().await;
    let author = app.person("ann", Role::Author).await;
    let path = "/api/v1/entries/article/shared";
    author.api("POST", "/api/v1/entries", article("shared", "题", "一\n二\n三\n")).await.expect(201);
    let save = |body: &str, base: i32| with(article("shared", "题", body), json!({ "base": base, "note": "改" }));
    author.api("PUT", path, save("一\n二改\n三\n", 1)).await.expect(200);
    // The other editor began from revision 1 too, and changes the same line.
    let conflict = author.api("PUT", path, save("一\n二也改\n三\n", 1)).await.expect(409).json();
    assert_eq!(conflict["theirs"]["input"]["body"], "一\n二改\n三");
    assert_eq!(conflict["diff"]["added"], 1, "{conflict}");
    let now = author.api("GET", path, Value::Null).await.expect(200).json();
    assert_eq!(now["entry"]["revision_number"], 2, "a conflict writes nothing");
    // The same text again makes no revision.
    let same = author.api("PUT", path, save("一\n二改\n三\n", 2)).await.expect(200).json();
    assert_eq!(same["entry"]["revision_number"], 2);
    let revisions = author.api("GET", &format!("{path}/revisions"), Value::Null).await.expect(200).json();
    assert_eq!(revisions["revisions"].as_array().unwrap().len(), 2);
    let diff = author.api("GET", &format!("{path}/diff?from=1&to=2"), Value::Null).await.expect(200).json();
    assert_eq!((&diff["body"]["added"], &diff["body"]["removed"]), (&json!(1), &json!(1)));
    let first = author.api("GET", &format!("{path}/revisions/1"), Value::Null).await.expect(200).json();
    assert_eq!(first["input"]["body"], "一\n二\n三");
    author.api("GET", &format!("{path}/revisions/9"), Value::Null).await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn saves_at_the_same_moment_make_one_revision_and_conflicts() {
    let app = App::start().await;
    let author = app.person("ann", Role::Author).await;
    author.api("POST", "/api/v1/entries", article("race", "题", "零")).await.expect(201);
    let saves = (0..6).map(|n| {
        let body = with(article("race", "题", &format!("第{n}版")), json!({ "base": 1 }));
        let author = &author;
        async move { author.api("PUT", "/api/v1/entries/article/race", body).await.status.as_u16() }
    });
    let mut statuses = Vec::new();
    // Polled together on one task: they interleave at every await.
    let mut saves: Vec<_> = saves.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        saves.retain_mut(|save| match save.as_mut().poll(context) {
            std::task::Poll::Ready(status) => {
                statuses.push(status);
                false
            }
            std::task::Poll::Pending => true,
        });
        if saves.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    drop(saves);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409]);
    app.stop().await;
}

#[tokio::test]
async fn a_term_has_names_that_no_other_term_has() {
    let app = App::start().await;
    let author = app.person("ann", Role::Author).await;
    let term = |slug: &str, zh: &str, en: &str, aliases: Value| {
        json!({
            "slug": slug, "lang": "zh", "title": "", "summary": "", "body": "", "tags": [], "note": "",
            "fields": { "kind": "term", "zh": zh, "en": en, "aliases": aliases, "definition_zh": "定义", "definition_en": "Definition" },
        })
    };
    author
        .api("POST", "/api/v1/entries", term("recall-stage", "召回", "retrieval", json!(["candidate generation"])))
        .await
        .expect(201);
    let taken =
        author.api("POST", "/api/v1/entries", term("other", "别的", "other", json!(["Candidate  Generation"]))).await;
    let problem = taken.expect(422).json();
    assert_eq!(problem["errors"][0]["field"], "aliases", "{problem}");
    app.stop().await;
}

#[tokio::test]
async fn a_link_is_right_as_soon_as_its_target_is() {
    let app = App::start().await;
    let second = app.second().await;
    let rob = app.person("rob", Role::Reviewer).await;
    let publish = |value: Value| with(value, json!({ "state": "published" }));
    rob.api("POST", "/api/v1/entries", publish(article("from", "题", "见 [[later]]。"))).await.expect(201);
    for server in [&app, &second] {
        let page = server.get("/articles/from").await.expect(200).text;
        assert!(page.contains("class=\"missing\""), "{page}");
        assert!(!page.contains("后来的题目"));
    }
    rob.api("POST", "/api/v1/entries", publish(article("later", "后来的题目", "文"))).await.expect(201);
    for server in [&app, &second] {
        assert!(server.get("/articles/from").await.expect(200).text.contains("后来的题目</a>"));
    }
    let renamed = with(article("later", "又改的题目", "文"), json!({ "base": 1 }));
    rob.api("PUT", "/api/v1/entries/article/later", renamed).await.expect(200);
    rob.api("PUT", "/api/v1/entries/article/later/state", json!({ "state": "draft" })).await.expect(200);
    for server in [&app, &second] {
        let page = server.get("/articles/from").await.expect(200).text;
        assert!(!page.contains("后来的题目</a>") && !page.contains("又改的题目"), "a draft has no title for readers");
    }
    drop(second);
    app.stop().await;
}

#[tokio::test]
async fn a_live_block_that_fails_leaves_the_text() {
    let app = App::start().await;
    let rob = app.person("rob", Role::Reviewer).await;
    // As long as a block's query may be; the block's own filter makes it too long for the search.
    let query = "长".repeat(alluvium_domain::search::limits::QUERY);
    let body = format!("前文\n\n```alluvium search\nquery: {query}\ntag: ranking\n```\n\n后文");
    let published = with(article("live", "题", &body), json!({ "state": "published" }));
    rob.api("POST", "/api/v1/entries", published).await.expect(201);
    let page = app.get("/articles/live").await.expect(200).text;
    assert!(page.contains("前文") && page.contains("后文") && page.contains("现在没有可显示的内容"), "{page}");
    app.stop().await;
}
