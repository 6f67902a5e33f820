//! The one error that reaches a person: what is wrong, with which field, and the limit, in both languages.
//!
//! Free of transport: the web layer maps [`ProblemKind`] to a status.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::tracking::filter::Fault;
use crate::{Lang, fold};

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
    /// The person may do this, and has to give their password again first.
    Unconfirmed,
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
    /// Fewer than `limit` items.
    TooFew { limit: usize, actual: usize },
    /// It is outside `min..=max`.
    OutOfRange { min: i64, max: i64 },
    /// It does not have the form that `expected` describes.
    Malformed { expected: Cow<'static, str> },
    /// It is none of the known values.
    Unknown { value: String },
    /// Something else has this name already.
    Taken { value: String },
    /// The same twice in one request.
    Repeated { value: String },
    /// It was set before, to another value, and is set once only.
    Fixed { key: String, old: String, new: String },
    /// It is there, but deleted.
    Deleted { value: String },
    /// This value does not have the form that `expected` describes.
    Unfit { value: String, expected: Cow<'static, str> },
    /// It cannot be read from the character `at` on, counted from 1.
    Syntax { at: usize, fault: Fault },
    /// More than `limit` within a day; more from `retry_after` seconds on.
    Quota { limit: u64, retry_after: u64 },
    /// It has more than `limit` bytes.
    TooLarge { limit: u64 },
    /// It says what only later can be known: a decision before there is one.
    Premature,
    /// Parts of it are not there; their names in both languages.
    Lacks { zh: String, en: String },
    /// It is not right, without saying more (sign-in).
    Wrong,
    /// Too often; possible again after `seconds`.
    TooSoon { seconds: u64 },
    /// It cannot be, for a reason that stands in both languages.
    Refused { zh: Cow<'static, str>, en: Cow<'static, str> },
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
    /// The fields that are wrong; empty unless `kind` is `Invalid`, `Conflict` or `NotFound`.
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

    /// Something that cannot be done as things stand, with the reason in both languages.
    pub fn conflict(
        field: impl Into<Cow<'static, str>>,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Problem { kind: ProblemKind::Conflict, ..Problem::refused(field, zh, en) }
    }

    /// A field that is refused, with the reason in both languages.
    pub fn refused(
        field: impl Into<Cow<'static, str>>,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Problem::field(field, Issue::Refused { zh: zh.into(), en: en.into() })
    }

    /// No such thing.
    pub fn not_found() -> Self {
        Problem::new(ProblemKind::NotFound)
    }

    /// No such thing, and which: the field that names it and the name.
    pub fn unknown(field: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        let issue = Issue::Unknown { value: value.to_string() };
        Problem { kind: ProblemKind::NotFound, errors: vec![FieldError { field: field.into(), issue }] }
    }

    /// Something else has the name of this field already.
    pub fn taken(field: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        let issue = Issue::Taken { value: value.into() };
        Problem { kind: ProblemKind::Conflict, errors: vec![FieldError { field: field.into(), issue }] }
    }

    /// Too often: possible again after so many seconds.
    pub fn later(seconds: u64) -> Self {
        let error = FieldError { field: "requests".into(), issue: Issue::TooSoon { seconds } };
        Problem { kind: ProblemKind::Overloaded, errors: vec![error] }
    }

    /// Seconds after which it is worth another try, where that is known (`Retry-After`).
    pub fn retry_after(&self) -> Option<u64> {
        self.errors.iter().find_map(|error| match error.issue {
            Issue::TooSoon { seconds: after } | Issue::Quota { retry_after: after, .. } => Some(after),
            _ => None,
        })
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
            ProblemKind::Unconfirmed => ("请再输入一次密码", "Please give your password again"),
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
            Issue::TooFew { limit, actual } if zh => format!("至少 {limit} 项，现有 {actual} 项"),
            Issue::TooFew { limit, actual } => format!("at least {limit} items, there are {actual}"),
            Issue::OutOfRange { min, max } if zh => format!("应在 {min} 到 {max} 之间"),
            Issue::OutOfRange { min, max } => format!("must be between {min} and {max}"),
            Issue::Malformed { expected } if zh => format!("格式不对，应为：{expected}"),
            Issue::Malformed { expected } => format!("has the wrong form; expected: {expected}"),
            Issue::Unknown { value } if zh => format!("未知的值“{value}”"),
            Issue::Unknown { value } => format!("unknown value “{value}”"),
            Issue::Taken { value } if zh => format!("“{value}”已被使用"),
            Issue::Taken { value } => format!("“{value}” is already taken"),
            Issue::Repeated { value } if zh => format!("“{value}”出现了不止一次"),
            Issue::Repeated { value } => format!("“{value}” occurs more than once"),
            Issue::Fixed { key, old, new } if zh => format!("“{key}”已经是“{old}”，不能改为“{new}”"),
            Issue::Fixed { key, old, new } => format!("“{key}” is “{old}” already and cannot become “{new}”"),
            Issue::Deleted { value } if zh => format!("“{value}”已删除"),
            Issue::Deleted { value } => format!("“{value}” is deleted"),
            Issue::Unfit { value, expected } if zh => format!("“{value}”不合要求，应为：{expected}"),
            Issue::Unfit { value, expected } => format!("“{value}” does not fit; expected: {expected}"),
            Issue::Syntax { at, fault } if zh => format!("第 {at} 个字符处：{}", fault.text(lang)),
            Issue::Syntax { at, fault } => format!("at character {at}: {}", fault.text(lang)),
            Issue::Quota { limit, retry_after } if zh => format!("每天最多 {limit} 个，{retry_after} 秒后再试"),
            Issue::Quota { limit, retry_after } => format!("at most {limit} a day; try again in {retry_after} seconds"),
            Issue::TooLarge { limit } if zh => format!("最多 {limit} 字节"),
            Issue::TooLarge { limit } => format!("at most {limit} bytes"),
            Issue::Premature => {
                lang.pick("“已决定”之前要留空", "must stay empty until the state is “decided”").to_owned()
            }
            Issue::Lacks { zh: parts, .. } if zh => format!("还缺：{parts}"),
            Issue::Lacks { en, .. } => format!("lacks: {en}"),
            Issue::Wrong => lang.pick("不正确", "is not right").to_owned(),
            Issue::TooSoon { seconds } if *seconds <= 90 && zh => format!("请在 {seconds} 秒后再试"),
            Issue::TooSoon { seconds } if *seconds <= 90 => format!("try again in {seconds} seconds"),
            Issue::TooSoon { seconds } if zh => format!("请在 {} 分钟后再试", seconds.div_ceil(60)),
            Issue::TooSoon { seconds } => format!("try again in {} minutes", seconds.div_ceil(60)),
            Issue::Refused { zh, en } => lang.pick(zh, en).to_string(),
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

    /// Trims `text`, gives it line ends of one kind and checks its length in characters; `min` 1 means required.
    pub fn text(&mut self, field: &'static str, text: &str, min: usize, max: usize) -> String {
        let text = fold::line_breaks(text.trim());
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
