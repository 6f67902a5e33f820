//! One's own account: name, password, second factor, API tokens, this session.

pub(crate) mod second_factor;
pub(crate) mod sso;

use alluvium_domain::{Action, ApiToken, Problem, ProblemKind, User};
use alluvium_services::OidcRefusal;
use axum::extract::Query;
use axum::response::Response;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::{Notice, Tone};
use crate::components::entry::Day;
use crate::components::field::TextField;
use crate::document::{Document, Section};
use crate::i18n::account as t;
use crate::i18n::common as tc;
use crate::i18n::erasure as te;
use crate::i18n::{Text, names};
use crate::visit::Visit;
use second_factor::SecondFactorPanel;
use sso::Sso;

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Params {
    #[serde(default)]
    done: String,
    /// Why the provider's account was not linked ([`OidcRefusal::code`]).
    #[serde(default)]
    sso: String,
}

/// Which form a problem belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Profile,
    Password,
    SecondFactor,
    Sso,
    Token,
}

/// What the page shows beside the account itself.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) done: Option<Text>,
    /// The secret of a token that has just been made.
    pub(crate) secret: Option<String>,
    /// Recovery codes that have just been made.
    pub(crate) recovery: Vec<String>,
    pub(crate) problem: Option<(Part, Problem)>,
    /// Why the provider's account was not linked.
    pub(crate) refusal: Option<OidcRefusal>,
    /// What was typed into the form that failed.
    pub(crate) typed: Vec<(&'static str, String)>,
}

impl Shown {
    fn typed(&self, name: &str) -> Option<String> {
        self.typed.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    }

    fn problem(&self, part: Part) -> Option<Problem> {
        self.problem.as_ref().filter(|(of, _)| *of == part).map(|(_, problem)| problem.clone())
    }
}

/// `GET /settings`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let done = match params.done.as_str() {
        "profile" => Some(t::SAVED),
        "password" => Some(t::PASSWORD_SAVED),
        "token" => Some(t::REVOKED),
        "sso" => Some(t::SSO_LINKED),
        "sso-end" => Some(t::SSO_UNLINKED),
        _ => None,
    };
    answer(&visit, Shown { done, refusal: OidcRefusal::parse(&params.sso), ..Shown::default() }).await
}

/// The page with what has just happened.
pub(crate) async fn answer(visit: &Visit, shown: Shown) -> Response {
    let document = document(visit, shown).await;
    visit.answer(document)
}

/// The page again, where the problem is one of a field.
pub(crate) async fn failed(
    visit: &Visit,
    part: Part,
    problem: Problem,
    typed: Vec<(&'static str, String)>,
) -> Response {
    if problem.errors.is_empty() {
        return visit.answer(Err(problem));
    }
    answer(visit, Shown { problem: Some((part, problem)), typed, ..Shown::default() }).await
}

async fn document(visit: &Visit, shown: Shown) -> Result<Document, Problem> {
    visit.actor.may(Action::OwnAccount)?;
    let user = visit.actor.user.clone().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
    let has_password = visit.services.password_is_set(&visit.actor).await?;
    let factor = visit.services.second_factor(&visit.actor).await?;
    let tokens = visit.services.token_list(&visit.actor).await?;
    let identity = visit.services.oidc_identity(&visit.actor).await?;
    let sso = visit.services.oidc_label().is_some();
    let code = shown.problem.as_ref().map(|(_, problem)| problem.clone());
    let lang = visit.lang;
    let document = Document::new(tc::SETTINGS.of(lang), Section::Other, move || {
        view! {
            <div class="wrap wrap--narrow settings">
                <div class="page-head">
                    <h1>{tc::SETTINGS.of(lang)}</h1>
                </div>
                {shown.done.map(|done| view! { <Notice tone=Tone::Good>{done.of(lang)}</Notice> })}
                <Profile user problem=shown.problem(Part::Profile) typed=shown.typed("display_name") />
                <Password has_password problem=shown.problem(Part::Password) />
                <SecondFactorPanel factor recovery=shown.recovery.clone() problem=shown.problem(Part::SecondFactor) />
                {sso.then(|| view! { <Sso identity refusal=shown.refusal problem=shown.problem(Part::Sso) /> })}
                <Tokens tokens shown />
                <section class="panel">
                    <h2>{te::OWN.of(lang)}</h2>
                    <p class="muted">{te::OWN_HINT.of(lang)}</p>
                    <a class="button" href="/settings/export" download="">{te::EXPORT.of(lang)}</a>
                </section>
                <section class="panel">
                    <h2>{t::SESSION.of(lang)}</h2>
                    <p class="muted">{t::SESSION_HINT.of(lang)}</p>
                    <form method="post" action="/sign-out">
                        <button class="button" type="submit">{tc::SIGN_OUT.of(lang)}</button>
                    </form>
                </section>
            </div>
        }
    });
    Ok(document.private().of_problem(code.as_ref()))
}

#[component]
fn Profile(user: User, problem: Option<Problem>, typed: Option<String>) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <section class="panel">
            <h2>{t::PROFILE.of(lang)}</h2>
            <p class="facts">
                <span class="fact">{user.name.clone()}</span>
                <span class="fact">{names::role(user.role).of(lang)}</span>
            </p>
            <form class="form" method="post" action="/settings/profile">
                <TextField
                    name="display_name"
                    label=t::DISPLAY_NAME.of(lang)
                    value=typed.unwrap_or(user.display_name)
                    problem=problem
                    required=true
                    autocomplete="name"
                    maxlength=100
                />
                <button class="button" type="submit">{tc::SAVE.of(lang)}</button>
            </form>
        </section>
    }
}

