//! Experiments, model cards and data sets: who may write them, what they need, their links, and what they lack.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, App, with};

pub(crate) fn experiment(slug: &str, fields: Value) -> Value {
    let fields = with(json!({ "kind": "experiment" }), fields);
    json!({ "slug": slug, "lang": "zh", "title": "题", "summary": "", "body": "", "tags": ["test"], "note": "", "fields": fields })
}

pub(crate) fn complete() -> Value {
    json!({
        "question": "学出来的排序更好吗？", "hypothesis": "会好一点。", "change_mind": "区间包含 0。",
        "decision_metric": "NDCG@10", "guardrails": ["MRR"], "datasets": [], "design": "offline", "owner": "梅",
        "state": "proposed", "evaluates": [],
    })
}

fn dataset(slug: &str) -> Value {
    json!({
        "slug": slug, "lang": "zh", "title": "商品", "summary": "", "body": "", "tags": [], "note": "",
        "fields": { "kind": "dataset", "licence": "MIT", "source": "", "size": "3 行", "hash": "", "schema": "id" },
    })
}

fn model(slug: &str, card: &str, body: &str) -> Value {
    json!({
        "slug": slug, "lang": "en", "title": "Ranker", "summary": "", "body": body, "tags": [], "note": "",
        "fields": { "kind": "model", "card": card },
    })
}

fn sections() -> String {
    ["Intended use", "Limits", "Training data", "Evaluation", "Explanation checks", "Fairness", "Privacy"]
        .map(|name| format!("## {name}\n\nText of {name}.\n\n"))
        .concat()
}

