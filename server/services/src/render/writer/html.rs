//! Raw HTML among Markdown: written so that elements nest.

use pulldown_cmark::Event;

use super::inline::is_external;
use super::{DEEPEST, Frame, Writer};
use crate::render::raw::{self, Element, Piece, Sort};
use crate::render::{breaks, escape};

impl Writer<'_> {
    pub(super) fn html_block(&mut self, events: &[Event<'_>]) -> usize {
        let mut html = String::new();
        let mut taken = 0;
        for event in events {
            taken += 1;
            match event {
                Event::Html(line) | Event::Text(line) => html.push_str(line),
                Event::End(_) => break,
                _ => {}
            }
        }
        self.raw(&html, true);
        // A link that its own block does not end would swallow the rest of the text.
        self.close_where(|element| element.sort == Sort::Link);
        taken
    }

    pub(super) fn raw(&mut self, html: &str, block: bool) {
        for piece in raw::pieces(html, block) {
            match piece {
                Piece::Text(text) => {
                    if !text.trim().is_empty() {
                        self.leave_raw_table();
                    }
                    if self.raw_elements().any(|open| open.name == "pre") {
                        self.out.push_str(text);
                    } else {
                        self.out.push_str(&breaks::in_text(text));
                    }
                }
                Piece::Literal(text) => {
                    self.leave_raw_table();
                    escape::text(&mut self.out, text);
                }
                Piece::Open(element, attributes, empty) => {
                    if self.raw_open(element, &attributes) && empty {
                        self.pop_raw();
                    }
                }
                Piece::Close(element) => self.raw_close(element),
            }
        }
    }

    /// Opens an element where it may stand; answers whether it is open now.
    fn raw_open(&mut self, element: &'static Element, attributes: &[(&str, &str)]) -> bool {
        self.close_omitted(element.name);
        while self.raw_table().is_some_and(|table| raw::holds(table, element.name) == Some(false)) {
            self.pop_raw();
        }
        let misplaced = raw::needs_table(element.name) && self.raw_table().is_none();
        let nested_link = element.sort == Sort::Link && self.links > 0;
        if misplaced || nested_link || self.stack.len() >= DEEPEST {
            return false;
        }
        let value =
            |name: &str| attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        if self.options.decorate
            && element.name == "img"
            && let Some(source) = value("src").filter(|source| is_external(source))
        {
            let markup = |text: &str| text.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
            let text = value("alt").filter(|alt| !alt.trim().is_empty()).unwrap_or(source);
            self.foreign_picture(&markup(source), &markup(text));
            return false;
        }
        self.out.push('<');
        self.out.push_str(element.name);
        for (name, value) in attributes {
            self.raw_attribute(&name.to_ascii_lowercase(), value);
        }
        if self.options.decorate && value("href").is_some_and(is_external) {
            self.out.push_str(" rel=\"noopener\"");
        }
        if self.options.decorate && element.name == "img" {
            self.out.push_str(" loading=\"lazy\" decoding=\"async\"");
        }
        if element.sort == Sort::Void {
            self.out.push_str(" />");
            return false;
        }
        self.out.push('>');
        self.count(element.sort, true);
        self.stack.push(Frame::Raw(element));
        true
    }

    /// Writes an attribute with the author's entities as they are.
    fn raw_attribute(&mut self, name: &str, value: &str) {
        self.out.push_str(&format!(" {name}=\""));
        let value = match (name, value.strip_prefix('#')) {
            ("id", _) => {
                self.out.push_str(raw::ID_PREFIX);
                value
            }
            ("href", Some(id)) if self.outline.is_raw_id(id) => {
                self.out.push('#');
                self.out.push_str(raw::ID_PREFIX);
                id
            }
            _ => value,
        };
        self.out.push_str(&value.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;"));
        self.out.push('"');
    }

    /// An end tag closes what was opened in the same element of Markdown, with all that is open inside; else it is nothing.
    fn raw_close(&mut self, element: &Element) {
        self.close_where(|open| open.name == element.name);
    }

    /// Closes the innermost of the open raw elements that fits, with all that is open inside.
    fn close_where(&mut self, fits: impl Fn(&Element) -> bool) {
        let depth = self.raw_elements().position(fits);
        for _ in 0..depth.map_or(0, |depth| depth + 1) {
            self.pop_raw();
        }
    }

    /// Closes what this start tag ends without an end tag: a paragraph before a block, an item before the next.
    pub(super) fn close_omitted(&mut self, name: &str) {
        let depth =
            self.raw_elements().take_while(|open| !raw::bounds(open.name)).position(|open| raw::ends(name, open.name));
        for _ in 0..depth.map_or(0, |depth| depth + 1) {
            self.pop_raw();
        }
    }

    /// The open raw elements inside the innermost element of Markdown, innermost first.
    fn raw_elements(&self) -> impl Iterator<Item = &'static Element> {
        self.stack.iter().rev().map_while(|frame| match frame {
            Frame::Raw(element) => Some(*element),
            Frame::Markdown { .. } => None,
        })
    }

    /// The innermost open element, if it is a table part of raw HTML that holds no text.
    fn raw_table(&self) -> Option<&'static str> {
        match self.stack.last() {
            Some(Frame::Raw(element)) if element.sort == Sort::Table => Some(element.name),
            _ => None,
        }
    }

    /// Text does not belong between rows and cells: it ends the table.
    pub(super) fn leave_raw_table(&mut self) {
        while self.raw_table().is_some() {
            self.pop_raw();
        }
    }

    fn pop_raw(&mut self) {
        if let Some(Frame::Raw(element)) = self.stack.pop_if(|frame| matches!(frame, Frame::Raw(_))) {
            self.count(element.sort, false);
            self.out.push_str(&format!("</{}>", element.name));
        }
    }

    /// Closes what raw HTML left open inside the innermost element of Markdown.
    pub(super) fn close_raw(&mut self) {
        while matches!(self.stack.last(), Some(Frame::Raw(_))) {
            self.pop_raw();
        }
    }
}
