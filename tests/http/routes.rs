//! `server/src/routes.tsv` names every route of the router, with whom it answers and what it costs; and what it says is so.

use std::collections::{BTreeMap, BTreeSet};

use alluvium_domain::Role;
use axum::body::Body;
use http::{Request, header};
use regex::Regex;

use crate::harness::{App, root};

/// Methods and paths of the router, by its own account.
fn routes_of(debug: &str) -> BTreeSet<(String, String)> {
    // After its routes it lists those of its fallback, with numbers of their own.
    let (debug, _) = debug.split_once("fallback_router: ").unwrap();
    let mut found = BTreeSet::new();
    let number = Regex::new(r#"RouteId\((\d+)\): "([^"]*)""#).unwrap();
    let paths: BTreeMap<&str, &str> = number
        .captures_iter(debug)
        .map(|found| (found.get(1).unwrap().as_str(), found.get(2).unwrap().as_str()))
        .collect();
    let route = Regex::new(r"RouteId\((\d+)\): MethodRouter\(MethodRouter \{ (.*?)fallback: ").unwrap();
    for route in route.captures_iter(debug) {
        let path = paths[&route[1]];
        for part in route[2].split(", ") {
            if let Some((method, what)) = part.split_once(": ")
                && what != "None"
                && method.len() < 8
            {
                found.insert((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    found
}

struct Row {
    methods: Vec<String>,
    path: String,
    role: String,
    cost: String,
}

fn written() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("server/src/routes.tsv")).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let [methods, path, role, cost] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let methods = methods.split(',').map(str::to_owned).collect();
        Row { methods, path: path.to_owned(), role: role.to_owned(), cost: cost.to_owned() }
    });
    rows.collect()
}

/// A path that fits a route: what it names is not there.
fn example(path: &str) -> String {
    let part = Regex::new(r"\{\*?([a-z_]+)\}").unwrap();
    let value = |found: &regex::Captures<'_>| match &found[1] {
        "number" => "999999",
        "id" | "group" => "00000000-0000-7000-8000-000000000000",
        _ => "none",
    };
    part.replace_all(path, value).into_owned()
}

#[tokio::test]
async fn every_route_is_written_down_with_a_role_and_a_cost() {
    let app = App::start().await;
    let router = routes_of(&app.routes());
    assert!(router.len() > 150, "{} routes are found", router.len());
    let rows = written();
    let table: BTreeSet<(String, String)> =
        rows.iter().flat_map(|row| row.methods.iter().map(|method| (method.clone(), row.path.clone()))).collect();
    let missing: Vec<_> = router.difference(&table).map(|(method, path)| format!("{method}\t{path}\t?\t?")).collect();
    let gone: Vec<_> = table.difference(&router).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not written down:\n{}\nno route: {gone:?}", missing.join("\n"));
    for row in rows {
        assert!(
            ["anyone", "reader", "author", "reviewer", "administrator"].contains(&row.role.as_str()),
            "{}",
            row.path
        );
        assert!(["light", "query", "heavy"].contains(&row.cost.as_str()), "{}", row.path);
    }
    app.stop().await;
}

#[tokio::test]
async fn nobody_below_the_role_of_a_route_gets_an_answer() {
    let app = App::start().await;
    let rea = app.person("rea", Role::Reader).await;
    let ann = app.person("ann", Role::Author).await;
    let rita = app.person("rita", Role::Reviewer).await;
    let below = [("reader", None), ("author", Some(&rea)), ("reviewer", Some(&ann)), ("administrator", Some(&rita))];
    let (mut tried, mut wrong) = (0, Vec::new());
    for row in written().iter().filter(|row| row.role != "anyone") {
        for method in &row.methods {
            let path = example(&row.path);
            let mut request = Request::builder()
                .method(method.as_str())
                .uri(&path)
                .header(header::HOST, "127.0.0.1:3000")
                .header(header::ORIGIN, "http://127.0.0.1:3000")
                .header(
                    header::CONTENT_TYPE,
                    if path.contains("/api/") { "application/json" } else { "application/x-www-form-urlencoded" },
                );
            let person = below.iter().find(|(role, _)| *role == row.role).and_then(|(_, person)| *person);
            if let Some(person) = person {
                request = match path.contains("/api/") || path.starts_with("/v1/") {
                    true => request.header(header::AUTHORIZATION, format!("Bearer {}", person.token)),
                    false => request.header(header::COOKIE, format!("alluvium_session={}", person.session)),
                };
            }
            let body = if method == "GET" {
                Body::empty()
            } else {
                Body::from(if path.contains("/api/") { "{}" } else { "" })
            };
            let answer = app.send(request.body(body).unwrap()).await;
            let status = answer.status.as_u16();
            let to_sign_in = status == 303 && answer.location().starts_with("/sign-in");
            // An order that is not well-formed may be refused for that first.
            if !(matches!(status, 400 | 401 | 403 | 404 | 415 | 422) || to_sign_in) {
                wrong.push(format!("{method} {path} as somebody below {}: {status}", row.role));
            }
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{tried} requests below the role of their route");
    assert!(tried > 80, "{tried}");
    app.stop().await;
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_try_again() {
    let app = App::start().await;
    let app = app.with_options(&["--rate-limit", "1"]);
    let mut refused = None;
    for _ in 0..200 {
        let answer = app.get("/api/v1/search?q=a").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("200 searches at once are too many");
    let seconds: u64 = refused.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(refused.json()["detail"].as_str().unwrap().contains("秒"), "{}", refused.text);
    // A page says so as well, and what costs little goes on; so does somebody with a name.
    let page = app.get("/search?q=a").await.expect(429);
    assert!(page.headers.contains_key(header::RETRY_AFTER) && page.text.contains("<html"));
    app.get("/healthz").await.expect(200);
    app.get("/articles").await.expect(200);
    let rea = app.person("rea", Role::Reader).await;
    rea.api("GET", "/api/v1/search?q=a", serde_json::Value::Null).await.expect(200);
}
