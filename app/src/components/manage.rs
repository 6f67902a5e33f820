//! What one may do with an entry: edit it, see its history, move it on its way to readers.

use alluvium_domain::entry::ProposalSummary;
use alluvium_domain::{Action, EntryState, EntrySummary, Role};
use leptos::prelude::*;

use super::callout::{Notice, Tone};
use super::icon::Icon;
use crate::i18n::entry as t;
use crate::i18n::{format, names};
use crate::visit::Visit;

/// Edit, history, and the moves that this person may make.
#[component]
pub(crate) fn EntryActions(entry: EntrySummary) -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let url = entry.url();
    let writes = visit.actor.may(Action::Write).is_ok();
    let moves = EntryState::ALL
        .iter()
        .copied()
        .filter(|to| writes && *to != entry.state && visit.actor.may_move(entry.state, *to).is_ok())
        .map(|to| {
            let class = if to == EntryState::Published {
                "button button--small button--primary"
            } else {
                "button button--small"
            };
            view! { <button class=class name="to" value=to.code()>{names::move_to(to).of(lang)}</button> }
        })
        .collect_view();
    view! {
        <div class="entry-actions">
            {writes
                .then(|| {
                    view! {
                        <a class="button button--small" href=format!("{url}/edit")>
                            <Icon name="pen" />
                            {t::EDIT.of(lang)}
                        </a>
                    }
                })}
            <a class="button button--small" href=format!("{url}/history")>
                <Icon name="history" />
                {t::HISTORY.of(lang)}
            </a>
            {writes.then(|| view! { <form class="entry-actions__moves" method="post" action=format!("{url}/state")>{moves}</form> })}
        </div>
    }
}

/// Why not everybody sees this entry.
#[component]
pub(crate) fn StateNotice(state: EntryState) -> impl IntoView {
    let lang = crate::visit::lang();
    let text = match state {
        EntryState::Published => return None,
        EntryState::Draft => t::DRAFT_NOTICE,
        EntryState::InReview => t::IN_REVIEW_NOTICE,
        EntryState::Archived => t::ARCHIVED_NOTICE,
    };
    Some(view! { <Notice tone=Tone::Warning>{text.of(lang)}</Notice> })
}

/// That changes of this entry wait for a reviewer: for reviewers, and for who proposed them.
#[component]
pub(crate) fn ProposalsNotice(proposals: Vec<ProposalSummary>) -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    (!proposals.is_empty()).then(|| {
        let text = match visit.actor.is(Role::Reviewer) {
            true => format::proposals_waiting(proposals.len(), lang),
            false => t::PROPOSAL_YOURS.of(lang).to_owned(),
        };
        let links = proposals
            .into_iter()
            .map(|proposal| {
                let url = proposal.url();
                view! { <a class="fact" href=url>{proposal.author}</a> }
            })
            .collect_view();
        view! {
            <Notice tone=Tone::Info>
                <p>{text}</p>
                <p class="facts">{links}</p>
            </Notice>
        }
    })
}

/// Above an old revision: the way to the latest, and back to life for this one.
#[component]
pub(crate) fn OldRevisionNotice(entry: EntrySummary, number: i32) -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let url = entry.url();
    let writes = visit.actor.may(Action::Write).is_ok();
    let (restore, hint) = match visit.actor.publishes_by_saving(entry.state) {
        true => (t::RESTORE, t::RESTORE_HINT),
        false => (t::RESTORE_PROPOSE, t::PROPOSES),
    };
    view! {
        <Notice tone=Tone::Info>
            <p>
                {t::OLD_REVISION.of(lang)} " " <a href=url.clone()>{t::LATEST.of(lang)}</a> " · "
                <a href=format!("{url}/diff?from={number}&to={}", entry.revision_number)>{t::DIFFERENCE.of(lang)}</a>
            </p>
            {writes
                .then(|| {
                    view! {
                        <form class="inline-form" method="post" action=format!("{url}/restore")>
                            <input type="hidden" name="number" value=number.to_string() />
                            <button class="button button--small" title=hint.of(lang)>{restore.of(lang)}</button>
                            <span class="muted small">{hint.of(lang)}</span>
                        </form>
                    }
                })}
        </Notice>
    }
}
