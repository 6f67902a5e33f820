//! One page per file: a handler that asks the services, and the view of the answer.

pub(crate) mod admin;
mod article;
pub(crate) mod datasets;
pub(crate) mod diff;
pub(crate) mod editor;
pub(crate) mod entries;
pub(crate) mod entry;
pub(crate) mod error;
pub(crate) mod experiments;
pub(crate) mod glossary;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod leaderboards;
pub(crate) mod models;
pub(crate) mod people;
pub(crate) mod proposals;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod shop;
pub(crate) mod sign_in;
mod term;

use alluvium_domain::EntryKind;

use crate::document::Section;

/// The part of the navigation that a kind of entry belongs to.
pub(crate) fn section(kind: EntryKind) -> Section {
    match kind {
        EntryKind::Article => Section::Articles,
        EntryKind::Experiment => Section::Experiments,
        EntryKind::Model => Section::Models,
        EntryKind::Dataset => Section::Datasets,
        EntryKind::Term => Section::Glossary,
    }
}
