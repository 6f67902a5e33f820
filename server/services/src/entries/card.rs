//! The figures of a model card and the runs that they are bound to.

use std::collections::HashMap;

use alluvium_domain::entry::{CardResult, CardRow, card_results, card_set_results};
use alluvium_domain::tracking::{Borne, Run, RunId};
use alluvium_domain::{Action, Actor, EntryFields, EntryInput, EntryState, Issue, Problem};

use crate::Services;
use crate::error::internal;

/// So many metrics of a run are named to who names one that it does not have.
const NAMED: usize = 12;

impl Services {
    /// The runs that figures of a card come from; those that do not exist are left out.
    pub async fn card_runs(&self, actor: &Actor, results: &[CardResult]) -> Result<HashMap<RunId, Run>, Problem> {
        actor.may(Action::Read)?;
        let mut ids: Vec<RunId> = results.iter().filter_map(CardResult::run).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let runs = self.inner.store.run_by_ids(&ids).await.map_err(internal)?;
        Ok(runs.into_iter().map(|run| (run.id, run)).collect())
    }

    /// Compares the bound figures of a checked card with their runs, and fills in those that are left to them. Other entries stay as they are.
    ///
    /// Errors name the figure by its place: `results[0].value`.
    pub(super) async fn card_bound(
        &self,
        actor: &Actor,
        mut input: EntryInput,
        state: EntryState,
    ) -> Result<EntryInput, Problem> {
        let EntryFields::Model(model) = &mut input.fields else { return Ok(input) };
        let results = card_results(&model.card);
        let runs = self.card_runs(actor, &results).await?;
        let mut errors = Vec::new();
        let mut rows: Vec<CardRow> = Vec::with_capacity(results.len());
        let mut filled = false;
        for (at, mut result) in results.into_iter().enumerate() {
            match value_of(&result, &runs) {
                Ok(None) => {}
                Ok(Some(value)) => (result.value, filled) = (value.to_string(), true),
                Err((name, issue)) => errors.extend(Problem::field(format!("results[{at}].{name}"), issue).errors),
            }
            rows.push((Some(at), result));
        }
        if !errors.is_empty() {
            return Err(Problem { errors, ..Problem::new(alluvium_domain::ProblemKind::Invalid) });
        }
        if !filled {
            return Ok(input);
        }
        model.card = card_set_results(&model.card, "", &rows).ok_or_else(|| {
            Problem::refused(
                "card",
                "这段 YAML 的写法无法自动填入运行的值，请写上值",
                "the run's value cannot be put into YAML of this layout; write it",
            )
        })?;
        input.checked(state)
    }
}

/// The value that a figure leaves to its run; none where it has its own, which the run bears out, or no run of ours.
fn value_of(result: &CardResult, runs: &HashMap<RunId, Run>) -> Result<Option<f64>, (&'static str, Issue)> {
    let Some(id) = result.run() else { return Ok(None) };
    let run = runs.get(&id).ok_or_else(|| ("run", Issue::Unknown { value: id.to_string() }))?;
    if run.deleted {
        return Err(("run", Issue::Deleted { value: id.to_string() }));
    }
    let Some((_, key)) = result.bound() else { return Ok(None) };
    let written = Some(result.value.as_str()).filter(|value| !value.is_empty());
    match run.bears_out(key, written) {
        Borne::Out(now) => Ok(written.is_none().then_some(now)),
        Borne::Not(now) => {
            let written = &result.value;
            let zh = format!("这里是 {written}，运行里是 {now}");
            Err((
                "value",
                Issue::Refused { zh: zh.into(), en: format!("is {written} here, the run says {now}").into() },
            ))
        }
        Borne::Missing => {
            let keys: Vec<&str> = run.metric_keys().take(NAMED).collect();
            let zh = format!("运行里没有指标“{key}”；有：{}", keys.join("、"));
            let en = format!("the run has no metric “{key}”; it has: {}", keys.join(", "));
            Err(("key", Issue::Refused { zh: zh.into(), en: en.into() }))
        }
    }
}
