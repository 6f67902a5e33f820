//! The lexical index: tantivy on disk, BM25 term by term.
//!
//! The score of a term in a document is the sum over fields of `boost * BM25`, with the k1 = 1.2 and b = 0.75 that tantivy fixes (Robertson and Zaragoza,
//! "The Probabilistic Relevance Framework: BM25 and Beyond", 2009). Each number is the one that tantivy's own scorer gives, kept by term, so that a
//! score can be taken apart without recomputing it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use alluvium_domain::fold;
use tantivy::directory::MmapDirectory;
use tantivy::query::{EnableScoring, Query, TermQuery};
use tantivy::schema::{FAST, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value};
use tantivy::tokenizer::{PreTokenizedString, Token as IndexToken};
use tantivy::{DocSet, Index, IndexReader, IndexWriter, ReloadPolicy, TERMINATED, TantivyDocument, Term};
use uuid::Uuid;

use super::analysis::{analyse, bigrams, characters, is_one_character};
use crate::EngineError;

/// The k1 of tantivy's BM25: a term's share of a score is at most `idf * (k1 + 1)` for each field.
const K1: f64 = 1.2;
/// Changes with the fields or the analyser: an index of another version is made anew.
const VERSION: &str = "5";
const WRITER_MEMORY: usize = 50_000_000;
/// Blocks of stored texts that are kept while all are read in order.
const STORE_BLOCKS: usize = 1;

/// A field of an entry with its boost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Title.
    Title,
    /// Names and aliases of a term.
    Names,
    /// Tags.
    Tags,
    /// Headings.
    Headings,
    /// Summary.
    Summary,
    /// Questions that the entry answers.
    Questions,
    /// Text.
    Body,
    /// Pairs of Chinese characters of title, summary and text.
    Bigrams,
    /// Chinese characters of title, summary and text by themselves; looked up for a word of one character only.
    Characters,
}

impl Field {
    const ALL: [Field; 9] = [
        Field::Title,
        Field::Names,
        Field::Tags,
        Field::Headings,
        Field::Summary,
        Field::Questions,
        Field::Body,
        Field::Bigrams,
        Field::Characters,
    ];

    /// Those that hold words.
    const WORDS: [Field; 7] =
        [Field::Title, Field::Names, Field::Tags, Field::Headings, Field::Summary, Field::Questions, Field::Body];

    fn name(self) -> &'static str {
        match self {
            Field::Title => "title",
            Field::Names => "names",
            Field::Tags => "tags",
            Field::Headings => "headings",
            Field::Summary => "summary",
            Field::Questions => "questions",
            Field::Body => "body",
            Field::Bigrams => "bigrams",
            Field::Characters => "characters",
        }
    }

    /// Weight of the field; chosen on the tune half of the judged set.
    fn boost(self) -> f64 {
        match self {
            Field::Title | Field::Names => 2.0,
            Field::Headings | Field::Summary | Field::Questions | Field::Body => 1.0,
            Field::Tags => 0.5,
            Field::Bigrams | Field::Characters => 0.25,
        }
    }
}

/// What the index holds of an entry.
#[derive(Debug, Clone)]
pub struct Document {
    /// Id of the entry.
    pub id: Uuid,
    /// The entry's change number.
    pub change: i64,
    /// Texts by field; [`Field::Bigrams`] and [`Field::Characters`] are made here.
    pub texts: Vec<(Field, String)>,
    /// Everything that a phrase may stand in, marks and code included.
    pub whole: String,
}

/// A document that holds at least one of the terms.
#[derive(Debug, Clone, Default)]
pub struct LexicalMatch {
    /// Number of the term in the query, and its amount: boosted BM25 over all fields.
    pub amounts: Vec<(usize, f64)>,
}

/// The index.
pub struct LexicalIndex {
    index: Index,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    fields: HashMap<Field, tantivy::schema::Field>,
    id: tantivy::schema::Field,
    /// The whole text, folded, for phrases.
    whole: tantivy::schema::Field,
}

