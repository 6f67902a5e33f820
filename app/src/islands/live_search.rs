//! The live block `search`: a working search inside a text, with the reason for every hit.

use alluvium_domain::{Lang, percent_encoded};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::score::{ScoreBar, Snippet, group_code, group_name};
use super::typing::Pause;
pub(crate) use crate::api::search::LiveResults;
use crate::api::search::{LiveHit, LiveQuery, full_query, live_search};
use crate::i18n::{common as tc, search as t};

/// A search box over what the block's parameters choose. Without WebAssembly: the results that the server put in, and a form to the search page.
#[island]
pub(crate) fn LiveSearch(lang: Lang, ask: LiveQuery, initial: LiveResults) -> impl IntoView {
    let (results, set_results) = signal(initial);
    let (failed, set_failed) = signal(false);
    let (more, set_more) = signal(page_url(&ask));
    let pause = Pause::new(200);
    let (query, kind) = (ask.query.clone(), ask.kind.clone());
    let look = move |text: String| {
        let ask = LiveQuery { query: text, ..ask.clone() };
        pause.after(move |turn| {
            set_more.set(page_url(&ask));
            spawn_local(async move {
                let answer = live_search(ask).await;
                if pause.is_latest(turn) {
                    set_failed.set(answer.is_err());
                    if let Ok(answer) = answer {
                        set_results.set(answer);
                    }
                }
            });
        });
    };
    let hits = move || {
        let results = results.get();
        let most = results.hits.iter().map(|hit| hit.score).fold(0.0, f64::max);
        results.hits.into_iter().map(|hit| view! { <BlockHit hit most lang /> }).collect_view()
    };
    let status = move || {
        if failed.get() {
            t::SEARCH_FAILED.of(lang)
        } else if results.with(|results| results.hits.is_empty()) {
            t::BLOCK_NO_HITS.of(lang)
        } else {
            ""
        }
    };
    view! {
        <section class="live-block" aria-label=t::BLOCK_LABEL.of(lang)>
            <form class="live-block__form" action="/search" role="search">
                {(!kind.is_empty()).then(|| view! { <input type="hidden" name="type" value=kind.clone() /> })}
                <input
                    class="live-block__input"
                    type="search"
                    name="q"
                    value=query
                    aria-label=t::BLOCK_LABEL.of(lang)
                    autocomplete="off"
                    maxlength="500"
                    on:input:target=move |event| look(event.target().value())
                />
                <button class="button">{tc::SEARCH.of(lang)}</button>
            </form>
            <ol class="live-block__hits">{hits}</ol>
            <p class="live-block__status" role="status">
                {status}
            </p>
            <p class="live-block__more">
                <a href=more>{t::BLOCK_MORE.of(lang)}</a>
            </p>
        </section>
    }
}

/// The same search on the search page.
fn page_url(ask: &LiveQuery) -> String {
    let mut url = format!("/search?q={}", percent_encoded(&full_query(ask)));
    if !ask.kind.is_empty() {
        url.push_str("&type=");
        url.push_str(&ask.kind);
    }
    url
}

#[component]
fn BlockHit(hit: LiveHit, most: f64, lang: Lang) -> impl IntoView {
    let parts = hit
        .parts
        .iter()
        .map(|(group, value, amount)| {
            view! {
                <li class=format!("chip chip--{}", group_code(*group)) title=group_name(*group).of(lang)>
                    <span>{value.clone()}</span>
                    " "
                    <span class="num">{format!("{amount:+.2}")}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <li class="live-block__hit">
            <a class="live-block__title" href=hit.url lang=hit.lang.tag()>
                {hit.title}
            </a>
            <p class="live-block__snippet" lang=hit.lang.tag()>
                <Snippet spans=hit.snippet />
            </p>
            <div class="live-block__why">
                <ScoreBar groups=hit.groups baseline=hit.baseline score=hit.score most lang />
                <span class="num">{format!("{:.2}", hit.score)}</span>
                <ul class="chips">{parts}</ul>
            </div>
        </li>
    }
}
