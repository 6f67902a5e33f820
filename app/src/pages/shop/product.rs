//! One product: picture, attributes, and what was done with it.

use alluvium_domain::shop::{AttributeValue, Bilingual, Catalogue, EventKind, HistoryItem, Taste};
use alluvium_domain::{Lang, Problem, percent_encoded};
use alluvium_services::shop::{ProductPage, RecommendedProduct, Trial};
use axum::extract::Path;
use axum::response::Response;
use leptos::prelude::*;

use crate::components::product::{Picture, ShopCrumb, SimulatedNotice, is_foreign, product_url, shopper_url};
use crate::components::recommended::RecommendedCards;
use crate::document::{Document, Section};
use crate::forms::cookies;
use crate::i18n::{explain as te, shop as t};
use crate::size;
use crate::visit::Visit;

use super::recommend;
use super::shopper::Tastes;

/// Products that are recommended with this one.
const WITH: usize = 6;

/// `GET /shop/{catalogue}/products/{id}`
pub(crate) async fn show(visit: Visit, Path((slug, id)): Path<(String, String)>) -> Response {
    let page: Result<ProductPage, Problem> = visit.services.product_page(&visit.actor, &slug, &id).await;
    let with = match &page {
        Ok(page) => recommended_with(&visit, &slug, &page.product.input.id).await,
        Err(_) => Vec::new(),
    };
    let seen = page.as_ref().ok().map(|page| cookies::has_seen(&visit, page.product.number));
    let document = page.map(|page| {
        let title = page.product.input.title.text(visit.lang).to_owned();
        let description = page.product.input.description.text(visit.lang).to_owned();
        Document::new(title, Section::Shop, move || view! { <Product page with /> }).describe(description)
    });
    let response = visit.answer(document);
    match seen {
        Some(cookie) => cookies::with_cookie(response, &cookie),
        None => response,
    }
}

/// What is recommended to somebody who has just looked at the product. The page does without it where that does not work.
async fn recommended_with(visit: &Visit, slug: &str, product: &str) -> Vec<RecommendedProduct> {
    let seen = HistoryItem { product: product.to_owned(), event: EventKind::View, at: None };
    let trial = Trial { catalogue: slug.to_owned(), history: vec![seen], k: WITH, ..Trial::default() };
    let items = visit.services.trial(&visit.actor, &trial).await.map(|page| page.items).unwrap_or_default();
    items.into_iter().map(RecommendedProduct::from).collect()
}

