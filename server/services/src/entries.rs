//! Entries: read, list, write, move between states; their revisions.

mod card;
mod read;
mod revisions;
mod write;

use alluvium_domain::entry::ExperimentState;
use alluvium_domain::{Diff, EntryFields, EntryInput, EntryKind, EntryState, EntrySummary, Lang, Revision};

pub(crate) use write::PutOutcome;

/// Which entries a list shows. Newest first.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// Only this kind.
    pub kind: Option<EntryKind>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only in this language.
    pub lang: Option<Lang>,
    /// Only in this state; archived entries show only when asked for.
    pub state: Option<EntryState>,
    /// Only where this is an author, or the owner of an experiment.
    pub author: Option<String>,
    /// Only experiments that have come so far.
    pub progress: Option<ExperimentState>,
    /// Only what the actor began.
    pub mine: bool,
    /// Most entries; 0 means the default of 20, and 200 is the most.
    pub limit: usize,
    /// Entries to pass over.
    pub offset: usize,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryList {
    /// The page.
    pub entries: Vec<EntrySummary>,
    /// How many there are in all.
    pub total: usize,
}

/// An entry of a list with what only its kind has.
#[derive(Debug, Clone, PartialEq)]
pub struct FilledEntry {
    /// Its line.
    pub entry: EntrySummary,
    /// What only its kind has.
    pub fields: EntryFields,
}

/// A new text for an entry.
#[derive(Debug, Clone)]
pub struct SaveEntry {
    /// What the person wrote.
    pub input: EntryInput,
    /// Number of the revision that they began from.
    pub base: i32,
}

/// What became of a save.
#[derive(Debug, Clone)]
pub enum SaveOutcome {
    /// A new revision stands.
    Saved(EntrySummary),
    /// The text is the one that stood already.
    Unchanged(EntrySummary),
    /// Somebody saved in the meantime; nothing was written.
    Conflict {
        /// What stands now.
        theirs: Box<Revision>,
        /// From theirs to the text that was sent.
        diff: Diff,
    },
}

/// Two revisions of one entry side by side.
#[derive(Debug, Clone)]
pub struct RevisionDiff {
    /// The entry.
    pub entry: EntrySummary,
    /// The older side.
    pub from: Revision,
    /// The newer side.
    pub to: Revision,
    /// Difference of the bodies.
    pub body: Diff,
    /// Other fields that differ: name, old, new.
    pub fields: Vec<(String, String, String)>,
}
