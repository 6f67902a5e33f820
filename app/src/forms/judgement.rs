//! A grade by a button of a plain form.

use alluvium_domain::shop::Grade;
use alluvium_domain::{Issue, Problem, with_query};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::visit::Visit;

#[derive(Deserialize)]
pub(crate) struct JudgementForm {
    #[serde(default)]
    q: String,
    #[serde(default)]
    ranker: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    grade: String,
    #[serde(default)]
    place: String,
}

/// `POST /shop/{catalogue}/judge`
pub(crate) async fn judge(visit: Visit, Path(catalogue): Path<String>, Form(form): Form<JudgementForm>) -> Response {
    let grade: Result<Grade, ()> = form.grade.parse();
    let done = match grade {
        Ok(grade) => visit.services.judge(&visit.actor, &catalogue, &form.q, &form.product, grade).await,
        // Who may not grade is told so first.
        Err(()) => visit
            .actor
            .may(alluvium_domain::Action::Judge)
            .and(Err(Problem::field("grade", Issue::OutOfRange { min: 0, max: 3 }))),
    };
    match done {
        Ok(()) => {
            let url = with_query(&format!("/shop/{catalogue}/judge"), &[("q", &form.q), ("ranker", &form.ranker)]);
            let place = form.place.parse::<usize>().unwrap_or(1);
            Redirect::to(&format!("{url}#place-{place}")).into_response()
        }
        Err(problem) => visit.answer(Err(problem)),
    }
}
