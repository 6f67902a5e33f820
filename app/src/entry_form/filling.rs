//! What stands in the editor for an entry that exists.

use alluvium_domain::EntryKind;
use alluvium_domain::entry::{CardMetadata, Decided, Experiment, Side, card_values};
use alluvium_domain::{EntryFields, EntryInput, Revision};

use super::{CARD_KEYS, EntryForm, card_field};

/// Before the name of a field in the name of the control that says whose text stands.
pub(crate) const KEEP: &str = "keep.";

impl EntryForm {
    /// What stands in the editor for an entry that exists.
    pub(crate) fn from_revision(revision: Revision) -> Self {
        let input = EntryInput { note: String::new(), ..revision.input };
        EntryForm::from_input(input, revision.summary.number)
    }

    /// What stands in the editor for a text that began from revision `base`.
    pub(crate) fn from_input(input: EntryInput, base: i32) -> Self {
        let EntryInput { slug, lang, title, summary, body, tags, questions, fields, note } = input;
        let form = EntryForm {
            slug,
            lang: lang.code().to_owned(),
            title,
            summary,
            tags: tags.join(", "),
            body,
            questions: questions.join("\n"),
            note,
            base: base.to_string(),
            ..EntryForm::default()
        };
        match fields {
            EntryFields::Article { authors, translation_of } => EntryForm {
                authors: authors.join(", "),
                translation_of: translation_of.map(String::from).unwrap_or_default(),
                ..form
            },
            EntryFields::Experiment(experiment) => form.with_experiment(*experiment),
            EntryFields::Model(model) => form.with_card(model.card),
            EntryFields::Dataset(dataset) => EntryForm {
                licence: dataset.licence,
                source: dataset.source,
                size: dataset.size,
                hash: dataset.hash,
                schema: dataset.schema,
                ..form
            },
            EntryFields::Term { zh, en, aliases, definition_zh, definition_en } => {
                EntryForm { zh, en, aliases: aliases.join(", "), definition_zh, definition_en, ..form }
            }
        }
    }

    /// The same form with two changes in one, and what was decided so far; it began where it began.
    pub(crate) fn with_merged(self, merged: EntryInput, seen: i32) -> Self {
        let mut form = EntryForm::from_input(merged, 0);
        form.results.extend(self.results.into_iter().filter(|(name, _)| name.starts_with(KEEP)));
        EntryForm {
            base: self.base,
            entry_state: self.entry_state,
            action: self.action,
            seen: seen.to_string(),
            ..form
        }
    }

    /// Whose text is to stand where two changes clash.
    pub(crate) fn decided(&self) -> Decided {
        let keep = self
            .results
            .iter()
            .filter_map(|(name, side)| Some((name.strip_prefix(KEEP)?.to_owned(), side.parse::<Side>().ok()?)));
        Decided {
            against: self.seen.parse().unwrap_or_default(),
            keep: keep.collect(),
            overwrite: self.action == "overwrite",
        }
    }

    fn with_experiment(self, experiment: Experiment) -> Self {
        EntryForm {
            question: experiment.question,
            hypothesis: experiment.hypothesis,
            change_mind: experiment.change_mind,
            decision_metric: experiment.decision_metric,
            guardrails: experiment.guardrails.join("\n"),
            datasets: experiment.datasets.join(", "),
            design: experiment.design.code().to_owned(),
            owner: experiment.owner,
            state: experiment.state.code().to_owned(),
            decision: experiment.decision.map(|decision| decision.code().to_owned()).unwrap_or_default(),
            reason: experiment.reason,
            runs: experiment.runs.join(", "),
            evaluates: experiment.evaluates.join(", "),
            command: experiment.command,
            ..self
        }
    }

    /// A card's fields, rows and text say the same from here on, where what was typed can be put together.
    pub(crate) fn settled(self, kind: EntryKind) -> Self {
        match self.card_text() {
            Ok(card) if kind == EntryKind::Model && CardMetadata::parse(&card).is_ok() => self.with_card(card),
            _ => self,
        }
    }

    fn with_card(mut self, card: String) -> Self {
        self.fill_rows(&card);
        for (key, value) in CARD_KEYS.into_iter().zip(card_values(&card, CARD_KEYS)) {
            self.set(&card_field(key), value);
        }
        EntryForm { card_was: card.clone(), card, ..self }
    }
}
