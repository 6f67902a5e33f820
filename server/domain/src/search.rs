//! Search: the query language, requests, hits.

use serde::{Deserialize, Serialize};

use crate::entry::{EntryId, EntryKind, EntryState, EntrySummary, Slug};
use crate::explanation::Explanation;
use crate::lang::Lang;

/// How candidates are found and scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Both, one additive score.
    #[default]
    Hybrid,
    /// BM25 only.
    Lexical,
    /// Cosine of passages only.
    Semantic,
}

/// Limits of a search.
pub mod limits {
    /// Longest query, in characters.
    pub const QUERY: usize = 500;
    /// Most hits per page.
    pub const LIMIT: usize = 100;
    /// Hits per page unless asked.
    pub const DEFAULT_LIMIT: usize = 10;
    /// Furthest offset.
    pub const OFFSET: usize = 1_000;
}

/// What is asked of search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRequest {
    /// The query as typed, filters included (`type:article tag:ranking "exact words" 点击率`).
    pub query: String,
    /// Mode.
    pub mode: Mode,
    /// Further kind filter (what `type:` says, as a parameter).
    pub kind: Option<EntryKind>,
    /// Most hits.
    pub limit: usize,
    /// Hits to pass over.
    pub offset: usize,
    /// Whether hits carry explanations.
    pub explain: bool,
    /// Features to switch off (as in [`crate::Contribution::feature`]): the page's what-if.
    pub without: Vec<String>,
}

impl SearchRequest {
    /// A plain request.
    pub fn new(query: impl Into<String>) -> Self {
        SearchRequest {
            query: query.into(),
            mode: Mode::Hybrid,
            kind: None,
            limit: limits::DEFAULT_LIMIT,
            offset: 0,
            explain: false,
            without: Vec::new(),
        }
    }
}

/// A filter taken from the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "filter", content = "value")]
pub enum Filter {
    /// `type:article`
    Type(EntryKind),
    /// `tag:ranking`
    Tag(String),
    /// `author:沃土编辑部`, by part of the name.
    Author(String),
    /// `after:2026-01-01`: updated on or after that day (UTC).
    After(time::Date),
    /// `before:2026-01-01`: updated before that day (UTC).
    Before(time::Date),
    /// `lang:zh`
    Lang(Lang),
    /// `state:archived`
    State(EntryState),
}

/// A query taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ParsedQuery {
    /// Words outside quotes and filters, as typed.
    pub text: String,
    /// Quoted phrases: each must occur literally.
    pub phrases: Vec<String>,
    /// Filters; several of one sort widen it (or), different sorts narrow (and).
    pub filters: Vec<Filter>,
    /// Filters that could not be read, as typed; shown to the person, not dropped silently.
    pub unknown: Vec<String>,
}

/// A stretch of text, marked or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Whether it matched.
    pub marked: bool,
}

/// A word of the passage with its share of the cosine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassageToken {
    /// The text, as it stands in the passage (with the white space before it).
    pub text: String,
    /// Signed amount, in the unit of the score.
    pub amount: f64,
}

/// One entry found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The entry.
    pub entry: EntrySummary,
    /// Best stretch of its text.
    pub snippet: Vec<Span>,
    /// Anchor of the section that the snippet is from.
    pub anchor: Option<String>,
    /// Final score.
    pub score: f64,
    /// Share of the words of the query that the entry has, 0 to 1.
    pub coverage: f64,
    /// Why; present if asked for.
    pub explanation: Option<Explanation>,
    /// The best passage word by word, where the encoder took part and an explanation was asked for.
    pub passage: Vec<PassageToken>,
}

/// A value with the number of hits that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetCount {
    /// The value as a filter takes it.
    pub value: String,
    /// How many hits.
    pub count: usize,
}

/// Counts over all hits, before paging.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facets {
    /// By kind.
    pub types: Vec<FacetCount>,
    /// By tag, most frequent first.
    pub tags: Vec<FacetCount>,
    /// By language.
    pub langs: Vec<FacetCount>,
}

/// A term that the glossary brought in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expansion {
    /// What stood in the query.
    pub from: String,
    /// The glossary term.
    pub term: Slug,
    /// The names added.
    pub to: Vec<String>,
}

/// How much of the words of a query the hits have, over all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WordMatches {
    /// Place of the last hit that has every word, from 1; 0 where none has.
    pub every: usize,
    /// Hits that have at least one word; the others are near in meaning only.
    pub some: usize,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchResponse {
    /// How the query was understood.
    pub parsed: ParsedQuery,
    /// What the glossary added.
    pub expansions: Vec<Expansion>,
    /// Server time, in milliseconds.
    pub took_ms: f64,
    /// Whether a part was missing (no encoder): lexical only.
    pub degraded: bool,
    /// Number of hits over all pages.
    pub total: usize,
    /// How much of the words they have.
    pub matches: WordMatches,
    /// The page of hits, best first.
    pub hits: Vec<Hit>,
    /// Counts.
    pub facets: Facets,
}

/// An entry related to another, with the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Related {
    /// The entry.
    pub entry: EntrySummary,
    /// Score.
    pub score: f64,
    /// Why.
    pub explanation: Explanation,
}

/// An entry's id with a number: what evaluation works on.
pub type Scored = (EntryId, f64);
