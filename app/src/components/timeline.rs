//! A history in the order of time, each event with what it gives to a score.

use alluvium_domain::shop::{Bilingual, EventKind};
use leptos::prelude::*;
use time::OffsetDateTime;

use super::product::product_url;
use crate::i18n::{explain as t, format, shop as tp};
use crate::size;
use crate::visit::lang;

/// An event as the timeline shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TimelineEvent {
    /// Place in the history, from 1.
    pub(crate) place: usize,
    pub(crate) kind: EventKind,
    pub(crate) product: String,
    pub(crate) title: Bilingual,
    pub(crate) at: Option<OffsetDateTime>,
    /// What it gives; none where that is not known.
    pub(crate) amount: Option<f64>,
    /// Whether it counts.
    pub(crate) on: bool,
    /// Where a click takes it back, for histories that were clicked together.
    pub(crate) back: Option<String>,
}

/// The events, oldest first. With `form`, each can be switched off by a tick of that form: unticked boxes send nothing, so a tick means "off" and the
/// words say so.
#[component]
pub(crate) fn Timeline(
    catalogue: String,
    events: Vec<TimelineEvent>,
    #[prop(optional)] form: &'static str,
) -> impl IntoView {
    let lang = lang();
    let most = events.iter().filter_map(|event| event.amount).map(f64::abs).fold(f64::EPSILON, f64::max);
    let items = events
        .into_iter()
        .map(|event| {
            let TimelineEvent { place, kind, product, title, at, amount, on, back } = event;
            let title = title.text(lang).to_owned();
            let weight = amount.map(|amount| {
                let sign = if amount < 0.0 { "bar bar--minus" } else { "bar" };
                let length = size::length(amount.abs() / most);
                view! {
                    <span class="timeline__weight">
                        <span class=format!("{sign} bar--history {length}") aria-hidden="true"></span>
                        <span class="num">{format::fine(amount)}</span>
                    </span>
                }
            });
            let tick = (!form.is_empty()).then(|| {
                view! {
                    <label class="switch-off">
                        <input type="checkbox" name="off" form=form value=place.to_string() checked=!on />
                        <span>{crate::i18n::search::SWITCH_OFF.of(lang)}</span>
                        <span class="visually-hidden">{format!("{place} {title}")}</span>
                    </label>
                }
            });
            let back = back.map(|href| {
                view! {
                    <a class="timeline__back" href=href>
                        {t::TAKE_BACK.of(lang)} <span class="visually-hidden">{title.clone()}</span>
                    </a>
                }
            });
            view! {
                <li class="timeline__event" class:timeline__event--off=!on>
                    <span class=format!("timeline__kind timeline__kind--{kind}")>{tp::event(kind).of(lang)}</span>
                    <a class="timeline__product" href=product_url(&catalogue, &product)>{title.clone()}</a>
                    {at.map(|at| view! { <time class="timeline__at num" datetime=format::machine(at)>{format::day(at)}</time> })}
                    {weight}
                    <span class="timeline__controls">{tick} {back}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="timeline explanation--signed">{items}</ol> }
}
