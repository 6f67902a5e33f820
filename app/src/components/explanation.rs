//! An explanation as people read it: which part gave how much, and that the parts make the score.

use alluvium_domain::{Contribution, Explanation, FeatureGroup, Lang};
use leptos::prelude::*;

use super::icon::Icon;
use crate::i18n::search as t;
use crate::i18n::{format, parts};
use crate::islands::score::{group_code, group_name};
use crate::size;
use crate::visit::lang;

/// Parts shown at once; the smaller ones open on demand.
const SHOWN: usize = 8;

/// The sums of the groups that took part, in the order of the domain.
pub(crate) fn group_totals(explanation: &Explanation) -> Vec<(FeatureGroup, f64)> {
    use FeatureGroup::{Context, Glossary, History, Lexical, Popularity, Product, Relation, Rule, Semantic, Taste};
    [Lexical, Semantic, Glossary, Rule, Relation, History, Taste, Product, Popularity, Context]
        .into_iter()
        .filter(|group| explanation.contributions.iter().any(|part| part.group == *group))
        .map(|group| (group, explanation.group_total(group)))
        .collect()
}

/// The table of parts with bars, and the sum spelled out. With `form`, each part can be switched off by a tick of that form.
#[component]
pub(crate) fn ExplanationTable(explanation: Explanation, #[prop(optional)] form: &'static str) -> impl IntoView {
    let lang = lang();
    let most = explanation.contributions.iter().map(|part| part.amount.abs()).fold(f64::EPSILON, f64::max);
    let signed = explanation.contributions.iter().any(|part| part.amount < 0.0);
    let rest = explanation.contributions.len().saturating_sub(SHOWN);
    let row = move |part: &Contribution| view! { <PartRow part=part.clone() most form lang /> };
    let (first, others) = explanation.contributions.split_at(explanation.contributions.len().min(SHOWN));
    let first = first.iter().map(row).collect_view();
    let others = others.iter().map(row).collect_view();
    view! {
        <div class="explanation" class:explanation--signed=signed>
            <Equation explanation=explanation.clone() />
            <table class="parts">
                <thead class="visually-hidden">
                    <tr>
                        <th scope="col">{t::PART.of(lang)}</th>
                        <th scope="col">{t::GROUP.of(lang)}</th>
                        <th scope="col">{t::AMOUNT.of(lang)}</th>
                        {(!form.is_empty()).then(|| view! { <th scope="col">{t::SWITCH_OFF.of(lang)}</th> })}
                    </tr>
                </thead>
                <tbody>{first}</tbody>
            </table>
            {(rest > 0)
                .then(|| {
                    view! {
                        <details class="parts-rest">
                            <summary>{format!("{} ({rest})", t::MORE_PARTS.of(lang))}</summary>
                            <table class="parts">
                                <tbody>{others}</tbody>
                            </table>
                        </details>
                    }
                })}
            <p class="explanation__method">{format!("{}{}{}", t::METHOD.of(lang), lang.pick("：", ": "), explanation.method)}</p>
        </div>
    }
}

/// One part: its words, and a bar to the right where it adds, to the left where it takes away.
#[component]
fn PartRow(part: Contribution, most: f64, form: &'static str, lang: Lang) -> impl IntoView {
    let code = group_code(part.group);
    let length = (part.amount.abs() / most).clamp(0.0, 1.0);
    let sign = if part.amount < 0.0 { "bar bar--minus" } else { "bar" };
    let name = parts::name(&part, lang);
    let value = parts::labelled(&part.feature, &name);
    let tick = (!form.is_empty()).then(|| {
        view! {
            <label class="switch-off">
                <input type="checkbox" name="without" form=form value=value />
                <span>{t::SWITCH_OFF.of(lang)}</span>
                <span class="visually-hidden">{name.clone()}</span>
            </label>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="parts__value">{name.clone()}</span>
            </th>
            <td>
                <span class=format!("chip chip--{code}")>{group_name(part.group).of(lang)}</span>
            </td>
            <td class="parts__amount">
                <span class=format!("{sign} bar--{code} {}", size::length(length)) aria-hidden="true"></span>
                <span class="num">{format::signed(part.amount)}</span>
            </td>
            {tick.map(|tick| view! { <td class="parts__tick">{tick}</td> })}
        </tr>
    }
}

/// `baseline + parts + gap = score`, with whether it holds.
#[component]
pub(crate) fn Equation(explanation: Explanation) -> impl IntoView {
    let lang = lang();
    let sum: f64 = explanation.contributions.iter().map(|part| part.amount).sum();
    let holds = explanation.adds_up();
    let (icon, verdict) = if holds { ("check", t::ADDS_UP) } else { ("warning", t::DOES_NOT_ADD_UP) };
    let term = |label: &'static str, amount: f64, class: &'static str| {
        view! {
            <span class=class>
                <span class="equation__label">{label}</span>
                <span class="num">{format::amount(amount)}</span>
            </span>
        }
    };
    view! {
        <p class="equation" class:equation--open=!holds>
            {term(t::BASELINE.of(lang), explanation.baseline, "equation__term")}
            <span class="equation__op">"+"</span>
            {term(t::PARTS.of(lang), sum, "equation__term")}
            {(!holds)
                .then(|| {
                    view! {
                        <span class="equation__op">"+"</span>
                        {term(t::GAP.of(lang), explanation.gap, "equation__term")}
                    }
                })}
            <span class="equation__op">"="</span>
            {term(t::SCORE.of(lang), explanation.score, "equation__term equation__term--score")}
            <span class="equation__check" title=verdict.of(lang)>
                <Icon name=icon />
                <span class="visually-hidden">{verdict.of(lang)}</span>
            </span>
        </p>
    }
}
