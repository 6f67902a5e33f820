#![doc = include_str!("../README.md")]

pub mod address;
pub mod difference;
pub mod entry;
pub mod explanation;
pub mod fold;
pub mod job;
pub mod lang;
pub mod people;
pub mod problem;
pub mod registry;
pub mod search;
pub mod shop;
pub mod tracking;

pub use address::{percent_encoded, with_query};
pub use difference::is_noise;
pub use entry::{
    Diff, DiffLine, DiffOp, EntryFields, EntryId, EntryInput, EntryKind, EntryRef, EntryState, EntrySummary, Heading,
    LinkRelation, LinkTarget, LiveBlock, Page, Part, Rendered, Revision, RevisionId, RevisionSummary, Slug,
};
pub use explanation::{Contribution, Explanation, FeatureGroup};
pub use job::{Job, JobEvent, JobId, JobKind, JobNews, JobOrder, JobState};
pub use lang::Lang;
pub use people::{Action, Actor, ApiToken, Assurance, AuditRecord, Role, Scope, TokenGrant, User, UserId};
pub use problem::{FieldError, Issue, Problem, ProblemKind};
