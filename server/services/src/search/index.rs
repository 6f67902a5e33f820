//! The index of all entries: opened, repaired from the database, kept up to date by writes here and on other servers.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use alluvium_domain::{EntryId, EntryInput, EntryKind, EntrySummary, Problem, ProblemKind, Revision, fold};
use alluvium_engine::EngineError;
use alluvium_engine::encoder::{Encoder, TokenStates};
use alluvium_engine::search::{Busy, Dictionary, Document, EncoderWorker, LexicalIndex, Passages, Urgency};
use alluvium_store::{Heard, Passage, Store, Topic, passage_replace_in_txn};
use lru::LruCache;
use uuid::Uuid;

use super::document;
use super::gloss::{self, Gloss};
use super::reply::reply;
use crate::error::internal;
use crate::processor::on_processor;
use crate::render::{self, Titles};
use crate::{Glossary, ServiceError, Services, ServicesConfig};

/// Texts that the encoder gets at once where there are many: a query waits for so many at most.
pub(super) const ENCODED_TOGETHER: usize = 16;

/// Passages kept token by token, of about 300 kB each: the first pages of some searches that people try again with a part switched off.
const EXPLAINED: NonZeroUsize = NonZeroUsize::new(100).expect("it is not zero");

/// An entry as search knows it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) summary: EntrySummary,
    pub(super) change: i64,
    /// Title, or the names of a term, folded: a query that is one of them finds it first.
    pub(super) names: Vec<String>,
}

/// What search holds in memory, beside the index on disk.
pub(crate) struct Search {
    pub(super) lexical: Arc<LexicalIndex>,
    pub(super) passages: Arc<RwLock<Passages>>,
    pub(super) entries: Arc<RwLock<HashMap<Uuid, Arc<Known>>>>,
    /// Both directions.
    pub(super) translations: Arc<RwLock<HashMap<Uuid, Uuid>>>,
    pub(crate) worker: Option<EncoderWorker>,
    /// Passages that were explained last, by text.
    pub(super) explained: Mutex<LruCache<String, Arc<TokenStates>>>,
    reads_chinese: bool,
    names: Arc<RwLock<Arc<gloss::Names>>>,
    dictionary: Option<Arc<Dictionary>>,
    pub(super) glossary: Arc<RwLock<Option<Arc<Glossary>>>>,
}

/// An entry's passages with vectors, made before the transaction that writes it.
pub(crate) struct Prepared {
    passages: Vec<Passage>,
}

impl Prepared {
    pub(crate) fn passages(&self) -> &[Passage] {
        &self.passages
    }
}

/// What an administrator and the probes see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchStatus {
    /// Entries in the index.
    pub entries: usize,
    /// Those with vectors of the encoder that serves.
    pub encoded: usize,
    /// Passages with a vector.
    pub passages: usize,
    /// Name of the encoder; none means lexical search only.
    pub encoder: Option<String>,
    /// Floats in a vector.
    pub dimension: Option<usize>,
}

