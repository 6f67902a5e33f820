//! The registry: what serves where, and all models.

pub(crate) mod beside;
mod lineage;
pub(crate) mod model;
mod version;

use alluvium_domain::registry::RegisteredModel;
use alluvium_domain::{Action, Problem, percent_encoded};
use alluvium_services::registry::ServingPlace;
use axum::response::Response;
use leptos::prelude::*;

use crate::components::callout::Empty;
use crate::components::entry::{Day, Moment};
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section};
use crate::i18n::common as tc;
use crate::i18n::entry as tentry;
use crate::i18n::registry as t;
use crate::pages::admin::senders::Learned;
use crate::visit::{Visit, lang};

/// The address of a model's page.
pub(crate) fn model_url(name: &str) -> String {
    format!("/admin/models/{}", percent_encoded(name))
}

/// Where a version is on the page of its model.
pub(crate) fn version_url(name: &str, number: i32) -> String {
    format!("{}#version-{number}", model_url(name))
}

/// `GET /admin/models`
pub(crate) async fn show(visit: Visit) -> Response {
    let document = document(&visit).await;
    visit.answer(document)
}

async fn document(visit: &Visit) -> Result<Document, Problem> {
    visit.actor.may(Action::Write)?;
    let models = visit.services.model_list(&visit.actor).await?;
    let places = visit.services.serving_list(&visit.actor).await?;
    let learned = visit.services.void_learners(&visit.actor, None).await?;
    let lang = visit.lang;
    let document = Document::new(tc::ADMIN_MODELS.of(lang), Section::Other, move || {
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{tc::ADMIN_MODELS.of(lang)}</h1>
                </div>
                <p class="lead">{t::LEAD.of(lang)}</p>
                <Learned learned />
                <Serving places />
                <Models models />
            </div>
        }
    });
    Ok(document.private())
}

#[component]
fn Serving(places: Vec<ServingPlace>) -> impl IntoView {
    let lang = lang();
    if places.is_empty() {
        return view! { <p class="muted">{t::SERVING_NONE.of(lang)}</p> }.into_any();
    }
    let heads = column_heads(&[t::PLACE, tc::MODEL, tc::VERSION, t::SINCE, t::ACTIVATED_BY, t::APPROVED_BY]);
    let rows = places.into_iter().map(|place| view! { <Place place /> }).collect_view();
    view! {
        <h2>{t::SERVING.of(lang)}</h2>
        <DataTable label=t::SERVING.of(lang) class="table" heads=heads>{rows}</DataTable>
    }
    .into_any()
}

#[component]
fn Place(place: ServingPlace) -> impl IntoView {
    let lang = lang();
    let ServingPlace { row, loaded, refused } = place;
    let who = |name: Option<String>| name.unwrap_or_else(|| t::PROGRAM.of(lang).to_owned());
    view! {
        <tr>
            <th scope="row">
                <code>{row.serves}</code>
            </th>
            <td>
                <a href=model_url(&row.model)>{row.model.clone()}</a>
            </td>
            <td class="num">
                {row.number} " "
                {(loaded == Some(row.version)).then(|| view! { <span class="muted">{t::LOADED.of(lang)}</span> })}
                {refused.map(|reason| view! { <span class="field__error">{t::REFUSED.of(lang)} {reason}</span> })}
            </td>
            <td class="num nowrap">
                <Moment at=row.since />
            </td>
            <td>{who(row.activated_by)}</td>
            <td>{who(row.approved_by)}</td>
        </tr>
    }
}

#[component]
fn Models(models: Vec<RegisteredModel>) -> impl IntoView {
    let lang = lang();
    if models.is_empty() {
        return view! { <Empty title=t::NONE.of(lang) hint=t::NONE_HINT.of(lang) /> }.into_any();
    }
    let heads = column_heads(&[tc::MODEL, t::SERVES, tentry::ALIASES, t::MADE]);
    let rows = models
        .into_iter()
        .map(|model| {
            let aliases: Vec<String> =
                model.aliases.iter().map(|(alias, number)| format!("{alias} → {number}")).collect();
            view! {
                <tr>
                    <th scope="row" class="break">
                        <a href=model_url(&model.name)>{model.name.clone()}</a>
                    </th>
                    <td>{model.serves.unwrap_or_else(|| "–".to_owned())}</td>
                    <td>{aliases.join(", ")}</td>
                    <td>
                        <Day at=model.created_at />
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h2>{t::MODELS.of(lang)}</h2>
        <DataTable label=t::MODELS.of(lang) class="table" heads=heads>{rows}</DataTable>
    }
    .into_any()
}
