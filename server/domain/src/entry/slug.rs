//! How an entry is known: ids and slugs.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::EntryKind;
use crate::lang::Lang;
use crate::problem::Issue;

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

/// Another entry as texts and fields name it: `slug` (an article) or `kind/slug`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntryRef {
    /// Its kind.
    pub kind: EntryKind,
    /// Its slug.
    pub slug: Slug,
}

impl EntryRef {
    /// Reads a reference; none for anything else.
    pub fn parse(text: &str) -> Option<EntryRef> {
        let (kind, slug) = match text.trim().split_once('/') {
            Some((kind, slug)) => (kind.parse().ok()?, slug),
            None => (EntryKind::Article, text.trim()),
        };
        Slug::parse(slug).ok().map(|slug| EntryRef { kind, slug })
    }
}
