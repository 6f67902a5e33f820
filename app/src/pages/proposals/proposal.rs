//! One proposal: what it would change, and the decision.

use std::collections::BTreeMap;

use alluvium_domain::entry::{Decided, ProposalId, ProposalState, Side};
use alluvium_domain::{Action, Problem, ProblemKind};
use alluvium_services::{ProposalReview, SaveOutcome};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use leptos::prelude::*;
use uuid::Uuid;

use crate::components::callout::{Notice, Tone};
use crate::components::clashes::{Clashes, SideWords};
use crate::components::diff::DiffView;
use crate::components::entry::Moment;
use crate::components::field::{ErrorSummary, TextArea};
use crate::document::{Document, Section, status};
use crate::entry_form::filling::KEEP;
use crate::i18n::common as tc;
use crate::i18n::{entry as te, format, names, proposals as t};
use crate::pages::diff::FieldChanges;
use crate::visit::Visit;

const WORDS: SideWords = SideWords {
    theirs: t::CLASH_PUBLISHED,
    mine: t::CLASH_PROPOSED,
    keep_theirs: t::KEEP_PUBLISHED,
    keep_mine: t::KEEP_PROPOSED,
};

/// What was typed and decided before the page comes back.
#[derive(Default)]
struct Typed {
    reason: String,
    keep: BTreeMap<String, Side>,
    problem: Option<Problem>,
    /// The page was changed after the reviewer looked.
    moved_on: bool,
}

/// `GET /proposals/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Response {
    answer(&visit, &id, Typed::default()).await
}