/// Reads a lock; a panic elsewhere does not make the data wrong, as each write is one step.
pub(super) fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Search {
    /// Opens the index on disk, empty in memory.
    pub(crate) async fn open(config: &ServicesConfig, encoder: Option<Encoder>) -> Result<Search, ServiceError> {
        let data_dir = config.data_dir.join("index");
        let opened = tokio::task::spawn_blocking(move || LexicalIndex::open(&data_dir));
        let lexical = opened.await.map_err(|error| EngineError::Io(std::io::Error::other(error)))??;
        let empty = Search {
            lexical: Arc::new(lexical),
            passages: Arc::default(),
            entries: Arc::default(),
            translations: Arc::default(),
            worker: None,
            explained: Mutex::new(LruCache::new(EXPLAINED)),
            reads_chinese: false,
            names: Arc::default(),
            dictionary: None,
            glossary: Arc::default(),
        };
        empty.with_encoder(encoder, config.dictionary.clone()).await
    }

    /// The same entries with another encoder, without vectors yet: what changes of an entry shows in both.
    pub(crate) async fn with_encoder(
        &self,
        encoder: Option<Encoder>,
        dictionary: Option<PathBuf>,
    ) -> Result<Search, ServiceError> {
        let opened = tokio::task::spawn_blocking(move || -> Result<_, EngineError> {
            let reads_chinese = encoder.as_ref().is_some_and(gloss::reads_chinese);
            let needed = encoder.is_some() && !reads_chinese;
            let dictionary = dictionary.filter(|_| needed).map(|path| Dictionary::load(&path)).transpose()?;
            let worker = encoder.map(EncoderWorker::start).transpose()?;
            Ok((reads_chinese, dictionary.map(Arc::new), worker))
        });
        let (reads_chinese, dictionary, worker) =
            opened.await.map_err(|error| EngineError::Io(std::io::Error::other(error)))??;
        let dimension = worker.as_ref().map_or(0, |worker| worker.encoder().dimension());
        Ok(Search {
            lexical: Arc::clone(&self.lexical),
            passages: Arc::new(RwLock::new(Passages::new(dimension))),
            entries: Arc::clone(&self.entries),
            translations: Arc::clone(&self.translations),
            worker,
            explained: Mutex::new(LruCache::new(EXPLAINED)),
            reads_chinese,
            names: Arc::clone(&self.names),
            dictionary,
            glossary: Arc::clone(&self.glossary),
        })
    }

    /// Floats in a vector; 0 without an encoder.
    pub(crate) fn dimension(&self) -> usize {
        self.worker.as_ref().map_or(0, |worker| worker.encoder().dimension())
    }

    pub(crate) fn set_glossary(&self, glossary: Arc<Glossary>) {
        *write(&self.names) = Arc::new(gloss::names(&glossary));
        *write(&self.glossary) = Some(glossary);
    }

    pub(crate) fn gloss(&self) -> Gloss {
        Gloss::new(self.reads_chinese, read(&self.names).clone(), self.dictionary.clone())
    }

    /// What made the vectors: encoder, dictionary, and how texts are cut. Vectors of another origin are made anew.
    fn origin(&self) -> Option<String> {
        let encoder = self.worker.as_ref()?.encoder().fingerprint();
        let dictionary = self.dictionary.as_ref().map(|dictionary| format!("+{}", dictionary.fingerprint()));
        Some(format!("{encoder}{}+{}", dictionary.unwrap_or_default(), document::VERSION))
    }

    pub(super) fn status(&self) -> SearchStatus {
        SearchStatus {
            entries: read(&self.entries).len(),
            encoded: read(&self.passages).entries(),
            passages: read(&self.passages).len(),
            encoder: self.worker.as_ref().map(|worker| worker.encoder().name().to_owned()),
            dimension: self.worker.as_ref().map(|worker| worker.encoder().dimension()),
        }
    }

    /// Tokens of each text, before anything is cut off.
    pub(super) fn token_counts(&self, texts: &[String]) -> Result<Vec<usize>, EngineError> {
        let Some(worker) = &self.worker else { return Ok(Vec::new()) };
        texts.iter().map(|text| worker.encoder().token_count(text).map_err(EngineError::from)).collect()
    }

    /// Encodes on the encoder's thread; a full queue is an answer.
    pub(crate) async fn encode(&self, urgency: Urgency, texts: Vec<String>) -> Result<Vec<Vec<f32>>, Problem> {
        let worker = self.worker.as_ref().ok_or_else(|| Problem::new(ProblemKind::Unavailable))?;
        let (reply, receive) = reply();
        worker.encode(urgency, texts, reply).map_err(|Busy| Problem::new(ProblemKind::Overloaded))?;
        receive.await.map_err(internal)?.map_err(internal)
    }

    /// Titles of what these entries' wiki links lead to.
    fn titles<'a>(&self, inputs: impl IntoIterator<Item = &'a EntryInput>) -> Titles {
        let targets: HashSet<(EntryKind, String)> =
            inputs.into_iter().flat_map(|input| render::wiki_links(&input.body)).collect();
        if targets.is_empty() {
            return Titles::new();
        }
        let entries = read(&self.entries);
        let known = entries.values().map(|known| &known.summary);
        let named = known.map(|summary| ((summary.kind, summary.slug.to_string()), summary.title.clone()));
        named.filter(|(key, _)| targets.contains(key)).collect()
    }

    /// Cuts an entry into passages and encodes them.
    pub(crate) async fn prepare(&self, input: &EntryInput) -> Result<Prepared, Problem> {
        let (input, gloss, titles) = (input.clone(), self.gloss(), self.titles([input]));
        let cut = on_processor(move || document::passages(&input, &gloss, &titles));
        let drafts = cut.await?;
        let mut vectors = Vec::new();
        let origin = self.origin();
        if origin.is_some() {
            // In portions: a query that comes meanwhile waits for one of them, not for all.
            for portion in drafts.chunks(ENCODED_TOGETHER) {
                let texts = portion.iter().map(|draft| draft.encoded.clone()).collect();
                vectors.extend(self.encode(Urgency::Passages, texts).await?);
            }
        }
        let mut vectors = vectors.into_iter();
        let passages = drafts
            .into_iter()
            .map(|draft| Passage {
                anchor: draft.anchor,
                text: draft.text,
                encoded: draft.encoded,
                encoder: origin.clone(),
                vector: vectors.next(),
            })
            .collect();
        Ok(Prepared { passages })
    }

    /// Makes an entry's latest state searchable.
    pub(crate) async fn commit(&self, store: &Store, entry: EntryId) -> Result<(), Problem> {
        self.commit_many(store, &[entry.0]).await
    }

    /// The same for many at once, with one write to disk.
    pub(crate) async fn commit_many(&self, store: &Store, entries: &[Uuid]) -> Result<(), Problem> {
        let rows = store.entry_by_ids(entries).await.map_err(internal)?;
        let revisions = store.revision_latest(entries).await.map_err(internal)?;
        let by_entry: HashMap<Uuid, Revision> =
            revisions.into_iter().map(|revision| (revision.summary.entry.0, revision)).collect();
        let mut documents = Vec::new();
        let mut known = Vec::new();
        for row in rows {
            let id = row.summary.id.0;
            let Some(revision) = by_entry.get(&id) else { continue };
            documents.push((id, row.change, revision.input.clone()));
            known.push(known_entry(row.summary, row.change, &revision.input));
        }
        let (lexical, titles) = (self.lexical.clone(), self.titles(documents.iter().map(|(_, _, input)| input)));
        tokio::task::spawn_blocking(move || {
            let documents: Vec<Document> = documents
                .into_iter()
                .map(|(id, change, input)| {
                    let (texts, whole) = (document::fields(&input, &titles), document::whole(&input, &titles));
                    Document { id, change, texts, whole }
                })
                .collect();
            lexical.write(&documents, &[])
        })
        .await
        .map_err(internal)?
        .map_err(internal)?;
        self.load_vectors(store, Some(entries)).await?;
        self.load_translations(store).await?;
        let mut all = write(&self.entries);
        all.extend(known.into_iter().map(|entry| (entry.summary.id.0, Arc::new(entry))));
        Ok(())
    }

    /// Whether an entry's passages were encoded by another encoder than this: one that was swapped in while it was written.
    pub(crate) fn lacks_vectors(&self, entry: EntryId) -> bool {
        self.worker.is_some() && !read(&self.passages).contains(&entry.0)
    }

    pub(crate) async fn load_vectors(&self, store: &Store, entries: Option<&[Uuid]>) -> Result<(), Problem> {
        let Some(origin) = self.origin() else { return Ok(()) };
        let rows = store.passage_vectors(&origin, entries).await.map_err(internal)?;
        let mut by_entry: HashMap<Uuid, Vec<Vec<f32>>> = HashMap::new();
        for (entry, vector) in rows {
            by_entry.entry(entry.0).or_default().push(vector);
        }
        let mut passages = write(&self.passages);
        for entry in entries.unwrap_or_default() {
            passages.remove(entry);
        }
        for (entry, vectors) in by_entry {
            passages.set(entry, &vectors);
        }
        Ok(())
    }

    async fn load_translations(&self, store: &Store) -> Result<(), Problem> {
        let pairs = store.link_translations().await.map_err(internal)?;
        *write(&self.translations) = pairs.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]).collect();
        Ok(())
    }
}

