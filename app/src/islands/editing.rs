//! The editor in the browser: the server's own checks beside each field, and text that is kept on the device while it is typed.

mod fields;
mod kept;

use std::collections::BTreeSet;

use alluvium_domain::{EntryKind, EntryState, Lang, Problem};
use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use super::typing::Pause;
use crate::entry_form::EntryForm;
use crate::i18n::editing as t;
use fields::Fields;
use kept::Kept;

/// Checks the form around it as the server will, and keeps what is typed until it is saved.
///
/// `state` is where the entry is meant to go: where it was sent and refused, else where it stands. A new one begins as a draft.
#[island]
pub(crate) fn FormChecks(
    lang: Lang,
    kind: EntryKind,
    state: Option<EntryState>,
    /// Where the form is sent: what the device keeps it under.
    address: String,
    /// Number of the revision that the form began from.
    base: String,
) -> impl IntoView {
    let touched = StoredValue::new(BTreeSet::<String>::new());
    let (found, set_found) = signal(None::<Kept>);
    let (kept_now, set_kept_now) = signal(false);
    let address = StoredValue::new(address);
    let pause = Pause::new(500);
    // What was refused for one state is checked for that state while it is being mended.
    let aim = StoredValue::new(state.unwrap_or(EntryState::Draft));
    let check = move |fields: &Fields, state: EntryState, everything: bool| {
        let problem = problem(&fields.form(), kind, state);
        fields.show(problem.as_ref(), lang, |name| everything || touched.with_value(|touched| touched.contains(name)));
        problem.is_some()
    };
    Effect::new(move || {
        let Some(fields) = Fields::of_page() else { return };
        let kept = address.with_value(|address| Kept::load(address));
        set_found.set(kept.filter(|kept| kept.differs(&fields)));
    });
    let input = window_event_listener(ev::input, move |event| {
        let Some(fields) = Fields::around(&event) else { return };
        let base = base.clone();
        pause.after(move |_| {
            check(&fields, aim.get_value(), false);
            address.with_value(|address| Kept::of(&fields, base).save(address));
            set_kept_now.set(true);
        });
    });
    let left = window_event_listener(ev::focusout, move |event| {
        let Some(fields) = Fields::around(&event) else { return };
        if let Some(name) = fields::name_of(event.target()) {
            touched.update_value(|touched| {
                touched.insert(name);
            });
        }
        check(&fields, aim.get_value(), false);
    });
    let submit = window_event_listener(ev::submit, move |event| {
        let Some(fields) = Fields::around(&event) else { return };
        let action = event.submitter().and_then(|button| button.dyn_into::<web_sys::HtmlButtonElement>().ok());
        let target = match action.map(|button| button.value()).as_deref() {
            Some("preview") => return,
            Some(code) => code.parse().unwrap_or_else(|()| aim.get_value()),
            None => aim.get_value(),
        };
        aim.set_value(target);
        if check(&fields, target, true) {
            event.prevent_default();
            fields.focus_first_wrong();
        }
    });
    on_cleanup(move || {
        input.remove();
        left.remove();
        submit.remove();
    });
    let restore = move |_| {
        if let (Some(kept), Some(fields)) = (found.get_untracked(), Fields::of_page()) {
            kept.restore(&fields);
        }
        set_found.set(None);
    };
    let drop_kept = move |_| {
        address.with_value(|address| Kept::drop(address));
        set_found.set(None);
    };
    view! {
        <div class="kept" role="status">
            {move || {
                found
                    .with(Option::is_some)
                    .then(|| {
                        view! {
                            <p class="notice">
                                <span class="notice__text">{t::KEPT.of(lang)}</span>
                                <button class="button button--small" type="button" on:click=restore>{t::RESTORE.of(lang)}</button>
                                <button class="button button--small" type="button" on:click=drop_kept>{t::DROP.of(lang)}</button>
                            </p>
                        }
                    })
            }}
            {move || kept_now.get().then(|| view! { <p class="muted small">{t::KEPT_NOW.of(lang)}</p> })}
        </div>
    }
}

/// What the server would say.
fn problem(form: &EntryForm, kind: EntryKind, state: EntryState) -> Option<Problem> {
    form.to_input(kind).and_then(|input| input.checked(state)).err()
}
