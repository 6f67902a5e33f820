//! Tables of data.

use leptos::prelude::*;

use crate::i18n::Text;
use crate::visit::lang;

/// A table in a region of its own, which scrolls where the table is wider than the page. The children are its rows.
#[component]
pub(crate) fn DataTable(
    /// What it holds, for who does not see it.
    #[prop(into)]
    label: String,
    #[prop(default = "table table--dense")] class: &'static str,
    /// The cells of its head; none where the rows speak for themselves.
    #[prop(optional)]
    heads: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let head = heads.map(|heads| view! { <thead><tr>{heads}</tr></thead> });
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=label>
            <table class=class>
                {head}
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The heads of columns that are words and nothing else.
pub(crate) fn column_heads(words: &[Text]) -> AnyView {
    let lang = lang();
    words.iter().map(|word| view! { <th scope="col">{word.of(lang)}</th> }).collect_view().into_any()
}
