//! Product search: one index a catalogue, in memory, that follows the table of products.

mod document;
mod facets;
mod price;
mod query;
mod shelf;
mod terms;
mod understood;
mod words;

pub(crate) use document::{document, encoded};
pub use query::{ProductPlace, ProductRanking, ProductRankings};
pub(crate) use shelf::{Shelf, Shelves};
pub(crate) use terms::terms;