fn wrong(answer: Answer) -> Vec<String> {
    let problem = answer.expect(422).json();
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_experiment_goes_from_an_incomplete_draft_to_a_decision() {
    let app = App::start().await;
    let author = app.person("ann", Role::Author).await;
    let reviewer = app.person("rob", Role::Reviewer).await;
    let reader = app.person("rea", Role::Reader).await;
    reader.api("POST", "/api/v1/entries", experiment("x", complete())).await.expect(403);
    author.api("POST", "/api/v1/entries", experiment("rank", json!({}))).await.expect(201);
    let state = "/api/v1/entries/experiment/rank/state";
    let lacking = wrong(author.api("PUT", state, json!({ "state": "in-review" })).await);
    for field in ["question", "hypothesis", "change_mind", "decision_metric", "owner"] {
        assert!(lacking.iter().any(|name| name == field), "{field}: {lacking:?}");
    }
    let path = "/api/v1/entries/experiment/rank";
    author.api("PUT", path, with(experiment("rank", complete()), json!({ "base": 1 }))).await.expect(200);
    author.api("PUT", state, json!({ "state": "in-review" })).await.expect(200);
    // From here on nothing may be taken away again.
    let emptied = with(complete(), json!({ "hypothesis": " " }));
    assert_eq!(
        wrong(author.api("PUT", path, with(experiment("rank", emptied), json!({ "base": 2 }))).await),
        ["hypothesis"]
    );
    author.api("PUT", state, json!({ "state": "published" })).await.expect(403);
    reviewer.api("PUT", state, json!({ "state": "published" })).await.expect(200);
    let early = with(complete(), json!({ "decision": "ship", "reason": "好" }));
    assert_eq!(
        wrong(author.api("PUT", path, with(experiment("rank", early), json!({ "base": 2 }))).await),
        ["decision", "reason"]
    );
    let bare = with(complete(), json!({ "state": "decided" }));
    assert_eq!(
        wrong(author.api("PUT", path, with(experiment("rank", bare), json!({ "base": 2 }))).await),
        ["decision", "reason", "runs"]
    );
    let runs = [crate::references::run(&reviewer).await];
    let reason = json!({ "state": "decided", "decision": "ship", "reason": "区间在 0 之上", "runs": runs });
    let decided = with(complete(), reason);
    reviewer.api("PUT", path, with(experiment("rank", decided), json!({ "base": 2 }))).await.expect(200);
    let page = app.get("/experiments/rank").await.expect(200).text;
    for text in ["学出来的排序更好吗？", "会好一点。", "区间在 0 之上", "上线", "已决定", &runs[0]]
    {
        assert!(page.contains(text), "{text}");
    }
    let list = async |query: &str| app.get(&format!("/api/v1/entries?type=experiment&{query}")).await;
    assert_eq!(list("progress=decided").await.expect(200).json()["total"], 1);
    assert_eq!(list("progress=running").await.expect(200).json()["total"], 0);
    assert_eq!(list("author=%E6%A2%85").await.expect(200).json()["total"], 1);
    assert_eq!(list("author=nobody").await.expect(200).json()["total"], 0);
    for (query, chosen) in [
        ("", None),
        ("?view=dense", None),
        ("?progress=decided&owner=%E6%A2%85&tag=test", Some("3")),
        ("?lang=en&view=dense", None),
    ] {
        let page = app.get(&format!("/experiments{query}")).await.expect(200).text;
        assert!(page.contains("/experiments/rank"), "{query}");
        let said = page.split_once("side__chosen num\">").map(|(_, rest)| &rest[..1]);
        assert_eq!(said, chosen, "{query}: how many filters are in use");
    }
    assert!(!app.get("/experiments?progress=running").await.expect(200).text.contains("/experiments/rank\""));
    let diff = app.get("/experiments/rank/diff?from=2&to=3").await.expect(200).text;
    assert!(diff.contains("区间在 0 之上") && diff.contains("decided"));
    app.get("/experiments/rank/history").await.expect(200);
    assert!(!app.get("/experiments/rank/history/2").await.expect(200).text.contains("区间在 0 之上"), "the permalink");
    app.stop().await;
}

#[tokio::test]
async fn links_are_typed_and_go_both_ways() {
    let app = App::start().await;
    let reviewer = app.person("rob", Role::Reviewer).await;
    let publish = |value: Value| with(value, json!({ "state": "published" }));
    reviewer.api("POST", "/api/v1/entries", publish(dataset("goods"))).await.expect(201);
    let card = "license: mit\ndatasets:\n- goods\n- elsewhere/other\n";
    reviewer.api("POST", "/api/v1/entries", publish(model("ranker", card, &sections()))).await.expect(201);
    let named = with(complete(), json!({ "datasets": ["goods"], "evaluates": ["model/ranker"] }));
    let text = with(experiment("rank", named), json!({ "body": "见 [[model/ranker]] 与 [[dataset/goods|商品]]。" }));
    reviewer.api("POST", "/api/v1/entries", publish(text)).await.expect(201);
    let experiment = app.get("/experiments/rank").await.expect(200).text;
    assert!(experiment.contains("href=\"/models/ranker\"") && experiment.contains("href=\"/datasets/goods\""));
    let model = app.get("/models/ranker").await.expect(200).text;
    assert!(model.contains("href=\"/datasets/goods\"") && model.contains("elsewhere/other"));
    assert!(model.contains("href=\"/experiments/rank\"") && model.contains("评估"), "who measured it");
    let goods = app.get("/datasets/goods").await.expect(200).text;
    assert!(goods.contains("训练数据") && goods.contains("测量数据"), "who learned from it, who measured on it");
    // The kinds can be found and told apart.
    let found = app.get("/api/v1/search?q=type:experiment").await.expect(200).json();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    let by_hypothesis =
        app.get("/api/v1/search?q=%E5%AD%A6%E5%87%BA%E6%9D%A5%E7%9A%84%E6%8E%92%E5%BA%8F").await.expect(200).json();
    assert_eq!(by_hypothesis["hits"][0]["slug"], "rank", "{by_hypothesis}");
    app.stop().await;
}

#[tokio::test]
async fn a_card_is_checked_and_form_and_text_edit_the_same_thing() {
    let app = App::start().await;
    let reviewer = app.person("rob", Role::Reviewer).await;
    let publish = |value: Value| with(value, json!({ "state": "published" }));
    let made = |card: &str, body: &str| reviewer.api("POST", "/api/v1/entries", publish(model("m", card, body)));
    assert_eq!(wrong(made("license: [mit]", &sections()).await), ["card"]);
    assert_eq!(wrong(made("a: [", &sections()).await), ["card"]);
    assert_eq!(wrong(made("language: zh", &sections()).await), ["card"], "a licence is needed");
    assert_eq!(wrong(made("license: mit", &sections().replace("## Fairness", "## Other")).await), ["body"]);
    // Comments, unknown keys and order stay, byte for byte.
    let card = "# by hand\nlicense: mit\nx-own: {b: 1, a: [2]}\n\nlanguage: zh   # why not";
    made(card, &sections()).await.expect(201);
    let readme = app.get("/models/m/README.md").await.expect(200).text;
    assert_eq!(readme, format!("---\n{card}\n---\n\n{}\n", sections().trim_end()));
    let body = sections();
    let changed = [
        ("base", "1"),
        ("title", "Ranker"),
        ("lang", "en"),
        ("body", body.as_str()),
        ("card_was", card),
        ("card", card),
        ("card_license", "apache-2.0"),
        ("card_language", "zh"),
    ];
    reviewer.form("/models/m/edit", &changed).await.expect(303);
    let readme = app.get("/models/m/README.md").await.expect(200).text;
    assert!(readme.starts_with(&format!("---\n{}\n---\n", card.replace("mit", "apache-2.0"))), "{readme}");
    app.stop().await;
}

#[tokio::test]
async fn the_form_loses_nothing_and_names_every_error() {
    let app = App::start().await;
    let author = app.person("ann", Role::Author).await;
    assert!(app.get("/experiments/new").await.status.is_redirection(), "to sign in");
    let form = author.get("/experiments/new").await.expect(200).text;
    for name in
        ["question", "hypothesis", "change_mind", "decision_metric", "guardrails", "datasets", "owner", "decision"]
    {
        assert!(form.contains(&format!("name=\"{name}\"")), "{name}");
    }
    let typed = [
        ("slug", "typed"),
        ("title", "我的实验"),
        ("lang", "zh"),
        ("question", "值不值得？\r\n第二行"),
        ("guardrails", "MRR\r\np99"),
        ("datasets", "Not A Slug"),
        ("state", "running"),
        ("decision", "stop"),
        ("body", "写了很久"),
        ("action", "in-review"),
        ("note", ""),
    ];
    let page = author.form("/experiments/new", &typed).await.expect(422).text;
    for text in ["我的实验", "值不值得？\n第二行", "MRR\np99", "Not A Slug", "写了很久"] {
        assert!(page.contains(&text.replace('\n', "&#13;\n")), "{text} is lost");
    }
    for name in ["hypothesis", "change_mind", "decision_metric", "owner", "datasets", "decision"] {
        assert!(page.contains(&format!("id=\"{name}-error\"")), "{name}");
    }
    let draft =
        [("slug", "typed"), ("title", "我的实验"), ("lang", "zh"), ("question", "值不值得？"), ("action", "draft")];
    let saved = author.form("/experiments/new", &draft).await.expect(303);
    assert_eq!(saved.location(), "/experiments/typed");
    let cookies: Vec<_> = saved.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("alluvium_saved=/experiments/new;")), "{cookies:?}");
    // What the draft lacks is said in the editor, where it can be written.
    let page = author.form("/experiments/typed/state", &[("to", "in-review")]).await.expect(422).text;
    assert!(page.contains("id=\"hypothesis-error\"") && page.contains("值不值得？"));
    app.get("/experiments/typed").await.expect(404);
    app.stop().await;
}
