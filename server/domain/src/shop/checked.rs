//! What is known of a model's explanations: checks that they passed or failed, what matters on the whole, and what readers said.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Bilingual, limits};
use crate::entry::named_enum;
use crate::explanation::GAP_TOLERANCE;
use crate::problem::{Check, Issue, Problem};

named_enum! {
    /// A way to explain a score.
    ExplanationMethod {
        /// Shapley values over feature groups.
        Shapley = "shapley",
        /// Each event of the history left out once.
        LeaveOneOut = "leave-one-out",
        /// Integrated gradients over features.
        Gradients = "integrated-gradients",
    }
}

named_enum! {
    /// What a check measures.
    CheckKind {
        /// How far explanations miss the score at most.
        Gap = "gap",
        /// How much lower the score falls than in random order as groups are removed, largest amount first.
        Deletion = "deletion",
        /// How much higher it rises than in random order as groups are added.
        Insertion = "insertion",
        /// Rank correlation with the explanations of a model whose weights are random.
        Randomisation = "randomisation",
        /// Rank correlation with another method.
        Agreement = "agreement",
        /// Rank correlation with the known truth of a simulated shop.
        Truth = "truth",
    }
}

/// One check of one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplanationCheck {
    /// What was checked.
    pub method: ExplanationMethod,
    /// How.
    pub kind: CheckKind,
    /// The mean (of `gap`: the largest).
    pub value: f64,
    /// Lower end of the 95 % bootstrap interval of the mean.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What the interval is compared with.
    pub limit: f64,
    /// Recommendations (or histories) that it was measured on.
    pub points: usize,
    /// Whether the whole interval lies on the right side of the limit.
    pub passed: bool,
}

/// The mean absolute amount of each feature group over some recommendations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Importance {
    /// Of which recommendations: a category, or a group of shoppers.
    pub of: Bilingual,
    /// Recommendations.
    pub points: usize,
    /// Feature group (as in contributions) and mean absolute amount, largest first.
    pub groups: Vec<(String, f64)>,
}

/// A point of a partial-dependence curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DependencePoint {
    /// Value of the feature.
    pub at: f64,
    /// Mean score.
    pub mean: f64,
    /// Standard deviation of the score over the sample.
    pub deviation: f64,
}

/// How the mean score moves with one feature, the others as they come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DependenceCurve {
    /// Name of the feature.
    pub feature: String,
    /// From the lowest value to the highest.
    pub points: Vec<DependencePoint>,
}

/// Everything that one run of the checks found out about a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplanationReport {
    /// The model.
    pub model: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Recommendations that were explained.
    pub recommendations: usize,
    /// The largest amount by which one of them, or of its tasks, does not add up.
    pub largest_gap: f64,
    /// The checks.
    pub checks: Vec<ExplanationCheck>,
    /// By category, largest first.
    pub by_category: Vec<Importance>,
    /// By group of shoppers.
    pub by_shopper: Vec<Importance>,
    /// One curve for each feature of the model.
    pub dependence: Vec<DependenceCurve>,
}

impl ExplanationReport {
    /// Whether every recommendation added up.
    pub fn adds_up(&self) -> bool {
        self.largest_gap <= GAP_TOLERANCE
    }

    /// Whether a method passed all of its checks; none where it was not checked.
    pub fn passed(&self, method: ExplanationMethod) -> Option<bool> {
        let mut own = self.checks.iter().filter(|check| check.method == method).peekable();
        own.peek()?;
        Some(own.all(|check| check.passed))
    }
}

named_enum! {
    /// What a reader thinks of an explanation.
    VoteVerdict {
        /// The reasons are right.
        Right = "right",
        /// They are not.
        Wrong = "wrong",
        /// They cannot be understood.
        Unclear = "unclear",
    }
}

/// A reader's vote on the explanation of one recommendation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplanationVote {
    /// The product that was recommended.
    pub product: String,
    /// What the reader thinks.
    pub verdict: VoteVerdict,
    /// In a few words; may be empty.
    pub word: String,
}

impl ExplanationVote {
    /// Reads a form's fields; reports all errors at once.
    pub fn parse(product: &str, verdict: &str, word: &str) -> Result<ExplanationVote, Problem> {
        let mut check = Check::default();
        let product = super::key(product).unwrap_or_else(|issue| {
            check.fail("product", issue);
            String::new()
        });
        let parsed = verdict.parse::<VoteVerdict>();
        if parsed.is_err() {
            check.fail("verdict", Issue::Unknown { value: verdict.chars().take(limits::VOTE_WORD).collect() });
        }
        let word = check.text("word", word, 0, limits::VOTE_WORD);
        check.finish()?;
        Ok(ExplanationVote { product, verdict: parsed.unwrap_or(VoteVerdict::Unclear), word })
    }
}

/// How many readers said what of one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoteCounts {
    /// Said to be right.
    pub right: i64,
    /// Said to be wrong.
    pub wrong: i64,
    /// Said to be unclear.
    pub unclear: i64,
}

/// A vote as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoteRecord {
    /// The product that was recommended.
    pub product: String,
    /// Its title.
    pub title: Bilingual,
    /// What the reader thought.
    pub verdict: VoteVerdict,
    /// In a few words.
    pub word: String,
    /// When.
    pub at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_vote_names_every_field() {
        let problem = ExplanationVote::parse(" ", "perhaps", &"长".repeat(201)).expect_err("it is wrong");
        let fields: Vec<&str> = problem.errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["product", "verdict", "word"]);
        let vote = ExplanationVote::parse("p1", "wrong", " too dear ").expect("it is right");
        assert_eq!((vote.verdict, vote.word.as_str()), (VoteVerdict::Wrong, "too dear"));
    }

    #[test]
    fn a_method_passes_when_all_its_checks_do() {
        let check = |method, passed| ExplanationCheck {
            method,
            kind: CheckKind::Deletion,
            value: 0.0,
            low: 0.0,
            high: 0.0,
            limit: 0.0,
            points: 1,
            passed,
        };
        use ExplanationMethod::{Gradients, LeaveOneOut, Shapley};
        let report = ExplanationReport {
            model: "m".into(),
            at: OffsetDateTime::UNIX_EPOCH,
            recommendations: 1,
            largest_gap: 0.0,
            checks: vec![check(Shapley, true), check(LeaveOneOut, true), check(LeaveOneOut, false)],
            by_category: vec![],
            by_shopper: vec![],
            dependence: vec![],
        };
        let passed = [Shapley, LeaveOneOut, Gradients].map(|method| report.passed(method));
        assert_eq!(passed, [Some(true), Some(false), None]);
    }
}
