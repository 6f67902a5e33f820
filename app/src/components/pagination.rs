//! Previous and next page.

use leptos::prelude::*;

use super::icon::Icon;
use crate::i18n::common as t;
use crate::visit::lang;

/// The page that an address names, from 1; the first where it names none.
pub(crate) fn page_number(text: &str, most: usize) -> usize {
    text.parse().unwrap_or(1).clamp(1, most)
}

/// Which page of how many, and how to address the others.
#[component]
pub(crate) fn Pagination(
    /// From 1.
    page: usize,
    pages: usize,
    /// The address of a page.
    url: impl Fn(usize) -> String,
) -> impl IntoView {
    let lang = lang();
    let previous = (page > 1).then(|| url(page - 1));
    let next = (page < pages).then(|| url(page + 1));
    (pages > 1).then(|| {
        view! {
            <nav class="pagination" aria-label=t::PAGES.of(lang)>
                {previous
                    .map(|href| {
                        view! {
                            <a class="button" rel="prev" href=href>
                                <Icon name="back" />
                                {t::PREVIOUS.of(lang)}
                            </a>
                        }
                    })}
                <span class="pagination__here">{format!("{page} / {pages}")}</span>
                {next
                    .map(|href| {
                        view! {
                            <a class="button" rel="next" href=href>
                                {t::NEXT.of(lang)}
                                <Icon name="arrow" />
                            </a>
                        }
                    })}
            </nav>
        }
    })
}
