//! Wiki links: `[[slug]]`, `[[slug|label]]`, `[[term/slug|label]]`.

use std::sync::LazyLock;

use alluvium_domain::entry::entry_url;
use alluvium_domain::{EntryKind, EntryRef};
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};
use regex::Regex;

use super::{Titles, parse, words};

/// What a wiki link names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) kind: EntryKind,
    pub(super) slug: String,
}

impl Target {
    /// Reads a reference; none for anything else.
    pub(super) fn parse(text: &str) -> Option<Target> {
        // In a table the line before a label is written `\|`.
        let text = text.strip_suffix('\\').unwrap_or(text).trim();
        EntryRef::parse(text).map(|EntryRef { kind, slug }| Target { kind, slug: slug.to_string() })
    }

    /// The path of its page.
    pub(super) fn url(&self) -> String {
        entry_url(self.kind, &self.slug)
    }

    /// What a link without a label shows: a title, of a term the name in the text's language, the slug where there is no such entry.
    fn label(&self, titles: &Titles, chinese: bool) -> String {
        match (self.title(titles), self.kind) {
            (None, _) => self.slug.clone(),
            // A term's title is `zh · en`: see `EntryInput::checked`.
            (Some(title), EntryKind::Term) => match (title.split_once(" · "), chinese) {
                (Some((zh, _)), true) => zh.to_owned(),
                (Some((_, en)), false) => en.to_owned(),
                (None, _) => title.clone(),
            },
            (Some(title), _) => title.clone(),
        }
    }

    /// Its title, where the entry exists.
    pub(super) fn title<'t>(&self, titles: &'t Titles) -> Option<&'t String> {
        titles.get(&(self.kind, self.slug.clone()))
    }
}

/// The targets of all wiki links of a text, each once, in order.
pub fn wiki_links(markdown: &str) -> Vec<(EntryKind, String)> {
    if occurs(markdown) { targets(&parse::events(markdown)) } else { Vec::new() }
}

/// Whether a text has something that looks like a wiki link: not an image, not in a third pair of brackets, and not the
/// label of a would-be link definition, all of which CommonMark reads as text.
pub(super) fn occurs(markdown: &str) -> bool {
    static LINK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\[\[[ ]*(?:[a-z]+/)?[a-z0-9]+(?:-[a-z0-9]+)*[ ]*(?:\\?\|[^\[\]\n]*)?\]\]").ok());
    LINK.as_ref().is_some_and(|link| {
        link.find_iter(markdown).any(|found| {
            let before = markdown[..found.start()].chars().next_back();
            let definition = matches!(before, None | Some('\n')) && markdown[found.end()..].starts_with(": ");
            !matches!(before, Some('!' | '[')) && !definition
        })
    })
}

/// The targets in a parsed text, each once, in order.
pub(super) fn targets(events: &[Event<'_>]) -> Vec<(EntryKind, String)> {
    let mut targets = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for event in events {
        if let Event::Start(Tag::Link { link_type: LinkType::WikiLink { .. }, dest_url, .. }) = event
            && let Some(target) = Target::parse(dest_url)
            && seen.insert(target.clone().into_pair())
        {
            targets.push(target.into_pair());
        }
    }
    targets
}

impl Target {
    fn into_pair(self) -> (EntryKind, String) {
        (self.kind, self.slug)
    }
}

/// Puts the target's title into links without a label, and gives back as plain text what is in double brackets but names nothing.
pub(super) fn with_titles<'a>(events: Vec<Event<'a>>, titles: &Titles) -> Vec<Event<'a>> {
    let chinese = words::is_chinese(&events);
    let mut result = Vec::with_capacity(events.len());
    // What closes each open link or image: its own end, or brackets.
    let mut open: Vec<bool> = Vec::new();
    let mut events = events.into_iter().peekable();
    while let Some(event) = events.next() {
        match event {
            Event::Start(
                Tag::Link { link_type: LinkType::WikiLink { has_pothole }, ref dest_url, .. }
                | Tag::Image { link_type: LinkType::WikiLink { has_pothole }, ref dest_url, .. },
            ) => {
                let image = matches!(event, Event::Start(Tag::Image { .. }));
                let target = Target::parse(dest_url).filter(|_| !image);
                open.push(target.is_some());
                if let Some(target) = target {
                    result.push(event);
                    let bare = events.next_if(|next| !has_pothole && matches!(next, Event::Text(_)));
                    if bare.is_some() {
                        result.push(Event::Text(target.label(titles, chinese).into()));
                    }
                } else {
                    let mark = if image { "![[" } else { "[[" };
                    let text = if has_pothole { format!("{mark}{dest_url}|") } else { mark.to_owned() };
                    result.push(Event::Text(text.into()));
                }
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                open.push(true);
                result.push(event);
            }
            Event::End(TagEnd::Link | TagEnd::Image) if open.pop() == Some(false) => {
                result.push(Event::Text("]]".into()));
            }
            event => result.push(event),
        }
    }
    result
}
