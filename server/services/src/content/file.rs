//! Reading a file: front matter between two lines `---`, then Markdown.

use std::path::PathBuf;

use alluvium_domain::entry::{Dataset, Design, Experiment, ExperimentState, Model, read_yaml};
use alluvium_domain::{
    EntryFields, EntryInput, EntryKind, EntryState, FieldError, Issue, Lang, Problem, ProblemKind, Slug, fold,
};
use serde_norway::{Mapping, Value};

use super::EntryFile;

/// Keys of an article's file, in the order in which they are written.
const ARTICLE: [&str; 10] =
    ["kind", "slug", "lang", "translation_of", "title", "summary", "questions", "tags", "authors", "status"];

/// Keys of an experiment's file.
const EXPERIMENT: [&str; 22] = [
    "kind",
    "slug",
    "lang",
    "title",
    "summary",
    "question",
    "hypothesis",
    "change_mind",
    "decision_metric",
    "guardrails",
    "datasets",
    "design",
    "evaluates",
    "command",
    "owner",
    "state",
    "decision",
    "reason",
    "runs",
    "questions",
    "tags",
    "status",
];

/// Keys of a model's file.
const MODEL: [&str; 9] = ["kind", "slug", "lang", "title", "summary", "card", "questions", "tags", "status"];

/// Keys of a data set's file.
const DATASET: [&str; 13] = [
    "kind",
    "slug",
    "lang",
    "title",
    "summary",
    "licence",
    "source",
    "size",
    "hash",
    "schema",
    "questions",
    "tags",
    "status",
];

/// Keys of a term's file.
const TERM: [&str; 11] =
    ["kind", "slug", "lang", "zh", "en", "aliases", "definition_zh", "definition_en", "questions", "tags", "status"];

impl EntryFile {
    /// Reads a file. All that is wrong with its front matter is said at once.
    pub fn parse(text: &str) -> Result<EntryFile, Problem> {
        let text = fold::line_breaks(text.strip_prefix('\u{feff}').unwrap_or(text));
        let (front, body) = split(&text)?;
        let mut front = Front { keys: mapping(front)?, errors: Vec::new() };
        let kind = front.kind();
        front.only(match kind {
            EntryKind::Article => &ARTICLE,
            EntryKind::Experiment => &EXPERIMENT,
            EntryKind::Model => &MODEL,
            EntryKind::Dataset => &DATASET,
            EntryKind::Term => &TERM,
        });
        let fields = match kind {
            EntryKind::Term => EntryFields::Term {
                zh: front.text("zh", true),
                en: front.text("en", true),
                aliases: front.list("aliases"),
                definition_zh: front.text("definition_zh", true),
                definition_en: front.text("definition_en", true),
            },
            EntryKind::Experiment => EntryFields::Experiment(Box::new(front.experiment())),
            EntryKind::Model => EntryFields::Model(Model { card: front.text("card", true) }),
            EntryKind::Dataset => EntryFields::Dataset(Dataset {
                licence: front.text("licence", true),
                source: front.text("source", false),
                size: front.text("size", true),
                hash: front.text("hash", false),
                schema: front.text("schema", true),
            }),
            EntryKind::Article => EntryFields::Article {
                authors: front.list("authors"),
                translation_of: front.one_of("translation_of", false, |slug| Slug::parse(slug).ok()),
            },
        };
        // A term counts as Chinese unless it says otherwise, and its names are its title.
        let titled = kind != EntryKind::Term;
        let input = EntryInput {
            slug: front.text("slug", true),
            lang: front.one_of("lang", titled, |lang| lang.parse().ok()).unwrap_or(Lang::Zh),
            title: if titled { front.text("title", true) } else { String::new() },
            summary: if titled { front.text("summary", false) } else { String::new() },
            questions: front.list("questions"),
            tags: front.list("tags"),
            body: body.to_owned(),
            fields,
            note: String::new(),
        };
        let state = front.one_of("status", true, |state| state.parse().ok());
        match (input.checked(state.unwrap_or(EntryState::Published)), state) {
            (Ok(input), Some(state)) if front.errors.is_empty() => Ok(EntryFile { input, state }),
            (checked, _) => {
                let more = checked.err().map(|problem| problem.errors).unwrap_or_default();
                Err(front.problem(more))
            }
        }
    }

    /// Where the file stands inside the folder.
    pub fn path(&self) -> PathBuf {
        let folder = super::folder::name(self.input.fields.kind());
        PathBuf::from(folder).join(format!("{}.md", self.input.slug))
    }
}

