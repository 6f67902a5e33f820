//! Limits of an entry's fields, in characters (or items).

/// Title.
pub const TITLE: usize = 200;
/// Summary.
pub const SUMMARY: usize = 600;
/// Markdown body.
pub const BODY: usize = 400_000;
/// Number of tags.
pub const TAGS: usize = 12;
/// One tag.
pub const TAG: usize = 40;
/// Note of a revision.
pub const NOTE: usize = 300;
/// Why a proposal is declined.
pub const DECLINE_REASON: usize = 1_000;
/// Number of authors.
pub const AUTHORS: usize = 20;
/// One author, one alias, one term name.
pub const NAME: usize = 100;
/// Number of aliases of a term.
pub const ALIASES: usize = 30;
/// A term's definition in one language.
pub const DEFINITION: usize = 1_000;
/// Number of questions that an entry answers.
pub const QUESTIONS: usize = 20;
/// One question.
pub const QUESTION: usize = 200;
/// One answer of an experiment: question, hypothesis, what would change our mind, reason.
pub const ANSWER: usize = 2_000;
/// Number of guard-rails, data sets or targets of an experiment.
pub const ITEMS: usize = 20;
/// One metric, as an experiment names it.
pub const METRIC: usize = 200;
/// A command that gives an experiment's figures again.
pub const COMMAND: usize = 1_000;
/// A model card's metadata.
pub const CARD: usize = 40_000;
/// Licence, size and similar facts of a data set.
pub const FACT: usize = 300;
/// An address.
pub const ADDRESS: usize = 500;
/// What the columns of a data set mean.
pub const SCHEMA: usize = 20_000;
