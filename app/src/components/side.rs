//! What a list can be narrowed by.

use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::i18n::common as t;

/// Filters beside a list. On a narrow screen they are folded away above it until its switch is on, without JavaScript too.
#[component]
pub(crate) fn Side(children: Children) -> impl IntoView {
    let filter = t::FILTER.of(crate::visit::lang());
    view! {
        <nav class="side" aria-label=filter>
            <label class="side__switch button button--small">
                <input class="visually-hidden" type="checkbox" autocomplete="off" />
                {filter}
                <Icon name="down" />
            </label>
            <div class="side__body">{children()}</div>
        </nav>
    }
}
