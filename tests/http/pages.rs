//! The portal's pages as a browser without JavaScript sees them.

use alluvium_domain::Role;
use alluvium_services::recommend::Training;
use alluvium_services::shop::DemoPlan;

use crate::harness::{App, PASSWORD, root};

#[tokio::test]
async fn every_page_is_complete_html_in_both_languages() {
    let app = App::start().await;
    app.services.content_import(&root().join("content")).await.unwrap();
    let boss = app.person("boss", Role::Administrator).await;
    for path in [
        "/",
        "/search",
        "/search?q=%E7%82%B9%E5%87%BB%E6%A8%A1%E5%9E%8B",
        "/search?q=zzzzqqqq",
        "/articles",
        "/articles/softmax-click-model",
        "/articles/softmax-click-model/history",
        "/articles/softmax-click-model/history/1",
        "/articles/softmax-click-model/edit",
        "/articles/new",
        "/experiments",
        "/experiments?view=dense",
        "/experiments/carts-leakage",
        "/experiments/carts-leakage/edit",
        "/experiments/new",
        "/models",
        "/models?view=dense",
        "/models/product-ranker",
        "/models/product-ranker/edit",
        "/models/new",
        "/datasets",
        "/datasets?view=dense",
        "/datasets/search-icecat",
        "/datasets/search-icecat/edit",
        "/datasets/new",
        "/glossary",
        "/glossary/ndcg",
        "/glossary/new",
        "/people",
        "/settings",
        "/admin/people",
        "/admin/audit",
        "/admin/jobs",
        "/admin/jobs/new?kind=train-recommend",
        "/admin/jobs/new?kind=import",
        "/admin/status",
    ] {
        for lang in ["zh", "en"] {
            let separator = if path.contains('?') { '&' } else { '?' };
            let page = boss.get(&format!("{path}{separator}lang={lang}")).await.expect(200).text;
            let tag = if lang == "zh" { "zh-CN" } else { "en" };
            assert!(page.contains(&format!("lang=\"{tag}\"")), "{path} {lang}");
            assert!(page.contains("<h1"), "{path} has a heading");
            assert!(page.contains("</html>"), "{path} is complete");
            assert!(page.matches("<title>").count() == 1, "{path} has one title");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_has_the_right_status() {
    let app = App::start().await;
    for path in ["/nowhere", "/articles/nowhere", "/glossary/nowhere", "/articles/nowhere/history"] {
        let page = app.get(path).await.expect(404);
        assert!(page.text.contains("<h1"), "{path}");
    }
    for path in ["/articles/new", "/settings", "/admin/people"] {
        let answer = app.get(path).await;
        assert!(matches!(answer.status.as_u16(), 303 | 401), "{path}: {}", answer.status);
    }
    let reader = app.person("rea", Role::Reader).await;
    reader.get("/admin/people").await.expect(403);
    app.stop().await;
}

#[tokio::test]
async fn a_form_keeps_what_was_typed_and_says_what_is_wrong() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let typed =
        [("slug", "Not A Slug"), ("title", "我的题目"), ("lang", "zh"), ("body", "写了很久的正文"), ("note", "")];
    let page = ann.form("/articles/new", &typed).await.expect(422).text;
    assert!(
        page.contains("我的题目") && page.contains("写了很久的正文") && page.contains("Not A Slug"),
        "nothing is lost"
    );
    assert!(page.contains("aria-invalid=\"true\""), "the field is marked");
    let typed = [("slug", "a-slug"), ("title", "我的题目"), ("lang", "zh"), ("body", "写了很久的正文"), ("note", "")];
    let done = ann.form("/articles/new", &typed).await.expect(303);
    assert_eq!(done.location(), "/articles/a-slug");
    assert!(ann.get("/articles/a-slug").await.expect(200).text.contains("写了很久的正文"));
    // Edited from revision 1 twice: the second gets the conflict with both texts.
    let edit = |body: &'static str| {
        [("base", "1"), ("slug", "a-slug"), ("title", "我的题目"), ("lang", "zh"), ("body", body), ("note", "")]
    };
    ann.form("/articles/a-slug/edit", &edit("第一人的改动")).await.expect(303);
    let conflict = ann.form("/articles/a-slug/edit", &edit("第二人的改动")).await.expect(409).text;
    assert!(conflict.contains("第一人的改动") && conflict.contains("第二人的改动"));
    app.stop().await;
}

#[tokio::test]
async fn signing_in_by_form_sets_a_cookie_and_a_wrong_password_does_not() {
    let app = App::start().await;
    app.person("ann", Role::Author).await;
    let post = |password: &str| {
        http::Request::post("/sign-in")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(crate::harness::form_encoded(&[("name", "ann"), ("password", password)])))
            .unwrap()
    };
    let wrong = app.send(post("wrong wrong wrong")).await.expect(422);
    assert!(
        wrong.headers.get("set-cookie").is_none_or(|cookie| !cookie.to_str().unwrap().contains("alluvium_session="))
    );
    assert!(!wrong.text.contains("wrong wrong wrong"), "a password is never sent back");
    let right = app.send(post(PASSWORD)).await.expect(303);
    let cookie = right.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("alluvium_session=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    app.stop().await;
}

#[tokio::test]
async fn the_home_page_recommends_by_what_this_browser_read() {
    let app = App::start().await;
    app.services.content_import(&root().join("content")).await.unwrap();
    let ask = |method: &str, path: &str, cookie: &str| {
        http::Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", cookie)
            .header("host", "127.0.0.1:3000")
            .header("origin", "http://127.0.0.1:3000")
            .body(axum::body::Body::empty())
            .unwrap()
    };
    let fresh = app.send(ask("GET", "/?lang=zh", "")).await.expect(200).text;
    assert!(fresh.contains("从这里读起") && !fresh.contains("读过："));
    let article = app.send(ask("GET", "/articles/softmax-click-model", "")).await.expect(200);
    let cookie = article.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("alluvium_read=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    let kept = cookie.split(';').next().unwrap();
    let home = app.send(ask("GET", "/?lang=zh", kept)).await.expect(200).text;
    let next = home.split("home__first").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(next.contains("读过：") && next.contains("href=\"/articles/"), "with the reason");
    assert!(!next.contains("href=\"/articles/softmax-click-model\""), "not what was read");
    let forgotten = app.send(ask("POST", "/reading/forget", kept)).await.expect(303);
    assert!(forgotten.headers["set-cookie"].to_str().unwrap().contains("alluvium_read=; Path=/; Max-Age=0"));
    // What is no list of ids is no history.
    app.send(ask("GET", "/?lang=zh", "alluvium_read=%00.x.'")).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn the_home_page_shows_products_by_what_this_browser_looked_at() {
    let app = App::start().await;
    app.services.content_import(&root().join("content")).await.unwrap();
    let ask = |method: &str, path: &str, cookie: &str| {
        let request = http::Request::builder().method(method).uri(path).header("cookie", cookie);
        let request = request.header("host", "127.0.0.1:3000").header("origin", "http://127.0.0.1:3000");
        request.body(axum::body::Body::empty()).unwrap()
    };
    let window = async |cookie: &str| -> Option<String> {
        let home = app.send(ask("GET", "/?lang=en", cookie)).await.expect(200).text;
        Some(home.split("home__window").nth(1)?.split("</section>").next().unwrap().to_owned())
    };
    assert_eq!(window("").await, None, "there is no shop yet");
    let plan = DemoPlan { products_each: 12, shoppers: 60, events: 4_000, ..DemoPlan::default() };
    app.services.shop_demo(plan).await.unwrap();
    // The product page reads the catalogue; the home page would not wait for that.
    let product = app.get("/shop/demo/products/running-shoes-0001?lang=en").await.expect(200);
    let cookies = product.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = cookies.into_iter().find(|cookie| cookie.starts_with("alluvium_seen=")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    let kept = cookie.split(';').next().unwrap().to_owned();
    let untrained = window(&kept).await.unwrap();
    assert!(untrained.contains("No recommendation model has been trained yet"), "{untrained}");
    assert_eq!(untrained.matches("It is popular: opened").count(), 6, "each says why");
    assert!(untrained.contains("Simulated data"));

    app.services.recommend_train("demo", Training::default(), |_| {}).await.unwrap();
    let stranger = window("").await.unwrap();
    assert!(
        stranger.contains("has not looked at any product of this shop") && !stranger.contains("/seen/forget"),
        "{stranger}"
    );
    let known = window(&kept).await.unwrap();
    assert!(known.contains("From the 1 product looked at last") && known.contains("/seen/forget"), "{known}");
    assert_eq!(known.matches("product__reason").count(), 6);
    assert!(!known.contains("products/running-shoes-0001\""), "not what was looked at");
    assert!(known.contains("products/running-shoes-"), "but what is like it: {known}");
    // The newest come first, each once.
    let second = app.send(ask("GET", "/shop/demo/products/tea-0003", &kept)).await.expect(200);
    let both = second.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(both.ends_with(kept.strip_prefix("alluvium_seen").unwrap().replace('=', ".").as_str()), "{kept} {both}");
    assert!(window(&both).await.unwrap().contains("From the 2 products looked at last"));
    let forgotten = app.send(ask("POST", "/seen/forget", &both)).await.expect(303);
    assert!(forgotten.headers["set-cookie"].to_str().unwrap().contains("alluvium_seen=; Path=/; Max-Age=0"));
    // What is no list of numbers, or of no product, is no history.
    for nothing in ["alluvium_seen=%00.x.'", "alluvium_seen=999999999.-1"] {
        assert!(window(nothing).await.unwrap().contains("has not looked at any product of this shop"), "{nothing}");
    }
    app.stop().await;
}
