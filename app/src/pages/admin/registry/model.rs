//! One model: its versions with their checks and decisions, and where they are from.

use alluvium_domain::entry::entry_url;
use alluvium_domain::registry::{Act, Decision, ModelVersion, RegisteredModel};
use alluvium_domain::{Action, EntryKind, Problem};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;

use super::lineage::Lineage;
use super::model_url;
use super::version::Version;
use crate::components::callout::{Notice, Tone};
use crate::components::entry::Moment;
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section, status};
use crate::i18n::registry as t;
use crate::i18n::{account as taccount, common as tc};
use crate::pages::admin::senders::Learned;
use crate::visit::{Visit, lang};

/// `GET /admin/models/{name}`
pub(crate) async fn show(visit: Visit, Path(name): Path<String>) -> Response {
    // Who does not write reads the model's card instead, where there is one to read.
    if visit.actor.may(Action::Write).is_err()
        && let Ok(RegisteredModel { card: Some(card), .. }) = visit.services.model_get(&visit.actor, &name).await
        && visit.services.entry_source(&visit.actor, EntryKind::Model, &card).await.is_ok()
    {
        return Redirect::to(&entry_url(EntryKind::Model, &card)).into_response();
    }
    answer(&visit, &name, None).await
}

/// The page with what has just gone wrong.
pub(crate) async fn answer(visit: &Visit, name: &str, problem: Option<Problem>) -> Response {
    let document = document(visit, name, problem).await;
    visit.answer(document)
}

async fn document(visit: &Visit, name: &str, problem: Option<Problem>) -> Result<Document, Problem> {
    visit.actor.may(Action::Write)?;
    let model = visit.services.model_get(&visit.actor, name).await?;
    let versions = visit.services.version_list(&visit.actor, name).await?;
    let decisions = visit.services.decision_list(&visit.actor, name).await?;
    let learned = visit.services.void_learners(&visit.actor, Some(name)).await?;
    let code = problem.as_ref().map(|problem| status(problem.kind));
    let lang = visit.lang;
    let title = format!("{} · {}", model.name, tc::ADMIN_MODELS.of(lang));
    let document = Document::new(title, Section::Other, move || {
        let message = problem.map(|problem| {
            let said = if problem.errors.is_empty() { problem.title(lang).to_owned() } else { problem.detail(lang) };
            view! { <Notice tone=Tone::Bad>{said}</Notice> }
        });
        view! {
            <div class="wrap">
                <p class="crumb">
                    <a href="/admin/models">{tc::ADMIN_MODELS.of(lang)}</a>
                </p>
                <div class="page-head">
                    <h1 class="break">{model.name.clone()}</h1>
                </div>
                {message}
                <Learned learned />
                <div class="registered">
                    <Head model=model.clone() />
                    <Lineage model=model.clone() versions=versions.clone() />
                    <Versions model versions decisions=decisions.clone() />
                    <Decisions decisions />
                </div>
            </div>
        }
    });
    Ok(code.into_iter().fold(document.private(), Document::status))
}

#[component]
fn Head(model: RegisteredModel) -> impl IntoView {
    let lang = lang();
    let may_roll_back = Visit::current().is_some_and(|visit| visit.actor.may_act(Act::RollBack, None).is_ok());
    let serves = model.serves.clone().unwrap_or_else(|| t::SERVES_NOTHING.of(lang).to_owned());
    let champion = model.champion();
    let action = format!("{}/roll-back", model_url(&model.name));
    view! {
        <p class="card__summary">{model.description.clone()}</p>
        <p class="facts num">
            <span class="fact">{t::SERVES.of(lang)} " " <code>{serves}</code></span>
            {champion.map(|number| view! { <span class="fact">{t::CHAMPION.of(lang)} " " {number}</span> })}
        </p>
        <form class="inline-form" method="post" action=format!("{}/card", model_url(&model.name))>
            <input
                class="input input--small"
                name="card"
                value=model.card.clone().unwrap_or_default()
                aria-label=t::CARD_HINT.of(lang)
                placeholder=t::CARD_HINT.of(lang)
                autocapitalize="none"
                autocomplete="off"
            />
            <button class="button button--small" type="submit">{t::CARD_BIND.of(lang)}</button>
            {model
                .card
                .as_deref()
                .map(|slug| {
                    view! { <a class="button button--small" href=entry_url(EntryKind::Model, slug)>{t::CARD_OPEN.of(lang)}</a> }
                })}
        </form>
        {(may_roll_back && champion.is_some())
            .then(|| {
                view! {
                    <form class="inline-form" method="post" action=action>
                        <input class="input input--small" name="reason" aria-label=tc::REASON.of(lang) placeholder=tc::REASON.of(lang) maxlength="2000" />
                        <button class="button button--small" type="submit">{t::ROLL_BACK.of(lang)}</button>
                    </form>
                }
            })}
    }
}

#[component]
fn Versions(model: RegisteredModel, versions: Vec<ModelVersion>, decisions: Vec<Decision>) -> impl IntoView {
    let lang = lang();
    let none = versions.is_empty();
    let champion = model.champion();
    // The champion, or the oldest, and the newest other one.
    let of = champion.or(versions.last().map(|version| version.number));
    let new = versions.iter().map(|version| version.number).find(|number| Some(*number) != of);
    let beside = of.zip(new).filter(|_| model.serves.is_some());
    let beside = beside.map(|(of, new)| format!("{}/beside?a={of}&b={new}", model_url(&model.name)));
    let cards = versions
        .into_iter()
        .map(|version| {
            let report = decisions
                .iter()
                .rev()
                .filter(|decision| decision.version == version.id)
                .find_map(|decision| decision.report.clone());
            let champion = champion == Some(version.number);
            view! { <Version version report champion /> }
        })
        .collect_view();
    view! {
        <h2>{t::VERSIONS.of(lang)}</h2>
        {beside.map(|href| view! { <p><a class="button button--small" href=href>{t::BESIDE.of(lang)}</a></p> })}
        {none.then(|| view! { <p class="muted">{t::NO_VERSION.of(lang)}</p> })}
        {cards}
    }
}

#[component]
fn Decisions(decisions: Vec<Decision>) -> impl IntoView {
    let lang = lang();
    if decisions.is_empty() {
        return view! { <p class="muted">{t::NO_DECISION.of(lang)}</p> }.into_any();
    }
    let rows = decisions
        .into_iter()
        .rev()
        .map(|decision| {
            let outcome = decision.report.as_ref().map(|report| {
                let failed: Vec<&str> = report
                    .checks
                    .iter()
                    .filter(|check| !check.passed)
                    .map(|check| t::check(&check.name).of(lang))
                    .collect();
                if failed.is_empty() { "✓".to_owned() } else { format!("✗ {}", failed.join(", ")) }
            });
            view! {
                <tr>
                    <td class="num nowrap">
                        <Moment at=decision.at />
                    </td>
                    <td>{decision.person.unwrap_or_else(|| t::PROGRAM.of(lang).to_owned())}</td>
                    <td class="nowrap">{t::act(decision.act).of(lang)}</td>
                    <td class="num">{decision.number}</td>
                    <td class="break">{decision.reason} {outcome}</td>
                </tr>
            }
        })
        .collect_view();
    let heads = column_heads(&[taccount::WHEN, taccount::WHO, taccount::WHAT, tc::VERSION, tc::REASON]);
    view! {
        <h2>{t::DECISIONS.of(lang)}</h2>
        <DataTable label=t::DECISIONS.of(lang) heads=heads>{rows}</DataTable>
    }
    .into_any()
}
