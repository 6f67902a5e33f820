//! Two people edit one entry at once: nothing that either wrote is lost or undone.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{App, article, with};

const PATH: &str = "/api/v1/entries/article/shared";

#[tokio::test]
async fn edits_that_do_not_overlap_are_merged() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let rob = app.person("rob", Role::Reviewer).await;
    ann.api("POST", "/api/v1/entries", article("shared", "旧题", "早。中。晚。\n\n尾")).await.expect(201);
    // The reviewer changes title, tags and one sentence; the author the summary, a tag and another sentence of the same paragraph.
    let theirs = json!({ "base": 1, "title": "新题", "body": "早上。中。晚。\n\n尾", "tags": ["test", "rob"] });
    rob.api("PUT", PATH, with(article("shared", "", ""), theirs)).await.expect(200);
    let fields = [
        ("title", "旧题"),
        ("lang", "zh"),
        ("summary", "我的摘要"),
        ("authors", "测试"),
        ("tags", "test, ann"),
        ("body", "早。中。晚上。\r\n\r\n尾"),
        ("base", "1"),
        ("action", "save"),
    ];
    let saved = ann.form("/articles/shared/edit", &fields).await.expect(303);
    assert_eq!(saved.location(), "/articles/shared");
    let now = ann.api("GET", PATH, Value::Null).await.expect(200).json();
    let input = &now["revision"]["input"];
    assert_eq!(input["title"], "新题");
    assert_eq!(input["summary"], "我的摘要");
    assert_eq!(input["tags"], json!(["test", "ann", "rob"]));
    assert_eq!(input["body"], "早上。中。晚上。\n\n尾");
    app.stop().await;
}

#[tokio::test]
async fn a_clash_is_shown_and_saving_again_does_not_undo_it() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let rob = app.person("rob", Role::Reviewer).await;
    ann.api("POST", "/api/v1/entries", article("shared", "旧题", "甲\n\n乙")).await.expect(201);
    let theirs = json!({ "base": 1, "title": "审校的题", "body": "甲改\n\n乙" });
    rob.api("PUT", PATH, with(article("shared", "", ""), theirs)).await.expect(200);
    let mine = |more: &[(&'static str, &'static str)]| {
        let mut fields = vec![
            ("title", "作者的题"),
            ("lang", "zh"),
            ("authors", "测试"),
            ("tags", "test"),
            ("body", "甲\n\n乙改"),
            ("note", "我的说明"),
            ("base", "1"),
        ];
        fields.extend(more);
        fields
    };
    let page = ann.form("/articles/shared/edit", &mine(&[("action", "save")])).await.expect(409).text;
    assert!(page.contains("审校的题") && page.contains("作者的题") && page.contains("data-clash=\"title\""), "{page}");
    assert!(!page.contains("data-clash=\"body\""), "the bodies do not clash");
    assert!(page.contains("甲改\n\n乙改") && page.contains("我的说明"), "the form is merged and keeps what was typed");
    assert!(
        page.contains("用我的覆盖")
            && page.contains("name=\"base\" value=\"1\"")
            && page.contains("name=\"seen\" value=\"2\"")
    );
    // Neither the plain button nor a decision about an older revision undoes what the other wrote.
    for more in [&[("action", "save"), ("seen", "2")], &[("action", "overwrite"), ("seen", "1")]] {
        ann.form("/articles/shared/edit", &mine(more)).await.expect(409);
    }
    let now = ann.api("GET", PATH, Value::Null).await.json();
    assert_eq!((&now["entry"]["title"], &now["entry"]["revision_number"]), (&json!("审校的题"), &json!(2)));
    // Deciding for the other's title keeps one's own sentence.
    let theirs = [("action", "save"), ("seen", "2"), ("keep.title", "theirs")];
    ann.form("/articles/shared/edit", &mine(&theirs)).await.expect(303);
    let now = ann.api("GET", PATH, Value::Null).await.json();
    assert_eq!(
        (&now["entry"]["title"], &now["revision"]["input"]["body"]),
        (&json!("审校的题"), &json!("甲改\n\n乙改"))
    );
    // Overwriting says its name, and takes no more than what clashes.
    rob.api(
        "PUT",
        PATH,
        with(article("shared", "", ""), json!({ "base": 3, "title": "又一题", "body": "头\n\n甲改\n\n乙改" })),
    )
    .await
    .expect(200);
    let fields = [
        ("title", "我的题"),
        ("lang", "zh"),
        ("authors", "测试"),
        ("tags", "test"),
        ("body", "甲改\n\n乙改"),
        ("base", "3"),
        ("seen", "4"),
        ("action", "overwrite"),
    ];
    ann.form("/articles/shared/edit", &fields).await.expect(303);
    let now = ann.api("GET", PATH, Value::Null).await.json();
    assert_eq!(
        (&now["entry"]["title"], &now["revision"]["input"]["body"]),
        (&json!("我的题"), &json!("头\n\n甲改\n\n乙改"))
    );
    app.stop().await;
}

#[tokio::test]
async fn programs_are_told_what_clashes_and_may_decide() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    ann.api("POST", "/api/v1/entries", article("shared", "题", "a\nb\nc")).await.expect(201);
    let save = |more: Value| with(article("shared", "题", "a\nb\nc"), more);
    ann.api("PUT", PATH, save(json!({ "base": 1, "body": "a\nB\nc", "summary": "s" }))).await.expect(200);
    let mine = json!({ "base": 1, "body": "a\nβ\nc\nd" });
    let conflict = ann.api("PUT", PATH, save(mine.clone())).await.expect(409).json();
    assert_eq!(
        conflict["clashes"],
        json!([{ "field": "body", "stretches": [{ "base": "b\n", "theirs": "B\n", "mine": "β\n" }] }])
    );
    assert_eq!(conflict["merged"]["body"], "a\nβ\nc\nd");
    assert_eq!((&conflict["merged"]["summary"], &conflict["theirs"]["number"]), (&json!("s"), &json!(2)));
    let decided =
        |against: i32| with(mine.clone(), json!({ "decided": { "against": against, "keep": { "body": "theirs" } } }));
    ann.api("PUT", PATH, save(decided(1))).await.expect(409);
    let now = ann.api("PUT", PATH, save(decided(2))).await.expect(200).json();
    assert_eq!(now["revision"]["input"]["body"], "a\nB\nc\nd");
    assert_eq!(now["revision"]["input"]["summary"], "s");
    ann.api("PUT", PATH, save(json!({ "base": 99 }))).await.expect(422);
    app.stop().await;
}
