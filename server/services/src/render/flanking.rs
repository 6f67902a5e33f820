//! Emphasis beside Chinese, Japanese and Korean.
//!
//! CommonMark's rules for what a run of `*` may open and close assume spaces between words: beside Chinese punctuation they say no
//! (`价格**《价目》**表`). The rules of the specification markdown-cjk-friendly say yes and change nothing elsewhere. `pulldown-cmark` has CommonMark's,
//! so where the two differ the text is read again with a character beside the run that makes CommonMark's rules answer as the others
//! would; it is taken out of what was read. The first reading says where text is, so that code, formulas, addresses and HTML are not touched.
//!
//! An underscore needs the border of a word in both, and a single tilde is a range (`3~5 天`): for these the rules do not differ.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::characters::{is_east_asian, is_punctuation, is_variation_selector};
use super::office::Tags;

/// The selector that makes a quotation mark a Chinese one.
const EAST_ASIAN_QUOTE: char = '\u{fe01}';

/// Characters that no text has: one that counts as a letter, one that counts as punctuation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    letter: char,
    punctuation: char,
}

/// Reads a text with the rules for emphasis beside Chinese, and without the tags that office programs leave behind.
pub(super) fn events(markdown: &str, options: Options) -> Vec<Event<'_>> {
    let tags = Tags::of(markdown);
    let concerned = tags.is_some() || has_emphasis_beside_east_asian(markdown);
    let rewritten = concerned.then(|| marks(markdown)).flatten().and_then(|marks| {
        let text = rewrite(markdown, options, tags.as_ref(), marks)?;
        Some((text, marks))
    });
    match rewritten {
        Some((text, marks)) => {
            Parser::new_ext(&text, options).map(|event| without(marks, event.into_static())).collect()
        }
        None => Parser::new_ext(markdown, options).collect(),
    }
}

/// Whether the rules for Chinese can make a difference: all that is cheap to know.
fn has_emphasis_beside_east_asian(markdown: &str) -> bool {
    (markdown.contains('*') || markdown.contains("~~"))
        && markdown.chars().any(|c| is_east_asian(c) || c == EAST_ASIAN_QUOTE)
}

/// Marks that the text does not hold; none for a text that holds all of the candidates.
fn marks(markdown: &str) -> Option<Marks> {
    let free = |from: u32, to: u32| (from..=to).filter_map(char::from_u32).find(|c| !markdown.contains(*c));
    // Private use; two rows of punctuation that scholars of old books need.
    Some(Marks { letter: free(0xe000, 0xe0ff)?, punctuation: free(0x2e30, 0x2e4f)? })
}

/// A run of one kind of delimiter.
#[derive(Debug)]
struct Run {
    range: Range<usize>,
    /// What it may do only by the rules for Chinese.
    opens: bool,
    closes: bool,
}

fn rewrite(markdown: &str, options: Options, tags: Option<&Tags>, marks: Marks) -> Option<String> {
    let read = Inline::read(markdown, options, tags);
    let foreign = tags.map(|tags| tags.places(markdown, &read.texts)).unwrap_or_default();
    let mut edits: Vec<(Range<usize>, String)> =
        foreign.into_iter().chain(read.foreign_links).map(|range| (range, String::new())).collect();
    let runs = runs(markdown, &read.delimiters, &read.starts);
    for (place, run) in runs.iter().enumerate() {
        let next = runs.get(place + 1).filter(|next| next.range.start == run.range.end);
        let before =
            place.checked_sub(1).map(|place| &runs[place]).filter(|before| before.range.end == run.range.start);
        if before.is_none() && run.closes {
            edits.push((run.range.start..run.range.start, marks.letter.into()));
        }
        // What stands between two runs is seen by both: each gets what it is to see.
        let sees = |letter: bool| if letter { marks.letter } else { marks.punctuation };
        match next {
            Some(next) if run.opens || next.closes => {
                edits.push((run.range.end..run.range.end, [sees(run.opens), sees(next.closes)].iter().collect()));
            }
            None if run.opens => edits.push((run.range.end..run.range.end, marks.letter.into())),
            _ => {}
        }
    }
    if edits.is_empty() {
        return None;
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut text = String::with_capacity(markdown.len() + 3 * edits.len());
    let mut at = 0;
    for (range, replacement) in edits {
        text.push_str(&markdown[at..range.start.max(at)]);
        text.push_str(&replacement);
        at = range.end.max(at);
    }
    text.push_str(&markdown[at..]);
    Some(text)
}

/// What the first reading says of the text within blocks.
#[derive(Default)]
struct Inline {
    /// Where plain text stands, neighbouring stretches as one.
    texts: Vec<Range<usize>>,
    /// Every byte that is a delimiter, used or not, in order.
    delimiters: Vec<usize>,
    /// Where paragraphs, headings and cells begin.
    starts: Vec<usize>,
    /// Tags of office programs that look like addresses (`<st1:place>`).
    foreign_links: Vec<Range<usize>>,
}

impl Inline {
    fn read(markdown: &str, options: Options, tags: Option<&Tags>) -> Inline {
        let mut inline = Inline::default();
        // Text that is not to be changed: of code, of HTML, and the text of a link that is also its label.
        let mut closed = 0_usize;
        let mut links: Vec<bool> = Vec::new();
        for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_)) => closed += 1,
                Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_)) => closed -= 1,
                Event::Start(
                    Tag::Link { link_type, ref dest_url, .. } | Tag::Image { link_type, ref dest_url, .. },
                ) => {
                    let label = is_label(link_type);
                    links.push(label);
                    closed += usize::from(label);
                    if link_type == LinkType::Autolink && tags.is_some_and(|tags| tags.is_name(dest_url)) {
                        inline.foreign_links.push(range);
                    }
                }
                Event::End(TagEnd::Link | TagEnd::Image) => closed -= usize::from(links.pop().unwrap_or_default()),
                Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::TableCell | Tag::Item) => {
                    inline.starts.push(range.start);
                }
                Event::Start(Tag::Emphasis) if closed == 0 => inline.delimit(&range, 1),
                Event::Start(Tag::Strong) if closed == 0 => inline.delimit(&range, 2),
                Event::Start(Tag::Strikethrough) if closed == 0 => {
                    inline.delimit(&range, 1 + usize::from(markdown[range.clone()].starts_with("~~")));
                }
                Event::Text(_) if closed == 0 => inline.text(markdown, range),
                _ => {}
            }
        }
        inline.delimiters.sort_unstable();
        inline.delimiters.dedup();
        inline
    }

    fn delimit(&mut self, range: &Range<usize>, length: usize) {
        self.delimiters.extend(range.start..range.start + length);
        self.delimiters.extend(range.end - length..range.end);
    }

    fn text(&mut self, markdown: &str, range: Range<usize>) {
        for (at, byte) in markdown[range.clone()].bytes().enumerate() {
            let at = range.start + at;
            if matches!(byte, b'*' | b'_' | b'~') && !is_escaped(markdown, at) {
                self.delimiters.push(at);
            }
        }
        match self.texts.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.texts.push(range),
        }
    }
}

