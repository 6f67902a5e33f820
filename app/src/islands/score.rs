//! Scores as layers: one colour for each sort of reason, the same everywhere.

use alluvium_domain::search::Span;
use alluvium_domain::{FeatureGroup, Lang};
use leptos::prelude::*;

use crate::i18n::Text;
use crate::i18n::search as t;
use crate::size;

/// The name of a group in classes.
pub(crate) fn group_code(group: FeatureGroup) -> &'static str {
    match group {
        FeatureGroup::Lexical => "lexical",
        FeatureGroup::Semantic => "semantic",
        FeatureGroup::Glossary => "glossary",
        FeatureGroup::Rule => "rule",
        FeatureGroup::Relation => "relation",
        FeatureGroup::History => "history",
        FeatureGroup::Taste => "taste",
        FeatureGroup::Product => "product",
        FeatureGroup::Popularity => "popularity",
        FeatureGroup::Context => "context",
    }
}

/// The name of a group for people.
pub(crate) fn group_name(group: FeatureGroup) -> Text {
    match group {
        FeatureGroup::Lexical => t::GROUP_LEXICAL,
        FeatureGroup::Semantic => t::GROUP_SEMANTIC,
        FeatureGroup::Glossary => t::GROUP_GLOSSARY,
        FeatureGroup::Rule => t::GROUP_RULE,
        FeatureGroup::Relation => t::GROUP_RELATION,
        FeatureGroup::History => t::GROUP_HISTORY,
        FeatureGroup::Taste => t::GROUP_TASTE,
        FeatureGroup::Product => t::GROUP_PRODUCT,
        FeatureGroup::Popularity => t::GROUP_POPULARITY,
        FeatureGroup::Context => t::GROUP_CONTEXT,
    }
}

/// A score as a bar of layers, as long as its share of `most`; read out as a sentence.
#[component]
pub(crate) fn ScoreBar(
    groups: Vec<(FeatureGroup, f64)>,
    baseline: f64,
    score: f64,
    most: f64,
    lang: Lang,
) -> impl IntoView {
    let positive: f64 = groups.iter().map(|(_, amount)| amount.max(0.0)).sum::<f64>() + baseline.max(0.0);
    let length = if most > 0.0 { (score / most).clamp(0.02, 1.0) } else { 0.02 };
    let share = move |amount: f64| if positive > 0.0 { amount.max(0.0) / positive } else { 0.0 };
    let words: Vec<String> =
        groups.iter().map(|(group, amount)| format!("{} {amount:.2}", group_name(*group).of(lang))).collect();
    let base = if baseline == 0.0 { String::new() } else { format!("{} {baseline:.2} + ", t::BASELINE.of(lang)) };
    let label = format!("{score:.2} = {base}{}", words.join(" + "));
    let layers = groups
        .into_iter()
        .filter(|(_, amount)| *amount > 0.0)
        .map(|(group, amount)| {
            view! { <span class=format!("layer layer--{} {}", group_code(group), size::length(share(amount)))></span> }
        })
        .collect_view();
    let bottom = (baseline > 0.0)
        .then(|| view! { <span class=format!("layer layer--base {}", size::length(share(baseline)))></span> });
    view! {
        <span class="score-bar" role="img" aria-label=label.clone() title=label>
            <span class=format!("score-bar__fill {}", size::length(length))>
                {bottom}
                {layers}
            </span>
        </span>
    }
}

/// A snippet with the matching words marked.
#[component]
pub(crate) fn Snippet(spans: Vec<Span>) -> impl IntoView {
    spans
        .into_iter()
        .map(|span| if span.marked { view! { <mark>{span.text}</mark> }.into_any() } else { span.text.into_any() })
        .collect_view()
}
