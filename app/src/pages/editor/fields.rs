//! The fields beside the text.

use alluvium_domain::entry::limits;
use alluvium_domain::{EntryKind, Lang, Problem, Slug};
use leptos::prelude::*;

use super::research::{DatasetFields, ExperimentFields, ModelFields};
use crate::components::field::{Choice, TextArea, TextField};
use crate::entry_form::EntryForm;
use crate::i18n::common as tc;
use crate::i18n::search as ts;
use crate::i18n::{entry as t, names};

/// The fields of a kind: what every entry has around what only this kind has.
#[component]
pub(crate) fn Fields(kind: EntryKind, form: EntryForm, problem: Option<Problem>, new: bool) -> impl IntoView {
    if kind == EntryKind::Term {
        return view! { <TermFields form problem new /> }.into_any();
    }
    let own = match kind {
        EntryKind::Article => view! { <ArticleFields form=form.clone() problem=problem.clone() /> }.into_any(),
        EntryKind::Experiment => view! { <ExperimentFields form=form.clone() problem=problem.clone() /> }.into_any(),
        EntryKind::Model => view! { <ModelFields form=form.clone() problem=problem.clone() /> }.into_any(),
        EntryKind::Dataset | EntryKind::Term => {
            view! { <DatasetFields form=form.clone() problem=problem.clone() /> }.into_any()
        }
    };
    view! {
        <Head form=form.clone() problem=problem.clone() new />
        {own}
        <Found form problem />
    }
    .into_any()
}

/// Title, link name, language, summary.
#[component]
fn Head(form: EntryForm, problem: Option<Problem>, new: bool) -> impl IntoView {
    let lang = crate::visit::lang();
    let languages = [Lang::Zh, Lang::En].map(|option| (option.code(), names::lang(option))).to_vec();
    view! {
        <TextField
            name="title"
            label=t::TITLE.of(lang)
            value=form.title
            problem=problem.clone()
            hint=t::TITLE_HINT.of(lang)
            required=true
            class="field--wide"
        />
        <TextField
            name="slug"
            label=t::SLUG.of(lang)
            value=form.slug
            problem=problem.clone()
            hint=t::SLUG_HINT.of(lang)
            required=true
            autocomplete="off"
            maxlength=Slug::MAX
            readonly=!new
        />
        <Choice name="lang" label=ts::LANG.of(lang) options=languages chosen=form.lang problem=problem.clone() />
        <TextArea
            name="summary"
            label=t::SUMMARY.of(lang)
            value=form.summary
            problem=problem
            hint=t::SUMMARY_HINT.of(lang)
            rows=2
            class="field--wide"
        />
    }
}

/// By what it is found: questions and tags.
#[component]
fn Found(form: EntryForm, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <TextArea
            name="questions"
            label=t::QUESTIONS.of(lang)
            value=form.questions
            problem=problem.clone()
            hint=t::QUESTIONS_HINT.of(lang)
            rows=3
            class="field--wide"
        />
        <TextField name="tags" label=tc::TAGS.of(lang) value=form.tags problem hint=t::TAGS_HINT.of(lang) />
    }
}

#[component]
fn ArticleFields(form: EntryForm, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <TextField
            name="authors"
            label=t::AUTHORS.of(lang)
            value=form.authors
            problem=problem.clone()
            hint=t::AUTHORS_HINT.of(lang)
        />
        <TextField
            name="translation_of"
            label=t::TRANSLATION_OF.of(lang)
            value=form.translation_of
            problem=problem
            hint=t::TRANSLATION_HINT.of(lang)
            autocomplete="off"
            maxlength=Slug::MAX
        />
    }
}

#[component]
fn TermFields(form: EntryForm, problem: Option<Problem>, new: bool) -> impl IntoView {
    let lang = crate::visit::lang();
    let found = view! { <Found form=form.clone() problem=problem.clone() /> };
    view! {
        <TextField
            name="zh"
            label=t::ZH_NAME.of(lang)
            value=form.zh
            problem=problem.clone()
            required=true
            maxlength=limits::NAME
        />
        <TextField
            name="en"
            label=t::EN_NAME.of(lang)
            value=form.en
            problem=problem.clone()
            required=true
            maxlength=limits::NAME
        />
        <TextArea
            name="definition_zh"
            label=t::DEFINITION_ZH.of(lang)
            value=form.definition_zh
            problem=problem.clone()
            required=true
            class="field--wide"
        />
        <TextArea
            name="definition_en"
            label=t::DEFINITION_EN.of(lang)
            value=form.definition_en
            problem=problem.clone()
            required=true
            class="field--wide"
        />
        <TextField
            name="aliases"
            label=t::ALIASES.of(lang)
            value=form.aliases
            problem=problem.clone()
            hint=t::ALIASES_HINT.of(lang)
        />
        {found}
        <TextField
            name="slug"
            label=t::SLUG.of(lang)
            value=form.slug
            problem=problem
            hint=t::SLUG_HINT.of(lang)
            required=true
            autocomplete="off"
            maxlength=Slug::MAX
            readonly=!new
        />
    }
}
