//! `/api/v1/render`

use serde_json::{Value, json};

use crate::harness::App;

async fn html(app: &App, markdown: &str) -> String {
    let request = http::Request::post("/api/v1/render")
        .header("content-type", "application/json")
        .body(axum::body::Body::from(json!({ "markdown": markdown }).to_string()))
        .unwrap();
    let answer: Value = app.send(request).await.expect(200).json();
    answer["html"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn markdown_becomes_safe_html() {
    let app = App::start().await;
    assert_eq!(html(&app, "*a* **b**").await.trim(), "<p><em>a</em> <strong>b</strong></p>");
    for hostile in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<svg><script>alert(1)</script></svg>",
        "<a href=\"&#106;avascript:alert(1)\">x</a>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<form action=https://evil.example><input name=password></form>",
        "<iframe src=https://evil.example></iframe>",
        "```alluvium search\nquery: \"><script>alert(1)</script>\n```",
        "$\\href{javascript:alert(1)}{x}$",
    ] {
        let safe = html(&app, hostile).await.to_lowercase();
        for bad in
            ["<script", "<img src=\"x\" onerror", "href=\"javascript:", "data:text/html", "<iframe", "evil.example"]
        {
            assert!(!safe.contains(bad), "{hostile} -> {safe}");
        }
    }
    assert!(html(&app, "$x^2$").await.contains("<math"));
    app.stop().await;
}
