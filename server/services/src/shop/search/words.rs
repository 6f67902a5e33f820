//! A query as the encoder read it, word by word: each word's share of a cosine.

use alluvium_engine::encoder::TokenStates;

use crate::search::Glossed;

/// A word of the query and its vector.
#[derive(Debug, Clone)]
struct Word {
    /// Machine name.
    name: String,
    /// What a person reads.
    value: String,
    /// `[dimension]`: the sum over the word's tokens.
    part: Vec<f32>,
}

/// The words of a query; their vectors sum to the query's.
#[derive(Debug, Clone)]
pub(super) struct QueryWords {
    words: Vec<Word>,
}

impl QueryWords {
    /// Pieces of one word belong together, and so do the English words that stand for one Chinese word, and the marks at both ends. Pooling that is no
    /// sum over tokens leaves one word for all.
    pub(super) fn new(states: &TokenStates, read_as: &Glossed) -> QueryWords {
        let Some(parts) = &states.parts else {
            let whole = Word { name: "cosine".into(), value: "cosine".into(), part: states.vector.clone() };
            return QueryWords { words: vec![whole] };
        };
        let mut words: Vec<Word> = Vec::new();
        let mut last: Option<usize> = None;
        for (number, (token, part)) in states.tokens.iter().zip(parts).enumerate() {
            let (name, value) = if token.special {
                ("token:ends".to_owned(), "[ ]".to_owned())
            } else if let (Some(last), Some(piece)) = (last, token.piece.strip_prefix("##")) {
                let word = &mut words[last];
                if !word.name.starts_with("word:") {
                    word.value.push_str(piece);
                }
                (word.name.clone(), String::new())
            } else if let Some((source, chinese)) = read_as.source(token.start) {
                (format!("word:{source}"), format!("{chinese} ({})", read_as.english(source)))
            } else {
                (format!("token:{number}"), token.piece.clone())
            };
            let place = words.iter().position(|word| word.name == name).unwrap_or_else(|| {
                words.push(Word { name, value, part: vec![0.0; part.len()] });
                words.len() - 1
            });
            words[place].part.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
            last = Some(place);
        }
        QueryWords { words }
    }

    /// The query's vector without the words that are switched off; none where all are.
    pub(super) fn vector(&self, off: &[String]) -> Option<Vec<f32>> {
        let mut on = self.words.iter().filter(|word| !off.contains(&word.name)).peekable();
        on.peek()?;
        let mut vector = vec![0.0; self.words.first()?.part.len()];
        for word in on {
            vector.iter_mut().zip(&word.part).for_each(|(sum, x)| *sum += x);
        }
        Some(vector)
    }

    /// Name, value and share of the cosine with a product's vector, of each word that is on.
    pub(super) fn shares<'a>(
        &'a self,
        product: &'a [f32],
        off: &'a [String],
    ) -> impl Iterator<Item = (&'a str, &'a str, f64)> {
        self.words.iter().filter(|word| !off.contains(&word.name)).map(move |word| {
            let share: f64 = word.part.iter().zip(product).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            (word.name.as_str(), word.value.as_str(), share)
        })
    }
}
