//! The questions that an entry answers, folded: search finds the entry by them.

use leptos::prelude::*;

use crate::i18n::entry as t;

#[component]
pub(crate) fn Answers(questions: Vec<String>) -> impl IntoView {
    let lang = crate::visit::lang();
    let items = questions.iter().map(|question| view! { <li>{question.clone()}</li> }).collect_view();
    (!questions.is_empty()).then(|| {
        view! {
            <details class="answers disclosure">
                <summary>{format!("{} ({})", t::ANSWERS.of(lang), questions.len())}</summary>
                <ul>{items}</ul>
            </details>
        }
    })
}
