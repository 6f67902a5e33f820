//! Entries: everything that can be found, linked, tagged, discussed and reviewed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::lang::Lang;
use crate::people::UserId;
use crate::problem::{Check, Issue, Problem};

/// An entry's id (UUIDv7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct EntryId(pub Uuid);

/// A revision's id (UUIDv7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct RevisionId(pub Uuid);

// `$code` is a `tt`, not a `literal`: a derive macro (utoipa) does not see into the group that the latter becomes.
macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name in the database, the API, URLs and front matter.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($code => Ok($name::$variant),)+ _ => Err(()) }
            }
        }
    };
}

pub(crate) use named_enum;

named_enum! {
    /// What an entry is.
    EntryKind {
        /// Text in Markdown.
        Article = "article",
        /// A question with a hypothesis, runs and a decision.
        Experiment = "experiment",
        /// A model card.
        Model = "model",
        /// A data set.
        Dataset = "dataset",
        /// A glossary term.
        Term = "term",
    }
}

named_enum! {
    /// Where an entry is on its way to readers.
    EntryState {
        /// Being written.
        Draft = "draft",
        /// Handed in.
        InReview = "in-review",
        /// Read by everybody.
        Published = "published",
        /// Kept, but out of lists and search.
        Archived = "archived",
    }
}

named_enum! {
    /// How one entry refers to another.
    LinkRelation {
        /// Its text links there.
        Mentions = "mentions",
        /// It replaces the other.
        Supersedes = "supersedes",
        /// It says the same in another language.
        TranslationOf = "translation-of",
        /// It measures the other.
        Evaluates = "evaluates",
        /// A model learned from a data set.
        TrainedOn = "trained-on",
    }
}

impl EntryKind {
    /// The first segment of the kind's pages: `/articles/...`.
    pub fn path(self) -> &'static str {
        match self {
            EntryKind::Article => "articles",
            EntryKind::Experiment => "experiments",
            EntryKind::Model => "models",
            EntryKind::Dataset => "datasets",
            EntryKind::Term => "glossary",
        }
    }

    /// The kinds that this installation can create and show.
    pub const SERVED: [EntryKind; 2] = [EntryKind::Article, EntryKind::Term];
}

/// The stable part of an entry's URL: `[a-z0-9]` and single `-` between. Unique within a kind, never reused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// Longest slug, in characters.
    pub const MAX: usize = 100;

    /// Parses a slug.
    pub fn parse(text: &str) -> Result<Slug, Issue> {
        let count = text.chars().count();
        if count == 0 {
            return Err(Issue::Required);
        }
        if count > Slug::MAX {
            return Err(Issue::TooLong { limit: Slug::MAX, actual: count });
        }
        let clean = text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if clean {
            Ok(Slug(text.to_owned()))
        } else {
            Err(Issue::Malformed { expected: "a-z, 0-9 and single -".into() })
        }
    }

    /// A slug made from free text; empty where the text has no Latin letters or digits.
    pub fn suggest(text: &str) -> String {
        let mut slug = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(Slug::MAX);
        slug.trim_end_matches('-').to_owned()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Slug::parse(&text).map_err(|issue| issue.text(Lang::En))
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> String {
        slug.0
    }
}

/// Limits of an entry's fields, in characters (or items).
pub mod limits {
    /// Title.
    pub const TITLE: usize = 200;
    /// Summary.
    pub const SUMMARY: usize = 600;
    /// Markdown body.
    pub const BODY: usize = 400_000;
    /// Number of tags.
    pub const TAGS: usize = 12;
    /// One tag.
    pub const TAG: usize = 40;
    /// Note of a revision.
    pub const NOTE: usize = 300;
    /// Number of authors.
    pub const AUTHORS: usize = 20;
    /// One author, one alias, one term name.
    pub const NAME: usize = 100;
    /// Number of aliases of a term.
    pub const ALIASES: usize = 30;
    /// A term's definition in one language.
    pub const DEFINITION: usize = 1_000;
    /// Number of questions that an entry answers.
    pub const QUESTIONS: usize = 20;
    /// One question.
    pub const QUESTION: usize = 200;
}

/// What only one kind of entry has. Kept as JSON beside the common columns of a revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum EntryFields {
    /// An article.
    Article {
        /// Names shown as authors.
        authors: Vec<String>,
        /// Slug of the article that this one translates.
        translation_of: Option<Slug>,
    },
    /// A glossary term.
    Term {
        /// Chinese name.
        zh: String,
        /// English name.
        en: String,
        /// What people also say, in both languages.
        aliases: Vec<String>,
        /// Definition in Chinese.
        definition_zh: String,
        /// Definition in English.
        definition_en: String,
    },
}

