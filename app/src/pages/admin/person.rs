//! One person: their API tokens, for administrators.

use alluvium_domain::{ApiToken, Problem, User, UserId};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::components::entry::Day;
use crate::document::{Document, Section};
use crate::i18n::account as t;
use crate::i18n::common as tc;
use crate::i18n::names;
use crate::i18n::second_factor as ts;
use crate::pages::settings::TokenRow;
use crate::visit::Visit;

/// The page of a person.
pub(crate) fn url(id: UserId) -> String {
    format!("/admin/people/{}", id.0)
}

/// `GET /admin/people/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<Uuid>) -> Response {
    let document = document(&visit, UserId(id)).await;
    visit.answer(document)
}

/// `POST /admin/people/{id}/tokens/{token}/revoke`
pub(crate) async fn token_revoke(visit: Visit, Path((id, token)): Path<(Uuid, Uuid)>) -> Response {
    match visit.services.token_revoke_of(&visit.actor, UserId(id), token).await {
        Ok(()) => Redirect::to(&url(UserId(id))).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}

/// `POST /admin/people/{id}/second-factor/reset`
pub(crate) async fn second_factor_reset(visit: Visit, Path(id): Path<Uuid>) -> Response {
    match visit.services.second_factor_reset(&visit.actor, UserId(id)).await {
        Ok(()) => Redirect::to(&url(UserId(id))).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}

async fn document(visit: &Visit, id: UserId) -> Result<Document, Problem> {
    let user = visit.services.user_get(&visit.actor, id).await?;
    let tokens = visit.services.token_list_of(&visit.actor, id).await?;
    let second_factor = visit.services.second_factor_of(&visit.actor, id).await?;
    let lang = visit.lang;
    let document = Document::new(user.display_name.clone(), Section::Other, move || {
        view! {
            <div class="wrap wrap--narrow settings">
                <div class="page-head">
                    <h1>{user.display_name.clone()}</h1>
                </div>
                <Facts user />
                <SecondFactor id since=second_factor />
                <Tokens id tokens />
                <p><a href="/admin/people">{tc::ADMIN_PEOPLE.of(lang)}</a></p>
            </div>
        }
    });
    Ok(document.private())
}

#[component]
fn Facts(user: User) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <p class="facts">
            <span class="fact">{user.name}</span>
            <span class="fact">{names::role(user.role).of(lang)}</span>
            <span class="fact">{t::SINCE.of(lang)} " " <Day at=user.created_at /></span>
            {user.disabled.then(|| view! { <span class="fact">{t::DISABLED.of(lang)}</span> })}
        </p>
    }
}

#[component]
fn SecondFactor(id: UserId, since: Option<OffsetDateTime>) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <section class="panel">
            <h2>{ts::SECOND_FACTOR.of(lang)}</h2>
            {match since {
                None => view! { <p>{ts::NONE.of(lang)}</p> }.into_any(),
                Some(at) => {
                    view! {
                        <p>{ts::ON_SINCE.of(lang)} " " <Day at /></p>
                        <p class="muted">{ts::RESET_HINT.of(lang)}</p>
                        <form method="post" action=format!("{}/second-factor/reset", url(id))>
                            <button class="button button--danger" type="submit">{ts::RESET.of(lang)}</button>
                        </form>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Tokens(id: UserId, tokens: Vec<ApiToken>) -> impl IntoView {
    let lang = crate::visit::lang();
    let none = tokens.is_empty();
    let base = format!("{}/tokens", url(id));
    let rows = tokens.into_iter().map(|token| view! { <TokenRow token base=base.clone() /> }).collect_view();
    view! {
        <section class="panel" id="tokens">
            <h2>{t::TOKENS.of(lang)}</h2>
            <p class="muted">{t::TOKENS_OF_HINT.of(lang)}</p>
            {if none {
                view! { <p>{t::TOKEN_NONE.of(lang)}</p> }.into_any()
            } else {
                view! { <ul class="tokens">{rows}</ul> }.into_any()
            }}
        </section>
    }
}
