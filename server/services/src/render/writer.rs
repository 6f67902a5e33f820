//! Events to HTML, not yet sanitised.

mod blocks;
mod html;
mod inline;

use std::collections::HashSet;

use alluvium_domain::Part;
use pulldown_cmark::{Alignment, Event, Tag, TagEnd};

use super::footnotes::Footnotes;
use super::headings::Outline;
use super::raw::{Element, Sort};
use super::{Options, code, escape, math};
use blocks::{is_formula, is_task};

/// Deepest nesting of elements; beyond it the text stays and the tags are left out. What parses the result must look at every open element
/// for some tags, so that the cost of a text is its length times this.
const DEEPEST: usize = 64;

/// What came of the events.
pub(super) struct Written {
    pub(super) parts: Vec<Part>,
    pub(super) has_diagram: bool,
}

/// Writes all events.
pub(super) fn write(events: &[Event<'_>], outline: &Outline, options: &Options<'_>) -> Written {
    let mut writer = Writer {
        outline,
        options,
        out: String::new(),
        outer: Vec::new(),
        parts: Vec::new(),
        stack: Vec::new(),
        quiet: 0,
        links: 0,
        headings: 0,
        tables: Tables::default(),
        footnotes: Footnotes::default(),
        highlighter: code::Highlighter::default(),
        explained: HashSet::new(),
        has_diagram: false,
    };
    let mut at = 0;
    while at < events.len() {
        at += writer.event(&events[at..]);
    }
    writer.close_raw();
    writer.footnotes.write_notes(&mut writer.out, options.lang);
    writer.parts.push(Part::Html(writer.out));
    Written { parts: writer.parts, has_diagram: writer.has_diagram }
}

struct Writer<'o> {
    outline: &'o Outline,
    options: &'o Options<'o>,
    out: String,
    /// What was being written when a footnote's definition began.
    outer: Vec<String>,
    parts: Vec<Part>,
    stack: Vec<Frame>,
    /// Open elements in which no term is explained.
    quiet: usize,
    /// Open links.
    links: usize,
    /// Headings begun.
    headings: usize,
    tables: Tables,
    footnotes: Footnotes,
    highlighter: code::Highlighter,
    /// Terms explained so far.
    explained: HashSet<usize>,
    has_diagram: bool,
}

/// An open element.
enum Frame {
    /// Of Markdown: what ends it, which is nothing if it was left out.
    Markdown { end: String, sort: Sort },
    /// Of raw HTML.
    Raw(&'static Element),
}

#[derive(Default)]
struct Tables {
    count: usize,
    alignments: Vec<Alignment>,
    column: usize,
    head: bool,
}

impl Writer<'_> {
    /// Writes the first event, or as many as belong together; answers how many.
    fn event(&mut self, events: &[Event<'_>]) -> usize {
        if !matches!(events[0], Event::Html(_) | Event::InlineHtml(_) | Event::End(_) | Event::Start(Tag::HtmlBlock)) {
            self.leave_raw_table();
        }
        match &events[0] {
            Event::Start(Tag::HtmlBlock) => return self.html_block(events),
            Event::Start(Tag::CodeBlock(kind)) => return self.code_block(kind, events),
            Event::Start(Tag::Image { dest_url, title, .. }) => return self.image(dest_url, title, events),
            Event::Start(Tag::Paragraph) if self.options.decorate && is_formula(events) => return self.formula(events),
            Event::Start(tag) => self.start(tag, &events[1..]),
            Event::End(end) => self.end(end),
            Event::Text(text) => self.text(text),
            Event::Code(text) => {
                self.out.push_str("<code>");
                escape::text(&mut self.out, text);
                self.out.push_str("</code>");
            }
            Event::InlineMath(tex) => math::write(&mut self.out, tex, false, self.options.lang),
            Event::DisplayMath(tex) => math::write(&mut self.out, tex, true, self.options.lang),
            Event::Html(html) | Event::InlineHtml(html) => self.raw(html, false),
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br />\n"),
            Event::Rule => {
                self.fresh_line();
                self.out.push_str("<hr />\n");
            }
            Event::FootnoteReference(label) => self.footnotes.write_reference(&mut self.out, label, self.options.lang),
            Event::TaskListMarker(done) => self.task(*done),
        }
        1
    }

    fn start(&mut self, tag: &Tag<'_>, rest: &[Event<'_>]) {
        match tag {
            Tag::Paragraph => self.block("<p>", "</p>\n"),
            Tag::Heading { .. } => self.heading(),
            Tag::BlockQuote(kind) => self.quote(*kind),
            Tag::List(Some(1)) => self.block("<ol>\n", "</ol>\n"),
            Tag::List(Some(start)) => self.block(&format!("<ol start=\"{start}\">\n"), "</ol>\n"),
            Tag::List(None) => self.block("<ul>\n", "</ul>\n"),
            Tag::Item if is_task(rest) => self.block("<li class=\"task\">", "</li>\n"),
            Tag::Item => self.block("<li>", "</li>\n"),
            Tag::Table(alignments) => self.table(alignments),
            Tag::TableHead => {
                self.tables.head = true;
                self.tables.column = 0;
                self.push("<thead>\n<tr>", "</tr>\n</thead>\n", Sort::Plain);
            }
            Tag::TableRow => {
                self.tables.head = false;
                self.tables.column = 0;
                self.push("<tr>", "</tr>\n", Sort::Plain);
            }
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.push("<em>", "</em>", Sort::Plain),
            Tag::Strong => self.push("<strong>", "</strong>", Sort::Plain),
            Tag::Strikethrough => self.push("<del>", "</del>", Sort::Plain),
            Tag::Link { link_type, dest_url, title, .. } => self.link(*link_type, dest_url, title),
            Tag::FootnoteDefinition(label) => {
                self.outer.push(std::mem::take(&mut self.out));
                self.push("", label, Sort::Plain);
            }
            // Extensions that are off.
            _ => self.push("", "", Sort::Plain),
        }
    }

    fn end(&mut self, end: &TagEnd) {
        self.close_raw();
        let Some(Frame::Markdown { end: tag, sort }) = self.stack.pop() else { return };
        self.count(sort, false);
        if *end == TagEnd::FootnoteDefinition {
            let note = std::mem::replace(&mut self.out, self.outer.pop().unwrap_or_default());
            self.footnotes.define(&tag, note);
        } else {
            self.out.push_str(&tag);
        }
    }

    /// Opens an element in the line, unless it is too deep.
    fn push(&mut self, start: &str, end: &str, sort: Sort) {
        // A footnote is no element, so it is never too deep; its frame carries its label.
        let shown = start.is_empty() || self.stack.len() < DEEPEST;
        let end = if shown { end.to_owned() } else { String::new() };
        if shown {
            self.out.push_str(start);
        }
        let sort = if shown { sort } else { Sort::Plain };
        self.count(sort, true);
        self.stack.push(Frame::Markdown { end, sort });
    }

    fn block(&mut self, start: &str, end: &str) {
        self.close_omitted("p");
        if self.stack.len() < DEEPEST {
            self.fresh_line();
        }
        self.push(start, end, Sort::Plain);
    }

    fn count(&mut self, sort: Sort, open: bool) {
        let change = |count: &mut usize| *count = if open { *count + 1 } else { count.saturating_sub(1) };
        if matches!(sort, Sort::Quiet | Sort::Link) {
            change(&mut self.quiet);
        }
        if sort == Sort::Link {
            change(&mut self.links);
        }
    }

    fn fresh_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }
}
