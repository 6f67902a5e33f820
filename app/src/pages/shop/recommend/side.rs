//! For whom, which events and which feature groups count, with which weights.

use alluvium_domain::shop::{Catalogue, RANK_GROUPS};
use alluvium_services::shop::TrialPage;
use leptos::prelude::*;

use super::{FORM, Params};
use crate::components::product::shopper_url;
use crate::components::timeline::{Timeline, TimelineEvent};
use crate::i18n::common as tc;
use crate::i18n::search as ts;
use crate::i18n::{explain as t, shop as tp};

/// Events shown; older ones count too.
const SHOWN: usize = 30;

/// Everything that can be chosen.
#[component]
pub(super) fn Side(catalogue: Catalogue, params: Params, page: Option<TrialPage>, known: Vec<String>) -> impl IntoView {
    let slug = catalogue.input.slug.to_string();
    view! {
        <div class="recommend__side">
            <Who slug=slug.clone() params=params.clone() known />
            {page.map(|page| view! { <History slug=slug.clone() params=params.clone() page /> })}
            <Groups params=params.clone() />
            <Weights params />
        </div>
    }
}

/// The shopper, and the search.
#[component]
fn Who(slug: String, params: Params, known: Vec<String>) -> impl IntoView {
    let lang = crate::visit::lang();
    let anew = format!("/shop/{slug}/recommend");
    let some = !params.shopper.is_empty() || !params.history.is_empty();
    let profile = (!params.shopper.is_empty()).then(|| {
        let href = shopper_url(&slug, &params.shopper);
        view! { <p><a href=href>{t::PROFILE.of(lang)}</a></p> }
    });
    let options = known.into_iter().map(|name| view! { <option value=name></option> }).collect_view();
    let history = (!params.history.is_empty() && params.shopper.is_empty())
        .then(|| view! { <input type="hidden" name="history" form=FORM value=params.history.clone() /> });
    view! {
        <section>
            <h2>{t::WHO.of(lang)}</h2>
            {history}
            <input type="hidden" name="of" form=FORM value=params.owner().to_owned() />
            <p class="recommend__row">
                <input
                    class="input input--small"
                    id="shopper"
                    name="shopper"
                    form=FORM
                    list="shoppers"
                    maxlength="200"
                    value=params.shopper.clone()
                    placeholder=t::SHOPPER_ID.of(lang)
                    aria-label=t::SHOPPER_ID.of(lang)
                    autocomplete="off"
                />
                <datalist id="shoppers">{options}</datalist>
                <button class="button button--small" form=FORM>{t::CHOOSE.of(lang)}</button>
            </p>
            {profile} {some.then(|| view! { <p><a href=anew>{t::START_ANEW.of(lang)}</a></p> })}
            <p class="recommend__row">
                <input
                    class="input input--small"
                    id="recommend-q"
                    name="q"
                    form=FORM
                    maxlength="500"
                    value=params.q.clone()
                    placeholder=t::FIND_PLACEHOLDER.of(lang)
                    aria-label=t::FIND.of(lang)
                    autocomplete="off"
                />
                <button class="button button--small" form=FORM>{tc::APPLY.of(lang)}</button>
            </p>
        </section>
    }
}

/// The history with what each event gives to the first product, and a switch for each.
#[component]
fn History(slug: String, params: Params, page: TrialPage) -> impl IntoView {
    let lang = crate::visit::lang();
    let first = page.items.first().map(|item| item.by_event.clone()).unwrap_or_default();
    let clicked = params.shopper.is_empty();
    let hidden = page.history.len().saturating_sub(SHOWN);
    let events: Vec<TimelineEvent> = page
        .history
        .into_iter()
        .skip(hidden)
        .map(|event| TimelineEvent {
            amount: first.iter().find(|(place, _)| *place == event.place).map(|(_, amount)| *amount),
            back: clicked.then(|| params.without_event(event.place).url(&slug)),
            place: event.place,
            kind: event.kind,
            product: event.product,
            title: event.title,
            at: event.at,
            on: event.on,
        })
        .collect();
    let none = events.is_empty();
    let switched = !params.off.is_empty() || !params.without.is_empty();
    let all_on = Params { off: Vec::new(), without: Vec::new(), ..params.plain() }.url(&slug);
    view! {
        <section>
            <h2>{tp::HISTORY.of(lang)}</h2>
            {if none {
                view! { <p class="muted">{t::NO_HISTORY.of(lang)}</p> }.into_any()
            } else {
                view! {
                    <p class="muted">{t::HISTORY_HINT.of(lang)}</p>
                    {(hidden > 0).then(|| view! { <p class="muted">{t::OLDER_EVENTS.of(lang)}</p> })}
                    <div class="recommend__history" tabindex="0" role="region" aria-label=tp::HISTORY.of(lang)>
                        <Timeline catalogue=slug.clone() events form=FORM />
                    </div>
                    <p class="recommend__row">
                        <button class="button button--small" form=FORM>{t::RANK_AGAIN.of(lang)}</button>
                        {switched.then(|| view! { <a href=all_on>{ts::RESTORE.of(lang)}</a> })}
                    </p>
                }
                    .into_any()
            }}
        </section>
    }
}

#[component]
fn Groups(params: Params) -> impl IntoView {
    let lang = crate::visit::lang();
    // The place in the list is fixed when the model serves: switching it off would change nothing.
    let ticks = RANK_GROUPS
        .iter()
        .filter(|group| group.name != "position")
        .map(|group| {
            let off = params.without.iter().any(|name| name == group.name);
            view! {
                <li>
                    <label class="switch-off">
                        <input type="checkbox" id=format!("without-{}", group.name) name="without" form=FORM value=group.name checked=off />
                        <span>{format!("{} {}", ts::SWITCH_OFF.of(lang), group.label().text(lang))}</span>
                    </label>
                </li>
            }
        })
        .collect_view();
    view! {
        <section>
            <h2>{t::GROUPS.of(lang)}</h2>
            <p class="muted">{t::GROUPS_HINT.of(lang)}</p>
            <ul class="ticks">{ticks}</ul>
            <noscript>
                <button class="button button--small" form=FORM>{t::RANK_AGAIN.of(lang)}</button>
            </noscript>
        </section>
    }
}

#[component]
fn Weights(params: Params) -> impl IntoView {
    let lang = crate::visit::lang();
    let open = [&params.view, &params.cart, &params.purchase].iter().any(|weight| !weight.is_empty());
    let fields = [("view", params.view), ("cart", params.cart), ("purchase", params.purchase)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, name.parse().ok()?, value)))
        .map(|(name, kind, value)| {
            let label = tp::event(kind).of(lang);
            view! {
                <input
                    class="input input--small"
                    id=format!("weight-{name}")
                    type="number"
                    min="0"
                    max="1000"
                    step="any"
                    inputmode="decimal"
                    name=name
                    form=FORM
                    value=value
                    placeholder=label
                    aria-label=label
                />
            }
        })
        .collect_view();
    view! {
        <details class="disclosure" open=open>
            <summary>{t::WEIGHTS.of(lang)}</summary>
            <p class="muted">{t::WEIGHTS_HINT.of(lang)}</p>
            <p class="recommend__row recommend__row--weights">
                {fields} <button class="button button--small" form=FORM>{tc::APPLY.of(lang)}</button>
            </p>
        </details>
    }
}
