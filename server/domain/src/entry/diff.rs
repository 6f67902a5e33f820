//! The difference of two texts.

use serde::{Deserialize, Serialize};

/// What happened to a line between two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DiffOp {
    /// In both.
    Equal,
    /// Only in the newer.
    Insert,
    /// Only in the older.
    Delete,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffLine {
    /// What happened.
    pub op: DiffOp,
    /// Line number in the older text.
    pub old_line: Option<u32>,
    /// Line number in the newer text.
    pub new_line: Option<u32>,
    /// Pieces of the line; `true` marks the words that changed.
    pub pieces: Vec<(bool, String)>,
}

/// The difference of two texts; long equal stretches are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diff {
    /// Number of lines only in the newer.
    pub added: usize,
    /// Number of lines only in the older.
    pub removed: usize,
    /// Stretches of lines with context.
    pub hunks: Vec<Vec<DiffLine>>,
}
