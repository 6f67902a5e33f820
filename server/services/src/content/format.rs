//! Writing a file: keys in one order, quotes only where YAML needs them, so that equal entries are equal files.

use std::collections::BTreeMap;

use alluvium_domain::{EntryFields, EntryInput, Lang};
use serde_norway::Value;

use super::EntryFile;

impl EntryFile {
    /// The file's text. [`EntryFile::parse`] gives back the same entry, without its note.
    pub fn format(&self) -> String {
        let input = &self.input;
        let mut out = String::from("---\n");
        let mut key = |name: &str, value: String| {
            // What an entry need not have has no line where it has not.
            if value.is_empty() && OPTIONAL.contains(&name) {
                return;
            }
            out.push_str(name);
            out.push(':');
            if !value.is_empty() && !value.starts_with('\n') {
                out.push(' ');
            }
            out.push_str(&value);
            out.push('\n');
        };
        key("kind", input.fields.kind().code().to_owned());
        key("slug", scalar(&input.slug, Place::Line));
        match &input.fields {
            EntryFields::Article { authors, translation_of } => {
                key("lang", input.lang.code().to_owned());
                if let Some(slug) = translation_of {
                    key("translation_of", scalar(slug.as_str(), Place::Line));
                }
                key("title", scalar(&input.title, Place::Line));
                key("summary", scalar(&input.summary, Place::Line));
                key("questions", lines(&input.questions));
                key("tags", list(&input.tags));
                key("authors", list(authors));
            }
            EntryFields::Experiment(experiment) => {
                let optional = |text: &String| if text.is_empty() { String::new() } else { long(text) };
                head(&mut key, input);
                key("question", long(&experiment.question));
                key("hypothesis", long(&experiment.hypothesis));
                key("change_mind", long(&experiment.change_mind));
                key("decision_metric", long(&experiment.decision_metric));
                key("guardrails", lines(&experiment.guardrails));
                key("datasets", list(&experiment.datasets));
                key("design", experiment.design.code().to_owned());
                key("evaluates", list(&experiment.evaluates));
                key("command", optional(&experiment.command));
                key("owner", scalar(&experiment.owner, Place::Line));
                key("state", experiment.state.code().to_owned());
                key("decision", experiment.decision.map(|decision| decision.code().to_owned()).unwrap_or_default());
                key("reason", optional(&experiment.reason));
                key("runs", lines(&experiment.runs));
                tail(&mut key, input);
            }
            EntryFields::Model(model) => {
                head(&mut key, input);
                key("card", long(&model.card));
                tail(&mut key, input);
            }
            EntryFields::Dataset(dataset) => {
                head(&mut key, input);
                key("licence", scalar(&dataset.licence, Place::Line));
                key("source", scalar(&dataset.source, Place::Line));
                key("size", scalar(&dataset.size, Place::Line));
                key("hash", scalar(&dataset.hash, Place::Line));
                key("schema", long(&dataset.schema));
                tail(&mut key, input);
            }
            EntryFields::Term { zh, en, aliases, definition_zh, definition_en } => {
                // A term counts as Chinese, so that its file need not say it.
                if input.lang != Lang::Zh {
                    key("lang", input.lang.code().to_owned());
                }
                key("zh", scalar(zh, Place::Line));
                key("en", scalar(en, Place::Line));
                key("aliases", list(aliases));
                key("definition_zh", scalar(definition_zh, Place::Line));
                key("definition_en", scalar(definition_en, Place::Line));
                key("questions", lines(&input.questions));
                key("tags", list(&input.tags));
            }
        }
        key("status", self.state.code().to_owned());
        out.push_str("---\n");
        if !input.body.is_empty() {
            out.push('\n');
            out.push_str(&input.body);
            out.push('\n');
        }
        out
    }
}

/// Keys that are left out where they are empty.
const OPTIONAL: [&str; 6] = ["questions", "guardrails", "command", "decision", "reason", "runs"];

/// What the files of most kinds begin with, after kind and slug.
fn head(key: &mut impl FnMut(&str, String), input: &EntryInput) {
    key("lang", input.lang.code().to_owned());
    key("title", scalar(&input.title, Place::Line));
    key("summary", scalar(&input.summary, Place::Line));
}

/// What they end with, before the state.
fn tail(key: &mut impl FnMut(&str, String), input: &EntryInput) {
    key("questions", lines(&input.questions));
    key("tags", list(&input.tags));
}

/// Where a scalar stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// After a key.
    Line,
    /// In `[...]`.
    List,
}

fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| scalar(item, Place::List)).collect();
    format!("[{}]", items.join(", "))
}

/// A list with an item a line.
fn lines(items: &[String]) -> String {
    items.iter().map(|item| format!("\n  - {}", scalar(item, Place::Line))).collect()
}

/// A text of several lines as it stands, indented, where the reader gives it back so; else as a scalar.
fn long(text: &str) -> String {
    if text.contains('\n') && !text.contains(|c| must_escape(c) && c != '\n' && c != '\t') {
        let indented = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("\n  {line}") };
        let block = format!("|-{}", text.split('\n').map(indented).collect::<String>());
        let read = serde_norway::from_str::<BTreeMap<String, Value>>(&format!("k: {block}\nx: y\n"));
        if read.is_ok_and(|keys| keys.len() == 2 && keys.get("k").and_then(Value::as_str) == Some(text)) {
            return block;
        }
    }
    scalar(text, Place::Line)
}

/// A text as YAML: plain where every reader takes it for that text, else in double quotes.
fn scalar(text: &str, place: Place) -> String {
    if is_plain(text, place) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str, place: Place) -> bool {
    const INDICATORS: &str = "-?:,[]{}#&*!|>'\"%@`";
    // What older readers (YAML 1.1) take for a truth value.
    const WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    let clean = !text.is_empty()
        && text.trim() == text
        && !text.starts_with(|c| INDICATORS.contains(c))
        && !text.contains(must_escape)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !(place == Place::List && text.contains([',', '[', ']', '{', '}']))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
        && !looks_like_number(text);
    // The rules above are meant to be enough; the reader itself has the last word.
    clean
        && match place {
            Place::Line => serde_norway::from_str::<Value>(text).is_ok_and(|value| value.as_str() == Some(text)),
            Place::List => serde_norway::from_str::<Vec<Value>>(&format!("[{text}]"))
                .is_ok_and(|items| items.len() == 1 && items[0].as_str() == Some(text)),
        }
}

/// Numbers, dates and times of any YAML version: `1_000`, `12:30`, `2026-01-01`, `.5`, `0x1f`.
fn looks_like_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '.'))
        && text
            .chars()
            .all(|c| c.is_ascii_hexdigit() || matches!(c, '_' | '.' | ':' | '+' | '-' | 'x' | 'o' | 'T' | 'Z' | ' '))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if must_escape(c) => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Control characters, and those that YAML takes for line ends or a byte order mark.
fn must_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
