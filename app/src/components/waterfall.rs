//! How the parts lead from the baseline to the score, step by step: a table whose middle column draws it.

use alluvium_domain::Explanation;
use leptos::prelude::*;

use crate::i18n::search as ts;
use crate::i18n::{explain as t, format, parts};
use crate::islands::score::{group_code, group_name};
use crate::size;
use crate::visit::lang;

/// One line: where its bar begins and ends on the scale of scores.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    label: String,
    class: String,
    hint: &'static str,
    from: f64,
    to: f64,
    shown: String,
    total: bool,
}

/// A waterfall of an explanation. Gaps that count are a step of their own.
#[component]
pub(crate) fn Waterfall(explanation: Explanation) -> impl IntoView {
    let lang = lang();
    let mut steps = vec![total(ts::BASELINE.of(lang), explanation.baseline)];
    let mut at = explanation.baseline;
    for part in &explanation.contributions {
        steps.push(Step {
            label: parts::name(part, lang),
            class: step_class(group_code(part.group), part.amount),
            hint: group_name(part.group).of(lang),
            from: at,
            to: at + part.amount,
            shown: format::fine(part.amount),
            total: false,
        });
        at += part.amount;
    }
    if !explanation.adds_up() {
        steps.push(Step {
            label: ts::GAP.of(lang).to_owned(),
            class: step_class("base", explanation.gap),
            hint: "",
            from: at,
            to: explanation.score,
            shown: format::fine(explanation.gap),
            total: false,
        });
    }
    steps.push(total(ts::SCORE.of(lang), explanation.score));
    let (low, high) = span(&steps);
    let rows = steps.into_iter().map(|step| view! { <StepRow step low high /> }).collect_view();
    view! {
        <table class="waterfall">
            <caption>{t::WATERFALL.of(lang)}</caption>
            <thead class="visually-hidden">
                <tr>
                    <th scope="col">{ts::PART.of(lang)}</th>
                    <th scope="col">{t::WATERFALL.of(lang)}</th>
                    <th scope="col">{ts::AMOUNT.of(lang)}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn step_class(code: &str, amount: f64) -> String {
    let sign = if amount < 0.0 { " step--minus" } else { "" };
    format!("step bar--{code}{sign}")
}

/// A step that is a level: its bar is a mark.
fn total(label: &str, value: f64) -> Step {
    Step {
        label: label.to_owned(),
        class: "step step--level".to_owned(),
        hint: "",
        from: value,
        to: value,
        shown: format::probability(value),
        total: true,
    }
}

/// The scale: from the lowest to the highest level that is reached, and a little more on both sides.
fn span(steps: &[Step]) -> (f64, f64) {
    let ends = || steps.iter().flat_map(|step| [step.from, step.to]);
    let (low, high) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let margin = ((high - low) * 0.04).max(1e-9);
    (low - margin, high + margin)
}

#[component]
fn StepRow(step: Step, low: f64, high: f64) -> impl IntoView {
    let place = |value: f64| (value - low) / (high - low);
    let (left, right) = (place(step.from.min(step.to)), place(step.from.max(step.to)));
    let class = format!("{} {} {}", step.class, size::from(left), size::length(right - left));
    view! {
        <tr class:waterfall__total=step.total>
            <th scope="row" title=(!step.hint.is_empty()).then_some(step.hint)>
                {step.label}
            </th>
            <td class="waterfall__track" aria-hidden="true">
                <span class=class></span>
            </td>
            <td class="num">{step.shown}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_holds_every_level() {
        let step = |from: f64, to: f64| Step { from, to, ..total("", 0.0) };
        let (low, high) = span(&[step(0.2, 0.2), step(0.2, 0.5), step(0.5, 0.1)]);
        assert!(low < 0.1 && low > 0.05 && high > 0.5 && high < 0.55, "{low} {high}");
        let (low, high) = span(&[step(0.3, 0.3)]);
        assert!(low < high, "a single level has a scale too");
    }
}
