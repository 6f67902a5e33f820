//! The search box with suggestions: on the home page and behind Ctrl-K. Without WebAssembly it is a plain form.

use alluvium_domain::{EntryKind, Lang};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::score::Snippet;
use super::typing::Pause;
use crate::api::search::{Suggestion, suggest};
use crate::i18n::{common as tc, search as t};

/// A box that suggests entries while somebody types.
#[island]
pub(crate) fn SearchBox(lang: Lang, id: String) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    let (found, set_found) = signal(Vec::<Suggestion>::new());
    let (asked, set_asked) = signal(false);
    let (failed, set_failed) = signal(false);
    let (active, set_active) = signal(None::<usize>);
    let pause = Pause::new(120);

    let look = move || {
        let Some(input) = input.get_untracked() else { return };
        let query = input.value();
        pause.after(move |turn| {
            if query.trim().is_empty() {
                set_found.set(Vec::new());
                set_asked.set(false);
                return;
            }
            spawn_local(async move {
                let answer = suggest(query).await;
                if pause.is_latest(turn) {
                    set_failed.set(answer.is_err());
                    set_found.set(answer.unwrap_or_default());
                    set_active.set(None);
                    set_asked.set(true);
                }
            });
        });
    };
    // Somebody may have typed before this code arrived.
    Effect::new(move |_| {
        if input.get().is_some_and(|input| !input.value().is_empty()) {
            look();
        }
    });

    let on_key = move |event: KeyboardEvent| {
        let count = found.with_untracked(Vec::len);
        let next = match (event.key().as_str(), active.get_untracked()) {
            ("ArrowDown", None) if count > 0 => Some(0),
            ("ArrowDown", Some(at)) => (at + 1 < count).then_some(at + 1),
            ("ArrowUp", None) => count.checked_sub(1),
            ("ArrowUp", Some(at)) => at.checked_sub(1),
            ("Enter", Some(at)) => {
                event.prevent_default();
                if let Some(url) = found.with_untracked(|found| found.get(at).map(|hit| hit.url.clone())) {
                    let _ = window().location().set_href(&url);
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        set_active.set(next);
    };

    let list_id = format!("{id}-list");
    let option_id = {
        let id = id.clone();
        move |at: usize| format!("{id}-{at}")
    };
    let active_id = {
        let option_id = option_id.clone();
        move || active.get().map(&option_id)
    };
    let options = move || {
        let option_id = option_id.clone();
        found
            .get()
            .into_iter()
            .enumerate()
            .map(|(at, hit)| view! { <Option hit id=option_id(at) lang chosen=Signal::derive(move || active.get() == Some(at)) /> })
            .collect_view()
    };
    let hint = move || match (failed.get(), found.with(Vec::is_empty)) {
        (true, _) => t::SEARCH_FAILED.of(lang),
        (false, true) => t::NO_SUGGESTIONS.of(lang),
        (false, false) => t::SEARCH_ALL.of(lang),
    };
    view! {
        <form class="search-box" action="/search" role="search">
            <input
                node_ref=input
                class="search-box__input"
                id=id
                type="search"
                name="q"
                placeholder=t::PLACEHOLDER.of(lang)
                aria-label=tc::SEARCH.of(lang)
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="search"
                maxlength="500"
                role="combobox"
                aria-autocomplete="list"
                aria-expanded=move || (!found.with(Vec::is_empty)).to_string()
                aria-controls=list_id.clone()
                aria-activedescendant=active_id
                on:input=move |_| look()
                on:keydown=on_key
            />
            <button class="search-box__go" aria-label=tc::SEARCH.of(lang)>
                <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M10.500 17.500a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM15.500 15.500 20.500 20.500" />
                </svg>
            </button>
            <div class="search-box__found" class:search-box__found--open=asked>
                <ul id=list_id role="listbox" aria-label=t::SUGGESTIONS.of(lang)>
                    {options}
                </ul>
                <p class="search-box__hint" role="status">
                    {move || asked.get().then(hint)}
                </p>
            </div>
        </form>
    }
}

#[component]
fn Option(hit: Suggestion, id: String, lang: Lang, chosen: Signal<bool>) -> impl IntoView {
    let kind = match hit.kind {
        EntryKind::Article => lang.pick("文章", "Article"),
        EntryKind::Experiment => lang.pick("实验", "Experiment"),
        EntryKind::Model => lang.pick("模型", "Model"),
        EntryKind::Dataset => lang.pick("数据集", "Data set"),
        EntryKind::Term => lang.pick("术语", "Term"),
    };
    view! {
        <li role="option" id=id aria-selected=move || chosen.get().to_string()>
            <a href=hit.url tabindex="-1" lang=hit.lang.tag()>
                <span class="search-box__kind">{kind}</span>
                <span class="search-box__title">{hit.title}</span>
                <span class="search-box__snippet">
                    <Snippet spans=hit.snippet />
                </span>
            </a>
        </li>
    }
}
