//! Text to token ids, with the encoder's own truncation.

use std::ops::Range;
use std::path::Path;

use tokenizers::{Encoding, NormalizerWrapper, Tokenizer};

use super::EncoderError;
use super::pooling::Token;

pub(super) struct Cutter {
    /// Neither pads nor truncates, whatever its file says.
    tokenizer: Tokenizer,
    pub(super) max_tokens: usize,
}

impl Cutter {
    /// `vocabulary` is the number of rows of the embedding table: every id must be below it.
    pub(super) fn new(
        path: &Path,
        json: &[u8],
        lower_case: bool,
        max_tokens: usize,
        vocabulary: usize,
    ) -> Result<Cutter, EncoderError> {
        let fail = |source| EncoderError::Tokenizer { path: path.to_owned(), source };
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(fail)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(fail)?;
        if lower_case {
            let mut steps: Vec<NormalizerWrapper> = vec![tokenizers::normalizers::Lowercase.into()];
            steps.extend(tokenizer.get_normalizer().cloned());
            tokenizer.with_normalizer(Some(tokenizers::normalizers::Sequence::new(steps))).map_err(fail)?;
        }
        let largest = tokenizer.get_vocab(true).into_values().max().unwrap_or(0) as usize;
        if largest >= vocabulary {
            let what = format!("its ids go up to {largest}, the embedding table has {vocabulary} rows");
            return Err(EncoderError::Unsupported { path: path.to_owned(), what });
        }
        Ok(Cutter { tokenizer, max_tokens })
    }

    pub(super) fn count(&self, text: &str) -> Result<usize, EncoderError> {
        let encoding = self.tokenizer.encode_fast(text, true);
        Ok(encoding.map_err(|source| EncoderError::Tokenize { source })?.len())
    }

    /// The token that stands for one that is hidden: `[MASK]`, or `<mask>`.
    pub(super) fn mask(&self) -> Option<u32> {
        ["[MASK]", "<mask>"].iter().find_map(|token| self.tokenizer.token_to_id(token))
    }

    pub(super) fn ids(&self, text: &str) -> Result<Vec<u32>, EncoderError> {
        let encoding = self.tokenizer.encode_fast(text, true);
        let encoding = encoding.map_err(|source| EncoderError::Tokenize { source })?;
        Ok(self.kept(&encoding).into_iter().flat_map(|range| &encoding.get_ids()[range]).copied().collect())
    }

    /// Ids, and for each the token with its bytes in the text.
    pub(super) fn tokens(&self, text: &str) -> Result<(Vec<u32>, Vec<Token>), EncoderError> {
        let encoding = self.tokenizer.encode(text, true);
        let encoding = encoding.map_err(|source| EncoderError::Tokenize { source })?;
        let token = |i: usize| {
            let (start, end) = encoding.get_offsets()[i];
            let special = encoding.get_special_tokens_mask()[i] == 1;
            (encoding.get_ids()[i], Token { piece: encoding.get_tokens()[i].clone(), start, end, special })
        };
        Ok(self.kept(&encoding).into_iter().flatten().map(token).unzip())
    }

    /// The tokens to keep: the first ones, and the special ones that close the text.
    fn kept(&self, encoding: &Encoding) -> [Range<usize>; 2] {
        let (count, limit) = (encoding.len(), self.max_tokens);
        if count <= limit {
            return [0..count, count..count];
        }
        let special = encoding.get_special_tokens_mask().iter().rev();
        let closing = special.take_while(|mask| **mask == 1).count().min(limit);
        [0..limit - closing, count - closing..count]
    }
}
