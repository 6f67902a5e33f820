//! Finding: text analysis, the lexical index, passage vectors, and the thread that the encoder lives on.

mod analysis;
mod dictionary;
mod lexical;
mod vectors;
mod worker;

pub use analysis::{Token, analyse, is_cjk, is_one_character, is_stop_word, query_terms};
pub use dictionary::Dictionary;
pub use lexical::{Document, Field, LexicalIndex, LexicalMatch};
pub(crate) use vectors::dot;
pub use vectors::{Passages, Similar};
pub use worker::{Busy, EncoderWorker, Reply, Urgency};
