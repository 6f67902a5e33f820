//! Proposals: changes of published pages that wait for a reviewer, and what became of them.

pub(crate) mod proposal;

use alluvium_domain::entry::{ProposalState, ProposalSummary};
use alluvium_domain::{Problem, Role, with_query};
use alluvium_services::ProposalFilter;
use axum::extract::Query;
use axum::response::Response;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::Empty;
use crate::components::entry::{KindBadge, Moment};
use crate::components::pagination::{Pagination, page_number};
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section};
use crate::i18n::common as tc;
use crate::i18n::{entry as te, names, proposals as t};
use crate::visit::Visit;

const PER_PAGE: usize = 50;

/// Which proposals.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    /// `all`: decided ones too.
    state: String,
    page: String,
}

/// `GET /proposals`
pub(crate) async fn show(visit: Visit, Query(query): Query<ListQuery>) -> Response {
    let document = document(&visit, query).await;
    visit.answer(document)
}

async fn document(visit: &Visit, query: ListQuery) -> Result<Document, Problem> {
    let lang = visit.lang;
    let all = query.state == "all";
    let page = page_number(&query.page, 1000);
    let filter = ProposalFilter {
        state: (!all).then_some(ProposalState::Waiting),
        entry: None,
        limit: PER_PAGE,
        offset: (page - 1) * PER_PAGE,
    };
    let (proposals, total) = visit.services.proposal_list(&visit.actor, &filter).await?;
    let lead = if visit.actor.is(Role::Reviewer) { t::LEAD_REVIEWER } else { t::LEAD_AUTHOR };
    let document = Document::new(tc::PROPOSALS.of(lang), Section::Other, move || {
        let tab = |label: &'static str, href: &'static str, here: bool| {
            view! { <a class="button button--small" href=href aria-current=here.then_some("page")>{label}</a> }
        };
        let none = proposals.is_empty();
        let rows = proposals.into_iter().map(|proposal| view! { <Row proposal /> }).collect_view();
        let state = if all { "all" } else { "" };
        let url = move |page: usize| with_query("/proposals", &[("state", state), ("page", &page.to_string())]);
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{tc::PROPOSALS.of(lang)}</h1>
                </div>
                <p class="lead">{lead.of(lang)}</p>
                <p class="facts">
                    {tab(names::proposal(ProposalState::Waiting).of(lang), "/proposals", !all)}
                    {tab(tc::ALL.of(lang), "/proposals?state=all", all)}
                </p>
                {if none {
                    view! { <Empty title=t::NONE.of(lang) hint=t::NONE_HINT.of(lang) /> }.into_any()
                } else {
                    view! {
                        <DataTable
                            label=tc::PROPOSALS.of(lang)
                            heads=column_heads(&[t::PAGE, t::AUTHOR, te::NOTE, t::PROPOSED_AT, tc::STATE])
                        >
                            {rows}
                        </DataTable>
                    }
                        .into_any()
                }}
                <Pagination page pages=total.div_ceil(PER_PAGE) url />
            </div>
        }
    });
    Ok(document.private())
}

#[component]
fn Row(proposal: ProposalSummary) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <tr>
            <td>
                <a href=proposal.url()>{proposal.title.clone()}</a>
                " "
                <KindBadge kind=proposal.kind />
            </td>
            <td>{proposal.author}</td>
            <td class="break">{proposal.note}</td>
            <td class="num nowrap">
                <Moment at=proposal.created_at />
            </td>
            <td>{names::proposal(proposal.state).of(lang)}</td>
        </tr>
    }
}
