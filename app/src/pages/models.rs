//! A model card: the metadata that hubs read, as a table; the versions of the registered model whose card it is; and the card as a `README.md`.

use std::collections::HashMap;

use alluvium_domain::entry::{CardMetadata, CardResult, Model};
use alluvium_domain::registry::{ModelVersion, RegisteredModel};
use alluvium_domain::tracking::{Run, RunId};
use alluvium_domain::{Action, EntryFields, EntryId, EntryKind, EntryRef, LinkRelation, LinkTarget, Problem};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header;
use leptos::prelude::*;

use super::admin::registry::model_url;
use super::experiments::Entries;
use super::runs::run_url;
use crate::components::bound::Bound;
use crate::components::entry::Day;
use crate::components::table::{DataTable, column_heads};
use crate::i18n::common as tc;
use crate::i18n::entry as tentry;
use crate::i18n::runs as truns;
use crate::i18n::{registry as tr, research as t};
use crate::visit::Visit;

const KIND: EntryKind = EntryKind::Model;

/// `GET /models/{slug}/README.md`: the card as model hubs have it.
pub(crate) async fn readme(visit: Visit, Path(slug): Path<String>) -> Response {
    match visit.services.entry_source(&visit.actor, KIND, &slug).await {
        Ok((_, revision)) => match revision.input.fields {
            EntryFields::Model(model) => {
                let headers = [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")];
                (headers, model.readme(&revision.input.body)).into_response()
            }
            _ => visit.answer(Err(Problem::not_found())),
        },
        Err(problem) => visit.answer(Err(problem)),
    }
}

/// A card's metadata, read once, with the runs that its figures come from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Card {
    metadata: CardMetadata,
    runs: HashMap<RunId, Run>,
}

impl Card {
    pub(super) async fn of(visit: &Visit, model: &Model) -> Result<Card, Problem> {
        // A draft's card may not be readable yet; its text is there all the same.
        let metadata = CardMetadata::parse(&model.card).unwrap_or_default();
        let runs = visit.services.card_runs(&visit.actor, &metadata.results).await?;
        Ok(Card { metadata, runs })
    }
}

/// A figure, bound to its run where it has one.
#[component]
fn Figure(result: CardResult, run: Option<Run>) -> impl IntoView {
    let number = match (result.bound(), result.run()) {
        (Some((id, key)), _) => {
            let written = Some(result.value.clone()).filter(|value| !value.is_empty());
            view! { <Bound id run key=key.to_owned() written /> }.into_any()
        }
        // It comes from a run that does not say which of its metrics it is.
        (None, Some(id)) if run.is_some() => view! { <a href=run_url(id)>{result.value.clone()}</a> }.into_any(),
        (None, _) => result.value.clone().into_any(),
    };
    view! {
        <tr>
            <td>{result.task.clone()}</td>
            <td>{result.dataset_name.clone()}</td>
            <td>{result.title().to_owned()}</td>
            <td class="num">{number}</td>
        </tr>
    }
}