#[component]
fn Password(has_password: bool, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <section class="panel">
            <h2>{if has_password { t::CHANGE_PASSWORD } else { t::SET_PASSWORD }.of(lang)}</h2>
            {(!has_password).then(|| view! { <Notice tone=Tone::Warning>{t::SET_PASSWORD_HINT.of(lang)}</Notice> })}
            <form class="form" method="post" action="/settings/password">
                {has_password
                    .then(|| {
                        view! {
                            <TextField
                                name="current"
                                label=t::CURRENT_PASSWORD.of(lang)
                                kind="password"
                                problem=problem.clone()
                                required=true
                                autocomplete="current-password"
                                maxlength=256
                            />
                        }
                    })}
                <TextField
                    name="new"
                    label=t::NEW_PASSWORD.of(lang)
                    kind="password"
                    problem=problem.clone()
                    hint=t::PASSWORD_HINT.of(lang)
                    required=true
                    autocomplete="new-password"
                    maxlength=256
                />
                {has_password
                    .then(|| {
                        view! {
                            <label>
                                <input type="checkbox" name="end_tokens" value="true" />
                                <span>{t::END_TOKENS.of(lang)}</span>
                            </label>
                        }
                    })}
                <button class="button" type="submit">{tc::SAVE.of(lang)}</button>
            </form>
        </section>
    }
}

#[component]
fn Tokens(tokens: Vec<ApiToken>, shown: Shown) -> impl IntoView {
    let lang = crate::visit::lang();
    let problem = shown.problem(Part::Token);
    let may_send = Visit::current().is_some_and(|visit| visit.actor.may(Action::SendEvents).is_ok());
    let none = tokens.is_empty();
    let rows =
        tokens.into_iter().map(|token| view! { <TokenRow token base="/settings/tokens".to_owned() /> }).collect_view();
    view! {
        <section class="panel" id="tokens">
            <h2>{t::TOKENS.of(lang)}</h2>
            <p class="muted">{t::TOKENS_HINT.of(lang)}</p>
            {shown.secret.clone().map(|secret| view! { <Secret label=t::TOKEN_CREATED.of(lang) secret /> })}
            {if none {
                view! { <p>{t::TOKEN_NONE.of(lang)}</p> }.into_any()
            } else {
                view! { <ul class="tokens">{rows}</ul> }.into_any()
            }}
            <form class="form form--row" method="post" action="/settings/tokens">
                <TextField
                    name="name"
                    label=tc::NAME.of(lang)
                    value=shown.typed("name").unwrap_or_default()
                    problem=problem.clone()
                    hint=t::TOKEN_NAME_HINT.of(lang)
                    required=true
                    autocomplete="off"
                    maxlength=100
                />
                <TextField
                    name="days"
                    label=t::TOKEN_DAYS.of(lang)
                    value=shown.typed("days").unwrap_or_else(|| "90".to_owned())
                    problem=problem
                    hint=t::TOKEN_DAYS_HINT.of(lang)
                    kind="number"
                    class="field--short"
                />
                {may_send
                    .then(|| {
                        let checked = shown.typed("events").is_some_and(|typed| !typed.is_empty());
                        view! {
                            <label class="inline-choice">
                                <input type="checkbox" name="events" value="1" checked=checked />
                                <span>{t::TOKEN_EVENTS.of(lang)}</span>
                            </label>
                        }
                    })}
                <button class="button" type="submit">{t::TOKEN_CREATE.of(lang)}</button>
            </form>
        </section>
    }
}

/// A token with the button that revokes it.
#[component]
pub(crate) fn TokenRow(
    token: ApiToken,
    /// Where the tokens are.
    base: String,
) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <li class="token">
            <div>
                <p>
                    <strong>{token.name.clone()}</strong>
                    " "
                    <code>{format!("{}…", token.prefix)}</code>
                    {token.scopes.iter().map(|scope| view! { " " <span class="tag">{scope.code()}</span> }).collect_view()}
                </p>
                <p class="facts">
                    <span class="fact">
                        {t::CREATED.of(lang)} " " <Day at=token.created_at />
                    </span>
                    <span class="fact">
                        {t::LAST_USED.of(lang)} " "
                        {match token.last_used_at {
                            Some(at) => view! { <Day at /> }.into_any(),
                            None => t::NEVER.of(lang).into_any(),
                        }}
                    </span>
                    {token
                        .expires_at
                        .map(|at| {
                            view! {
                                <span class="fact">
                                    {t::EXPIRES.of(lang)} " " <Day at />
                                </span>
                            }
                        })}
                </p>
            </div>
            <form method="post" action=format!("{base}/{}/revoke", token.id)>
                <button class="button button--small button--danger" type="submit" aria-label=format!("{} {}", t::TOKEN_REVOKE.of(lang), token.name)>
                    {t::TOKEN_REVOKE.of(lang)}
                </button>
            </form>
        </li>
    }
}

/// A secret that is shown once.
#[component]
pub(crate) fn Secret(label: &'static str, secret: String) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <Notice tone=Tone::Good>
            <label class="secret">
                <span>{label}</span>
                <input class="input" readonly value=secret.clone() />
            </label>
            <button class="button button--small js-only" type="button" data-copy=secret data-copied=tc::COPIED.of(lang)>
                {tc::COPY.of(lang)}
            </button>
        </Notice>
    }
}
