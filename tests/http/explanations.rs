//! The demonstration of recommendations and the reasons on it: switching off, what takes a product out, votes, checks of a model.

use alluvium_domain::shop::{CheckKind, EventKind, ExplanationMethod, HistoryItem, limits};
use alluvium_domain::{Actor, Role};
use alluvium_services::shop::{CheckPlan, DemoPlan, Moved, Trial};
use axum::body::Body;
use http::Request;

use crate::harness::{Answer, App};

/// A small demo shop.
async fn demo(app: &App) {
    let plan = DemoPlan { products_each: 15, shoppers: 60, events: 4_000, ..DemoPlan::default() };
    app.services.shop_demo(plan).await.unwrap();
}

fn anybody() -> Actor {
    Actor::anonymous(true)
}

fn trial(history: &[(EventKind, &str)]) -> Trial {
    let history = history
        .iter()
        .map(|(event, product)| HistoryItem { product: (*product).to_owned(), event: *event, at: None })
        .collect();
    Trial { catalogue: "demo".into(), history, k: 5, explain: true, ..Trial::default() }
}

const SHOES: [(EventKind, &str); 3] =
    [(EventKind::View, "running-shoes-0001"), (EventKind::View, "running-shoes-0002"), (EventKind::Cart, "tea-0003")];

async fn vote(app: &App, fields: &[(&str, &str)]) -> Answer {
    let body: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            format!("{name}={value}")
        })
        .collect();
    let request =
        Request::post("/shop/demo/recommend/vote").header("content-type", "application/x-www-form-urlencoded");
    app.send(request.body(Body::from(body.join("&"))).unwrap()).await
}

#[tokio::test]
async fn every_reason_of_a_list_adds_up() {
    let app = App::start().await;
    demo(&app).await;
    let page = app.services.trial(&anybody(), &trial(&SHOES)).await.unwrap();
    assert_eq!((page.items.len(), page.history.len(), page.gone.len()), (5, 3, 0));
    for item in &page.items {
        let recommendation = &item.recommendation;
        let tasks = recommendation.task_explanations.as_ref().unwrap();
        for explanation in [recommendation.explanation.as_ref().unwrap(), &tasks.view, &tasks.cart, &tasks.purchase] {
            assert!(explanation.adds_up(), "{explanation:?}");
        }
        assert_eq!(item.by_event.len(), 3, "each event has its amount");
        assert_eq!(item.moved, None, "nothing is switched off");
    }
    app.stop().await;
}

#[tokio::test]
async fn switching_off_is_to_leave_out() {
    let app = App::start().await;
    demo(&app).await;
    let without = Trial { off: vec![3], ..trial(&SHOES) };
    let page = app.services.trial(&anybody(), &without).await.unwrap();
    let shorter = app.services.trial(&anybody(), &trial(&SHOES[..2])).await.unwrap();
    let products = |page: &alluvium_services::shop::TrialPage| -> Vec<String> {
        page.items.iter().map(|item| item.product.input.id.clone()).collect()
    };
    assert_eq!(products(&page), products(&shorter), "an event that is off counts as one that never was");
    assert!(!page.history[2].on && page.history[0].on);
    assert!(page.items.iter().all(|item| item.moved.is_some()), "each product says where it was");
    let new = page.items.iter().filter(|item| item.moved == Some(Moved::In)).count();
    assert_eq!(new, page.gone.len(), "as many came as left");

    let unknown = Trial { without: vec!["no-such-group".into()], ..trial(&SHOES) };
    let problem = app.services.trial(&anybody(), &unknown).await.unwrap_err();
    assert!(problem.errors[0].field.contains("without"), "{problem}");
    app.stop().await;
}

