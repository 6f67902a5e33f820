//! The figures of model cards and the runs that they are bound to: filled in, refused, and red when the run says otherwise later.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, App, Person, root};

const EDIT: &str = "/models/m/edit";

/// A run that ended with this value of `ndcg_10`.
async fn run(ann: &Person<'_>, value: f64) -> String {
    let begun = ann.api("POST", "/api/v1/experiments/0/runs", json!({ "name": "night run" })).await.expect(201);
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    record(ann, &id, value, 1).await;
    id
}

async fn record(ann: &Person<'_>, id: &str, value: f64, step: i64) {
    let metrics = json!({ "metrics": [{ "key": "ndcg_10", "value": value, "step": step }] });
    ann.api("POST", &format!("/api/v1/runs/{id}/records"), metrics).await.expect(204);
}

/// A draft of a card without figures.
async fn draft(ann: &Person<'_>, card: &str) -> Answer {
    let entry = json!({ "slug": "m", "lang": "en", "title": "M", "summary": "", "body": "Typed text.", "tags": [], "note": "",
        "fields": { "kind": "model", "card": card } });
    ann.api("POST", "/api/v1/entries", entry).await
}

async fn card(ann: &Person<'_>) -> String {
    let entry = ann.api("GET", "/api/v1/entries/model/m", Value::Null).await.expect(200).json();
    entry["revision"]["input"]["fields"]["card"].as_str().unwrap().to_owned()
}

/// What the editor sends with these rows, as a browser would: the text and all rows that it shows.
async fn save(ann: &Person<'_>, base: &str, card: &str, rows: &[(&str, &str)], action: &str) -> Answer {
    let mut form = vec![
        ("base", base),
        ("title", "M"),
        ("lang", "en"),
        ("body", "Typed text."),
        ("card_was", card),
        ("card", card),
        ("card_license", "mit"),
        ("action", action),
    ];
    form.extend(rows);
    ann.form(EDIT, &form).await
}

#[tokio::test]
async fn a_figure_left_to_its_run_is_filled_in() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let id = run(&ann, 0.755).await;
    draft(&ann, "license: mit\nx-own: 1").await.expect(201);
    let form = ann.get(EDIT).await.expect(200).text;
    for name in ["results[0].value", "results[1].run"] {
        assert!(form.contains(&format!("name=\"{name}\"")), "an empty row: {name}");
    }
    let address = format!("https://alluvium.example/runs/{id}?metric=ndcg_10");
    let rows = [
        ("results[0].task", "ranking"),
        ("results[0].dataset", "icecat"),
        ("results[0].metric", "ndcg_at_10"),
        ("results[0].value", ""),
        ("results[0].run", address.as_str()),
        ("results[0].key", "ndcg_10"),
        ("results[1].task", ""),
    ];
    // A look at the text first: what was typed stays, in the rows and in the text, and there are more empty rows.
    let look = save(&ann, "1", "license: mit\nx-own: 1", &rows, "preview").await.expect(200).text;
    assert!(look.contains("name=\"results[2].task\"") && look.contains(&format!("url: /runs/{id}")), "{look}");
    save(&ann, "1", "license: mit\nx-own: 1", &rows, "save").await.expect(303);
    let text = card(&ann).await;
    assert!(
        text.starts_with("license: mit\nx-own: 1\nmodel-index:\n- name: m\n") && text.contains("value: 0.755"),
        "{text}"
    );
    let page = ann.get("/models/m").await.expect(200).text;
    assert!(page.contains(&format!("href=\"/runs/{id}\"")) && page.contains("night run"), "{page}");
    assert!(!page.contains("bound--changed"));
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_figure_and_a_missing_run_are_named_and_everything_typed_stays() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let id = run(&ann, 0.755).await;
    draft(&ann, "license: mit").await.expect(201);
    let sent = async |value: &str, run: &str, key: &str| {
        let rows = [
            ("results[0].task", "ranking"),
            ("results[0].dataset", "icecat"),
            ("results[0].dataset_name", "图标 <猫>"),
            ("results[0].metric", "ndcg_at_10"),
            ("results[0].value", value),
            ("results[0].run", run),
            ("results[0].key", key),
        ];
        let page = save(&ann, "1", "license: mit", &rows, "save").await.expect(422).text;
        for typed in ["ranking", "icecat", "图标 &lt;猫&gt;", "Typed text."] {
            assert!(page.contains(typed), "{typed} is lost");
        }
        page
    };
    let page = sent("0.8", &id, "ndcg_10").await;
    assert!(page.contains("id=\"results[0].value-error\"") && page.contains("这里是 0.8，运行里是 0.755"), "{page}");
    assert!(page.contains("href=\"#results[0].value\"") && page.contains("第 1 个，值"));
    let page = sent("0.755", "01a20d6d5a007158822b7e8f59f44019", "ndcg_10").await;
    assert!(page.contains("id=\"results[0].run-error\"") && page.contains("01a20d6d5a007158822b7e8f59f44019"));
    let page = sent("0.755", "yesterday's", "ndcg_10").await;
    assert!(
        page.contains("id=\"results[0].run-error\"") && page.contains("value=\"yesterday&#x27;s\"")
            || page.contains("yesterday's")
    );
    let page = sent("", &id, "ndcg_100").await;
    assert!(page.contains("id=\"results[0].key-error\"") && page.contains("有：ndcg_10"), "{page}");
    let page = sent("", &id, "").await;
    assert!(page.contains("id=\"results[0].key-error\""));
    // The text alone and the API meet the same checks.
    let bound = |value: &str| {
        format!(
            "license: mit\nmodel-index:\n- name: m\n  results:\n  - task: {{type: t}}\n    dataset: {{type: d, name: D}}\n    source: {{name: A, url: /runs/{id}}}\n    metrics:\n    - {{type: n, run_metric: ndcg_10{value}}} # as measured"
        )
    };
    let again = |card: String| {
        let entry = json!({ "slug": "m", "lang": "en", "title": "M", "summary": "", "body": "Typed text.", "tags": [], "note": "",
            "fields": { "kind": "model", "card": card }, "base": 1 });
        ann.api("PUT", "/api/v1/entries/model/m", entry)
    };
    let problem = again(bound(", value: 0.7")).await.expect(422).json();
    assert_eq!(problem["errors"][0]["field"], "results[0].value", "{problem}");
    again(bound(", value: 0.755")).await.expect(200);
    assert_eq!(card(&ann).await, bound(", value: 0.755"), "letter by letter");
    app.stop().await;
}

