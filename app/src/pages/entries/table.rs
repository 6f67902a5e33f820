//! The dense list: one line an entry.

use alluvium_domain::entry::CardMetadata;
use alluvium_domain::{EntryFields, EntryKind};
use alluvium_services::FilledEntry;
use leptos::prelude::*;

use crate::components::entry::{Day, StateBadge};
use crate::components::record::{DecisionBadge, ProgressBadge};
use crate::components::table::{DataTable, column_heads};
use crate::i18n::{Text, entry as t, research as tr};

#[component]
pub(super) fn Table(kind: EntryKind, entries: Vec<FilledEntry>) -> impl IntoView {
    let lang = crate::visit::lang();
    let own: &[Text] = match kind {
        EntryKind::Experiment => &[tr::STATE, tr::DECISION, tr::DECISION_METRIC, tr::OWNER],
        EntryKind::Model => &[tr::TASK, tr::LICENSE, tr::BASE_MODEL],
        EntryKind::Dataset => &[tr::SIZE, tr::LICENCE],
        EntryKind::Article | EntryKind::Term => &[t::AUTHORS],
    };
    let heads = column_heads(&[&[t::TITLE], own, &[tr::UPDATED]].concat());
    let rows = entries.into_iter().map(|filled| view! { <Row filled /> }).collect_view();
    view! {
        <DataTable label=tr::DENSE.of(lang) heads=heads>{rows}</DataTable>
    }
}

#[component]
fn Row(filled: FilledEntry) -> impl IntoView {
    let FilledEntry { entry, fields } = filled;
    let cell = |text: String| view! { <td>{text}</td> };
    let own = match fields {
        EntryFields::Experiment(experiment) => view! {
            <td><ProgressBadge state=experiment.state /></td>
            <td><DecisionBadge decision=experiment.decision /></td>
            {cell(experiment.decision_metric)}
            {cell(experiment.owner)}
        }
        .into_any(),
        EntryFields::Model(model) => {
            let card = CardMetadata::parse(&model.card).unwrap_or_default();
            view! {
                {cell(card.pipeline_tag)}
                {cell(card.license)}
                {cell(card.base_model.join(", "))}
            }
            .into_any()
        }
        EntryFields::Dataset(dataset) => view! {
            {cell(dataset.size)}
            {cell(dataset.licence)}
        }
        .into_any(),
        EntryFields::Article { .. } | EntryFields::Term { .. } => cell(entry.authors.join(", ")).into_any(),
    };
    view! {
        <tr>
            <th scope="row" lang=entry.lang.tag()>
                <a href=entry.url()>{entry.title.clone()}</a>
                " "
                <StateBadge state=entry.state />
            </th>
            {own}
            <td class="num"><Day at=entry.updated_at /></td>
        </tr>
    }
}
