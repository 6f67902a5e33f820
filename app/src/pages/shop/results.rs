//! The results of a product search: the form, facets, hits with their reasons.

use alluvium_domain::shop::{Catalogue, Correction, ProductHit, ProductResults, Ranker, UnderstoodPhrase};
use alluvium_domain::{Lang, Problem, percent_encoded, with_query};
use leptos::prelude::*;

use super::products::{Filters, PER_PAGE, Params};
use super::ranker::RankerSegments;
use crate::components::callout::{Empty, Notice, Tone};
use crate::components::explanation::{ExplanationTable, group_totals};
use crate::components::icon::Icon;
use crate::components::pagination::Pagination;
use crate::components::product::{Picture, ShopCrumb, SimulatedNotice, product_url};
use crate::components::search_field::SearchField;
use crate::components::what_if::WhatIf;
use crate::document::{Document, Script, Section};
use crate::i18n::{product_search as tp, search as ts, shop as t};
use crate::islands::score::ScoreBar;
use crate::visit::Visit;

/// The form that every control of the page belongs to.
const FORM: &str = "product-search";
/// Furthest hit that pages lead to.
const MOST: usize = 1_000;

pub(super) async fn document(visit: &Visit, slug: &str, mut params: Params, page: usize) -> Result<Document, Problem> {
    let lang = visit.lang;
    params.without.retain(|feature| !feature.is_empty());
    params.without.sort();
    params.without.dedup();
    let page = page.min(MOST.div_ceil(PER_PAGE));
    let found = visit.services.product_search(&visit.actor, slug, params.query(page)).await?;
    let title = format!("{} · {}", params.q, found.catalogue.input.title.text(lang));
    let document = Document::new(title, Section::Shop, move || view! { <Results params found page /> });
    Ok(document.script(Script::Regions).private())
}

/// The box, and the ranker where something is searched for.
#[component]
pub(super) fn SearchForm(slug: String, params: Params) -> impl IntoView {
    let lang = crate::visit::lang();
    let searched = !params.q.trim().is_empty();
    let kept = params
        .kept()
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    let chosen = params.ranker();
    view! {
        <form class="search-form" id=FORM action=format!("/shop/{slug}") role="search" data-target=searched.then_some("list")>
            <SearchField lang placeholder=tp::PLACEHOLDER.of(lang) value=params.q />
            {kept}
            {searched.then(|| view! { <RankerSegments chosen /> })}
        </form>
    }
}

#[component]
fn Results(params: Params, found: ProductResults, page: usize) -> impl IntoView {
    let lang = crate::visit::lang();
    let ProductResults { catalogue, corrections, understood, matches, took_ms, degraded, total, hits, facets } = found;
    let slug = catalogue.input.slug.to_string();
    let pages = total.min(MOST).div_ceil(PER_PAGE);
    let most = hits.iter().map(|hit| hit.score).fold(0.0, f64::max);
    let summary = match lang {
        Lang::Zh => format!("{}，{:.0} 毫秒", t::products(total, lang), took_ms.max(1.0)),
        Lang::En => format!("{}, {:.0} ms", t::products(total, lang), took_ms.max(1.0)),
    };
    let none = hits.is_empty();
    let literal = matches.some > 0;
    let items = hits
        .into_iter()
        .map(|hit| {
            // From here on no hit has every word.
            let line = (literal && hit.rank == matches.every + 1)
                .then(|| view! { <li class="hits__line">{ts::PART_ONLY.of(lang)}</li> });
            view! {
                {line}
                <Hit slug=slug.clone() hit most />
            }
        })
        .collect_view();
    let links = [("compare", tp::COMPARE), ("judge", tp::JUDGE), ("judgements", tp::SUMMARY)]
        .map(|(path, label)| {
            let query = if path == "judgements" { "" } else { params.q.as_str() };
            let href = with_query(&format!("/shop/{slug}/{path}"), &[("q", query)]);
            view! { <a class="button button--small" href=href>{label.of(lang)}</a> }
        })
        .into_iter()
        .collect_view();
    let all = format!("/shop/{slug}");
    let (paged, of) = (params.clone(), slug.clone());
    let of_chips = catalogue.clone();
    view! {
        <div class="wrap">
            <ShopCrumb catalogue=catalogue.clone() />
            <h1 class="visually-hidden">{params.q.clone()}</h1>
            <SimulatedNotice catalogue=catalogue.clone() />
            <SearchForm slug=slug.clone() params=params.clone() />
            <div class="with-side">
                <Filters catalogue params=params.clone() facets />
                <div class="with-side__main" id="list" data-region="">
                    <p class="results-summary num" data-status="">{summary}</p>
                    <p class="button-row">{links}</p>
                    <Understood slug=slug.clone() params=params.clone() phrases=understood catalogue=of_chips corrections degraded />
                    {(!none && !literal).then(|| view! { <Notice tone=Tone::Info>{ts::NOTHING_MATCHES.of(lang)}</Notice> })}
                    {if none {
                        view! {
                            <Empty title=tp::NO_HITS.of(lang) hint=tp::NO_HITS_HINT.of(lang)>
                                <a class="button" href=all>{t::ALL_PRODUCTS.of(lang)}</a>
                            </Empty>
                        }
                            .into_any()
                    } else {
                        view! { <ol class="hits">{items}</ol> }.into_any()
                    }}
                    <Pagination page pages url=move |page| paged.url(&of, page) />
                </div>
            </div>
        </div>
    }
}

