//! What went wrong, and what to do next.

use alluvium_domain::{Lang, Problem, ProblemKind};
use axum::response::Response;
use leptos::prelude::*;

use crate::components::icon::Mark;
use crate::components::search_field::SearchField;
use crate::document::{Document, Section, status};
use crate::i18n::Text;
use crate::i18n::common as t;
use crate::i18n::search as ts;
use crate::visit::Visit;

/// `GET` of a path that leads nowhere.
pub(crate) async fn not_found(visit: Visit) -> Response {
    visit.answer(Err(Problem::not_found()))
}

/// The page for a problem, with its status.
pub(crate) fn document(visit: &Visit, problem: &Problem) -> Document {
    let (lang, kind) = (visit.lang, problem.kind);
    let title = problem.title(lang);
    let sign_in = (kind == ProblemKind::Unauthenticated).then(|| super::sign_in::url(visit.path_and_query()));
    let detail = problem.detail(lang);
    let view = move || {
        let detail = (!detail.is_empty()).then(|| view! { <p class="muted">{detail}</p> });
        view! {
            {view(lang, kind, title, sign_in)}
            {detail}
        }
    };
    Document::new(title, Section::Other, view).private().of_problem(Some(problem))
}

/// The content, which needs nothing but the problem.
pub(crate) fn view(lang: Lang, kind: ProblemKind, title: &'static str, sign_in: Option<String>) -> impl IntoView {
    let again = matches!(kind, ProblemKind::Overloaded | ProblemKind::Unavailable | ProblemKind::Internal);
    view! {
        <div class="error-page">
            <div class="error-page__art">
                <Mark />
                <span class="error-page__code num" aria-hidden="true">{status(kind).as_u16()}</span>
            </div>
            <h1>{title}</h1>
            <p>{advice(kind).of(lang)}</p>
            <form class="search-form" action="/search" role="search">
                <SearchField lang placeholder=ts::PLACEHOLDER.of(lang) />
            </form>
            <p class="error-page__next">
                {sign_in.map(|href| view! { <a class="button button--primary" href=href>{t::SIGN_IN.of(lang)}</a> })}
                {again.then(|| view! { <a class="button" href="">{t::TRY_AGAIN.of(lang)}</a> })}
                <a class="button" href="/">{t::BACK_HOME.of(lang)}</a>
            </p>
        </div>
    }
}

fn advice(kind: ProblemKind) -> Text {
    match kind {
        ProblemKind::Invalid => t::ERR_INVALID,
        ProblemKind::Unauthenticated => t::ERR_UNAUTHENTICATED,
        ProblemKind::Forbidden => t::ERR_FORBIDDEN,
        ProblemKind::Unconfirmed => crate::i18n::account::CONFIRM_LEAD,
        ProblemKind::NotFound => t::ERR_NOT_FOUND,
        ProblemKind::Conflict => t::ERR_CONFLICT,
        ProblemKind::Overloaded => t::ERR_OVERLOADED,
        ProblemKind::Unavailable => t::ERR_UNAVAILABLE,
        ProblemKind::Internal => t::ERR_INTERNAL,
    }
}
