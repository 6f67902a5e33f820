//! A number that goes by a run.

use alluvium_domain::tracking::{Borne, Run, RunId};
use leptos::prelude::*;

use crate::i18n::{format, runs as t};
use crate::pages::runs::run_url;
use crate::visit::lang;

/// What a run says of a metric. Where a text gives the number that it goes by, another one in the run shows in red and in words.
#[component]
pub(crate) fn Bound(
    id: RunId,
    /// None where there is no such run.
    run: Option<Run>,
    #[prop(into)] key: String,
    /// What the text says.
    written: Option<String>,
    /// Whether the metric's key stands before the number.
    #[prop(optional)]
    keyed: bool,
) -> impl IntoView {
    let lang = lang();
    let borne = run.as_ref().map_or(Borne::Missing, |run| run.bears_out(&key, written.as_deref()));
    let agrees = matches!(borne, Borne::Out(_));
    let warning = (!agrees).then(|| {
        let words = match borne {
            _ if run.is_none() => t::BOUND_NO_RUN,
            Borne::Missing => t::BOUND_MISSING,
            _ => t::BOUND_CHANGED,
        };
        let written = written.map(|text| format!(" ({} {text})", t::WRITTEN.of(lang)));
        view! { <span class="notice__text">{words.of(lang)}{written}</span> }
    });
    let figure = borne.value().map_or_else(|| "—".to_owned(), format::figure);
    let figure = match &run {
        Some(_) => view! { <a class="bound__value num" href=run_url(id)>{figure}</a> }.into_any(),
        None => view! { <span class="bound__value num">{figure}</span> }.into_any(),
    };
    view! {
        <span class="bound" class:bound--changed=!agrees>
            {keyed.then(|| view! { <span class="muted">{key}</span> })}
            {figure}
            {run.map(|run| view! { <span class="muted small">{run.name}</span> })}
            {warning}
        </span>
    }
}
