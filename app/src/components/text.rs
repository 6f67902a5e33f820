//! A rendered text: safe HTML with working components between.

use alluvium_domain::{LiveBlock, Part};
use leptos::prelude::*;

use super::live::{FilledBlock, Live, Recorded};
use crate::visit::Visit;

/// A part of a text, ready to be shown.
pub(crate) enum FilledPart {
    Html(String),
    Live(FilledBlock),
}

/// A text in reading order.
#[component]
pub(crate) fn TextBody(parts: Vec<FilledPart>) -> impl IntoView {
    parts
        .into_iter()
        .map(|part| match part {
            FilledPart::Html(html) => view! { <div class="prose__part" inner_html=html></div> }.into_any(),
            FilledPart::Live(block) => view! { <Live block /> }.into_any(),
        })
        .collect_view()
}

/// Fills the components of a text: what they show has to be there when the page is rendered.
pub(crate) async fn filled(visit: &Visit, parts: Vec<Part>) -> Vec<FilledPart> {
    let blocks = parts.iter().filter_map(|part| match part {
        Part::Live(block) => Some(block),
        Part::Html(_) => None,
    });
    let recorded = Recorded::of(visit, blocks).await;
    let mut filled = Vec::with_capacity(parts.len());
    for part in parts {
        filled.push(match part {
            Part::Html(html) => FilledPart::Html(html),
            Part::Live(block) => FilledPart::Live(FilledBlock::fill(visit, block, &recorded).await),
        });
    }
    filled
}

/// A text as one piece of HTML, where a component stands for itself by its name: the editor's preview.
pub(crate) fn static_html(parts: Vec<Part>) -> String {
    let mut html = String::new();
    for part in parts {
        match part {
            Part::Html(text) => html.push_str(&text),
            Part::Live(block) => html.push_str(&view! { <BlockOutline block /> }.to_html()),
        }
    }
    html
}

/// What stands for a live block in the preview.
#[component]
fn BlockOutline(block: LiveBlock) -> impl IntoView {
    let wrong = block.error.is_some();
    let params: Vec<String> = block.params.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    view! {
        <p class="block-outline" class:block-outline--wrong=wrong>
            <strong>{block.name.clone()}</strong>
            " "
            {block.error.clone().unwrap_or_else(|| params.join(" · "))}
        </p>
    }
}
