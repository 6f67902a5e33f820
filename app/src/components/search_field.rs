//! The search field of a page: what is looked for, and the button that looks for it.

use alluvium_domain::Lang;
use alluvium_domain::search::limits;
use leptos::prelude::*;

use crate::i18n::common as tc;

/// The field `q` with its button, to be put into a form. `lang` is given: an error page has no visit to ask.
#[component]
pub(crate) fn SearchField(
    lang: Lang,
    placeholder: &'static str,
    #[prop(optional)] value: String,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    view! {
        <div class="search-form__box">
            <input
                class="search-box__input"
                type="search"
                id="q"
                name="q"
                value=value
                placeholder=placeholder
                aria-label=tc::SEARCH.of(lang)
                maxlength=limits::QUERY
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="search"
                autofocus=autofocus
            />
            <button class="button button--primary">{tc::SEARCH.of(lang)}</button>
        </div>
    }
}