#[tokio::test]
async fn a_figure_is_red_when_its_run_says_otherwise() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let id = run(&ann, 0.755).await;
    let card = format!(
        "license: mit\nmodel-index:\n- name: m\n  results:\n  - task: {{type: t}}\n    dataset: {{type: d, name: D}}\n    source: {{name: A, url: /runs/{id}}}\n    metrics:\n    - {{type: n, run_metric: ndcg_10}}"
    );
    draft(&ann, &card).await.expect(201);
    record(&ann, &id, 0.8, 2).await;
    let page = ann.get("/models/m").await.expect(200).text;
    assert!(
        page.contains("bound--changed") && page.contains("运行现在的值不同") && page.contains("文中写的是 0.755"),
        "{page}"
    );
    let english = ann.get("/models/m?lang=en").await.expect(200).text;
    assert!(english.contains("the run says otherwise now"));
    // An old text may come back: it was right when it was written.
    let entry = json!({ "slug": "m", "lang": "en", "title": "M", "summary": "", "body": "Other text.", "tags": [], "note": "",
        "fields": { "kind": "model", "card": "license: mit" }, "base": 1 });
    ann.api("PUT", "/api/v1/entries/model/m", entry).await.expect(200);
    ann.form("/models/m/restore", &[("number", "1")]).await.expect(303);
    assert!(ann.get("/models/m").await.expect(200).text.contains("bound--changed"));
    app.stop().await;
}

#[tokio::test]
async fn every_bound_figure_of_the_starting_content_is_what_its_run_says() {
    let app = App::start().await;
    let report = app.services.content_import(&root().join("content")).await.unwrap();
    assert_eq!(report.errors, [], "cards go in before their runs");
    let mut bound = 0;
    for slug in ["all-minilm-l6-v2", "item-item-linear", "multi-task-ranker", "product-ranker", "sequence-attention"] {
        let page = app.get(&format!("/models/{slug}")).await.expect(200).text;
        assert!(!page.contains("bound--changed"), "{slug}");
        bound += page.matches("class=\"bound\"").count();
    }
    assert_eq!(bound, 8);
    app.stop().await;
}
