//! People and their roles.

use alluvium_domain::{Problem, Role, User};
use axum::response::Response;
use leptos::prelude::*;

use super::person;
use crate::components::callout::{Notice, Tone};
use crate::components::entry::Day;
use crate::components::field::{Field, TextField};
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section, status};
use crate::forms::admin::PersonForm;
use crate::i18n::account as t;
use crate::i18n::common as tc;
use crate::i18n::names;
use crate::i18n::second_factor as ts;
use crate::pages::settings::Secret;
use crate::visit::Visit;

/// What the page shows beside the list.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// The secret of a sign-in link that has just been made.
    pub(crate) link: Option<String>,
    pub(crate) problem: Option<Problem>,
    pub(crate) typed: PersonForm,
}

/// `GET /admin/people`
pub(crate) async fn show(visit: Visit) -> Response {
    answer(&visit, Shown::default()).await
}

/// The page with what has just happened.
pub(crate) async fn answer(visit: &Visit, shown: Shown) -> Response {
    let document = document(visit, shown).await;
    visit.answer(document)
}

async fn document(visit: &Visit, shown: Shown) -> Result<Document, Problem> {
    let people = visit.services.user_list(&visit.actor).await?;
    let needed = visit.services.second_factor_role().await?;
    let code = shown.problem.as_ref().map(|problem| status(problem.kind));
    let lang = visit.lang;
    let document = Document::new(tc::ADMIN_PEOPLE.of(lang), Section::Other, move || {
        let rows = people.into_iter().map(|user| view! { <Row user /> }).collect_view();
        let origin = expect_context::<Visit>().origin().clone();
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{tc::ADMIN_PEOPLE.of(lang)}</h1>
                </div>
                {shown
                    .link
                    .map(|secret| {
                        let secret = format!("{origin}/sign-in/link?token={secret}");
                        view! { <Secret label=t::LINK_CREATED.of(lang) secret /> }
                    })}
                {shown
                    .problem
                    .as_ref()
                    .filter(|problem| problem.for_field("role", lang).is_some())
                    .map(|_| view! { <Notice tone=Tone::Bad>{t::LAST_ADMIN.of(lang)}</Notice> })}
                <DataTable label=tc::ADMIN_PEOPLE.of(lang) class="table" heads=column_heads(&[t::PERSON, t::ROLE, t::SINCE, t::ACTIONS])>{rows}</DataTable>
                <SecondFactorRole needed />
                <AddPerson typed=shown.typed problem=shown.problem />
            </div>
        }
    });
    Ok(code.into_iter().fold(document.private(), Document::status))
}

#[component]
fn Row(user: User) -> impl IntoView {
    let lang = crate::visit::lang();
    let id = user.id.0;
    let roles = Role::ALL
        .into_iter()
        .map(
            |role| view! { <option value=role.code() selected=role == user.role>{names::role(role).of(lang)}</option> },
        )
        .collect_view();
    let (turn, label) = if user.disabled { ("false", t::ENABLE) } else { ("true", t::DISABLE) };
    let name = user.name.clone();
    view! {
        <tr class:is-off=user.disabled>
            <th scope="row">
                <a href=person::url(user.id)>{user.display_name}</a>
                " "
                <span class="muted">{user.name}</span>
                {user.disabled.then(|| view! { <span class="state">{t::DISABLED.of(lang)}</span> })}
            </th>
            <td>
                <form class="inline-form" method="post" action=format!("/admin/people/{id}/role")>
                    <select class="input input--small" name="role" aria-label=format!("{} {name}", t::ROLE.of(lang))>
                        {roles}
                    </select>
                    <button class="button button--small" type="submit">{t::CHANGE_ROLE.of(lang)}</button>
                </form>
            </td>
            <td>
                <Day at=user.created_at />
            </td>
            <td>
                <div class="row-actions">
                    <form method="post" action=format!("/admin/people/{id}/link")>
                        <button class="button button--small" type="submit">{t::NEW_LINK.of(lang)}</button>
                    </form>
                    <form method="post" action=format!("/admin/people/{id}/disabled")>
                        <input type="hidden" name="disabled" value=turn />
                        <button class="button button--small" type="submit">{label.of(lang)}</button>
                    </form>
                </div>
            </td>
        </tr>
    }
}

/// From which role on a second factor is needed.
#[component]
fn SecondFactorRole(needed: Option<Role>) -> impl IntoView {
    let lang = crate::visit::lang();
    let roles = Role::ALL
        .into_iter()
        .map(|role| {
            let name = match role {
                Role::Administrator => names::role(role).of(lang).to_owned(),
                _ => format!("{}{}{}", names::role(role).of(lang), lang.pick("", " "), ts::AND_ABOVE.of(lang)),
            };
            view! { <option value=role.code() selected=needed == Some(role)>{name}</option> }
        })
        .collect_view();
    view! {
        <section class="panel">
            <h2>{ts::SECOND_FACTOR.of(lang)}</h2>
            <p class="muted">{ts::NEEDED_HINT.of(lang)}</p>
            <form class="form" method="post" action="/admin/second-factor">
                <Field id="second-factor-role" label=ts::NEEDED_BY.of(lang)>
                    <select class="input" id="second-factor-role" name="role">
                        <option value="">{ts::NOBODY.of(lang)}</option>
                        {roles}
                    </select>
                </Field>
                <button class="button" type="submit">{tc::SAVE.of(lang)}</button>
            </form>
        </section>
    }
}

#[component]
fn AddPerson(typed: PersonForm, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    let chosen = typed.role.clone();
    let roles = Role::ALL
        .into_iter()
        .map(|role| {
            let selected = if chosen.is_empty() { role == Role::Author } else { role.code() == chosen };
            view! { <option value=role.code() selected=selected>{names::role(role).of(lang)}</option> }
        })
        .collect_view();
    view! {
        <section class="panel">
            <h2>{t::ADD_PERSON.of(lang)}</h2>
            <p class="muted">{t::ADD_HINT.of(lang)}</p>
            <form class="form form--grid" method="post" action="/admin/people">
                <TextField
                    name="name"
                    label=t::NAME.of(lang)
                    value=typed.name
                    problem=problem.clone()
                    required=true
                    autocomplete="off"
                    maxlength=64
                />
                <TextField
                    name="display_name"
                    label=t::DISPLAY_NAME.of(lang)
                    value=typed.display_name
                    problem=problem.clone()
                    autocomplete="off"
                    maxlength=100
                />
                <Field id="role" label=t::ROLE.of(lang)>
                    <select class="input" id="role" name="role">
                        {roles}
                    </select>
                </Field>
                <TextField
                    name="password"
                    label=t::PASSWORD_OPTIONAL.of(lang)
                    problem=problem
                    kind="password"
                    autocomplete="new-password"
                    maxlength=256
                />
                <button class="button button--primary" type="submit">{t::ADD.of(lang)}</button>
            </form>
        </section>
    }
}
