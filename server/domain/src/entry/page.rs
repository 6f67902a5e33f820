//! An entry in lists and on its page, and its revisions.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{EntryId, EntryInput, EntryKind, EntryState, LinkRelation, Rendered, RevisionId, Slug};
use crate::lang::Lang;
use crate::people::UserId;

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
