//! Proposals: what somebody who may not publish saves of a published entry waits for a reviewer, through every door.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{App, Person, article, with};

const PATH: &str = "/api/v1/entries/article/shared";
const NULL: Value = Value::Null;

/// A published article by `ann`.
async fn published(author: &Person<'_>, reviewer: &Person<'_>, body: &str) {
    author.api("POST", "/api/v1/entries", article("shared", "公开的题目", body)).await.expect(201);
    author.api("PUT", &format!("{PATH}/state"), json!({ "state": "in-review" })).await.expect(200);
    reviewer.api("PUT", &format!("{PATH}/state"), json!({ "state": "published" })).await.expect(200);
}

fn save(title: &str, body: &str, base: i32) -> Value {
    with(article("shared", title, body), json!({ "base": base, "note": "换个说法" }))
}

async fn waiting(reviewer: &Person<'_>) -> Vec<Value> {
    let list = reviewer.api("GET", "/api/v1/proposals?state=waiting", NULL).await.expect(200).json();
    list["proposals"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_published_page_stays_until_a_reviewer_takes_the_change() {
    let app = App::start().await;
    let (ann, eve) = (app.person("ann", Role::Author).await, app.person("eve", Role::Author).await);
    let rob = app.person("rob", Role::Reviewer).await;
    published(&ann, &rob, "第一句\n第二句").await;
    let before = app.get(PATH).await.expect(200).json();

    let proposal = eve.api("PUT", PATH, save("换掉的题目", "鸠占鹊巢", 1)).await.expect(202).json();
    let id = proposal["id"].as_str().unwrap();
    assert_eq!((&proposal["state"], &proposal["base"]), (&json!("waiting"), &json!(1)));
    // Nothing that readers see has moved: page, API, history, list, search.
    assert_eq!(app.get(PATH).await.expect(200).json(), before);
    let page = app.get("/articles/shared").await.expect(200).text;
    assert!(page.contains("第一句") && !page.contains("鸠占鹊巢") && !page.contains("/proposals/"), "{page}");
    let revisions = app.get(&format!("{PATH}/revisions")).await.expect(200).json();
    assert_eq!(revisions["revisions"].as_array().unwrap().len(), 1);
    let hits = app.get("/api/v1/search?q=%E9%B8%A0%E5%8D%A0%E9%B9%8A%E5%B7%A2&mode=lexical").await.expect(200).json();
    assert_eq!(hits["hits"].as_array().map(Vec::len), Some(0), "{hits}");
    let own = format!("/api/v1/proposals/{id}");
    assert_eq!(eve.api("GET", &own, NULL).await.expect(200).json()["proposal"]["input"]["body"], "鸠占鹊巢");

    // Others do not see it; its author cannot take it.
    ann.api("GET", &own, NULL).await.expect(404);
    app.get(&own).await.expect(401);
    assert_eq!(ann.api("GET", "/api/v1/proposals", NULL).await.expect(200).json()["total"], 0);
    eve.api("POST", &format!("{own}/accept"), json!({})).await.expect(403);
    eve.api("POST", &format!("{own}/decline"), json!({ "reason": "x" })).await.expect(403);
    assert_eq!(waiting(&rob).await.len(), 1);

    let accepted = rob.api("POST", &format!("{own}/accept"), json!({})).await.expect(200).json();
    assert_eq!((&accepted["entry"]["title"], &accepted["revision"]["author"]), (&json!("换掉的题目"), &json!("eve")));
    assert_eq!(app.get(PATH).await.expect(200).json()["revision"]["number"], 2);
    rob.api("POST", &format!("{own}/accept"), json!({})).await.expect(409);
    rob.api("POST", &format!("{own}/decline"), json!({ "reason": "晚了" })).await.expect(409);
    let decided = eve.api("GET", &own, NULL).await.expect(200).json();
    assert_eq!((&decided["proposal"]["state"], &decided["proposal"]["revision"]), (&json!("accepted"), &json!(2)));
    let boss = app.person("boss", Role::Administrator).await;
    let audit = boss.get("/admin/audit/export").await.expect(200).text;
    assert!(audit.contains("proposal.create") && audit.contains("proposal.accept"), "{audit}");
    app.stop().await;
}

#[tokio::test]
async fn every_door_to_a_published_page_proposes() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let rob = app.person("rob", Role::Reviewer).await;
    published(&ann, &rob, "甲").await;
    rob.api("PUT", PATH, save("公开的题目", "乙", 1)).await.expect(200);

    // The page's own form, and what its button says.
    let editor = ann.get("/articles/shared/edit").await.expect(200).text;
    assert!(editor.contains("提交修改，等待审核") && !editor.contains("立即公开"), "{editor}");
    assert!(rob.get("/articles/shared/edit").await.expect(200).text.contains("立即公开"));
    let fields =
        [("title", "新题"), ("lang", "zh"), ("body", "丙"), ("base", "2"), ("action", "save"), ("tags", "test")];
    let sent = ann.form("/articles/shared/edit", &fields).await.expect(303);
    assert!(sent.location().starts_with("/proposals/"), "{}", sent.location());
    let seen = ann.get(sent.location()).await.expect(200).text;
    assert!(seen.contains("新题") && seen.contains("撤回") && !seen.contains("采纳并公开"), "{seen}");
    // The editor goes on from what was proposed.
    assert!(ann.get("/articles/shared/edit").await.expect(200).text.contains("丙"));
    // `overwrite` overwrites nothing that is published.
    let fields =
        [("title", "新题"), ("lang", "zh"), ("body", "丁"), ("base", "1"), ("seen", "2"), ("action", "overwrite")];
    assert!(ann.form("/articles/shared/edit", &fields).await.expect(303).location().starts_with("/proposals/"));

    // An old revision.
    let restored = ann.form("/articles/shared/restore", &[("number", "1")]).await.expect(303);
    assert!(restored.location().starts_with("/proposals/"), "{}", restored.location());
    // A move to the state that it has already.
    ann.api("PUT", &format!("{PATH}/state"), json!({ "state": "published" })).await.expect(200);
    let now = app.get(PATH).await.expect(200).json();
    assert_eq!((&now["revision"]["number"], &now["revision"]["input"]["body"]), (&json!(2), &json!("乙")));
    let updated = &now["entry"]["updated_at"];
    assert_eq!(updated, &rob.api("GET", PATH, NULL).await.json()["entry"]["updated_at"]);

    // One person has one proposal for a page: the last one.
    let list = waiting(&rob).await;
    assert_eq!(list.len(), 1);
    let all = rob.api("GET", "/api/v1/proposals", NULL).await.expect(200).json();
    assert_eq!(all["total"], 3, "{all}");
    let page = rob.get("/proposals").await.expect(200).text;
    assert!(page.contains("公开的题目"), "{page}");
    let noticed = rob.get("/articles/shared").await.expect(200).text;
    assert!(noticed.contains("有 1 份对这一页的修改等待审核"), "{noticed}");
    app.get("/proposals").await.expect(303);

    // A reviewer accepts by the page.
    let url = format!("/proposals/{}", list[0]["id"].as_str().unwrap());
    ann.form(&format!("{url}/accept"), &[("against", "2")]).await.expect(403);
    let done = rob.form(&format!("{url}/accept"), &[("against", "2")]).await.expect(303);
    assert_eq!(done.location(), "/articles/shared");
    assert_eq!(app.get(PATH).await.json()["revision"]["input"]["body"], "甲");
    app.stop().await;
}

#[tokio::test]
async fn declining_needs_a_reason_and_tells_the_author() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let rob = app.person("rob", Role::Reviewer).await;
    published(&ann, &rob, "甲").await;
    let id = ann.api("PUT", PATH, save("题", "乙", 1)).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    let url = format!("/proposals/{id}");
    let refused = rob.form(&format!("{url}/decline"), &[("reason", "  ")]).await.expect(422).text;
    assert!(refused.contains("不能为空"), "{refused}");
    let long = "长".repeat(1001);
    let refused = rob.form(&format!("{url}/decline"), &[("reason", &long)]).await.expect(422).text;
    assert!(refused.contains(&long), "what was typed stays");
    rob.form(&format!("{url}/decline"), &[("reason", "缺来源 <b>")]).await.expect(303);
    let seen = ann.get(&url).await.expect(200).text;
    assert!(seen.contains("未采纳") && seen.contains("缺来源 &lt;b&gt;"), "{seen}");
    // The author may propose again, and take it back.
    let id = ann.api("PUT", PATH, save("题", "丙", 1)).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    rob.api("POST", &format!("/api/v1/proposals/{id}/withdraw"), NULL).await.expect(403);
    ann.api("POST", &format!("/api/v1/proposals/{id}/withdraw"), NULL).await.expect(200);
    assert!(waiting(&rob).await.is_empty());
    app.get("/proposals/not-an-id").await.expect(404);
    rob.get("/proposals/not-an-id").await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn what_came_since_is_merged_or_said_to_clash() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let rob = app.person("rob", Role::Reviewer).await;
    published(&ann, &rob, "一\n二\n三\n四").await;
    let first = ann.api("PUT", PATH, save("公开的题目", "一\n二\n三\n四改", 1)).await.expect(202).json();
    rob.api("PUT", PATH, save("新的题目", "一改\n二\n三\n四", 1)).await.expect(200);
    let url = format!("/api/v1/proposals/{}", first["id"].as_str().unwrap());
    let review = rob.api("GET", &url, NULL).await.expect(200).json();
    assert_eq!((&review["against"], &review["clashes"]), (&json!(2), &json!([])), "{review}");
    // The page does not take what the reviewer has not looked at.
    let page = format!("/proposals/{}", first["id"].as_str().unwrap());
    rob.form(&format!("{page}/accept"), &[("against", "1")]).await.expect(409);
    let accepted = rob.api("POST", &format!("{url}/accept"), json!({})).await.expect(200).json();
    assert_eq!(accepted["revision"]["input"]["body"], "一改\n二\n三\n四改");
    assert_eq!(accepted["entry"]["title"], "新的题目");

    let second = ann.api("PUT", PATH, save("甲的题目", "一改\n二\n三\n四改", 3)).await.expect(202).json();
    rob.api("PUT", PATH, save("乙的题目", "一改\n二\n三\n四改", 3)).await.expect(200);
    let url = format!("/api/v1/proposals/{}", second["id"].as_str().unwrap());
    let conflict = rob.api("POST", &format!("{url}/accept"), json!({})).await.expect(409).json();
    assert_eq!(conflict["clashes"][0]["field"], "title", "{conflict}");
    let page = format!("/proposals/{}", second["id"].as_str().unwrap());
    let shown = rob.form(&format!("{page}/accept"), &[("against", "4")]).await.expect(409).text;
    assert!(
        shown.contains("name=\"keep.title\"") && shown.contains("甲的题目") && shown.contains("乙的题目"),
        "{shown}"
    );
    let chosen = [("against", "4"), ("keep.title", "mine")];
    rob.form(&format!("{page}/accept"), &chosen).await.expect(303);
    assert_eq!(app.get(PATH).await.json()["entry"]["title"], "甲的题目");
    app.stop().await;
}