impl EntryFields {
    /// The kind these fields belong to.
    pub fn kind(&self) -> EntryKind {
        match self {
            EntryFields::Article { .. } => EntryKind::Article,
            EntryFields::Term { .. } => EntryKind::Term,
        }
    }
}

/// Everything that a person writes of an entry: one form, one API body, one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryInput {
    /// Slug; fixed once the entry exists.
    pub slug: String,
    /// Language of the text; a term counts as Chinese.
    pub lang: Lang,
    /// Title; for a term the services set `zh（en）`.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// Markdown.
    pub body: String,
    /// Tags, lower-case kebab-case or Chinese.
    pub tags: Vec<String>,
    /// Questions that the entry answers, in the words of people who do not know its own: search finds it by them (document expansion, as in
    /// Nogueira et al., "Document Expansion by Query Prediction", 2019).
    #[serde(default)]
    pub questions: Vec<String>,
    /// What only this kind has.
    pub fields: EntryFields,
    /// Why this revision was made.
    pub note: String,
}

impl EntryInput {
    /// Trims every field and checks the limits; reports all errors at once.
    pub fn checked(self) -> Result<EntryInput, Problem> {
        let mut check = Check::default();
        if let Err(issue) = Slug::parse(&self.slug) {
            check.fail("slug", issue);
        }
        let fields = match self.fields {
            EntryFields::Article { authors, translation_of } => {
                let authors = clean_list(&mut check, "authors", authors, limits::AUTHORS, limits::NAME);
                EntryFields::Article { authors, translation_of }
            }
            EntryFields::Term { zh, en, aliases, definition_zh, definition_en } => EntryFields::Term {
                zh: check.text("zh", &zh, 1, limits::NAME),
                en: check.text("en", &en, 1, limits::NAME),
                aliases: clean_list(&mut check, "aliases", aliases, limits::ALIASES, limits::NAME),
                definition_zh: check.text("definition_zh", &definition_zh, 1, limits::DEFINITION),
                definition_en: check.text("definition_en", &definition_en, 1, limits::DEFINITION),
            },
        };
        let (title, summary) = match &fields {
            EntryFields::Article { .. } => (self.title, self.summary),
            EntryFields::Term { zh, en, definition_zh, .. } => {
                (format!("{zh} · {en}"), definition_zh.chars().take(limits::SUMMARY).collect())
            }
        };
        // A term's title is made of its two names, which have limits of their own.
        let title_limit = match fields.kind() {
            EntryKind::Term => limits::NAME * 2 + 3,
            _ => limits::TITLE,
        };
        let min_body = usize::from(fields.kind() == EntryKind::Article);
        let mut tags = clean_list(&mut check, "tags", self.tags, limits::TAGS, limits::TAG);
        for tag in &mut tags {
            *tag = tag.to_lowercase().replace(char::is_whitespace, "-");
            if tag.contains([':', '"', ',', '[', ']', '#', '/', '?', '&', '<', '>']) {
                check.fail("tags", Issue::Malformed { expected: "letters, digits and -".into() });
                break;
            }
        }
        let mut seen = Vec::new();
        tags.retain(|tag| {
            !seen.contains(tag) && {
                seen.push(tag.clone());
                true
            }
        });
        // The body keeps its own white space at the start: four spaces make a code block there.
        let body = self.body.replace("\r\n", "\n").trim_end().to_owned();
        let count = body.chars().count();
        if count < min_body {
            check.fail("body", Issue::Required);
        } else if count > limits::BODY {
            check.fail("body", Issue::TooLong { limit: limits::BODY, actual: count });
        } else if body.contains('\0') {
            check.fail("body", Issue::Malformed { expected: "no NUL character".into() });
        }
        let checked = EntryInput {
            title: check.text("title", &title, 1, title_limit),
            summary: check.text("summary", &summary, 0, limits::SUMMARY),
            note: check.text("note", &self.note, 0, limits::NOTE),
            questions: clean_list(&mut check, "questions", self.questions, limits::QUESTIONS, limits::QUESTION),
            slug: self.slug,
            lang: self.lang,
            body,
            tags,
            fields,
        };
        check.finish()?;
        Ok(checked)
    }
}

