//! What stands in the editor, as typed. Compiled for the server and for the browser, so that both check the same.

#[cfg(feature = "ssr")]
pub(crate) mod figures;
#[cfg(feature = "ssr")]
pub(crate) mod filling;

use std::collections::BTreeMap;

use alluvium_domain::entry::{Dataset, Design, Experiment, ExperimentState, Model};
use alluvium_domain::{EntryFields, EntryInput, EntryKind, Issue, Lang, Problem, Slug};
use serde::Deserialize;

macro_rules! form {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        /// The editor's fields as typed.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(default)]
        pub(crate) struct EntryForm {
            $($(#[$meta])* pub(crate) $name: String,)+
            /// What has none of these names: the rows of a card's figures, `results[0].value`, and whose text stands where two changes clash,
            /// `keep.title`. Only the server reads them.
            #[serde(flatten)]
            pub(crate) results: BTreeMap<String, String>,
        }

        impl EntryForm {
            /// Sets the field of that name, where there is one.
            pub(crate) fn set(&mut self, name: &str, value: String) {
                match name { $(stringify!($name) => self.$name = value,)+ _ => {} }
            }

            /// What stands in the field of that name; nothing where there is none.
            #[cfg(feature = "ssr")]
            fn get(&self, name: &str) -> &str {
                match name { $(stringify!($name) => &self.$name,)+ _ => "" }
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
    runs,
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
    /// Number of the revision that clashes were shown against.
    seen,
    /// State of an entry that exists: a draft may lack what others need.
    entry_state,
    /// Which button was pressed: `preview`, `save`, `overwrite`, or the state that a new entry gets.
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
            EntryKind::Model => EntryFields::Model(Model { card: self.card_text()? }),
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
            runs: list(&self.runs),
            evaluates: list(&self.evaluates),
            command: self.command.clone(),
        })
    }

    /// The metadata as text, with what was changed in the form beside it.
    #[cfg(feature = "ssr")]
    fn card_text(&self) -> Result<String, Problem> {
        use alluvium_domain::entry::{card_set, card_values};
        use alluvium_domain::fold;
        let mut card = fold::line_breaks(&self.card).trim_end().to_owned();
        let was = fold::line_breaks(&self.card_was);
        for (key, before) in CARD_KEYS.into_iter().zip(card_values(&was, CARD_KEYS)) {
            let value = self.get(&card_field(key));
            if list(value) != list(&before) {
                card = card_set(&card, key, value);
            }
        }
        self.card_with_rows(card, &was)
    }

    /// The browser cannot read YAML; what the form adds is checked by the server.
    #[cfg(not(feature = "ssr"))]
    #[expect(clippy::unnecessary_wraps, reason = "the server's can fail")]
    fn card_text(&self) -> Result<String, Problem> {
        let form = [&self.card_license, &self.card_language, &self.card_pipeline_tag, &self.card_datasets];
        let add = |card: String, value: &String| if card.trim().is_empty() { value.clone() } else { card };
        Ok(form.into_iter().fold(self.card.clone(), add))
    }
}

/// Keys of a card that the form has a field for.
#[cfg(feature = "ssr")]
const CARD_KEYS: [&str; 8] =
    ["license", "language", "pipeline_tag", "library_name", "base_model", "datasets", "metrics", "tags"];

/// The name of the field for a key of a card.
#[cfg(feature = "ssr")]
fn card_field(key: &str) -> String {
    format!("card_{key}")
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
            form.card_text().unwrap(),
            "# 手写的注释\nlicense: apache-2.0\ncustom: {a: [1, 2]}\ndatasets:\n- one\n- two\n\ntags: [x, y]"
        );
        // What was changed in the text only stays as it is there.
        let typed = EntryForm {
            card: "license: other\nlicense_name: ours".into(),
            card_license: "mit".into(),
            card_was: "license: mit".into(),
            ..EntryForm::default()
        };
        assert_eq!(typed.card_text().unwrap(), typed.card);
    }

    const BOUND: &str = "license: mit\nmodel-index:\n- name: m\n  results:\n  - task: {type: t}\n    dataset: {type: d, name: D}\n    metrics:\n    - {type: a, value: 1}\n    - {type: b, value: 2}";
    const RUN: &str = "01a20d6d5a007158822b7e8f59f44019";

    fn with_rows(card: &str, rows: &[(&str, &str)]) -> EntryForm {
        let own = EntryForm { card: card.into(), card_was: card.into(), ..EntryForm::default() };
        // As the page shows it.
        let form = EntryForm { card_license: "mit".into(), ..own };
        let mut form = form.settled(EntryKind::Model);
        form.results.extend(rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        form
    }

    #[test]
    fn rows_and_text_edit_the_same_figures() {
        assert_eq!(with_rows(BOUND, &[]).card_text().unwrap(), BOUND);
        let form = with_rows(BOUND, &[("results[1].value", ""), ("results[1].run", RUN), ("results[1].key", "k")]);
        let text = form.card_text().unwrap();
        assert!(text.contains(&format!("url: /runs/{RUN}")) && text.contains("run_metric: k"), "{text}");
        // The text alone was changed: it stands, and the rows follow.
        let typed = EntryForm { card: BOUND.replace("value: 1", "value: 3"), ..with_rows(BOUND, &[]) };
        assert_eq!(typed.card_text().unwrap(), typed.card);
        assert_eq!(typed.settled(EntryKind::Model).results["results[0].value"], "3");
        // Both were: nobody guesses which one is meant.
        let both = EntryForm { card: BOUND.replace("value: 1", "value: 3"), ..form };
        assert!(both.card_text().unwrap_err().for_field("card", Lang::En).unwrap().contains("both"));
        assert_eq!(both.clone().settled(EntryKind::Model), both, "and everything stays");
        // A row without anything in it takes its figure out; one that was not sent stays.
        let names = ["task", "dataset", "dataset_name", "metric", "value"].map(|name| format!("results[0].{name}"));
        let empty: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        assert!(!with_rows(BOUND, &empty).card_text().unwrap().contains("type: a"));
        let unsent = EntryForm { results: BTreeMap::new(), ..with_rows(BOUND, &[]) };
        assert_eq!(unsent.card_text().unwrap(), BOUND);
    }

    #[test]
    fn what_a_row_lacks_is_named() {
        let wrong = |rows: &[(&str, &str)]| -> Vec<String> {
            let problem = with_rows("license: mit", rows).card_text().unwrap_err();
            problem.errors.iter().map(|error| error.field.to_string()).collect()
        };
        let whole = ["task", "dataset", "metric"].map(|name| format!("results[0].{name}"));
        let with = |more: &[(&'static str, &'static str)]| {
            let whole: Vec<(&str, &str)> = whole.iter().map(|name| (name.as_str(), "x")).collect();
            wrong(&[whole.as_slice(), more].concat())
        };
        assert_eq!(with(&[]), ["results[0].value"]);
        assert_eq!(with(&[("results[0].run", RUN)]), ["results[0].key"]);
        assert_eq!(with(&[("results[0].key", "k")]), ["results[0].run"]);
        assert_eq!(with(&[("results[0].run", "x"), ("results[0].key", "k")]), ["results[0].run"]);
        assert_eq!(wrong(&[("results[0].value", "1")]), whole);
    }
}
