//! The editor's controls as they stand in the page.

use alluvium_domain::{Lang, Problem};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{
    Element, Event, EventTarget, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement,
};

use crate::entry_form::EntryForm;

const EDITOR: &str = "form.editor";

/// The editor's form.
#[derive(Clone)]
pub(super) struct Fields(HtmlFormElement);

/// One control that people fill in.
pub(super) struct Control {
    pub(super) name: String,
    element: HtmlElement,
}

impl Fields {
    /// The form of this page.
    pub(super) fn of_page() -> Option<Fields> {
        Some(Fields(document().query_selector(EDITOR).ok()??.dyn_into().ok()?))
    }

    /// The form around an event's target.
    pub(super) fn around(event: &Event) -> Option<Fields> {
        let target = event.target()?.dyn_into::<Element>().ok()?;
        Some(Fields(target.closest(EDITOR).ok()??.dyn_into().ok()?))
    }

    /// What people can fill in; nothing hidden, no buttons.
    pub(super) fn controls(&self) -> Vec<Control> {
        let elements = self.0.elements();
        (0..elements.length())
            .filter_map(|at| elements.item(at)?.dyn_into::<HtmlElement>().ok())
            .filter_map(|element| {
                let hidden = element.dyn_ref::<HtmlInputElement>().is_some_and(|input| input.type_() == "hidden");
                let name = element.get_attribute("name").filter(|_| !hidden)?;
                value(&element).map(|_| Control { name, element })
            })
            .collect()
    }

    /// What is typed, as the server reads it.
    pub(super) fn form(&self) -> EntryForm {
        let mut form = EntryForm::default();
        for control in self.controls() {
            form.set(&control.name, control.value());
        }
        form
    }

    /// Shows what is wrong beside the fields that `shown` names and beside those that show an error already; takes away what has been mended.
    /// What only the server can judge keeps its mark until the server answers.
    pub(super) fn show(&self, problem: Option<&Problem>, lang: Lang, shown: impl Fn(&str) -> bool) {
        for control in self.controls().into_iter().filter(|control| !control.name.starts_with("results[")) {
            let error = problem.and_then(|problem| problem.for_field(&control.name, lang));
            let marked = document().get_element_by_id(&error_id(&control.name));
            match (error, marked) {
                (Some(text), Some(mark)) => mark.set_text_content(Some(&text)),
                (Some(text), None) if shown(&control.name) => control.mark(&text),
                (None, Some(mark)) => {
                    mark.remove();
                    control.unmark();
                }
                (Some(_) | None, None) => {}
            }
        }
    }

    /// To the first field with an error, and opens what it is folded in.
    pub(super) fn focus_first_wrong(&self) {
        let wrong = self.controls().into_iter().find(|control| control.element.has_attribute("aria-invalid"));
        if let Some(control) = wrong {
            if let Ok(Some(fold)) = control.element.closest("details") {
                let _ = fold.set_attribute("open", "");
            }
            let _ = control.element.focus();
        }
    }

    /// The hidden field with the number of the revision.
    pub(super) fn set_base(&self, base: &str) {
        if let Ok(Some(field)) = self.0.query_selector("input[name=base]") {
            let _ = field.set_attribute("value", base);
        }
    }
}

impl Control {
    pub(super) fn value(&self) -> String {
        value(&self.element).unwrap_or_default()
    }

    /// Puts a text in, and tells those who listen.
    pub(super) fn fill(&self, text: &str) {
        if let Some(input) = self.element.dyn_ref::<HtmlInputElement>() {
            if input.read_only() {
                return;
            }
            input.set_value(text);
        } else if let Some(area) = self.element.dyn_ref::<HtmlTextAreaElement>() {
            area.set_value(text);
        } else if let Some(select) = self.element.dyn_ref::<HtmlSelectElement>() {
            select.set_value(text);
        }
        let init = web_sys::EventInit::new();
        init.set_bubbles(true);
        if let Ok(event) = Event::new_with_event_init_dict("input", &init) {
            let _ = self.element.dispatch_event(&event);
        }
    }

    fn mark(&self, text: &str) {
        let (Ok(Some(field)), Ok(mark)) = (self.element.closest(".field"), document().create_element("p")) else {
            return;
        };
        mark.set_class_name("field__error");
        mark.set_id(&error_id(&self.name));
        mark.set_text_content(Some(text));
        let _ = field.append_child(&mark);
        let _ = self.element.set_attribute("aria-invalid", "true");
        let described = self.element.get_attribute("aria-describedby").unwrap_or_default();
        let described = format!("{described} {}", error_id(&self.name));
        let _ = self.element.set_attribute("aria-describedby", described.trim());
    }

    fn unmark(&self) {
        let _ = self.element.remove_attribute("aria-invalid");
        let described = self.element.get_attribute("aria-describedby").unwrap_or_default();
        let described = described.replace(&error_id(&self.name), "");
        let _ = self.element.set_attribute("aria-describedby", described.trim());
    }
}

fn error_id(name: &str) -> String {
    format!("{name}-error")
}

fn value(element: &HtmlElement) -> Option<String> {
    if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        Some(input.value())
    } else if let Some(area) = element.dyn_ref::<HtmlTextAreaElement>() {
        Some(area.value())
    } else {
        element.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value)
    }
}

/// The name of the control that an event came from.
pub(super) fn name_of(target: Option<EventTarget>) -> Option<String> {
    target?.dyn_into::<Element>().ok()?.get_attribute("name")
}
