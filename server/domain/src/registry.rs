//! The registry: models, their versions, who approved them, and which one serves.

mod approval;
mod checked;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::people::UserId;
use crate::tracking::RunId;

pub use approval::{Act, Approval, champions};
pub use checked::{
    alias_checked, file_path_checked, is_hub_word, limits, model_name_checked, tag_checked, tags_checked,
};

/// The alias that serving follows.
pub const CHAMPION: &str = "champion";

/// A model's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ModelId(pub i32);

/// A version's id (UUIDv7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct VersionId(pub Uuid);

/// The SHA-256 of a file; text is 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileHash(pub [u8; 32]);

impl fmt::Display for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for FileHash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(());
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| ())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| ())?;
        }
        Ok(FileHash(hash))
    }
}

impl Serialize for FileHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| serde::de::Error::custom("64 hexadecimal digits"))
    }
}

/// A file of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelFile {
    /// Path inside the version, with `/`.
    pub path: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sha256: FileHash,
    /// Bytes.
    pub size: i64,
}

/// A registered model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisteredModel {
    /// Number.
    pub id: ModelId,
    /// A name, or `namespace/name`.
    pub name: String,
    /// In Markdown.
    pub description: String,
    /// Keys and values.
    pub tags: BTreeMap<String, String>,
    /// The place that its champion serves, e.g. `recommend:demo`; none for a model that serves nothing here.
    pub serves: Option<String>,
    /// Slug of the entry of kind model that is its card; none until somebody binds one.
    pub card: Option<String>,
    /// Sign-in name of who registered it; none for the program itself.
    pub created_by: Option<String>,
    /// Number of the version that each alias names.
    pub aliases: BTreeMap<String, i32>,
    /// When it was registered.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it or an alias was last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl RegisteredModel {
    /// Number of the version that serves.
    pub fn champion(&self) -> Option<i32> {
        self.aliases.get(CHAMPION).copied()
    }
}

/// A stage of old MLflow clients. It has no say in what serves; Staging and Production are of approved versions only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Stage {
    /// No stage.
    None,
    /// Being tried.
    Staging,
    /// In use.
    Production,
    /// Put away.
    Archived,
}

impl Stage {
    /// Whether only approved versions have it: clients load what is in it.
    pub fn needs_approval(self) -> bool {
        matches!(self, Stage::Staging | Stage::Production)
    }

    /// All stages.
    pub const ALL: [Stage; 4] = [Stage::None, Stage::Staging, Stage::Production, Stage::Archived];

    /// The name in the database and in MLflow.
    pub fn code(self) -> &'static str {
        match self {
            Stage::None => "None",
            Stage::Staging => "Staging",
            Stage::Production => "Production",
            Stage::Archived => "Archived",
        }
    }
}

impl FromStr for Stage {
    type Err = ();

    /// MLflow clients may spell it in any case.
    fn from_str(text: &str) -> Result<Self, ()> {
        Stage::ALL.into_iter().find(|stage| stage.code().eq_ignore_ascii_case(text)).ok_or(())
    }
}

/// One immutable version of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelVersion {
    /// Id.
    pub id: VersionId,
    /// Number of its model.
    pub model: ModelId,
    /// Name of its model.
    pub name: String,
    /// From 1; never given twice.
    pub number: i32,
    /// The run that made it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub run_id: Option<RunId>,
    /// Where the program says that its files are from.
    pub source: String,
    /// Number of the version that it was trained on from.
    pub parent: Option<i32>,
    /// In Markdown.
    pub description: String,
    /// Keys and values.
    pub tags: BTreeMap<String, String>,
    /// Stage of old MLflow clients.
    pub stage: Stage,
    /// Where its approval stands.
    pub approval: Approval,
    /// Who made it; none for the program itself.
    pub author_id: Option<UserId>,
    /// Their sign-in name.
    pub author: Option<String>,
    /// Whether a training of this server made it; false where its files were sent.
    pub trained: bool,
    /// Aliases that name it.
    pub aliases: Vec<String>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its tags, description, stage or approval last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl ModelVersion {
    /// The version as 40 hexadecimal digits, which is how a model hub names a commit.
    pub fn commit(&self) -> String {
        format!("{}{:08x}", self.id.0.simple(), self.number)
    }
}

/// The version that a commit's 40 hexadecimal digits name.
pub fn version_of_commit(text: &str) -> Option<VersionId> {
    if text.len() != 40 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Uuid::try_parse(&text[..32]).ok().map(VersionId)
}

/// Checks of old reports were all measured.
fn measured() -> bool {
    true
}

/// One of the automatic checks of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionCheck {
    /// What was checked: `files`, `loads`, `golden`, `explanations`, `metrics`, `card`.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// Whether a version that fails it cannot be approved.
    pub required: bool,
    /// Whether there was something to measure. Where its evidence is missing, a check has not passed and blocks.
    #[serde(default = "measured")]
    pub measured: bool,
    /// What was found, in Chinese.
    pub zh: String,
    /// What was found, in English.
    pub en: String,
    /// The figures behind it.
    pub figures: BTreeMap<String, f64>,
}

/// What the automatic checks of a version found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckReport {
    /// In the order in which they ran.
    pub checks: Vec<VersionCheck>,
}

impl CheckReport {
    /// Whether every check that must pass did.
    pub fn passed(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.passed || !check.required)
    }
}

/// Something that was asked, checked or decided about a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = VersionDecision))]
pub struct Decision {
    /// Number, rising.
    pub id: i64,
    /// Id of the version.
    pub version: VersionId,
    /// Its number.
    pub number: i32,
    /// What.
    pub act: Act,
    /// Sign-in name of who did it; none for the program itself.
    pub person: Option<String>,
    /// Why.
    pub reason: String,
    /// Of a check: what it found.
    pub report: Option<CheckReport>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}
