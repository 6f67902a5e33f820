//! `/api/v1/experiments` and `/api/v1/runs`.

use alluvium_domain::Role;
use alluvium_domain::tracking::RunId;
use serde_json::{Value, json};

use crate::harness::{App, Person, article, root};

/// Begins a run; the answer says what is kept.
async fn begin(ann: &Person<'_>, experiment: i64, body: Value) -> String {
    let made = ann.api("POST", &format!("/api/v1/experiments/{experiment}/runs"), body).await.expect(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(ann.api("GET", &format!("/api/v1/runs/{id}"), Value::Null).await.expect(200).json(), made);
    id
}

async fn experiment(ann: &Person<'_>, name: &str) -> i64 {
    let made = ann.api("POST", "/api/v1/experiments", json!({ "name": name })).await.expect(201);
    made.json()["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_run_is_recorded_and_read() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let experiment = experiment(&ann, "ranking").await;
    let parent = begin(&ann, experiment, json!({ "name": "sweep" })).await;
    let id = begin(&ann, experiment, json!({ "parent": parent, "tags": { "team": "search" } })).await;
    let batch = json!({
        "metrics": [
            { "key": "loss", "value": 0.5, "step": 1, "at": "2026-01-02T03:04:05Z" },
            { "key": "loss", "value": "NaN", "step": 2 },
            { "key": "gap", "value": "-Infinity" },
        ],
        "params": [{ "key": "lr", "value": "0.1" }],
    });
    ann.api("POST", &format!("/api/v1/runs/{id}/records"), batch.clone()).await.expect(204);
    let ended =
        ann.api("PATCH", &format!("/api/v1/runs/{id}"), json!({ "state": "finished" })).await.expect(200).json();
    assert_eq!((&ended["state"], ended["ended_at"].is_string()), (&json!("finished"), true));
    let run = app.get(&format!("/api/v1/runs/{id}")).await.expect(200).json();
    assert_eq!(
        (&run["parent"], &run["user"], &run["params"]),
        (&json!(parent), &json!("ann"), &json!({ "lr": "0.1" }))
    );
    assert_eq!((&run["metrics"][0]["value"], &run["metrics"][1]["value"]), (&json!("-Infinity"), &json!("NaN")));
    let history = app.get(&format!("/api/v1/runs/{id}/metrics?key=loss&limit=1")).await.expect(200).json();
    assert_eq!((&history["values"][0]["value"], &history["values"][0]["step"]), (&json!(0.5), &json!(1)));
    let next = history["next"].as_str().expect("one more");
    let rest = app.get(&format!("/api/v1/runs/{id}/metrics?key=loss&limit=1&page={next}")).await.expect(200).json();
    assert_eq!((&rest["values"][0]["value"], &rest["next"]), (&json!("NaN"), &Value::Null));
    let keys = app.get(&format!("/api/v1/experiments/{experiment}/keys")).await.expect(200).json();
    assert_eq!((&keys["metrics"], &keys["params"]), (&json!(["gap", "loss"]), &json!(["lr"])));
    let list =
        app.get(&format!("/api/v1/experiments/{experiment}/runs?filter=params.lr='0.1'")).await.expect(200).json();
    assert_eq!((&list["total"], &list["runs"][0]["id"]), (&json!(1), &json!(id)));

    // The MLflow client sees the same run.
    let same = app.get(&format!("/api/2.0/mlflow/runs/get?run_id={id}")).await.expect(200).json();
    assert_eq!(same["run"]["info"]["status"], "FINISHED");
    let rob = app.person("rob", Role::Reader).await;
    rob.api("POST", &format!("/api/v1/runs/{id}/records"), batch).await.expect(403);
    rob.api("POST", &format!("/api/v1/experiments/{experiment}/runs"), json!({})).await.expect(403);
    rob.api("POST", "/api/v1/experiments", json!({ "name": "x" })).await.expect(403);
    rob.api("PATCH", &format!("/api/v1/runs/{id}"), json!({ "name": "x" })).await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn wrong_input_names_field_place_and_limit() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let experiment = experiment(&ann, "ranking").await;
    let id = begin(&ann, experiment, json!({})).await;
    let taken = ann.api("POST", "/api/v1/experiments", json!({ "name": "ranking" })).await.expect(409).json();
    assert_eq!(taken["errors"][0]["field"], "experiment_name");
    let records = format!("/api/v1/runs/{id}/records");
    ann.api("POST", &records, json!({ "params": [{ "key": "lr", "value": "0.1" }] })).await.expect(204);
    let cases = [
        (json!({ "params": [{ "key": "lr", "value": "0.2" }] }), "params", "0.1"),
        (json!({ "params": [{ "key": "a", "value": "x".repeat(6_001) }] }), "params[0].value", "6000"),
        (json!({ "tags": [{ "key": "ok", "value": "" }, { "key": "a//b", "value": "" }] }), "tags[1].key", "a//b"),
        (json!({ "params": vec![json!({ "key": "a", "value": "" }); 101] }), "params", "100"),
    ];
    for (body, field, word) in cases {
        let answer = ann.api("POST", &records, body).await.expect(422).json();
        assert_eq!(answer["errors"][0]["field"], field);
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(word), "{answer}");
    }
    ann.api("POST", &records, json!({ "metrics": [{ "key": "a", "value": "many" }] })).await.expect(422);
    let filter = app
        .get(&format!("/api/v1/experiments/{experiment}/runs?filter=metrics.a%20%3E%20'x'"))
        .await
        .expect(422)
        .json();
    assert_eq!(filter["errors"][0]["field"], "filter");
    assert!(filter["errors"][0]["message"].as_str().unwrap().contains("character 13"), "{filter}");
    for path in
        ["runs/nonsense", "runs/0123456789abcdef0123456789abcdef", "experiments/987654", "experiments/987654/runs"]
    {
        app.get(&format!("/api/v1/{path}")).await.expect(404);
    }
    for query in ["limit=0", "limit=1001", "page=nonsense", "order=metrics.a%20DOWN", "filter=x%00"] {
        app.get(&format!("/api/v1/experiments/{experiment}/runs?{query}")).await.expect(422);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_table_is_sorted_and_paged_over_what_is_missing_too() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let experiment = experiment(&ann, "ranking").await;
    for number in 0..25 {
        let id = begin(&ann, experiment, json!({ "name": number.to_string() })).await;
        let metrics = match number % 5 {
            0 => json!([]),
            1 => json!([{ "key": "m", "value": "NaN" }]),
            _ => json!([{ "key": "m", "value": number % 7 }]),
        };
        ann.api("POST", &format!("/api/v1/runs/{id}/records"), json!({ "metrics": metrics })).await.expect(204);
    }
    for order in ["metrics.m", "metrics.m%20DESC", "", "run_name,start_time", "params.none%20DESC"] {
        let path = |limit, page: &str| {
            format!("/api/v1/experiments/{experiment}/runs?order={order}&limit={limit}&page={page}")
        };
        let whole = app.get(&path(1_000, "")).await.expect(200).json();
        let ids = |body: &Value| -> Vec<String> {
            body["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
        };
        let (mut seen, mut page) = (Vec::new(), String::new());
        loop {
            let body = app.get(&path(4, &page)).await.expect(200).json();
            assert_eq!(body["total"], 25);
            seen.extend(ids(&body));
            match body["next"].as_str() {
                Some(next) => page = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(seen, ids(&whole), "{order}");
        let kinds: Vec<u8> =
            whole["runs"].as_array().unwrap().iter().map(|run| kind(&run["metrics"][0]["value"])).collect();
        if order.starts_with("metrics") {
            assert!(kinds.is_sorted(), "numbers, NaN, missing: {kinds:?}");
        }
    }
    app.stop().await;
}

/// Numbers 0, NaN 1, missing 2.
fn kind(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        _ => 2,
    }
}

#[tokio::test]
async fn curves_are_thinned_out_evenly_with_their_ends() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let experiment = experiment(&ann, "ranking").await;
    let long = begin(&ann, experiment, json!({})).await;
    let short = begin(&ann, experiment, json!({})).await;
    for (id, steps) in [(&long, 1_000), (&short, 3)] {
        let metrics: Vec<Value> = (0..steps).map(|step| json!({ "key": "m", "value": step, "step": step })).collect();
        ann.api("POST", &format!("/api/v1/runs/{id}/records"), json!({ "metrics": metrics })).await.expect(204);
    }
    let runs: Vec<RunId> = [&short, &long].iter().map(|id| id.parse().unwrap()).collect();
    let actor = app.services.actor_by_session(Some(&ann.session)).await.unwrap();
    let curves = [(runs[0], "m"), (runs[1], "m"), (runs[1], "other"), (runs[0], "m")];
    let series = app.services.metric_series(&actor, &curves, 100).await.unwrap();
    let steps: Vec<Vec<i64>> = series.iter().map(|one| one.points.iter().map(|(step, _, _)| *step).collect()).collect();
    assert_eq!((&steps[0], steps[2].len(), &steps[3]), (&vec![0, 1, 2], 0, &vec![0, 1, 2]), "in the order asked for");
    assert!((100..=101).contains(&steps[1].len()), "{}", steps[1].len());
    assert_eq!((steps[1][0], steps[1][1], *steps[1].last().unwrap()), (0, 10, 999));
    app.stop().await;
}

/// Three runs of one experiment; the address of its table, and the ids.
async fn recorded(ann: &Person<'_>) -> (String, Vec<String>) {
    let experiment = experiment(ann, "sweep of rates").await;
    let mut ids = Vec::new();
    for (rate, model, losses) in
        [("0.1", "linear", [0.9, 0.7]), ("0.2", "linear", [0.8, 0.5]), ("0.3", "deep", [0.95, 0.4])]
    {
        let id = begin(ann, experiment, json!({ "name": format!("rate {rate}") })).await;
        let loss = |step: usize| json!({ "key": "loss", "value": losses[step], "step": step + 1 });
        let batch = json!({
            "metrics": [loss(0), loss(1)],
            "params": [{ "key": "lr", "value": rate }, { "key": "model", "value": model }, { "key": "batch size", "value": "64" }],
        });
        ann.api("POST", &format!("/api/v1/runs/{id}/records"), batch).await.expect(204);
        ids.push(id);
    }
    (format!("/runs/experiments/{experiment}"), ids)
}

#[tokio::test]
async fn the_table_filters_sorts_and_groups() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let (table, ids) = recorded(&ann).await;
    let list = app.get("/runs?lang=en").await.expect(200).text;
    assert!(list.contains(&format!("href=\"{table}\"")) && list.contains("sweep of rates"));

    let all = app.get(&format!("{table}?lang=en")).await.expect(200).text;
    assert!(ids.iter().all(|id| all.contains(id)));
    assert!(
        all.contains(">lr<") && !all.contains("<a href=\"/runs/experiments/1?order=params.%60batch"),
        "columns vary"
    );
    let chosen = app.get(&format!("{table}?column=params.batch+size&lang=en")).await.expect(200).text;
    assert!(chosen.contains(">64<!></td>") && !chosen.contains(">0.1<"));

    let few = app.get(&format!("{table}?filter=metrics.loss+%3C+0.6&order=metrics.loss+ASC")).await.expect(200).text;
    let place = |id: &str| few.find(&format!("value=\"{id}\""));
    assert!(place(&ids[0]).is_none() && place(&ids[2]) < place(&ids[1]), "filtered, the smallest first");

    let wrong = app.get(&format!("{table}?filter=metrics.loss+%3C%3C+1&lang=en")).await.expect(200).text;
    assert!(wrong.contains("metrics.loss &lt;&lt; 1") && wrong.contains("field__error"), "what was typed stays");

    let groups = app.get(&format!("{table}?group=params.model&lang=en")).await.expect(200).text;
    assert!(groups.contains("0.6000 (0.5000 … 0.7000)") && groups.contains(">deep<!></th>"));
    app.get("/runs/experiments/999").await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn a_comparison_shows_only_what_differs() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let (_, ids) = recorded(&ann).await;
    let query: Vec<String> = ids.iter().map(|id| format!("run={id}")).collect();
    let page = app.get(&format!("/runs/compare?{}&lang=en", query.join("&"))).await.expect(200).text;
    assert!(page.contains("params.lr") && !page.contains("params.batch size"));
    assert_eq!(page.matches("data-name=\"rate ").count(), 3, "a curve for each run");
    assert!(page.contains("1 more are the same"));
    let one = app.get(&format!("/runs/compare?run={}&lang=en", ids[0])).await.expect(200).text;
    assert!(one.contains("Choose at least two runs"));

    let run = app.get(&format!("/runs/{}?lang=en", ids[1])).await.expect(200).text;
    assert!(run.contains("0.5") && run.contains("plot__line") && run.contains(">lr<!></th>"));
    app.get("/runs/0123").await.expect(404);
    app.get(&format!("/runs/{}?folder=../..", ids[1])).await.expect(422);
    app.stop().await;
}

#[tokio::test]
async fn runs_are_bound_to_the_entry_with_their_question() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let (table, _) = recorded(&ann).await;
    ann.api("POST", "/api/v1/entries", crate::research::experiment("rates", json!({}))).await.expect(201);
    let bind = format!("{table}/entry");
    ann.form(&bind, &[("entry", "nothing")]).await.expect(422);
    ann.form(&bind, &[("entry", "rates")]).await.expect(303);
    let entry = ann.get("/experiments/rates?lang=en").await.expect(200).text;
    assert!(entry.contains(&table), "the entry shows where its runs are");
    let rob = app.person("rob", Role::Reader).await;
    rob.form(&bind, &[("entry", "")]).await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn texts_and_leaderboards_show_numbers_from_the_runs_that_came_along() {
    let app = App::start().await;
    let report = app.services.content_import(&root().join("content")).await.unwrap();
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    assert!(report.runs >= 20, "{}", report.runs);
    let again = app.services.content_import(&root().join("content")).await.unwrap();
    assert_eq!(again.runs, 0, "what is there stays");

    let boards = app.get("/leaderboards?lang=en").await.expect(200).text;
    assert!(boards.contains("product-search") && boards.contains("[0.684, 0.827]"));
    let csv = app.get("/leaderboards?task=product-search&dataset=search-icecat&format=csv").await.expect(200);
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!((lines.len(), lines[0].split(',').take(2).collect::<Vec<_>>()), (8, vec!["model", "ndcg_10"]));
    assert!(lines[1].starts_with("product-ranker,0.755,0.684,0.827,"), "the best first: {}", lines[1]);
    let latex = app.get("/leaderboards?task=product-search&format=tex").await.expect(200).text;
    assert!(latex.starts_with("\\begin{tabular}{llllll}") && latex.contains("ndcg\\_10"));
    app.get("/leaderboards?task=nothing&format=csv").await.expect(404);

    let run = lines[1].rsplit(',').next().unwrap().to_owned();
    let block = |value: &str| format!("```alluvium metric\nrun: {run}\nkey: ndcg_10\nvalue: {value}\n```\n");
    let ann = app.person("ann", Role::Author).await;
    ann.api("POST", "/api/v1/entries", article("right", "题", &block("0.755"))).await.expect(201);
    ann.api("POST", "/api/v1/entries", article("wrong", "题", &block("0.75"))).await.expect(201);
    let page = async |slug: &str| ann.get(&format!("/articles/{slug}?lang=en")).await.expect(200).text;
    let (right, wrong) = (page("right").await, page("wrong").await);
    assert!(right.contains(&format!("/runs/{run}")) && !right.contains("bound--changed"));
    assert!(wrong.contains("bound--changed") && wrong.contains("the run says otherwise now"));
    let experiment = app.get("/experiments/product-search-learned?lang=en").await.expect(200).text;
    assert!(experiment.contains("/runs/experiments/") && experiment.contains(&run), "bound, and with its leaderboard");
    app.stop().await;
}
