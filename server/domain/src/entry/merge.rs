//! What two people's changes of one entry have in common, and where they clash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{EntryInput, Revision, named_enum};
use crate::Diff;

named_enum! {
    /// Whose text stands where two changes clash.
    Side {
        /// What stands in the latest revision.
        Theirs = "theirs",
        /// What was sent.
        Mine = "mine",
    }
}

/// A field that both changed, each in another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Clash {
    /// Its name.
    pub field: String,
    /// Where the two differ: one stretch for a short field, one or more for a long text.
    pub stretches: Vec<ClashStretch>,
}

/// A stretch of text that both changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClashStretch {
    /// As it stood where both began.
    pub base: String,
    /// As it stands now.
    pub theirs: String,
    /// As it was sent.
    pub mine: String,
}

/// What somebody decided of the clashes that they were shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decided {
    /// Number of the revision that the clashes were shown against: decisions do not count once there is a later one.
    pub against: i32,
    /// Whose text stands, by field.
    #[serde(default)]
    pub keep: BTreeMap<String, Side>,
    /// Whether the text that is sent stands in every field that `keep` does not name.
    #[serde(default)]
    pub overwrite: bool,
}

impl Decided {
    /// Whose text stands in this field; none where that is open.
    pub fn side(&self, field: &str) -> Option<Side> {
        self.keep.get(field).copied().or(self.overwrite.then_some(Side::Mine))
    }
}

/// Two changes that clash; nothing was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// What stands now.
    pub theirs: Revision,
    /// Both changes in one, with the sent text where they clash.
    pub merged: EntryInput,
    /// The fields that clash.
    pub clashes: Vec<Clash>,
    /// From what stands to `merged`.
    pub diff: Diff,
}
