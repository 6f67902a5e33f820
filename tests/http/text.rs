//! Texts in every form that people write them: width, accents, scripts, grouped numbers, single characters, prices in words; and files in every form that
//! programs write them.

use alluvium_domain::Role;
use serde_json::{Value, json};

use crate::harness::{App, article, form_encoded, with};
use crate::shop_import::import;

/// A catalogue of titles, and of lamps that stand in the way.
async fn titles(app: &App, slug: &str, titles: &[(&str, &str)]) {
    let lamps = (0..20_u8).map(|n| (format!("f{n}"), format!("Desk lamp {}", char::from(b'a' + n))));
    let own = titles.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned()));
    let lines: Vec<String> =
        own.chain(lamps).map(|(id, title)| json!({ "id": id, "title": title }).to_string()).collect();
    lines_of(app, slug, &lines).await;
}

async fn lines_of(app: &App, slug: &str, lines: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("products.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let report = import(app, "products", &file, slug).await.unwrap();
    assert_eq!(report.wrong, 0, "{:?}", report.wrong_rows);
}

async fn search(app: &App, slug: &str, query: &str, ranker: &str) -> Value {
    let query = form_encoded(&[("q", query), ("ranker", ranker), ("limit", "100")]);
    app.get(&format!("/api/v1/catalogues/{slug}/search?{query}")).await.expect(200).json()
}

async fn ids(app: &App, slug: &str, query: &str, ranker: &str) -> Vec<String> {
    let answer = search(app, slug, query, ranker).await;
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
}

/// Each query finds its products first, in any order among themselves, by both rankers.
async fn finds(app: &App, slug: &str, asked: &[(&str, &[&str])]) {
    for (query, right) in asked {
        for ranker in ["learned", "bm25"] {
            let found = ids(app, slug, query, ranker).await;
            let mut first: Vec<&str> = found.iter().take(right.len()).map(String::as_str).collect();
            first.sort_unstable();
            let mut right = right.to_vec();
            right.sort_unstable();
            assert_eq!(first, right, "{query} by {ranker}: {found:?}");
        }
    }
}

#[tokio::test]
async fn grouped_numbers_are_one_number_in_products() {
    let app = App::start().await;
    titles(
        &app,
        "groups",
        &[
            ("pb1", "Wooly 10,000mAh lithium charging bag"),
            ("pb2", "充电宝 20,000mAh 大容量"),
            ("pb3", "Power bank 10000mAh slim"),
            ("pb4", "Pocket battery 10mAh"),
            ("kt1", "Kettle 1,200 W steel"),
            ("kt2", "Kettle 1200W glass"),
            ("ml1", "Thermos 1,000 ml"),
            ("ml2", "Dropper 1 ml"),
            ("fw1", "１７英寸笔记本电脑"),
            ("ac1", "大1.5匹变频空调"),
        ],
    )
    .await;
    let asked: [(&str, &[&str]); 9] = [
        ("10000mAh", &["pb1", "pb3"]),
        ("１０，０００ｍＡｈ", &["pb1", "pb3"]),
        ("10mAh", &["pb4"]),
        ("20000mAh", &["pb2"]),
        ("1000ml", &["ml1"]),
        ("1 ml", &["ml2"]),
        ("1200W", &["kt1", "kt2"]),
        ("1,200 W", &["kt1", "kt2"]),
        ("17 inch", &["fw1"]),
    ];
    finds(&app, "groups", &asked).await;
    assert!(!ids(&app, "groups", "10mAh", "bm25").await.contains(&"pb1".to_owned()));
    app.stop().await;
}

#[tokio::test]
async fn parts_of_model_numbers_single_characters_and_other_forms_are_found() {
    let app = App::start().await;
    titles(
        &app,
        "forms",
        &[
            ("ep1", "Epson WorkForce Pro WF-M5799DWF Mono Mfp"),
            ("ep2", "Oki ML5790 Matrix printer"),
            ("ep4", "Service table 15799"),
            ("mn1", "Canon PG-K88203X ink"),
            ("sz1", "女鞋 36.5码"),
            ("sz2", "运动女鞋 36码"),
            ("ph3", "iPhone15 保护壳"),
            ("wt", "防水运动相机壳"),
            ("te1", "铁观音茶叶 250g"),
            ("te2", "龙井绿茶"),
            ("cf1", "Café crème capsules"),
            ("cf2", "Cafe\u{301} mug decomposed"),
            ("tr", "無線耳機 黑色"),
        ],
    )
    .await;
    let asked: [(&str, &[&str]); 11] = [
        ("m5799", &["ep1"]),
        ("5790", &["ep2"]),
        ("k88203", &["mn1"]),
        ("wf-m5799dwf", &["ep1"]),
        ("鞋", &["sz1", "sz2"]),
        ("壳", &["ph3", "wt"]),
        ("茶", &["te1", "te2"]),
        ("ＩＰＨＯＮＥ １５", &["ph3"]),
        ("cafe\u{301}", &["cf1", "cf2"]),
        ("creme", &["cf1"]),
        ("无线耳机", &["tr"]),
    ];
    finds(&app, "forms", &asked).await;
    app.stop().await;
}

#[tokio::test]
async fn facet_values_with_signs_can_be_asked_for() {
    let app = App::start().await;
    let line = |id: &str, brand: &str, colour: &str| {
        json!({ "id": id, "title": "相机", "brand": brand, "attr_t_color": colour, "attr_t_x:y": "a:b" }).to_string()
    };
    lines_of(
        &app,
        "signs",
        &[line("1", "A,B", "red|blue"), line("2", "Cafe\u{301}", "red"), line("3", "Café", r"a\b")],
    )
    .await;
    let total = async |query: &[(&str, &str)]| {
        let path = format!("/api/v1/catalogues/signs/products?{}", form_encoded(query));
        app.get(&path).await.expect(200).json()["total"].clone()
    };
    assert_eq!(total(&[("attribute", r"color:red\|blue")]).await, 1);
    assert_eq!(total(&[("attribute", r"color:a\\b|x\:y:a:b")]).await, 1);
    assert_eq!(total(&[("brand", "A,B")]).await, 1);
    assert_eq!(total(&[("brand", "Cafe\u{301}")]).await, 2, "composed and decomposed are one brand");
    let page =
        app.get(&format!("/shop/signs?{}", form_encoded(&[("attribute", r"color:red\|blue")]))).await.expect(200);
    assert!(page.text.contains("color%3Ared%5C%7Cblue") || page.text.contains("aria-current"), "{}", page.text);
    app.get(&format!("/api/v1/catalogues/signs/products?{}", form_encoded(&[("attribute", "red|blue")])))
        .await
        .expect(422);
    app.stop().await;
}

#[tokio::test]
async fn entries_are_found_in_every_form() {
    let app = App::start().await;
    let reviewer = app.person("rob", Role::Reviewer).await;
    let texts = [
        ("fish", "知鱼之乐", "庄子与惠子游于濠梁之上，谈的是知鱼之乐。\n指标 ＺＱＸＷ＠１０ 见**《附录》**。"),
        ("accents", "Composed", "The résumé of a jalapen\u{303}o, and a naïve baseline."),
        ("scripts", "推薦系統", "檢索與推薦\n系統的評估。"),
    ];
    for (slug, title, body) in texts {
        let entry = with(article(slug, title, body), json!({ "state": "published" }));
        reviewer.api("POST", "/api/v1/entries", entry).await.expect(201);
    }
    for (query, slug) in [
        ("鱼", "fish"),
        ("濠", "fish"),
        ("\"ZQXW@10\"", "fish"),
        ("＂zqxw@10＂", "fish"),
        ("\"见《附录》\"", "fish"),
        ("re\u{301}sume\u{301}", "accents"),
        ("jalapeño", "accents"),
        ("naive", "accents"),
        ("推荐系统", "scripts"),
        ("\"检索与推荐系统\"", "scripts"),
    ] {
        let path = format!("/api/v1/search?{}", form_encoded(&[("q", query), ("mode", "lexical")]));
        let answer = app.get(&path).await.expect(200).json();
        assert_eq!(answer["hits"][0]["slug"], slug, "{query}: {answer}");
    }
    app.stop().await;
}

#[tokio::test]
async fn prices_and_for_whom_in_a_query_become_filters() {
    let app = App::start().await;
    let shoe = |id: &str, price: i64, audience: &str| {
        let title = "轻便跑步鞋 running shoes";
        json!({ "id": id, "title": title, "price": price, "currency": "CNY", "attr_t_audience": audience }).to_string()
    };
    let lines = [shoe("m1", 49_900, "男子"), shoe("m2", 60_200, "男子"), shoe("w1", 39_900, "女子")];
    lines_of(&app, "prices", &lines).await;
    for (query, right, phrases) in [
        ("轻便跑步鞋 500元以内", vec!["m1", "w1"], 1),
        ("跑步鞋 ￥５００以下", vec!["m1", "w1"], 1),
        ("400-500元 跑步鞋", vec!["m1"], 1),
        ("running shoes under 500", vec!["m1", "w1"], 1),
        ("running shoes over $550", vec!["m2"], 1),
        ("500元以内", vec!["m1", "w1"], 1),
        ("跑步鞋", vec!["m1", "m2", "w1"], 0),
        ("轻便跑步鞋 男", vec!["m1", "m2"], 1),
        ("轻便 跑步鞋 男 500元以内", vec!["m1"], 2),
        ("running shoes for women", vec!["w1"], 1),
    ] {
        let answer = search(&app, "prices", query, "learned").await;
        let mut found: Vec<String> =
            answer["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect();
        found.sort();
        assert_eq!(found, right, "{query}: {answer}");
        assert_eq!(answer["understood"].as_array().unwrap().len(), phrases, "{query}");
    }
    let answer = search(&app, "prices", "跑步鞋 500元以内", "learned").await;
    assert_eq!(answer["understood"][0]["phrase"], "500元以内");
    assert_eq!(
        (&answer["understood"][0]["price_max"], &answer["understood"][0]["rest"]),
        (&json!(50_000), &json!("跑步鞋"))
    );
    let page = app.get(&format!("/shop/prices?{}", form_encoded(&[("q", "跑步鞋 500元以内")]))).await.expect(200);
    assert!(page.text.contains("≤ ¥500"), "a chip that can be taken away");
    app.stop().await;
}

#[tokio::test]
async fn what_matches_only_part_or_not_at_all_is_said() {
    let app = App::start_with_encoder().await;
    titles(&app, "parts", &[("1", "red leather shoes"), ("2", "red umbrella"), ("3", "blue leather bag")]).await;
    let answer = search(&app, "parts", "red leather shoes", "bm25").await;
    assert_eq!((&answer["matches"]["every"], &answer["hits"][0]["coverage"]), (&json!(1), &json!(1.0)));
    assert!(answer["hits"][1]["coverage"].as_f64().unwrap() < 1.0);
    let page = app.get("/shop/parts?q=red+leather+shoes&ranker=bm25").await.expect(200);
    assert!(page.text.contains("只符合一部分"), "{}", page.text);
    for nonsense in ["zzzzqqq", "xyzzyqq"] {
        for path in [format!("/api/v1/search?q={nonsense}"), format!("/api/v1/catalogues/parts/search?q={nonsense}")] {
            let answer = app.get(&path).await.expect(200).json();
            assert_eq!(answer["matches"]["some"], 0, "{path}: {answer}");
            assert!(answer["total"].as_u64().unwrap() <= 5, "{path}: {answer}");
        }
    }
    app.stop().await;
}

/// What an import of one file says, or the one error that it ends with.
async fn imported(app: &App, format: &str, name: &str, bytes: &[u8]) -> Result<(i64, i64, i64), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    let report = import(app, format, &file, "files").await;
    report.map(|report| (report.products + report.events, report.repeated, report.wrong)).map_err(|error| {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            text = format!("{text}: {error}");
            source = error.source();
        }
        text
    })
}

