//! Proposals: revisions of published entries that wait for a reviewer.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{EntryInput, EntryKind, Slug, entry_url, named_enum};
use crate::people::UserId;

/// A proposal's id (UUIDv7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ProposalId(pub Uuid);

named_enum! {
    /// What became of a proposal.
    ProposalState {
        /// Nobody has decided.
        Waiting = "waiting",
        /// It became a revision.
        Accepted = "accepted",
        /// A reviewer declined it, with a reason.
        Declined = "declined",
        /// Its author proposed another text for the same entry.
        Replaced = "replaced",
        /// Its author took it back.
        Withdrawn = "withdrawn",
    }
}

/// A proposal without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposalSummary {
    /// Id.
    pub id: ProposalId,
    /// Kind of the entry.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// Slug of the entry.
    pub slug: Slug,
    /// Title of the entry as it stands.
    pub title: String,
    /// Number of the revision that it began from.
    pub base: i32,
    /// What it changes, and why.
    pub note: String,
    /// What became of it.
    pub state: ProposalState,
    /// Shown name of who proposed it.
    pub author: String,
    /// Who proposed it.
    pub author_id: UserId,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Shown name of who decided; none while it waits, and for what its author did.
    pub decided_by: Option<String>,
    /// When.
    #[serde(with = "time::serde::rfc3339::option")]
    pub decided_at: Option<OffsetDateTime>,
    /// Why it was declined; empty otherwise.
    pub reason: String,
    /// Number of the revision that it became.
    pub revision: Option<i32>,
}

impl ProposalSummary {
    /// The path of its page.
    pub fn url(&self) -> String {
        format!("/proposals/{}", self.id.0)
    }

    /// The path of the entry's page.
    pub fn entry_url(&self) -> String {
        entry_url(self.kind, self.slug.as_str())
    }
}

/// A revision of a published entry that waits for a reviewer; the published one stays until it is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proposal {
    /// Entry, author, state.
    #[serde(flatten)]
    pub summary: ProposalSummary,
    /// What the person wrote.
    pub input: EntryInput,
}
