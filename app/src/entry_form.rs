//! What stands in the editor, as typed. Compiled for the server and for the browser, so that both check the same.

use alluvium_domain::entry::{Dataset, Design, Experiment, ExperimentState, Model};
use alluvium_domain::{EntryFields, EntryInput, EntryKind, Issue, Lang, Problem, Slug};
use serde::Deserialize;

macro_rules! form {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        /// The editor's fields as typed.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(default)]
        pub(crate) struct EntryForm { $($(#[$meta])* pub(crate) $name: String),+ }

        impl EntryForm {
            /// Sets the field of that name, where there is one.
            pub(crate) fn set(&mut self, name: &str, value: String) {
                match name { $(stringify!($name) => self.$name = value,)+ _ => {} }
            }
        }
    };
}

form! {
    slug,
    lang,
    title,
    summary,
    tags,
    authors,
    translation_of,
    zh,
    en,
    aliases,
    definition_zh,
    definition_en,
    question,
    hypothesis,
    change_mind,
    decision_metric,
    /// One a line.
    guardrails,
    datasets,
    design,
    owner,
    state,
    decision,
    reason,
    evaluates,
    command,
    card,
    /// The metadata as the form was filled from it: what differs from it was changed in the form.
    card_was,
    card_license,
    card_language,
    card_pipeline_tag,
    card_library_name,
    card_base_model,
    card_datasets,
    card_metrics,
    card_tags,
    licence,
    source,
    size,
    hash,
    schema,
    /// One a line.
    questions,
    body,
    note,
    /// Number of the revision that the person began from.
    base,
    /// State of an entry that exists: a draft may lack what others need.
    entry_state,
    /// Which button was pressed: `preview`, or the state that a new entry gets.
    action,
}

impl EntryForm {
    /// What the services take; they check it.
    pub(crate) fn to_input(&self, kind: EntryKind) -> Result<EntryInput, Problem> {
        let fields = match kind {
            EntryKind::Article => EntryFields::Article {
                authors: list(&self.authors),
                translation_of: match self.translation_of.trim() {
                    "" => None,
                    original => Some(Slug::parse(original).map_err(|issue| Problem::field("translation_of", issue))?),
                },
            },
            EntryKind::Experiment => EntryFields::Experiment(Box::new(self.experiment()?)),
            EntryKind::Model => EntryFields::Model(Model { card: self.card_text() }),
            EntryKind::Dataset => EntryFields::Dataset(Dataset {
                licence: self.licence.clone(),
                source: self.source.clone(),
                size: self.size.clone(),
                hash: self.hash.clone(),
                schema: self.schema.clone(),
            }),
            EntryKind::Term => EntryFields::Term {
                zh: self.zh.clone(),
                en: self.en.clone(),
                aliases: list(&self.aliases),
                definition_zh: self.definition_zh.clone(),
                definition_en: self.definition_en.clone(),
            },
        };
        Ok(EntryInput {
            slug: self.slug.trim().to_owned(),
            lang: chosen("lang", &self.lang, Lang::Zh)?,
            title: self.title.clone(),
            summary: self.summary.clone(),
            body: self.body.clone(),
            tags: list(&self.tags),
            questions: lines(&self.questions),
            fields,
            note: self.note.clone(),
        })
    }

    fn experiment(&self) -> Result<Experiment, Problem> {
        let decision = match self.decision.as_str() {
            "" => None,
            code => Some(code.parse().map_err(|()| unknown("decision", code))?),
        };
        Ok(Experiment {
            question: self.question.clone(),
            hypothesis: self.hypothesis.clone(),
            change_mind: self.change_mind.clone(),
            decision_metric: self.decision_metric.clone(),
            guardrails: lines(&self.guardrails),
            datasets: list(&self.datasets),
            design: chosen("design", &self.design, Design::Offline)?,
            owner: self.owner.clone(),
            state: chosen("state", &self.state, ExperimentState::Proposed)?,
            decision,
            reason: self.reason.clone(),
            evaluates: list(&self.evaluates),
            command: self.command.clone(),
        })
    }

    /// The metadata as text, with what was changed in the form beside it.
    #[cfg(feature = "ssr")]
    fn card_text(&self) -> String {
        use alluvium_domain::entry::{card_set, card_value};
        let mut card = self.card.replace("\r\n", "\n").trim_end().to_owned();
        let was = self.card_was.replace("\r\n", "\n");
        for (key, value) in self.card_fields() {
            if list(value) != list(&card_value(&was, key)) {
                card = card_set(&card, key, value);
            }
        }
        card
    }

    /// The browser cannot read YAML; what the form adds is checked by the server.
    #[cfg(not(feature = "ssr"))]
    fn card_text(&self) -> String {
        let form = [&self.card_license, &self.card_language, &self.card_pipeline_tag, &self.card_datasets];
        form.into_iter()
            .fold(self.card.clone(), |card, value| if card.trim().is_empty() { value.clone() } else { card })
    }

    #[cfg(feature = "ssr")]
    fn card_fields(&self) -> [(&'static str, &String); 8] {
        [
            ("license", &self.card_license),
            ("language", &self.card_language),
            ("pipeline_tag", &self.card_pipeline_tag),
            ("library_name", &self.card_library_name),
            ("base_model", &self.card_base_model),
            ("datasets", &self.card_datasets),
            ("metrics", &self.card_metrics),
            ("tags", &self.card_tags),
        ]
    }
}

#[cfg(feature = "ssr")]
mod filling {
    use alluvium_domain::entry::{Experiment, card_value};
    use alluvium_domain::{EntryFields, EntryInput, Revision};

    use super::EntryForm;

    impl EntryForm {
        /// What stands in the editor for an entry that exists.
        pub(crate) fn from_revision(revision: Revision) -> Self {
            let EntryInput { slug, lang, title, summary, body, tags, questions, fields, .. } = revision.input;
            let form = EntryForm {
                slug,
                lang: lang.code().to_owned(),
                title,
                summary,
                tags: tags.join(", "),
                body,
                questions: questions.join("\n"),
                base: revision.summary.number.to_string(),
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
                evaluates: experiment.evaluates.join(", "),
                command: experiment.command,
                ..self
            }
        }

        fn with_card(self, card: String) -> Self {
            EntryForm {
                card_license: card_value(&card, "license"),
                card_language: card_value(&card, "language"),
                card_pipeline_tag: card_value(&card, "pipeline_tag"),
                card_library_name: card_value(&card, "library_name"),
                card_base_model: card_value(&card, "base_model"),
                card_datasets: card_value(&card, "datasets"),
                card_metrics: card_value(&card, "metrics"),
                card_tags: card_value(&card, "tags"),
                card_was: card.clone(),
                card,
                ..self
            }
        }
    }
}

fn chosen<T: std::str::FromStr>(field: &'static str, code: &str, default: T) -> Result<T, Problem> {
    if code.is_empty() { Ok(default) } else { code.parse().map_err(|_| unknown(field, code)) }
}

fn unknown(field: &'static str, value: &str) -> Problem {
    Problem::field(field, Issue::Unknown { value: value.to_owned() })
}

/// Items between commas of either script.
fn list(text: &str) -> Vec<String> {
    text.split([',', '，', '、', '\n']).map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_take_commas_of_both_scripts() {
        assert_eq!(list("ranking, 评估，数据、 ,"), ["ranking", "评估", "数据"]);
    }

    #[test]
    fn a_wrong_original_names_its_field() {
        let form = EntryForm { translation_of: "Not A Slug".into(), ..EntryForm::default() };
        let problem = form.to_input(EntryKind::Article).unwrap_err();
        assert!(problem.for_field("translation_of", Lang::En).is_some());
    }

    #[test]
    fn a_changed_field_changes_its_key_and_nothing_else() {
        let card = "# 手写的注释\nlicense: mit\ncustom: {a: [1, 2]}\ndatasets:\n- one\n\ntags: [x, y]".to_owned();
        let form = EntryForm {
            card: card.clone(),
            card_was: card.clone(),
            card_license: "apache-2.0".into(),
            card_datasets: "one, two".into(),
            card_tags: "x, y".into(),
            ..EntryForm::default()
        };
        assert_eq!(
            form.card_text(),
            "# 手写的注释\nlicense: apache-2.0\ncustom: {a: [1, 2]}\ndatasets:\n- one\n- two\n\ntags: [x, y]"
        );
        // What was changed in the text only stays as it is there.
        let typed = EntryForm {
            card: "license: other\nlicense_name: ours".into(),
            card_license: "mit".into(),
            card_was: "license: mit".into(),
            ..EntryForm::default()
        };
        assert_eq!(typed.card_text(), typed.card);
    }
}
