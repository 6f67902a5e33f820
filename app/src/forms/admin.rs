//! People, by administrators.

use alluvium_domain::{Issue, Problem, ProblemKind, Role, UserId};
use alluvium_services::NewUser;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::pages::admin::people::{self, Shown};
use crate::visit::Visit;

const PAGE: &str = "/admin/people";

/// A person to be added, as typed. The password is never shown again.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PersonForm {
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) role: String,
    password: String,
}

impl std::fmt::Debug for PersonForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonForm").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// `POST /admin/people`
pub(crate) async fn person_add(visit: Visit, Form(form): Form<PersonForm>) -> Response {
    let added = match role(&form.role) {
        Ok(role) => {
            let new = NewUser {
                name: form.name.clone(),
                display_name: form.display_name.clone(),
                role,
                password: (!form.password.is_empty()).then(|| form.password.clone()),
            };
            visit.services.user_add(&visit.actor, new).await
        }
        Err(problem) => Err(problem),
    };
    match added {
        Ok((_, None)) => Redirect::to(PAGE).into_response(),
        Ok((_, link)) => people::answer(&visit, Shown { link, ..Shown::default() }).await,
        Err(problem) => failed(&visit, problem, form).await,
    }
}

#[derive(Deserialize)]
pub(crate) struct RoleForm {
    role: String,
}

/// `POST /admin/people/{id}/role`
pub(crate) async fn person_role(visit: Visit, Path(id): Path<Uuid>, Form(form): Form<RoleForm>) -> Response {
    let changed = match role(&form.role) {
        Ok(role) => visit.services.user_role_set(&visit.actor, UserId(id), role).await,
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(_) => Redirect::to(PAGE).into_response(),
        Err(problem) => failed(&visit, problem, PersonForm::default()).await,
    }
}

#[derive(Deserialize)]
pub(crate) struct DisabledForm {
    disabled: bool,
}

/// `POST /admin/people/{id}/disabled`
pub(crate) async fn person_disable(visit: Visit, Path(id): Path<Uuid>, Form(form): Form<DisabledForm>) -> Response {
    match visit.services.user_disable(&visit.actor, UserId(id), form.disabled).await {
        Ok(_) => Redirect::to(PAGE).into_response(),
        Err(problem) => failed(&visit, problem, PersonForm::default()).await,
    }
}

/// `POST /admin/second-factor`: nobody where the role is empty.
pub(crate) async fn second_factor_role(visit: Visit, Form(form): Form<RoleForm>) -> Response {
    let chosen = match form.role.as_str() {
        "" => Ok(None),
        code => role(code).map(Some),
    };
    let done = match chosen {
        Ok(role) => visit.services.second_factor_role_set(&visit.actor, role).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Redirect::to(PAGE).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}

/// `POST /admin/people/{id}/link`: the answer is the page itself, because the link is shown this once.
pub(crate) async fn person_link(visit: Visit, Path(id): Path<Uuid>) -> Response {
    match visit.services.user_link(&visit.actor, UserId(id)).await {
        Ok(link) => people::answer(&visit, Shown { link: Some(link), ..Shown::default() }).await,
        Err(problem) => failed(&visit, problem, PersonForm::default()).await,
    }
}

fn role(code: &str) -> Result<Role, Problem> {
    code.parse().map_err(|()| Problem::field("role", Issue::Unknown { value: code.to_owned() }))
}

/// The page again where it can say what is wrong.
async fn failed(visit: &Visit, problem: Problem, typed: PersonForm) -> Response {
    if !matches!(problem.kind, ProblemKind::Invalid | ProblemKind::Conflict) {
        return visit.answer(Err(problem));
    }
    people::answer(visit, Shown { problem: Some(problem), typed, ..Shown::default() }).await
}