/// `POST /proposals/{id}/accept`
pub(crate) async fn accept(
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let side = |(name, side): (&String, &String)| Some((name.strip_prefix(KEEP)?.to_owned(), side.parse().ok()?));
    let keep: BTreeMap<String, Side> = form.iter().filter_map(side).collect();
    let against = form.get("against").and_then(|number| number.parse().ok()).unwrap_or_default();
    let done = match number(&id) {
        Ok(id) => {
            // What was not looked at is not accepted.
            match visit.services.proposal_review(&visit.actor, id, &Decided::default()).await {
                Ok(review) if waits(&review) && review.from.summary.number != against => Ok(None),
                Ok(_) => {
                    let decided = Decided { against, keep: keep.clone(), overwrite: false };
                    visit.services.proposal_accept(&visit.actor, id, &decided).await.map(Some)
                }
                Err(problem) => Err(problem),
            }
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(Some(SaveOutcome::Saved(entry) | SaveOutcome::Unchanged(entry))) => {
            Redirect::to(&entry.url()).into_response()
        }
        Ok(Some(SaveOutcome::Proposed(proposal))) => Redirect::to(&proposal.url()).into_response(),
        Ok(outcome) => {
            let moved_on = outcome.is_none();
            let problem = Some(Problem::new(ProblemKind::Conflict));
            answer(&visit, &id, Typed { keep, problem, moved_on, ..Typed::default() }).await
        }
        Err(problem) => again(&visit, &id, Typed { keep, problem: Some(problem), ..Typed::default() }).await,
    }
}

/// `POST /proposals/{id}/decline`
pub(crate) async fn decline(
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let reason = form.get("reason").cloned().unwrap_or_default();
    let done = match number(&id) {
        Ok(id) => visit.services.proposal_decline(&visit.actor, id, &reason).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(proposal) => Redirect::to(&proposal.url()).into_response(),
        Err(problem) => again(&visit, &id, Typed { reason, problem: Some(problem), ..Typed::default() }).await,
    }
}

/// `POST /proposals/{id}/withdraw`
pub(crate) async fn withdraw(visit: Visit, Path(id): Path<String>) -> Response {
    let done = match number(&id) {
        Ok(id) => visit.services.proposal_withdraw(&visit.actor, id).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(proposal) => Redirect::to(&proposal.entry_url()).into_response(),
        Err(problem) => again(&visit, &id, Typed { problem: Some(problem), ..Typed::default() }).await,
    }
}

/// The page again where it can say what is wrong.
async fn again(visit: &Visit, id: &str, typed: Typed) -> Response {
    match &typed.problem {
        Some(problem) if problem.errors.is_empty() => visit.answer(Err(problem.clone())),
        _ => answer(visit, id, typed).await,
    }
}

fn number(id: &str) -> Result<ProposalId, Problem> {
    id.parse::<Uuid>().map(ProposalId).map_err(|_| Problem::not_found())
}

fn waits(review: &ProposalReview) -> bool {
    review.proposal.summary.state == ProposalState::Waiting
}

async fn answer(visit: &Visit, id: &str, typed: Typed) -> Response {
    let review = match number(id) {
        Ok(id) => visit.services.proposal_review(&visit.actor, id, &Decided::default()).await,
        Err(problem) => Err(problem),
    };
    let code = typed.problem.as_ref().map_or(StatusCode::OK, |problem| status(problem.kind));
    visit.answer(review.map(|review| {
        let title = format!("{} · {}", t::TITLE.of(visit.lang), review.entry.title);
        Document::new(title, Section::Other, move || view! { <Review review typed /> }).private().status(code)
    }))
}

#[component]
fn Review(review: ProposalReview, typed: Typed) -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let waiting = waits(&review);
    let ProposalReview { proposal, entry, from, body, fields, clashes } = review;
    let proposal = proposal.summary;
    let (url, entry_url, against) = (proposal.url(), entry.url(), from.summary.number);
    let history = move |number: i32| format!("{entry_url}/history/{number}");
    let decides = waiting && visit.actor.may(Action::Publish).is_ok();
    let own = waiting && visit.actor.may_withdraw(proposal.author_id).is_ok();
    let problem = typed.problem.filter(|problem| !problem.errors.is_empty());
    let outcome = (!waiting).then(|| {
        let tone = if proposal.state == ProposalState::Accepted { Tone::Good } else { Tone::Info };
        let (by, at) = (proposal.decided_by.clone(), proposal.decided_at);
        view! {
            <Notice tone>
                <p class="facts">
                    <strong>{names::proposal(proposal.state).of(lang)}</strong>
                    {by.map(|by| view! { <span class="fact">{by}</span> })}
                    {at.map(|at| view! { <Moment at /> })}
                    {proposal
                        .revision
                        .map(|number| {
                            view! {
                                <a class="fact" href=history(number)>
                                    {t::RESULT.of(lang)} " " {format::revision(number, lang)}
                                </a>
                            }
                        })}
                </p>
                {(!proposal.reason.is_empty()).then(|| view! { <p>{proposal.reason.clone()}</p> })}
            </Notice>
        }
    });
    let clashing = (!clashes.is_empty()).then(|| {
        let choices = decides.then(|| view! { <Clashes clashes keep=typed.keep words=WORDS /> });
        view! {
            <section class="conflict" aria-labelledby="clash-title">
                <Notice tone=Tone::Warning>
                    <h2 id="clash-title">{t::CLASH.of(lang)}</h2>
                    <p>{t::CLASH_TEXT.of(lang)}</p>
                </Notice>
                {choices}
            </section>
        }
    });
    view! {
        <div class="wrap">
            <div class="page-head">
                <p class="crumb">
                    <a href=entry.url() lang=entry.lang.tag()>{entry.title.clone()}</a>
                    " / "
                    <a href="/proposals">{tc::PROPOSALS.of(lang)}</a>
                </p>
                <h1>{t::TITLE.of(lang)}</h1>
            </div>
            <p class="facts">
                <span class="fact">{proposal.author.clone()}</span>
                <Moment at=proposal.created_at />
                <span class="fact">
                    {t::AGAINST.of(lang)} " "
                    <a href=format!("{}/history/{against}", entry.url())>{format::revision(against, lang)}</a>
                </span>
            </p>
            {(!proposal.note.is_empty()).then(|| view! { <p>{proposal.note.clone()}</p> })}
            {outcome}
            {typed.moved_on.then(|| view! { <Notice tone=Tone::Warning>{t::MOVED_ON.of(lang)}</Notice> })}
            {problem.clone().map(|problem| view! { <ErrorSummary problem /> })}
            <FieldChanges fields />
            <h2>{te::BODY.of(lang)}</h2>
            <DiffView diff=body />
            {if decides {
                view! {
                    <form class="proposal__accept" method="post" action=format!("{url}/accept")>
                        <input type="hidden" name="against" value=against.to_string() />
                        {clashing}
                        <p>
                            <button class="button button--primary">{t::ACCEPT.of(lang)}</button>
                        </p>
                    </form>
                    <form class="proposal__decline" method="post" action=format!("{url}/decline")>
                        <TextArea
                            name="reason"
                            label=t::DECLINE_REASON.of(lang)
                            value=typed.reason
                            problem
                            hint=t::DECLINE_REASON_HINT.of(lang)
                            required=true
                        />
                        <p>
                            <button class="button button--danger">{t::DECLINE.of(lang)}</button>
                        </p>
                    </form>
                }
                    .into_any()
            } else {
                clashing.into_any()
            }}
            {own
                .then(|| {
                    view! {
                        <form class="facts" method="post" action=format!("{url}/withdraw")>
                            <a class="button button--small" href=format!("{}/edit", entry.url())>{t::GO_ON.of(lang)}</a>
                            <button class="button button--small">{t::WITHDRAW.of(lang)}</button>
                        </form>
                    }
                })}
        </div>
    }
}
