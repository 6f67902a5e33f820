//! What a job is asked for, and the check of it.

use serde::{Deserialize, Serialize};

use super::{JobKind, limits};
use crate::entry::Slug;
use crate::problem::{Check, Issue, Problem};
use crate::shop::ImportFormat;

/// What a job is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "params", rename_all = "kebab-case")]
pub enum JobOrder {
    /// Train the recommendation models of a catalogue.
    TrainRecommend(OfCatalogue),
    /// Fine-tune the sentence encoder.
    TrainEncoder(TrainEncoder),
    /// Continue the sentence encoder's pretraining.
    PretrainEncoder(PretrainEncoder),
    /// Measure product search.
    EvaluateProducts(EvaluateProducts),
    /// Measure what fine-tuning the encoder brings to product search.
    EvaluateEncoder(EvaluateEncoder),
    /// Measure the search over entries.
    EvaluateSearch(EvaluateSearch),
    /// Check explanations.
    CheckExplanations(CheckExplanations),
    /// Import a file.
    Import(ImportOrder),
    /// Make the index anew.
    Reindex,
    /// What this version of the program cannot read: kept as it stands, so that the job can be shown and fails with its reason. Nobody asks for it.
    #[serde(untagged, skip_deserializing)]
    Unreadable(UnreadableOrder),
}

/// An order of a kind that is known, with what it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnreadableOrder {
    /// What sort of work it is.
    pub kind: JobKind,
    /// As it is kept.
    pub params: serde_json::Value,
}

impl UnreadableOrder {
    /// Why it cannot be done.
    pub fn problem(&self) -> Problem {
        Problem::refused(
            "params",
            "这个版本的程序读不懂这项任务的参数；请重新提交",
            "this version of the program cannot read what the job asks for; ask for it anew",
        )
    }
}

/// A catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OfCatalogue {
    /// Its slug.
    pub catalogue: String,
}

/// What the encoder is trained on, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrainEncoder {
    /// A folder with `products.jsonl` and `judg*.csv`, below the folder of files of the server; empty where a catalogue is named.
    #[serde(default)]
    pub folder: String,
    /// Slug of a catalogue: what people graded as an answer, and what shoppers put into the cart or bought after a search; empty where a folder is named.
    #[serde(default)]
    pub catalogue: String,
    /// Number of the encoder's version to begin with; 0 begins with what serves (the default).
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub base: i32,
    /// Rank of a low-rank addition, 0 to 256; 0 trains all weights (default 8).
    #[serde(default = "eight")]
    #[cfg_attr(feature = "openapi", schema(maximum = 256))]
    pub lora: u16,
    /// Passes over the pairs, 1 to 100 (default 3).
    #[serde(default = "three")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub epochs: u16,
}

/// Which texts the encoder's pretraining is continued on, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PretrainEncoder {
    /// Slug of a catalogue, whose products' texts are read; empty for the published entries.
    #[serde(default)]
    pub catalogue: String,
    /// Number of the encoder's version to begin with; 0 begins with what serves (the default).
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub base: i32,
    /// Rank of a low-rank addition, 0 to 256; 0 trains all weights (the default).
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(maximum = 256))]
    pub lora: u16,
    /// Passes over the texts, 1 to 100 (default 3).
    #[serde(default = "three")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub epochs: u16,
}

/// Which graded queries, and how they are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EvaluateProducts {
    /// A folder with `products.jsonl` and `judg*.csv`, below the folder of files of the server.
    pub folder: String,
    /// Parts that the queries are cut into, 2 to 100 (default 5).
    #[serde(default = "five")]
    #[cfg_attr(feature = "openapi", schema(minimum = 2, maximum = 100))]
    pub folds: u16,
    /// How often they are cut anew, 1 to 100 (default 5).
    #[serde(default = "five")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub repeats: u16,
}

/// Which graded queries, and how the encoder is trained on all but a part of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EvaluateEncoder {
    /// A folder with `products.jsonl` and `judg*.csv`, below the folder of files of the server.
    pub folder: String,
    /// Number of the encoder's version to begin with; 0 begins with what serves (the default).
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub base: i32,
    /// Rank of a low-rank addition, 0 to 256; 0 trains all weights (default 8).
    #[serde(default = "eight")]
    #[cfg_attr(feature = "openapi", schema(maximum = 256))]
    pub lora: u16,
    /// Passes over the pairs, 1 to 100 (default 3).
    #[serde(default = "three")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub epochs: u16,
    /// Parts that the queries are cut into, 2 to 100 (default 5).
    #[serde(default = "five")]
    #[cfg_attr(feature = "openapi", schema(minimum = 2, maximum = 100))]
    pub folds: u16,
}

