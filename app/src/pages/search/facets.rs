//! How the query was understood, what it can be narrowed to, and what has been switched off.

use alluvium_domain::search::{FacetCount, Filter, SearchResponse};
use alluvium_domain::{EntryKind, Lang};
use leptos::prelude::*;

use super::{FORM, Params};
use crate::components::callout::{Notice, Tone};
use crate::components::icon::Icon;
use crate::components::side::Side;
use crate::components::what_if::WhatIf;
use crate::i18n::common as tc;
use crate::i18n::search as t;
use crate::i18n::{names, tags};

/// Tags shown.
const MOST_TAGS: usize = 12;

/// Counts by type, language and tag, each a link that narrows the search or widens it again.
#[component]
pub(crate) fn Facets(params: Params, found: SearchResponse) -> impl IntoView {
    let lang = crate::visit::lang();
    let types = group(&params, "type", &found.facets.types, |value| {
        value.parse::<EntryKind>().map_or(value.to_owned(), |kind| names::kind(kind).of(lang).to_owned())
    });
    let langs = group(&params, "lang", &found.facets.langs, |value| {
        value.parse::<Lang>().map_or(value.to_owned(), |lang| names::lang(lang).to_owned())
    });
    let shown = &found.facets.tags[..found.facets.tags.len().min(MOST_TAGS)];
    let tag_links = group(&params, "tag", shown, |value| tags::name(value, lang));
    let section = move |title: &'static str, links: Vec<AnyView>| {
        (!links.is_empty()).then(|| {
            view! {
                <h2 class="side__title">{title}</h2>
                <ul class="facets">{links}</ul>
            }
        })
    };
    view! {
        <Side chosen=found.parsed.filters.len()>
            {section(t::TYPES.of(lang), types)} {section(t::LANG.of(lang), langs)} {section(tc::TAGS.of(lang), tag_links)}
        </Side>
    }
}

fn group(params: &Params, filter: &str, counts: &[FacetCount], name: impl Fn(&str) -> String) -> Vec<AnyView> {
    counts
        .iter()
        .map(|facet| {
            let token = format!("{filter}:{}", facet.value);
            let here = params.q.split_whitespace().any(|word| word.eq_ignore_ascii_case(&token));
            let target = if here { params.without_filter(&token) } else { params.with_filter(&token) };
            view! {
                <li>
                    <a class="facet" href=target.url(1) aria-current=here.then_some("true") rel="nofollow">
                        <span>{name(&facet.value)}</span>
                        <span class="num facet__count">{facet.count}</span>
                    </a>
                </li>
            }
            .into_any()
        })
        .collect()
}

/// Filters in use, words the glossary added, parts switched off, and what was not understood.
#[component]
pub(crate) fn Understood(params: Params, found: SearchResponse) -> impl IntoView {
    let lang = crate::visit::lang();
    let comma = lang.pick("、", ", ");
    let filters = found
        .parsed
        .filters
        .iter()
        .map(|filter| {
            let token = token(filter);
            let href = params.without_filter(&token).url(1);
            view! {
                <li>
                    <a class="tag tag--on" href=href>
                        {token.clone()}
                        <Icon name="close" />
                        <span class="visually-hidden">{t::REMOVE_FILTER.of(lang)}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    let phrases = (!found.parsed.phrases.is_empty()).then(|| {
        let phrases: Vec<String> = found.parsed.phrases.iter().map(|phrase| format!("“{phrase}”")).collect();
        view! { <p class="understood__line">{t::PHRASES.of(lang)} {phrases.join(comma)}</p> }
    });
    let expansions = (!found.expansions.is_empty()).then(|| {
        let added = found
            .expansions
            .iter()
            .map(|expansion| {
                let href = format!("/glossary/{}", expansion.term);
                let to = expansion.to.join(comma);
                view! {
                    <li>
                        <a href=href>{expansion.from.clone()}</a>
                        <span aria-hidden="true">" → "</span>
                        {to}
                    </li>
                }
            })
            .collect_view();
        view! {
            <div class="understood__line">
                <span class="chip chip--glossary">{t::GROUP_GLOSSARY.of(lang)}</span>
                <ul class="inline-list">{added}</ul>
            </div>
        }
    });
    let unknown = (!found.parsed.unknown.is_empty()).then(|| {
        let text = format!("{}{}", t::UNKNOWN_FILTERS.of(lang), found.parsed.unknown.join(comma));
        view! { <Notice tone=Tone::Warning>{text}</Notice> }
    });
    view! {
        <div class="understood">
            {found.degraded.then(|| view! { <Notice tone=Tone::Info>{t::DEGRADED.of(lang)}</Notice> })}
            {unknown}
            {(!found.parsed.filters.is_empty())
                .then(|| view! { <ul class="tags" aria-label=t::ACTIVE_FILTERS.of(lang)>{filters}</ul> })}
            {phrases}
            {expansions}
            {(!params.without.is_empty()).then(|| view! { <WhatIf without=params.without.clone() form=FORM all_on=Params { without: Vec::new(), ..params.clone() }.url(1) /> })}
        </div>
    }
}

/// A filter as it is typed.
fn token(filter: &Filter) -> String {
    match filter {
        Filter::Type(kind) => format!("type:{kind}"),
        Filter::Tag(tag) => format!("tag:{tag}"),
        Filter::Author(author) => format!("author:{author}"),
        Filter::After(day) => format!("after:{day}"),
        Filter::Before(day) => format!("before:{day}"),
        Filter::Lang(lang) => format!("lang:{lang}"),
        Filter::State(state) => format!("state:{state}"),
    }
}
