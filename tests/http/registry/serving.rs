//! Approval that blocks, by every route; activation and roll-back without a failed request; versions that fail their self-check.

use alluvium_domain::Role;
use alluvium_services::recommend::Training;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::{MODEL, act, approval, commit, serving, two_versions};
use crate::harness::{App, root};

#[tokio::test]
async fn no_route_leads_an_unapproved_version_to_serving() {
    let app = App::start().await;
    let (first, second) = two_versions(&app).await;
    assert_eq!((first.version.number, first.version.approval.code()), (1, "approved"));
    assert_eq!((second.version.number, second.version.approval.code()), (2, "requested"));
    let author = app.person("ann", Role::Author).await;
    let reviewer = app.person("rita", Role::Reviewer).await;
    let admin = app.person("ada", Role::Administrator).await;
    assert_eq!(serving(&app).await, first.model);

    // Whoever asks, by whichever API.
    for person in [&reviewer, &admin] {
        act(person, 2, "activate", "").await.expect(409);
        person.api("PUT", &format!("{MODEL}/aliases/champion"), json!({ "version": 2 })).await.expect(409);
        let alias = json!({ "name": "recommend-demo", "alias": "champion", "version": "2" });
        person.api("POST", "/api/2.0/mlflow/registered-models/alias", alias.clone()).await.expect(409);
        // Away it does not go either: another one would take its place.
        person.api("DELETE", "/api/2.0/mlflow/registered-models/alias", alias).await.expect(409);
        person.api("DELETE", &format!("{MODEL}/aliases/champion"), Value::Null).await.expect(409);
        person.api("POST", &format!("{MODEL}/roll-back"), json!({})).await.expect(409);
        let form = [("act", "activate"), ("reason", "")];
        person.form("/admin/models/recommend-demo/versions/2/act", &form).await.expect(409);
        // Nor does a stage of MLflow come to it.
        let stage = json!({ "name": "recommend-demo", "version": "2", "stage": "Production" });
        person.api("POST", "/api/2.0/mlflow/model-versions/transition-stage", stage).await.expect(409);
        person
            .api("DELETE", "/api/2.0/mlflow/model-versions/delete", json!({ "name": "recommend-demo", "version": "1" }))
            .await
            .expect(409);
        person
            .api("DELETE", "/api/2.0/mlflow/registered-models/delete", json!({ "name": "recommend-demo" }))
            .await
            .expect(409);
        assert_eq!(serving(&app).await, first.model);
    }
    // An author may not activate at all, and a reader sees no drafts.
    act(&author, 2, "activate", "").await.expect(403);
    act(&author, 2, "approve", "").await.expect(403);
    assert_eq!(app.get(&format!("{MODEL}/versions/2")).await.status, 404);
    assert_eq!(app.get(&format!("{MODEL}/versions/1")).await.status, 200);

    // A commit on the hub is a draft, and what serves is not what was last committed.
    commit(&author, &app, "recommend-demo", &[("notes.txt", b"other")]).await.expect(200);
    assert_eq!(approval(&author, 3).await, "draft");
    act(&reviewer, 3, "activate", "").await.expect(409);
    act(&reviewer, 3, "approve", "").await.expect(409);
    // So is a version by MLflow, and one of another model that says it serves the place.
    let new = json!({ "name": "recommend-demo", "source": "s3://elsewhere" });
    author.api("POST", "/api/2.0/mlflow/model-versions/create", new).await.expect(200);
    assert_eq!(approval(&author, 4).await, "draft");
    author
        .api("POST", "/api/v1/models", json!({ "name": "mine", "tags": { "serves": "recommend:demo" } }))
        .await
        .expect(201);
    assert_eq!(serving(&app).await, first.model);

    // Somebody at the database: the alias by hand, by insert and by update; the state of what serves; a place for a model with an unapproved champion.
    let second_id = second.version.id.0;
    for statement in [
        format!("update model_alias set version_id = '{second_id}' where name = 'champion'"),
        format!(
            "delete from model_alias; insert into model_alias (model_id, name, version_id) select id, 'champion', '{second_id}' from model where serves is not null"
        ),
        "update model_version set approval = 'rejected' where number = 1".to_owned(),
        format!(
            "begin; update model set serves = null; update model_alias set version_id = '{second_id}' where name = 'champion'; update model set serves = 'recommend:demo' where name = 'recommend-demo'; commit"
        ),
        "update model_file set sha256 = sha256".to_owned(),
        "update model_decision set reason = ''".to_owned(),
        "delete from model_decision".to_owned(),
    ] {
        app.execute(&statement).await.expect_err(&statement);
    }
    // A folder where models were served from once.
    let folder = app.data_dir().join("models/recommend/demo");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("model.json"), "{}").unwrap();
    assert_eq!(serving(&app).await, first.model);
    app.stop().await;
}

