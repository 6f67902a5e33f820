//! The index of one catalogue, in memory.

use std::collections::HashMap;

use alluvium_domain::fold;

use super::tokens::product_tokens;
use crate::search::{Token, analyse, is_cjk};

/// What is searched of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Title.
    Title,
    /// Brand.
    Brand,
    /// Category path.
    Category,
    /// Values of attributes.
    Attributes,
    /// Description.
    Description,
    /// Model number, article numbers, the shop's own id.
    Code,
    /// Title, description and brand as one text, words as they are written: what plain BM25 knows.
    Text,
}

impl Field {
    /// All fields.
    pub const ALL: [Field; 7] =
        [Field::Title, Field::Brand, Field::Category, Field::Attributes, Field::Description, Field::Code, Field::Text];

    pub(super) fn number(self) -> usize {
        self as usize
    }
}

/// Most words that stand for a part of them.
const MAX_PARTS: usize = 400;

pub(super) const FIELDS: usize = Field::ALL.len();

/// The two constants of BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bm25 {
    /// How soon more of a word stops counting more.
    pub k1: f64,
    /// How much a long text counts less.
    pub b: f64,
}

impl Bm25 {
    /// The constants of every field here; those that Anserini uses, from Trotman, Puurula and Burgess (ADCS 2014).
    pub const SHORT: Bm25 = Bm25 { k1: 0.9, b: 0.4 };

    /// `idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average))`; idf is `ln(1 + (n - df + 0.5) / (df + 0.5))`.
    fn amount(self, idf: f64, frequency: f64, length: f64, average: f64) -> f64 {
        let norm = 1.0 - self.b + self.b * length / average.max(1.0);
        idf * frequency * (self.k1 + 1.0) / (frequency + self.k1 * norm)
    }
}

/// A product as the index reads it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProductDocument {
    /// Number of the product.
    pub key: i32,
    /// Title, both languages.
    pub title: String,
    /// Brand.
    pub brand: String,
    /// Levels of the category path, both languages.
    pub category: Vec<String>,
    /// Values of attributes as text.
    pub attributes: String,
    /// Names of the attributes that it has: products of one kind have the same ones.
    pub names: Vec<String>,
    /// Description, both languages.
    pub description: String,
    /// Model and article numbers, the shop's id.
    pub codes: Vec<String>,
    /// Price in minor units.
    pub price: Option<f64>,
    /// Year of release.
    pub year: Option<f64>,
    /// How often it was viewed, carted and bought, weighted; none where nothing is known of any product.
    pub popularity: Option<f64>,
}

/// A word in one field of one product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posting {
    pub(super) slot: u32,
    pub(super) field: u8,
    pub(super) frequency: u16,
}

/// A word of the vocabulary.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: Box<str>,
    /// Products that have it, by field.
    pub(super) holding: [u32; FIELDS],
    /// By slot, then field.
    pub(super) postings: Vec<Posting>,
}

/// What is kept of a product besides its words.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) key: i32,
    pub(super) alive: bool,
    pub(super) lengths: [u16; FIELDS],
    /// Words of the title in order.
    pub(super) title: Vec<u32>,
    /// Names of attributes and levels of the category, as numbers.
    pub(super) kinds: Vec<u32>,
    pub(super) names: u16,
    pub(super) price: Option<f32>,
    pub(super) year: Option<f32>,
    pub(super) popularity: Option<f32>,
}

/// An index of products. Replaced and removed ones leave a dead slot behind, whose words still count as frequent: make it anew when
/// [`dead_share`](ProductIndex::dead_share) is large.
#[derive(Debug, Default)]
pub struct ProductIndex {
    numbers: HashMap<Box<str>, u32>,
    pub(super) words: Vec<Word>,
    pub(super) slots: Vec<Slot>,
    by_key: HashMap<i32, u32>,
    /// Words in each field over all slots.
    totals: [u64; FIELDS],
    kind_numbers: HashMap<Box<str>, u32>,
    /// Products of each kind mark.
    pub(super) kind_holding: Vec<u32>,
    pub(super) dimension: usize,
    /// `[slots][dimension]`, zeros where there is no vector yet.
    vectors: Vec<f32>,
    vector_count: usize,
}

/// A product that plain BM25 finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlainHit {
    /// Number of the product.
    pub key: i32,
    /// Score.
    pub score: f64,
}

impl ProductIndex {
    /// An empty index for vectors of `dimension` floats; 0 for none.
    pub fn new(dimension: usize) -> ProductIndex {
        ProductIndex { dimension, ..ProductIndex::default() }
    }

