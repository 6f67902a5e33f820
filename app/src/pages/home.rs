//! The home page: search first, then what is new, what to read, and the map of topics.

use alluvium_domain::search::Related;
use alluvium_domain::{EntryKind, EntryState, EntrySummary, Lang, Problem};
use alluvium_services::EntryFilter;
use alluvium_services::recommend::ShopWindow;
use axum::response::Response;
use leptos::prelude::*;

use crate::components::callout::Empty;
use crate::components::entry::EntryCard;
use crate::components::recommended::RecommendedCards;
use crate::components::related::RelatedItems;
use crate::components::strata::StrataMap;
use crate::document::{Document, Script, Section};
use crate::i18n::common as tc;
use crate::i18n::{entry as t, format, shop as ts};
use crate::islands::search_box::SearchBox;
use crate::visit::Visit;

/// Queries that show what search can do.
const EXAMPLES_ZH: [&str; 4] = ["点击率校准", "为什么要用大模型", "NDCG@10", "运动鞋"];
const EXAMPLES_EN: [&str; 4] = ["how to calibrate click probability", "why large models", "NDCG@10", "running shoes"];
/// Articles recommended after what was read.
const NEXT: usize = 5;
/// Products of the shop: a row on a wide screen.
const IN_WINDOW: usize = 6;
/// Where somebody new begins, in this order; those that are not there are left out.
const FIRST_READS: [&str; 5] =
    ["start-here", "why-large-models", "running-shoes-case", "softmax-click-model", "feature-attribution"];

/// `GET /`
pub(crate) async fn show(visit: Visit) -> Response {
    let document = document(&visit).await;
    visit.answer(document)
}

async fn document(visit: &Visit) -> Result<Document, Problem> {
    let newest = EntryFilter {
        kind: Some(EntryKind::Article),
        lang: Some(visit.lang),
        state: Some(EntryState::Published),
        limit: 8,
        ..EntryFilter::default()
    };
    let newest = visit.services.entry_list(&visit.actor, &newest).await?;
    // The page does without it where that does not work.
    let window = visit.services.shop_window(&visit.actor, &visit.seen, IN_WINDOW).await.unwrap_or_default();
    let seen = !visit.seen.is_empty();
    let next = visit.services.read_next(&visit.actor, &visit.read, visit.lang, NEXT).await?;
    let first = if next.is_empty() { first_reads(visit).await? } else { Vec::new() };
    let read = visit.read.len();
    let tags = visit.services.entry_tags(&visit.actor, Some(EntryKind::Article), Some(visit.lang)).await?;
    let terms = visit.services.term_list(&visit.actor).await?.len();
    let lang = visit.lang;
    let total = newest.total;
    Ok(Document::new(tc::PRODUCT.of(lang), Section::Home, move || {
        view! {
            <Hero articles=total terms />
            {if newest.entries.is_empty() {
                view! { <div class="wrap"><Empty title=t::NO_ENTRIES_YET.of(lang) hint=t::NO_ENTRIES_HINT.of(lang) /></div> }.into_any()
            } else {
                view! {
                    <div class="wrap home">
                        {if next.is_empty() {
                            view! { <Column title=t::READ_FIRST.of(lang) entries=first class="home__first" compact=false /> }.into_any()
                        } else {
                            view! { <Next related=next read /> }.into_any()
                        }}
                        <Column title=t::NEW_HERE.of(lang) entries=newest.entries class="home__new" compact=true />
                        {window.map(|window| view! { <Window window seen /> })}
                        <section class="home__map" aria-labelledby="map">
                            <h2 id="map">{t::TOPIC_MAP.of(lang)}</h2>
                            <StrataMap tags />
                        </section>
                    </div>
                }
                    .into_any()
            }}
        }
    })
    .script(Script::Mlflow))
}

/// What to read after what was read, with the reasons.
#[component]
fn Next(related: Vec<Related>, read: usize) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <section class="home__first">
            <div class="section-head">
                <h2>{t::READ_NEXT.of(lang)}</h2>
                <form method="post" action="/reading/forget">
                    <button class="button button--quiet button--small" type="submit">
                        {t::FORGET_READING.of(lang)}
                    </button>
                </form>
            </div>
            <p class="muted small">{format::by_reading(read, lang)}</p>
            <RelatedItems related />
        </section>
    }
}

