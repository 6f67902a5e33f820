//! "Is it real?": two groups' counts or values into a verdict. A plain GET form: the address holds what was asked.

use alluvium_domain::Problem;
use alluvium_services::statistics::{Trial as Report, TrialInput, Verdict, trial};
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::{Notice, Tone};
use crate::components::field::{ErrorSummary, TextArea, TextField};
use crate::components::table::DataTable;
use crate::i18n::{format, research as t};

/// What the form sends, as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TrialParams {
    a_of: String,
    a_did: String,
    b_of: String,
    b_did: String,
    a_values: String,
    b_values: String,
    split: String,
}

impl TrialParams {
    fn is_empty(&self) -> bool {
        [&self.a_of, &self.a_did, &self.b_of, &self.b_did, &self.a_values, &self.b_values]
            .iter()
            .all(|field| field.trim().is_empty())
    }

    fn report(&self) -> Result<Report, Problem> {
        trial(&TrialInput {
            a_of: &self.a_of,
            a_did: &self.a_did,
            b_of: &self.b_of,
            b_did: &self.b_did,
            a_values: &self.a_values,
            b_values: &self.b_values,
            split: &self.split,
        })
    }
}

#[component]
pub(crate) fn Trial(params: TrialParams, url: String) -> impl IntoView {
    let lang = crate::visit::lang();
    let asked = (!params.is_empty()).then(|| params.report());
    let problem = asked.as_ref().and_then(|asked| asked.as_ref().err().cloned());
    let open = asked.is_some();
    let by_values = !params.a_values.is_empty();
    let answer = asked.and_then(Result::ok).map(|report| view! { <Answer report /> });
    let number = |name, label: &'static str, value: String| {
        let problem = problem.clone();
        view! { <TextField name label value problem autocomplete="off" /> }
    };
    let split = if params.split.is_empty() { "50".to_owned() } else { params.split.clone() };
    view! {
        <details class="trial disclosure" id="trial" open=open>
            <summary>{t::REAL.of(lang)}</summary>
            <form action=format!("{url}#trial") method="get" class="trial__form">
                <p class="muted">{t::REAL_LEAD.of(lang)}</p>
                {problem.clone().map(|problem| view! { <ErrorSummary problem /> })}
                <div class="trial__groups">
                    <fieldset>
                        <legend>{t::GROUP_A.of(lang)}</legend>
                        {number("a_of", t::A_OF.of(lang), params.a_of)}
                        {number("a_did", t::A_DID.of(lang), params.a_did)}
                    </fieldset>
                    <fieldset>
                        <legend>{t::GROUP_B.of(lang)}</legend>
                        {number("b_of", t::B_OF.of(lang), params.b_of)}
                        {number("b_did", t::B_DID.of(lang), params.b_did)}
                    </fieldset>
                    {number("split", t::SPLIT.of(lang), split)}
                </div>
                <details class="disclosure" open=by_values>
                    <summary>{t::REAL_VALUES_LEAD.of(lang)}</summary>
                    <div class="trial__groups">
                        <TextArea name="a_values" label=t::A_VALUES.of(lang) value=params.a_values problem=problem.clone() />
                        <TextArea name="b_values" label=t::B_VALUES.of(lang) value=params.b_values problem=problem />
                    </div>
                </details>
                <button class="button button--primary">{t::JUDGE.of(lang)}</button>
            </form>
            {answer}
        </details>
    }
}

#[component]
fn Answer(report: Report) -> impl IntoView {
    let lang = crate::visit::lang();
    let (tone, verdict) = match report.verdict {
        Verdict::Broken => (Tone::Bad, t::VERDICT_BROKEN),
        Verdict::Noise => (Tone::Warning, t::VERDICT_NOISE),
        Verdict::Better => (Tone::Good, t::VERDICT_BETTER),
        Verdict::Worse => (Tone::Good, t::VERDICT_WORSE),
    };
    let compared = report.comparison;
    let number = format::fine;
    let row = |name: &'static str, value: String| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="num">{value}</td>
            </tr>
        }
    };
    view! {
        <div class="trial__answer">
            <Notice tone>
                <p data-verdict=report.verdict.code()>{verdict.of(lang)}</p>
            </Notice>
            <DataTable label=t::REAL.of(lang)>
                        {row(t::GROUP_A.of(lang), format::probability(compared.first))}
                        {row(t::GROUP_B.of(lang), format::probability(compared.second))}
                        {row(t::DIFFERENCE.of(lang), number(compared.difference))}
                        {row(t::INTERVAL.of(lang), format!("[{}, {}]", number(compared.interval.0), number(compared.interval.1)))}
                        {row(t::P_VALUE.of(lang), format::p(compared.p))}
                        {row(t::SPLIT_P.of(lang), format::p(report.split_p))}
                        {report.smallest.map(|rise| row(t::SMALLEST.of(lang), number(rise)))}
                        {report.needed.map(|people| row(t::NEEDED.of(lang), people.to_string()))}
                    </DataTable>
            <p class="muted small">{t::POWER_NOTE.of(lang)}</p>
            <p class="muted small">{t::MULTIPLE_NOTE.of(lang)}</p>
        </div>
    }
}