    /// Products that can be found.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Floats in a vector; 0 for none.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Products that have a vector.
    pub fn vector_count(&self) -> usize {
        self.vector_count
    }

    /// Share of the slots that nothing is found in any more.
    pub fn dead_share(&self) -> f64 {
        if self.slots.is_empty() { 0.0 } else { 1.0 - count(self.by_key.len()) / count(self.slots.len()) }
    }

    /// Adds a product, or puts it in the place of the one with its key; its vector is to be set anew.
    pub fn put(&mut self, document: &ProductDocument) {
        self.remove(document.key);
        let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        let mut lengths = [0_u16; FIELDS];
        let mut title = Vec::new();
        for field in Field::ALL {
            let words = match field {
                Field::Title => product_words(&document.title),
                Field::Brand => product_words(&document.brand),
                Field::Category => product_words(&document.category.join("\n")),
                Field::Attributes => product_words(&document.attributes),
                Field::Description => product_words(&document.description),
                Field::Code => product_words(&document.codes.join("\n")),
                Field::Text => {
                    let whole = [document.title.as_str(), &document.description, &document.brand].join("\n");
                    plain_words(&whole)
                }
            };
            lengths[field.number()] = u16::try_from(words.len()).unwrap_or(u16::MAX);
            self.totals[field.number()] += u64::from(lengths[field.number()]);
            self.add_words(slot, field, words);
        }
        for token in analyse(&document.title) {
            title.push(self.number(&token.text));
        }
        let mut kinds: Vec<u32> = document
            .names
            .iter()
            .map(|name| format!("={name}"))
            .chain(document.category.iter().cloned())
            .map(|kind| self.kind_number(&kind))
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in &kinds {
            self.kind_holding[*kind as usize] += 1;
        }
        self.by_key.insert(document.key, slot);
        self.slots.push(Slot {
            key: document.key,
            alive: true,
            lengths,
            title,
            kinds,
            names: u16::try_from(document.names.len()).unwrap_or(u16::MAX),
            price: document.price.map(|price| price as f32),
            year: document.year.map(|year| year as f32),
            popularity: document.popularity.map(|count| count as f32),
        });
        self.vectors.resize(self.slots.len() * self.dimension, 0.0);
    }

    /// Forgets a product.
    pub fn remove(&mut self, key: i32) {
        if let Some(slot) = self.by_key.remove(&key) {
            self.slots[slot as usize].alive = false;
            if self.vector(slot).is_some() {
                self.vector_count -= 1;
            }
        }
    }

    /// Sets the vector of a product, L2-normalised; one of another length is left out.
    pub fn set_vector(&mut self, key: i32, vector: &[f32]) {
        let Some(slot) = self.by_key.get(&key).copied() else { return };
        if vector.len() == self.dimension && self.dimension > 0 {
            if self.vector(slot).is_none() {
                self.vector_count += 1;
            }
            let at = slot as usize * self.dimension;
            self.vectors[at..at + self.dimension].copy_from_slice(vector);
        }
    }

    /// The vector of a slot.
    pub(super) fn vector(&self, slot: u32) -> Option<&[f32]> {
        let at = slot as usize * self.dimension;
        let vector = self.vectors.get(at..at + self.dimension)?;
        vector.iter().any(|x| *x != 0.0).then_some(vector)
    }

    /// The vector of a product.
    pub fn vector_of(&self, key: i32) -> Option<&[f32]> {
        self.vector(*self.by_key.get(&key)?)
    }

    /// Whether a word, folded and stemmed, occurs in any product.
    pub fn occurs(&self, word: &str) -> bool {
        self.word(word).is_some_and(|word| word.holding[..Field::Text.number()].iter().any(|holding| *holding > 0))
    }

    /// The words of titles, brands, categories and codes that hold a typed one: for a Chinese character the words that have it, for part of a model
    /// number the numbers, where it neither begins nor ends within a row of digits. Those that most products have come first.
    pub fn words_with(&self, part: &str) -> Vec<&str> {
        let named = [Field::Title, Field::Brand, Field::Category, Field::Code];
        let mut found: Vec<(u32, &str)> = self
            .words
            .iter()
            .filter(|word| &*word.text != part && holds(&word.text, part))
            .map(|word| (named.iter().map(|field| word.holding[field.number()]).sum(), &*word.text))
            .filter(|(holding, _)| *holding > 0)
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        found.truncate(MAX_PARTS);
        found.into_iter().map(|(_, text)| text).collect()
    }

