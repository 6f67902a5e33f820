//! What only experiments, models and data sets have, in a word or two.

use alluvium_domain::EntryFields;
use alluvium_domain::entry::{CardMetadata, Decision, ExperimentState};
use leptos::prelude::*;

use crate::i18n::research as t;
use crate::visit::lang;

/// How far an experiment has come.
#[component]
pub(crate) fn ProgressBadge(state: ExperimentState) -> impl IntoView {
    view! { <span class=format!("state progress--{}", state.code())>{t::state(state).of(lang())}</span> }
}

/// What was decided.
#[component]
pub(crate) fn DecisionBadge(decision: Option<Decision>) -> impl IntoView {
    decision.map(|decision| {
        view! { <span class=format!("state decision--{}", decision.code())>{t::decision(decision).of(lang())}</span> }
    })
}

/// The few facts of a kind that a list shows.
#[component]
pub(crate) fn FieldBadges(fields: EntryFields) -> impl IntoView {
    let fact = |text: String| (!text.is_empty()).then(|| view! { <span class="fact">{text}</span> });
    match fields {
        EntryFields::Experiment(experiment) => view! {
            <ProgressBadge state=experiment.state />
            <DecisionBadge decision=experiment.decision />
            <span class="fact">{t::design(experiment.design).of(lang())}</span>
        }
        .into_any(),
        EntryFields::Model(model) => {
            let card = CardMetadata::parse(&model.card).unwrap_or_default();
            view! {
                {fact(card.pipeline_tag)}
                {fact(card.license)}
            }
            .into_any()
        }
        EntryFields::Dataset(dataset) => view! {
            {fact(dataset.size)}
            {fact(dataset.licence)}
        }
        .into_any(),
        EntryFields::Article { .. } | EntryFields::Term { .. } => ().into_any(),
    }
}
