//! What forms take must be there, tags are one by whatever name, and figures do not overclaim.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, App, Person, article, root, with};
use crate::research::{complete, experiment};

fn wrong(answer: Answer) -> Vec<(String, String)> {
    let problem = answer.expect(422).json();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    problem["errors"].as_array().unwrap().iter().map(|error| (text(error, "field"), text(error, "message"))).collect()
}

fn published(value: Value) -> Value {
    with(value, json!({ "state": "published" }))
}

/// A run, by id.
pub(crate) async fn run(person: &Person<'_>) -> String {
    let experiment = person.api("POST", "/api/v1/experiments", json!({ "name": "e" })).await.expect(201).json();
    let path = format!("/api/v1/experiments/{}/runs", experiment["id"]);
    let run = person.api("POST", &path, json!({ "name": "r" })).await.expect(201).json();
    run["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_experiment_names_what_is_there_once_it_is_handed_in() {
    let app = App::start().await;
    let rob = app.person("rob", Role::Reviewer).await;
    let model = json!({
        "slug": "product-ranker", "lang": "en", "title": "Ranker", "summary": "", "body": "", "tags": [], "note": "",
        "fields": { "kind": "model", "card": "license: mit" },
    });
    rob.api("POST", "/api/v1/entries", model).await.expect(201);
    let named = json!({ "datasets": ["no-such-set"], "evaluates": ["model/nope", "product-ranker"] });
    let named = experiment("x", with(complete(), named));
    let errors = wrong(rob.api("POST", "/api/v1/entries", published(named.clone())).await);
    let fields: Vec<&str> = errors.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["datasets", "evaluates", "evaluates"], "{errors:?}");
    assert!(errors[2].1.contains("model/product-ranker"), "what was meant is said: {errors:?}");
    // A draft may name what is not written yet; on its way to readers it may not.
    rob.api("POST", "/api/v1/entries", named).await.expect(201);
    let state = "/api/v1/entries/experiment/x/state";
    assert_eq!(wrong(rob.api("PUT", state, json!({ "state": "in-review" })).await).len(), 3);
    let page = rob.form("/experiments/x/state", &[("to", "published")]).await.expect(422).text;
    assert!(page.contains("id=\"datasets-error\"") && page.contains("id=\"evaluates-error\""), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn a_decision_names_its_figure_and_its_run() {
    let app = App::start().await;
    let rob = app.person("rob", Role::Reviewer).await;
    let decided = |more: Value| {
        let fields = with(complete(), json!({ "state": "decided", "decision": "ship", "reason": "看着行" }));
        published(experiment("x", with(fields, more)))
    };
    let errors = wrong(rob.api("POST", "/api/v1/entries", decided(json!({}))).await);
    let fields: Vec<&str> = errors.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["reason", "runs"], "{errors:?}");
    let unknown = json!({ "reason": "+0.05", "runs": ["01a20d6d5a007158822b7e8f59f44019"] });
    assert_eq!(wrong(rob.api("POST", "/api/v1/entries", decided(unknown)).await)[0].0, "runs");
    let id = run(&rob).await;
    let whole =
        json!({ "reason": "+0.05 [+0.01, +0.09]", "runs": [format!("https://alluvium.example/runs/{id}?x=1"), id] });
    let made = rob.api("POST", "/api/v1/entries", decided(whole)).await.expect(201).json();
    assert_eq!(made["revision"]["input"]["fields"]["runs"], json!([id]), "an address counts as the id");
    let page = app.get("/experiments/x").await.expect(200).text;
    assert!(page.contains(&format!("href=\"/runs/{id}\"")), "{page}");
    let early = json!({ "state": "running", "decision": null, "reason": "", "runs": [id] });
    assert_eq!(wrong(rob.api("POST", "/api/v1/entries", decided(early)).await)[0].0, "runs");
    app.stop().await;
}

#[tokio::test]
async fn live_blocks_that_are_none_stop_publishing() {
    let app = App::start().await;
    let rob = app.person("rob", Role::Reviewer).await;
    for body in [
        "```alluvium no-such-block\n```",
        "```alluvium search\nquery: x\nlimit: many\n```",
        "```alluvium metric\nrun: 01a20d6d5a007158822b7e8f59f44019\nkey: k\n```",
        "```alluvium model\nslug: nope\n```",
    ] {
        let errors = wrong(rob.api("POST", "/api/v1/entries", published(article("x", "题", body))).await);
        assert_eq!(errors[0].0, "body", "{body}: {errors:?}");
    }
    let fine = "```alluvium search\nquery: 点击\n```\n\n[[not-written-yet]]";
    rob.api("POST", "/api/v1/entries", published(article("x", "题", fine))).await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn a_tag_is_one_by_whatever_name() {
    let app = App::start().await;
    let rob = app.person("rob", Role::Reviewer).await;
    for (slug, lang, tag) in
        [("a", "zh", "评估"), ("b", "en", "Evaluation"), ("c", "zh", "评测"), ("d", "zh", "ｅｖａｌｕａｔｉｏｎ")]
    {
        let entry = with(article(slug, "题目", "正文"), json!({ "tags": [tag, "evaluation"], "lang": lang }));
        let made = rob.api("POST", "/api/v1/entries", published(entry)).await.expect(201).json();
        assert_eq!(made["entry"]["tags"], json!(["evaluation"]), "{tag}");
    }
    for tag in ["evaluation", "%E8%AF%84%E4%BC%B0", "%E8%AF%84%E6%B5%8B", "EVALUATION"] {
        let list = app.get(&format!("/api/v1/entries?tag={tag}")).await.expect(200).json();
        assert_eq!(list["total"], 4, "{tag}");
        let found = app.get(&format!("/api/v1/search?q=tag:{tag}")).await.expect(200).json();
        assert_eq!(found["hits"].as_array().map(Vec::len), Some(4), "{tag}: {found}");
        let page = app.get(&format!("/articles?tag={tag}&lang=zh")).await.expect(200).text;
        assert!(page.contains("<h1>评估<") && page.contains("/articles/c"), "{tag}: {page}");
    }
    // Counts of topics are those of the reader's language.
    let home = app.get("/?lang=zh").await.expect(200).text;
    let count = home.split_once("strata__count num\">").map(|(_, rest)| rest.trim_start().chars().next());
    assert_eq!(count, Some(Some('3')), "{home}");
    app.stop().await;
}

#[tokio::test]
async fn a_leaderboard_tests_pairs_and_calls_an_overlap_no_more_than_that() {
    let app = App::start().await;
    let rob = app.person("rob", Role::Reviewer).await;
    let experiment = rob.api("POST", "/api/v1/experiments", json!({ "name": "e" })).await.expect(201).json();
    // The second is always a little lower; the third logs no values by query.
    for (model, less, each) in [("first", 0.0, true), ("second", 0.01, true), ("third", 0.02, false)] {
        let tags = json!({ "alluvium.task": "t", "alluvium.model": model, "alluvium.metric": "ndcg_10" });
        let path = format!("/api/v1/experiments/{}/runs", experiment["id"]);
        let id = rob.api("POST", &path, json!({ "name": model, "tags": tags })).await.expect(201).json()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let value = |query: i32| 0.3 + 0.02 * f64::from(query) - less * (1.0 + 0.1 * f64::from(query % 3));
        let mut metrics = vec![
            json!({ "key": "ndcg_10", "value": 0.6 - less, "step": 0 }),
            json!({ "key": "ndcg_10/low", "value": 0.5, "step": 0 }),
            json!({ "key": "ndcg_10/high", "value": 0.7, "step": 0 }),
        ];
        if each {
            metrics.extend((0..30).map(|query| json!({ "key": "ndcg_10/each", "value": value(query), "step": query })));
        }
        rob.api("POST", &format!("/api/v1/runs/{id}/records"), json!({ "metrics": metrics })).await.expect(204);
        let set = json!({ "dataset": { "name": "goods", "digest": "1", "source_type": "entry", "source": "/datasets/goods" }, "tags": [] });
        let inputs = json!({ "run_id": id, "datasets": [set] });
        rob.api("POST", "/api/2.0/mlflow/runs/log-inputs", inputs).await.expect(200);
        rob.api("PATCH", &format!("/api/v1/runs/{id}"), json!({ "state": "finished" })).await.expect(200);
    }
    let page = app.get("/leaderboards?lang=zh").await.expect(200).text;
    assert!(!page.contains("≈"), "{page}");
    assert!(page.contains("与第一名的差：") && page.contains("区间重叠") && page.contains("这不是检验"), "{page}");
    assert!(!page.contains("ndcg_10/each"), "one value for each query is no column");
    app.stop().await;
}

#[tokio::test]
async fn the_starting_content_keeps_its_own_rules() {
    let app = App::start().await;
    let report = app.services.content_import(&root().join("content")).await.unwrap();
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    let rob = app.person("rob", Role::Reviewer).await;
    let mut wrong = Vec::new();
    let mut seen = 0;
    for offset in [0, 200, 400] {
        let list = app.get(&format!("/api/v1/entries?limit=200&offset={offset}")).await.expect(200).json();
        for entry in list["entries"].as_array().unwrap() {
            let path =
                format!("/api/v1/entries/{}/{}", entry["type"].as_str().unwrap(), entry["slug"].as_str().unwrap());
            let whole = rob.api("GET", &path, Value::Null).await.expect(200).json();
            let same = with(whole["revision"]["input"].clone(), json!({ "base": whole["revision"]["number"] }));
            let answer = rob.api("PUT", &path, same).await;
            if answer.status.as_u16() != 200 {
                wrong.push(format!("{path}: {}", answer.text));
            }
            seen += 1;
        }
    }
    assert!(seen > 100 && wrong.is_empty(), "{seen}: {wrong:#?}");
    app.stop().await;
}