#[tokio::test]
async fn files_are_read_with_marks_and_separators_or_refused_by_name() {
    let app = App::start().await;
    let products = "{\"id\":\"p1\",\"title\":\"耳机\",\"price\":9900.0}\n{\"id\":\"p2\",\"title\":\"茶\",\"price\":1.2e3}\n{\"id\":12.0,\"title\":\"x\"}\n";
    let marked = [b"\xef\xbb\xbf", products.as_bytes()].concat();
    assert_eq!(imported(&app, "products", "bom.jsonl", &marked).await, Ok((3, 0, 0)));
    app.get("/api/v1/catalogues/files/products/12").await.expect(200);
    let rows = |separator: &str, at: u8| {
        let line = ["s1", "p1", "View", &format!("2024-01-01T00:00:0{at}Z"), "", "1.0"].join(separator);
        let heading = ["shopper", "product", "kind", "time", "query", "position"].join(separator);
        format!("{heading}\n{line}\n{line}\n")
    };
    for (place, separator) in [",", ";", "\t"].into_iter().enumerate() {
        let text = format!("\u{feff}{}", rows(separator, place as u8));
        let done = imported(&app, "events", &format!("{place}.csv"), text.as_bytes()).await;
        assert_eq!(done, Ok((1, 1, 0)), "{separator:?}: the second row repeats the first");
    }
    for (name, text, said) in [
        ("head.csv", "s1,p1,view,2024-01-01T00:00:00Z\n", "missing: shopper, product, kind, time; found: s1,p1,view"),
        ("other.csv", "user_id,item_id,event_type,timestamp\ns1,p1,view,1\n", "missing: shopper, product, kind, time"),
        ("empty.csv", "", "missing"),
    ] {
        let error = imported(&app, "events", name, text.as_bytes()).await.unwrap_err();
        assert!(error.contains(said), "{name}: {error}");
    }
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(rows(",", 9).bytes().flat_map(|byte| [byte, 0])).collect();
    assert!(imported(&app, "events", "wide.csv", &wide).await.unwrap_err().contains("UTF-16"));
    assert!(imported(&app, "products", "array.jsonl", b"[\n{\"id\":1}]").await.unwrap_err().contains("array"));
    let grades = "query;product;grade\n耳机;p1;2.0\n";
    assert_eq!(imported(&app, "judgements", "grades.csv", grades.as_bytes()).await, Ok((0, 0, 0)));
    let dots = "{\"id\":\"..\",\"title\":\"x\"}\n{\"id\":\".\",\"title\":\"x\"}\n{\"id\":\"...\",\"title\":\"x\"}\n{\"id\":\"big\",\"title\":\"y\",\"price\":1.5}\n";
    assert_eq!(imported(&app, "products", "dots.jsonl", dots.as_bytes()).await, Ok((1, 0, 3)));
    app.stop().await;
}

