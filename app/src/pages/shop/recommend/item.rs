//! One product of the list: scores, reason, everything behind it.

use alluvium_domain::percent_encoded;
use alluvium_domain::shop::{EventKind, VoteVerdict};
use alluvium_services::shop::{Change, Moved, TrialEvent, TrialItem};
use leptos::prelude::*;

use super::{Params, score};
use crate::components::callout::{Notice, Tone};
use crate::components::explanation::{Equation, group_totals};
use crate::components::product::{Picture, product_url};
use crate::components::tasks::{TaskComparison, TaskScores};
use crate::components::timeline::{Timeline, TimelineEvent};
use crate::components::waterfall::Waterfall;
use crate::i18n::{explain as t, shop as tp};
use crate::islands::score::ScoreBar;

/// A product with its reasons. `asked` holds the answer where it was asked what would take the product out.
#[component]
pub(super) fn Item(
    slug: String,
    one: TrialItem,
    /// Place in the list, from 1.
    place: usize,
    history: Vec<TrialEvent>,
    params: Params,
    most: f64,
    asked: Option<Option<Change>>,
) -> impl IntoView {
    let lang = crate::visit::lang();
    let TrialItem { recommendation, product, moved, by_event } = one;
    let id = product.input.id.clone();
    let href = product_url(&slug, &id);
    let title = product.input.title.text(lang).to_owned();
    let price = tp::price(&product, lang);
    let bar = recommendation.explanation.as_ref().map(|explanation| {
        view! { <ScoreBar groups=group_totals(explanation) baseline=explanation.baseline score=explanation.score most lang /> }
    });
    let add = params.shopper.is_empty().then(|| {
        let links = EventKind::ALL
            .iter()
            .map(|kind| {
                let href = params.with_event(*kind, &id).url(&slug);
                view! {
                    <a href=href rel="nofollow">
                        {tp::event(*kind).of(lang)} <span class="visually-hidden">{title.clone()}</span>
                    </a>
                }
            })
            .collect_view();
        view! {
            <p class="recommended__add">
                <span class="muted">{t::ADD_TO_HISTORY.of(lang)}</span>
                {links}
            </p>
        }
    });
    let (key, here) = (id.clone(), anchor(&id));
    let open = asked.is_some() || params.voted == id;
    let waterfall = recommendation.explanation.clone().map(|explanation| {
        view! {
            <div>
                <Equation explanation=explanation.clone() />
                <Waterfall explanation />
            </div>
        }
    });
    let tasks = recommendation.task_explanations.clone().map(|explanations| view! { <TaskComparison explanations /> });
    let events = by_event_view(&slug, &history, &by_event);
    let sources = (!recommendation.sources.is_empty()).then(|| {
        let names: Vec<&str> = recommendation.sources.iter().map(|source| t::source(*source).of(lang)).collect();
        let list = names.join(lang.pick("、", ", "));
        view! { <p class="muted recommended__sources">{format!("{}{}{list}", t::SOURCES.of(lang), lang.pick("：", ": "))}</p> }
    });
    let reason = recommendation.reason.text(lang).to_owned();
    view! {
        <li class="recommended__item" data-key=key id=here>
            <Picture catalogue=slug.clone() product />
            <div class="recommended__main">
                <div class="recommended__head">
                    <h3 class="recommended__title">
                        <a href=href>{title.clone()}</a>
                    </h3>
                    <span class="product__price num">{price}</span>
                    {moved.map(|moved| view! { <Move moved at=place /> })}
                </div>
                <p class="recommended__reason">{reason}</p>
                <p class="recommended__head">
                    {bar} <span class="num">{score(recommendation.score)}</span>
                </p>
                <TaskScores tasks=recommendation.tasks />
                {sources}
                {add}
            </div>
            <details class="disclosure recommended__more" open=open>
                <summary>{t::WHY_DETAILS.of(lang)} <span class="visually-hidden">{title.clone()}</span></summary>
                <div class="recommended__why">
                    {waterfall} {tasks} {events}
                    <TakeOut slug=slug.clone() params=params.clone() history id=id.clone() asked />
                    <Vote slug params id />
                </div>
            </details>
        </li>
    }
}

/// The anchor of a product on the page.
fn anchor(id: &str) -> String {
    format!("item-{}", percent_encoded(id))
}

