//! The same feature groups for the three tasks, side by side.

use alluvium_domain::shop::{EventKind, TaskExplanations, TaskValues};
use alluvium_domain::{Contribution, Explanation};
use leptos::prelude::*;

use crate::i18n::search as ts;
use crate::i18n::{explain as t, format, parts, shop as tp};
use crate::islands::score::group_code;
use crate::size;
use crate::visit::lang;

/// The three probabilities in a line.
#[component]
pub(crate) fn TaskScores(tasks: TaskValues) -> impl IntoView {
    let lang = lang();
    let items = EventKind::ALL
        .iter()
        .map(|kind| {
            let value = tasks.of(*kind);
            let bar = format!("task__bar {}", size::length(value));
            view! {
                <li class="task">
                    <span class="task__name">{tp::event(*kind).of(lang)}</span>
                    <span class=bar aria-hidden="true"></span>
                    <span class="num">{format!("{:.1}%", 100.0 * value)}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="tasks" aria-label=t::TASKS.of(lang)>{items}</ul> }
}

/// A row for each group, a column for each task.
#[component]
pub(crate) fn TaskComparison(explanations: TaskExplanations) -> impl IntoView {
    let lang = lang();
    let columns = [
        (EventKind::View, explanations.view),
        (EventKind::Cart, explanations.cart),
        (EventKind::Purchase, explanations.purchase),
    ];
    let scales: Vec<f64> = columns.iter().map(|(_, explanation)| largest(explanation)).collect();
    let heads =
        columns.iter().map(|(kind, _)| view! { <th scope="col">{tp::event(*kind).of(lang)}</th> }).collect_view();
    let level = |label: &'static str, of: &dyn Fn(&Explanation) -> f64| {
        let cells = columns
            .iter()
            .map(|(_, explanation)| view! { <td class="num">{format::probability(of(explanation))}</td> })
            .collect_view();
        view! {
            <tr class="task-table__level">
                <th scope="row">{label}</th>
                {cells}
            </tr>
        }
    };
    let rows = order(columns.iter().map(|(_, explanation)| explanation))
        .into_iter()
        .map(|part| {
            let cells = columns
                .iter()
                .zip(&scales)
                .map(|((_, explanation), scale)| view! { <AmountCell amount=amount(explanation, &part.feature) scale=*scale code=group_code(part.group) /> })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{parts::name(&part, lang)}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=t::PER_TASK.of(lang)>
            <table class="task-table explanation--signed">
                <caption>{t::PER_TASK.of(lang)} <span class="muted">{t::PER_TASK_HINT.of(lang)}</span></caption>
                <thead>
                    <tr>
                        <th scope="col">{ts::PART.of(lang)}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>
                    {level(ts::BASELINE.of(lang), &|explanation| explanation.baseline)} {rows}
                    {level(t::PROBABILITY.of(lang), &|explanation| explanation.score)}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn AmountCell(amount: f64, scale: f64, code: &'static str) -> impl IntoView {
    let sign = if amount < 0.0 { "bar bar--minus" } else { "bar" };
    let length = size::length(amount.abs() / scale);
    view! {
        <td class="task-table__cell">
            <span class=format!("{sign} bar--{code} {length}") aria-hidden="true"></span>
            <span class="num">{format::fine(amount)}</span>
        </td>
    }
}

fn largest(explanation: &Explanation) -> f64 {
    explanation.contributions.iter().map(|part| part.amount.abs()).fold(f64::EPSILON, f64::max)
}

fn amount(explanation: &Explanation, feature: &str) -> f64 {
    explanation.contributions.iter().filter(|part| part.feature == feature).map(|part| part.amount).sum()
}

/// Every part that occurs, once, in the order of the first explanation and then of the others.
fn order<'a>(explanations: impl Iterator<Item = &'a Explanation>) -> Vec<Contribution> {
    let mut parts: Vec<Contribution> = Vec::new();
    for part in explanations.flat_map(|explanation| &explanation.contributions) {
        if !parts.iter().any(|known| known.feature == part.feature) {
            parts.push(part.clone());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use alluvium_domain::FeatureGroup;

    use super::*;

    fn explanation(parts: &[(&str, f64)]) -> Explanation {
        let part = |(feature, amount): &(&str, f64)| Contribution {
            feature: (*feature).to_owned(),
            group: FeatureGroup::Taste,
            value: String::new(),
            amount: *amount,
        };
        Explanation::new("test", 0.0, 0.0, parts.iter().map(part).collect())
    }

    #[test]
    fn every_task_has_the_same_rows() {
        let (view, cart) = (explanation(&[("a", 1.0), ("b", -2.0)]), explanation(&[("c", 0.5), ("a", 3.0)]));
        let order = order([&view, &cart].into_iter());
        let names: Vec<&str> = order.iter().map(|part| part.feature.as_str()).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!((amount(&view, "c"), amount(&cart, "a"), largest(&view)), (0.0, 3.0, 2.0));
    }
}
