//! The one error that reaches a person: what is wrong, with which field, and the limit, in both languages.
//!
//! Free of transport: the web layer maps [`ProblemKind`] to a status.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Lang;

/// What sort of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The input is wrong; `errors` says where.
    Invalid,
    /// Nobody is signed in, and the action needs somebody.
    Unauthenticated,
    /// The person may not do this.
    Forbidden,
    /// There is no such thing, or the person may not know of it.
    NotFound,
    /// Somebody else changed it in the meantime, or the name is taken.
    Conflict,
    /// Too much at once; try again later.
    Overloaded,
    /// A part that is needed is not there (for example no encoder).
    Unavailable,
    /// A defect or an outage on our side; the details are in the log only.
    Internal,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "code")]
pub enum Issue {
    /// It is empty.
    Required,
    /// It is longer than `limit` characters.
    TooLong { limit: usize, actual: usize },
    /// It is shorter than `limit` characters.
    TooShort { limit: usize, actual: usize },
    /// More than `limit` items.
    TooMany { limit: usize, actual: usize },
    /// It is outside `min..=max`.
    OutOfRange { min: i64, max: i64 },
    /// It does not have the form that `expected` describes.
    Malformed { expected: Cow<'static, str> },
    /// It is none of the known values.
    Unknown { value: String },
    /// Something else has this name already.
    Taken { value: String },
    /// It is not right, without saying more (sign-in).
    Wrong,
}

/// One field and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The name of the field as the form and the API spell it.
    pub field: Cow<'static, str>,
    /// What is wrong.
    #[serde(flatten)]
    pub issue: Issue,
}

/// An error for a person. `Display` is the English text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// What sort.
    pub kind: ProblemKind,
    /// The fields that are wrong; empty unless `kind` is `Invalid` or `Conflict`.
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem without fields.
    pub fn new(kind: ProblemKind) -> Self {
        Problem { kind, errors: Vec::new() }
    }

    /// One wrong field.
    pub fn field(field: impl Into<Cow<'static, str>>, issue: Issue) -> Self {
        Problem { kind: ProblemKind::Invalid, errors: vec![FieldError { field: field.into(), issue }] }
    }

    /// No such thing.
    pub fn not_found() -> Self {
        Problem::new(ProblemKind::NotFound)
    }

    /// A defect or outage; log the cause before you make one.
    pub fn internal() -> Self {
        Problem::new(ProblemKind::Internal)
    }

    /// The error of one field in a person's language, if it has one.
    pub fn for_field(&self, field: &str, lang: Lang) -> Option<String> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.issue.text(lang))
    }

    /// A heading in a person's language.
    pub fn title(&self, lang: Lang) -> &'static str {
        let (zh, en) = match self.kind {
            ProblemKind::Invalid => ("输入有误", "The input is not valid"),
            ProblemKind::Unauthenticated => ("请先登录", "Please sign in first"),
            ProblemKind::Forbidden => ("没有权限", "You may not do this"),
            ProblemKind::NotFound => ("没有找到", "Not found"),
            ProblemKind::Conflict => ("与已有内容冲突", "It conflicts with what is there"),
            ProblemKind::Overloaded => ("服务繁忙，请稍后再试", "The server is busy, please try again"),
            ProblemKind::Unavailable => ("暂不可用", "Not available"),
            ProblemKind::Internal => ("服务出错", "Something went wrong on our side"),
        };
        lang.pick(zh, en)
    }

    /// Every field error in one line.
    pub fn detail(&self, lang: Lang) -> String {
        let lines: Vec<String> =
            self.errors.iter().map(|error| format!("{}: {}", error.field, error.issue.text(lang))).collect();
        lines.join(lang.pick("；", "; "))
    }
}

impl Issue {
    /// The text beside the field, in a person's language.
    pub fn text(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        match self {
            Issue::Required => lang.pick("不能为空", "must not be empty").to_owned(),
            Issue::TooLong { limit, actual } if zh => format!("最多 {limit} 个字符，现有 {actual} 个"),
            Issue::TooLong { limit, actual } => format!("at most {limit} characters, there are {actual}"),
            Issue::TooShort { limit, actual } if zh => format!("至少 {limit} 个字符，现有 {actual} 个"),
            Issue::TooShort { limit, actual } => format!("at least {limit} characters, there are {actual}"),
            Issue::TooMany { limit, actual } if zh => format!("最多 {limit} 项，现有 {actual} 项"),
            Issue::TooMany { limit, actual } => format!("at most {limit} items, there are {actual}"),
            Issue::OutOfRange { min, max } if zh => format!("应在 {min} 到 {max} 之间"),
            Issue::OutOfRange { min, max } => format!("must be between {min} and {max}"),
            Issue::Malformed { expected } if zh => format!("格式不对，应为：{expected}"),
            Issue::Malformed { expected } => format!("has the wrong form; expected: {expected}"),
            Issue::Unknown { value } if zh => format!("未知的值“{value}”"),
            Issue::Unknown { value } => format!("unknown value “{value}”"),
            Issue::Taken { value } if zh => format!("“{value}”已被使用"),
            Issue::Taken { value } => format!("“{value}” is already taken"),
            Issue::Wrong => lang.pick("不正确", "is not right").to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title(Lang::En))?;
        if !self.errors.is_empty() {
            write!(f, ": {}", self.detail(Lang::En))?;
        }
        Ok(())
    }
}

/// Collects the errors of a form, so that a person sees all of them at once.
#[derive(Debug, Default)]
pub struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    /// Records an error.
    pub fn fail(&mut self, field: impl Into<Cow<'static, str>>, issue: Issue) {
        self.errors.push(FieldError { field: field.into(), issue });
    }

    /// Trims `text` and checks its length in characters; `min` 1 means required.
    pub fn text(&mut self, field: &'static str, text: &str, min: usize, max: usize) -> String {
        let text = text.trim().to_owned();
        let actual = text.chars().count();
        if actual == 0 && min > 0 {
            self.fail(field, Issue::Required);
        } else if actual < min {
            self.fail(field, Issue::TooShort { limit: min, actual });
        } else if actual > max {
            self.fail(field, Issue::TooLong { limit: max, actual });
        } else if text.contains('\0') {
            // Postgres text cannot hold it.
            self.fail(field, Issue::Malformed { expected: "no NUL character".into() });
        }
        text
    }

    /// Ends the check.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem { kind: ProblemKind::Invalid, errors: self.errors }) }
    }
}
