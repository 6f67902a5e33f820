//! What a person writes of an entry, and its checks.

use serde::{Deserialize, Serialize};

use super::fields::clean_list;
use super::{CardSection, EntryFields, EntryKind, EntryState, Slug, canonical_tag, limits};
use crate::fold;
use crate::lang::Lang;
use crate::problem::{Check, Issue, Problem};

/// Everything that a person writes of an entry: one form, one API body, one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryInput {
    /// Slug; fixed once the entry exists.
    pub slug: String,
    /// Language of the text; a term counts as Chinese.
    pub lang: Lang,
    /// Title; for a term the services set `zh（en）`.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// Markdown.
    pub body: String,
    /// Tags, lower-case kebab-case or Chinese.
    pub tags: Vec<String>,
    /// Questions that the entry answers, in the words of people who do not know its own: search finds it by them (document expansion, as in
    /// Nogueira et al., "Document Expansion by Query Prediction", 2019).
    #[serde(default)]
    pub questions: Vec<String>,
    /// What only this kind has.
    pub fields: EntryFields,
    /// Why this revision was made.
    pub note: String,
}

impl EntryInput {
    /// Trims every field and checks the limits for an entry in this state; reports all errors at once.
    ///
    /// What is filled in must be right in every state. A draft of an experiment, a model or a data set may leave out what it needs before it is
    /// handed in (and be archived so); link name and title it always has.
    pub fn checked(self, state: EntryState) -> Result<EntryInput, Problem> {
        let mut check = Check::default();
        if let Err(issue) = Slug::parse(&self.slug) {
            check.fail("slug", issue);
        }
        let draft = matches!(state, EntryState::Draft | EntryState::Archived) && self.fields.may_be_incomplete();
        let fields = self.fields.checked(&mut check, draft);
        let (title, summary) = match &fields {
            EntryFields::Term { zh, en, definition_zh, .. } => {
                (format!("{zh} · {en}"), definition_zh.chars().take(limits::SUMMARY).collect())
            }
            _ => (self.title, self.summary),
        };
        // A term's title is made of its two names, which have limits of their own.
        let title_limit = match fields.kind() {
            EntryKind::Term => limits::NAME * 2 + 3,
            _ => limits::TITLE,
        };
        let min_body = usize::from(fields.kind() == EntryKind::Article);
        let mut tags = clean_list(&mut check, "tags", self.tags, limits::TAGS, limits::TAG);
        for tag in &mut tags {
            *tag = canonical_tag(tag);
            if tag.contains([':', '"', ',', '[', ']', '#', '/', '?', '&', '<', '>']) {
                check.fail("tags", Issue::Malformed { expected: "letters, digits and -".into() });
                break;
            }
        }
        let mut seen = Vec::new();
        tags.retain(|tag| {
            !seen.contains(tag) && {
                seen.push(tag.clone());
                true
            }
        });
        // The body keeps its own white space at the start: four spaces make a code block there.
        let body = fold::line_breaks(&self.body).trim_end().to_owned();
        let count = body.chars().count();
        if count < min_body {
            check.fail("body", Issue::Required);
        } else if count > limits::BODY {
            check.fail("body", Issue::TooLong { limit: limits::BODY, actual: count });
        } else if body.contains('\0') {
            check.fail("body", Issue::Malformed { expected: "no NUL character".into() });
        } else if fields.kind() == EntryKind::Model && !draft {
            let missing = CardSection::missing(&body);
            if !missing.is_empty() {
                let names = |lang: Lang| missing.iter().map(|part| part.name(lang)).collect::<Vec<_>>();
                let (zh, en) = (names(Lang::Zh).join("、"), names(Lang::En).join(", "));
                check.fail("body", Issue::Lacks { zh, en });
            }
        }
        let checked = EntryInput {
            title: check.text("title", &title, 1, title_limit),
            summary: check.text("summary", &summary, 0, limits::SUMMARY),
            note: check.text("note", &self.note, 0, limits::NOTE),
            questions: clean_list(&mut check, "questions", self.questions, limits::QUESTIONS, limits::QUESTION),
            slug: self.slug,
            lang: self.lang,
            body,
            tags,
            fields,
        };
        check.finish()?;
        Ok(checked)
    }
}
