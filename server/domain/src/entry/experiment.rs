//! An experiment: a question with a hypothesis, what was measured, and what was decided.

use serde::{Deserialize, Serialize};

use super::fields::clean_list;
use super::{EntryRef, Slug, limits, named_enum};
use crate::problem::{Check, Issue};
use crate::tracking::RunId;

named_enum! {
    /// How an experiment compares.
    Design {
        /// On data that was collected before.
        Offline = "offline",
        /// People are split at random.
        AbTest = "ab-test",
        /// One person sees results of both, mixed.
        Interleaving = "interleaving",
    }
}

named_enum! {
    /// How far an experiment has come.
    ExperimentState {
        /// Written down before it begins.
        Proposed = "proposed",
        /// Being measured.
        Running = "running",
        /// Measured; nothing has been decided.
        Concluded = "concluded",
        /// Somebody has decided, with a reason.
        Decided = "decided",
    }
}

named_enum! {
    /// What follows from an experiment.
    Decision {
        /// The change goes to everybody.
        Ship = "ship",
        /// Another attempt.
        Iterate = "iterate",
        /// The idea is given up.
        Stop = "stop",
    }
}

/// What only an experiment has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Experiment {
    /// What is to be found out.
    pub question: String,
    /// What is expected, and why.
    pub hypothesis: String,
    /// The result that would change our mind.
    pub change_mind: String,
    /// The one metric that decides.
    pub decision_metric: String,
    /// Metrics that must not get worse.
    pub guardrails: Vec<String>,
    /// Slugs of the data sets.
    pub datasets: Vec<String>,
    /// How it compares.
    pub design: Design,
    /// Who answers for it.
    pub owner: String,
    /// How far it has come.
    pub state: ExperimentState,
    /// What follows; only once it is decided.
    pub decision: Option<Decision>,
    /// Why, with the figure that decided; only once it is decided.
    pub reason: String,
    /// The runs that the decision rests on, by id; only once it is decided.
    pub runs: Vec<String>,
    /// What it measures: `model/slug`, `article/slug`.
    pub evaluates: Vec<String>,
    /// The command that gives its figures again.
    pub command: String,
}

impl Default for Experiment {
    fn default() -> Self {
        Experiment {
            question: String::new(),
            hypothesis: String::new(),
            change_mind: String::new(),
            decision_metric: String::new(),
            guardrails: Vec::new(),
            datasets: Vec::new(),
            design: Design::Offline,
            owner: String::new(),
            state: ExperimentState::Proposed,
            decision: None,
            reason: String::new(),
            runs: Vec::new(),
            evaluates: Vec::new(),
            command: String::new(),
        }
    }
}

impl Experiment {
    /// What it measures, as far as it names entries.
    pub fn targets(&self) -> impl Iterator<Item = EntryRef> {
        self.evaluates.iter().filter_map(|target| EntryRef::parse(target))
    }

    pub(super) fn checked(self, check: &mut Check, draft: bool) -> Experiment {
        let min = usize::from(!draft);
        let decided = self.state == ExperimentState::Decided;
        if !decided && self.decision.is_some() {
            check.fail("decision", Issue::Premature);
        } else if decided && self.decision.is_none() && !draft {
            check.fail("decision", Issue::Required);
        }
        let reason = check.text("reason", &self.reason, min * usize::from(decided), limits::ANSWER);
        if !decided && !reason.is_empty() {
            check.fail("reason", Issue::Premature);
        }
        if decided && !draft && !reason.is_empty() && !reason.chars().any(char::is_numeric) {
            let (zh, en) = (
                "请写出作出决定的数字，例如差值和区间",
                "give the figure that decided, such as the difference and its interval",
            );
            check.fail("reason", Issue::Refused { zh: zh.into(), en: en.into() });
        }
        let runs = checked_runs(check, self.runs);
        if !decided && !runs.is_empty() {
            check.fail("runs", Issue::Premature);
        } else if decided && runs.is_empty() && !draft {
            check.fail("runs", Issue::Required);
        }
        let datasets = clean_list(check, "datasets", self.datasets, limits::ITEMS, Slug::MAX);
        if let Some(wrong) = datasets.iter().find(|slug| Slug::parse(slug).is_err()) {
            check.fail("datasets", Issue::Unknown { value: wrong.clone() });
        }
        let evaluates = clean_list(check, "evaluates", self.evaluates, limits::ITEMS, Slug::MAX + 20);
        if let Some(wrong) = evaluates.iter().find(|target| EntryRef::parse(target).is_none()) {
            check.fail("evaluates", Issue::Unknown { value: wrong.clone() });
        }
        Experiment {
            question: check.text("question", &self.question, min, limits::ANSWER),
            hypothesis: check.text("hypothesis", &self.hypothesis, min, limits::ANSWER),
            change_mind: check.text("change_mind", &self.change_mind, min, limits::ANSWER),
            decision_metric: check.text("decision_metric", &self.decision_metric, min, limits::METRIC),
            guardrails: clean_list(check, "guardrails", self.guardrails, limits::ITEMS, limits::METRIC),
            datasets,
            owner: check.text("owner", &self.owner, min, limits::NAME),
            reason,
            runs,
            evaluates,
            command: check.text("command", &self.command, 0, limits::COMMAND),
            ..self
        }
    }
}

/// Ids of runs, each once. An address of a run's page counts as its id.
fn checked_runs(check: &mut Check, runs: Vec<String>) -> Vec<String> {
    let mut ids = Vec::new();
    for text in clean_list(check, "runs", runs, limits::ITEMS, limits::ADDRESS) {
        let last = text.rsplit_once("/runs/").map_or(text.as_str(), |(_, id)| id);
        let id = last.split(['?', '#', '/']).next().and_then(|id| id.parse::<RunId>().ok());
        match id.map(|id| id.to_string()) {
            Some(id) if ids.contains(&id) => {}
            Some(id) => ids.push(id),
            None => check.fail("runs", Issue::Unknown { value: text }),
        }
    }
    ids
}
