//! The encoder is fine-tuned on what was graded and bought in a shop, by the real weights.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, App, Person, article, with};
use crate::jobs::{demo, events, file, lines, start, until, work};
use crate::jobs_runs::{run, steps};

/// Sold after a search, which is what a shop's page would send.
async fn bought(app: &App, query: &str, product: &str, kind: &str) {
    let event =
        json!({ "id": uuid::Uuid::now_v7(), "shopper": "s1", "product": product, "kind": kind, "query": query });
    let receipt = app.events("demo", &[event]).await.expect(200).json();
    assert_eq!(receipt["accepted"], 1, "{receipt}");
}

async fn vector(app: &App, token: &str, text: &str) -> Vec<f64> {
    let body = json!({ "input": text }).to_string();
    let request = http::Request::post("/v1/embeddings")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"));
    let answer = app.send(request.body(axum::body::Body::from(body)).unwrap()).await.expect(200).json();
    answer["data"][0]["embedding"].as_array().unwrap().iter().map(|number: &Value| number.as_f64().unwrap()).collect()
}

#[tokio::test]
async fn the_encoder_learns_from_grades_and_purchases() {
    let app = App::start_with_encoder().await;
    demo(&app, 0).await;
    let ann = app.person("ann", Role::Author).await;
    let order = json!({ "kind": "train-encoder", "params": { "catalogue": "demo", "lora": 4, "epochs": 2 } });
    let worker = work(&app, "one");
    let id = start(&ann, order.clone()).await;
    let job = until(&ann, &id, "failed").await;
    assert_eq!(job["problem"]["errors"][0]["field"], "catalogue", "nothing to learn from: {job}");
    assert_eq!(run(&app, &job["run"]).await["state"], "failed");

    bought(&app, "shoes for running", "running-shoes-0001", "purchase").await;
    bought(&app, "shoes for running", "running-shoes-0002", "cart").await;
    bought(&app, "Shoes for Running", "running-shoes-0002", "purchase").await;
    bought(&app, "shoes for running", "running-shoes-0003", "view").await;
    bought(&app, "shoes for running", "tea-0001", "purchase").await;
    for (query, product, grade) in
        [("green tea", "tea-0002", 3), ("green tea", "running-shoes-0004", 0), ("shoes for running", "tea-0001", 0)]
    {
        let body = json!({ "query": query, "product": product, "grade": grade });
        ann.api("POST", "/api/v1/catalogues/demo/judgements", body).await.expect(200);
    }
    // With ten queries and more one in five is held out: what a version is compared on, without which nobody could approve it.
    for kind in 1..=12 {
        let body = json!({ "query": format!("tea of kind {kind}"), "product": format!("tea-00{kind:02}"), "grade": 3 });
        ann.api("POST", "/api/v1/catalogues/demo/judgements", body).await.expect(200);
    }
    let article = article(
        "tea",
        "Brewing tea",
        "Water of eighty degrees for green tea.\n\nTwo minutes are enough for a first cup.",
    );
    let rita = app.person("rita", Role::Reviewer).await;
    rita.api("POST", "/api/v1/entries", with(article, json!({ "state": "published" }))).await.expect(201);
    let before = vector(&app, &ann.token, "green tea").await;
    app.get("/api/v1/catalogues/demo/search?q=green+tea").await.expect(200);

    let id = start(&ann, order.clone()).await;
    let job = until(&ann, &id, "succeeded").await;
    let result = &job["result"];
    assert_eq!((&result["examples"], &result["steps"]), (&json!(12), &json!(2)), "{job}");
    assert!(lines(&events(&ann, &id).await).contains(&"15 pairs of a query and a product that answers it".to_owned()));

    let run = run(&app, &job["run"]).await;
    assert_eq!(run["state"], "finished");
    let params = &run["params"];
    assert_eq!((&params["lora"], &params["lora/rank"], &params["epochs"]), (&json!("4"), &json!("4"), &json!("2")));
    assert_eq!((&params["learning_rate"], &params["encoder"]), (&json!("0.0002"), &json!("all-MiniLM-L6-v2")));
    assert_eq!(run["tags"]["alluvium.version"], "sentence-encoder/1");
    assert_eq!(run["datasets"][0]["name"], "demo");
    assert_eq!(steps(&app, &job["run"], "loss").await, [1, 2]);

    // It is a version that waits, with its checks and a complete card.
    assert_eq!((&result["version"], &result["approval"]), (&json!(1), &json!("requested")));
    let decisions = ann.api("GET", &format!("{MODEL}/decisions"), Value::Null).await.expect(200).json();
    let decisions = decisions["decisions"].as_array().unwrap();
    let report = decisions.iter().find_map(|one| one["report"]["checks"].as_array()).unwrap();
    let passed: Vec<&str> =
        report.iter().filter(|check| check["passed"] == true).filter_map(|check| check["name"].as_str()).collect();
    assert_eq!(passed, ["files", "loads", "golden", "explanations", "metrics", "card"], "{report:?}");
    let files = ann.api("GET", "/api/models/sentence-encoder/tree/main?recursive=true", Value::Null).await.expect(200);
    assert!(files.text.contains("adapter/adapter_model.safetensors"), "{}", files.text);
    assert_eq!(vector(&app, &ann.token, "green tea").await, before, "it waits");
    act(&ann, 1, "approve").await.expect(403);
    act(&rita, 1, "activate").await.expect(409);
    act(&rita, 1, "approve").await.expect(200);

    // Everything answers while the vectors are made anew, here and on another server.
    let other = app.second_with_encoder().await;
    act(&rita, 1, "activate").await.expect(200);
    let after = moved(&app, &ann.token, &before).await;
    assert_eq!(before.len(), after.len());
    assert_eq!(moved(&other, &ann.token, &before).await, after, "another server hears of it");
    let place = rita.api("GET", "/api/v1/serving", Value::Null).await.expect(200).json();
    let place = place["places"].as_array().unwrap().iter().find(|place| place["place"] == "encoder").unwrap().clone();
    assert_eq!((&place["loaded"], &place["refused"]), (&json!(true), &json!(null)), "{place}");
    let found = app.get("/api/v1/search?q=brewing+a+cup&mode=semantic").await.expect(200).json();
    assert_eq!((&found["degraded"], &found["hits"][0]["slug"]), (&json!(false), &json!("tea")), "{found}");
    // Who starts now starts with it.
    let late = app.second_with_encoder().await;
    assert_eq!(vector(&late, &ann.token, "green tea").await, after);
    let page = ann.get("/admin/rounds?lang=en").await.expect(200).text;
    assert!(page.contains("Sentence encoder") && page.contains("/admin/models/sentence-encoder"), "{page}");

    // What is withdrawn does not serve any more.
    act(&rita, 1, "withdraw").await.expect(200);
    let again = moved(&app, &ann.token, &after).await;
    assert!(again.iter().zip(&before).all(|(a, b)| (a - b).abs() < 1e-6), "the encoder of the installation again");
    late.stop().await;
    other.stop().await;
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

const MODEL: &str = "/api/v1/models/sentence-encoder";

async fn act(person: &Person<'_>, number: i32, act: &str) -> Answer {
    let path = format!("{MODEL}/versions/{number}/acts");
    person.api("POST", &path, json!({ "act": act, "reason": "the figures" })).await
}

/// The vector of a text once it is another one; entries and products are found all the time.
async fn moved(app: &App, token: &str, from: &[f64]) -> Vec<f64> {
    let since = std::time::Instant::now();
    loop {
        app.get("/api/v1/search?q=tea").await.expect(200);
        app.get("/api/v1/catalogues/demo/search?q=green+tea").await.expect(200);
        let now = vector(app, token, "green tea").await;
        if now.iter().zip(from).any(|(a, b)| (a - b).abs() > 1e-5) {
            return now;
        }
        assert!(since.elapsed() < std::time::Duration::from_secs(120), "the encoder does not move");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn pretraining_goes_on_with_the_published_entries() {
    let app = App::start_with_encoder().await;
    let ann = app.person("ann", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let worker = work(&app, "one");
    let order = json!({ "kind": "pretrain-encoder", "params": { "lora": 2, "epochs": 1 } });
    let draft = article("secret", "A draft", "Nobody reads this yet.");
    ann.api("POST", "/api/v1/entries", draft).await.expect(201);
    let id = start(&ann, order.clone()).await;
    let job = until(&ann, &id, "failed").await;
    assert!(job["problem"].to_string().contains("at least two texts"), "a draft is not learned from: {job}");
    for (slug, title) in [("tea", "Brewing tea"), ("shoes", "Choosing running shoes")] {
        let body = format!("{title} begins with a question.\n\n## More\n\nThere is a second passage here.");
        let article = with(article(slug, title, &body), json!({ "state": "published" }));
        rita.api("POST", "/api/v1/entries", article).await.expect(201);
    }
    let wrong = json!({ "kind": "pretrain-encoder", "params": { "base": 7, "epochs": 0 } });
    let wrong = ann.api("POST", "/api/v1/jobs", wrong).await.expect(422).json();
    assert_eq!(wrong["errors"][0]["field"], "epochs");
    let wrong = json!({ "kind": "pretrain-encoder", "params": { "base": 7 } });
    let wrong = ann.api("POST", "/api/v1/jobs", wrong).await.expect(422).json();
    assert_eq!(wrong["errors"][0]["field"], "base");

    let id = start(&ann, order).await;
    let job = until(&ann, &id, "succeeded").await;
    assert_eq!((&job["result"]["version"], &job["result"]["approval"]), (&json!(1), &json!("requested")), "{job}");
    let own = run(&app, &job["run"]).await;
    assert_eq!((&own["params"]["masked"], &own["datasets"][0]["name"]), (&json!("0.15"), &json!("entries")));
    assert_eq!(steps(&app, &job["run"], "loss").await, [1]);

    // Fine-tuning goes on from it.
    demo(&app, 0).await;
    bought(&app, "green tea", "tea-0001", "purchase").await;
    bought(&app, "shoes", "running-shoes-0001", "purchase").await;
    let order =
        json!({ "kind": "train-encoder", "params": { "catalogue": "demo", "base": 1, "lora": 0, "epochs": 1 } });
    let id = start(&ann, order).await;
    let job = until(&ann, &id, "succeeded").await;
    let version = ann.api("GET", &format!("{MODEL}/versions/2"), Value::Null).await.expect(200).json();
    assert_eq!((&job["result"]["version"], &version["parent"]), (&json!(2), &json!(1)), "{version}");
    assert_eq!(version["tags"]["base"], "sentence-encoder-1");

    // Both on one query, before one decides.
    let page = "/admin/models/sentence-encoder/beside?lang=en&a=1&b=2";
    assert!(
        !ann.get(page).await.expect(200).text.contains("class=\"beside\""),
        "without a query there is the form alone"
    );
    let both = ann.get(&format!("{page}&q=green+tea")).await.expect(200).text;
    assert_eq!(both.matches("class=\"beside\"").count(), 2);
    assert_eq!(both.matches("class=\"waterfall\"").count() % 2, 0, "both put the same products in order");
    assert!(both.contains("<q>green tea<!></q>") && both.contains("class=\"heat heat--p5\""), "{both}");
    assert!(!both.contains(">Gap<"), "every cosine is the sum of its words");
    let wrong = ann.get(&format!("{page}&q={}", "a".repeat(600))).await.expect(422).text;
    assert!(wrong.contains("field__error"), "{wrong}");
    ann.get(&page.replace("b=2", "b=9&q=tea")).await.expect(422);
    ann.get(&format!("{page}&q=tea&catalogue=none")).await.expect(404);
    app.person("rob", Role::Reader).await.get(&format!("{page}&q=tea")).await.expect(403);
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn fine_tuning_is_measured_by_a_job() {
    let app = App::start_with_encoder().await;
    let ann = app.person("ann", Role::Author).await;
    let worker = work(&app, "one");
    let things = ["laptop", "printer", "camera", "phone"];
    let (mut products, mut grades) = (String::new(), "query,docid,rating\n".to_owned());
    for (number, thing) in things.iter().cycle().take(12).enumerate() {
        let product = json!({ "id": number.to_string(), "name": format!("m{number}"), "title": format!("A {thing}, model {number}") });
        products += &format!("{product}\n");
        grades += &format!("{thing},{number},3\n");
    }
    file(&app, "small/products.jsonl", &products);
    file(&app, "small/judgments.csv", &grades);
    let params = json!({ "folder": "small", "folds": 2, "lora": 2, "epochs": 1 });
    let id = start(&ann, json!({ "kind": "evaluate-encoder", "params": params })).await;
    let job = until(&ann, &id, "succeeded").await;
    let rankers: Vec<&str> =
        job["result"]["rankers"].as_array().unwrap().iter().map(|row| row["ranker"].as_str().unwrap()).collect();
    assert_eq!(rankers, ["cosine", "trained cosine", "hybrid", "trained hybrid"], "{job}");
    let own = run(&app, &job["run"]).await;
    let keys: Vec<&str> =
        own["metrics"].as_array().unwrap().iter().map(|metric| metric["key"].as_str().unwrap()).collect();
    for key in ["trained cosine/ndcg_10", "cosine/ndcg_10_difference", "hybrid/ndcg_10_difference"] {
        assert!(keys.contains(&key), "{keys:?}");
    }
    assert!(lines(&events(&ann, &id).await).iter().any(|line| line.starts_with("4 judged queries")));
    app.services.jobs_close();
    worker.await.unwrap();
    app.stop().await;
}
