//! Decisions about senders of events.

use alluvium_domain::shop::{Ruling, RulingRequest, SenderId};
use alluvium_domain::{Issue, Problem, ProblemKind};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use time::Date;
use time::macros::format_description;

use crate::pages::admin::senders::{self, RulingForm, sender_url};
use crate::visit::Visit;

/// `POST /admin/senders`: one decision about all events of the senders that are chosen.
pub(crate) async fn rule_many(visit: Visit, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let value = |name: &str| pairs.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    let done = async {
        let request = request(&RulingForm { ruling: value("ruling").unwrap_or_default(), ..RulingForm::default() })?;
        for (_, id) in pairs.iter().filter(|(field, _)| field == "sender") {
            let id = id.parse().map_err(|_| Problem::field("sender", Issue::Unknown { value: id.clone() }))?;
            visit.services.sender_rule(&visit.actor, SenderId(id), &request).await?;
        }
        Ok::<(), Problem>(())
    };
    match done.await {
        Ok(()) => Redirect::to(&format!("{}?done=1", senders::URL)).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}

/// `POST /admin/senders/{id}`
pub(crate) async fn rule(visit: Visit, Path(id): Path<i32>, Form(form): Form<RulingForm>) -> Response {
    let id = SenderId(id);
    let done = match request(&form) {
        Ok(request) => visit.services.sender_rule(&visit.actor, id, &request).await.map(drop),
        Err(problem) => Err(problem),
    };
    answered(&visit, id, done, form).await
}

#[derive(Deserialize)]
pub(crate) struct TrustForm {
    trusted: bool,
}

/// `POST /admin/senders/{id}/trust`
pub(crate) async fn trust(visit: Visit, Path(id): Path<i32>, Form(form): Form<TrustForm>) -> Response {
    let id = SenderId(id);
    let done = visit.services.sender_trust(&visit.actor, id, form.trusted).await.map(drop);
    answered(&visit, id, done, RulingForm::default()).await
}

async fn answered(visit: &Visit, id: SenderId, done: Result<(), Problem>, typed: RulingForm) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("{}?done=1", sender_url(id))).into_response(),
        Err(problem) if matches!(problem.kind, ProblemKind::Invalid | ProblemKind::Conflict) => {
            senders::answer(visit, id, None, Some(problem), typed).await
        }
        Err(problem) => visit.answer(Err(problem)),
    }
}

fn request(form: &RulingForm) -> Result<RulingRequest, Problem> {
    let unknown = || Problem::field("ruling", Issue::Unknown { value: form.ruling.clone() });
    let day = |field: &'static str, text: &str| match text.trim() {
        "" => Ok(None),
        text => Date::parse(text, format_description!("[year]-[month]-[day]"))
            .map(Some)
            .map_err(|_| Problem::field(field, Issue::Malformed { expected: "2026-12-31".into() })),
    };
    Ok(RulingRequest {
        ruling: form.ruling.parse::<Ruling>().map_err(|()| unknown())?,
        catalogue: Some(form.catalogue.clone()).filter(|slug| !slug.is_empty()),
        from: day("from", &form.from)?,
        to: day("to", &form.to)?,
    })
}
