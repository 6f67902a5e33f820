//! Form fields: label, control, hint and error belong together and are tied for screen readers.

use std::borrow::Cow;

use alluvium_domain::Problem;
use leptos::prelude::*;

use crate::i18n::common as t;
use crate::visit::lang;

/// The attributes that tie a control to its hint and error.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tied {
    pub(crate) error: Option<String>,
    pub(crate) described_by: Option<String>,
}

impl Tied {
    pub(crate) fn new(id: &str, problem: Option<&Problem>, name: &str, hint: bool) -> Self {
        let error = problem.and_then(|problem| problem.for_field(name, lang()));
        let ids: Vec<String> = [hint.then(|| format!("{id}-hint")), error.is_some().then(|| format!("{id}-error"))]
            .into_iter()
            .flatten()
            .collect();
        Tied { error, described_by: (!ids.is_empty()).then(|| ids.join(" ")) }
    }
}

/// Label, hint and error around a control.
#[component]
pub(crate) fn Field(
    #[prop(into)] id: Cow<'static, str>,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(default = None)] error: Option<String>,
    #[prop(optional)] required: bool,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let lang = lang();
    view! {
        <div class=format!("field {class}")>
            <label class="field__label" for=id.clone()>
                {label}
                {required.then(|| view! { <span class="field__required">{t::REQUIRED.of(lang)}</span> })}
            </label>
            {children()}
            {(!hint.is_empty()).then(|| view! { <p class="field__hint" id=format!("{id}-hint")>{hint}</p> })}
            {error.map(|error| view! { <p class="field__error" id=format!("{id}-error")>{error}</p> })}
        </div>
    }
}

/// One line of text.
#[component]
pub(crate) fn TextField(
    #[prop(into)] name: Cow<'static, str>,
    label: &'static str,
    #[prop(into, optional)] value: String,
    #[prop(default = None)] problem: Option<Problem>,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] required: bool,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] autocomplete: &'static str,
    #[prop(optional)] maxlength: usize,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] readonly: bool,
) -> impl IntoView {
    let tied = Tied::new(&name, problem.as_ref(), &name, !hint.is_empty());
    let invalid = tied.error.is_some();
    view! {
        <Field id=name.clone() label hint error=tied.error required class>
            <input
                class="input"
                id=name.clone()
                name=name
                type=kind
                value=value
                required=required
                readonly=readonly
                autocomplete=(!autocomplete.is_empty()).then_some(autocomplete)
                autocapitalize=matches!(autocomplete, "username" | "off").then_some("none")
                maxlength=(maxlength > 0).then(|| maxlength.to_string())
                aria-invalid=invalid.then_some("true")
                aria-describedby=tied.described_by
            />
        </Field>
    }
}

/// Several lines of text.
#[component]
pub(crate) fn TextArea(
    name: &'static str,
    label: &'static str,
    #[prop(into, optional)] value: String,
    #[prop(default = None)] problem: Option<Problem>,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] required: bool,
    #[prop(default = 3)] rows: u32,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let tied = Tied::new(name, problem.as_ref(), name, !hint.is_empty());
    let invalid = tied.error.is_some();
    view! {
        <Field id=name label hint error=tied.error required class>
            <textarea
                class="input"
                id=name
                name=name
                rows=rows.to_string()
                required=required
                aria-invalid=invalid.then_some("true")
                aria-describedby=tied.described_by
                inner_html=raw_text(&value)
            ></textarea>
        </Field>
    }
}

/// A text that can only be read, in a box that scrolls.
#[component]
pub(crate) fn ReadOnlyText(label: &'static str, value: String, #[prop(default = 12)] rows: u32) -> impl IntoView {
    view! {
        <textarea class="input" readonly rows=rows.to_string() aria-label=label inner_html=raw_text(&value)></textarea>
    }
}

/// A text as the content of an element whose text is not markup but may hold character references (`textarea`, `title`: HTML, 13.1.2). Leptos
/// leaves such content as it is. A line break right after the tag is dropped by browsers, and a carriage return becomes a line break: the
/// first of this text protects its own.
fn raw_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    out.push('\n');
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    out
}

/// One of a few values.
#[component]
pub(crate) fn Choice<Code, Name>(
    name: &'static str,
    label: &'static str,
    /// Code and name of each.
    options: Vec<(Code, Name)>,
    #[prop(into)] chosen: String,
    #[prop(default = None)] problem: Option<Problem>,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] required: bool,
    /// In one line with its label, without hint and error: for what only chooses what is shown.
    #[prop(optional)]
    inline: bool,
) -> impl IntoView
where
    Code: Into<Cow<'static, str>>,
    Name: Into<Cow<'static, str>>,
{
    let tied = Tied::new(name, problem.as_ref(), name, !hint.is_empty());
    let invalid = tied.error.is_some();
    let options = options
        .into_iter()
        .map(|(code, text)| (code.into(), text.into()))
        .map(|(code, text)| view! { <option selected=code == chosen value=code>{text}</option> })
        .collect_view();
    let select = view! {
        <select
            class="input"
            id=(!inline).then_some(name)
            name=name
            aria-invalid=invalid.then_some("true")
            aria-describedby=tied.described_by
        >
            {options}
        </select>
    };
    match inline {
        true => view! { <label class="inline-choice"><span>{label}</span> {select}</label> }.into_any(),
        false => view! { <Field id=name label hint error=tied.error required>{select}</Field> }.into_any(),
    }
}

/// A list of errors on top of a form, for those who cannot see them all at once.
#[component]
pub(crate) fn ErrorSummary(problem: Problem) -> impl IntoView {
    let lang = lang();
    let items = problem
        .errors
        .iter()
        .map(|error| {
            let field = error.field.to_string();
            let text = error.issue.text(lang);
            view! {
                <li>
                    <a href=format!("#{field}")>{crate::i18n::fields::name(&field, lang)}</a>
                    {lang.pick("：", ": ")}
                    {text}
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="notice notice--bad" role="alert">
            <super::icon::Icon name="warning" />
            <div class="notice__text">
                <p>{t::FIX_ERRORS.of(lang)}</p>
                <ul>{items}</ul>
            </div>
        </div>
    }
}
