//! One hit: what it is, where it matched, and why it stands where it stands.

use alluvium_domain::EntryKind;
use alluvium_domain::search::Hit;
use leptos::prelude::*;

use super::FORM;
use crate::components::entry::{Day, KindBadge, StateBadge};
use crate::components::explanation::{ExplanationTable, group_totals};
use crate::components::passage::PassageHeat;
use crate::i18n::search as t;
use crate::i18n::{names, tags};
use crate::islands::score::{ScoreBar, Snippet};

#[component]
pub(crate) fn HitItem(hit: Hit, most: f64) -> impl IntoView {
    let lang = crate::visit::lang();
    let entry = hit.entry;
    let tag = entry.lang.tag();
    let url = entry.url();
    let section = hit.anchor.as_ref().map(|anchor| format!("{url}#{anchor}"));
    let tag_names: Vec<String> = entry.tags.iter().take(4).map(|tag| tags::name(tag, lang)).collect();
    let why = hit.explanation.map(|explanation| {
        let groups = group_totals(&explanation);
        let baseline = explanation.baseline;
        let passage = (!hit.passage.is_empty()).then(|| view! { <PassageHeat tokens=hit.passage tag /> });
        view! {
            <details class="why">
                <summary>
                    <ScoreBar groups baseline score=hit.score most lang />
                    <span class="num why__score">{format!("{:.2}", hit.score)}</span>
                    <span class="why__ask">{t::WHY.of(lang)}</span>
                </summary>
                <div class="why__panel">
                    <ExplanationTable explanation form=FORM />
                    {passage}
                    <p class="why__hint">
                        {t::SWITCH_HINT.of(lang)}
                        " "
                        <button class="button button--small no-js" form=FORM>{t::RERANK.of(lang)}</button>
                    </p>
                </div>
            </details>
        }
    });
    view! {
        <li class="hit" data-key=entry.id.0.to_string()>
            <h2 class="hit__title" lang=tag>
                <a href=url>{entry.title}</a>
            </h2>
            <p class="facts">
                <KindBadge kind=entry.kind />
                <StateBadge state=entry.state />
                {(entry.lang != lang && entry.kind != EntryKind::Term)
                    .then(|| view! { <span class="fact">{names::lang(entry.lang)}</span> })}
                <Day at=entry.updated_at />
                <span class="fact">{tag_names.join(lang.pick("、", ", "))}</span>
            </p>
            <p class="hit__snippet" lang=tag>
                <Snippet spans=hit.snippet />
                {section.map(|href| view! { <a class="hit__section" href=href>{t::IN_SECTION.of(lang)}</a> })}
            </p>
            {why}
        </li>
    }
}