impl LexicalIndex {
    /// Opens the index in a folder, or makes an empty one where there is none, or one of another version or broken.
    pub fn open(dir: &Path) -> Result<LexicalIndex, EngineError> {
        let stamp = dir.join("version");
        // Only this version's own stamp is trusted.
        if std::fs::read_to_string(&stamp).ok().as_deref() != Some(VERSION) && dir.exists() {
            std::fs::remove_dir_all(dir)?;
        }
        std::fs::create_dir_all(dir)?;
        std::fs::write(&stamp, VERSION)?;
        match LexicalIndex::open_in(dir) {
            Ok(index) => Ok(index),
            // A server works on it: this process (a command beside it) has one of its own in memory.
            Err(EngineError::Index(tantivy::TantivyError::LockFailure(..))) => {
                LexicalIndex::with(|schema| Ok(Index::create_in_ram(schema)))
            }
            Err(error) => {
                tracing::warn!(%error, "the search index is broken and made anew");
                std::fs::remove_dir_all(dir)?;
                std::fs::create_dir_all(dir)?;
                std::fs::write(&stamp, VERSION)?;
                LexicalIndex::open_in(dir)
            }
        }
    }

    fn open_in(dir: &Path) -> Result<LexicalIndex, EngineError> {
        let directory = MmapDirectory::open(dir).map_err(tantivy::TantivyError::from)?;
        LexicalIndex::with(|schema| Ok(Index::open_or_create(directory, schema)?))
    }

