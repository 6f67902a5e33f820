//! The choice of a ranker, as a menu and side by side.

use alluvium_domain::shop::Ranker;
use leptos::prelude::*;

use crate::components::field::Choice;
use crate::components::segments::{Segment, Segments};
use crate::i18n::product_search as tp;

/// All rankers side by side, as the field `ranker`.
#[component]
pub(super) fn RankerSegments(chosen: Ranker) -> impl IntoView {
    let lang = crate::visit::lang();
    let segments = Ranker::ALL
        .iter()
        .map(|ranker| Segment { value: ranker.code(), label: tp::ranker(*ranker).of(lang), hint: None })
        .collect();
    view! { <Segments name="ranker" legend=tp::RANKER.of(lang) segments chosen=chosen.code() /> }
}

/// A menu of rankers.
#[component]
pub(super) fn RankerChoice(name: &'static str, label: &'static str, chosen: Ranker) -> impl IntoView {
    let lang = crate::visit::lang();
    let options = Ranker::ALL.iter().map(|ranker| (ranker.code(), tp::ranker(*ranker).of(lang))).collect();
    view! { <Choice name label options chosen=chosen.code() inline=true /> }
}
