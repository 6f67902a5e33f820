//! A value with its interval, drawn on a scale. The numbers stand beside it.

use leptos::prelude::*;

/// Width of the drawing in its own units.
const WIDE: f64 = 100.0;

/// A mark at `value`, a line from `low` to `high`, and one at zero where the scale holds it inside.
#[component]
pub(crate) fn Interval(
    value: f64,
    interval: (f64, f64),
    /// The ends of the scale; what lies outside is drawn at its end.
    scale: (f64, f64),
) -> impl IntoView {
    let reach = (scale.1 - scale.0).max(f64::EPSILON);
    let at = move |value: f64| (WIDE * (value - scale.0) / reach).clamp(0.0, WIDE);
    let (low, high) = (at(interval.0), at(interval.1));
    let mark = at(value).clamp(0.75, WIDE - 0.75);
    let zero = (scale.0 < 0.0 && scale.1 > 0.0).then(|| {
        view! { <rect class="interval__zero" x=format!("{:.2}", at(0.0) - 0.2) y="0" width="0.4" height="10"></rect> }
    });
    view! {
        <svg class="interval" viewBox=format!("0 0 {WIDE} 10") preserveAspectRatio="none" aria-hidden="true" focusable="false">
            {zero}
            <rect class="interval__reach" x=format!("{low:.2}") y="4" width=format!("{:.2}", high - low) height="2"></rect>
            <rect class="interval__value" x=format!("{:.2}", mark - 0.75) y="1" width="1.5" height="8"></rect>
        </svg>
    }
}
