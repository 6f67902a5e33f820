//! What a ranking is like with parts of its score switched off.

use leptos::prelude::*;

use crate::i18n::{parts, search as t};

/// The parts of `without` that are switched off by the form with the id `form`: unticking one switches it on again, `all_on` all of them.
#[component]
pub(crate) fn WhatIf(without: Vec<String>, form: &'static str, all_on: String) -> impl IntoView {
    let lang = crate::visit::lang();
    let items = without
        .into_iter()
        .map(|feature| {
            let name = parts::unlabelled(&feature).1.to_owned();
            view! {
                <li>
                    <label class="switch-off switch-off--bar">
                        <input type="checkbox" name="without" form=form value=feature checked />
                        <span>{name}</span>
                    </label>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="what-if">
            <strong>{t::WHAT_IF.of(lang)}</strong>
            <ul class="inline-list">{items}</ul>
            <button class="button button--small no-js" form=form>{t::RERANK.of(lang)}</button>
            <a class="button button--small" href=all_on>{t::RESTORE.of(lang)}</a>
        </div>
    }
}
