//! Creating and saving entries from the editor.

use alluvium_domain::{EntryFields, EntryInput, EntryKind, EntryState, Issue, Lang, Problem, Revision, Slug};
use alluvium_services::{SaveEntry, SaveOutcome};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::pages::editor::{self, Editor};
use crate::visit::Visit;

/// The editor's fields as typed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct EntryForm {
    pub(crate) slug: String,
    pub(crate) lang: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) tags: String,
    pub(crate) authors: String,
    pub(crate) translation_of: String,
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) aliases: String,
    pub(crate) definition_zh: String,
    pub(crate) definition_en: String,
    /// One a line.
    pub(crate) questions: String,
    pub(crate) body: String,
    pub(crate) note: String,
    /// Number of the revision that the person began from.
    pub(crate) base: String,
    /// Which button was pressed: `preview`, or the state that a new entry gets.
    pub(crate) action: String,
}

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
            EntryFields::Term { zh, en, aliases, definition_zh, definition_en } => {
                EntryForm { zh, en, aliases: aliases.join(", "), definition_zh, definition_en, ..form }
            }
        }
    }

    /// What the services take; they check it.
    fn to_input(&self, kind: EntryKind) -> Result<EntryInput, Problem> {
        let fields = if kind == EntryKind::Term {
            EntryFields::Term {
                zh: self.zh.clone(),
                en: self.en.clone(),
                aliases: list(&self.aliases),
                definition_zh: self.definition_zh.clone(),
                definition_en: self.definition_en.clone(),
            }
        } else {
            let original = self.translation_of.trim();
            let translation_of = match original {
                "" => None,
                _ => Some(Slug::parse(original).map_err(|issue| Problem::field("translation_of", issue))?),
            };
            EntryFields::Article { authors: list(&self.authors), translation_of }
        };
        let lang = if self.lang.is_empty() { Ok(Lang::Zh) } else { self.lang.parse() };
        let lang = lang.map_err(|()| Problem::field("lang", Issue::Unknown { value: self.lang.clone() }))?;
        Ok(EntryInput {
            slug: self.slug.trim().to_owned(),
            lang,
            title: self.title.clone(),
            summary: self.summary.clone(),
            body: self.body.clone(),
            tags: list(&self.tags),
            questions: self.questions.lines().map(str::to_owned).collect(),
            fields,
            note: self.note.clone(),
        })
    }

    fn is_preview(&self) -> bool {
        self.action == "preview"
    }
}

/// Items between commas of either script.
fn list(text: &str) -> Vec<String> {
    text.split([',', '，', '、', '\n']).map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// `POST /articles/new`
pub(crate) async fn article_create(visit: Visit, Form(form): Form<EntryForm>) -> Response {
    create(&visit, EntryKind::Article, form).await
}

/// `POST /glossary/new`
pub(crate) async fn term_create(visit: Visit, Form(form): Form<EntryForm>) -> Response {
    create(&visit, EntryKind::Term, form).await
}

/// `POST /articles/{slug}/edit`
pub(crate) async fn article_save(visit: Visit, Path(slug): Path<String>, Form(form): Form<EntryForm>) -> Response {
    save(&visit, EntryKind::Article, slug, form).await
}

/// `POST /glossary/{slug}/edit`
pub(crate) async fn term_save(visit: Visit, Path(slug): Path<String>, Form(form): Form<EntryForm>) -> Response {
    save(&visit, EntryKind::Term, slug, form).await
}

async fn create(visit: &Visit, kind: EntryKind, form: EntryForm) -> Response {
    let editor = Editor::new(kind, form);
    if editor.form.is_preview() {
        return editor::answer(visit, editor).await;
    }
    let state = editor.form.action.parse().unwrap_or(EntryState::Draft);
    let created = match editor.form.to_input(kind) {
        Ok(input) => visit.services.entry_create(&visit.actor, input, state).await,
        Err(problem) => Err(problem),
    };
    match created {
        Ok(entry) => Redirect::to(&entry.url()).into_response(),
        Err(problem) => editor::answer(visit, editor.with_problem(problem)).await,
    }
}

async fn save(visit: &Visit, kind: EntryKind, slug: String, form: EntryForm) -> Response {
    let editor = Editor::of(kind, slug.clone(), EntryForm { slug: slug.clone(), ..form });
    if editor.form.is_preview() {
        return editor::answer(visit, editor).await;
    }
    let saved = match editor.form.to_input(kind) {
        Ok(input) => {
            let save = SaveEntry { input, base: editor.form.base.parse().unwrap_or_default() };
            visit.services.entry_save(&visit.actor, kind, &slug, save).await
        }
        Err(problem) => Err(problem),
    };
    match saved {
        Ok(SaveOutcome::Saved(entry) | SaveOutcome::Unchanged(entry)) => Redirect::to(&entry.url()).into_response(),
        Ok(SaveOutcome::Conflict { theirs, diff }) => editor::answer(visit, editor.with_conflict(*theirs, diff)).await,
        Err(problem) => editor::answer(visit, editor.with_problem(problem)).await,
    }
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
}