#[component]
fn Product(page: ProductPage, with: Vec<RecommendedProduct>) -> impl IntoView {
    let lang = crate::visit::lang();
    let ProductPage { catalogue, product, views, carts, purchases, buyers, buyer_categories, neighbours } = page;
    let slug = catalogue.input.slug.to_string();
    let input = product.input.clone();
    let title = input.title.text(lang).to_owned();
    let other = input.title.text(lang.other()).to_owned();
    let second = (other != title).then(|| view! { <p class="product-page__other" lang=lang.other().tag()>{other}</p> });
    let list = format!("/shop/{slug}");
    let (list_of, of_act) = (slug.clone(), catalogue.clone());
    let demo = recommend::Params::default().with_event(EventKind::View, &input.id).url(&slug);
    let path = input
        .category
        .iter()
        .map(|level| {
            let name = level.text(lang).to_owned();
            let href = format!("{list}?category={}", percent_encoded(&name));
            view! { <li><a class="tag" href=href>{name}</a></li> }
        })
        .collect_view();
    let brand = (!input.brand.is_empty()).then(|| {
        let href = format!("{list}?brand={}", percent_encoded(&input.brand));
        view! { <a href=href>{input.brand.clone()}</a> }
    });
    let description = input.description.text(lang).to_owned();
    let foreign =
        input.picture.clone().filter(|address| is_foreign(address) && address.starts_with("http")).map(|address| {
            view! {
                <p>
                    <a href=address rel="noopener noreferrer">{t::PICTURE_ELSEWHERE.of(lang)}</a>
                </p>
            }
        });
    let attributes = input
        .attributes
        .iter()
        .map(|(name, value)| {
            view! {
                <tr>
                    <th scope="row">{catalogue.attribute_name(name, lang)}</th>
                    <td>{attribute(&catalogue, name, value, lang)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="wrap">
            <ShopCrumb catalogue=catalogue.clone() />
            <SimulatedNotice catalogue=catalogue.clone() />
            <article class="product-page">
                <Picture catalogue=slug product=product.clone() large=true />
                <div class="product-page__main">
                    <h1>{title}</h1>
                    {second}
                    <p class="facts">
                        {brand} <span class="product__price num">{t::price(&product, lang)}</span>
                        <span class="fact muted">{input.id.clone()}</span>
                    </p>
                    <ul class="tags">{path}</ul>
                    <p>{description}</p>
                    {foreign}
                    <h2>{t::WHAT_HAPPENED.of(lang)}</h2>
                    <Act catalogue=of_act product=input.id.clone() />
                    <Funnel counts=[(EventKind::View, views), (EventKind::Cart, carts), (EventKind::Purchase, purchases)] />
                    {(!input.attributes.is_empty())
                        .then(|| {
                            view! {
                                <h2>{t::ATTRIBUTES.of(lang)}</h2>
                                <table class="table table--dense">
                                    <tbody>{attributes}</tbody>
                                </table>
                            }
                        })}
                </div>
            </article>
            {(!buyer_categories.is_empty())
                .then(|| view! { <Buyers slug=list_of.clone() buyers tastes=buyer_categories neighbours /> })}
            {(!with.is_empty())
                .then(|| {
                    view! {
                        <section aria-labelledby="with">
                            <h2 id="with">{te::NEIGHBOURS.of(lang)}</h2>
                            <p class="muted">{te::NEIGHBOURS_HINT.of(lang)}</p>
                            <RecommendedCards catalogue=list_of items=with />
                            <p><a href=demo>{te::OPEN_DEMO.of(lang)}</a></p>
                        </section>
                    }
                })}
        </div>
    }
}

/// What the reader may do as a shopper, under a name that says nothing of them.
#[component]
fn Act(catalogue: Catalogue, product: String) -> impl IntoView {
    let lang = crate::visit::lang();
    let visit = Visit::current()?;
    if visit.actor.user.is_none() && !catalogue.input.simulated {
        return None;
    }
    let slug = catalogue.input.slug.to_string();
    let own = visit.services.own_shopper(&visit.actor, &catalogue).map(|name| shopper_url(&slug, &name));
    let own = own.map(|address| view! { " " <a href=address>{t::ACT_SHOPPER.of(lang)}</a> });
    let buttons = EventKind::ALL
        .iter()
        .map(|kind| {
            view! {
                <button class="button button--small" name="kind" value=kind.code()>{t::event(*kind).of(lang)}</button>
            }
        })
        .collect_view();
    Some(view! {
        <form class="inline-form inline-form--apart" method="post" action=format!("{}/events", product_url(&slug, &product))>
            {buttons}
            <span class="muted small">{t::ACT_HINT.of(lang)} {own}</span>
        </form>
    })
}

/// Who chooses the product, in sums: what they do otherwise, and what else they choose.
#[component]
fn Buyers(slug: String, buyers: i64, tastes: Vec<Taste>, neighbours: Vec<(String, Bilingual, i64)>) -> impl IntoView {
    let lang = crate::visit::lang();
    let others = neighbours
        .into_iter()
        .map(|(id, title, count)| {
            let href = product_url(&slug, &id);
            view! {
                <tr>
                    <th scope="row"><a href=href>{title.text(lang).to_owned()}</a></th>
                    <td class="num">{count}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="buyers">
            <h2 id="buyers">{te::WHO_BUYS.of(lang)}</h2>
            <p class="muted num">{te::buyers(buyers, lang)}</p>
            <div class="columns">
                <Tastes title=te::BUYERS_DO.of(lang) tastes />
                <section>
                    <h3>{te::BUYERS_CHOOSE.of(lang)}</h3>
                    <table class="table table--dense">
                        <thead>
                            <tr>
                                <th scope="col">{t::PRODUCT.of(lang)}</th>
                                <th scope="col">{t::SHOPPERS.of(lang)}</th>
                            </tr>
                        </thead>
                        <tbody>{others}</tbody>
                    </table>
                </section>
            </div>
        </section>
    }
}

/// How many views became carts and purchases: bars of one scale, each with its number and share.
#[component]
fn Funnel(counts: [(EventKind, i64); 3]) -> impl IntoView {
    let lang = crate::visit::lang();
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    let views = counts[0].1;
    let rows = counts
        .map(|(kind, count)| {
            let bar = format!("bars__bar {}", size::length(count as f64 / most as f64));
            let share = (kind != EventKind::View && views > 0)
                .then(|| format!("{:.1}% {}", 100.0 * count as f64 / views as f64, t::OF_VIEWS.of(lang)));
            view! {
                <tr>
                    <th scope="row">{t::event(kind).of(lang)}</th>
                    <td class="bars__cell">
                        <span class=bar></span>
                    </td>
                    <td class="num">{count}</td>
                    <td class="muted num">{share}</td>
                </tr>
            }
        })
        .into_iter()
        .collect_view();
    view! {
        <table class="bars">
            <tbody>{rows}</tbody>
        </table>
    }
}

/// An attribute's value with its unit.
fn attribute(catalogue: &Catalogue, name: &str, value: &AttributeValue, lang: Lang) -> String {
    let unit = catalogue.input.labels.get(name).map(|label| label.unit.as_str()).unwrap_or_default();
    match value {
        AttributeValue::Flag(true) => t::YES.of(lang).to_owned(),
        AttributeValue::Flag(false) => t::NO.of(lang).to_owned(),
        AttributeValue::Number(number) => format!("{number} {unit}").trim_end().to_owned(),
        AttributeValue::Text(text) => text.clone(),
        AttributeValue::Named(both) => both.text(lang).to_owned(),
    }
}
