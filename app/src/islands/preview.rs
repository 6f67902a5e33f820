//! The live preview beside the editor's text.

use alluvium_domain::Lang;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::typing::Pause;
use crate::api::preview::preview;
use crate::i18n::search as t;

/// Keeps the element `preview` showing what the text area `body` will look like to readers, and says how long it takes to read.
#[island]
pub(crate) fn LivePreview(lang: Lang, minutes: u32) -> impl IntoView {
    let (minutes, set_minutes) = signal(minutes);
    let (failed, set_failed) = signal(false);
    let pause = Pause::new(300);
    let handle = window_event_listener(ev::input, move |event| {
        let area = event_target::<web_sys::HtmlTextAreaElement>(&event);
        if area.id() != "body" {
            return;
        }
        let markdown = area.value();
        pause.after(move |turn| {
            spawn_local(async move {
                let answer = preview(markdown).await;
                if !pause.is_latest(turn) {
                    return;
                }
                set_failed.set(answer.is_err());
                if let Ok(answer) = answer
                    && let Some(target) = document().get_element_by_id("preview")
                {
                    target.set_inner_html(&answer.html);
                    set_minutes.set(answer.minutes);
                }
            });
        });
    });
    on_cleanup(move || handle.remove());
    view! {
        <p class="preview__status" role="status">
            {move || match (failed.get(), lang) {
                (true, _) => t::PREVIEW_FAILED.of(lang).to_owned(),
                _ if minutes.get() == 0 => String::new(),
                (false, Lang::Zh) => format!("约 {} 分钟读完", minutes.get()),
                (false, Lang::En) => format!("{} min read", minutes.get()),
            }}
        </p>
    }
}
