//! Footnotes: numbered by first reference, gathered at the end, with links there and back.

use std::collections::HashMap;

use alluvium_domain::Lang;

/// Most links back from one footnote.
const MOST_BACK: usize = 20;

/// What is known of the footnotes while a text is written.
#[derive(Debug, Default)]
pub(super) struct Footnotes {
    /// By label: the number and how often it was referred to.
    numbers: HashMap<String, (usize, usize)>,
    /// Labels by number.
    labels: Vec<String>,
    /// By label: the note's HTML.
    notes: HashMap<String, String>,
}

impl Footnotes {
    /// Writes a reference.
    pub(super) fn write_reference(&mut self, out: &mut String, label: &str, lang: Lang) {
        let next = self.labels.len() + 1;
        let (number, times) = self.numbers.entry(label.to_owned()).or_insert_with(|| {
            self.labels.push(label.to_owned());
            (next, 0)
        });
        *times += 1;
        let id = reference(*number, *times);
        let word = lang.pick("脚注", "Footnote");
        out.push_str("<sup class=\"footnote-ref\"><a href=\"#fn-");
        out.push_str(&format!("{number}\""));
        if *times <= MOST_BACK {
            out.push_str(&format!(" id=\"{id}\""));
        }
        out.push_str(&format!(" role=\"doc-noteref\" aria-label=\"{word} {number}\">{number}</a></sup>"));
    }

    /// Keeps a note's HTML until the end.
    pub(super) fn define(&mut self, label: &str, html: String) {
        self.notes.entry(label.to_owned()).or_insert(html);
    }

    /// Writes the notes that were referred to.
    pub(super) fn write_notes(&mut self, out: &mut String, lang: Lang) {
        if self.labels.is_empty() {
            return;
        }
        let (title, back) = lang.pick(("脚注", "返回正文"), ("Footnotes", "Back to the text"));
        out.push_str(&format!("<section class=\"footnotes\" aria-label=\"{title}\">\n<ol>\n"));
        for (index, label) in self.labels.iter().enumerate() {
            let number = index + 1;
            let note = self.notes.remove(label).unwrap_or_default();
            let times = self.numbers.get(label).map_or(1, |(_, times)| *times).min(MOST_BACK);
            let links: String = (1..=times)
                .map(|time| {
                    format!(
                        " <a class=\"footnote-back\" href=\"#{}\" aria-label=\"{back}\">↩</a>",
                        reference(number, time)
                    )
                })
                .collect();
            out.push_str(&format!("<li id=\"fn-{number}\">"));
            // The links end the last paragraph, if there is one.
            match note.trim_end().strip_suffix("</p>") {
                Some(open) => out.push_str(&format!("{open}{links}</p>")),
                None => out.push_str(&format!("{note}{links}")),
            }
            out.push_str("</li>\n");
        }
        out.push_str("</ol>\n</section>\n");
    }
}

fn reference(number: usize, time: usize) -> String {
    if time == 1 { format!("fnref-{number}") } else { format!("fnref-{number}-{time}") }
}
