//! `/api/v1/catalogues/{slug}/search`, `/judgements`, and the pages of product search.

use std::sync::Arc;

use alluvium_domain::shop::Ranker;
use alluvium_domain::{Actor, Role};
use alluvium_services::shop::DemoPlan;
use serde_json::{Value, json};

use crate::harness::{App, form_encoded};

const PRODUCTS: &str = r#"{"id":"1","title":"HP Pavilion dv7-1211ea Notebook 43.2 cm (17\") 4 GB","name":"dv7-1211ea","supplier":"HP","price":99900,"short_description":"Silver laptop, 4GB DDR2","attr_t_type":"Notebook","attr_t_colour":"Silver","attr_n_display":17.0}
{"id":"2","title":"Sennheiser HD 599 headphones","name":"HD599","supplier":"Sennheiser","price":14900,"short_description":"Open headset for music","attr_t_type":"Headphones","attr_t_colour":"Black"}
{"id":"3","title":"Laptop case 17 inch","name":"VNC217","supplier":"Case Logic","price":2900,"short_description":"Case for laptops","attr_t_type":"Case","attr_t_colour":"Black"}
{"id":"4","title":"Logitech keyboard K120","name":"K120","supplier":"Logitech","price":1500,"short_description":"Wired keyboard","attr_t_type":"Keyboard","attr_t_colour":"Black"}
"#;

/// A small catalogue that is not simulated.
async fn shop(app: &App) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("products.jsonl");
    std::fs::write(&file, PRODUCTS).unwrap();
    super::shop_import::import(app, "products", &file, "real").await.unwrap();
}

fn path(query: &[(&str, &str)]) -> String {
    format!("/api/v1/catalogues/real/search?{}", form_encoded(query))
}

async fn search(app: &App, query: &[(&str, &str)]) -> Value {
    app.get(&path(query)).await.expect(200).json()
}

