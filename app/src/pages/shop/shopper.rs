//! A shopper: tastes counted from events, the events themselves, and in a simulated shop the truth.

use std::collections::BTreeMap;

use alluvium_domain::Problem;
use alluvium_domain::shop::{Event, Taste};
use alluvium_services::shop::{RecommendedProduct, ShopperPage, Trial};
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::pagination::{Pagination, page_number};
use crate::components::product::{ShopCrumb, SimulatedNotice, product_url, shopper_url};
use crate::components::recommended::RecommendedCards;
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section};
use crate::i18n::{explain as te, format, shop as t};
use crate::size;
use crate::visit::Visit;

use super::recommend;

const PER_PAGE: usize = 30;
/// Products that are recommended to the shopper.
const FOR_THEM: usize = 6;
/// Weights of the truth that are shown, largest first.
const MOST_WEIGHTS: usize = 15;

/// Which page of the events.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    page: String,
}

/// `GET /shop/{catalogue}/shoppers/{id}`
pub(crate) async fn show(
    visit: Visit,
    Path((slug, id)): Path<(String, String)>,
    Query(params): Query<Params>,
) -> Response {
    let page = page_number(&params.page, 10_000);
    let shopper: Result<ShopperPage, Problem> =
        visit.services.shopper_page(&visit.actor, &slug, &id, PER_PAGE, (page - 1) * PER_PAGE).await;
    let trial = Trial { catalogue: slug.clone(), shopper: Some(id.clone()), k: FOR_THEM, ..Trial::default() };
    // The page does without them where that does not work.
    let items = match &shopper {
        Ok(_) => visit.services.trial(&visit.actor, &trial).await.map(|page| page.items).unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    let document = shopper.map(|shopper| {
        let items = items.into_iter().map(RecommendedProduct::from).collect();
        let title = format!("{} {}", t::SHOPPERS.of(visit.lang), shopper.shopper.id);
        Document::new(title, Section::Shop, move || view! { <Shopper shopper page items /> }).private()
    });
    visit.answer(document)
}

#[component]
fn Shopper(shopper: ShopperPage, page: usize, items: Vec<RecommendedProduct>) -> impl IntoView {
    let lang = crate::visit::lang();
    let ShopperPage { catalogue, shopper, events, total, categories, brands, prices, seasons } = shopper;
    let slug = catalogue.input.slug.to_string();
    let own = Visit::current().and_then(|visit| visit.services.own_shopper(&visit.actor, &catalogue));
    let own = own.as_ref() == Some(&shopper.id);
    let demo = recommend::Params { shopper: shopper.id.clone(), ..recommend::Params::default() }.url(&slug);
    let url = shopper_url(&slug, &shopper.id);
    let address = move |page: usize| if page > 1 { format!("{url}?page={page}") } else { url.clone() };
    view! {
        <div class="wrap">
            <ShopCrumb catalogue=catalogue.clone() />
            <div class="page-head">
                <h1>{shopper.id.clone()}</h1>
                <p class="muted num">{format!("{total} {}", t::EVENTS.of(lang))}</p>
            </div>
            {own.then(|| view! { <p class="lead">{t::ACT_OWN.of(lang)}</p> })}
            <SimulatedNotice catalogue=catalogue />
            <h2>{t::TASTES.of(lang)}</h2>
            <p class="muted">{t::TASTES_HINT.of(lang)}</p>
            <div class="columns">
                <Tastes title=t::BY_CATEGORY.of(lang) tastes=categories />
                <Tastes title=t::BY_BRAND.of(lang) tastes=brands />
                <Tastes title=te::BY_PRICE.of(lang) tastes=prices />
                <Tastes title=te::BY_SEASON.of(lang) tastes=seasons />
            </div>
            {(!items.is_empty())
                .then(|| {
                    view! {
                        <section aria-labelledby="for-them">
                            <h2 id="for-them">{te::FOR_SHOPPER.of(lang)}</h2>
                            <RecommendedCards catalogue=slug.clone() items />
                            <p><a href=demo>{te::OPEN_DEMO.of(lang)}</a></p>
                        </section>
                    }
                })}
            {shopper.truth.map(|truth| view! { <Truth truth /> })}
            <h2>{t::HISTORY.of(lang)}</h2>
            <Events slug events />
            <Pagination page pages=total.div_ceil(PER_PAGE) url=address />
        </div>
    }
}

/// Bars of one scale for views, carts and purchases together.
#[component]
pub(super) fn Tastes(title: &'static str, tastes: Vec<Taste>) -> impl IntoView {
    let lang = crate::visit::lang();
    let sum = |taste: &Taste| taste.views + taste.carts + taste.purchases;
    let most = tastes.iter().map(sum).max().unwrap_or_default().max(1);
    let rows = tastes
        .iter()
        .map(|taste| {
            let bar = |kind: &str, count: i64| format!("bars__bar{kind} {}", size::length(count as f64 / most as f64));
            view! {
                <tr>
                    <th scope="row">{taste.value.text(lang).to_owned()}</th>
                    <td class="bars__cell">
                        <span class=bar("", taste.views)></span>
                        <span class=bar(" bars__bar--cart", taste.carts)></span>
                        <span class=bar(" bars__bar--purchase", taste.purchases)></span>
                    </td>
                    <td class="num">{format!("{} · {} · {}", taste.views, taste.carts, taste.purchases)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section>
            <h3>{title}</h3>
            <table class="bars">
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

/// What the generator gave the shopper, largest weights first.
#[component]
fn Truth(truth: BTreeMap<String, f64>) -> impl IntoView {
    let lang = crate::visit::lang();
    let mut weights: Vec<(String, f64)> = truth.into_iter().collect();
    weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    weights.truncate(MOST_WEIGHTS);
    let rows = weights
        .into_iter()
        .map(|(name, weight)| {
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td class="num">{format::signed(weight)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <details class="disclosure">
            <summary>{t::TRUTH.of(lang)}</summary>
            <p class="muted">{t::TRUTH_HINT.of(lang)}</p>
            <table class="table table--dense">
                <thead>
                    <tr>
                        <th scope="col">{t::FEATURE.of(lang)}</th>
                        <th scope="col">{t::WEIGHT.of(lang)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}

#[component]
fn Events(slug: String, events: Vec<Event>) -> impl IntoView {
    let lang = crate::visit::lang();
    let rows = events
        .into_iter()
        .map(|event| {
            let href = product_url(&slug, &event.product);
            view! {
                <tr>
                    <td class="num">{format::moment(event.at)}</td>
                    <td>{t::event(event.kind).of(lang)}</td>
                    <td>
                        <a href=href>{event.title.text(lang).to_owned()}</a>
                    </td>
                    <td>{event.query.unwrap_or_default()}</td>
                    <td class="num">{event.position.map(|position| position.to_string()).unwrap_or_default()}</td>
                </tr>
            }
        })
        .collect_view();
    let heads = column_heads(&[t::TIME, t::EVENT, t::PRODUCT, t::QUERY, t::POSITION]);
    view! {
        <DataTable label=t::HISTORY.of(lang) heads=heads>{rows}</DataTable>
    }
}
