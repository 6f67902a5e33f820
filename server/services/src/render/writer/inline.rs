//! Within a line: text with its glossary terms, links, images.

use alluvium_domain::{EntryKind, Lang};
use pulldown_cmark::{Event, LinkType};

use super::Writer;
use crate::render::raw::{self, Sort};
use crate::render::terms::Term;
use crate::render::{escape, wiki};

impl Writer<'_> {
    pub(super) fn text(&mut self, text: &str) {
        let explain = self.options.decorate && self.quiet == 0;
        let Some(terms) = self.options.terms.filter(|_| explain) else {
            return escape::text(&mut self.out, text);
        };
        let mut from = 0;
        for found in terms.first_occurrences(text, &mut self.explained) {
            let Some(term) = terms.term(found.term) else { continue };
            escape::text(&mut self.out, &text[from..found.range.start]);
            from = found.range.end;
            self.out.push_str(&hint_start(term));
            self.out.push_str("<dfn>");
            escape::text(&mut self.out, &text[found.range]);
            self.out.push_str("</dfn>");
            self.out.push_str(&hint_end(term, terms.lang()));
        }
        escape::text(&mut self.out, &text[from..]);
    }

    pub(super) fn link(&mut self, link_type: LinkType, dest: &str, title: &str) {
        if self.links > 0 {
            return self.push("", "", Sort::Plain);
        }
        let target = match link_type {
            LinkType::WikiLink { .. } => wiki::Target::parse(dest),
            _ => None,
        };
        if let Some((start, end)) = target.as_ref().and_then(|target| self.explained_link(target)) {
            return self.push(&start, &end, Sort::Link);
        }
        let mut start = String::from("<a href=\"");
        let missing =
            self.options.decorate && target.as_ref().is_some_and(|target| target.title(self.options.titles).is_none());
        match (link_type, target) {
            (_, Some(target)) => start.push_str(&target.url()),
            (LinkType::Email, _) => {
                start.push_str("mailto:");
                escape::href(&mut start, dest);
            }
            _ => self.href(&mut start, dest),
        }
        start.push('"');
        if !title.is_empty() {
            escape::attribute(&mut start, "title", title);
        }
        if missing {
            start.push_str(" class=\"missing\"");
        }
        if self.options.decorate && is_external(dest) {
            start.push_str(" rel=\"noopener\"");
        }
        start.push('>');
        self.push(&start, "</a>", Sort::Link);
    }

    /// A wiki link to a term that was not explained yet explains it, as its name in running text would.
    fn explained_link(&mut self, target: &wiki::Target) -> Option<(String, String)> {
        let terms = self.options.terms.filter(|_| self.options.decorate && self.quiet == 0)?;
        let number = terms.by_slug(&target.slug).filter(|_| target.kind == EntryKind::Term)?;
        let term = terms.term(number)?;
        self.explained.insert(number).then(|| (hint_start(term), hint_end(term, terms.lang())))
    }

    /// Writes a destination; one within the text follows the id of raw HTML that it means.
    pub(super) fn href(&self, out: &mut String, dest: &str) {
        match dest.strip_prefix('#') {
            Some(id) if self.outline.is_raw_id(id) => {
                out.push('#');
                out.push_str(raw::ID_PREFIX);
                escape::href(out, id);
            }
            _ => escape::href(out, dest),
        }
    }

    /// Writes an image; its description is the plain text of what is between the brackets.
    pub(super) fn image(&mut self, dest: &str, title: &str, events: &[Event<'_>]) -> usize {
        let mut depth = 0;
        let mut alt = String::new();
        let mut taken = 0;
        for event in events {
            taken += 1;
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                    alt.push_str(text)
                }
                Event::SoftBreak | Event::HardBreak => alt.push('\n'),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        if self.options.decorate && is_external(dest) {
            let mut href = String::new();
            escape::href(&mut href, dest);
            let mut text = String::new();
            escape::text(&mut text, if alt.trim().is_empty() { dest } else { &alt });
            self.foreign_picture(&href, &text);
            return taken;
        }
        self.out.push_str("<img src=\"");
        escape::href(&mut self.out, dest);
        self.out.push('"');
        escape::attribute(&mut self.out, "alt", &alt);
        if !title.is_empty() {
            escape::attribute(&mut self.out, "title", title);
        }
        if self.options.decorate {
            self.out.push_str(" loading=\"lazy\" decoding=\"async\"");
        }
        self.out.push_str(" />");
        taken
    }

    /// A picture on another host as a link: loading it would tell that host who reads. Address and text are markup.
    pub(super) fn foreign_picture(&mut self, href: &str, text: &str) {
        if self.links > 0 {
            return self.out.push_str(text);
        }
        self.out.push_str("<a class=\"foreign-picture\" href=\"");
        self.out.push_str(href);
        self.out.push_str("\" rel=\"noopener noreferrer\">");
        self.out.push_str(text);
        self.out.push_str("</a>");
    }
}

/// What stands before a name that shows its definition on hover and on keyboard focus.
fn hint_start(term: &Term) -> String {
    let slug = &term.slug;
    format!(
        "<span class=\"hint\"><a class=\"term\" href=\"/glossary/{slug}\" data-term=\"{slug}\" aria-describedby=\"hint-{slug}\">"
    )
}

/// What stands after it: the definition is in the page, so that it needs no JavaScript.
fn hint_end(term: &Term, lang: Lang) -> String {
    let (slug, tag) = (&term.slug, lang.tag());
    let mut end = format!("</a><span class=\"hint-text\" role=\"tooltip\" id=\"hint-{slug}\" lang=\"{tag}\">");
    escape::text(&mut end, &term.definition);
    end.push_str("</span></span>");
    end
}

/// Whether a link leads to another site.
pub(super) fn is_external(dest: &str) -> bool {
    let start = dest.get(..8).unwrap_or(dest).to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https://") || start.starts_with("//")
}