/// Where it was: an arrow and a number, in words for those who do not see it.
#[component]
fn Move(moved: Moved, at: usize) -> impl IntoView {
    let lang = crate::visit::lang();
    let (class, text) = match moved {
        Moved::In => ("move move--in", format!("★ {}", t::MOVED_IN.of(lang))),
        Moved::From(was) if was == at => ("move", format!("= {}", t::MOVED_NOT.of(lang))),
        Moved::From(was) if was > at => ("move move--up", format!("↑ {}", t::moved(was, at, lang))),
        Moved::From(was) => ("move move--down", format!("↓ {}", t::moved(was, at, lang))),
    };
    view! { <span class=class>{text}</span> }
}

fn by_event_view(slug: &str, history: &[TrialEvent], by_event: &[(usize, f64)]) -> Option<AnyView> {
    let lang = crate::visit::lang();
    let events: Vec<TimelineEvent> = by_event
        .iter()
        .filter_map(|(place, amount)| {
            let event = history.iter().find(|event| event.place == *place)?;
            Some(TimelineEvent { amount: Some(*amount), ..timeline(event) })
        })
        .collect();
    let mut events = events;
    events.sort_by_key(|event| event.place);
    (!events.is_empty()).then(|| {
        view! {
            <div>
                <h4>{t::BY_EVENT.of(lang)}</h4>
                <p class="muted">{t::HISTORY_OF.of(lang)}</p>
                <Timeline catalogue=slug.to_owned() events />
            </div>
        }
        .into_any()
    })
}

fn timeline(event: &TrialEvent) -> TimelineEvent {
    TimelineEvent {
        place: event.place,
        kind: event.kind,
        product: event.product.clone(),
        title: event.title.clone(),
        at: event.at,
        amount: None,
        on: true,
        back: None,
    }
}

/// The smallest change of the history that removes the product, where it was asked for; the link that asks otherwise.
#[component]
fn TakeOut(
    slug: String,
    params: Params,
    history: Vec<TrialEvent>,
    id: String,
    asked: Option<Option<Change>>,
) -> impl IntoView {
    let lang = crate::visit::lang();
    let Some(change) = asked else {
        let href = Params { ask: id.clone(), ..params.plain() }.url(&slug);
        let none = history.iter().all(|event| !event.on);
        return (!none)
            .then(|| view! { <p><a href=format!("{href}#{}", anchor(&id)) rel="nofollow">{t::WHAT_TAKES_IT_OUT.of(lang)}</a></p> })
            .into_any();
    };
    let answer = match change {
        None => view! { <p>{t::NEVER_OUT.of(lang)}</p> }.into_any(),
        Some(change) => {
            let events: Vec<TimelineEvent> =
                history.iter().filter(|event| change.removed.contains(&event.place)).map(timeline).collect();
            let lead = if events.len() == 1 { t::OUT_BY_ONE } else { t::OUT_BY_SEVERAL };
            let proof = if change.smallest { t::SMALLEST } else { t::NOT_PROVEN };
            let href = params.with_off(&change.removed).url(&slug);
            view! {
                <p>{lead.of(lang)}</p>
                <Timeline catalogue=slug.clone() events />
                <p class="muted">
                    {proof.of(lang)} " " <span class="num">{format!("({} {})", change.rankings, t::RANKINGS.of(lang))}</span>
                </p>
                <p><a class="button button--small" href=href>{t::APPLY_CHANGE.of(lang)}</a></p>
            }
            .into_any()
        }
    };
    view! {
        <div>
            <h4>{t::WHAT_TAKES_IT_OUT.of(lang)}</h4>
            {answer}
        </div>
    }
    .into_any()
}

/// Right, wrong or unclear, with a word.
#[component]
fn Vote(slug: String, params: Params, id: String) -> impl IntoView {
    let lang = crate::visit::lang();
    if params.voted == id {
        return view! { <Notice tone=Tone::Good>{t::VOTE_THANKS.of(lang)}</Notice> }.into_any();
    }
    let buttons = VoteVerdict::ALL
        .iter()
        .map(|verdict| view! { <button class="button button--small" name="verdict" value=verdict.code()>{t::verdict(*verdict).of(lang)}</button> })
        .collect_view();
    let word = format!("word-{}", anchor(&id));
    view! {
        <form class="vote" method="post" action=format!("/shop/{slug}/recommend/vote")>
            <input type="hidden" name="address" value=params.plain().url(&slug) />
            <input type="hidden" name="product" value=id />
            <label for=word.clone()>{t::ASK_READERS.of(lang)}</label>
            <input class="input input--small" id=word name="word" maxlength="200" placeholder=t::WORD.of(lang) autocomplete="off" />
            {buttons}
        </form>
    }
    .into_any()
}