/// Products of the shop, with the reasons.
#[component]
fn Window(window: ShopWindow, seen: bool) -> impl IntoView {
    let lang = crate::visit::lang();
    let ShopWindow { catalogue, basis, items } = window;
    let slug = catalogue.input.slug.to_string();
    let href = format!("/shop/{slug}");
    view! {
        <section class="home__window" aria-labelledby="window">
            <div class="section-head">
                <h2 id="window">{ts::IN_THE_SHOP.of(lang)}</h2>
                <a href=href>{catalogue.input.title.text(lang).to_owned()}</a>
            </div>
            <div class="home__basis small">
                {catalogue.input.simulated.then(|| view! { <span class="tag">{ts::SIMULATED.of(lang)}</span> })}
                <p class="muted">{ts::basis(basis, lang)}</p>
                {seen
                    .then(|| {
                        view! {
                            <form method="post" action="/seen/forget">
                                <button class="button button--quiet button--small" type="submit">
                                    {ts::FORGET_SEEN.of(lang)}
                                </button>
                            </form>
                        }
                    })}
            </div>
            <RecommendedCards catalogue=slug items />
        </section>
    }
}

/// The first reads in the language of the interface, where they have been translated.
async fn first_reads(visit: &Visit) -> Result<Vec<EntrySummary>, Problem> {
    let guides = EntryFilter {
        kind: Some(EntryKind::Article),
        lang: Some(visit.lang),
        state: Some(EntryState::Published),
        limit: 200,
        ..EntryFilter::default()
    };
    let listed = visit.services.entry_list(&visit.actor, &guides).await?.entries;
    let suffix = if visit.lang == Lang::En { "-en" } else { "" };
    Ok(FIRST_READS
        .iter()
        .filter_map(|slug| listed.iter().find(|entry| entry.slug.as_str() == format!("{slug}{suffix}")).cloned())
        .take(4)
        .collect())
}

#[component]
fn Hero(articles: usize, terms: usize) -> impl IntoView {
    let lang = crate::visit::lang();
    let examples = lang
        .pick(EXAMPLES_ZH, EXAMPLES_EN)
        .into_iter()
        .map(|query| {
            let href = format!("/search?q={}", alluvium_domain::percent_encoded(query));
            view! { <li><a class="tag" href=href>{query}</a></li> }
        })
        .collect_view();
    view! {
        <section class="hero">
            <Layers />
            <div class="wrap hero__in">
                <h1 class="hero__title">{tc::TAGLINE.of(lang)}</h1>
                <SearchBox lang id="hero-q".to_owned() />
                <div class="hero__try">
                    <span class="muted">{t::TRY.of(lang)}</span>
                    <ul class="tags">{examples}</ul>
                </div>
                <p class="hero__facts">
                    <a href="/articles">{format::articles(articles, lang)}</a>
                    <a href="/glossary">{format::terms(terms, lang)}</a>
                </p>
            </div>
        </section>
    }
}

/// The river bed behind the search box.
#[component]
fn Layers() -> impl IntoView {
    view! {
        <svg class="hero__bed" viewBox="0 0 1440 260" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <path class="bed bed--1" d="M0 92C180 40 330 44 520 92s330 74 520 28 260-62 400-32V260H0Z" />
            <path class="bed bed--2" d="M0 138C200 92 340 104 540 142s320 62 500 24 260-48 400-20V260H0Z" />
            <path class="bed bed--3" d="M0 184C220 148 360 160 560 188s300 44 500 16 240-34 380-12V260H0Z" />
            <path class="bed bed--4" d="M0 226C240 202 380 212 580 230s280 28 480 8 240-20 380-6V260H0Z" />
        </svg>
    }
}

#[component]
fn Column(title: &'static str, entries: Vec<EntrySummary>, class: &'static str, compact: bool) -> impl IntoView {
    let lang = crate::visit::lang();
    let cards = entries.into_iter().map(|entry| view! { <li><EntryCard entry compact /></li> }).collect_view();
    view! {
        <section class=class>
            <div class="section-head">
                <h2>{title}</h2>
                <a href="/articles">{t::MORE.of(lang)}</a>
            </div>
            <ul class="card-list">{cards}</ul>
        </section>
    }
}
