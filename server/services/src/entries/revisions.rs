//! The revision log: list, difference, restore.

use alluvium_domain::entry::{Decided, Experiment};
use alluvium_domain::{Actor, EntryFields, EntryInput, EntryKind, EntrySummary, Problem, RevisionSummary};

use super::{RevisionDiff, SaveEntry, SaveOutcome};
use crate::Services;
use crate::diff::diff;
use crate::error::internal;
use crate::processor::on_processor;

impl Services {
    /// All revisions of an entry, newest first.
    pub async fn revision_list(
        &self,
        actor: &Actor,
        kind: EntryKind,
        slug: &str,
    ) -> Result<(EntrySummary, Vec<RevisionSummary>), Problem> {
        let entry = self.entry_visible(actor, kind, slug).await?.summary;
        let revisions = self.inner.store.revision_list(entry.id).await.map_err(internal)?;
        Ok((entry, revisions))
    }

    /// What differs between two revisions of an entry.
    pub async fn revision_diff(
        &self,
        actor: &Actor,
        kind: EntryKind,
        slug: &str,
        from: i32,
        to: i32,
    ) -> Result<RevisionDiff, Problem> {
        let (entry, from) = self.revision_at(actor, kind, slug, from).await?;
        let (_, to) = self.revision_at(actor, kind, slug, to).await?;
        let (old, new) = (from.input.body.clone(), to.input.body.clone());
        let body = on_processor(move || diff(&old, &new)).await?;
        let fields = field_changes(&from.input, &to.input);
        Ok(RevisionDiff { entry, from, to, body, fields })
    }

    /// Saves the text of an old revision again: as a new revision, or as a proposal where the actor may not publish.
    pub async fn entry_restore(
        &self,
        actor: &Actor,
        kind: EntryKind,
        slug: &str,
        number: i32,
    ) -> Result<SaveOutcome, Problem> {
        let (entry, revision) = self.revision_at(actor, kind, slug, number).await?;
        let input = EntryInput { note: format!("↩ {number}"), ..revision.input };
        // What came between is to go: this is no change beside others.
        let save = SaveEntry { input, base: entry.revision_number, decided: Decided::default() };
        self.revision_save(actor, kind, slug, save).await
    }
}

/// The fields but the body that differ: name, old, new.
pub(super) fn field_changes(old: &EntryInput, new: &EntryInput) -> Vec<(String, String, String)> {
    field_texts(old)
        .into_iter()
        .zip(field_texts(new))
        .filter(|((_, old), (_, new))| old != new)
        .map(|((name, old), (_, new))| (name.to_owned(), old, new))
        .collect()
}

/// Every field but the body as text, in a fixed order for each kind.
fn field_texts(input: &EntryInput) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("title", input.title.clone()),
        ("summary", input.summary.clone()),
        ("lang", input.lang.to_string()),
        ("tags", input.tags.join(", ")),
        ("questions", input.questions.join("\n")),
    ];
    match &input.fields {
        EntryFields::Article { authors, translation_of } => {
            fields.push(("authors", authors.join(", ")));
            fields.push(("translation_of", translation_of.as_ref().map(ToString::to_string).unwrap_or_default()));
        }
        EntryFields::Experiment(experiment) => fields.extend(experiment_texts(experiment)),
        EntryFields::Model(model) => fields.push(("card", model.card.clone())),
        EntryFields::Dataset(dataset) => {
            fields.push(("licence", dataset.licence.clone()));
            fields.push(("source", dataset.source.clone()));
            fields.push(("size", dataset.size.clone()));
            fields.push(("hash", dataset.hash.clone()));
            fields.push(("schema", dataset.schema.clone()));
        }
        EntryFields::Term { zh, en, aliases, definition_zh, definition_en } => {
            fields.push(("zh", zh.clone()));
            fields.push(("en", en.clone()));
            fields.push(("aliases", aliases.join(", ")));
            fields.push(("definition_zh", definition_zh.clone()));
            fields.push(("definition_en", definition_en.clone()));
        }
    }
    fields
}

fn experiment_texts(experiment: &Experiment) -> [(&'static str, String); 14] {
    [
        ("question", experiment.question.clone()),
        ("hypothesis", experiment.hypothesis.clone()),
        ("change_mind", experiment.change_mind.clone()),
        ("decision_metric", experiment.decision_metric.clone()),
        ("guardrails", experiment.guardrails.join("\n")),
        ("datasets", experiment.datasets.join(", ")),
        ("design", experiment.design.to_string()),
        ("owner", experiment.owner.clone()),
        ("state", experiment.state.to_string()),
        ("decision", experiment.decision.map(|decision| decision.to_string()).unwrap_or_default()),
        ("reason", experiment.reason.clone()),
        ("runs", experiment.runs.join(", ")),
        ("evaluates", experiment.evaluates.join(", ")),
        ("command", experiment.command.clone()),
    ]
}