fn clean_list(check: &mut Check, field: &'static str, items: Vec<String>, most: usize, longest: usize) -> Vec<String> {
    let items: Vec<String> = items.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect();
    if items.len() > most {
        check.fail(field, Issue::TooMany { limit: most, actual: items.len() });
    }
    items.iter().map(|item| check.text(field, item, 1, longest)).collect()
}

/// A line of a list: no body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntrySummary {
    /// Id.
    pub id: EntryId,
    /// Kind.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// Slug.
    pub slug: Slug,
    /// Language of the text.
    pub lang: Lang,
    /// State.
    pub state: EntryState,
    /// Title.
    pub title: String,
    /// Summary.
    pub summary: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Names shown as authors.
    pub authors: Vec<String>,
    /// Who began it; none for content that came with the installation.
    pub created_by: Option<UserId>,
    /// When it was begun.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its latest revision was made.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// The latest revision.
    pub revision: RevisionId,
    /// Its number, from 1.
    pub revision_number: i32,
}

impl EntrySummary {
    /// The path of its page.
    pub fn url(&self) -> String {
        entry_url(self.kind, self.slug.as_str())
    }
}

/// The path of an entry's page.
pub fn entry_url(kind: EntryKind, slug: &str) -> String {
    format!("/{}/{slug}", kind.path())
}

/// One revision without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevisionSummary {
    /// Id.
    pub id: RevisionId,
    /// The entry.
    pub entry: EntryId,
    /// From 1, without holes.
    pub number: i32,
    /// Why it was made.
    pub note: String,
    /// Shown name of who made it; none for content that came with the installation.
    pub author: Option<String>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// An immutable version of an entry's text and fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revision {
    /// Number, author, time, note.
    #[serde(flatten)]
    pub summary: RevisionSummary,
    /// What the person wrote.
    pub input: EntryInput,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkTarget {
    /// How the two are related.
    pub relation: LinkRelation,
    /// The other entry.
    pub entry: EntrySummary,
}

/// One heading of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heading {
    /// 2 to 6 (1 is the title).
    pub level: u8,
    /// Anchor.
    pub id: String,
    /// Plain text.
    pub text: String,
}

/// A working component inside a text: a fenced block `alluvium <name>` with `key: value` lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveBlock {
    /// Which component, e.g. `search`.
    pub name: String,
    /// Its parameters, in order.
    pub params: Vec<(String, String)>,
    /// What is wrong with it, shown in its place.
    pub error: Option<String>,
}

impl LiveBlock {
    /// One parameter.
    pub fn param(&self, key: &str) -> Option<&str> {
        self.params.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// A rendered text is a sequence of safe HTML and live blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Sanitised HTML.
    Html(String),
    /// A component that the page fills in.
    Live(LiveBlock),
}

/// A text after rendering.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rendered {
    /// HTML and live blocks in reading order.
    pub parts: Vec<Part>,
    /// Table of contents.
    pub headings: Vec<Heading>,
    /// Minutes to read, at least 1.
    pub reading_minutes: u32,
    /// Whether the page needs the diagram library.
    pub has_diagram: bool,
    /// Targets of wiki links: `[[slug]]` is an article, `[[term/slug]]` a term.
    pub wiki_links: Vec<(EntryKind, String)>,
}

/// Everything an entry's page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its line.
    pub entry: EntrySummary,
    /// The revision shown (the latest unless one was asked for).
    pub revision: Revision,
    /// Its text.
    pub rendered: Rendered,
    /// Entries that refer to it.
    pub backlinks: Vec<LinkTarget>,
    /// Entries that it refers to by a typed link other than `mentions` (translations in either direction included).
    pub links: Vec<LinkTarget>,
}

/// What happened to a line between two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DiffOp {
    /// In both.
    Equal,
    /// Only in the newer.
    Insert,
    /// Only in the older.
    Delete,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffLine {
    /// What happened.
    pub op: DiffOp,
    /// Line number in the older text.
    pub old_line: Option<u32>,
    /// Line number in the newer text.
    pub new_line: Option<u32>,
    /// Pieces of the line; `true` marks the words that changed.
    pub pieces: Vec<(bool, String)>,
}

/// The difference of two texts; long equal stretches are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diff {
    /// Number of lines only in the newer.
    pub added: usize,
    /// Number of lines only in the older.
    pub removed: usize,
    /// Stretches of lines with context.
    pub hunks: Vec<Vec<DiffLine>>,
}
