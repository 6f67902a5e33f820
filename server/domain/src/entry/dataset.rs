//! A data set: where it is from, what one may do with it, what its columns mean.

use serde::{Deserialize, Serialize};

use super::limits;
use crate::fold;
use crate::problem::{Check, Issue};

/// What only a data set has.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Dataset {
    /// Under which terms it may be used.
    pub licence: String,
    /// Where it is from: an address, or empty where it is made here.
    pub source: String,
    /// How much there is, in words.
    pub size: String,
    /// SHA-256 of its main file, 64 hexadecimal digits, or empty where there is no file.
    pub hash: String,
    /// What its columns mean.
    pub schema: String,
}

impl Dataset {
    pub(super) fn checked(self, check: &mut Check, draft: bool) -> Dataset {
        let min = usize::from(!draft);
        let source = check.text("source", &self.source, 0, limits::ADDRESS);
        let address = source.strip_prefix("https://").or_else(|| source.strip_prefix("http://"));
        let fit = address.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace));
        if !source.is_empty() && !fit {
            check.fail("source", Issue::Malformed { expected: "https://…".into() });
        }
        let hash = self.hash.trim().trim_start_matches("sha256:").to_ascii_lowercase();
        if !hash.is_empty() && (hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            check.fail("hash", Issue::Malformed { expected: "SHA-256: 64 × 0-9 a-f".into() });
        }
        Dataset {
            licence: check.text("licence", &self.licence, min, limits::FACT),
            source,
            size: check.text("size", &self.size, min, limits::FACT),
            hash,
            schema: check.text("schema", &fold::line_breaks(&self.schema), min, limits::SCHEMA),
        }
    }
}