#[tokio::test]
async fn recbole_files_are_read_with_marks_and_separators_and_without_nan() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Administrator).await;
    for (name, separator) in [("tabs", "\t"), ("commas", ",")] {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let text = format!("\u{feff}{}", text.replace('|', separator));
            std::fs::write(folder.path().join(file), text).unwrap();
        };
        write("n.user", "user_id:token|age:float|gender:token\nu1|nan|M\nu2|inf|F\nu3|30|M\n");
        write("n.item", "item_id:token|title:token_seq|weight:float\ni1|Kettle|0.5\ni2|Mug|-inf\n");
        write("n.inter", "user_id:token|item_id:token|timestamp:float\nu1|i1|1\nu3|i1|2\n");
        let report = import(&app, "recbole", folder.path(), name).await.unwrap();
        assert_eq!((report.products, report.events, report.wrong), (1, 2, 3), "{:?}", report.wrong_rows);
        let lines: Vec<i64> = report.wrong_rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [3, 2, 3], "products, then shoppers");
        for shopper in ["u1", "u3"] {
            ann.get(&format!("/api/v1/catalogues/{name}/shoppers/{shopper}")).await.expect(200);
            ann.get(&format!("/shop/{name}/shoppers/{shopper}")).await.expect(200);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.inter"), "u1\ti1\t1\n").unwrap();
    let error = import(&app, "recbole", folder.path(), "nohead").await.unwrap_err();
    let text = format!("{error} {:?}", std::error::Error::source(&error));
    assert!(text.contains("missing: user_id, item_id"), "{text}");
    app.stop().await;
}

