//! Why an expression cannot be read.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// What must stand at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// `metrics.loss`, `params."a b"`, `status`.
    Field,
    /// `=`, `LIKE`...
    Comparator,
    /// A number.
    Number,
    /// A text in quotes.
    Text,
    /// Texts in parentheses.
    List,
    /// The other quote.
    Quote,
    /// `AND`, or the end.
    And,
    /// `ASC`, `DESC` or the end.
    Direction,
}

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "fault")]
pub enum Fault {
    /// Something else must stand there.
    Expected { wanted: Wanted, found: String },
    /// Conditions cannot be about this sort of thing.
    Scope { found: String, known: String },
    /// There is no such column.
    Column { found: String, known: String },
    /// It cannot be compared so.
    Comparator { found: String, known: String },
}

impl Wanted {
    /// In a person's language.
    pub fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Wanted::Field => ("字段（如 metrics.loss）", "a field such as metrics.loss"),
            Wanted::Comparator => ("比较符", "a comparator"),
            Wanted::Number => ("数字", "a number"),
            Wanted::Text => ("带引号的文本", "a text in quotes"),
            Wanted::List => ("括号中的文本列表", "a list of texts in parentheses"),
            Wanted::Quote => ("与开头相同的引号", "the closing quote"),
            Wanted::And => ("AND 或结尾", "AND or the end"),
            Wanted::Direction => ("ASC、DESC 或结尾", "ASC, DESC or the end"),
        };
        lang.pick(zh, en)
    }
}

impl Fault {
    /// In a person's language.
    pub fn text(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        match self {
            Fault::Expected { wanted, found } if found.is_empty() && zh => {
                format!("应为{}，但已到结尾", wanted.text(lang))
            }
            Fault::Expected { wanted, found } if found.is_empty() => {
                format!("expected {}, but it ends there", wanted.text(lang))
            }
            Fault::Expected { wanted, found } if zh => format!("应为{}，而不是“{found}”", wanted.text(lang)),
            Fault::Expected { wanted, found } => format!("expected {}, found “{found}”", wanted.text(lang)),
            Fault::Scope { found, known } if zh => format!("未知的类别“{found}”，可用：{known}"),
            Fault::Scope { found, known } => format!("unknown sort “{found}”; there are {known}"),
            Fault::Column { found, known } if zh => format!("未知的字段“{found}”，可用：{known}"),
            Fault::Column { found, known } => format!("unknown field “{found}”; there are {known}"),
            Fault::Comparator { found, known } if zh => format!("此处不能用“{found}”比较，可用：{known}"),
            Fault::Comparator { found, known } => format!("cannot be compared by “{found}”; there are {known}"),
        }
    }
}
