//! Markdown to safe HTML: what an article page shows, and what other programs get.
//!
//! The way of a text: `pulldown-cmark` reads it (`parse`), the `writer` turns events into HTML (formulas, code, wiki links,
//! footnotes, hover terms on the way), and `sanitize` lets through what the allow-list names. Two gates stand against hostile text: raw
//! HTML is taken apart and written anew by `raw`, so that the author's tags nest and never carry our classes and ids, and `ammonia` then
//! judges the whole. Every step is linear in the length of the text.

mod breaks;
mod cache;
mod characters;
mod code;
mod escape;
mod flanking;
mod footnotes;
mod headings;
mod live;
mod math;
mod office;
mod parse;
mod raw;
mod sanitize;
mod tables;
mod terms;
mod wiki;
mod words;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

use alluvium_domain::{EntryKind, Lang, Part, Rendered};

pub use cache::{Cache, Resolved};
pub use live::{recommend_url, run_ids};
pub(crate) use tables::warning;
pub use terms::TermMatcher;
pub use wiki::wiki_links;
pub(crate) use words::is_cjk;

/// Titles of the entries that wiki links name, by kind and slug.
pub type Titles = HashMap<(EntryKind, String), String>;

/// How to render.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// As the article page has it: heading ids, highlighted code, diagrams, live blocks, hover terms. Without it the result is what
    /// CommonMark and its extensions say, fit for any page.
    pub decorate: bool,
    /// Language of the labels that rendering adds.
    pub lang: Lang,
    /// Titles of the wiki links' targets; with `decorate`, a target that is not here is marked as missing.
    pub titles: &'a Titles,
    /// The glossary terms to explain at their first occurrence.
    pub terms: Option<&'a TermMatcher>,
}

impl Options<'static> {
    /// Portable HTML, for a reader that knows nothing of this installation.
    pub fn plain() -> Self {
        static NONE: LazyLock<Titles> = LazyLock::new(Titles::new);
        Options { decorate: false, lang: Lang::default(), titles: &NONE, terms: None }
    }
}

/// Renders a text. Never fails: what is wrong with a formula or a live block is shown in its place, and a text that trips a defect in one of
/// the libraries is shown as it was typed.
pub fn render(markdown: &str, options: &Options<'_>) -> Rendered {
    std::panic::catch_unwind(|| render_unguarded(markdown, options)).unwrap_or_else(|_| {
        tracing::error!(characters = markdown.len(), "rendering failed on a text");
        let mut html = String::from("<pre>");
        escape::text(&mut html, markdown);
        html.push_str("</pre>\n");
        Rendered { parts: vec![Part::Html(html)], reading_minutes: 1, ..Rendered::default() }
    })
}

fn render_unguarded(markdown: &str, options: &Options<'_>) -> Rendered {
    let events = events(markdown, options.titles);
    let outline = headings::outline(&events, options.decorate);
    let minutes = words::minutes(&events);
    let written = writer::write(&events, &outline, options);
    let parts = written
        .parts
        .into_iter()
        .map(|part| match part {
            Part::Html(html) => Part::Html(sanitize::clean(&html)),
            live @ Part::Live(_) => live,
        })
        .filter(|part| !matches!(part, Part::Html(html) if html.trim().is_empty()))
        .collect();
    Rendered {
        parts,
        headings: outline.table_of_contents(),
        reading_minutes: minutes,
        has_diagram: written.has_diagram,
        wiki_links: wiki::targets(&events),
    }
}

/// A text as its parser sees it, with titles in its wiki links.
pub(crate) fn events<'a>(markdown: &'a str, titles: &Titles) -> Vec<pulldown_cmark::Event<'a>> {
    // A title in the place of a slug may be Chinese, so that a line break beside it shows nothing any more.
    breaks::without_vanishing(wiki::with_titles(parse::events(markdown), titles))
}

/// The table of contents alone, without rendering the text.
pub(crate) fn headings(markdown: &str) -> Vec<alluvium_domain::Heading> {
    headings::outline(&parse::events(markdown), true).table_of_contents()
}

/// The parts as one piece of HTML; a live block becomes its form.
pub fn html(rendered: &Rendered) -> String {
    let mut html = String::new();
    for part in &rendered.parts {
        match part {
            Part::Html(piece) => html.push_str(piece),
            Part::Live(block) => live::write_static(&mut html, block, Lang::default()),
        }
    }
    html
}
