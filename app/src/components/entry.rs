//! Entries in lists, and the small facts about them.

use alluvium_domain::{EntryFields, EntryKind, EntryState, EntrySummary};
use leptos::prelude::*;
use time::OffsetDateTime;

use super::icon::Icon;
use super::record::FieldBadges;
use super::tags::TagList;
use crate::i18n::{format, names};
use crate::visit::lang;

/// A day, readable by programs too.
#[component]
pub(crate) fn Day(at: OffsetDateTime) -> impl IntoView {
    view! { <time datetime=format::machine(at)>{format::day(at)}</time> }
}

/// A moment, readable by programs too.
#[component]
pub(crate) fn Moment(at: OffsetDateTime) -> impl IntoView {
    view! { <time datetime=format::machine(at)>{format::moment(at)}</time> }
}

/// The kind with its icon.
#[component]
pub(crate) fn KindBadge(kind: EntryKind) -> impl IntoView {
    let icon = match kind {
        EntryKind::Article => "article",
        EntryKind::Experiment => "experiment",
        EntryKind::Model => "layers",
        EntryKind::Dataset => "dataset",
        EntryKind::Term => "term",
    };
    view! {
        <span class="kind">
            <Icon name=icon />
            {names::kind(kind).of(lang())}
        </span>
    }
}

/// The state, where it is not the usual one.
#[component]
pub(crate) fn StateBadge(state: EntryState) -> impl IntoView {
    (state != EntryState::Published)
        .then(|| view! { <span class=format!("state state--{}", state.code())>{names::state(state).of(lang())}</span> })
}

/// One entry of a list: title, summary, facts.
#[component]
pub(crate) fn EntryCard(
    entry: EntrySummary,
    #[prop(optional)] compact: bool,
    /// What only its kind has, where the list shows that.
    #[prop(default = None)]
    fields: Option<EntryFields>,
    /// Within a list of its own kind: the kind goes without saying.
    #[prop(optional)]
    listed: bool,
    /// The level of its heading.
    #[prop(default = 3)]
    level: u8,
) -> impl IntoView {
    let interface = lang();
    let foreign = entry.lang != interface && entry.kind != EntryKind::Term;
    let title = view! { <a href=entry.url()>{entry.title.clone()}</a> };
    let title = if level == 2 {
        view! { <h2 class="card__title" lang=entry.lang.tag()>{title}</h2> }.into_any()
    } else {
        view! { <h3 class="card__title" lang=entry.lang.tag()>{title}</h3> }.into_any()
    };
    view! {
        <article class="card" class:card--compact=compact>
            {title}
            {(!compact && !entry.summary.is_empty())
                .then(|| view! { <p class="card__summary" lang=entry.lang.tag()>{entry.summary.clone()}</p> })}
            <p class="facts">
                <StateBadge state=entry.state />
                {fields.map(|fields| view! { <FieldBadges fields /> })}
                {(!listed && entry.kind != EntryKind::Article).then(|| view! { <KindBadge kind=entry.kind /> })}
                {foreign.then(|| view! { <span class="fact">{names::lang(entry.lang)}</span> })}
                <Day at=entry.updated_at />
                {(!compact && !entry.authors.is_empty())
                    .then(|| view! { <span class="fact">{entry.authors.join(interface.pick("、", ", "))}</span> })}
            </p>
            {(!compact).then(|| view! { <TagList tags=entry.tags.clone() kind=entry.kind /> })}
        </article>
    }
}
