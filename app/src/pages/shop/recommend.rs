//! The demonstration of recommendations: for whom, what counts, the list with its reasons. Everything that is chosen stands in the address.

mod item;
mod params;
mod side;

use alluvium_domain::Problem;
use alluvium_services::shop::{Change, TrialPage};
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;

use crate::components::callout::{Empty, Notice, Tone};
use crate::components::product::{ShopCrumb, SimulatedNotice, product_url};
use crate::document::{Document, Script, Section};
use crate::i18n::common as tc;
use crate::i18n::{explain as t, format};
use crate::visit::Visit;

pub(crate) use params::Params;

/// The form that every control of the page belongs to.
const FORM: &str = "recommend-form";

/// `GET /shop/{catalogue}/recommend`
pub(crate) async fn show(visit: Visit, Path(slug): Path<String>, Query(params): Query<Params>) -> Response {
    let document = document(&visit, &slug, params.settled()).await;
    visit.answer(document)
}

/// What would take the product out that the address asks about.
struct Asked {
    product: String,
    change: Option<Change>,
}

async fn document(visit: &Visit, slug: &str, params: Params) -> Result<Document, Problem> {
    let lang = visit.lang;
    let trial = params.trial(slug);
    let (found, problem) = match visit.services.trial(&visit.actor, &trial).await {
        Ok(page) => (Some(page), None),
        // What was typed stays on the page, with what is wrong beside it.
        Err(problem) if !problem.errors.is_empty() => (None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    let asked = if found.is_some() && !params.ask.is_empty() {
        let change = visit.services.trial_change(&visit.actor, &trial, &params.ask).await?;
        Some(Asked { product: params.ask.clone(), change })
    } else {
        None
    };
    let catalogue = match &found {
        Some(page) => page.catalogue.clone(),
        None => visit.services.catalogue(&visit.actor, slug).await?,
    };
    let known = if visit.actor.may_see_shoppers(catalogue.input.simulated).is_ok() {
        visit.services.shopper_names(&visit.actor, slug).await?
    } else {
        Vec::new()
    };
    let title = format!("{} · {}", t::LIVE_LABEL.of(lang), catalogue.input.title.text(lang));
    let document = Document::new(title, Section::Shop, move || {
        let action = format!("/shop/{}/recommend", catalogue.input.slug);
        let wrong = problem.map(|problem| view! { <Notice tone=Tone::Bad>{problem.detail(lang)}</Notice> });
        let model = format!("/shop/{}/model", catalogue.input.slug);
        view! {
            <div class="wrap">
                <ShopCrumb catalogue=catalogue.clone() />
                <div class="page-head">
                    <h1>{t::LIVE_LABEL.of(lang)}</h1>
                    <a class="button page-head__action" href=model>{t::MODEL_PAGE.of(lang)}</a>
                </div>
                <p class="card__summary">{t::RECOMMEND_LEAD.of(lang)}</p>
                <SimulatedNotice catalogue=catalogue.clone() />
                <form id=FORM action=action data-target="recommend"></form>
                <div id="recommend" data-region="" class="recommend">
                    <side::Side catalogue=catalogue.clone() params=params.clone() page=found.clone() known />
                    <div class="recommend__list">
                        {wrong}
                        {found.map(|page| view! { <List page params=params.clone() asked /> })}
                    </div>
                </div>
            </div>
        }
    });
    Ok(document.script(Script::Regions).describe(t::RECOMMEND_LEAD.of(lang)).private())
}

#[component]
fn List(page: TrialPage, params: Params, asked: Option<Asked>) -> impl IntoView {
    let lang = crate::visit::lang();
    let slug = page.catalogue.input.slug.to_string();
    let most = page.items.iter().map(|item| item.recommendation.score).fold(0.0, f64::max);
    let none = page.items.is_empty();
    let status = format!("{} {} · {:.1} ms", tc::MODEL.of(lang), page.model, page.took_ms);
    let history = page.history;
    let (mut change, wanted) = match asked {
        Some(asked) => (asked.change, asked.product),
        None => (None, String::new()),
    };
    let items = (1..)
        .zip(page.items)
        .map(|(place, one)| {
            let asked = (one.product.input.id == wanted).then(|| change.take());
            view! { <item::Item slug=slug.clone() one place history=history.clone() params=params.clone() most asked /> }
        })
        .collect_view();
    let gone = (!page.gone.is_empty()).then(|| {
        let lines = page
            .gone
            .into_iter()
            .map(|(place, title, id)| {
                let href = product_url(&slug, &id);
                view! {
                    <li>
                        <a href=href>{title.text(lang).to_owned()}</a>
                        " "
                        <span class="muted num">{format!("{}{place}", t::WAS_AT.of(lang))}</span>
                    </li>
                }
            })
            .collect_view();
        view! {
            <h2>{t::GONE.of(lang)}</h2>
            <ul>{lines}</ul>
        }
    });
    view! {
        <h2>{t::LIST.of(lang)}</h2>
        <p class="results-summary num" data-status="">{status}</p>
        {if none {
            view! { <Empty title=t::NOTHING.of(lang) hint=t::NOTHING_HINT.of(lang) /> }.into_any()
        } else {
            view! { <ol class="recommended">{items}</ol> }.into_any()
        }}
        {gone}
    }
}

/// A score of a weighted sum, three decimals.
fn score(value: f64) -> String {
    format::amount(value)
}
