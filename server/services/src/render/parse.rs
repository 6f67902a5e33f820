//! Reading Markdown: which extensions are on.

use pulldown_cmark::{Event, Options, Parser, TextMergeStream};

use super::wiki;

/// CommonMark with the extensions that articles may use; neighbouring texts are one event.
///
/// Wiki links are read only where the text has one: CommonMark gives double brackets no meaning, and texts that do not use the extension
/// keep every rule of the standard.
pub(super) fn events(markdown: &str) -> Vec<Event<'_>> {
    let mut options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    options.set(Options::ENABLE_WIKILINKS, wiki::occurs(markdown));
    TextMergeStream::new(Parser::new_ext(markdown, options)).collect()
}
