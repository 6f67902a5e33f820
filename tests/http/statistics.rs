//! "Is it real?": what is typed goes into no address, is read as people write it, and gets a verdict that it bears.

use alluvium_domain::Role;
use axum::body::Body;
use http::{Request, header};
use serde_json::json;

use crate::harness::{Answer, App, form_encoded, with};
use crate::research::{complete, experiment};

/// The application with a published experiment.
async fn start() -> App {
    let app = App::start().await;
    let reviewer = app.person("rob", Role::Reviewer).await;
    let published = with(experiment("ab", complete()), json!({ "state": "published" }));
    reviewer.api("POST", "/api/v1/entries", published).await.expect(201);
    app
}

/// The form as somebody sends it who is not signed in.
async fn asked(app: &App, fields: &[(&str, &str)]) -> Answer {
    let request = Request::post("/experiments/ab/trial")
        .header(header::HOST, "127.0.0.1:3000")
        .header(header::ORIGIN, "http://127.0.0.1:3000")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    app.send(request.body(Body::from(form_encoded(fields))).unwrap()).await
}

fn says(answer: &Answer, verdict: &str) -> bool {
    answer.text.contains(&format!("data-verdict=\"{verdict}\""))
}

#[tokio::test]
async fn figures_get_the_verdict_that_they_bear() {
    let app = start().await;
    let counts = async |a_of, a_did, b_of, b_did, split| {
        let fields = [("a_of", a_of), ("a_did", a_did), ("b_of", b_of), ("b_did", b_did), ("split", split)];
        asked(&app, &fields).await.expect(200)
    };
    let noise = counts("1000", "100", "1000", "110", "").await;
    assert!(says(&noise, "noise") && noise.text.contains("在噪声范围内"));
    assert!(says(&counts("50000", "5000", "50000", "5500", "50").await, "better"));
    assert!(says(&counts("50000", "5000", "52000", "9500", "50").await, "broken"));
    assert!(says(&counts("1，000", "100", "１０００", "120", "５０％").await, "noise"));
    let values = async |a: &str, b: &str| asked(&app, &[("a_values", a), ("b_values", b)]).await.expect(200);
    assert!(says(&values("1 2 1 2 1", "8,9,8,9,7").await, "better"));
    let same = values(&"29.9 ".repeat(33), &"29.9 ".repeat(39)).await;
    assert!(says(&same, "noise") && same.text.contains("1.0000"), "p is 1");
    let constant = values(&"9.99 ".repeat(12), &"10.99 ".repeat(11)).await;
    assert!(says(&constant, "constant") && !constant.text.contains("p 值"), "no p without spread");
    // How commas were read stands beside the answer.
    assert!(values("1,234、1,300 980", "990 1,100、1,400").await.text.contains("（逗号读作千位分隔）"));
    assert!(values("1,5 2,3 3", "2,5 2,9 3,1").await.text.contains("（逗号读作小数点）"));
    assert!(!app.get("/experiments/ab").await.expect(200).text.contains("data-verdict"));
    app.stop().await;
}

#[tokio::test]
async fn as_many_values_as_are_allowed_get_an_answer() {
    let app = start().await;
    let list = |seed: u32| {
        let mut text = String::new();
        for number in 0..100_000_u32 {
            text.push_str(&format!("{}.{:02}\r\n", 10 + seed, number % 97));
        }
        text
    };
    let (a, b) = (list(0), list(1));
    let answer = asked(&app, &[("a_values", &a), ("b_values", &b)]).await.expect(200);
    assert!(says(&answer, "better") && answer.text.contains("读到 100000 个值"));
    let too_many = format!("{a} 1");
    let refused = asked(&app, &[("a_values", &too_many), ("b_values", &b)]).await.expect(422);
    assert!(refused.text.contains("最多 100000 项"), "the limit is named");
    app.stop().await;
}

#[tokio::test]
async fn every_mistake_is_named_and_everything_typed_stays() {
    let app = start().await;
    let typed = [("a_of", "abc"), ("a_did", "-3"), ("b_of", "10"), ("b_did", "11"), ("split", "0")];
    let wrong = asked(&app, &typed).await.expect(422).text;
    for name in ["a_of", "a_did", "b_did", "split"] {
        assert!(wrong.contains(&format!("id=\"{name}-error\"")), "{name}");
    }
    assert!(wrong.contains("value=\"abc\"") && !wrong.contains("data-verdict"));
    let wrong = asked(&app, &[("a_values", "1e308 1e308"), ("b_values", "-1e308 </textarea><b id=x>")]).await;
    let wrong = wrong.expect(422).text;
    assert!(wrong.contains("id=\"a_values-error\"") && wrong.contains("1e50"), "the limit is named");
    assert!(wrong.contains("id=\"b_values-error\"") && !wrong.contains("NaN") && !wrong.contains("<b id=x>"));
    app.stop().await;
}

#[tokio::test]
async fn an_address_fills_nothing_in() {
    let app = start().await;
    let page =
        app.get("/experiments/ab?a_values=%3C/textarea%3E%3Cb%20id=INJECTED%3E&a_of=4711").await.expect(200).text;
    assert!(!page.contains("INJECTED\"") && !page.contains("value=\"4711\"") && !page.contains("<b id"));
    assert!(page.contains("method=\"post\""));
    let back = app.get("/experiments/ab/trial?lang=en").await.expect(303);
    assert_eq!(back.location(), "/experiments/ab?lang=en#trial");
    app.stop().await;
}
