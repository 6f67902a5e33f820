//! The search page before a query, and when nothing was found.

use alluvium_domain::percent_encoded;
use alluvium_domain::search::{Mode, SearchResponse};
use leptos::prelude::*;

use super::Params;
use crate::components::callout::Empty;
use crate::i18n::search as t;

/// What one may type.
#[component]
pub(crate) fn Start() -> impl IntoView {
    let lang = crate::visit::lang();
    let examples = [
        (lang.pick("点击率 type:article", "click model type:article"), t::SYNTAX_TYPE),
        ("tag:evaluation NDCG@10", t::SYNTAX_TAG),
        (lang.pick("\"位置偏差\"", "\"position bias\""), t::SYNTAX_QUOTES),
        (lang.pick("author:编辑部 召回", "author:editors retrieval"), t::SYNTAX_AUTHOR),
        (lang.pick("lang:en embedding", "lang:zh 召回"), t::SYNTAX_LANG),
        (lang.pick("after:2026-01-01 解释", "after:2026-01-01 explanation"), t::SYNTAX_AFTER),
    ]
    .into_iter()
    .map(|(query, meaning)| {
        view! {
            <li>
                <a href=format!("/search?q={}", percent_encoded(query))>
                    <code>{query}</code>
                </a>
                <span class="muted">{meaning.of(lang)}</span>
            </li>
        }
    })
    .collect_view();
    view! {
        <div class="search-start">
            <h2>{t::NO_QUERY_TITLE.of(lang)}</h2>
            <p class="muted">{t::NO_QUERY.of(lang)}</p>
            <ul class="syntax">{examples}</ul>
        </div>
    }
}

/// Nothing found: the ways on, those that change something first.
#[component]
pub(crate) fn NoHits(params: Params, found: SearchResponse) -> impl IntoView {
    let lang = crate::visit::lang();
    let mut ways: Vec<(String, &'static str)> = Vec::new();
    if !found.parsed.filters.is_empty() && !found.parsed.text.trim().is_empty() {
        ways.push((params.with_query(found.parsed.text.trim()).url(1), t::NO_HITS_FILTERS.of(lang)));
    }
    if !found.parsed.phrases.is_empty() {
        ways.push((params.with_query(params.q.replace(['"', '“', '”'], " ")).url(1), t::NO_HITS_PHRASE.of(lang)));
    }
    if !params.without.is_empty() {
        ways.push((Params { without: Vec::new(), ..params.clone() }.url(1), t::RESTORE.of(lang)));
    }
    match params.mode() {
        Mode::Lexical if !found.degraded => {
            ways.push((Params { mode: "semantic".into(), ..params.clone() }.url(1), t::NO_HITS_SEMANTIC.of(lang)));
        }
        Mode::Semantic => {
            ways.push((Params { mode: String::new(), ..params.clone() }.url(1), t::NO_HITS_HYBRID.of(lang)))
        }
        _ => {}
    }
    ways.push(("/articles".to_owned(), t::NO_HITS_BROWSE.of(lang)));
    ways.push(("/glossary".to_owned(), t::NO_HITS_GLOSSARY.of(lang)));
    let ways = ways.into_iter().map(|(href, label)| view! { <a class="button" href=href>{label}</a> }).collect_view();
    view! {
        <Empty title=t::NO_HITS_TITLE.of(lang) hint=t::NO_HITS.of(lang)>
            {ways}
        </Empty>
    }
}
