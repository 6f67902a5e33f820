//! The fields of experiments, model cards and data sets.

use alluvium_domain::Problem;
use alluvium_domain::entry::{Decision, Design, ExperimentState, limits};
use leptos::prelude::*;

use super::figures::FigureRows;
use crate::components::field::{Choice, TextArea, TextField};
use crate::entry_form::EntryForm;
use crate::i18n::common as tc;
use crate::i18n::research as t;
use crate::i18n::runs as truns;

#[component]
pub(crate) fn ExperimentFields(form: EntryForm, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    let designs = Design::ALL.iter().map(|design| (design.code(), t::design(*design).of(lang))).collect();
    let states = ExperimentState::ALL.iter().map(|state| (state.code(), t::state(*state).of(lang))).collect();
    let decisions = Decision::ALL.iter().map(|decision| (decision.code(), t::decision(*decision).of(lang)));
    let decisions = std::iter::once(("", t::NO_DECISION.of(lang))).chain(decisions).collect();
    let long = |name, label: &'static str, value: String, hint: &'static str, required: bool| {
        let problem = problem.clone();
        view! { <TextArea name label value problem hint required rows=3 class="field--wide" /> }
    };
    view! {
        {long("question", t::QUESTION.of(lang), form.question, t::QUESTION_HINT.of(lang), true)}
        {long("hypothesis", t::HYPOTHESIS.of(lang), form.hypothesis, t::HYPOTHESIS_HINT.of(lang), true)}
        {long("change_mind", t::CHANGE_MIND.of(lang), form.change_mind, t::CHANGE_MIND_HINT.of(lang), true)}
        <TextField
            name="decision_metric"
            label=t::DECISION_METRIC.of(lang)
            value=form.decision_metric
            problem=problem.clone()
            hint=t::DECISION_METRIC_HINT.of(lang)
            required=true
            maxlength=limits::METRIC
            class="field--wide"
        />
        {long("guardrails", t::GUARDRAILS.of(lang), form.guardrails, t::GUARDRAILS_HINT.of(lang), false)}
        <Choice name="design" label=t::DESIGN.of(lang) options=designs chosen=form.design problem=problem.clone() />
        <TextField
            name="owner"
            label=t::OWNER.of(lang)
            value=form.owner
            problem=problem.clone()
            hint=t::OWNER_HINT.of(lang)
            required=true
            maxlength=limits::NAME
        />
        <TextField
            name="datasets"
            label=t::USES_DATASETS.of(lang)
            value=form.datasets
            problem=problem.clone()
            hint=t::USES_DATASETS_HINT.of(lang)
            autocomplete="off"
        />
        <TextField
            name="evaluates"
            label=t::EVALUATES.of(lang)
            value=form.evaluates
            problem=problem.clone()
            hint=t::EVALUATES_HINT.of(lang)
            autocomplete="off"
        />
        <TextField
            name="command"
            label=t::COMMAND.of(lang)
            value=form.command
            problem=problem.clone()
            hint=t::COMMAND_HINT.of(lang)
            autocomplete="off"
            maxlength=limits::COMMAND
            class="field--wide"
        />
        <Choice name="state" label=t::STATE.of(lang) options=states chosen=form.state problem=problem.clone() />
        <Choice
            name="decision"
            label=t::DECISION.of(lang)
            options=decisions
            chosen=form.decision
            problem=problem.clone()
            hint=t::DECISION_HINT.of(lang)
        />
        {long("reason", tc::REASON.of(lang), form.reason, t::REASON_HINT.of(lang), false)}
        <TextField
            name="runs"
            label=t::DECISION_RUNS.of(lang)
            value=form.runs
            problem=problem.clone()
            hint=t::DECISION_RUNS_HINT.of(lang)
            autocomplete="off"
            class="field--wide"
        />
    }
}

/// The card's metadata, as fields and as text: both edit the same thing.
#[component]
pub(crate) fn ModelFields(form: EntryForm, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    let field = |name: &'static str, label: &'static str, value: String, hint: &'static str| {
        view! { <TextField name label value hint autocomplete="off" /> }
    };
    let figures = view! { <FigureRows form=form.clone() problem=problem.clone() /> };
    view! {
        <fieldset class="field--wide editor__fields">
            <legend class="field__label">{t::CARD_FORM.of(lang)}</legend>
            <input type="hidden" name="card_was" value=form.card_was />
            {field("card_license", t::LICENSE.of(lang), form.card_license, t::LICENSE_HINT.of(lang))}
            {field("card_language", t::LANGUAGES.of(lang), form.card_language, t::LANGUAGES_HINT.of(lang))}
            {field("card_pipeline_tag", t::TASK.of(lang), form.card_pipeline_tag, "sentence-similarity, text-ranking")}
            {field("card_library_name", t::LIBRARY.of(lang), form.card_library_name, "candle, sentence-transformers")}
            {field("card_base_model", t::BASE_MODEL.of(lang), form.card_base_model, "")}
            {field("card_datasets", t::TRAINED_ON.of(lang), form.card_datasets, t::TRAINED_ON_HINT.of(lang))}
            {field("card_metrics", truns::METRICS.of(lang), form.card_metrics, "")}
            {field("card_tags", t::HUB_TAGS.of(lang), form.card_tags, "")}
        </fieldset>
        {figures}
        <TextArea
            name="card"
            label=t::CARD.of(lang)
            value=form.card
            problem
            hint=t::CARD_HINT.of(lang)
            required=true
            rows=10
            class="field--wide field--code"
        />
    }
}

#[component]
pub(crate) fn DatasetFields(form: EntryForm, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    let field = |name: &'static str,
                 label: &'static str,
                 value: String,
                 hint: &'static str,
                 required: bool,
                 maxlength: usize| {
        let problem = problem.clone();
        view! { <TextField name label value problem hint required maxlength /> }
    };
    view! {
        {field("licence", t::LICENCE.of(lang), form.licence, t::LICENCE_HINT.of(lang), true, limits::FACT)}
        {field("size", t::SIZE.of(lang), form.size, t::SIZE_HINT.of(lang), true, limits::FACT)}
        {field("source", t::SOURCE.of(lang), form.source, t::SOURCE_HINT.of(lang), false, limits::ADDRESS)}
        {field("hash", t::HASH.of(lang), form.hash, t::HASH_HINT.of(lang), false, 0)}
        <TextArea
            name="schema"
            label=t::SCHEMA.of(lang)
            value=form.schema
            problem=problem.clone()
            hint=t::SCHEMA_HINT.of(lang)
            required=true
            rows=6
            class="field--wide"
        />
    }
}