fn known_entry(summary: EntrySummary, change: i64, input: &EntryInput) -> Known {
    use alluvium_domain::EntryFields;
    let names = match &input.fields {
        EntryFields::Term { zh, en, aliases, .. } => {
            [zh, en].into_iter().chain(aliases).map(|name| fold::name(name)).collect()
        }
        _ => vec![fold::name(&input.title)],
    };
    Known { summary, change, names }
}

/// Entries repaired or reindexed at once.
const PORTION: usize = 200;

impl Services {
    /// What the index holds.
    pub fn search_status(&self) -> SearchStatus {
        self.inner.search().status()
    }

    /// Compares the index with the database and mends the difference, encodes what another encoder made, and listens for other servers' writes.
    pub(crate) async fn search_start(&self) -> Result<(), ServiceError> {
        let (store, search) = (&self.inner.store, self.inner.search());
        let database: HashMap<Uuid, i64> =
            store.entry_changes().await?.into_iter().map(|(id, change)| (id.0, change)).collect();
        let index = search.lexical.changes()?;
        let gone: Vec<Uuid> = index.keys().filter(|id| !database.contains_key(id)).copied().collect();
        if !gone.is_empty() {
            search.lexical.write(&[], &gone)?;
        }
        let (mut stale, mut good) = (Vec::new(), Vec::new());
        for (id, change) in &database {
            if index.get(id) == Some(change) { good.push(*id) } else { stale.push(*id) }
        }
        if !stale.is_empty() && !good.is_empty() {
            tracing::info!("mending {} entries of the search index", stale.len());
        }
        for portion in good.chunks(PORTION) {
            let rows = store.entry_by_ids(portion).await?;
            let inputs: HashMap<Uuid, EntryInput> =
                store.revision_latest(portion).await?.into_iter().map(|r| (r.summary.entry.0, r.input)).collect();
            let mut all = write(&search.entries);
            for row in rows {
                if let Some(input) = inputs.get(&row.summary.id.0) {
                    let known = known_entry(row.summary, row.change, input);
                    all.insert(known.summary.id.0, Arc::new(known));
                }
            }
        }
        search.load_translations(store).await?;
        for portion in stale.chunks(PORTION) {
            search.commit_many(store, portion).await?;
        }
        search.load_vectors(store, None).await?;
        self.listen(Topic::Changes, |services, heard| async move { services.heard(heard).await });
        Ok(())
    }

