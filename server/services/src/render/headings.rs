//! Headings: their anchors and the table of contents.

use std::collections::HashSet;

use alluvium_domain::Heading;
use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::{raw, words};

/// Longest anchor, in characters.
const LONGEST: usize = 80;

/// Anchors that the page itself uses; a heading's gets a prefix instead.
const RESERVED: [&str; 22] = [
    "app", "body", "content", "contents", "editor", "footer", "head", "header", "history", "location", "main", "menu",
    "nav", "page", "q", "results", "root", "search", "sidebar", "skip", "toc", "top",
];

/// Beginnings of anchors that rendering makes for other things.
const PREFIXES: [&str; 4] = ["fn-", "fnref-", "hint-", raw::ID_PREFIX];

/// All headings of a text, in the order of their start events.
#[derive(Debug, Default)]
pub(super) struct Outline {
    headings: Vec<Outlined>,
    /// Ids in the author's raw HTML, without their prefix.
    raw_ids: HashSet<String>,
}

/// One heading.
#[derive(Debug)]
pub(super) struct Outlined {
    /// Level as it is written out: with decoration, the page's title is the only `h1`.
    pub(super) level: u8,
    /// Anchor; none where the result is portable and the author gave none.
    pub(super) id: Option<String>,
    text: String,
    /// Within a quotation, list or footnote: not part of the table of contents.
    nested: bool,
}

impl Outline {
    /// The heading with this number, from 0.
    pub(super) fn get(&self, number: usize) -> Option<&Outlined> {
        self.headings.get(number)
    }

    /// Whether raw HTML has this id, and no heading: such an id gets a prefix, and `#fragment` links must follow it.
    pub(super) fn is_raw_id(&self, id: &str) -> bool {
        self.raw_ids.contains(id)
    }

    /// What the page lists beside the text.
    pub(super) fn table_of_contents(&self) -> Vec<Heading> {
        self.headings
            .iter()
            .filter(|heading| !heading.nested)
            .filter_map(|heading| {
                let text = heading.text.trim().to_owned();
                Some(Heading { level: heading.level, id: heading.id.clone()?, text })
            })
            .collect()
    }
}

/// Finds the headings and settles their anchors: explicit ones first, so that an automatic one gives way.
pub(super) fn outline(events: &[Event<'_>], decorate: bool) -> Outline {
    let mut outline = Outline::default();
    let mut depth = 0_usize;
    let mut open: Option<Outlined> = None;
    let mut taken = HashSet::new();
    for event in events {
        match event {
            Event::Start(Tag::Heading { level, id, .. }) => {
                let id = id.as_deref().and_then(explicit).filter(|id| taken.insert(id.clone()));
                open = Some(Outlined { level: number(*level, decorate), id, text: String::new(), nested: depth > 0 });
            }
            Event::End(TagEnd::Heading(_)) => outline.headings.extend(open.take()),
            Event::Start(Tag::BlockQuote(_) | Tag::List(_) | Tag::FootnoteDefinition(_)) => depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::FootnoteDefinition) => {
                depth = depth.saturating_sub(1)
            }
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                if let Some(heading) = &mut open {
                    heading.text.push_str(text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(heading) = &mut open {
                    heading.text.push(' ');
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => raw::ids(html, &mut outline.raw_ids),
            _ => {}
        }
    }
    if decorate {
        let mut next = std::collections::HashMap::<String, usize>::new();
        for heading in outline.headings.iter_mut().filter(|heading| heading.id.is_none()) {
            heading.id = Some(unique(anchor(&heading.text), &mut taken, &mut next));
        }
    }
    outline.raw_ids.retain(|id| !taken.contains(id));
    outline
}

fn number(level: HeadingLevel, decorate: bool) -> u8 {
    let level = level as u8;
    if decorate { level.max(2) } else { level }
}

/// An anchor that the author chose, if it is fit to be one.
fn explicit(id: &str) -> Option<String> {
    let fit = !id.is_empty()
        && id.chars().count() <= LONGEST
        && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))
        && !is_reserved(id);
    fit.then(|| id.to_owned())
}

fn is_reserved(id: &str) -> bool {
    RESERVED.contains(&id) || PREFIXES.iter().any(|prefix| id.starts_with(prefix))
}

/// An anchor made from a heading's text: letters and digits of any script, lower case, `-` for the rest.
fn anchor(text: &str) -> String {
    let mut anchor = String::new();
    for c in text.chars().flat_map(char::to_lowercase).take(LONGEST) {
        if c.is_alphanumeric() || c == '_' || words::is_cjk(c) {
            anchor.push(c);
        } else if !anchor.is_empty() && !anchor.ends_with('-') {
            anchor.push('-');
        }
    }
    let anchor = anchor.trim_end_matches('-');
    if anchor.is_empty() || is_reserved(anchor) {
        format!("section-{anchor}").trim_end_matches('-').to_owned()
    } else {
        anchor.to_owned()
    }
}

/// The anchor itself, or with the first free number; `next` remembers where to go on, so that equal headings cost no search.
fn unique(anchor: String, taken: &mut HashSet<String>, next: &mut std::collections::HashMap<String, usize>) -> String {
    if taken.insert(anchor.clone()) {
        return anchor;
    }
    let number = next.entry(anchor.clone()).or_insert(1);
    loop {
        let numbered = format!("{anchor}-{number}");
        *number += 1;
        if taken.insert(numbered.clone()) {
            return numbered;
        }
    }
}