/// Whether a link's text is also what it is looked up by.
fn is_label(link_type: LinkType) -> bool {
    !matches!(
        link_type,
        LinkType::Inline | LinkType::Reference | LinkType::ReferenceUnknown | LinkType::WikiLink { has_pothole: true }
    )
}

/// Whether a backslash takes its meaning from the character at `at`.
pub(super) fn is_escaped(markdown: &str, at: usize) -> bool {
    markdown.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

fn runs(markdown: &str, delimiters: &[usize], starts: &[usize]) -> Vec<Run> {
    let bytes = markdown.as_bytes();
    delimiters
        .chunk_by(|a, b| a + 1 == *b && bytes[*a] == bytes[*b])
        .filter_map(|run| {
            let (start, end) = (*run.first()?, *run.last()? + 1);
            let before = if starts.binary_search(&start).is_ok() { "" } else { &markdown[..start] };
            let (opens, closes) = only_by_the_rules_for_chinese(before, &markdown[end..]);
            let kind = bytes[start];
            Some(Run {
                range: start..end,
                // The parser lets two tildes open before whatever is no space.
                opens: opens && kind == b'*',
                closes: closes && (kind == b'*' || (kind == b'~' && end - start == 2)),
            })
        })
        .collect()
}

/// Whether a run between these texts is left-flanking, and whether it is right-flanking, by the rules of markdown-cjk-friendly but not by CommonMark's.
fn only_by_the_rules_for_chinese(before: &str, after: &str) -> (bool, bool) {
    let (Some(last), Some(next)) = (before.chars().next_back(), after.chars().next()) else { return (false, false) };
    if last.is_whitespace() || next.is_whitespace() {
        return (false, false);
    }
    let (last_east, next_east) = (ends_east_asian(before), begins_east_asian(after));
    let (last_mark, next_mark) = (is_punctuation(last), is_punctuation(next));
    let opens = next_mark && !last_mark && (next_east || last_east);
    let closes = last_mark && !next_mark && (last_east || next_east);
    (opens, closes)
}

fn ends_east_asian(text: &str) -> bool {
    let mut chars = text.chars().rev();
    match (chars.next(), chars.next()) {
        (Some(selector), Some(before)) if is_variation_selector(selector) => {
            is_east_asian(before) || is_quotation_mark(before) && selector == EAST_ASIAN_QUOTE
        }
        (Some(last), _) => is_east_asian(last),
        _ => false,
    }
}

fn begins_east_asian(text: &str) -> bool {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(mark), Some(EAST_ASIAN_QUOTE)) if is_quotation_mark(mark) => true,
        (Some(first), _) => is_east_asian(first),
        _ => false,
    }
}

/// Marks that are Chinese where a selector after them says so.
fn is_quotation_mark(c: char) -> bool {
    matches!(c, '‘' | '’' | '“' | '”')
}

/// An event without the marks.
fn without(marks: Marks, event: Event<'static>) -> Event<'static> {
    let clean = |text: CowStr<'static>| -> CowStr<'static> {
        if text.contains([marks.letter, marks.punctuation]) {
            text.replace([marks.letter, marks.punctuation], "").into()
        } else {
            text
        }
    };
    match event {
        Event::Text(text) => Event::Text(clean(text)),
        Event::Code(text) => Event::Code(clean(text)),
        Event::InlineMath(text) => Event::InlineMath(clean(text)),
        Event::DisplayMath(text) => Event::DisplayMath(clean(text)),
        Event::Html(text) => Event::Html(clean(text)),
        Event::InlineHtml(text) => Event::InlineHtml(clean(text)),
        Event::FootnoteReference(text) => Event::FootnoteReference(clean(text)),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: clean(dest_url), title: clean(title), id: clean(id) })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Image { link_type, dest_url: clean(dest_url), title: clean(title), id: clean(id) })
        }
        other => other,
    }
}
