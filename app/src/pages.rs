//! One page per file: a handler that asks the services, and the view of the answer.

pub(crate) mod admin;
mod article;
pub(crate) mod articles;
pub(crate) mod diff;
pub(crate) mod editor;
pub(crate) mod entry;
pub(crate) mod error;
pub(crate) mod glossary;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod people;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod shop;
pub(crate) mod sign_in;
mod term;

use alluvium_domain::EntryKind;

use crate::document::Section;

/// The part of the navigation that a kind of entry belongs to.
pub(crate) fn section(kind: EntryKind) -> Section {
    if kind == EntryKind::Term { Section::Glossary } else { Section::Articles }
}