    /// Makes the vectors that another encoder made, or none: after a change of encoders. Entries without a vector are found by words meanwhile.
    pub async fn encode_missing(&self) -> Result<(), ServiceError> {
        self.encode_foreign(&self.inner.search()).await
    }

    /// Has an encoder make the vectors that another one made.
    pub(crate) async fn encode_foreign(&self, search: &Search) -> Result<(), ServiceError> {
        let Some(origin) = search.origin() else { return Ok(()) };
        let foreign = self.inner.store.passage_foreign(&origin).await?;
        if !foreign.is_empty() {
            tracing::info!("encoding the passages of {} entries", foreign.len());
            self.encode_again(search, &foreign).await?;
        }
        Ok(())
    }

    /// Makes the index and all vectors anew; the number of entries.
    pub async fn reindex(&self) -> Result<usize, ServiceError> {
        let entries: Vec<Uuid> = self.inner.store.entry_changes().await?.into_iter().map(|(id, _)| id.0).collect();
        let search = self.inner.search();
        self.encode_again(&search, &entries).await?;
        for portion in entries.chunks(PORTION) {
            search.commit_many(&self.inner.store, portion).await?;
        }
        Ok(entries.len())
    }

    pub(crate) async fn encode_again(&self, search: &Search, entries: &[Uuid]) -> Result<(), ServiceError> {
        let store = &self.inner.store;
        for portion in entries.chunks(PORTION) {
            for revision in store.revision_latest(portion).await? {
                let prepared = search.prepare(&revision.input).await?;
                let mut txn = store.begin().await?;
                passage_replace_in_txn(&mut txn, revision.summary.entry, revision.summary.id, prepared.passages())
                    .await?;
                txn.commit().await.map_err(alluvium_store::StoreError::from)?;
            }
            search.load_vectors(store, Some(portion)).await?;
        }
        Ok(())
    }

    async fn heard(&self, heard: Heard) {
        match heard {
            Heard::Entry(id) => self.entry_changed(id).await,
            Heard::Champion(place) => self.champion_moved(&place).await,
            Heard::Job(_) | Heard::Queued => {}
        }
    }

    async fn entry_changed(&self, id: Uuid) {
        let rows = match self.inner.store.entry_by_ids(&[id]).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(%error, "cannot read a changed entry");
                return;
            }
        };
        for row in rows {
            let seen = read(&self.inner.search().entries).get(&id).is_some_and(|known| known.change >= row.change);
            if !seen && let Err(problem) = self.written(row.summary.id, row.summary.kind).await {
                tracing::warn!(%problem, "cannot index a changed entry");
            }
        }
    }
}
