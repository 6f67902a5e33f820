//! Approval and serving, by the buttons of the registry.

use alluvium_domain::registry::Act;
use alluvium_domain::{Issue, Problem, ProblemKind};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::pages::admin::registry::{model, model_url, version_url};
use crate::visit::Visit;

#[derive(Deserialize)]
pub(crate) struct ActForm {
    act: String,
    #[serde(default)]
    reason: String,
}

/// `POST /admin/models/{name}/versions/{number}/act`
pub(crate) async fn act(
    visit: Visit,
    Path((name, number)): Path<(String, i32)>,
    Form(form): Form<ActForm>,
) -> Response {
    let done = match form.act.parse::<Act>() {
        Ok(act) => visit.services.version_act(&visit.actor, &name, number, act, &form.reason).await.map(drop),
        Err(()) => Err(Problem::field("act", Issue::Unknown { value: form.act })),
    };
    answered(&visit, &name, version_url(&name, number), done).await
}

#[derive(Deserialize)]
pub(crate) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// `POST /admin/models/{name}/roll-back`
pub(crate) async fn roll_back(visit: Visit, Path(name): Path<String>, Form(form): Form<ReasonForm>) -> Response {
    let done = visit.services.model_roll_back(&visit.actor, &name, &form.reason).await.map(drop);
    answered(&visit, &name, model_url(&name), done).await
}

#[derive(Deserialize)]
pub(crate) struct CardForm {
    #[serde(default)]
    card: String,
}

/// `POST /admin/models/{name}/card`
pub(crate) async fn card(visit: Visit, Path(name): Path<String>, Form(form): Form<CardForm>) -> Response {
    let card = Some(form.card.trim()).filter(|card| !card.is_empty());
    let done = visit.services.model_card_set(&visit.actor, &name, card).await.map(drop);
    answered(&visit, &name, model_url(&name), done).await
}

/// The model's page again where it can say what is wrong.
async fn answered(visit: &Visit, name: &str, to: String, done: Result<(), Problem>) -> Response {
    match done {
        Ok(()) => Redirect::to(&to).into_response(),
        Err(problem)
            if matches!(
                problem.kind,
                ProblemKind::Unauthenticated | ProblemKind::Unconfirmed | ProblemKind::NotFound
            ) =>
        {
            visit.answer(Err(problem))
        }
        Err(problem) => model::answer(visit, name, Some(problem)).await,
    }
}
