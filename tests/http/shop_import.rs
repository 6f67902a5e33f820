//! Importers: what each format becomes, wrong lines with their reasons, going on after an interruption.

use std::path::Path;

use alluvium_domain::shop::{Bilingual, ImportReport};
use alluvium_services::ServiceError;
use alluvium_services::shop::{ImportPlan, ImportProgress};
use serde_json::json;

use crate::harness::{App, data};

fn plan(format: &str, path: &Path, catalogue: &str) -> ImportPlan {
    ImportPlan {
        format: format.parse().unwrap(),
        path: path.to_owned(),
        catalogue: catalogue.to_owned(),
        title: Bilingual::new("", catalogue),
        source: "test".to_owned(),
        currency: "EUR".to_owned(),
    }
}

pub(crate) async fn import(
    app: &App,
    format: &str,
    path: &Path,
    catalogue: &str,
) -> Result<ImportReport, ServiceError> {
    app.services.shop_import(plan(format, path, catalogue), |_: &ImportProgress| {}).await
}

fn write(folder: &Path, name: &str, text: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn wrong_products_are_reported_with_line_and_reason_and_the_rest_goes_on() {
    let app = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut text = Vec::new();
    text.extend_from_slice(
        b"{\"id\":\"a\",\"title\":\"HP dv7-1211ea 17\\\" 4GB\",\"supplier\":\"HP\",\"price\":10995,\"name\":\"dv7\",",
    );
    text.extend_from_slice(
        b"\"attr_t_colour\":\"Silver\",\"attr_n_weight\":3.5,\"attr_b_touchscreen\":false,\"attr_n_cores\":2.0}\n",
    );
    text.extend_from_slice(b"{\"id\":\"b\",\"price\":1}\n");
    text.extend_from_slice(b"not json\n");
    text.extend_from_slice(b"{\"id\":\"c\",\"title\":\"x\",\"price\":1.5}\n");
    text.extend_from_slice(b"\xff\xfe\n\n");
    text.extend_from_slice("{\"id\":8,\"title\":\"护眼台灯\",\"category\":[\"家居\",\"台灯\"]}".as_bytes());
    let file = write(folder.path(), "products.jsonl", &text);
    let report = import(&app, "products", &file, "shop").await.unwrap();
    assert_eq!((report.products, report.wrong), (2, 4));
    let wrong: Vec<(i64, &str)> =
        report.wrong_rows.iter().map(|row| (row.line, row.problem.errors[0].field.as_ref())).collect();
    assert_eq!(wrong, [(2, "title"), (3, "line"), (4, "price"), (5, "line")]);
    let page = app.get("/api/v1/catalogues/shop/products/a").await.expect(200).json();
    let product = &page["product"];
    assert_eq!(
        (&product["brand"], &product["price"], &product["currency"]),
        (&json!("HP"), &json!(10995), &json!("EUR"))
    );
    assert_eq!(
        product["attributes"],
        json!({ "colour": "Silver", "weight": 3.5, "touchscreen": false, "cores": 2, "model": "dv7" })
    );
    let list =
        app.get("/api/v1/catalogues/shop/products?attribute=touchscreen:false%7Ccores:2").await.expect(200).json();
    assert_eq!(list["total"], 1);
    let lamp = app.get("/api/v1/catalogues/shop/products/8").await.expect(200).json();
    assert_eq!(lamp["product"]["title"]["zh"], "护眼台灯");

    // The same file again is done already; the same rows in another file change nothing; a changed row is changed.
    let again = import(&app, "products", &file, "shop").await.unwrap();
    assert_eq!((again.products, again.wrong, again.resumed_at), (2, 4, 7));
    let other = write(folder.path(), "other.jsonl", &[&text[..], b"\n{\"id\":\"d\",\"title\":\"new\"}\n"].concat());
    assert_eq!(import(&app, "products", &other, "shop").await.unwrap().products, 1);
    let changed = write(folder.path(), "changed.jsonl", b"{\"id\":\"d\",\"title\":\"newer\"}\n");
    assert_eq!(import(&app, "products", &changed, "shop").await.unwrap().products, 1);
    let page = app.get("/api/v1/catalogues/shop/products/d").await.expect(200).json();
    assert_eq!(page["product"]["title"]["en"], "newer");
    assert_eq!(page["catalogue"]["products"], 3);
    app.stop().await;
}

#[tokio::test]
async fn wrong_events_are_reported_with_line_and_reason() {
    let app = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let products =
        write(folder.path(), "p.jsonl", b"{\"id\":\"p1\",\"title\":\"A\"}\n{\"id\":\"p2\",\"title\":\"B\"}\n");
    import(&app, "products", &products, "shop").await.unwrap();
    let text = "shopper,product,kind,time,query,position\n\
                s1,p1,view,2026-01-05T10:00:00Z,\"a \"\"17\"\"\"\" lamp\",3\n\
                s1,p1,cart,1767607300,,\n\
                s1,p9,view,2026-01-05T10:00:00Z,,\n\
                s1,p1,wish,2026-01-05T10:00:00Z,,\n\
                s1,p1,view,yesterday,,\n\
                s1,p1,view,2026-01-05T10:00:00Z,,0\n\
                ,p1,view,2026-01-05T10:00:00Z,,\n\
                s2,p2,purchase,2026-02-05T10:00:00+08:00,,\n\
                s2,p2\n";
    let file = write(folder.path(), "events.csv", text.as_bytes());
    let report = import(&app, "events", &file, "shop").await.unwrap();
    assert_eq!((report.events, report.shoppers, report.wrong), (3, 2, 6));
    let wrong: Vec<(i64, &str)> =
        report.wrong_rows.iter().map(|row| (row.line, row.problem.errors[0].field.as_ref())).collect();
    assert_eq!(wrong, [(4, "product"), (5, "kind"), (6, "time"), (7, "position"), (8, "shopper"), (10, "kind")]);
    // The same rows in another file are the same events.
    let more = write(folder.path(), "more.csv", format!("{text}s3,p1,view,2026-03-01T00:00:00Z,,1\n").as_bytes());
    assert_eq!(import(&app, "events", &more, "shop").await.unwrap().events, 1);
    app.stop().await;
}

#[tokio::test]
async fn an_interrupted_import_goes_on_where_it_stopped() {
    let app = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("uid\tsid\n");
    for n in 0..25_000 {
        text.push_str(&format!("{}\t{}\n", n % 500, n % 300));
    }
    text.push_str("lonely\n");
    let file = write(folder.path(), "buy.train.txt", text.as_bytes());
    // Stopped as soon as the first portion is told of.
    let (told, mut hear) = tokio::sync::mpsc::unbounded_channel();
    let services = app.services.clone();
    let first = plan("behaviours", &file, "shop");
    let running = tokio::spawn(async move {
        services.shop_import(first, move |now: &ImportProgress| told.send(now.lines).unwrap_or_default()).await
    });
    let stopped_at = hear.recv().await.unwrap();
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    let so_far = events(&app).await;
    assert!((4_000..25_000).contains(&so_far), "{so_far} of whole portions at line {stopped_at}");
    let report = import(&app, "behaviours", &file, "shop").await.unwrap();
    assert!(report.resumed_at >= stopped_at, "{} {stopped_at}", report.resumed_at);
    assert_eq!((report.events, report.shoppers, report.products, report.wrong), (25_000, 500, 300, 1));
    assert_eq!(report.wrong_rows[0].line, 25_002);
    assert_eq!(events(&app).await, 25_000);
    app.stop().await;
}

async fn events(app: &App) -> i64 {
    let list = app.get("/api/v1/catalogues").await.expect(200).json();
    list["catalogues"][0]["events"].as_i64().unwrap()
}

#[tokio::test]
async fn formats_of_data_sets_become_products_shoppers_and_events() {
    let app = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "Beauty.txt", b"1 11 12 11\n2 12\n3\n");
    write(folder.path(), "Beauty_item2attributes.json", b"{\"11\":[1,2],\"12\":\"x\"}");
    let report = import(&app, "sequences", &file, "beauty").await.unwrap();
    assert_eq!((report.products, report.shoppers, report.events, report.wrong), (2, 2, 4, 2));
    let reader = app.person("rea", alluvium_domain::Role::Reviewer).await;
    let history =
        reader.api("GET", "/api/v1/catalogues/beauty/shoppers/1", serde_json::Value::Null).await.expect(200).json();
    let order: Vec<&str> =
        history["events"].as_array().unwrap().iter().map(|e| e["product"].as_str().unwrap()).collect();
    assert_eq!(order, ["11", "12", "11"], "newest first");

    let recbole = folder.path().join("ml");
    std::fs::create_dir(&recbole).unwrap();
    write(
        &recbole,
        "ml.item",
        b"item_id:token\tmovie_title:token_seq\tyear:float\n1\tToy Story\t1995\n2\tX\tlong ago\n",
    );
    write(&recbole, "ml.user", b"user_id:token\tage:token\n7\t24\n");
    write(
        &recbole,
        "ml.inter",
        b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n7\t1\t3\t881250949\n7\t2\t3\t881250949\n",
    );
    let report = import(&app, "recbole", &recbole, "films").await.unwrap();
    assert_eq!((report.products, report.shoppers, report.events, report.wrong), (1, 1, 1, 2));
    let wrong: Vec<(&str, i64)> = report.wrong_rows.iter().map(|row| (row.file.as_str(), row.line)).collect();
    assert_eq!(wrong, [("ml.item", 3), ("ml.inter", 3)]);
    let film = app.get("/api/v1/catalogues/films/products/1").await.expect(200).json();
    assert_eq!(film["product"]["title"]["en"], "Toy Story");
    assert_eq!((&film["purchases"], &film["product"]["attributes"]["year"]), (&json!(1), &json!(1995)));

    let taobao = folder.path().join("taobao");
    std::fs::create_dir(&taobao).unwrap();
    write(&taobao, "buy.train.txt", b"uid\tsid\n0\t5\n0\t6\n");
    write(&taobao, "buy.test.txt", b"uid\tsid\n0\t7\n");
    write(&taobao, "cart.csv", b"uid\tsid\t3\n0\t7\tcart\n");
    let report = import(&app, "behaviours", &taobao, "taobao").await.unwrap();
    assert_eq!((report.products, report.shoppers, report.events, report.wrong), (3, 1, 4, 0));
    let history =
        reader.api("GET", "/api/v1/catalogues/taobao/shoppers/0", serde_json::Value::Null).await.expect(200).json();
    let order: Vec<(&str, &str)> = history["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["product"].as_str().unwrap(), e["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(order, [("7", "purchase"), ("6", "purchase"), ("5", "purchase"), ("7", "cart")]);
    app.stop().await;
}

#[tokio::test]
async fn a_simulated_catalogue_takes_no_import_and_a_missing_file_is_named() {
    let app = App::start().await;
    let plan = alluvium_services::shop::DemoPlan { products_each: 2, shoppers: 5, events: 20, ..Default::default() };
    app.services.shop_demo(plan).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "p.jsonl", b"{\"id\":\"p1\",\"title\":\"A\"}\n");
    assert!(import(&app, "products", &file, "demo").await.unwrap_err().to_string().contains("catalogue"));
    let missing = import(&app, "events", &folder.path().join("none.csv"), "other").await.unwrap_err();
    assert!(missing.to_string().contains("none.csv"), "{missing}");
    assert_eq!(app.services.catalogue_list(&alluvium_domain::Actor::anonymous(true)).await.unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn the_icecat_catalogue_comes_in_without_a_wrong_line() {
    let Some(file) = data("search-icecat/products.jsonl") else { return };
    let app = App::start().await;
    let started = std::time::Instant::now();
    let report = import(&app, "products", &file, "icecat").await.unwrap();
    println!("{} products in {:.1?}", report.products, started.elapsed());
    assert_eq!((report.products, report.wrong), (19_406, 0), "{:?}", report.wrong_rows.first());
    // A list of everything has no attribute facets; a shorter one has those whose values repeat.
    let all = app.get("/api/v1/catalogues/icecat/products").await.expect(200).json();
    assert_eq!((&all["total"], &all["facets"]["attributes"]), (&json!(19_406), &json!([])));
    let since = std::time::Instant::now();
    let hp = app.get("/api/v1/catalogues/icecat/products?brand=HP").await.expect(200).json();
    println!("a list of {} products with facets in {:.1?}", hp["total"], since.elapsed());
    let names: Vec<&str> =
        hp["facets"]["attributes"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"product_colour") && !names.contains(&"model"), "{names:?}");
    app.stop().await;
}
