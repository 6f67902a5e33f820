//! Notices and empty states.

use leptos::prelude::*;

use super::icon::{Icon, Mark};

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Info,
    Good,
    Warning,
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Tone::Info => "notice",
            Tone::Good => "notice notice--good",
            Tone::Warning => "notice notice--warning",
            Tone::Bad => "notice notice--bad",
        }
    }
}

/// A line or two that people should not miss. Errors are read out at once.
#[component]
pub(crate) fn Notice(tone: Tone, children: Children) -> impl IntoView {
    let (icon, role) = match tone {
        Tone::Info => ("info", None),
        Tone::Good => ("check", Some("status")),
        Tone::Warning => ("warning", None),
        Tone::Bad => ("warning", Some("alert")),
    };
    view! {
        <div class=tone.class() role=role>
            <Icon name=icon />
            <div class="notice__text">{children()}</div>
        </div>
    }
}

/// What stands where there is nothing: says so, and what to do next.
#[component]
pub(crate) fn Empty(
    title: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <div class="empty__art">
                <Mark />
            </div>
            <h2 class="empty__title">{title}</h2>
            {(!hint.is_empty()).then(|| view! { <p class="empty__hint">{hint}</p> })}
            {children.map(|children| view! { <div class="empty__next">{children()}</div> })}
        </div>
    }
}
