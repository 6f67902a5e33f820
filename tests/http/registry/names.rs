//! What names of versions lead to: aliases, stages, the hub's `main`. Approved versions only, whoever asks.

use alluvium_domain::Role;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::commit;
use crate::harness::{Answer, App, Person};

/// A model of ann's with versions of one file each, which says its number.
async fn model(app: &App, ann: &Person<'_>, name: &str, versions: usize) {
    ann.api("POST", "/api/v1/models", json!({ "name": name })).await.expect(201);
    for number in 1..=versions {
        commit(ann, app, name, &[("n.txt", number.to_string().as_bytes()), ("README.md", card().as_bytes())])
            .await
            .expect(200);
    }
}

fn card() -> String {
    format!("---\nlicense: apache-2.0\n---\n{}", super::sections())
}

async fn act(person: &Person<'_>, name: &str, number: i32, act: &str) -> Answer {
    let path = format!("/api/v1/models/{}/versions/{number}/acts", name.replace('/', "%2F"));
    person.api("POST", &path, json!({ "act": act, "reason": "because" })).await
}

async fn file(app: &App, token: Option<&str>, name: &str, revision: &str) -> Answer {
    let mut request = Request::get(format!("/{name}/resolve/{revision}/n.txt"));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn aliases_and_stages_name_approved_versions_only_and_in_one_spelling() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let admin = app.person("ada", Role::Administrator).await;
    model(&app, &ann, "names", 2).await;
    let set = async |person: &Person<'_>, alias: &str, number: i32| {
        let percent = alluvium_domain::percent_encoded(alias);
        person.api("PUT", &format!("/api/v1/models/names/aliases/{percent}"), json!({ "version": number })).await
    };
    let mlflow = async |person: &Person<'_>, alias: &str, number: i32| {
        let body = json!({ "name": "names", "alias": alias, "version": number.to_string() });
        person.api("POST", "/api/2.0/mlflow/registered-models/alias", body).await
    };
    let stage = async |person: &Person<'_>, stage: &str, number: i32| {
        let body = json!({ "name": "names", "version": number.to_string(), "stage": stage });
        person.api("POST", "/api/2.0/mlflow/model-versions/transition-stage", body).await
    };
    for person in [&ann, &rita, &admin] {
        for alias in ["champion", "challenger", "production", "生产"] {
            set(person, alias, 1).await.expect(409);
            let said = mlflow(person, alias, 1).await.expect(409).json();
            assert!(said["message"].as_str().unwrap().contains("draft"), "{said}");
        }
        for name in ["Production", "Staging", "production"] {
            stage(person, name, 1).await.expect(409);
        }
        stage(person, "Archived", 1).await.expect(200);
        stage(person, "None", 1).await.expect(200);
    }
    act(&ann, "names", 1, "request").await.expect(200);
    act(&rita, "names", 1, "approve").await.expect(200);
    for alias in [
        "Champion",
        "CHAMPION",
        "ｃｈａｍｐｉｏｎ",
        "сhampion",
        "main",
        "draft-1",
        "Draft-2",
        "v1",
        "V2",
        "3",
        "LATEST",
        "a b",
        "champion\u{200b}",
    ] {
        set(&ann, alias, 1).await.expect(422);
        mlflow(&ann, alias, 1).await.expect(400);
    }
    set(&ann, "champion", 1).await.expect(200);
    set(&ann, "challenger", 1).await.expect(200);
    set(&ann, "Challenger", 1).await.expect(409);
    set(&ann, "生产", 1).await.expect(200);
    stage(&ann, "Production", 1).await.expect(200);
    ann.api("DELETE", "/api/v1/models/names/aliases/challenger", Value::Null).await.expect(200);
    set(&rita, "champion", 2).await.expect(409);
    let decisions = async || {
        let all = ann.api("GET", "/api/v1/models/names/decisions", Value::Null).await.expect(200).json();
        let told = |one: &Value| {
            let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
            matches!(text("act").as_str(), "alias" | "unalias" | "stage")
                .then(|| format!("{} {}", text("act"), text("reason")))
        };
        all["decisions"].as_array().unwrap().iter().filter_map(told).collect::<Vec<_>>()
    };
    let told = decisions().await;
    for line in ["alias champion", "alias challenger", "unalias challenger", "alias 生产", "stage Production"] {
        assert!(told.contains(&line.to_owned()), "{line}: {told:?}");
    }
    assert!(rita.get("/admin/models/names?lang=en").await.expect(200).text.contains("Alias removed"));
    // Whoever is at the database.
    for statement in [
        "insert into model_alias (model_id, name, version_id) select model_id, 'other', id from model_version where number = 2",
        "update model_alias set version_id = (select id from model_version where number = 2)",
        "insert into model_alias (model_id, name, version_id) select model_id, 'Champion', id from model_version where number = 1",
        "insert into model_alias (model_id, name, version_id) select model_id, 'ＣＨＡＭＰＩＯＮ', id from model_version where number = 1",
        "update model_version set approval = 'withdrawn' where number = 1",
        "update model_version set stage = 'Production' where number = 2",
    ] {
        app.execute(statement).await.expect_err(statement);
    }
    // Withdrawn, it loses all of them.
    act(&rita, "names", 1, "withdraw").await.expect(200);
    let model = ann.api("GET", "/api/v1/models/names", Value::Null).await.expect(200).json();
    assert_eq!(model["aliases"], json!({}));
    let version = ann.api("GET", "/api/v1/models/names/versions/1", Value::Null).await.expect(200).json();
    assert_eq!(version["stage"], "Archived");
    assert!(decisions().await.contains(&"unalias 生产".to_owned()));
    app.stop().await;
}

