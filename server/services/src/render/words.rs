//! How long a text takes to read.

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

const CJK_A_MINUTE: f64 = 400.0;
const WORDS_A_MINUTE: f64 = 220.0;

/// Minutes to read, at least 1. Diagrams, live blocks and formulas are not counted.
pub(super) fn minutes(events: &[Event<'_>]) -> u32 {
    let (cjk, words) = counts(events);
    let minutes = f64::from(cjk) / CJK_A_MINUTE + f64::from(words) / WORDS_A_MINUTE;
    // The text has at most 400,000 characters, so this is below 2,000.
    (minutes.ceil() as u32).max(1)
}

/// Whether a text is rather Chinese than English.
pub(super) fn is_chinese(events: &[Event<'_>]) -> bool {
    let (cjk, words) = counts(events);
    // A Chinese text on this subject is full of Latin names, an English one has hardly a Chinese character.
    2 * cjk > words
}

/// Number of CJK characters and of other words.
fn counts(events: &[Event<'_>]) -> (u32, u32) {
    let (mut cjk, mut words) = (0_u32, 0_u32);
    let mut skip = false;
    for event in events {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                skip = matches!(info.split_whitespace().next(), Some("mermaid" | "alluvium"));
            }
            Event::End(TagEnd::CodeBlock) => skip = false,
            Event::Text(text) | Event::Code(text) if !skip => {
                let (c, w) = count(text);
                cjk += c;
                words += w;
            }
            _ => {}
        }
    }
    (cjk, words)
}

fn count(text: &str) -> (u32, u32) {
    let (mut cjk, mut words) = (0, 0);
    let mut inside = false;
    for c in text.chars() {
        if is_cjk(c) {
            cjk += 1;
            inside = false;
        } else if c.is_alphanumeric() {
            words += u32::from(!inside);
            inside = true;
        } else {
            inside = inside && matches!(c, '\'' | '’' | '-' | '_' | '.');
        }
    }
    (cjk, words)
}

/// Whether a character is written without spaces around words: Han, kana.
pub(crate) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::parse;

    #[test]
    fn both_scripts_count() {
        assert_eq!(count("搜索 search 与推荐, don't stop-words"), (5, 3));
        assert_eq!(minutes(&parse::events(&"字".repeat(401))), 2);
        assert_eq!(minutes(&parse::events(&"word ".repeat(220))), 1);
        assert_eq!(minutes(&parse::events(&format!("```mermaid\n{}\n```", "word ".repeat(900)))), 1);
        assert_eq!(minutes(&[]), 1);
    }
}
