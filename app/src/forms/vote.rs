//! Voting on an explanation.

use alluvium_domain::shop::ExplanationVote;
use alluvium_domain::{Actor, Issue, Problem};
use axum::Form;
use axum::extract::Path;
use axum::response::{Redirect, Response};
use axum_extra::extract::Query;
use http::Uri;
use serde::Deserialize;

use crate::forms::cookies;
use crate::pages::shop::recommend::Params;
use crate::visit::Visit;

/// What the form under an explanation sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct VoteForm {
    /// The demonstration's address, which says what was explained.
    address: String,
    product: String,
    verdict: String,
    word: String,
}

/// `POST /shop/{catalogue}/recommend/vote`
pub(crate) async fn add(visit: Visit, Path(slug): Path<String>, Form(form): Form<VoteForm>) -> Response {
    let (actor, cookie) = cookies::as_visitor(&visit);
    match keep(&visit, &actor, &slug, &form).await {
        Ok(params) => {
            let voted = Params { voted: form.product.trim().to_owned(), ..params };
            cookies::with_cookies(Redirect::to(&voted.url(&slug)), cookie)
        }
        Err(problem) => visit.answer(Err(problem)),
    }
}

async fn keep(visit: &Visit, actor: &Actor, slug: &str, form: &VoteForm) -> Result<Params, Problem> {
    let malformed = || Problem::field("address", Issue::Malformed { expected: "the address of the page".into() });
    let uri: Uri = form.address.parse().map_err(|_| malformed())?;
    let Query(params) = Query::<Params>::try_from_uri(&uri).map_err(|_| malformed())?;
    let params = params.settled();
    let vote = ExplanationVote::parse(&form.product, &form.verdict, &form.word)?;
    visit.services.explanation_vote(actor, &params.trial(slug), &vote).await?;
    Ok(params.plain())
}