#[tokio::test]
async fn a_version_is_approved_by_somebody_else_activated_and_rolled_back_without_a_failed_request() {
    let app = App::start().await;
    let (first, second) = two_versions(&app).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let ronja = app.person("ronja", Role::Reviewer).await;
    // The evidence that came with the request.
    let decisions = rita.api("GET", &format!("{MODEL}/decisions"), Value::Null).await.expect(200).json();
    let of_second: Vec<&Value> =
        decisions["decisions"].as_array().unwrap().iter().filter(|one| one["number"] == 2).collect();
    let report = &of_second.iter().find(|one| one["act"] == "check").unwrap()["report"];
    let checks = report["checks"].as_array().unwrap();
    let names: Vec<&str> = checks.iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["files", "loads", "golden", "explanations", "metrics", "card"]);
    for check in checks {
        assert!(check["passed"] == true || check["required"] == false, "{check}");
    }
    let metrics = &checks[4]["figures"];
    for task in ["view", "cart", "purchase"] {
        let figure = |name: &str| metrics[format!("{task}.{name}")].as_f64().unwrap();
        assert!(figure("auc_low") <= figure("auc_difference") && figure("auc_difference") <= figure("auc_high"));
    }
    // The first was approved by the program, and says so; every other by a person.
    let program = decisions["decisions"].as_array().unwrap().iter().find(|one| one["act"] == "approve").unwrap();
    assert_eq!(program["person"], Value::Null);
    assert!(program["reason"].as_str().unwrap().contains("the very first version of a simulated catalogue"));

    act(&rita, 2, "reject", "").await.expect(422);
    act(&rita, 2, "reject", "not now").await.expect(200);
    act(&rita, 2, "approve", "").await.expect(409);
    act(&ronja, 2, "request", "again").await.expect(200);
    act(&rita, 2, "approve", "better on purchases").await.expect(200);
    assert_eq!(serving(&app).await, first.model, "approved is not activated");

    // Requests go on while the weights are swapped, here and on a second server that only hears of it.
    let other = app.second().await;
    copy(&app.data_dir().join("blobs"), &other.data_dir().join("blobs"));
    assert_eq!(serving(&other).await, first.model);
    let asking = async {
        let mut answers = Vec::new();
        for _ in 0..40 {
            answers.push(serving(&app).await);
        }
        answers
    };
    let (answers, activated) = tokio::join!(asking, act(&rita, 2, "activate", "go"));
    activated.expect(200);
    assert!(answers.iter().all(|model| *model == first.model || *model == second.model), "{answers:?}");
    assert_eq!(serving(&app).await, second.model);
    assert_eq!(follows(&other, &second.model).await, second.model);
    let places = rita.api("GET", "/api/v1/serving", Value::Null).await.expect(200).json();
    let place = &places["places"][0];
    assert_eq!(
        (&place["place"], &place["version"], &place["loaded"]),
        (&json!("recommend:demo"), &json!(2), &json!(true))
    );
    assert_eq!((&place["activated_by"], &place["approved_by"]), (&json!("rita"), &json!("rita")));

    // One step back, one step forth.
    let back = rita.api("POST", &format!("{MODEL}/roll-back"), json!({ "reason": "worse" })).await.expect(200).json();
    assert_eq!(back["number"], 1);
    assert_eq!(serving(&app).await, first.model);
    assert_eq!(follows(&other, &first.model).await, first.model);
    rita.api("POST", &format!("{MODEL}/roll-back"), json!({})).await.expect(409);
    act(&rita, 2, "activate", "").await.expect(200);
    // Withdrawn, it gives way to the one before it in the same step.
    act(&ronja, 2, "withdraw", "found a fault").await.expect(200);
    assert_eq!(serving(&app).await, first.model);
    act(&rita, 2, "activate", "").await.expect(409);
    act(&rita, 2, "request", "").await.expect(409);
    // And the last one to nothing: content and popularity answer.
    act(&rita, 1, "withdraw", "").await.expect(200);
    assert_eq!(serving(&app).await, "content-popularity");
    // Every act is a decision and a line of the audit log.
    let decisions = rita.api("GET", &format!("{MODEL}/decisions"), Value::Null).await.expect(200).json();
    let acts: Vec<&str> =
        decisions["decisions"].as_array().unwrap().iter().map(|one| one["act"].as_str().unwrap()).collect();
    let admin = app.person("ada", Role::Administrator).await;
    let log = admin.get("/admin/audit/export").await.expect(200).text;
    for name in ["request", "check", "approve", "reject", "activate", "roll-back", "withdraw"] {
        let lines = log.lines().filter(|line| line.contains(&format!("\\\"model.{name}\\\""))).count();
        assert_eq!(lines, acts.iter().filter(|act| **act == name).count(), "{name}: {acts:?}");
    }
    other.stop().await;
    app.stop().await;
}

