//! The shop: its catalogues, products and shoppers.

pub(crate) mod compare;
pub(crate) mod judge;
pub(crate) mod model;
pub(crate) mod product;
pub(crate) mod products;
mod ranker;
pub(crate) mod recommend;
mod results;
pub(crate) mod shopper;
pub(crate) mod summary;

use alluvium_domain::Lang;
use alluvium_domain::shop::Catalogue;
use axum::response::Response;
use leptos::prelude::*;

use crate::components::callout::Empty;
use crate::document::{Document, Section};
use crate::i18n::{explain as te, format, product_search as tp, shop as t};
use crate::visit::Visit;

/// `GET /shop`
pub(crate) async fn show(visit: Visit) -> Response {
    let document = visit.services.catalogue_list(&visit.actor).await.map(|catalogues| {
        let lang = visit.lang;
        Document::new(t::SHOP.of(lang), Section::Shop, move || view! { <Catalogues catalogues /> })
            .describe(t::SHOP_LEAD.of(lang))
    });
    visit.answer(document)
}

/// Title of a page that does something with one query: what it does and the query, or before there is one the catalogue.
fn query_title(does: &str, query: &str, catalogue: &Catalogue, lang: Lang) -> String {
    let query = query.trim();
    let about = if query.is_empty() { catalogue.input.title.text(lang) } else { query };
    format!("{does} · {about}")
}

#[component]
fn Catalogues(catalogues: Vec<Catalogue>) -> impl IntoView {
    let lang = crate::visit::lang();
    let none = catalogues.is_empty();
    let cards = catalogues.into_iter().map(|catalogue| view! { <li><Card catalogue /></li> }).collect_view();
    view! {
        <div class="wrap wrap--narrow">
            <div class="page-head">
                <h1>{t::SHOP.of(lang)}</h1>
            </div>
            <p class="card__summary">{t::SHOP_LEAD.of(lang)}</p>
            {if none {
                view! { <Empty title=t::NO_CATALOGUES.of(lang) hint=t::NO_CATALOGUES_HINT.of(lang) /> }.into_any()
            } else {
                view! { <ul class="card-list">{cards}</ul> }.into_any()
            }}
        </div>
    }
}

#[component]
fn Card(catalogue: Catalogue) -> impl IntoView {
    let lang = crate::visit::lang();
    let href = format!("/shop/{}", catalogue.input.slug);
    let counts = [(t::PRODUCTS, catalogue.products), (t::SHOPPERS, catalogue.shoppers), (t::EVENTS, catalogue.events)]
        .map(|(label, count)| {
            view! {
                <span class="fact num">{format::count(count)} " " {label.of(lang)}</span>
            }
        })
        .into_iter()
        .collect_view();
    let links = [("/recommend", te::TRY_IT), ("/model", te::MODEL_PAGE), ("/judgements", tp::SUMMARY)]
        .map(|(path, label)| {
            let to = format!("{href}{path}");
            view! { <a class="button button--small" href=to>{label.of(lang)}</a> }
        })
        .into_iter()
        .collect_view();
    view! {
        <article class="card">
            <h2 class="card__title">
                <a href=href>{catalogue.input.title.text(lang).to_owned()}</a>
            </h2>
            <p class="facts">
                {catalogue.input.simulated.then(|| view! { <span class="tag">{t::SIMULATED.of(lang)}</span> })}
                {counts}
            </p>
            <p class="card__summary">{catalogue.input.source}</p>
            <p class="button-row">{links}</p>
        </article>
    }
}