/// What became a filter, words that stand for others, parts that are switched off, and what could not be done.
#[component]
fn Understood(
    slug: String,
    params: Params,
    phrases: Vec<UnderstoodPhrase>,
    catalogue: Catalogue,
    corrections: Vec<Correction>,
    degraded: bool,
) -> impl IntoView {
    let lang = crate::visit::lang();
    let degraded = degraded && params.ranker() != Ranker::Bm25;
    let chips = phrases
        .iter()
        .map(|phrase| {
            let href = params.with_query(&phrase.rest).url(&slug, 1);
            view! {
                <li>
                    <a class="tag tag--on" href=href title=phrase.phrase.clone()>
                        {tp::understood(phrase, &catalogue, lang)}
                        <Icon name="close" />
                        <span class="visually-hidden">{ts::REMOVE_FILTER.of(lang)}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="understood">
            {degraded.then(|| view! { <Notice tone=Tone::Info>{tp::DEGRADED.of(lang)}</Notice> })}
            {(!phrases.is_empty()).then(|| view! { <ul class="tags" aria-label=ts::ACTIVE_FILTERS.of(lang)>{chips}</ul> })}
            <Corrections corrections />
            {(!params.without.is_empty()).then(|| view! { <WhatIf without=params.without.clone() form=FORM all_on=params.all_on().url(&slug, 1) /> })}
        </div>
    }
}

/// `sennheisr → sennheiser`
#[component]
pub(super) fn Corrections(corrections: Vec<Correction>) -> impl IntoView {
    let lang = crate::visit::lang();
    (!corrections.is_empty()).then(|| {
        let items = corrections
            .into_iter()
            .map(|Correction { from, to }| {
                view! {
                    <li>
                        {from}
                        <span aria-hidden="true">" → "</span>
                        <strong>{to}</strong>
                    </li>
                }
            })
            .collect_view();
        view! {
            <div class="understood__line">
                <span>{tp::CORRECTED.of(lang)}</span>
                <ul class="inline-list">{items}</ul>
            </div>
        }
    })
}

/// One product found.
#[component]
fn Hit(slug: String, hit: ProductHit, most: f64) -> impl IntoView {
    let lang = crate::visit::lang();
    let ProductHit { product, rank, score, explanation, .. } = hit;
    let why = explanation.map(|explanation| {
        let groups = group_totals(&explanation);
        let baseline = explanation.baseline;
        view! {
            <details class="why">
                <summary>
                    <ScoreBar groups baseline score most lang />
                    <span class="num why__score">{format!("{score:.2}")}</span>
                    <span class="why__ask">{ts::WHY.of(lang)}</span>
                </summary>
                <div class="why__panel">
                    <ExplanationTable explanation form=FORM />
                    <p class="why__hint">
                        {ts::SWITCH_HINT.of(lang)}
                        " "
                        <button class="button button--small no-js" form=FORM>{ts::RERANK.of(lang)}</button>
                    </p>
                </div>
            </details>
        }
    });
    let key = percent_encoded(&product.input.id);
    view! {
        <li class="hit hit--product" data-key=key>
            <ProductLine slug product rank />
            {why}
        </li>
    }
}

/// Rank, picture, title, brand and price of a product in a list of results.
#[component]
pub(super) fn ProductLine(slug: String, product: alluvium_domain::shop::Product, rank: usize) -> impl IntoView {
    let lang = crate::visit::lang();
    let href = product_url(&slug, &product.input.id);
    let title = product.input.title.text(lang).to_owned();
    let brand = product.input.brand.clone();
    let price = t::price(&product, lang);
    let category = product.input.category.last().map(|level| level.text(lang).to_owned());
    view! {
        <div class="product-line">
            <span class="product-line__rank num">{rank}</span>
            <Picture catalogue=slug product />
            <div>
                <h2 class="product-line__title">
                    <a href=href>{title}</a>
                </h2>
                <p class="facts">
                    <span class="fact">{brand}</span>
                    {category.map(|category| view! { <span class="fact">{category}</span> })}
                    <span class="fact num">{price}</span>
                </p>
            </div>
        </div>
    }
}
