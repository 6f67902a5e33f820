//! Entries beside this one: related by the search machinery with the reason, and those that mention it.

use alluvium_domain::search::Related;
use alluvium_domain::{LinkRelation, LinkTarget};
use leptos::prelude::*;

use super::entry::KindBadge;
use crate::i18n::entry as t;
use crate::i18n::{names, parts};
use crate::islands::score::{ScoreBar, group_code};

/// Reasons shown for each entry.
const REASONS: usize = 4;

/// Related entries under their heading; nothing where there are none.
#[component]
pub(crate) fn RelatedList(related: Vec<Related>) -> impl IntoView {
    let lang = crate::visit::lang();
    (!related.is_empty()).then(|| {
        view! {
            <section class="after-text" aria-labelledby="related">
                <h2 id="related">{t::RELATED.of(lang)}</h2>
                <RelatedItems related />
            </section>
        }
    })
}

/// Entries, each with what joins it to others.
#[component]
pub(crate) fn RelatedItems(related: Vec<Related>) -> impl IntoView {
    let lang = crate::visit::lang();
    let most = related.iter().map(|related| related.score).fold(0.0, f64::max);
    let items = related
        .into_iter()
        .map(|related| {
            let tag = related.entry.lang.tag();
            let reasons = related
                .explanation
                .contributions
                .iter()
                .filter(|part| part.amount > 0.0)
                .take(REASONS)
                .map(|part| view! { <li class=format!("chip chip--{}", group_code(part.group))>{parts::name(part, lang)}</li> })
                .collect_view();
            let groups = super::explanation::group_totals(&related.explanation);
            view! {
                <li class="related">
                    <a class="related__title" href=related.entry.url() lang=tag>
                        {related.entry.title.clone()}
                    </a>
                    <p class="related__summary" lang=tag>
                        {related.entry.summary.clone()}
                    </p>
                    <div class="related__why">
                        <span class="visually-hidden">{t::RELATED_WHY.of(lang)}</span>
                        <ScoreBar groups baseline=related.explanation.baseline score=related.score most lang />
                        <ul class="chips">{reasons}</ul>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="related-list">{items}</ul> }
}

/// Entries that refer to this one.
#[component]
pub(crate) fn Backlinks(links: Vec<LinkTarget>, title: &'static str) -> impl IntoView {
    let lang = crate::visit::lang();
    (!links.is_empty()).then(|| {
        let items = links
            .into_iter()
            .map(|link| {
                let relation =
                    (link.relation != LinkRelation::Mentions).then(|| names::relation(link.relation).of(lang));
                view! {
                    <li>
                        <a href=link.entry.url() lang=link.entry.lang.tag()>
                            {link.entry.title.clone()}
                        </a>
                        <KindBadge kind=link.entry.kind />
                        {relation.map(|relation| view! { <span class="muted small">{relation}</span> })}
                    </li>
                }
            })
            .collect_view();
        view! {
            <section class="after-text" aria-labelledby="backlinks">
                <h2 id="backlinks">{title}</h2>
                <ul class="link-list">{items}</ul>
            </section>
        }
    })
}
