//! Rounds of learning: what is new, what each round changed, and who decided.

use alluvium_domain::registry::Approval;
use alluvium_domain::{JobKind, Problem, is_noise};
use alluvium_services::registry::{CatalogueRounds, Round, TaskChange};
use axum::response::Response;
use leptos::prelude::*;

use super::registry::{model_url, version_url};
use crate::components::callout::Empty;
use crate::components::entry::{Day, Moment};
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section};
use crate::i18n::common as tc;
use crate::i18n::research as tresearch;
use crate::i18n::{format, registry as t, rounds as tr, runs as truns, shop as tshop};
use crate::pages::runs::run_url;
use crate::visit::{Visit, lang};

/// `GET /admin/rounds`
pub(crate) async fn show(visit: Visit) -> Response {
    let document = document(&visit).await;
    visit.answer(document)
}

async fn document(visit: &Visit) -> Result<Document, Problem> {
    let all = visit.services.rounds(&visit.actor).await?;
    let lang = visit.lang;
    let document = Document::new(tr::ROUNDS.of(lang), Section::Other, move || {
        let none = all.is_empty();
        let parts = all.into_iter().map(|rounds| view! { <OfCatalogue rounds /> }).collect_view();
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{tr::ROUNDS.of(lang)}</h1>
                </div>
                <p class="lead">{tr::LEAD.of(lang)}</p>
                {none.then(|| view! { <Empty title=tr::NO_EVENTS.of(lang) /> })}
                {parts}
            </div>
        }
    });
    Ok(document.private())
}

#[component]
fn OfCatalogue(rounds: CatalogueRounds) -> impl IntoView {
    let lang = lang();
    let CatalogueRounds { catalogue, model, champion, unseen, rounds } = rounds;
    let slug = catalogue.input.slug.to_string();
    let link = model.map(|model| view! { <a class="fact" href=model_url(&model.name)>{model.name.clone()}</a> });
    let waits = rounds.iter().filter(|round| round.version.approval == Approval::Requested).count();
    let none = rounds.is_empty();
    let rows = rounds.into_iter().map(|round| view! { <Row round champion /> }).collect_view();
    let heads = column_heads(&[
        tc::VERSION,
        t::MADE,
        tr::EVENTS,
        tr::CHANGES,
        t::CHECKS,
        tc::STATE,
        tresearch::DECISION,
        truns::RUNS,
    ]);
    let table = (!none).then(|| {
        view! {
            <DataTable label=tr::ROUNDS.of(lang) heads=heads>{rows}</DataTable>
        }
    });
    view! {
        <section class="run-page">
            <h2>
                <a href=format!("/shop/{slug}")>{catalogue.input.title.text(lang).to_owned()}</a>
            </h2>
            <p class="facts num">
                {link}
                {champion.map(|number| view! { <span class="fact">{t::CHAMPION.of(lang)} " " {number}</span> })}
                <span class="fact">{format::unseen(unseen, lang)}</span>
                {(waits > 0).then(|| view! { <strong class="fact">{format::waiting(waits, lang)}</strong> })}
            </p>
            <form class="inline-form inline-form--apart" method="post" action="/admin/jobs">
                <input type="hidden" name="kind" value=JobKind::TrainRecommend.code() />
                <input type="hidden" name="catalogue" value=slug />
                <button class="button button--small">{tr::BEGIN.of(lang)}</button>
            </form>
            {table}
        </section>
    }
}

#[component]
fn Row(round: Round, champion: Option<i32>) -> impl IntoView {
    let lang = lang();
    let Round { version, events, new_events, changes, passed, decision, served_at } = round;
    let serves = champion == Some(version.number);
    let events = events.map(|events| match new_events {
        Some(new) => format!("{events} (+{new})"),
        None => events.to_string(),
    });
    let changed = changes.into_iter().map(|change| view! { <li><Change change /></li> }).collect_view();
    let decided = decision.map(|decision| {
        let who = decision.person.unwrap_or_else(|| t::PROGRAM.of(lang).to_owned());
        view! {
            {t::act(decision.act).of(lang)}
            " · "
            {who}
            " · "
            <Day at=decision.at />
            <span class="interval-text">{decision.reason}</span>
        }
    });
    let run = version.run_id.map(|run| view! { <a href=run_url(run)>{truns::RUN.of(lang)}</a> });
    view! {
        <tr>
            <th scope="row" class="num">
                <a href=version_url(&version.name, version.number)>{version.number}</a>
                {serves.then(|| view! { " " <span class="state">{t::CHAMPION.of(lang)}</span> })}
            </th>
            <td class="num nowrap"><Moment at=version.created_at /></td>
            <td class="num nowrap">{events}</td>
            <td><ul class="plain-list">{changed}</ul></td>
            <td>{passed.map(|passed| if passed { "✓" } else { "✗" })}</td>
            <td>
                {t::approval(version.approval).of(lang)}
                {served_at.map(|at| view! { <span class="interval-text">{tr::SERVED.of(lang)} " " <Day at /></span> })}
            </td>
            <td>{decided}</td>
            <td>{run}</td>
        </tr>
    }
}

/// A difference within its interval of nothing is marked as noise.
#[component]
fn Change(change: TaskChange) -> impl IntoView {
    let lang = lang();
    let TaskChange { task, difference, interval: (low, high) } = change;
    let task = tshop::event(task).of(lang);
    let noise = is_noise((low, high)).then(|| view! { " " <span class="muted small">{tr::NOISE.of(lang)}</span> });
    view! {
        <span class="num nowrap">{format!("{task} {} [{}, {}]", format::fine(difference), format::fine(low), format::fine(high))}</span>
        {noise}
    }
}
