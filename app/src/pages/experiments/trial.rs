//! "Is it real?": two groups' counts or values into a verdict. What is typed is sent in the request's body: addresses stay in histories and logs, and
//! cannot hold so many values.

use alluvium_domain::Problem;
use alluvium_services::statistics::{Comma, ReadValues, Trial as Report, TrialInput, Verdict, trial};
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::{Notice, Tone};
use crate::components::field::{ErrorSummary, TextArea, TextField};
use crate::components::table::DataTable;
use crate::i18n::{format, research as t};

/// What the form sends, as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TrialForm {
    a_of: String,
    a_did: String,
    b_of: String,
    b_did: String,
    a_values: String,
    b_values: String,
    split: String,
}

impl TrialForm {
    pub(crate) fn is_empty(&self) -> bool {
        [&self.a_of, &self.a_did, &self.b_of, &self.b_did, &self.a_values, &self.b_values]
            .iter()
            .all(|field| field.trim().is_empty())
    }

    pub(crate) fn report(&self) -> Result<Report, Problem> {
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
pub(crate) fn Trial(form: TrialForm, url: String) -> impl IntoView {
    let lang = crate::visit::lang();
    let asked = (!form.is_empty()).then(|| form.report());
    let problem = asked.as_ref().and_then(|asked| asked.as_ref().err().cloned());
    let open = asked.is_some();
    let by_values = !(form.a_values.is_empty() && form.b_values.is_empty());
    let answer = asked.and_then(Result::ok).map(|report| view! { <Answer report /> });
    let number = |name, label: &'static str, value: String| {
        let problem = problem.clone();
        view! { <TextField name label value problem autocomplete="off" /> }
    };
    let split = if form.split.is_empty() { "50".to_owned() } else { form.split.clone() };
    view! {
        <details class="trial disclosure" id="trial" open=open>
            <summary>{t::REAL.of(lang)}</summary>
            <form action=format!("{url}/trial#trial") method="post" class="trial__form">
                <p class="muted">{t::REAL_LEAD.of(lang)}</p>
                {problem.clone().map(|problem| view! { <ErrorSummary problem /> })}
                <div class="trial__groups">
                    <fieldset>
                        <legend>{t::GROUP_A.of(lang)}</legend>
                        {number("a_of", t::A_OF.of(lang), form.a_of)}
                        {number("a_did", t::A_DID.of(lang), form.a_did)}
                    </fieldset>
                    <fieldset>
                        <legend>{t::GROUP_B.of(lang)}</legend>
                        {number("b_of", t::B_OF.of(lang), form.b_of)}
                        {number("b_did", t::B_DID.of(lang), form.b_did)}
                    </fieldset>
                    {number("split", t::SPLIT.of(lang), split)}
                </div>
                <details class="disclosure" open=by_values>
                    <summary>{t::REAL_VALUES_LEAD.of(lang)}</summary>
                    <div class="trial__groups">
                        <TextArea name="a_values" label=t::A_VALUES.of(lang) value=form.a_values problem=problem.clone() hint=t::VALUES_HINT.of(lang) />
                        <TextArea name="b_values" label=t::B_VALUES.of(lang) value=form.b_values problem=problem hint=t::VALUES_HINT.of(lang) />
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
        Verdict::Edge => (Tone::Warning, t::VERDICT_EDGE),
        Verdict::Constant => (Tone::Warning, t::VERDICT_CONSTANT),
        Verdict::Better => (Tone::Good, t::VERDICT_BETTER),
        Verdict::Worse => (Tone::Good, t::VERDICT_WORSE),
    };
    let compared = report.comparison;
    // Without spread there is neither interval nor p.
    let judged = report.verdict != Verdict::Constant;
    let number = if report.read.is_some() { format::measure } else { format::fine };
    let mean = if report.read.is_some() { format::measure } else { format::probability };
    let read = report.read.map(|groups| view! { <Readings groups /> });
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
                        {row(t::GROUP_A.of(lang), mean(compared.first))}
                        {row(t::GROUP_B.of(lang), mean(compared.second))}
                        {row(t::DIFFERENCE.of(lang), number(compared.difference))}
                        {judged.then(|| row(t::INTERVAL.of(lang), format!("[{}, {}]", number(compared.interval.0), number(compared.interval.1))))}
                        {judged.then(|| row(t::P_VALUE.of(lang), format::p(compared.p)))}
                        {row(t::SPLIT_P.of(lang), format::p(report.split_p))}
                        {report.smallest.map(|rise| row(t::SMALLEST.of(lang), number(rise)))}
                        {report.needed.map(|people| row(t::NEEDED.of(lang), people.to_string()))}
                    </DataTable>
            {read}
            <p class="muted small">{t::POWER_NOTE.of(lang)}</p>
            <p class="muted small">{t::MULTIPLE_NOTE.of(lang)}</p>
        </div>
    }
}

/// How many values were read of each group, and how their commas were.
#[component]
fn Readings(groups: [ReadValues; 2]) -> impl IntoView {
    /// So many values are shown, to compare with what was typed.
    const SHOWN: usize = 5;
    let lang = crate::visit::lang();
    let names = [t::GROUP_A, t::GROUP_B];
    let lines = names
        .into_iter()
        .zip(groups)
        .map(|(name, read)| {
            let first: Vec<String> = read.values.iter().take(SHOWN).map(|value| format::measure(*value)).collect();
            let more = if read.values.len() > SHOWN { "…" } else { "" };
            let comma = match read.comma {
                Comma::None => None,
                Comma::Separator => Some(t::COMMA_SEPARATOR),
                Comma::Thousands => Some(t::COMMA_THOUSANDS),
                Comma::Decimal => Some(t::COMMA_DECIMAL),
            };
            view! {
                <li>
                    {name.of(lang)} {lang.pick("：", ": ")} {format::values(read.values.len(), lang)}
                    {lang.pick("，", ", ")} {first.join(lang.pick("、", "; "))} {more}
                    {comma.map(|comma| format!(" {}", comma.of(lang)))}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="muted small trial__read">{lines}</ul> }
}
