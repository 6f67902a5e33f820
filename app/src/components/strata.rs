//! The map of topics: tags as a cross-section of the ground, bedrock below, what people touch above.

use alluvium_domain::EntryKind;
use leptos::prelude::*;

use super::tags::tagged_url;
use crate::i18n::tags::{LAYERS, layer, name};
use crate::i18n::{entry as t, format};
use crate::size;
use crate::visit::lang;

/// Tags with their counts in the reader's language, laid down in layers. A list of links first; the drawing is only its looks.
#[component]
pub(crate) fn StrataMap(tags: Vec<(String, usize)>) -> impl IntoView {
    let lang = lang();
    let layers = LAYERS
        .iter()
        .enumerate()
        .map(|(number, title)| {
            let here: Vec<_> = tags.iter().filter(|(tag, _)| layer(tag) == number).cloned().collect();
            (!here.is_empty()).then(|| {
                let most = here.iter().map(|(_, count)| *count).max().unwrap_or(1);
                let blocks = here
                    .into_iter()
                    .map(|(tag, count)| {
                        view! {
                            <li class=size::length(count as f64 / most as f64)>
                                <a href=format!("{}&language={lang}", tagged_url(EntryKind::Article, &tag))>
                                    <span class="strata__tag">{name(&tag, lang)}</span>
                                    <span class="strata__count num">
                                        {count} <span class="visually-hidden">{format::articles(count, lang)}</span>
                                    </span>
                                </a>
                            </li>
                        }
                    })
                    .collect_view();
                view! {
                    <section class=format!("strata__layer strata__layer--{number}")>
                        <h3 class="strata__title">{title.of(lang)}</h3>
                        <ul class="strata__blocks">{blocks}</ul>
                    </section>
                }
            })
        })
        .collect_view();
    view! {
        <div class="strata">{layers}</div>
        <p class="muted strata__hint">{t::TOPIC_MAP_HINT.of(lang)}</p>
    }
}
