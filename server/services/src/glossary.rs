//! The glossary: terms with names in both languages. Hover definitions and query expansion read it from memory.

use std::sync::{Arc, PoisonError, RwLock};

use alluvium_domain::{Action, Actor, EntryFields, EntryKind, EntryState, Lang, Problem, fold};
use alluvium_store::EntryQuery;

use crate::Services;
use crate::error::internal;
use crate::render::TermMatcher;

/// A term as hovers, lists and query expansion use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermHint {
    /// Slug.
    pub slug: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// What people also say.
    pub aliases: Vec<String>,
    /// Definition in Chinese.
    pub definition_zh: String,
    /// Definition in English.
    pub definition_en: String,
    /// Tags.
    pub tags: Vec<String>,
}

/// A name of a term, as queries are compared with it.
pub(crate) struct FoldedName {
    /// As [`fold::name`] writes it; never empty.
    pub(crate) folded: String,
    /// As the term writes it.
    pub(crate) name: String,
    /// Number of the term in [`Glossary::terms`].
    pub(crate) term: usize,
}

/// All published terms at one moment.
pub struct Glossary {
    /// Rises with each refresh: caches that depend on the glossary key on it.
    pub generation: u64,
    /// The terms, by Chinese name.
    pub terms: Vec<TermHint>,
    /// Their names in both languages and what people also say, term by term.
    pub(crate) names: Vec<FoldedName>,
    matchers: [TermMatcher; 2],
}

impl Glossary {
    fn new(generation: u64, terms: Vec<TermHint>) -> Self {
        let matchers = [TermMatcher::new(&terms, Lang::Zh), TermMatcher::new(&terms, Lang::En)];
        let names = terms.iter().enumerate().flat_map(|(term, hint)| {
            let names = [&hint.zh, &hint.en].into_iter().chain(&hint.aliases);
            names.map(move |name| FoldedName { folded: fold::name(name), name: name.clone(), term })
        });
        let names = names.filter(|name| !name.folded.is_empty()).collect();
        Glossary { generation, terms, names, matchers }
    }

    /// Finds the terms in a text, with definitions in `lang`.
    pub(crate) fn matcher(&self, lang: Lang) -> &TermMatcher {
        match lang {
            Lang::Zh => &self.matchers[0],
            Lang::En => &self.matchers[1],
        }
    }
}

/// The glossary in memory.
#[derive(Default)]
pub(crate) struct GlossaryCache {
    current: RwLock<Option<Arc<Glossary>>>,
}

impl Services {
    /// The glossary, read from the database the first time.
    pub(crate) async fn glossary(&self) -> Result<Arc<Glossary>, Problem> {
        let current = self.inner.glossary.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        match current {
            Some(glossary) => Ok(glossary),
            None => self.glossary_refresh().await,
        }
    }

    /// Reads the glossary anew, after a term was written here or on another server.
    pub(crate) async fn glossary_refresh(&self) -> Result<Arc<Glossary>, Problem> {
        let query = EntryQuery {
            kind: Some(EntryKind::Term),
            state: Some(EntryState::Published),
            limit: i64::MAX,
            ..EntryQuery::default()
        };
        let (rows, _) = self.inner.store.entry_list(&query).await.map_err(internal)?;
        let ids: Vec<_> = rows.iter().map(|row| row.summary.id.0).collect();
        let mut terms: Vec<TermHint> = self
            .inner
            .store
            .revision_latest(&ids)
            .await
            .map_err(internal)?
            .into_iter()
            .filter_map(|revision| {
                let input = revision.input;
                let EntryFields::Term { zh, en, aliases, definition_zh, definition_en } = input.fields else {
                    return None;
                };
                Some(TermHint { slug: input.slug, zh, en, aliases, definition_zh, definition_en, tags: input.tags })
            })
            .collect();
        terms.sort_by(|a, b| a.zh.cmp(&b.zh));
        let mut current = self.inner.glossary.current.write().unwrap_or_else(PoisonError::into_inner);
        let generation = current.as_ref().map_or(1, |glossary| glossary.generation + 1);
        let glossary = Arc::new(Glossary::new(generation, terms));
        *current = Some(glossary.clone());
        self.inner.search().set_glossary(glossary.clone());
        Ok(glossary)
    }

    /// All published terms, by Chinese name.
    pub async fn term_list(&self, actor: &Actor) -> Result<Vec<TermHint>, Problem> {
        actor.may(Action::Read)?;
        Ok(self.glossary().await?.terms.clone())
    }
}