#[tokio::test]
async fn what_the_encoder_does_not_read_is_said() {
    let app = App::start_with_encoder().await;
    let ann = app.person("ann", Role::Author).await;
    let long = "word ".repeat(600);
    let answer =
        ann.api("POST", "/v1/embeddings", json!({ "input": ["short", long], "model": "x" })).await.expect(200).json();
    assert_eq!(answer["truncated"], json!([1]));
    assert!(answer["usage"]["prompt_tokens"].as_u64().unwrap() < 600, "{}", answer["usage"]);
    let own = answer["data"][0]["embedding"].as_array().unwrap().len();
    for (more, status) in [
        (json!({ "dimensions": own }), 200),
        (json!({ "dimensions": 128 }), 422),
        (json!({ "encoding_format": "hex" }), 422),
        (json!({ "truncate": true }), 422),
        (json!({ "user": "ann" }), 200),
    ] {
        let body = with(json!({ "input": "short" }), more.clone());
        let answer = ann.api("POST", "/v1/embeddings", body).await;
        assert_eq!(answer.status.as_u16(), status, "{more}: {}", answer.text);
        let field = more.as_object().unwrap().keys().next().unwrap();
        assert!(status == 200 || answer.text.contains(field.as_str()), "{more}: {}", answer.text);
    }
    app.stop().await;
}
