//! Raw HTML in Markdown: taken apart by CommonMark's own grammar of tags (section 6.6) and judged tag by tag.
//!
//! What comes out is a list of pieces that the writer puts out so that they nest. Of elements that HTML has but [`ELEMENTS`] does not, the
//! tags vanish and the content stays; scripts, style sheets and islands of XML vanish whole; comments, declarations and instructions vanish. A tag that is
//! none of HTML's, such as the `<T>` of a type that somebody wrote without backquotes, is text.

mod scan;

use std::collections::HashSet;

use scan::{Scanned, scan};

/// What ids in raw HTML begin with, so that they cannot stand for a part of the page.
pub(super) const ID_PREFIX: &str = "user-";

/// An element that authors may write.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) attributes: &'static [&'static str],
    pub(super) sort: Sort,
}

/// What matters of an element when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Holds anything.
    Plain,
    /// Has no content.
    Void,
    /// Holds text in which no glossary term is explained.
    Quiet,
    /// A link: quiet, and never within another.
    Link,
    /// Part of a table: holds only the parts named in [`holds`].
    Table,
}

/// Attributes of every element; an id gets a prefix.
const GLOBAL: [&str; 4] = ["dir", "id", "lang", "title"];

macro_rules! elements {
    ($($sort:ident { $($name:literal $([$($attribute:literal),+])?),+ $(,)? })+) => {
        /// The elements that authors may write.
        pub(super) const ELEMENTS: &[Element] =
            &[$($(Element { name: $name, attributes: &[$($($attribute),+)?], sort: Sort::$sort }),+),+];
    };
}

elements! {
    Plain {
        "abbr", "b", "bdi", "bdo", "blockquote"["cite"], "caption", "cite", "dd", "del", "details"["open"], "div"["align"], "dl", "dt", "em",
        "figcaption", "figure", "i", "ins", "li"["value"], "mark", "ol"["start", "type", "reversed"], "p"["align"], "q", "rp", "rt", "ruby",
        "s", "small", "span", "strong", "sub", "sup", "td"["align", "colspan", "rowspan"], "th"["align", "colspan", "rowspan", "scope"],
        "time"["datetime"], "u", "ul",
    }
    Void { "br", "hr", "img"["src", "alt", "width", "height"], "col"["span"], "wbr" }
    Quiet { "code", "dfn", "h1", "h2", "h3", "h4", "h5", "h6", "kbd", "pre", "samp", "summary", "var" }
    Link { "a"["href"] }
    Table { "table", "colgroup"["span"], "thead", "tbody", "tfoot", "tr" }
}

/// Whether a table part may hold this element; none if `parent` is no table part, so that it holds anything but table parts.
pub(super) fn holds(parent: &str, child: &str) -> Option<bool> {
    Some(match parent {
        "table" => matches!(child, "caption" | "colgroup" | "thead" | "tbody" | "tfoot" | "tr"),
        "thead" | "tbody" | "tfoot" => child == "tr",
        "tr" => matches!(child, "td" | "th"),
        "colgroup" => child == "col",
        _ => return None,
    })
}

/// Whether an element is nothing outside a table.
pub(super) fn needs_table(name: &str) -> bool {
    matches!(name, "caption" | "col" | "colgroup" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th")
}

/// Whether a start tag ends an open element whose end tag HTML lets authors leave out.
pub(super) fn ends(child: &str, open: &str) -> bool {
    match open {
        "li" => child == "li",
        "dt" | "dd" => matches!(child, "dt" | "dd"),
        "rt" | "rp" => matches!(child, "rt" | "rp"),
        "td" | "th" | "caption" => needs_table(child),
        "p" => is_block(child),
        _ => false,
    }
}

/// Whether an element stands for itself between paragraphs, and so cannot be in one.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "blockquote"
            | "details"
            | "div"
            | "dl"
            | "figure"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "ol"
            | "p"
            | "pre"
            | "table"
            | "ul"
    )
}

/// Whether an omitted end tag is looked for no further out than this element.
pub(super) fn bounds(name: &str) -> bool {
    matches!(name, "ol" | "ul" | "dl" | "ruby" | "table" | "blockquote" | "div" | "details" | "figure")
}