    pub(super) fn word(&self, word: &str) -> Option<&Word> {
        self.numbers.get(word).map(|number| &self.words[*number as usize])
    }

    pub(super) fn word_number(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// Inverse document frequency of a word in a field.
    pub(super) fn idf(&self, word: &Word, field: Field) -> f64 {
        let (all, holding) = (count(self.slots.len()), f64::from(word.holding[field.number()]));
        (1.0 + (all - holding + 0.5) / (holding + 0.5)).ln()
    }

    /// What a word adds to the BM25 of a field of a product.
    pub(super) fn amount(&self, word: &Word, posting: &Posting) -> f64 {
        let field = Field::ALL[usize::from(posting.field)];
        let length = f64::from(self.slots[posting.slot as usize].lengths[field.number()]);
        let average = self.totals[field.number()] as f64 / count(self.slots.len()).max(1.0);
        Bm25::SHORT.amount(self.idf(word, field), f64::from(posting.frequency), length, average)
    }

    /// What a word adds in one field of one product; 0 where it does not occur.
    pub(super) fn amount_in(&self, word: &Word, slot: u32, field: Field) -> f64 {
        let wanted = (slot, field.number());
        let place = |posting: &Posting| (posting.slot, usize::from(posting.field));
        match word.postings.binary_search_by_key(&wanted, place) {
            Ok(found) => self.amount(word, &word.postings[found]),
            Err(_) => 0.0,
        }
    }

    /// The best products by BM25 (k1 0.9, b 0.4) over title, description and brand as one text, without stems, stop words, fields, spelling or
    /// synonyms: what other rankers are compared with. Ties by the order in which products came.
    pub fn plain(&self, query: &str, limit: usize) -> Vec<PlainHit> {
        let mut scores: HashMap<u32, f64> = HashMap::new();
        let mut seen = std::collections::HashSet::new();
        for text in plain_words(query).into_iter().filter(|word| seen.insert(word.clone())) {
            let Some(word) = self.word(&text) else { continue };
            for posting in word.postings.iter().filter(|posting| usize::from(posting.field) == Field::Text.number()) {
                if self.slots[posting.slot as usize].alive {
                    *scores.entry(posting.slot).or_default() += self.amount(word, posting);
                }
            }
        }
        let mut found: Vec<(u32, f64)> = scores.into_iter().collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(limit);
        found.into_iter().map(|(slot, score)| PlainHit { key: self.slots[slot as usize].key, score }).collect()
    }

    fn add_words(&mut self, slot: u32, field: Field, words: Vec<String>) {
        let mut frequencies: HashMap<String, u16> = HashMap::new();
        for word in words {
            let frequency = frequencies.entry(word).or_default();
            *frequency = frequency.saturating_add(1);
        }
        for (text, frequency) in frequencies {
            let number = self.number(&text);
            let word = &mut self.words[number as usize];
            word.holding[field.number()] += 1;
            // Slots and fields come in order, so that postings stay sorted.
            word.postings.push(Posting { slot, field: field as u8, frequency });
        }
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), number);
        self.words.push(Word { text: text.into(), holding: [0; FIELDS], postings: Vec::new() });
        number
    }

    fn kind_number(&mut self, kind: &str) -> u32 {
        if let Some(number) = self.kind_numbers.get(kind) {
            return *number;
        }
        let number = u32::try_from(self.kind_holding.len()).unwrap_or(u32::MAX);
        self.kind_numbers.insert(kind.into(), number);
        self.kind_holding.push(0);
        number
    }
}

/// Whether a word holds a part that is no piece of a longer number in it.
fn holds(word: &str, part: &str) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    word.match_indices(part).any(|(at, _)| {
        let before = word[..at].chars().next_back();
        let after = word[at + part.len()..].chars().next();
        let cuts = |inner: Option<char>, outer: Option<char>| digit(inner) && digit(outer);
        !cuts(part.chars().next(), before) && !cuts(part.chars().next_back(), after)
    })
}

fn product_words(text: &str) -> Vec<String> {
    product_tokens(text).into_iter().map(|token| token.text).collect()
}

/// Words as they are written, folded: stretches of letters and digits, Chinese as it is cut.
pub(super) fn plain_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in fold::fold(text).chars().chain([' ']) {
        if c.is_alphanumeric() && !is_cjk(c) {
            word.push(c);
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if text.chars().any(is_cjk) {
        let chinese = |token: &Token| token.text.chars().any(is_cjk);
        words.extend(analyse(text).into_iter().filter(chinese).map(|token| token.text));
    }
    words.retain(|word| word.len() <= 120);
    words
}

pub(super) fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}