/// Which judged queries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct EvaluateSearch {
    /// A file of judged queries, a JSON object a line, below the folder of files of the server; empty for the set that comes with the program.
    pub file: String,
}

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckExplanations {
    /// Slug of the catalogue.
    pub catalogue: String,
    /// Recommendations that are explained, 1 to 100,000 (default 1,000).
    #[serde(default = "thousand")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100_000))]
    pub recommendations: u32,
}

/// What is imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ImportOrder {
    /// What the file looks like.
    pub format: ImportFormat,
    /// A file or a folder, below the folder of files of the server.
    pub file: String,
    /// Slug of the catalogue; it is made where it is new.
    pub catalogue: String,
    /// Where the data of a new catalogue is from, with its licence.
    #[serde(default)]
    pub source: String,
    /// Currency of prices that do not say theirs (ISO 4217).
    #[serde(default = "yuan")]
    pub currency: String,
}

fn five() -> u16 {
    5
}

fn eight() -> u16 {
    8
}

fn three() -> u16 {
    3
}

fn thousand() -> u32 {
    1_000
}

fn yuan() -> String {
    "CNY".to_owned()
}

impl JobOrder {
    /// What sort of work it is.
    pub fn kind(&self) -> JobKind {
        match self {
            JobOrder::TrainRecommend(_) => JobKind::TrainRecommend,
            JobOrder::TrainEncoder(_) => JobKind::TrainEncoder,
            JobOrder::PretrainEncoder(_) => JobKind::PretrainEncoder,
            JobOrder::EvaluateProducts(_) => JobKind::EvaluateProducts,
            JobOrder::EvaluateEncoder(_) => JobKind::EvaluateEncoder,
            JobOrder::EvaluateSearch(_) => JobKind::EvaluateSearch,
            JobOrder::CheckExplanations(_) => JobKind::CheckExplanations,
            JobOrder::Import(_) => JobKind::Import,
            JobOrder::Reindex => JobKind::Reindex,
            JobOrder::Unreadable(order) => order.kind,
        }
    }

    /// The order with its text trimmed; all errors at once.
    pub fn checked(mut self) -> Result<JobOrder, Problem> {
        let mut check = Check::default();
        match &mut self {
            JobOrder::TrainRecommend(order) => slug(&mut check, &mut order.catalogue),
            JobOrder::TrainEncoder(order) => {
                // One of the two.
                match order.catalogue.trim().is_empty() {
                    true => path(&mut check, "folder", &mut order.folder, 1),
                    false if order.folder.trim().is_empty() => slug(&mut check, &mut order.catalogue),
                    false => {
                        check.fail("folder", Issue::Malformed { expected: "a folder or a catalogue, not both".into() })
                    }
                }
                training(&mut check, order.base, order.lora, order.epochs);
            }
            JobOrder::PretrainEncoder(order) => {
                if !order.catalogue.trim().is_empty() {
                    slug(&mut check, &mut order.catalogue);
                }
                training(&mut check, order.base, order.lora, order.epochs);
            }
            JobOrder::EvaluateProducts(order) => {
                path(&mut check, "folder", &mut order.folder, 1);
                range(&mut check, "folds", order.folds.into(), 2, 100);
                range(&mut check, "repeats", order.repeats.into(), 1, 100);
            }
            JobOrder::EvaluateEncoder(order) => {
                path(&mut check, "folder", &mut order.folder, 1);
                range(&mut check, "folds", order.folds.into(), 2, 100);
                training(&mut check, order.base, order.lora, order.epochs);
            }
            JobOrder::EvaluateSearch(order) => path(&mut check, "file", &mut order.file, 0),
            JobOrder::CheckExplanations(order) => {
                slug(&mut check, &mut order.catalogue);
                range(&mut check, "recommendations", order.recommendations.into(), 1, 100_000);
            }
            JobOrder::Import(order) => {
                path(&mut check, "file", &mut order.file, 1);
                slug(&mut check, &mut order.catalogue);
                order.source = check.text("source", &order.source, 0, crate::shop::limits::SOURCE);
                order.currency = check.text("currency", &order.currency, 3, 3);
            }
            JobOrder::Reindex => {}
            JobOrder::Unreadable(order) => return Err(order.problem()),
        }
        check.finish()?;
        Ok(self)
    }

