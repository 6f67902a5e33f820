//! Tags.

use alluvium_domain::{EntryKind, percent_encoded};
use leptos::prelude::*;

use crate::i18n::tags;
use crate::visit::lang;

/// The tags of an entry, each a link to the entries of its kind that have it.
#[component]
pub(crate) fn TagList(tags: Vec<String>, kind: EntryKind) -> impl IntoView {
    let lang = lang();
    (!tags.is_empty()).then(|| {
        let items = tags
            .into_iter()
            .map(|tag| {
                let name = tags::name(&tag, lang);
                view! {
                    <li>
                        <a class="tag" href=tagged_url(kind, &tag)>
                            {name}
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="tags">{items}</ul> }
    })
}

/// The list of a kind's entries with a tag. Terms have no such list; the articles that explain them have.
pub(crate) fn tagged_url(kind: EntryKind, tag: &str) -> String {
    let kind = if kind == EntryKind::Term { EntryKind::Article } else { kind };
    format!("/{}?tag={}", kind.path(), percent_encoded(tag))
}
