//! What a list can be narrowed by.

use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::i18n::common as t;

/// Filters beside a list, of which `chosen` are in use. On a narrow screen they are folded away above it until its switch is on,
/// without JavaScript too; the switch says how many are in use.
#[component]
pub(crate) fn Side(chosen: usize, children: Children) -> impl IntoView {
    let filter = t::FILTER.of(crate::visit::lang());
    let chosen = (chosen > 0).then(|| view! { <span class="side__chosen num">{chosen}</span> });
    view! {
        <nav class="side" aria-label=filter>
            <label class="side__switch button button--small">
                <input class="visually-hidden" type="checkbox" autocomplete="off" />
                {filter}
                {chosen}
                <Icon name="down" />
            </label>
            <div class="side__body">{children()}</div>
        </nav>
    }
}