#[tokio::test]
async fn the_change_that_is_found_does_remove_the_product() {
    let app = App::start().await;
    demo(&app).await;
    let trial = trial(&SHOES);
    let page = app.services.trial(&anybody(), &trial).await.unwrap();
    let mut found = 0;
    for item in &page.items {
        let id = &item.product.input.id;
        let Some(change) = app.services.trial_change(&anybody(), &trial, id).await.unwrap() else { continue };
        found += 1;
        assert!(!change.removed.is_empty() && change.smallest, "{change:?}");
        let after = Trial { off: change.removed.clone(), ..trial.clone() };
        let after = app.services.trial(&anybody(), &after).await.unwrap();
        assert!(after.items.iter().all(|other| &other.product.input.id != id), "{id} is still there: {change:?}");
        assert!(after.gone.iter().any(|(_, _, gone)| gone == id), "and is named among those that left");
    }
    assert!(found > 0, "at least one of five products is there because of the history");
    let problem = app.services.trial_change(&anybody(), &trial, "no-such").await.unwrap_err();
    assert_eq!(problem.errors[0].field, "ask");
    app.stop().await;
}

#[tokio::test]
async fn the_page_works_by_links_and_forms_alone() {
    let app = App::start().await;
    demo(&app).await;
    let page = app.get("/shop/demo/recommend?lang=en").await.expect(200).text;
    assert!(page.contains("Simulated data") && page.contains("There is no history yet"), "{page}");
    let page =
        app.get("/shop/demo/recommend?history=view:running-shoes-0001%0Acart:tea-0003&lang=en").await.expect(200);
    for part in [
        "name=\"off\"",
        "From the baseline to the score",
        "Why, task by task",
        "What would take it out",
        "name=\"verdict\"",
    ] {
        assert!(page.text.contains(part), "{part}");
    }
    let page = app.get("/shop/demo/recommend?shopper=shopper-0003&off=1&without=brand&lang=en").await.expect(200);
    assert!(page.text.contains("Switch all on again") && page.text.contains("class=\"move"), "what moved is said");
    let page = app.get("/shop/demo/recommend?shopper=nobody&lang=en").await.expect(200);
    assert!(page.text.contains("unknown value “nobody”"), "what is wrong stands on the page");
    let page = app.get("/shop/demo/products/tea-0003?lang=en").await.expect(200);
    assert!(page.text.contains("You may look at next"));
    let page = app.get("/shop/demo/shoppers/shopper-0003?lang=en").await.expect(200);
    for part in ["Recommended for them", "cheapest third", "autumn"] {
        assert!(page.text.contains(part), "{part}");
    }
    app.get("/shop/nowhere/recommend").await.expect(404);
    app.get("/shop/nowhere/model").await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn votes_are_kept_with_what_they_are_about() {
    let app = App::start().await;
    demo(&app).await;
    let first = app.services.trial(&anybody(), &trial(&SHOES)).await.unwrap().items.remove(0);
    let address =
        "/shop/demo/recommend?history=view%3Arunning-shoes-0001%0Aview%3Arunning-shoes-0002%0Acart%3Atea-0003";
    let id = first.product.input.id.as_str();
    let fields = [("address", address), ("product", id), ("verdict", "wrong"), ("word", "太贵 <b>")];
    let answer = vote(&app, &fields).await.expect(303);
    assert!(answer.location().contains("voted="), "{}", answer.location());
    assert!(app.get(answer.location()).await.expect(200).text.contains("谢谢"));
    let page = app.get("/shop/demo/model?lang=en").await.expect(200).text;
    assert!(page.contains("Not checked yet") && !page.contains("太贵"), "a stranger's words wait: {page}");
    assert!(page.contains("counted apart: right 0, wrong 1"), "{page}");
    let kept = app.services.model_page(&anybody(), "demo").await.unwrap();
    assert_eq!((kept.votes.wrong, kept.stranger_votes.wrong, kept.words.len()), (0, 1, 0));
    let (rea, rita) = (app.person("rea", Role::Reader).await, app.person("rita", Role::Reviewer).await);
    assert!(rita.get("/shop/demo/model").await.expect(200).text.contains("太贵 &lt;b&gt;"), "reviewers see them");

    // Somebody who is signed in has one vote on it, which they may change.
    for (verdict, word) in [("right", "好"), ("wrong", "不好")] {
        let fields = [("address", address), ("product", id), ("verdict", verdict), ("word", word)];
        rea.form("/shop/demo/recommend/vote", &fields).await.expect(303);
    }
    let kept = app.services.model_page(&anybody(), "demo").await.unwrap();
    assert_eq!((kept.votes.right, kept.votes.wrong, kept.stranger_votes.wrong), (0, 1, 1));
    assert_eq!((kept.words[0].product.as_str(), kept.words[0].word.as_str()), (id, "不好"));

    for (field, wrong) in [
        ("verdict", [("verdict", "maybe"), ("word", "")]),
        ("word", [("verdict", "right"), ("word", &"长".repeat(limits::VOTE_WORD + 1))]),
    ] {
        let fields = [("address", address), ("product", id), wrong[0], wrong[1]];
        assert!(vote(&app, &fields).await.expect(422).text.contains(field), "{field}");
    }
    let fields = [("address", address), ("product", "tea-0003"), ("verdict", "right"), ("word", "")];
    assert!(
        vote(&app, &fields).await.expect(422).text.contains("product"),
        "what is not in the list has no explanation"
    );

    // The rest of an hour's votes of one person, and one more; others go on.
    let rest = limits::VOTES - 1;
    let statement = format!(
        "insert into explanation_vote (id, catalogue_id, model, product_id, verdict, word, person_id, explanation)
         select gen_random_uuid(), v.catalogue_id, 'another ' || n, v.product_id, v.verdict, '', v.person_id, v.explanation
         from explanation_vote v, generate_series(1, {rest}) n where v.person_id is not null"
    );
    app.execute(&statement).await.unwrap();
    let fields = [("address", address), ("product", id), ("verdict", "right"), ("word", "")];
    let refused = rea.form("/shop/demo/recommend/vote", &fields).await.expect(429).text;
    assert!(refused.contains(&limits::VOTES.to_string()), "the limit is named: {refused}");
    rita.form("/shop/demo/recommend/vote", &fields).await.expect(303);
    vote(&app, &fields).await.expect(303);
    app.stop().await;
}

#[tokio::test]
async fn checks_are_kept_and_shown() {
    let app = App::start().await;
    demo(&app).await;
    let plan = CheckPlan { catalogue: "demo".into(), recommendations: 60 };
    let report = app.services.explanation_check(&plan).await.unwrap();
    assert_eq!(report.recommendations, 60);
    assert!(report.adds_up(), "{}", report.largest_gap);
    let kinds: Vec<(ExplanationMethod, CheckKind)> =
        report.checks.iter().map(|check| (check.method, check.kind)).collect();
    for wanted in [
        (ExplanationMethod::Shapley, CheckKind::Deletion),
        (ExplanationMethod::Shapley, CheckKind::Truth),
        (ExplanationMethod::Gradients, CheckKind::Agreement),
        (ExplanationMethod::LeaveOneOut, CheckKind::Deletion),
    ] {
        assert!(kinds.contains(&wanted), "{wanted:?} in {kinds:?}");
    }
    let deletion = report.checks.iter().find(|check| check.kind == CheckKind::Deletion).unwrap();
    assert!(deletion.passed && deletion.low > 0.0, "{deletion:?}");
    assert!(!report.by_category.is_empty() && report.by_shopper.len() == 3 && !report.dependence.is_empty());

    let page = app.get("/shop/demo/model?lang=en").await.expect(200).text;
    for part in [
        "Checks of the explanations",
        "Deletion curve",
        "Partial dependence",
        "<polyline",
        "What matters on the whole",
        "The numbers",
    ] {
        assert!(page.contains(part), "{part}");
    }
    app.get("/shop/demo/model?feature=no-such").await.expect(200);
    let none = CheckPlan { catalogue: "demo".into(), recommendations: 0 };
    assert!(app.services.explanation_check(&none).await.is_err());
    app.stop().await;
}
