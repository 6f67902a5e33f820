//! Entries: everything that can be found, linked, tagged, discussed and reviewed.

#[cfg(feature = "card")]
mod card_results;
mod dataset;
mod diff;
mod experiment;
mod fields;
mod input;
mod kinds;
pub mod limits;
mod merge;
mod model;
#[cfg(feature = "card")]
mod model_card;
mod page;
mod proposal;
mod rendered;
mod slug;
mod tag;
#[cfg(test)]
mod tests;
#[cfg(feature = "card")]
mod yaml;

#[cfg(feature = "card")]
pub use card_results::{CardResult, CardRow, card_results, card_set_results};
pub use dataset::Dataset;
pub use diff::{Diff, DiffLine, DiffOp};
pub use experiment::{Decision, Design, Experiment, ExperimentState};
pub use fields::EntryFields;
pub use input::EntryInput;
pub(crate) use kinds::named_enum;
pub use kinds::{EntryKind, EntryState, LinkRelation};
pub use merge::{Clash, ClashStretch, Conflict, Decided, Side};
pub use model::{CardSection, Model};
#[cfg(feature = "card")]
pub use model_card::{CardMetadata, card_json, card_set, card_values};
pub use page::{EntrySummary, LinkTarget, Page, Revision, RevisionSummary, entry_url};
pub use proposal::{Proposal, ProposalId, ProposalState, ProposalSummary};
pub use rendered::{Heading, LiveBlock, Part, Rendered};
pub use slug::{EntryId, EntryRef, RevisionId, Slug};
pub use tag::{canonical_tag, tag_name, tag_spellings};
#[cfg(feature = "card")]
pub use yaml::read_yaml;
