//! Rounds of learning: what is new, what each round changed, and who decided.

use alluvium_domain::registry::Approval;
use alluvium_domain::{JobKind, Problem, is_noise};
use alluvium_services::registry::{Learner, Measured, Round, RoundChange, Rounds};
use axum::response::Response;
use leptos::prelude::*;

use super::job_new;
use super::registry::{model_url, version_url};
use crate::components::callout::Empty;
use crate::components::entry::{Day, Moment};
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section};
use crate::i18n::common as tc;
use crate::i18n::research as tresearch;
use crate::i18n::{format, jobs as tjobs, registry as t, rounds as tr, runs as truns, shop as tshop};
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
        let none = all.iter().all(|rounds| matches!(rounds.learner, Learner::Encoder));
        let parts = all.into_iter().map(|rounds| view! { <OfPlace rounds /> }).collect_view();
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
fn OfPlace(rounds: Rounds) -> impl IntoView {
    let lang = lang();
    let Rounds { learner, model, champion, rounds } = rounds;
    let (heading, begin, unseen) = match learner {
        Learner::Catalogue { catalogue, unseen } => {
            let slug = catalogue.input.slug.to_string();
            let title = catalogue.input.title.text(lang).to_owned();
            let heading = view! { <a href=format!("/shop/{slug}")>{title}</a> }.into_any();
            let begin = view! {
                <form class="inline-form inline-form--apart" method="post" action="/admin/jobs">
                    <input type="hidden" name="kind" value=JobKind::TrainRecommend.code() />
                    <input type="hidden" name="catalogue" value=slug />
                    <button class="button button--small">{tr::BEGIN.of(lang)}</button>
                </form>
            };
            (heading, begin.into_any(), Some(unseen))
        }
        Learner::Encoder => {
            let kinds = [JobKind::TrainEncoder, JobKind::PretrainEncoder];
            let links = kinds.map(|kind| {
                view! { <a class="button button--small" href=job_new::url(kind)>{tjobs::kind(kind).of(lang)}</a> }
            });
            let begin = view! { <p class="inline-form inline-form--apart">{links.collect_view()}</p> };
            (tr::ENCODER.of(lang).into_any(), begin.into_any(), None)
        }
    };
    let link = model.map(|model| view! { <a class="fact" href=model_url(&model.name)>{model.name.clone()}</a> });
    let waits = rounds.iter().filter(|round| round.version.approval == Approval::Requested).count();
    let none = rounds.is_empty();
    let rows = rounds.into_iter().map(|round| view! { <Row round champion /> }).collect_view();
    let heads = column_heads(&[
        tc::VERSION,
        t::MADE,
        tr::EXAMPLES,
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
            <h2>{heading}</h2>
            <p class="facts num">
                {link}
                {champion.map(|number| view! { <span class="fact">{t::CHAMPION.of(lang)} " " {number}</span> })}
                {unseen.map(|unseen| view! { <span class="fact">{format::unseen(unseen, lang)}</span> })}
                {(waits > 0).then(|| view! { <strong class="fact">{format::waiting(waits, lang)}</strong> })}
            </p>
            {begin}
            {table}
        </section>
    }
}

#[component]
fn Row(round: Round, champion: Option<i32>) -> impl IntoView {
    let lang = lang();
    let Round { version, examples, new, changes, passed, decision, served_at } = round;
    let serves = champion == Some(version.number);
    let examples = examples.map(|examples| match new {
        Some(new) => format!("{} (+{})", format::count(examples), format::count(new)),
        None => format::count(examples),
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
            <td class="num nowrap">{examples}</td>
            <td><ul class="plain-list">{changed}</ul></td>
            <td>{passed.map(|passed| if passed { "✓" } else { "✗" })}</td>
            <td>
                {t::approval(version.approval).of(lang)}
                {served_at.map(|at| view! { <span class="interval-text">{tr::SERVED.of(lang)} " " <Day at /></span> })}
            </td>
            <td class="break">{decided}</td>
            <td>{run}</td>
        </tr>
    }
}

/// A difference within its interval of nothing is marked as noise.
#[component]
fn Change(change: RoundChange) -> impl IntoView {
    let lang = lang();
    let RoundChange { measured, difference, interval: (low, high) } = change;
    let measured = match measured {
        Measured::Auc(task) => format!("{} AUC", tshop::event(task).of(lang)),
        Measured::Ndcg => "NDCG@10".to_owned(),
    };
    let noise = is_noise((low, high)).then(|| view! { " " <span class="muted small">{tr::NOISE.of(lang)}</span> });
    view! {
        <span class="num nowrap">{format!("{measured} {} [{}, {}]", format::fine(difference), format::fine(low), format::fine(high))}</span>
        {noise}
    }
}