    fn with(index: impl FnOnce(Schema) -> Result<Index, EngineError>) -> Result<LexicalIndex, EngineError> {
        let mut schema = Schema::builder();
        let id = schema.add_text_field("id", STRING);
        schema.add_u64_field("id_high", FAST);
        schema.add_u64_field("id_low", FAST);
        schema.add_i64_field("change", FAST);
        let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::WithFreqs);
        let options = TextOptions::default().set_indexing_options(indexing);
        let fields = Field::ALL.map(|field| (field, schema.add_text_field(field.name(), options.clone()))).into();
        let whole = schema.add_text_field("whole", STORED);
        let index = index(schema.build())?;
        let writer = index.writer_with_num_threads(1, WRITER_MEMORY)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(LexicalIndex { index, reader, writer: Mutex::new(writer), fields, id, whole })
    }

    /// Id and change number of every document.
    pub fn changes(&self) -> Result<HashMap<Uuid, i64>, EngineError> {
        let mut changes = HashMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let (high, low) = (segment.fast_fields().u64("id_high")?, segment.fast_fields().u64("id_low")?);
            let change = segment.fast_fields().i64("change")?;
            for doc in segment.doc_ids_alive() {
                if let (Some(high), Some(low)) = (high.first(doc), low.first(doc)) {
                    changes.insert(Uuid::from_u64_pair(high, low), change.first(doc).unwrap_or_default());
                }
            }
        }
        Ok(changes)
    }

    /// Replaces or adds documents and removes others. When it returns, searches see it and a crash does not undo it.
    pub fn write(&self, upserts: &[Document], removals: &[Uuid]) -> Result<(), EngineError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for id in removals.iter().chain(upserts.iter().map(|document| &document.id)) {
            writer.delete_term(Term::from_field_text(self.id, &id.simple().to_string()));
        }
        for document in upserts {
            writer.add_document(self.document(document)?)?;
        }
        writer.commit()?;
        self.reader.reload()?;
        Ok(())
    }

    fn document(&self, document: &Document) -> Result<TantivyDocument, EngineError> {
        let schema = self.index.schema();
        let mut doc = TantivyDocument::default();
        doc.add_text(self.id, document.id.simple().to_string());
        let (high, low) = document.id.as_u64_pair();
        doc.add_u64(schema.get_field("id_high")?, high);
        doc.add_u64(schema.get_field("id_low")?, low);
        doc.add_i64(schema.get_field("change")?, document.change);
        doc.add_text(self.whole, fold::name(&document.whole));
        let (mut pairs, mut single) = (Vec::new(), Vec::new());
        for (field, text) in &document.texts {
            let words = analyse(text).into_iter().map(|token| token.text);
            doc.add_pre_tokenized_text(self.fields[field], pre_tokenized(words));
            if matches!(field, Field::Title | Field::Names | Field::Summary | Field::Questions | Field::Body) {
                pairs.extend(bigrams(text));
                single.extend(characters(text));
            }
        }
        doc.add_pre_tokenized_text(self.fields[&Field::Bigrams], pre_tokenized(pairs.into_iter()));
        doc.add_pre_tokenized_text(self.fields[&Field::Characters], pre_tokenized(single.into_iter()));
        Ok(doc)
    }

    /// Every document that holds one of the terms, with each term's amount.
    pub fn matches(&self, terms: &[&str]) -> Result<HashMap<Uuid, LexicalMatch>, EngineError> {
        let searcher = self.reader.searcher();
        let mut found: HashMap<Uuid, LexicalMatch> = HashMap::new();
        for (number, term) in terms.iter().enumerate() {
            // (field, the text to look up there, share of the boost)
            let mut lookups: Vec<(Field, String, f64)> =
                Field::WORDS.iter().map(|field| (*field, (*term).to_owned(), 1.0)).collect();
            if is_one_character(term) {
                lookups.push((Field::Characters, (*term).to_owned(), 1.0));
            }
            let pairs = bigrams(term);
            let share = 1.0 / f64::from(u32::try_from(pairs.len().max(1)).unwrap_or(u32::MAX));
            lookups.extend(pairs.into_iter().map(|pair| (Field::Bigrams, pair, share)));
            let mut amounts: HashMap<Uuid, f64> = HashMap::new();
            for (field, text, share) in lookups {
                let query =
                    TermQuery::new(Term::from_field_text(self.fields[&field], &text), IndexRecordOption::WithFreqs);
                let weight = query.weight(EnableScoring::enabled_from_searcher(&searcher))?;
                for segment in searcher.segment_readers() {
                    let (high, low) = (segment.fast_fields().u64("id_high")?, segment.fast_fields().u64("id_low")?);
                    let mut scorer = weight.scorer(segment, 1.0)?;
                    let mut doc = scorer.doc();
                    while doc != TERMINATED {
                        let alive = segment.alive_bitset().is_none_or(|alive| alive.is_alive(doc));
                        if alive && let (Some(high), Some(low)) = (high.first(doc), low.first(doc)) {
                            let amount = f64::from(scorer.score()) * field.boost() * share;
                            *amounts.entry(Uuid::from_u64_pair(high, low)).or_default() += amount;
                        }
                        doc = scorer.advance();
                    }
                }
            }
            for (id, amount) in amounts {
                found.entry(id).or_default().amounts.push((number, amount));
            }
        }
        Ok(found)
    }

    /// Documents that hold a phrase, letter by letter but for what folding makes one. Reads every stored text.
    pub fn containing(&self, phrase: &str) -> Result<Vec<Uuid>, EngineError> {
        let phrase = fold::name(phrase);
        let mut found = Vec::new();
        for segment in self.reader.searcher().segment_readers() {
            let (high, low) = (segment.fast_fields().u64("id_high")?, segment.fast_fields().u64("id_low")?);
            let texts = segment.get_store_reader(STORE_BLOCKS)?;
            for doc in segment.doc_ids_alive() {
                let stored: TantivyDocument = texts.get(doc)?;
                let holds = stored
                    .get_first(self.whole)
                    .and_then(|text| text.as_str())
                    .is_some_and(|text| text.contains(&phrase));
                if holds && let (Some(high), Some(low)) = (high.first(doc), low.first(doc)) {
                    found.push(Uuid::from_u64_pair(high, low));
                }
            }
        }
        Ok(found)
    }

    /// The most that a term can add in one field of boost 1: `idf * (k1 + 1)`, with the idf of the text field where the term is rarest known.
    pub fn most(&self, term: &str) -> Result<f64, EngineError> {
        let searcher = self.reader.searcher();
        let mut frequency = 0;
        let own = [Field::Body, Field::Title, Field::Names];
        let characters = is_one_character(term).then_some(Field::Characters);
        for field in own.into_iter().chain(characters) {
            frequency = frequency.max(searcher.doc_freq(&Term::from_field_text(self.fields[&field], term))?);
        }
        let float = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        let (all, holding) = (float(searcher.num_docs()), float(frequency));
        Ok((1.0 + (all.max(holding) - holding + 0.5) / (holding + 0.5)).ln() * (K1 + 1.0))
    }
}