#[component]
pub(crate) fn ModelFacts(model: Model, card: Card, url: String, links: Vec<LinkTarget>) -> impl IntoView {
    let lang = crate::visit::lang();
    let Card { metadata: card, runs } = card;
    let fact = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| {
            view! {
                <dt>{name}</dt>
                <dd>{value}</dd>
            }
        })
    };
    let (ours, others): (Vec<_>, Vec<_>) = card
        .datasets
        .iter()
        .map(|name| (name, EntryRef::parse(&format!("dataset/{name}"))))
        .partition(|(_, entry)| entry.is_some());
    let ours: Vec<EntryRef> = ours.into_iter().filter_map(|(_, entry)| entry).collect();
    let others: Vec<&str> = others.into_iter().map(|(name, _)| name.as_str()).collect();
    let license = if card.license_name.is_empty() { card.license } else { card.license_name };
    let results = card
        .results
        .into_iter()
        .map(|result| {
            let run = result.run().and_then(|id| runs.get(&id).cloned());
            view! { <Figure result run /> }
        })
        .collect::<Vec<_>>();
    let heads = column_heads(&[t::TASK, t::USES_DATASETS, t::METRIC, tc::VALUE]);
    view! {
        <section class="record" aria-label=t::CARD.of(lang)>
            <dl class="record__facts">
                {fact(t::TASK.of(lang), card.pipeline_tag)}
                {fact(t::LICENSE.of(lang), license)}
                {fact(t::LANGUAGES.of(lang), card.language.join(", "))}
                {fact(t::LIBRARY.of(lang), card.library_name)}
                {fact(t::BASE_MODEL.of(lang), card.base_model.join(", "))}
                <Entries title=t::TRAINED_ON.of(lang) refs=ours links relation=LinkRelation::TrainedOn />
                {fact(t::TRAINED_ON.of(lang), others.join(", "))}
                {fact(truns::METRICS.of(lang), card.metrics.join(", "))}
                {fact(t::HUB_TAGS.of(lang), card.tags.join(", "))}
                {fact(t::OTHER_KEYS.of(lang), card.other.join(", "))}
            </dl>
            {(!results.is_empty())
                .then(|| {
                    view! {
                        <div class="table-scroll" tabindex="0" role="region" aria-label=t::FIGURES.of(lang)>
                            <table class="table table--dense">
                                <caption>{t::FIGURES.of(lang)}</caption>
                                <thead>
                                    <tr>{heads}</tr>
                                </thead>
                                <tbody>{results}</tbody>
                            </table>
                        </div>
                    }
                })}
            <details class="disclosure">
                <summary>{t::CARD.of(lang)}</summary>
                <pre class="record__code" tabindex="0"><code>{model.card}</code></pre>
            </details>
            <p>
                <a href=format!("{url}/README.md")>{t::AS_README.of(lang)}</a>
            </p>
        </section>
    }
}

/// A registered model with the versions that the visitor sees.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    model: RegisteredModel,
    versions: Vec<ModelVersion>,
}

impl Registered {
    /// The model whose card an entry is.
    pub(super) async fn of_card(visit: &Visit, card: EntryId) -> Result<Option<Registered>, Problem> {
        let Some(model) = visit.services.model_of_entry(&visit.actor, card).await? else { return Ok(None) };
        let versions = visit.services.version_list_of(&visit.actor, &[model.id]).await?;
        Ok(Some(Registered { model, versions }))
    }
}

/// What the registry knows of a card's model: versions, aliases, approval.
#[component]
pub(super) fn ModelVersions(registered: Registered) -> impl IntoView {
    let lang = crate::visit::lang();
    let Registered { model, versions } = registered;
    let writes = Visit::current().is_some_and(|visit| visit.actor.may(Action::Write).is_ok());
    let none = versions.is_empty();
    let rows = versions
        .into_iter()
        .map(|version| {
            view! {
                <tr>
                    <th scope="row" class="num">
                        {version.number}
                    </th>
                    <td>
                        <span class="state">{tr::approval(version.approval).of(lang)}</span>
                    </td>
                    <td>{version.aliases.join(", ")}</td>
                    <td class="num nowrap">
                        <Day at=version.created_at />
                    </td>
                </tr>
            }
        })
        .collect_view();
    let heads = column_heads(&[tc::VERSION, tc::STATE, tentry::ALIASES, tr::MADE]);
    view! {
        <section class="record" aria-label=tr::VERSIONS.of(lang)>
            <h2 class="record__title">{tr::VERSIONS.of(lang)}</h2>
            <p class="facts">
                <span class="fact break">{model.name.clone()}</span>
                {model.serves.clone().map(|place| view! { <span class="fact">{tr::SERVES.of(lang)} " " <code>{place}</code></span> })}
                {writes.then(|| view! { <a class="fact" href=model_url(&model.name)>{tr::IN_REGISTRY.of(lang)}</a> })}
            </p>
            {none.then(|| view! { <p class="muted">{tr::NO_VERSION.of(lang)}</p> })}
            {(!none)
                .then(|| {
                    view! {
                        <DataTable label=tr::VERSIONS.of(lang) heads=heads>{rows}</DataTable>
                    }
                })}
        </section>
    }
}