/// Front matter and body.
fn split(text: &str) -> Result<(&str, &str), Problem> {
    let malformed = || {
        Problem::field(
            "file",
            Issue::Malformed { expected: "front matter between two lines --- at the beginning".into() },
        )
    };
    let rest = text.strip_prefix("---\n").ok_or_else(malformed)?;
    let (front, body) = match rest.split_once("\n---\n") {
        Some(parts) => parts,
        None => (rest.trim_end().strip_suffix("\n---").ok_or_else(malformed)?, ""),
    };
    // The empty line after the front matter belongs to neither.
    Ok((front, body.strip_prefix('\n').unwrap_or(body)))
}

fn mapping(front: &str) -> Result<Mapping, Problem> {
    let malformed = |expected: String| Problem::field("front matter", Issue::Malformed { expected: expected.into() });
    match read_yaml(front) {
        Ok(Value::Mapping(mapping)) => Ok(mapping),
        Ok(_) => Err(malformed("lines `key: value`".to_owned())),
        Err(expected) => Err(malformed(expected)),
    }
}

/// The keys not yet read, and what was wrong so far.
struct Front {
    keys: Mapping,
    errors: Vec<FieldError>,
}

impl Front {
    fn kind(&mut self) -> EntryKind {
        self.one_of("kind", true, |kind| kind.parse().ok()).unwrap_or(EntryKind::Article)
    }

    fn experiment(&mut self) -> Experiment {
        Experiment {
            question: self.text("question", true),
            hypothesis: self.text("hypothesis", true),
            change_mind: self.text("change_mind", true),
            decision_metric: self.text("decision_metric", true),
            guardrails: self.list("guardrails"),
            datasets: self.list("datasets"),
            design: self.one_of("design", true, |design| design.parse().ok()).unwrap_or(Design::Offline),
            owner: self.text("owner", true),
            state: self.one_of("state", true, |state| state.parse().ok()).unwrap_or(ExperimentState::Proposed),
            decision: self.one_of("decision", false, |decision| decision.parse().ok()),
            reason: self.text("reason", false),
            runs: self.list("runs"),
            evaluates: self.list("evaluates"),
            command: self.text("command", false),
        }
    }

    /// Reports keys that a file of this kind does not have.
    fn only(&mut self, known: &[&str]) {
        let expected = format!("one of the keys {}", known.join(", "));
        let unknown: Vec<String> = self
            .keys
            .keys()
            .map(|key| key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned))
            .filter(|key| !known.contains(&key.as_str()))
            .collect();
        for key in unknown {
            self.fail(key, Issue::Malformed { expected: expected.clone().into() });
        }
    }

    fn text(&mut self, key: &'static str, required: bool) -> String {
        match self.keys.get(key) {
            Some(Value::String(text)) => return text.clone(),
            // What must not be empty is for `EntryInput::checked` to say.
            Some(Value::Null) => {}
            None if required => self.fail(key, Issue::Required),
            None => {}
            Some(_) => self
                .fail(key, Issue::Malformed { expected: "text, in double quotes where it looks like a number".into() }),
        }
        String::new()
    }

    fn list(&mut self, key: &'static str) -> Vec<String> {
        let items: Option<Vec<String>> = match self.keys.get(key) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Sequence(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            Some(_) => None,
        };
        items.unwrap_or_else(|| {
            self.fail(key, Issue::Malformed { expected: "a list of texts: [a, b]".into() });
            Vec::new()
        })
    }

    /// A value out of few; none where it is missing or wrong, which is reported.
    fn one_of<T>(&mut self, key: &'static str, required: bool, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        if !required && !self.keys.contains_key(key) {
            return None;
        }
        let before = self.errors.len();
        let text = self.text(key, required);
        let value = parse(&text);
        if value.is_none() && self.errors.len() == before {
            self.fail(key, Issue::Unknown { value: text });
        }
        value
    }

    fn fail(&mut self, field: impl Into<std::borrow::Cow<'static, str>>, issue: Issue) {
        self.errors.push(FieldError { field: field.into(), issue });
    }

    /// All errors; of two about one field, the first.
    fn problem(self, more: Vec<FieldError>) -> Problem {
        let mut errors = self.errors;
        for error in more {
            if !errors.iter().any(|known| known.field == error.field) {
                errors.push(error);
            }
        }
        Problem { kind: ProblemKind::Invalid, errors }
    }
}