    /// Kind and subject in one: what jobs that ask for alike are called together.
    pub fn name(&self) -> String {
        format!("{} {}", self.kind(), self.subject()).trim_end().to_owned()
    }

    /// What the order is about, for lists: a catalogue, a folder, a file.
    pub fn subject(&self) -> &str {
        match self {
            JobOrder::TrainRecommend(order) => &order.catalogue,
            JobOrder::TrainEncoder(order) if order.folder.is_empty() => &order.catalogue,
            JobOrder::TrainEncoder(order) => &order.folder,
            JobOrder::PretrainEncoder(order) => &order.catalogue,
            JobOrder::EvaluateProducts(order) => &order.folder,
            JobOrder::EvaluateEncoder(order) => &order.folder,
            JobOrder::EvaluateSearch(order) => &order.file,
            JobOrder::CheckExplanations(order) => &order.catalogue,
            JobOrder::Import(order) => &order.file,
            JobOrder::Reindex | JobOrder::Unreadable(_) => "",
        }
    }
}

fn slug(check: &mut Check, text: &mut String) {
    *text = text.trim().to_owned();
    if let Err(issue) = Slug::parse(text) {
        check.fail("catalogue", issue);
    }
}

/// What every training of the encoder is asked.
fn training(check: &mut Check, base: i32, lora: u16, epochs: u16) {
    range(check, "base", base.into(), 0, i32::MAX.into());
    range(check, "lora", lora.into(), 0, 256);
    range(check, "epochs", epochs.into(), 1, 100);
}

/// A path that stays below the folder that it is looked up in.
fn path(check: &mut Check, field: &'static str, text: &mut String, min: usize) {
    *text = check.text(field, text, min, limits::PATH);
    let parts = std::path::Path::new(text.as_str()).components();
    if !parts.into_iter().all(|part| matches!(part, std::path::Component::Normal(_))) {
        check.fail(field, Issue::Malformed { expected: "a path below the folder of files, without . and ..".into() });
    }
}

fn range(check: &mut Check, field: &'static str, value: i64, min: i64, max: i64) {
    if !(min..=max).contains(&value) {
        check.fail(field, Issue::OutOfRange { min, max });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order(value: serde_json::Value) -> JobOrder {
        serde_json::from_value(value).expect("an order")
    }

    #[test]
    fn an_order_reads_as_kind_and_params() {
        let read = order(json!({ "kind": "evaluate-products", "params": { "folder": "icecat" } }));
        assert_eq!(
            read,
            JobOrder::EvaluateProducts(EvaluateProducts { folder: "icecat".into(), folds: 5, repeats: 5 })
        );
        assert_eq!(order(json!({ "kind": "reindex" })), JobOrder::Reindex);
        assert!(serde_json::from_value::<JobOrder>(json!({ "kind": "reindex", "params": { "x": 1 } })).is_err());
        let params = json!({ "folder": "icecat", "renamed": 1 });
        assert!(serde_json::from_value::<JobOrder>(json!({ "kind": "evaluate-products", "params": params })).is_err());
        let kept = JobOrder::Unreadable(UnreadableOrder { kind: JobKind::EvaluateProducts, params: params.clone() });
        assert_eq!(json!(kept), json!({ "kind": "evaluate-products", "params": params }));
        assert!(kept.checked().is_err());
        for kind in JobKind::ALL {
            assert_eq!(kind.code().parse(), Ok(*kind));
        }
    }

    #[test]
    fn a_wrong_order_names_every_field() {
        let wrong =
            order(json!({ "kind": "evaluate-products", "params": { "folder": "../etc", "folds": 1, "repeats": 0 } }));
        let problem = wrong.checked().expect_err("it is wrong");
        let fields: Vec<&str> = problem.errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["folder", "folds", "repeats"]);
        for file in ["/etc/passwd", "a/../../b", ".."] {
            let wrong = JobOrder::EvaluateSearch(EvaluateSearch { file: file.into() });
            assert!(wrong.checked().is_err(), "{file}");
        }
        let fine = JobOrder::EvaluateSearch(EvaluateSearch { file: " a/b.jsonl ".into() });
        assert_eq!(fine.checked().expect("it is right").subject(), "a/b.jsonl");
    }
}
