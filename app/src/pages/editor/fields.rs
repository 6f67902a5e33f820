//! The fields beside the text.

use alluvium_domain::entry::limits;
use alluvium_domain::{Lang, Problem, Slug};
use leptos::prelude::*;

use crate::components::field::{Field, TextArea, TextField};
use crate::forms::entry::EntryForm;
use crate::i18n::search as ts;
use crate::i18n::{entry as t, names};

#[component]
pub(crate) fn ArticleFields(form: EntryForm, problem: Option<Problem>, new: bool) -> impl IntoView {
    let lang = crate::visit::lang();
    let chosen = form.lang.clone();
    let languages = [Lang::Zh, Lang::En]
        .into_iter()
        .map(|option| {
            view! { <option value=option.code() selected=option.code() == chosen>{names::lang(option)}</option> }
        })
        .collect_view();
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
        <Field id="lang" label=ts::LANG.of(lang)>
            <select class="input" id="lang" name="lang">
                {languages}
            </select>
        </Field>
        <TextArea
            name="summary"
            label=t::SUMMARY.of(lang)
            value=form.summary
            problem=problem.clone()
            hint=t::SUMMARY_HINT.of(lang)
            rows=2
            class="field--wide"
        />
        <TextArea
            name="questions"
            label=t::QUESTIONS.of(lang)
            value=form.questions
            problem=problem.clone()
            hint=t::QUESTIONS_HINT.of(lang)
            rows=3
            class="field--wide"
        />
        <TextField name="tags" label=t::TAGS.of(lang) value=form.tags problem=problem.clone() hint=t::TAGS_HINT.of(lang) />
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
pub(crate) fn TermFields(form: EntryForm, problem: Option<Problem>, new: bool) -> impl IntoView {
    let lang = crate::visit::lang();
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
        <TextArea
            name="questions"
            label=t::QUESTIONS.of(lang)
            value=form.questions
            problem=problem.clone()
            hint=t::QUESTIONS_HINT.of(lang)
            rows=3
            class="field--wide"
        />
        <TextField name="tags" label=t::TAGS.of(lang) value=form.tags problem=problem.clone() hint=t::TAGS_HINT.of(lang) />
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