fn ids(answer: &Value) -> Vec<String> {
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn products_are_found_ranked_counted_and_filtered() {
    let app = App::start().await;
    shop(&app).await;
    for (query, first) in [
        ("dv7-1211ea", "1"),
        ("DV71211EA", "1"),
        ("17\" notebook", "1"),
        ("4GB laptop", "1"),
        ("4 gb laptop", "1"),
        ("17 inch case", "3"),
        ("headset", "2"),
        ("head set", "2"),
        ("k120", "4"),
    ] {
        for ranker in ["bm25", "hybrid", "learned"] {
            let answer = search(&app, &[("q", query), ("ranker", ranker)]).await;
            assert_eq!(ids(&answer)[0], first, "{query} by {ranker}: {answer}");
        }
    }
    let all = search(&app, &[("q", "laptop keyboard headphones")]).await;
    assert_eq!((&all["total"], all["degraded"].as_bool()), (&json!(4), Some(true)), "no encoder");
    assert_eq!(all["hits"][0]["rank"], 1);
    assert!(all["hits"][0]["product"]["picture"].is_string() && all["hits"][0]["explanation"].is_null());
    let brands = all["facets"]["brands"].as_array().unwrap();
    assert_eq!(brands.len(), 4);
    let colour = all["facets"]["attributes"].as_array().unwrap().iter().find(|one| one["name"] == "colour").unwrap();
    assert_eq!((&colour["values"][0]["value"]["en"], &colour["values"][0]["count"]), (&json!("Black"), &json!(3)));
    assert_eq!(all["facets"]["price"], json!({ "min": 1500, "median": 2900, "max": 99900 }));
    // What a facet counts, its filter shows.
    let black = search(&app, &[("q", "laptop keyboard headphones"), ("attribute", "colour:Black")]).await;
    assert_eq!(black["total"], 3);
    let hp = search(&app, &[("q", "laptop keyboard headphones"), ("brand", "HP")]).await;
    assert_eq!(ids(&hp), ["1"]);
    let cheap = search(&app, &[("q", "laptop keyboard headphones"), ("price_max", "3000")]).await;
    assert_eq!(cheap["total"], 2);
    let page = search(&app, &[("q", "laptop keyboard headphones"), ("limit", "1"), ("offset", "1")]).await;
    assert_eq!((ids(&page), &page["total"]), (vec![ids(&all)[1].clone()], &json!(4)));
    assert_eq!(search(&app, &[("q", "")]).await["total"], 0);
    assert_eq!(search(&app, &[("q", "zeppelin")]).await["total"], 0);
    app.stop().await;
}

#[tokio::test]
async fn a_mistyped_word_is_corrected_and_says_so() {
    let app = App::start().await;
    shop(&app).await;
    let answer = search(&app, &[("q", "sennheisr"), ("explain", "true")]).await;
    assert_eq!(ids(&answer), ["2"]);
    assert_eq!(answer["corrections"], json!([{ "from": "sennheisr", "to": "sennheiser" }]));
    let parts = answer["hits"][0]["explanation"]["contributions"].as_array().unwrap();
    assert!(parts.iter().any(|part| part["value"] == "sennheisr → sennheiser"), "{parts:?}");
    // A word that is there is left alone, whatever is near it.
    assert_eq!(search(&app, &[("q", "sennheiser")]).await["corrections"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn explanations_add_up_and_parts_can_be_switched_off() {
    let app = App::start().await;
    shop(&app).await;
    for ranker in ["bm25", "hybrid", "learned"] {
        for query in ["17 inch laptop case", "sennheisr headset", "black notebook hp"] {
            let answer = search(&app, &[("q", query), ("ranker", ranker), ("explain", "true")]).await;
            for hit in answer["hits"].as_array().unwrap() {
                let explanation = &hit["explanation"];
                let parts = explanation["contributions"].as_array().unwrap();
                let sum: f64 = parts.iter().map(|part| part["amount"].as_f64().unwrap()).sum();
                let score = hit["score"].as_f64().unwrap();
                assert!((explanation["baseline"].as_f64().unwrap() + sum - score).abs() < 1e-4, "{hit}");
                assert!(!parts.is_empty());
            }
        }
    }
    let with = search(&app, &[("q", "laptop case"), ("ranker", "bm25"), ("explain", "true")]).await;
    assert_eq!(ids(&with)[0], "3");
    let off: Vec<&str> = with["hits"][0]["explanation"]["contributions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["feature"].as_str().unwrap())
        .collect();
    let without =
        search(&app, &[("q", "laptop case"), ("ranker", "bm25"), ("explain", "true"), ("without", &off.join(","))])
            .await;
    assert_ne!(ids(&without).first().map(String::as_str), Some("3"), "{without}");
    app.stop().await;
}

#[tokio::test]
async fn a_changed_product_is_found_at_once_and_as_it_is_now() {
    let app = App::start().await;
    shop(&app).await;
    assert_eq!(ids(&search(&app, &[("q", "keyboard")]).await), ["4"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("more.jsonl");
    let more = "{\"id\":\"4\",\"title\":\"Umbrella\",\"price\":995}\n{\"id\":\"5\",\"title\":\"Another keyboard\"}\n";
    std::fs::write(&file, more).unwrap();
    super::shop_import::import(&app, "products", &file, "real").await.unwrap();
    assert_eq!(ids(&search(&app, &[("q", "keyboard")]).await), ["5"]);
    assert_eq!(ids(&search(&app, &[("q", "umbrella")]).await), ["4"]);
    app.stop().await;
}

#[tokio::test]
async fn meaning_is_compared_when_the_encoder_has_read_the_products() {
    let app = App::start_with_encoder().await;
    shop(&app).await;
    let ready = async {
        loop {
            let answer = search(&app, &[("q", "notebook computer"), ("explain", "true")]).await;
            if answer["degraded"] == false {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let answer = tokio::time::timeout(std::time::Duration::from_secs(60), ready).await.unwrap();
    for hybrid in [answer, search(&app, &[("q", "audio gear"), ("ranker", "hybrid"), ("explain", "true")]).await] {
        for hit in hybrid["hits"].as_array().unwrap() {
            assert!(hit["explanation"]["gap"].as_f64().unwrap().abs() < 1e-4, "{hit}");
        }
    }
    // Without a common word, in the other language.
    let chinese = search(&app, &[("q", "耳机"), ("ranker", "hybrid"), ("explain", "true")]).await;
    assert_eq!(ids(&chinese)[0], "2", "{chinese}");
    // A restart finds the vectors where it left them.
    assert!(std::fs::read_dir(app.data_dir().join("product-vectors")).unwrap().count() == 1);
    app.stop().await;
}

#[tokio::test]
async fn the_demo_shop_answers_in_both_languages() {
    let app = App::start().await;
    let plan = DemoPlan { products_each: 12, shoppers: 40, events: 1_500, ..DemoPlan::default() };
    app.services.shop_demo(plan).await.unwrap();
    for query in ["跑鞋", "running shoes", "runing shoes"] {
        let url = format!("/api/v1/catalogues/demo/search?{}", form_encoded(&[("q", query), ("limit", "5")]));
        let answer = app.get(&url).await.expect(200).json();
        let categories = answer["hits"][0]["product"]["category"].as_array().unwrap();
        assert!(categories.iter().any(|level| level["en"] == "Running shoes"), "{query}: {answer}");
    }
    app.stop().await;
}

#[tokio::test]
async fn grades_are_kept_by_those_who_may_and_the_last_word_counts() {
    let app = App::start().await;
    shop(&app).await;
    let url = "/api/v1/catalogues/real/judgements";
    let body = |grade: i64| json!({ "query": "Laptop  CASE", "product": "3", "grade": grade });
    let anonymous = http::Request::post(url).header("content-type", "application/json");
    let anonymous = anonymous.body(axum::body::Body::from(body(3).to_string())).unwrap();
    app.send(anonymous).await.expect(401);
    let reader = app.person("rea", Role::Reader).await;
    reader.api("POST", url, body(3)).await.expect(403);
    let author = app.person("aut", Role::Author).await;
    author.api("POST", url, body(1)).await.expect(200);
    let answer = author.api("POST", url, body(3)).await.expect(200).json();
    assert_eq!(answer["judgements"].as_array().unwrap().len(), 1);
    let kept = app.get(&format!("{url}?q=laptop%20case")).await.expect(200).json();
    let one = &kept["judgements"][0];
    assert_eq!((&one["grade"], &one["product"], &one["person"]), (&json!(3), &json!("3"), &json!("aut")));
    for (field, wrong) in [
        ("grade", json!({ "query": "x", "product": "3", "grade": 4 })),
        ("product", json!({ "query": "x", "product": "nothing", "grade": 1 })),
        ("query", json!({ "query": "  ", "product": "3", "grade": 1 })),
        ("query", json!({ "query": "a\0b", "product": "3", "grade": 1 })),
    ] {
        let problem = author.api("POST", url, wrong).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], field);
    }
    // What was said before can be neither changed nor removed.
    assert!(app.execute("update judgement set grade = 0").await.is_err());
    assert!(app.execute("delete from judgement").await.is_err());
    app.stop().await;
}

#[tokio::test]
async fn pages_search_compare_and_judge_without_javascript() {
    let app = App::start().await;
    shop(&app).await;
    let list = app.get("/shop/real?lang=en").await.expect(200).text;
    assert!(list.contains("Search products") && list.contains("Logitech keyboard"));
    let found = app.get("/shop/real?lang=en&q=laptop+case&brand=Case+Logic").await.expect(200).text;
    assert!(found.contains("Laptop case 17 inch") && found.contains("The parts add up") && !found.contains("K120"));
    let wrong = app.get(&format!("/shop/real?q={}", "x".repeat(501))).await;
    assert_eq!(wrong.status.as_u16(), 422);
    let compare = app.get("/shop/real/compare?lang=en&q=laptop+case&a=bm25&b=learned&pin=3").await.expect(200).text;
    assert!(compare.contains("Pinned product") && compare.contains("#1 / "), "{compare}");
    app.get("/shop/real/compare?q=&a=odd&b=&pin=%00").await.expect(422);
    // The tab says what is asked, or before something is asked the catalogue.
    for (path, asked) in [("compare", "Compare two rankings"), ("judge", "Grade the results")] {
        for (query, about) in [("", "real"), ("q=laptop+case", "laptop case")] {
            let page = app.get(&format!("/shop/real/{path}?lang=en&{query}")).await.expect(200).text;
            assert!(page.contains(&format!("<title>{asked} · {about} · ")), "{path}?{query}: {page}");
        }
    }
    // Judging: everybody sees, authors grade.
    let judge = app.get("/shop/real/judge?lang=en&q=laptop+case").await.expect(200).text;
    assert!(judge.contains("Sign in with the role of an author") && judge.contains("no grade"));
    let author = app.person("aut", Role::Author).await;
    let fields = [("q", "laptop case"), ("ranker", "learned"), ("product", "3"), ("grade", "3"), ("place", "1")];
    let done = author.form("/shop/real/judge", &fields).await.expect(303);
    assert_eq!(done.location(), "/shop/real/judge?q=laptop%20case&ranker=learned#place-1");
    let judge = author.get("/shop/real/judge?lang=en&q=laptop+case").await.expect(200).text;
    assert!(judge.contains("1 have a grade"), "{judge}");
    let summary = author.get("/shop/real/judgements?lang=en").await.expect(200).text;
    assert!(summary.contains("linear gain") && summary.contains("laptop case") && summary.contains("n = 1."));
    assert!(summary.contains("One query: no conclusion possible") && !summary.contains("p = "), "{summary}");
    app.stop().await;
}

#[tokio::test]
async fn grades_are_imported_and_measured() {
    let app = App::start().await;
    shop(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("judgements.csv");
    std::fs::write(&file, "query,docid,rating\nlaptop,1,3\nlaptop,3,1\nheadphones,2,3\nlaptop,99,1\nlaptop,2,7\n")
        .unwrap();
    let report = super::shop_import::import(&app, "judgements", &file, "real").await.unwrap();
    assert_eq!(report.wrong, 2, "an unknown product, and no grade");
    let summary = app.get("/shop/real/judgements?lang=en&a=learned&b=hybrid").await.expect(200).text;
    assert!(summary.contains("n = 2.") && summary.contains("headphones"));
    assert!(summary.contains("2 queries: no conclusion possible") && !summary.contains("p = "), "{summary}");
    app.stop().await;
}

#[tokio::test]
async fn a_summary_is_measured_once_for_the_same_grades_and_products() {
    let app = App::start().await;
    shop(&app).await;
    let author = app.person("aut", Role::Author).await;
    let grade = async |product: &str, grade: i64| {
        let body = json!({ "query": "black case keyboard", "product": product, "grade": grade });
        author.api("POST", "/api/v1/catalogues/real/judgements", body).await.expect(200);
    };
    let summary = async || {
        let compared = (Ranker::Learned, Ranker::Bm25);
        app.services.judgement_summary(&Actor::anonymous(true), "real", compared).await.unwrap()
    };
    assert_eq!((summary().await.judged.measured, summary().await.test), (0, None));
    grade("2", 1).await;
    let first = summary().await;
    // The only positive grade at place n gives 1 / log2(n + 1): the place at which a search by the same ranker shows it.
    let ndcg = first.judged.queries[0].ndcg.clone().unwrap();
    for (ranker, ndcg) in Ranker::ALL.iter().zip(&ndcg) {
        let answer = search(&app, &[("q", "black case keyboard"), ("ranker", ranker.code())]).await;
        let place = ids(&answer).iter().position(|id| id == "2").unwrap();
        assert!((ndcg - 1.0 / ((place + 2) as f64).log2()).abs() < 1e-12, "{ranker}: {ndcg} at {place}");
    }
    assert_eq!(first.test, None, "one query says nothing of the next one");
    assert!(Arc::ptr_eq(&first.judged, &summary().await.judged));
    grade("2", 1).await;
    assert!(Arc::ptr_eq(&first.judged, &summary().await.judged), "the same grade again says nothing new");
    grade("3", 3).await;
    let second = summary().await;
    assert_eq!((second.judged.queries[0].grades, second.judged.queries[0].positives), (2, 2));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("more.jsonl");
    std::fs::write(&file, "{\"id\":\"5\",\"title\":\"Black case for a black keyboard\"}\n").unwrap();
    super::shop_import::import(&app, "products", &file, "real").await.unwrap();
    let third = summary().await;
    assert!(third.judged.rows[0].ndcg.0 < second.judged.rows[0].ndcg.0, "a product without a grade came in between");
    app.stop().await;
}

#[tokio::test]
async fn odd_queries_are_the_senders_mistake_or_find_nothing() {
    let app = App::start().await;
    shop(&app).await;
    for (query, status) in [
        (vec![("q", "a\0b")], 422),
        (vec![("q", "x"), ("limit", "0")], 422),
        (vec![("q", "x"), ("limit", "101")], 422),
        (vec![("q", "x"), ("offset", "18446744073709551615")], 422),
        (vec![("q", "x"), ("attribute", "nothing")], 422),
        (vec![("q", "x"), ("price_min", "-1")], 422),
        (vec![("q", "x"), ("ranker", "best")], 400),
        (vec![("q", "\"\"\" 17\" '' \u{202e} 🐈 １７英寸")], 200),
        (vec![("q", "laptop"), ("without", ",,title:laptop,")], 200),
    ] {
        let answer = app.get(&path(&query)).await;
        assert_eq!(answer.status.as_u16(), status, "{query:?}: {}", answer.text);
    }
    app.get("/api/v1/catalogues/nowhere/search?q=x").await.expect(404);
    app.get("/shop/nowhere?q=x").await.expect(404);
    app.get("/shop/nowhere/compare?q=x").await.expect(404);
    app.get("/shop/nowhere/judge?q=x").await.expect(404);
    app.get("/shop/nowhere/judgements").await.expect(404);
    app.stop().await;
}
