//! One choice out of few, side by side.

use leptos::prelude::*;

/// One of the choices.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    /// What the form sends.
    pub(crate) value: &'static str,
    pub(crate) label: &'static str,
    /// What the label does not say, for who points at it.
    pub(crate) hint: Option<&'static str>,
}

/// Radio buttons that look like one control. `legend` is for who does not see it.
#[component]
pub(crate) fn Segments(
    name: &'static str,
    legend: &'static str,
    segments: Vec<Segment>,
    chosen: &'static str,
) -> impl IntoView {
    let segments = segments
        .into_iter()
        .map(|Segment { value, label, hint }| {
            view! {
                <label class="segment" title=hint>
                    <input type="radio" name=name value=value checked=value == chosen />
                    <span>{label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="segments">
            <legend class="visually-hidden">{legend}</legend>
            {segments}
        </fieldset>
    }
}
