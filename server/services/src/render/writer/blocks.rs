//! Blocks: headings, quotations, tables, code.

use alluvium_domain::{Lang, LiveBlock, Part};
use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, Tag, TagEnd};

use super::{DEEPEST, Frame, Writer};
use crate::render::raw::Sort;
use crate::render::{escape, live, math};

impl Writer<'_> {
    pub(super) fn heading(&mut self) {
        let heading = self.outline.get(self.headings);
        self.headings += 1;
        let Some(heading) = heading else { return self.push("", "", Sort::Plain) };
        let level = heading.level;
        let mut start = format!("<h{level}");
        let mut end = format!("</h{level}>\n");
        if let Some(id) = &heading.id {
            escape::attribute(&mut start, "id", id);
            if self.options.decorate {
                let label = self.options.lang.pick("本节链接", "Link to this section");
                // The sign is drawn by the style sheet, so that it is no part of the heading's text.
                let mut anchor = String::from(" <a class=\"anchor\" href=\"#");
                escape::href(&mut anchor, id);
                end.insert_str(0, &format!("{anchor}\" aria-label=\"{label}\"></a>"));
            }
        }
        start.push('>');
        if self.stack.len() < DEEPEST {
            self.fresh_line();
        }
        self.push(&start, &end, Sort::Quiet);
    }

    pub(super) fn quote(&mut self, kind: Option<BlockQuoteKind>) {
        let Some(kind) = kind else { return self.block("<blockquote>\n", "</blockquote>\n") };
        let (class, zh, en) = match kind {
            BlockQuoteKind::Note => ("note", "说明", "Note"),
            BlockQuoteKind::Tip => ("tip", "提示", "Tip"),
            BlockQuoteKind::Important => ("important", "重要", "Important"),
            BlockQuoteKind::Warning => ("warning", "警告", "Warning"),
            BlockQuoteKind::Caution => ("caution", "当心", "Caution"),
        };
        let title = self.options.lang.pick(zh, en);
        if self.options.decorate {
            let start = format!(
                "<aside class=\"admonition {class}\" role=\"note\">\n<p class=\"admonition-title\">{title}</p>\n"
            );
            self.block(&start, "</aside>\n");
        } else {
            self.block(&format!("<blockquote>\n<p><strong>{title}</strong></p>\n"), "</blockquote>\n");
        }
    }

    pub(super) fn table(&mut self, alignments: &[Alignment]) {
        self.tables.count += 1;
        self.tables.alignments = alignments.to_vec();
        if self.options.decorate {
            let label = format!("{} {}", self.options.lang.pick("表格", "Table"), self.tables.count);
            let start =
                format!("<div class=\"table-wrap\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n<table>\n");
            self.block(&start, "</table>\n</div>\n");
        } else {
            self.block("<table>\n", "</table>\n");
        }
    }

    pub(super) fn cell(&mut self) {
        let name = if self.tables.head { "th" } else { "td" };
        let align = match self.tables.alignments.get(self.tables.column) {
            Some(Alignment::Left) => " align=\"left\"",
            Some(Alignment::Center) => " align=\"center\"",
            Some(Alignment::Right) => " align=\"right\"",
            Some(Alignment::None) | None => "",
        };
        self.tables.column += 1;
        self.push(&format!("<{name}{align}>"), &format!("</{name}>"), Sort::Plain);
    }

    pub(super) fn task(&mut self, done: bool) {
        let checked = if done { " checked=\"\"" } else { "" };
        let label = match (done, self.options.lang) {
            (true, Lang::Zh) => "已完成",
            (false, Lang::Zh) => "未完成",
            (true, Lang::En) => "Done",
            (false, Lang::En) => "To do",
        };
        self.out.push_str(&format!("<input type=\"checkbox\"{checked} disabled=\"\" aria-label=\"{label}\" /> "));
    }

    /// Writes a paragraph that is one displayed formula, so that a wide one scrolls in its own box.
    pub(super) fn formula(&mut self, events: &[Event<'_>]) -> usize {
        self.fresh_line();
        let label = self.options.lang.pick("公式", "Formula");
        self.out.push_str(&format!("<div class=\"math-block\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\">"));
        if let Event::DisplayMath(tex) = &events[1] {
            math::write(&mut self.out, tex, true, self.options.lang);
        }
        self.out.push_str("</div>\n");
        3
    }

    pub(super) fn code_block(&mut self, kind: &CodeBlockKind<'_>, events: &[Event<'_>]) -> usize {
        let mut source = String::new();
        let mut taken = 0;
        for event in events {
            taken += 1;
            match event {
                Event::Text(text) => source.push_str(text),
                Event::End(_) => break,
                _ => {}
            }
        }
        let info = if let CodeBlockKind::Fenced(info) = kind { info.as_ref() } else { "" };
        let mut words = info.split_whitespace();
        match (words.next().unwrap_or_default(), words.next()) {
            ("alluvium", name) => self.live(live::parse(name.unwrap_or_default(), &source, self.options.lang)),
            ("mermaid", _) if self.options.decorate => {
                self.has_diagram = true;
                self.fresh_line();
                self.out.push_str("<pre class=\"mermaid\">");
                escape::text(&mut self.out, &source);
                self.out.push_str("</pre>\n");
            }
            (language, _) => self.code(language, &source),
        }
        taken
    }

    pub(super) fn code(&mut self, language: &str, source: &str) {
        self.fresh_line();
        // Wide code scrolls, so the keyboard must reach it.
        self.out.push_str(if self.options.decorate {
            "<pre class=\"code\" tabindex=\"0\"><code"
        } else {
            "<pre><code"
        });
        if !language.is_empty() {
            escape::attribute(&mut self.out, "class", &format!("language-{language}"));
        }
        self.out.push('>');
        if self.options.decorate {
            self.highlighter.write(&mut self.out, source, language);
        } else {
            escape::text(&mut self.out, source);
        }
        self.out.push_str("</code></pre>\n");
    }

    /// A live block is a part of its own where nothing is open around it; elsewhere, and in portable HTML, it is its form.
    pub(super) fn live(&mut self, block: LiveBlock) {
        if self.options.decorate
            && self.outer.is_empty()
            && self.stack.iter().all(|frame| matches!(frame, Frame::Raw(_)))
        {
            self.close_raw();
            self.parts.push(Part::Html(std::mem::take(&mut self.out)));
            self.parts.push(Part::Live(block));
        } else {
            self.fresh_line();
            live::write_static(&mut self.out, &block, self.options.lang);
        }
    }
}

/// Whether a paragraph is one displayed formula.
pub(super) fn is_formula(events: &[Event<'_>]) -> bool {
    matches!(events, [_, Event::DisplayMath(_), Event::End(TagEnd::Paragraph), ..])
}

/// Whether a list item begins with a box to tick.
pub(super) fn is_task(rest: &[Event<'_>]) -> bool {
    matches!(rest, [Event::TaskListMarker(_), ..] | [Event::Start(Tag::Paragraph), Event::TaskListMarker(_), ..])
}
