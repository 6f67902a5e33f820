//! A model card: metadata as model hubs read it, and the sections that its text must have.

use serde::{Deserialize, Serialize};

use super::{limits, named_enum};
use crate::fold;
use crate::lang::Lang;
use crate::problem::{Check, Issue};

/// What only a model has.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Model {
    /// The card's metadata: YAML as at the head of a model hub's `README.md`, without the lines `---`. Kept letter by letter, with comments and
    /// keys that are not ours.
    pub card: String,
}

impl Model {
    pub(super) fn checked(self, check: &mut Check, draft: bool) -> Model {
        let card = fold::line_breaks(&self.card);
        let card = card.trim_end();
        let card = card.strip_prefix("---\n").unwrap_or(card);
        let card = card.strip_suffix("\n---").unwrap_or(card).trim_end();
        let actual = card.chars().count();
        if actual > limits::CARD {
            check.fail("card", Issue::TooLong { limit: limits::CARD, actual });
        } else if card.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            check.fail("card", Issue::Malformed { expected: "no control characters".into() });
        } else if card.trim().is_empty() {
            if !draft {
                check.fail("card", Issue::Required);
            }
        } else {
            // The browser has no YAML reader; the server has the last word.
            #[cfg(feature = "card")]
            match super::CardMetadata::parse(card) {
                Err(expected) => check.fail("card", Issue::Malformed { expected: expected.into() }),
                Ok(card) if card.license.is_empty() && !draft => {
                    check.fail("card", Issue::Lacks { zh: "license".into(), en: "license".into() });
                }
                Ok(_) => {}
            }
        }
        Model { card: card.to_owned() }
    }

    /// The card as a model hub's `README.md`.
    pub fn readme(&self, body: &str) -> String {
        format!("---\n{}\n---\n\n{body}\n", self.card)
    }

    /// A `README.md` taken apart into the metadata and the text.
    pub fn from_readme(text: &str) -> (Model, String) {
        let text = fold::line_breaks(text.strip_prefix('\u{feff}').unwrap_or(text));
        let parts = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        let (card, body) = parts.unwrap_or(("", &text));
        (Model { card: card.to_owned() }, body.trim_matches('\n').to_owned())
    }
}

named_enum! {
    /// A section that every card has.
    CardSection {
        /// What it is for.
        Use = "use",
        /// What it cannot do.
        Limits = "limits",
        /// What it learned from.
        Training = "training",
        /// What was measured.
        Evaluation = "evaluation",
        /// Whether its explanations hold.
        Explanations = "explanations",
        /// Whom it treats worse.
        Fairness = "fairness",
        /// What it knows of people.
        Privacy = "privacy",
    }
}

impl CardSection {
    /// Its heading.
    pub fn name(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            CardSection::Use => ("适用范围", "Intended use"),
            CardSection::Limits => ("局限", "Limits"),
            CardSection::Training => ("训练数据", "Training data"),
            CardSection::Evaluation => ("评估", "Evaluation"),
            CardSection::Explanations => ("解释检验", "Explanation checks"),
            CardSection::Fairness => ("公平性", "Fairness"),
            CardSection::Privacy => ("隐私", "Privacy"),
        };
        lang.pick(zh, en)
    }

    /// Its heading in a text of both languages.
    pub fn both_names(self) -> String {
        format!("{} · {}", self.name(Lang::Zh), self.name(Lang::En))
    }

    fn of_heading(heading: &str) -> Option<CardSection> {
        let is = |section: &CardSection| {
            heading == section.name(Lang::Zh)
                || heading.eq_ignore_ascii_case(section.name(Lang::En))
                || heading == section.both_names()
        };
        CardSection::ALL.iter().copied().find(is)
    }

    /// The sections that a text lacks or leaves empty. A section begins with a line `## ` and its name in either language or both.
    pub fn missing(body: &str) -> Vec<CardSection> {
        let mut filled = Vec::new();
        let (mut current, mut in_code) = (None, false);
        for line in body.lines() {
            if line.starts_with("```") || line.starts_with("~~~") {
                in_code = !in_code;
            }
            match line.strip_prefix("## ").filter(|_| !in_code) {
                Some(heading) => current = CardSection::of_heading(heading.trim()),
                None if line.trim().is_empty() => {}
                None => filled.extend(current),
            }
        }
        CardSection::ALL.iter().copied().filter(|section| !filled.contains(section)).collect()
    }

    /// A text with the heading of every section and nothing below: what a new card begins with.
    pub fn outline(lang: Lang) -> String {
        CardSection::ALL.iter().map(|section| format!("## {}\n\n", section.name(lang))).collect()
    }
}
