//! Reading Markdown: which extensions are on.

use pulldown_cmark::{Event, Options, TextMergeStream};

use super::{breaks, flanking, wiki};

/// CommonMark with the extensions that articles may use and the rules that Chinese needs: emphasis beside its punctuation, no space where a line
/// breaks between its characters. Neighbouring texts are one event.
pub(super) fn events(markdown: &str) -> Vec<Event<'_>> {
    let events = flanking::events(markdown, options(markdown));
    breaks::without_vanishing(TextMergeStream::new(events.into_iter()).collect())
}

/// The extensions that are on. Wiki links are read only where the text has one: CommonMark gives double brackets no meaning, and texts that do not use
/// the extension keep every rule of the standard.
pub(super) fn options(markdown: &str) -> Options {
    let mut options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    options.set(Options::ENABLE_WIKILINKS, wiki::occurs(markdown));
    options
}
