//! Line breaks in running text: beside Chinese they show nothing, elsewhere a space.
//!
//! The rule is that of CSS Text (section 4.1.3, "Segment Break Transformation Rules"), which browsers do not follow: a break between two wide
//! characters vanishes unless one is Hangul, and so does one between a wide character and punctuation that Chinese shares with other scripts.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::characters::{is_hangul, is_shared_punctuation, is_wide};

/// Whether a line break between these characters shows nothing.
pub(super) fn vanishes(before: char, after: char) -> bool {
    let wide = |c| is_wide(c) && !is_hangul(c);
    match (wide(before), wide(after)) {
        (true, true) => true,
        (true, false) => is_shared_punctuation(after),
        (false, true) => is_shared_punctuation(before),
        (false, false) => false,
    }
}

/// Leaves out the soft breaks that show nothing, whatever markup stands between them and the characters on either side.
pub(super) fn without_vanishing(mut events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut before = None;
    let mut waiting: Vec<usize> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::SoftBreak => waiting.push(at),
            Event::Text(text) | Event::Code(text) => {
                if let (Some(before), Some(after)) = (before, text.chars().next())
                    && vanishes(before, after)
                {
                    gone.append(&mut waiting);
                }
                waiting.clear();
                before = text.chars().next_back().or(before);
            }
            // What shows nothing by itself, or no character that takes part in the line.
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. })
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link)
            | Event::FootnoteReference(_) => {}
            Event::InlineHtml(html) if !html.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("<br")) => {}
            _ => {
                waiting.clear();
                before = None;
            }
        }
    }
    let mut gone = gone.into_iter().peekable();
    let mut at = 0;
    events.retain(|_| {
        let keep = gone.next_if_eq(&at).is_none();
        at += 1;
        keep
    });
    events
}

/// The same in a stretch of raw HTML, where each break stands in the text.
pub(super) fn in_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\n') {
        let (line, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(line);
        let next = after.trim_start_matches([' ', '\t']);
        let ends = line.trim_end_matches([' ', '\t', '\r']).chars().next_back().zip(next.chars().next());
        if ends.is_some_and(|(before, after)| vanishes(before, after)) {
            out.truncate(out.trim_end().len());
            rest = next;
        } else {
            out.push('\n');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_vanish_between_wide_characters_only() {
        for (before, after) in
            [('行', '这'), ('，', '再'), ('。', '（'), ('ア', '漢'), ('ｱ', '漢'), ('”', '他'), ('说', '“')]
        {
            assert!(vanishes(before, after), "{before}⏎{after}");
        }
        for (before, after) in
            [('a', 'b'), ('行', 'b'), ('a', '这'), ('한', '국'), ('한', '中'), ('。', '한'), ('”', 'a'), ('1', '年')]
        {
            assert!(!vanishes(before, after), "{before}⏎{after}");
        }
    }

    #[test]
    fn raw_text_loses_the_same_breaks() {
        assert_eq!(in_text("第一行\n  第二行 and\nthis\n那\r\n个"), "第一行第二行 and\nthis\n那个");
        assert_eq!(in_text("\n一\n"), "\n一\n");
    }
}