/// What a server that hears of a change answers with, as soon as it is `model`, or after some seconds.
async fn follows(app: &App, model: &str) -> String {
    for _ in 0..100 {
        if serving(app).await == model {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    serving(app).await
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_version_whose_files_were_changed_is_not_swapped_in() {
    let app = App::start().await;
    let (first, second) = two_versions(&app).await;
    let rita = app.person("rita", Role::Reviewer).await;
    act(&rita, 2, "approve", "").await.expect(200);
    act(&rita, 2, "activate", "").await.expect(200);
    assert_eq!(serving(&app).await, second.model);
    // A file of the first version is replaced on the disk by one of the same size.
    let files = rita.api("GET", &format!("{MODEL}/versions/1"), Value::Null).await.expect(200).json();
    let ranker = files["files"].as_array().unwrap().iter().find(|file| file["path"] == "ranker.safetensors").unwrap();
    let hash = ranker["sha256"].as_str().unwrap();
    let path = app.data_dir().join("blobs").join(&hash[..2]).join(&hash[2..]);
    let good = std::fs::read(&path).unwrap();
    let mut other = good.clone();
    let last = other.len() - 1;
    other[last] ^= 1;
    std::fs::write(&path, &other).unwrap();
    let refused = rita.api("POST", &format!("{MODEL}/roll-back"), json!({})).await.expect(409).json();
    assert!(refused["detail"].as_str().unwrap().contains("changed on the disk"), "{refused}");
    act(&rita, 1, "activate", "").await.expect(409);
    assert_eq!(serving(&app).await, second.model);
    // Moved by somebody at the database, who may, because it is approved: the one that serves goes on, and the registry says why.
    let moved = format!(
        "update model_alias set version_id = '{}' where name = 'champion'; select pg_notify('champion_moved', 'recommend:demo')",
        first.version.id.0
    );
    app.execute(&moved).await.unwrap();
    let mut place = Value::Null;
    for _ in 0..100 {
        assert_eq!(serving(&app).await, second.model);
        let places = rita.api("GET", "/api/v1/serving", Value::Null).await.expect(200).json();
        place = places["places"][0].clone();
        if place["refused"].is_string() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(place["refused"].as_str().unwrap().contains("changed on the disk"), "{place}");
    assert_eq!((&place["version"], &place["loaded"]), (&json!(1), &json!(false)));
    // A server that starts now has nothing to go on with, and serves no weights that it cannot trust.
    let other = app.second().await;
    copy(&app.data_dir().join("blobs"), &other.data_dir().join("blobs"));
    assert_eq!(serving(&other).await, "content-popularity");
    std::fs::write(&path, &good).unwrap();
    act(&rita, 2, "activate", "").await.expect(200);
    rita.api("POST", &format!("{MODEL}/roll-back"), json!({})).await.expect(200);
    assert_eq!(serving(&app).await, first.model);
    other.stop().await;
    app.stop().await;
}

/// Products and events of a shop that is not simulated: nobody but a reviewer lets its first version serve.
pub(crate) async fn imported_shop(app: &App) {
    let folder = tempfile::tempdir().unwrap();
    let products: Vec<String> = (0..30)
        .map(|n| json!({ "id": format!("p{n}"), "title": format!("Item {n}"), "price": 100 + n }).to_string())
        .collect();
    let mut events = vec!["shopper,product,kind,time,query,position".to_owned()];
    for step in 0..20 {
        for user in 0..60 {
            let item = (user * 7 + step * (1 + user % 3)) % 30;
            let kind = ["view", "view", "cart", "purchase"][(user + step) % 4];
            let (day, hour) = (step + 1, user % 24);
            events.push(format!("s{user},p{item},{kind},2026-10-{day:02}T{hour:02}:00:00Z,,1"));
        }
    }
    for (name, form, lines) in [("products.jsonl", "products", products), ("events.csv", "events", events)] {
        let file = folder.path().join(name);
        std::fs::write(&file, lines.join("\n") + "\n").unwrap();
        crate::shop_import::import(app, form, &file, "small").await.unwrap();
    }
}

#[tokio::test]
async fn the_home_page_and_the_shop_wait_for_approval_too() {
    let app = App::start().await;
    app.services.content_import(&root().join("content")).await.unwrap();
    imported_shop(&app).await;
    let trained = app.services.recommend_train("small", Training::default(), |_| {}).await.unwrap();
    assert_eq!((trained.version.name.as_str(), trained.version.approval.code()), ("recommend-small", "requested"));
    let rita = app.person("rita", Role::Reviewer).await;
    let seen = app.get("/shop/small/products/p1").await.expect(200);
    let cookies = seen.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned());
    let cookie = cookies.into_iter().find(|cookie| cookie.starts_with("alluvium_seen=")).unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let home = async || {
        let request = Request::get("/?lang=en").header("cookie", cookie.as_str());
        app.send(request.body(Body::empty()).unwrap()).await.expect(200).text
    };
    let answering = async || {
        let body = json!({ "catalogue": "small", "history": [{ "product": "p1", "event": "view" }] }).to_string();
        let request = Request::post("/api/v1/recommendations").header("content-type", "application/json");
        app.send(request.body(Body::from(body)).unwrap()).await.expect(200).json()["model"].clone()
    };
    const UNTRAINED: &str = "No recommendation model has been trained yet";
    const BY_HISTORY: &str = "From the 1 product looked at last";
    let page = "/shop/small/recommend?history=view%3Ap1&lang=en";
    let act = async |act: &str| {
        let path = "/api/v1/models/recommend-small/versions/1/acts";
        rita.api("POST", path, json!({ "act": act, "reason": "because" })).await.expect(200)
    };
    assert_eq!(answering().await, "content-popularity");
    assert!(home().await.contains(UNTRAINED));
    assert!(!app.get(page).await.expect(200).text.contains(&trained.model));
    act("approve").await;
    assert!(home().await.contains(UNTRAINED), "approved is not activated");
    act("activate").await;
    assert!(home().await.contains(BY_HISTORY));
    assert_eq!(answering().await, trained.model.as_str());
    assert!(app.get(page).await.expect(200).text.contains(&trained.model));
    act("withdraw").await;
    assert!(home().await.contains(UNTRAINED));
    assert_eq!(answering().await, "content-popularity");
    app.stop().await;
}
