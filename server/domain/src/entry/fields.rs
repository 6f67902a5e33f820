//! What only one kind of entry has.

use serde::{Deserialize, Serialize};

use super::{Dataset, EntryKind, Experiment, Model, Slug, limits};
use crate::problem::{Check, Issue};

/// What only one kind of entry has. Kept as JSON beside the common columns of a revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum EntryFields {
    /// An article.
    Article {
        /// Names shown as authors.
        authors: Vec<String>,
        /// Slug of the article that this one translates.
        translation_of: Option<Slug>,
    },
    /// An experiment.
    Experiment(Box<Experiment>),
    /// A model card.
    Model(Model),
    /// A data set.
    Dataset(Dataset),
    /// A glossary term.
    Term {
        /// Chinese name.
        zh: String,
        /// English name.
        en: String,
        /// What people also say, in both languages.
        aliases: Vec<String>,
        /// Definition in Chinese.
        definition_zh: String,
        /// Definition in English.
        definition_en: String,
    },
}

impl EntryFields {
    /// The kind these fields belong to.
    pub fn kind(&self) -> EntryKind {
        match self {
            EntryFields::Article { .. } => EntryKind::Article,
            EntryFields::Experiment(_) => EntryKind::Experiment,
            EntryFields::Model(_) => EntryKind::Model,
            EntryFields::Dataset(_) => EntryKind::Dataset,
            EntryFields::Term { .. } => EntryKind::Term,
        }
    }

    /// Names shown as authors: those of an article, the owner of an experiment.
    pub fn authors(&self) -> &[String] {
        match self {
            EntryFields::Article { authors, .. } => authors,
            EntryFields::Experiment(experiment) if !experiment.owner.is_empty() => {
                std::slice::from_ref(&experiment.owner)
            }
            _ => &[],
        }
    }

    /// Whether a draft may lack what a published entry needs. Articles and terms are the same short form in every state.
    pub(super) fn may_be_incomplete(&self) -> bool {
        matches!(self, EntryFields::Experiment(_) | EntryFields::Model(_) | EntryFields::Dataset(_))
    }

    pub(super) fn checked(self, check: &mut Check, draft: bool) -> EntryFields {
        match self {
            EntryFields::Article { authors, translation_of } => {
                let authors = clean_list(check, "authors", authors, limits::AUTHORS, limits::NAME);
                EntryFields::Article { authors, translation_of }
            }
            EntryFields::Experiment(experiment) => EntryFields::Experiment(Box::new(experiment.checked(check, draft))),
            EntryFields::Model(model) => EntryFields::Model(model.checked(check, draft)),
            EntryFields::Dataset(dataset) => EntryFields::Dataset(dataset.checked(check, draft)),
            EntryFields::Term { zh, en, aliases, definition_zh, definition_en } => EntryFields::Term {
                zh: check.text("zh", &zh, 1, limits::NAME),
                en: check.text("en", &en, 1, limits::NAME),
                aliases: clean_list(check, "aliases", aliases, limits::ALIASES, limits::NAME),
                definition_zh: check.text("definition_zh", &definition_zh, 1, limits::DEFINITION),
                definition_en: check.text("definition_en", &definition_en, 1, limits::DEFINITION),
            },
        }
    }
}

/// Items without white space around them and without empty ones, checked for number and length.
pub(super) fn clean_list(
    check: &mut Check,
    field: &'static str,
    items: Vec<String>,
    most: usize,
    longest: usize,
) -> Vec<String> {
    let items: Vec<String> = items.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect();
    if items.len() > most {
        check.fail(field, Issue::TooMany { limit: most, actual: items.len() });
    }
    items.iter().map(|item| check.text(field, item, 1, longest)).collect()
}
