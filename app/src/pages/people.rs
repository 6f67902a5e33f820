//! Those who wrote something.

use alluvium_domain::{Problem, User};
use axum::response::Response;
use leptos::prelude::*;

use crate::components::callout::Empty;
use crate::components::entry::Day;
use crate::document::{Document, Section};
use crate::i18n::account as ta;
use crate::i18n::common as tc;
use crate::i18n::{entry as t, format, names};
use crate::visit::Visit;

/// `GET /people`
pub(crate) async fn show(visit: Visit) -> Response {
    let document = document(&visit).await;
    visit.answer(document)
}

async fn document(visit: &Visit) -> Result<Document, Problem> {
    let lang = visit.lang;
    let people = visit.services.people_list(&visit.actor).await?;
    Ok(Document::new(tc::PEOPLE.of(lang), Section::People, move || {
        let none = people.is_empty();
        let items = people.into_iter().map(|(user, revisions)| view! { <Person user revisions /> }).collect_view();
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{tc::PEOPLE.of(lang)}</h1>
                </div>
                <p class="lead">{t::PEOPLE_LEAD.of(lang)}</p>
                {if none {
                    view! { <Empty title=t::NO_PEOPLE.of(lang) hint=t::NO_PEOPLE_HINT.of(lang) /> }.into_any()
                } else {
                    view! { <ul class="people">{items}</ul> }.into_any()
                }}
            </div>
        }
    }))
}

#[component]
fn Person(user: User, revisions: usize) -> impl IntoView {
    let lang = crate::visit::lang();
    let initial: String = user.display_name.chars().take(1).collect();
    let search = format!("/search?q=author:{}", alluvium_domain::percent_encoded(&user.display_name));
    view! {
        <li class="person">
            <span class="avatar" aria-hidden="true">{initial}</span>
            <div>
                <p class="person__name">
                    <a href=search>{user.display_name}</a>
                </p>
                <p class="facts">
                    <span class="fact">{names::role(user.role).of(lang)}</span>
                    <span class="fact num">{format::revisions(revisions, lang)}</span>
                    <span class="fact">
                        {ta::SINCE.of(lang)} " " <Day at=user.created_at />
                    </span>
                </p>
            </div>
        </li>
    }
}