/// A stretch of raw HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text with its entities as they are.
    Text(&'a str),
    /// Something that is no tag: to be escaped.
    Literal(&'a str),
    /// A start tag that is allowed, with the attributes that are, and whether it is its own end (`<a id="x"/>`).
    Open(&'static Element, Vec<(&'a str, &'a str)>, bool),
    /// An end tag of an element that is allowed.
    Close(&'static Element),
}

impl PartialEq for Element {
    fn eq(&self, other: &Element) -> bool {
        self.name == other.name
    }
}

impl Eq for Element {}

/// Takes raw HTML apart. `block` tells an HTML block from a tag in a line of text: only a block can hold a whole script.
pub(super) fn pieces(html: &str, block: bool) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        rest = &rest[at..];
        let (length, tag) = scan(rest);
        let (taken, after) = rest.split_at(length);
        rest = after;
        match tag {
            Scanned::Nothing => {}
            Scanned::NoTag => pieces.push(Piece::Literal(taken)),
            Scanned::Open(name, attributes, empty) => match element(name) {
                Some(element) => pieces.push(Piece::Open(element, allowed(element, attributes), empty)),
                None if block && is_hidden(name) => rest = after_end_tag(rest, name),
                None if is_dropped(name) => {}
                None => pieces.push(Piece::Literal(taken)),
            },
            Scanned::Close(name) => match element(name) {
                Some(element) => pieces.push(Piece::Close(element)),
                None if is_dropped(name) => {}
                None => pieces.push(Piece::Literal(taken)),
            },
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Adds the ids of all tags in a piece of raw HTML.
pub(super) fn ids(html: &str, ids: &mut HashSet<String>) {
    for piece in pieces(html, true) {
        if let Piece::Open(_, attributes, _) = piece {
            ids.extend(
                attributes.iter().filter(|(name, _)| name.eq_ignore_ascii_case("id")).map(|(_, id)| (*id).to_owned()),
            );
        }
    }
}

/// Elements whose content no reader should see: `xml` is what office programs keep of their settings.
fn is_hidden(name: &str) -> bool {
    ["script", "style", "xml"].iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
}

/// Elements of HTML, SVG and MathML that authors may not write, and those of other namespaces that office programs leave behind.
fn is_dropped(name: &str) -> bool {
    const DROPPED: [&str; 56] = [
        "acronym", "address", "applet", "area", "article", "aside", "audio", "base", "basefont", "big", "body",
        "button", "canvas", "center", "data", "datalist", "dialog", "embed", "fieldset", "font", "footer", "form",
        "frame", "frameset", "head", "header", "hgroup", "html", "iframe", "input", "label", "legend", "link", "main",
        "map", "math", "meta", "nav", "noscript", "object", "optgroup", "option", "output", "param", "picture",
        "search", "section", "select", "slot", "source", "svg", "template", "textarea", "title", "tt", "video",
    ];
    has_namespace(name) || DROPPED.iter().any(|dropped| dropped.eq_ignore_ascii_case(name))
}

/// Whether a name is that of another language of tags: `o:p`, not `std::vec`.
fn has_namespace(name: &str) -> bool {
    name.split_once(':').is_some_and(|(_, local)| !local.is_empty() && !local.contains(':'))
}

fn after_end_tag<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return rest.find('>').map_or("", |end| &rest[end + 1..]);
        }
    }
    ""
}

fn element(name: &str) -> Option<&'static Element> {
    ELEMENTS.iter().find(|element| element.name.eq_ignore_ascii_case(name))
}

fn allowed<'a>(element: &Element, attributes: Vec<(&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut seen = Vec::new();
    attributes
        .into_iter()
        .filter(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let allowed = GLOBAL.contains(&name.as_str())
                || element.attributes.contains(&name.as_str())
                || (element.name == "code" && name == "class" && value.starts_with("language-"));
            let first = allowed && !seen.contains(&name);
            if first {
                seen.push(name);
            }
            first
        })
        .collect()
}
