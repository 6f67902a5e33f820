//! Entries: read, list, write, move between states; their revisions.

mod card;
mod merge;
mod proposals;
mod read;
mod references;
mod revisions;
mod save;
mod write;

use alluvium_domain::entry::{Clash, Conflict, Decided, ExperimentState, Proposal, ProposalSummary};
use alluvium_domain::{Diff, EntryFields, EntryInput, EntryKind, EntryState, EntrySummary, Lang, Revision};

pub use proposals::ProposalFilter;
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
    /// What they decided of clashes that they were shown.
    pub decided: Decided,
}

/// What became of a save.
#[derive(Debug, Clone)]
pub enum SaveOutcome {
    /// A new revision stands, with what others saved since `base` in it.
    Saved(EntrySummary),
    /// The text is the one that stood already.
    Unchanged(EntrySummary),
    /// The published revision stays; a reviewer decides.
    Proposed(ProposalSummary),
    /// Somebody else changed the same in the meantime; nothing was written.
    Conflict(Box<Conflict>),
}

/// What a proposal would change.
#[derive(Debug, Clone)]
pub struct ProposalReview {
    /// The proposal.
    pub proposal: Proposal,
    /// The entry.
    pub entry: EntrySummary,
    /// What it is compared with: the latest revision while it waits, the one that it began from afterwards.
    pub from: Revision,
    /// Difference of the bodies.
    pub body: Diff,
    /// Other fields that differ: name, old, new.
    pub fields: Vec<(String, String, String)>,
    /// What others changed since in another way, and somebody has to decide before it is accepted.
    pub clashes: Vec<Clash>,
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
