//! The glossary: all terms, by letter or by topic, with a filter.

use alluvium_domain::{Action, Lang, Problem};
use alluvium_services::TermHint;
use axum::extract::Query;
use axum::response::Response;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::Empty;
use crate::components::icon::Icon;
use crate::components::segments::{Segment, Segments};
use crate::document::{Document, Script, Section};
use crate::i18n::common as tc;
use crate::i18n::{entry as t, format, tags};
use crate::visit::Visit;

/// How the list is arranged.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    /// Part of a name or a definition.
    q: String,
    /// `letter`, else by topic.
    by: String,
}

/// `GET /glossary`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let document = document(&visit, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, params: Params) -> Result<Document, Problem> {
    let lang = visit.lang;
    let terms = visit.services.term_list(&visit.actor).await?;
    let writes = visit.actor.may(Action::Write).is_ok();
    let total = terms.len();
    let shown: Vec<TermHint> = terms.into_iter().filter(|term| matches(term, &params.q)).collect();
    let by_letter = params.by == "letter";
    let groups = if by_letter { by_letters(shown) } else { by_topics(shown, lang) };
    Ok(Document::new(tc::GLOSSARY.of(lang), Section::Glossary, move || {
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{tc::GLOSSARY.of(lang)}</h1>
                    <p class="muted num">{format::terms(total, lang)}</p>
                    {writes
                        .then(|| {
                            view! {
                                <a class="button button--primary page-head__action" href="/glossary/new">
                                    <Icon name="plus" />
                                    {t::NEW_TERM.of(lang)}
                                </a>
                            }
                        })}
                </div>
                <p class="lead">{t::GLOSSARY_LEAD.of(lang)}</p>
                <Controls params by_letter />
                <div id="results" data-region="">
                    <Groups groups />
                </div>
            </div>
        }
    })
    .describe(t::GLOSSARY_LEAD.of(lang))
    .script(Script::Regions))
}

#[component]
fn Controls(params: Params, by_letter: bool) -> impl IntoView {
    let lang = crate::visit::lang();
    let segments = [("", t::BY_TOPIC), ("letter", t::BY_LETTER)]
        .map(|(value, label)| Segment { value, label: label.of(lang), hint: None })
        .to_vec();
    let chosen = if by_letter { "letter" } else { "" };
    view! {
        <form class="filter-bar" action="/glossary" data-target="results">
            <input
                class="input"
                type="search"
                name="q"
                value=params.q
                placeholder=t::FILTER_TERMS.of(lang)
                aria-label=t::FILTER_TERMS.of(lang)
                autocomplete="off"
            />
            <Segments name="by" legend=t::BY_TOPIC.of(lang) segments chosen />
            <button class="button no-js">{tc::FILTER.of(lang)}</button>
        </form>
    }
}

#[component]
fn Groups(groups: Vec<(String, Vec<TermHint>)>) -> impl IntoView {
    let lang = crate::visit::lang();
    if groups.is_empty() {
        return view! {
            <Empty title=t::NO_TERMS.of(lang)>
                <a class="button" href="/glossary">{tc::ALL.of(lang)}</a>
            </Empty>
        }
        .into_any();
    }
    groups
        .into_iter()
        .map(|(title, terms)| {
            let items = terms.into_iter().map(|term| view! { <TermItem term /> }).collect_view();
            view! {
                <section class="term-group">
                    <h2>{title}</h2>
                    <dl class="terms">{items}</dl>
                </section>
            }
        })
        .collect_view()
        .into_any()
}

#[component]
fn TermItem(term: TermHint) -> impl IntoView {
    let lang = crate::visit::lang();
    let definition = lang.pick(term.definition_zh, term.definition_en);
    view! {
        <div class="terms__item">
            <dt>
                <a href=format!("/glossary/{}", term.slug)>
                    <span lang="zh-CN">{term.zh}</span>
                    " "
                    <span class="terms__en" lang="en">{term.en}</span>
                </a>
            </dt>
            <dd lang=lang.tag()>{definition}</dd>
        </div>
    }
}

/// Whether a term's names or definitions hold what is looked for.
fn matches(term: &TermHint, query: &str) -> bool {
    let query = query.trim().to_lowercase();
    let texts = [&term.zh, &term.en, &term.definition_zh, &term.definition_en, &term.slug];
    query.is_empty() || texts.into_iter().chain(&term.aliases).any(|text| text.to_lowercase().contains(&query))
}

/// By the first letter of the English name.
fn by_letters(mut terms: Vec<TermHint>) -> Vec<(String, Vec<TermHint>)> {
    terms.sort_by_key(|term| term.en.to_lowercase());
    grouped(terms, |term| {
        let first = term.en.chars().next().unwrap_or('#').to_ascii_uppercase();
        if first.is_ascii_alphabetic() { first.to_string() } else { "#".to_owned() }
    })
}

/// By layer of the map of topics, from the surface down.
fn by_topics(mut terms: Vec<TermHint>, lang: Lang) -> Vec<(String, Vec<TermHint>)> {
    let layer = |term: &TermHint| term.tags.first().map_or(tags::LAYERS.len() - 1, |tag| tags::layer(tag));
    terms.sort_by_key(layer);
    grouped(terms, |term| tags::LAYERS[layer(term)].of(lang).to_owned())
}

/// Neighbours with the same key together.
fn grouped(terms: Vec<TermHint>, key: impl Fn(&TermHint) -> String) -> Vec<(String, Vec<TermHint>)> {
    let mut groups: Vec<(String, Vec<TermHint>)> = Vec::new();
    for term in terms {
        let title = key(&term);
        match groups.last_mut() {
            Some((last, terms)) if *last == title => terms.push(term),
            _ => groups.push((title, vec![term])),
        }
    }
    groups
}
