//! What office programs leave in a text that is pasted from them: tags with a namespace (`<o:p>`), conditions (`<![if !supportLists]>`).
//!
//! In a block of HTML `raw` takes them out. In a paragraph CommonMark sees no tags in them, but text or an address. Since somebody may mean a text
//! such as `Map<k:v>`, only what is surely a tag is taken out: it ends itself or has an end tag.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::flanking::is_escaped;

static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let tag = r"(?i)<(?<end>/?)(?<name>[a-z][a-z0-9]{0,9}:[a-z][a-z0-9._-]*)(?:\s[^<>]*?)?(?<empty>/?)>";
    Regex::new(&format!(r"{tag}|<!\[(?:if|endif)\b[^<>]*>|<\?xml[^<>]*>")).ok()
});

/// A tag that ends itself, where it looks like an address; a slash alone ends no address that leads anywhere.
static EMPTY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^[a-z][a-z0-9]{0,9}:[a-z][a-z0-9._-]*/$").ok());

/// The tags of a text that are no HTML.
pub(super) struct Tags {
    /// Names, in small letters, that have an end tag.
    ended: HashSet<String>,
}

impl Tags {
    /// None for a text that has nothing of the sort.
    pub(super) fn of(markdown: &str) -> Option<Tags> {
        let tag = TAG.as_ref().filter(|tag| markdown.contains('<') && tag.is_match(markdown))?;
        let names = tag.captures_iter(markdown).filter(|found| found.name("end").is_some_and(|end| !end.is_empty()));
        Some(Tags { ended: names.filter_map(|found| Some(found.name("name")?.as_str().to_lowercase())).collect() })
    }

    /// Where such tags stand in these stretches of the text.
    pub(super) fn places(&self, markdown: &str, texts: &[Range<usize>]) -> Vec<Range<usize>> {
        let Some(tag) = TAG.as_ref() else { return Vec::new() };
        let found = texts.iter().flat_map(|text| {
            let tags = tag.captures_iter(&markdown[text.clone()]).filter(|tag| self.is_markup(tag));
            tags.filter_map(|tag| Some(text.start + tag.get(0)?.start()..text.start + tag.get(0)?.end()))
        });
        found.filter(|range| !is_escaped(markdown, range.start)).collect()
    }

    fn is_markup(&self, tag: &Captures<'_>) -> bool {
        let said = |part: &str| tag.name(part).is_some_and(|found| !found.is_empty());
        tag.name("name").is_none_or(|name| said("end") || said("empty") || self.is_name(name.as_str()))
    }

    /// Whether what stands in angle brackets is such a tag, also where it looks like an address (`<st1:place>`).
    pub(super) fn is_name(&self, name: &str) -> bool {
        EMPTY.as_ref().is_some_and(|empty| empty.is_match(name)) || self.ended.contains(&name.to_lowercase())
    }
}
