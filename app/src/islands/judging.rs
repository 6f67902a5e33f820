//! Grades by keyboard. Without WebAssembly each grade is a button of a plain form.

use alluvium_domain::Lang;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;

use crate::api::judging::{Judged, judge};
use crate::i18n::judging as t;

/// What the buttons grade.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Graded {
    /// Slug of the catalogue.
    pub(crate) catalogue: String,
    pub(crate) query: String,
    pub(crate) ranker: String,
    pub(crate) product: String,
    /// Place in the list, from 1.
    pub(crate) place: usize,
    pub(crate) grade: Option<u8>,
    /// Whether the keys begin here.
    pub(crate) first: bool,
    /// What each grade means, and what the group is called.
    pub(crate) meanings: [String; 4],
    pub(crate) label: String,
}

/// Four buttons. Keys 0 to 3 grade and go on to the next product; J, K and the arrows move.
#[island]
pub(crate) fn GradeButtons(lang: Lang, graded: Graded) -> impl IntoView {
    let (grade, set_grade) = signal(graded.grade);
    let (said, set_said) = signal("");
    let place = graded.place;
    let ask = Judged {
        catalogue: graded.catalogue.clone(),
        query: graded.query.clone(),
        product: graded.product.clone(),
        grade: 0,
    };
    let save = move |value: u8| {
        let ask = Judged { grade: value, ..ask.clone() };
        let before = grade.get_untracked();
        set_grade.set(Some(value));
        spawn_local(async move {
            let answer = judge(ask).await;
            if answer.is_err() {
                set_grade.set(before);
            }
            set_said.set(if answer.is_ok() { t::SAVED.of(lang) } else { t::FAILED.of(lang) });
        });
    };
    let by_key = save.clone();
    let on_key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "0" => by_key(0),
            "1" => by_key(1),
            "2" => by_key(2),
            "3" => by_key(3),
            "k" | "K" | "ArrowUp" => {
                event.prevent_default();
                return focus(place.saturating_sub(1));
            }
            "j" | "J" | "ArrowDown" => {}
            _ => return,
        }
        event.prevent_default();
        focus(place + 1);
    };
    let buttons = graded
        .meanings
        .into_iter()
        .zip(0_u8..)
        .map(|(meaning, value)| {
            let save = save.clone();
            let on_click = move |event: MouseEvent| {
                event.prevent_default();
                save(value);
            };
            view! {
                <button
                    class="grade"
                    class:grade--on=move || grade.get() == Some(value)
                    id=(value == 0).then(|| format!("grade-{place}"))
                    autofocus=graded.first && value == 0
                    name="grade"
                    value=value.to_string()
                    title=meaning
                    aria-pressed=move || (grade.get() == Some(value)).to_string()
                    on:click=on_click
                >
                    {value.to_string()}
                </button>
            }
        })
        .collect_view();
    view! {
        <form class="grades" method="post" action=format!("/shop/{}/judge", graded.catalogue) on:keydown=on_key>
            <input type="hidden" name="q" value=graded.query />
            <input type="hidden" name="ranker" value=graded.ranker />
            <input type="hidden" name="product" value=graded.product />
            <input type="hidden" name="place" value=place.to_string() />
            <fieldset class="grades__set">
                <legend class="visually-hidden">{graded.label}</legend>
                {buttons}
            </fieldset>
            <span class="grades__said" role="status">
                {said}
            </span>
        </form>
    }
}

/// Puts the focus on the first button of a product, where there is one at that place.
fn focus(place: usize) {
    let button = document().get_element_by_id(&format!("grade-{place}"));
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        // A button that cannot be focused stays as it is.
        let _ = button.focus();
    }
}
