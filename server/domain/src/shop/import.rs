//! Files of other programs that become products, shoppers and events.

use serde::{Deserialize, Serialize};

use crate::entry::named_enum;
use crate::problem::Problem;

named_enum! {
    /// What a file looks like.
    ImportFormat {
        /// Products, a JSON object a line: `id`, `title`, `supplier` or `brand`, `price`, `short_description`, `attr_*`.
        Products = "products",
        /// Events with a heading line: `shopper,product,kind,time,query,position`.
        Events = "events",
        /// Purchases, a shopper a line: `shopper product product ...` in the order of time.
        Sequences = "sequences",
        /// `RecBole` atomic files: `NAME.inter`, `NAME.item`, `NAME.user`.
        Recbole = "recbole",
        /// One file for each kind of event, `uid sid` a line: `buy.*`, `cart.*`, `view.*`.
        Behaviours = "behaviours",
        /// Grades of products for queries with a heading line: `query,docid,rating` (or `query,product,grade`), grades 0 to 3.
        Judgements = "judgements",
    }
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WrongRow {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: i64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What an import did, over all its runs: one that was interrupted goes on where it stopped.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportReport {
    /// Lines read.
    pub lines: i64,
    /// Products added or changed.
    pub products: i64,
    /// Shoppers added.
    pub shoppers: i64,
    /// Events added.
    pub events: i64,
    /// Rows that said what the catalogue had already.
    pub repeated: i64,
    /// Number of lines that were not taken.
    pub wrong: i64,
    /// The first of them, with their reasons.
    pub wrong_rows: Vec<WrongRow>,
    /// Lines that an earlier run had read already.
    pub resumed_at: i64,
}