fn pre_tokenized(words: impl Iterator<Item = String>) -> PreTokenizedString {
    let tokens =
        words.enumerate().map(|(position, text)| IndexToken { position, text, ..IndexToken::default() }).collect();
    PreTokenizedString { text: String::new(), tokens }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(n: u128, change: i64, title: &str, body: &str) -> Document {
        Document {
            id: Uuid::from_u128(n),
            change,
            texts: vec![(Field::Title, title.to_owned()), (Field::Body, body.to_owned())],
            whole: format!("{title}\n{body}"),
        }
    }

    #[test]
    fn writes_are_seen_replaced_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let index = LexicalIndex::open(dir.path()).unwrap();
        index
            .write(&[document(1, 1, "潮汐", "河口的沉积物移动"), document(2, 2, "Tides", "running waters")], &[])
            .unwrap();
        assert!(index.matches(&["沉积"]).unwrap().contains_key(&Uuid::from_u128(1)));
        assert!(index.matches(&["run"]).unwrap().contains_key(&Uuid::from_u128(2)));
        index.write(&[document(1, 3, "潮汐", "别的")], &[Uuid::from_u128(2)]).unwrap();
        assert!(index.matches(&["沉积"]).unwrap().is_empty());
        drop(index);
        let again = LexicalIndex::open(dir.path()).unwrap();
        assert_eq!(again.changes().unwrap(), HashMap::from([(Uuid::from_u128(1), 3)]));
    }

    #[test]
    fn one_character_and_phrases_in_any_form_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let index = LexicalIndex::open(dir.path()).unwrap();
        let fish = document(1, 1, "知鱼之乐", "庄子游于濠梁之上。\n指标 ＺＱＸＷ＠１０ 与 Café");
        index.write(&[fish, document(2, 2, "女鞋", "跑鞋 10,000 步")], &[]).unwrap();
        for (term, number) in [("鱼", 1), ("濠", 1), ("鞋", 2)] {
            let found = index.matches(&[term]).unwrap();
            assert_eq!(found.keys().collect::<Vec<_>>(), [&Uuid::from_u128(number)], "{term}");
        }
        for (phrase, number) in [
            ("zqxw@10", 1),
            ("與 cafe\u{301}", 1),
            ("知魚之樂", 1),
            ("１００００ 步", 2),
            ("10,000", 2),
            ("之上。 指标", 1),
        ] {
            assert_eq!(index.containing(phrase).unwrap(), [Uuid::from_u128(number)], "{phrase}");
        }
        assert!(index.containing("鱼之乐也").unwrap().is_empty());
    }

    #[test]
    fn a_broken_index_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        LexicalIndex::open(dir.path()).unwrap().write(&[document(1, 1, "a", "b")], &[]).unwrap();
        std::fs::write(dir.path().join("meta.json"), "not json").unwrap();
        let again = LexicalIndex::open(dir.path()).unwrap();
        assert!(again.changes().unwrap().is_empty());
    }

    #[test]
    fn a_second_process_does_not_touch_the_first_ones_index() {
        let dir = tempfile::tempdir().unwrap();
        let first = LexicalIndex::open(dir.path()).unwrap();
        first.write(&[document(1, 1, "a", "b")], &[]).unwrap();
        let second = LexicalIndex::open(dir.path()).unwrap();
        assert!(second.changes().unwrap().is_empty(), "its own, empty");
        second.write(&[document(2, 2, "c", "d")], &[]).unwrap();
        assert_eq!(first.changes().unwrap(), HashMap::from([(Uuid::from_u128(1), 1)]));
    }

    #[test]
    fn a_rare_term_can_add_more() {
        let dir = tempfile::tempdir().unwrap();
        let index = LexicalIndex::open(dir.path()).unwrap();
        let documents: Vec<Document> =
            (1..20).map(|n| document(n, 1, "x", if n == 1 { "often rare" } else { "often" })).collect();
        index.write(&documents, &[]).unwrap();
        assert!(index.most("rare").unwrap() > index.most("often").unwrap());
        assert!(index.most("unseen").unwrap() > index.most("rare").unwrap());
        let amount = index.matches(&["rare"]).unwrap()[&Uuid::from_u128(1)].amounts[0].1;
        assert!(amount > 0.0 && amount < index.most("rare").unwrap());
    }
}
