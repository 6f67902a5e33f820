//! Charts that the server draws: layers in a bar, a curve with a band. The numbers stand beside them as a table.

use alluvium_domain::shop::{DependenceCurve, Importance};
use alluvium_domain::{FeatureGroup, Lang};
use leptos::prelude::*;

use super::table::DataTable;
use crate::i18n::common as tc;
use crate::i18n::{explain as t, format};
use crate::islands::curve::{Axes, SIZE, Scale, short};
use crate::islands::score::{group_code, group_name};
use crate::visit::lang;

/// Width of a bar chart in its own units.
const WIDE: f64 = 600.0;

/// One bar of layers for each line, all on one scale, with a legend and the numbers as a table. `name` gives people's name and the group of a part.
#[component]
pub(crate) fn ImportanceChart(
    title: &'static str,
    lines: Vec<Importance>,
    name: fn(&str, Lang) -> (String, FeatureGroup),
) -> impl IntoView {
    let lang = lang();
    let sum = |line: &Importance| line.groups.iter().map(|(_, amount)| amount).sum::<f64>();
    let most = lines.iter().map(sum).fold(f64::EPSILON, f64::max);
    let bars = lines
        .iter()
        .map(|line| {
            let mut at = 0.0;
            let layers = layers(line, name, lang)
                .into_iter()
                .map(|(group, amount)| {
                    let (x, width) = (at, WIDE * amount / most);
                    at += width;
                    let hint = format!("{} {}", group_name(group).of(lang), format::probability(amount));
                    view! {
                        <rect class=format!("layer-rect layer--{}", group_code(group)) x=format!("{x:.1}") y="0" width=format!("{width:.1}") height="14">
                            <title>{hint}</title>
                        </rect>
                    }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{line.of.text(lang).to_owned()}</th>
                    <td class="chart__cell" aria-hidden="true">
                        <svg class="chart__bar" viewBox=format!("0 0 {WIDE} 14") preserveAspectRatio="none" focusable="false">
                            {layers}
                        </svg>
                    </td>
                    <td class="num">{format::probability(sum(line))}</td>
                    <td class="num muted">{line.points}</td>
                </tr>
            }
        })
        .collect_view();
    let used = used(&lines, name, lang);
    let legend = used
        .into_iter()
        .map(|group| view! { <li class=format!("chip chip--{}", group_code(group))>{group_name(group).of(lang)}</li> })
        .collect_view();
    view! {
        <figure class="chart">
            <figcaption>{title}</figcaption>
            <ul class="chips">{legend}</ul>
            <table class="chart__bars">
                <thead class="visually-hidden">
                    <tr>
                        <th scope="col">{title}</th>
                        <th scope="col">{t::IMPORTANCE.of(lang)}</th>
                        <th scope="col">{t::TOTAL.of(lang)}</th>
                        <th scope="col">{t::POINTS.of(lang)}</th>
                    </tr>
                </thead>
                <tbody>{bars}</tbody>
            </table>
            <ImportanceTable title lines name />
        </figure>
    }
}

/// Sums of the groups that pages colour by, in the order of their first part.
fn layers(line: &Importance, name: fn(&str, Lang) -> (String, FeatureGroup), lang: Lang) -> Vec<(FeatureGroup, f64)> {
    let mut layers: Vec<(FeatureGroup, f64)> = Vec::new();
    for (part, amount) in &line.groups {
        let group = name(part, lang).1;
        match layers.iter_mut().find(|(known, _)| *known == group) {
            Some((_, sum)) => *sum += amount,
            None => layers.push((group, *amount)),
        }
    }
    layers.sort_by_key(|(group, _)| group_code(*group));
    layers
}

fn used(lines: &[Importance], name: fn(&str, Lang) -> (String, FeatureGroup), lang: Lang) -> Vec<FeatureGroup> {
    let mut used: Vec<FeatureGroup> = Vec::new();
    for (part, _) in lines.iter().flat_map(|line| &line.groups) {
        let group = name(part, lang).1;
        if !used.contains(&group) {
            used.push(group);
        }
    }
    used.sort_by_key(|group| group_code(*group));
    used
}

#[component]
fn ImportanceTable(
    title: &'static str,
    lines: Vec<Importance>,
    name: fn(&str, Lang) -> (String, FeatureGroup),
) -> impl IntoView {
    let lang = lang();
    let mut parts: Vec<String> = Vec::new();
    for (part, _) in lines.iter().flat_map(|line| &line.groups) {
        if !parts.contains(part) {
            parts.push(part.clone());
        }
    }
    let heads = parts.iter().map(|part| view! { <th scope="col">{name(part, lang).0}</th> }).collect_view();
    let rows = lines
        .iter()
        .map(|line| {
            let amount =
                |part: &String| line.groups.iter().find(|(own, _)| own == part).map_or(0.0, |(_, amount)| *amount);
            let cells = parts
                .iter()
                .map(|part| view! { <td class="num">{format::probability(amount(part))}</td> })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{line.of.text(lang).to_owned()}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <details class="disclosure">
            <summary>{t::AS_TABLE.of(lang)} <span class="visually-hidden">{title}</span></summary>
            <DataTable label=title heads=view! { <th scope="col">{title}</th> {heads} }.into_any()>{rows}</DataTable>
        </details>
    }
}

/// A curve with its band, two axes with three marks each, and the numbers as a table.
#[component]
pub(crate) fn DependenceChart(curve: DependenceCurve, label: String) -> impl IntoView {
    let lang = lang();
    let upper = curve.points.iter().map(|point| (point.at, point.mean + point.deviation));
    let lower = curve.points.iter().rev().map(|point| (point.at, point.mean - point.deviation));
    let scale = Scale::of(upper.clone().chain(lower.clone()));
    let line = scale.path(curve.points.iter().map(|point| (point.at, point.mean)));
    let band = scale.path(upper.chain(lower));
    let rows = curve
        .points
        .iter()
        .map(|point| {
            view! {
                <tr>
                    <td class="num">{short(point.at)}</td>
                    <td class="num">{format::probability(point.mean)}</td>
                    <td class="num">{format::probability(point.deviation)}</td>
                </tr>
            }
        })
        .collect_view();
    let title = format!("{}{}{label}", t::DEPENDENCE.of(lang), lang.pick("：", ": "));
    view! {
        <figure class="chart">
            <svg class="chart__curve" viewBox=format!("0 0 {} {}", SIZE.0, SIZE.1) role="img" aria-label=title>
                <Axes scale /> <polygon class="chart__band" points=band /> <polyline class="chart__line" points=line />
            </svg>
            <figcaption>{label.clone()}</figcaption>
            <details class="disclosure">
                <summary>{t::AS_TABLE.of(lang)} <span class="visually-hidden">{label}</span></summary>
                <table class="table table--dense">
                    <thead>
                        <tr>
                            <th scope="col">{tc::VALUE.of(lang)}</th>
                            <th scope="col">{t::MEAN_SCORE.of(lang)}</th>
                            <th scope="col">{t::DEVIATION.of(lang)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_group_are_one_layer() {
        let name = |part: &str, _: Lang| {
            (part.to_owned(), if part == "c" { FeatureGroup::History } else { FeatureGroup::Taste })
        };
        let line = Importance {
            of: alluvium_domain::shop::Bilingual::new("全部", "all"),
            points: 1,
            groups: vec![("a".into(), 0.2), ("b".into(), 0.1), ("c".into(), 0.4)],
        };
        let layers = layers(&line, name, Lang::En);
        assert_eq!(layers.len(), 2);
        assert!((layers[1].1 - 0.3).abs() < 1e-12);
    }
}
