//! What an experiment says of itself: question, hypothesis, decision, and how it was measured.

mod trial;

use alluvium_domain::entry::{Experiment, entry_url};
use alluvium_domain::tracking::ExperimentId;
use alluvium_domain::{EntryKind, EntryRef, LinkRelation, LinkTarget};
use leptos::prelude::*;

use super::runs::runs_url;
use crate::components::record::{DecisionBadge, ProgressBadge};
use crate::i18n::{research as t, runs as tr};

/// An id is told by so many of its characters.
const SHORT_ID: usize = 12;

pub(crate) use trial::{Trial, TrialForm};

/// Question, hypothesis and decision first; then how it compares.
#[component]
pub(crate) fn ExperimentFacts(
    experiment: Box<Experiment>,
    links: Vec<LinkTarget>,
    runs: Option<ExperimentId>,
) -> impl IntoView {
    let lang = crate::visit::lang();
    let targets: Vec<_> = experiment.targets().collect();
    let datasets = experiment.datasets.iter().filter_map(|slug| EntryRef::parse(&format!("dataset/{slug}")));
    let datasets: Vec<_> = datasets.collect();
    let decided = experiment.decision.map(|decision| {
        let ids = experiment.runs.iter().map(|id| {
            view! { <a class="fact" href=format!("/runs/{id}")><code>{id.chars().take(SHORT_ID).collect::<String>()}</code></a> }
        });
        let ids: Vec<_> = ids.collect();
        let rests_on = (!ids.is_empty()).then(|| view! { <p class="facts small">{t::DECISION_RUNS.of(lang)} {ids}</p> });
        view! {
            <div class=format!("verdict-box decision--{}", decision.code())>
                <p class="facts">
                    <strong>{t::DECISION.of(lang)}</strong>
                    <DecisionBadge decision=Some(decision) />
                </p>
                <p>{experiment.reason.clone()}</p>
                {rests_on}
            </div>
        }
    });
    let guardrails = experiment.guardrails.iter().map(|metric| view! { <li>{metric.clone()}</li> }).collect_view();
    let command = (!experiment.command.is_empty()).then(|| {
        view! {
            <dt>{t::COMMAND.of(lang)}</dt>
            <dd><code class="record__command">{experiment.command.clone()}</code></dd>
        }
    });
    view! {
        <section class="record" aria-label=t::PLAN.of(lang)>
            <p class="facts">
                <ProgressBadge state=experiment.state />
                <span class="fact">{t::design(experiment.design).of(lang)}</span>
                <span class="fact">{experiment.owner.clone()}</span>
                {runs.map(|id| view! { <a class="fact" href=runs_url(id)>{tr::ITS_RUNS.of(lang)}</a> })}
            </p>
            <h2 class="record__title">{t::QUESTION.of(lang)}</h2>
            <p class="record__question">{experiment.question.clone()}</p>
            <h2 class="record__title">{t::HYPOTHESIS.of(lang)}</h2>
            <p>{experiment.hypothesis.clone()}</p>
            {decided}
            <dl class="record__facts">
                <dt>{t::CHANGE_MIND.of(lang)}</dt>
                <dd>{experiment.change_mind.clone()}</dd>
                <dt>{t::DECISION_METRIC.of(lang)}</dt>
                <dd>{experiment.decision_metric.clone()}</dd>
                {(!experiment.guardrails.is_empty())
                    .then(|| {
                        view! {
                            <dt>{t::GUARDRAILS.of(lang)}</dt>
                            <dd><ul class="plain-list">{guardrails}</ul></dd>
                        }
                    })}
                <Entries title=t::EVALUATES.of(lang) refs=targets links=links.clone() relation=LinkRelation::Evaluates />
                <Entries title=t::USES_DATASETS.of(lang) refs=datasets links relation=LinkRelation::MeasuredOn />
                {command}
            </dl>
        </section>
    }
}

/// Entries that a field names: by title where they exist, by name where they do not yet.
#[component]
pub(super) fn Entries(
    title: &'static str,
    refs: Vec<EntryRef>,
    links: Vec<LinkTarget>,
    relation: LinkRelation,
) -> impl IntoView {
    (!refs.is_empty()).then(|| {
        let items = refs
            .into_iter()
            .map(|EntryRef { kind, slug }| {
                let found = links
                    .iter()
                    .find(|link| link.relation == relation && link.entry.kind == kind && link.entry.slug == slug);
                match found {
                    Some(link) => view! {
                        <li><a href=entry_url(kind, slug.as_str()) lang=link.entry.lang.tag()>{link.entry.title.clone()}</a></li>
                    }
                    .into_any(),
                    None => {
                        let name = if kind == EntryKind::Article { slug.to_string() } else { format!("{kind}/{slug}") };
                        view! { <li class="muted">{name}</li> }.into_any()
                    }
                }
            })
            .collect_view();
        view! {
            <dt>{title}</dt>
            <dd><ul class="plain-list">{items}</ul></dd>
        }
    })
}
