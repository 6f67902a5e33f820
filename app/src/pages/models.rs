//! A model card: the metadata that hubs read, as a table; and the card as a `README.md`.

use alluvium_domain::entry::{CardMetadata, Model};
use alluvium_domain::{EntryFields, EntryKind, EntryRef, LinkRelation, LinkTarget, Problem};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header;
use leptos::prelude::*;

use super::experiments::Entries;
use crate::i18n::research as t;
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

#[component]
pub(crate) fn ModelFacts(model: Model, url: String, links: Vec<LinkTarget>) -> impl IntoView {
    let lang = crate::visit::lang();
    // A draft's card may not be readable yet; its text is there all the same.
    let card = CardMetadata::parse(&model.card).unwrap_or_default();
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
            view! {
                <tr>
                    <td>{result.task}</td>
                    <td>{result.dataset}</td>
                    <td>{result.metric}</td>
                    <td class="num">{result.value}</td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    let heads = [t::TASK, t::USES_DATASETS, t::METRIC, t::VALUE]
        .map(|head| view! { <th scope="col">{head.of(lang)}</th> })
        .into_iter()
        .collect_view();
    view! {
        <section class="record" aria-label=t::CARD.of(lang)>
            <dl class="record__facts">
                {fact(t::PIPELINE_TAG.of(lang), card.pipeline_tag)}
                {fact(t::LICENSE.of(lang), license)}
                {fact(t::LANGUAGES.of(lang), card.language.join(", "))}
                {fact(t::LIBRARY.of(lang), card.library_name)}
                {fact(t::BASE_MODEL.of(lang), card.base_model.join(", "))}
                <Entries title=t::TRAINED_ON.of(lang) refs=ours links relation=LinkRelation::TrainedOn />
                {fact(t::TRAINED_ON.of(lang), others.join(", "))}
                {fact(t::METRICS.of(lang), card.metrics.join(", "))}
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