#[tokio::test]
async fn main_is_the_newest_approved_version_to_everybody() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let ben = app.person("ben", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let name = "team/main";
    model(&app, &ann, name, 2).await;
    let code = |answer: &Answer| answer.headers.get("x-error-code").map(|code| code.to_str().unwrap().to_owned());

    // Nothing is approved: who sent the drafts looks at the newest one, everybody else hears that there is nothing, with a code.
    assert_eq!(file(&app, Some(&ann.token), name, "main").await.expect(200).text, "2");
    let revision = file(&app, Some(&ben.token), name, "main").await.expect(404);
    assert_eq!(code(&revision).as_deref(), Some("RevisionNotFound"));
    for path in ["", "/tree/main", "/refs", "/commits/main", "/revision/main"] {
        let answer = app.get(&format!("/api/models/{name}{path}")).await.expect(404);
        assert_eq!(code(&answer).as_deref(), Some("RepoNotFound"), "{path}");
    }
    assert_eq!(app.get("/api/models").await.expect(200).json(), json!([]));
    assert_eq!(file(&app, Some(&ben.token), name, "draft-1").await.expect(200).text, "1");
    file(&app, None, name, "draft-1").await.expect(404);
    file(&app, None, name, "v1").await.expect(404);

    act(&ann, name, 1, "request").await.expect(200);
    act(&rita, name, 1, "approve").await.expect(200);
    for token in [None, Some(ann.token.as_str()), Some(&ben.token), Some(&rita.token)] {
        for revision in ["main", "refs%2Fheads%2Fmain", "v1", "1"] {
            assert_eq!(file(&app, token, name, revision).await.expect(200).text, "1", "{revision}");
        }
        file(&app, token, name, "draft-1").await.expect(404);
    }
    assert_eq!(file(&app, Some(&ann.token), name, "refs/heads/draft-2").await.expect(200).text, "2");
    file(&app, None, name, "draft-2").await.expect(404);
    let refs = ann.api("GET", &format!("/api/models/{name}/refs"), Value::Null).await.expect(200).json();
    let branches: Vec<&str> =
        refs["branches"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(branches, ["main"]);
    let info = ben.api("GET", &format!("/api/models/{name}"), Value::Null).await.expect(200).json();
    let public = app.get(&format!("/api/models/{name}")).await.expect(200).json();
    assert_eq!(info["sha"], public["sha"]);
    // The commit of a draft is no way round it.
    let draft = refs["tags"].as_array().unwrap().iter().find(|tag| tag["name"] == "draft-2").unwrap();
    let draft = draft["targetCommit"].as_str().unwrap();
    file(&app, None, name, draft).await.expect(404);
    assert_eq!(file(&app, Some(&ben.token), name, draft).await.expect(200).text, "2");

    // A repository without a version is empty to those who may send one.
    ann.api("POST", "/api/v1/models", json!({ "name": "team/empty" })).await.expect(201);
    let info = ann.api("GET", "/api/models/team/empty", Value::Null).await.expect(200).json();
    let sha = info["sha"].as_str().unwrap();
    assert_eq!(sha.len(), 40);
    let tree = ann.api("GET", &format!("/api/models/team/empty/tree/{sha}"), Value::Null).await.expect(200).json();
    assert_eq!(tree, json!([]));
    app.get("/api/models/team/empty").await.expect(404);
    app.stop().await;
}

/// A revision is written the same way on every route, and one that is not there is answered the same way.
#[tokio::test]
async fn revisions_are_read_alike_on_every_route() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let name = "team/revisions";
    model(&app, &ann, name, 1).await;
    let everywhere = async |revision: &str, status: u16| {
        let slashed = revision.replace("%2F", "/");
        for path in [
            format!("/api/models/{name}/revision/{revision}"),
            format!("/api/models/{name}/revision/{slashed}"),
            format!("/api/models/{name}/tree/{revision}"),
            format!("/api/models/{name}/commits/{revision}"),
            format!("/{name}/resolve/{revision}/n.txt"),
        ] {
            let answer = ann.api("GET", &path, Value::Null).await.expect(status);
            if status == 404 {
                assert_eq!(answer.headers["x-error-code"], "RevisionNotFound", "{path}");
            }
        }
        let info =
            ann.api("POST", &format!("/api/models/{name}/paths-info/{revision}"), json!({ "paths": ["n.txt"] })).await;
        info.expect(status);
    };
    for revision in ["main", "refs%2Fheads%2Fmain", "draft-1", "refs%2Fheads%2Fdraft-1", "v1", "refs%2Ftags%2Fv1", "1"]
    {
        everywhere(revision, 200).await;
    }
    for path in ["tree/refs/heads/main", "tree/refs/tags/v1"] {
        ann.api("GET", &format!("/api/models/{name}/{path}"), Value::Null).await.expect(200);
    }
    ann.api("GET", &format!("/{name}/resolve/refs/heads/main/n.txt"), Value::Null).await.expect(200);
    for revision in [
        "feature%2Ffoo",
        "a%20b",
        "%23",
        "refs%2Fpr%2F1",
        "refs%2Fheads%2Fnone",
        "v9",
        "%E5%88%86%E6%94%AF",
        "main%20",
        "MAIN",
    ] {
        everywhere(revision, 404).await;
        for path in ["preupload", "commit"] {
            let answer = ann.api("POST", &format!("/api/models/{name}/{path}/{revision}"), json!({})).await.expect(404);
            assert_eq!(answer.headers["x-error-code"], "RevisionNotFound", "{path} {revision}");
        }
    }
    app.stop().await;
}
