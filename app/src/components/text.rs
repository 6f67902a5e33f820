//! A rendered text: safe HTML with working components between.

use alluvium_domain::{LiveBlock, Part, Problem};
use alluvium_services::render::recommend_url;
use alluvium_services::shop::{RecommendedProduct, Trial};
use axum_extra::extract::Query;
use http::Uri;
use leptos::prelude::*;

use super::recommended::RecommendedCards;
use crate::api::search::{LiveQuery, LiveResults, live_results};
use crate::i18n::explain as t;
use crate::islands::live_search::LiveSearch;
use crate::pages::shop::recommend::Params;
use crate::visit::Visit;

/// A live block with what it shows before anybody touches it.
pub(crate) struct FilledBlock {
    pub(crate) block: LiveBlock,
    pub(crate) results: Option<LiveResults>,
    /// What is recommended, in a block `recommend`.
    pub(crate) recommended: Option<Vec<RecommendedProduct>>,
}

/// A part of a text, ready to be shown.
pub(crate) enum FilledPart {
    Html(String),
    Live(FilledBlock),
}

/// A text in reading order.
#[component]
pub(crate) fn TextBody(parts: Vec<FilledPart>) -> impl IntoView {
    let lang = crate::visit::lang();
    parts
        .into_iter()
        .map(|part| match part {
            FilledPart::Html(html) => view! { <div class="prose__part" inner_html=html></div> }.into_any(),
            FilledPart::Live(FilledBlock { block, results: Some(results), .. }) if block.name == "search" => view! {
                <LiveSearch lang ask=live_query(&block) initial=results />
            }
            .into_any(),
            FilledPart::Live(FilledBlock { block, recommended: Some(items), .. }) => view! {
                <RecommendBlock block items />
            }
            .into_any(),
            FilledPart::Live(FilledBlock { block, .. }) => {
                let text = block.error.unwrap_or(block.name);
                view! { <p class="notice notice--warning">{text}</p> }.into_any()
            }
        })
        .collect_view()
}

/// Fills the components of a text: what they show has to be there when the page is rendered.
pub(crate) async fn filled(visit: &Visit, parts: Vec<Part>) -> Result<Vec<FilledPart>, Problem> {
    let mut filled = Vec::with_capacity(parts.len());
    for part in parts {
        filled.push(match part {
            Part::Html(html) => FilledPart::Html(html),
            Part::Live(block) => {
                let works = |name: &str| block.error.is_none() && block.name == name;
                let results =
                    if works("search") { Some(live_results(visit, &live_query(&block)).await?) } else { None };
                // A catalogue or product that is not there is no reason to show no text.
                let recommended = if works("recommend") { recommended(visit, &block).await.ok() } else { None };
                FilledPart::Live(FilledBlock { block, results, recommended })
            }
        });
    }
    Ok(filled)
}

/// What a search block asks.
fn live_query(block: &LiveBlock) -> LiveQuery {
    let param = |name: &str| block.param(name).unwrap_or_default().to_owned();
    LiveQuery {
        query: param("query"),
        kind: param("kind"),
        tag: param("tag"),
        lang: param("lang"),
        limit: block.param("limit").and_then(|limit| limit.parse().ok()).unwrap_or(5),
    }
}

/// What a recommend block shows.
async fn recommended(visit: &Visit, block: &LiveBlock) -> Result<Vec<RecommendedProduct>, Problem> {
    let catalogue = block.param("catalogue").unwrap_or_default();
    let uri: Uri = recommend_url(block).parse().map_err(|_| Problem::not_found())?;
    let Query(params) = Query::<Params>::try_from_uri(&uri).map_err(|_| Problem::not_found())?;
    let k = block.param("limit").and_then(|limit| limit.parse().ok()).unwrap_or(4);
    let trial = Trial { k, explain: false, ..params.trial(catalogue) };
    let items = visit.services.trial(&visit.actor, &trial).await?.items;
    Ok(items.into_iter().map(RecommendedProduct::from).collect())
}

/// Products with their reasons, and the way to the demonstration.
#[component]
fn RecommendBlock(block: LiveBlock, items: Vec<RecommendedProduct>) -> impl IntoView {
    let lang = crate::visit::lang();
    let href = recommend_url(&block);
    let catalogue = block.param("catalogue").unwrap_or_default().to_owned();
    view! {
        <section class="live-block" aria-label=t::LIVE_LABEL.of(lang)>
            <RecommendedCards catalogue items />
            <p class="live-block__more">
                <a href=href>{t::LIVE_MORE.of(lang)}</a>
            </p>
        </section>
    }
}

/// A text as one piece of HTML, where a component stands for itself by its name: the editor's preview.
pub(crate) fn static_html(parts: Vec<Part>) -> String {
    let mut html = String::new();
    for part in parts {
        match part {
            Part::Html(text) => html.push_str(&text),
            Part::Live(block) => html.push_str(&view! { <BlockOutline block /> }.to_html()),
        }
    }
    html
}

/// What stands for a live block in the preview.
#[component]
fn BlockOutline(block: LiveBlock) -> impl IntoView {
    let wrong = block.error.is_some();
    let params: Vec<String> = block.params.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    view! {
        <p class="block-outline" class:block-outline--wrong=wrong>
            <strong>{block.name.clone()}</strong>
            " "
            {block.error.clone().unwrap_or_else(|| params.join(" · "))}
        </p>
    }
}
