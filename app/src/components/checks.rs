//! Checks of explanations as a card: pass or fail of each method, with the figures.

use alluvium_domain::shop::{CheckKind, ExplanationCheck, ExplanationMethod, ExplanationReport};
use leptos::prelude::*;

use super::icon::Icon;
use super::table::{DataTable, column_heads};
use crate::i18n::common as tc;
use crate::i18n::{explain as t, format};
use crate::visit::lang;

/// The card of one run of the checks.
#[component]
pub(crate) fn ChecksCard(report: ExplanationReport) -> impl IntoView {
    let lang = lang();
    let methods = ExplanationMethod::ALL
        .iter()
        .filter_map(|method| Some((*method, report.passed(*method)?)))
        .map(|(method, passed)| {
            let checks: Vec<ExplanationCheck> =
                report.checks.iter().filter(|check| check.method == method).cloned().collect();
            view! { <Method method passed checks /> }
        })
        .collect_view();
    let gap = format!("{:.1e}", report.largest_gap);
    view! {
        <section class="checks" aria-labelledby="checks">
            <h2 id="checks">{t::CHECKS.of(lang)}</h2>
            <p class="facts num">
                <span class="fact">{format!("{} {}", t::CHECKED_AT.of(lang), format::moment(report.at))}</span>
                <span class="fact">{format!("{} {}", report.recommendations, t::RECOMMENDATIONS_EXPLAINED.of(lang))}</span>
                <span class="fact">{format!("{} {gap}", t::LARGEST_GAP.of(lang))}</span>
            </p>
            <div class="checks__methods">{methods}</div>
        </section>
    }
}

#[component]
fn Method(method: ExplanationMethod, passed: bool, checks: Vec<ExplanationCheck>) -> impl IntoView {
    let lang = lang();
    let rows = checks
        .into_iter()
        .map(|check| {
            let figure = |value: f64| {
                if check.kind == CheckKind::Gap { format!("{value:.1e}") } else { format::fine(value) }
            };
            let interval = format!("[{}, {}]", figure(check.low), figure(check.high));
            view! {
                <tr>
                    <th scope="row">{t::check(check.kind).of(lang)}</th>
                    <td class="num">{figure(check.value)}</td>
                    <td class="num">{interval}</td>
                    <td class="num">{t::limit(check.kind, check.limit)}</td>
                    <td class="num">{check.points}</td>
                    <td><Verdict passed=check.passed /></td>
                </tr>
            }
        })
        .collect_view();
    let heads = column_heads(&[t::CHECK, tc::VALUE, t::INTERVAL, t::LIMIT, t::POINTS, t::RESULT]);
    view! {
        <article class="card">
            <h3 class="card__title">{t::method(method).of(lang)} " " <Verdict passed /></h3>
            <DataTable label=t::method(method).of(lang) heads=heads>{rows}</DataTable>
        </article>
    }
}

/// Passed or failed, in words, with an icon and a colour.
#[component]
pub(crate) fn Verdict(passed: bool) -> impl IntoView {
    let lang = lang();
    let (class, icon, text) = if passed {
        ("verdict verdict--good", "check", t::PASSED)
    } else {
        ("verdict verdict--bad", "close", t::FAILED)
    };
    view! {
        <span class=class>
            <Icon name=icon />
            {text.of(lang)}
        </span>
    }
}
