//! Curves with axes, drawn as SVG: by the server for every page, by the browser where they go on while one looks.

use alluvium_domain::Lang;
use leptos::prelude::*;

use crate::i18n::{common as tc, jobs as t};

/// Size of a curve's drawing, and the margins that its axes take.
pub(crate) const SIZE: (f64, f64) = (560.0, 260.0);
pub(crate) const MARGIN: (f64, f64, f64, f64) = (12.0, 12.0, 34.0, 58.0);
/// Values beside the drawing.
const LISTED: usize = 20;

/// Scales of a curve: values to places in the drawing.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) x: (f64, f64),
    pub(crate) y: (f64, f64),
}

impl Scale {
    /// So that all these points lie inside the axes.
    pub(crate) fn of(points: impl Iterator<Item = (f64, f64)> + Clone) -> Scale {
        let ends = |of: fn((f64, f64)) -> f64| {
            let (low, high) = points
                .clone()
                .map(of)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
            match high > low {
                true => (low, high),
                false if low.is_finite() => (low - 0.5, high + 0.5),
                false => (0.0, 1.0),
            }
        };
        Scale { x: ends(|point| point.0), y: ends(|point| point.1) }
    }

    /// The place of a point in the drawing.
    pub(crate) fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let (top, right, bottom, left) = MARGIN;
        let share = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
        (
            left + share(x, self.x) * (SIZE.0 - left - right),
            SIZE.1 - bottom - share(y, self.y) * (SIZE.1 - top - bottom),
        )
    }

    /// Places of points, as `points` of a line or an area.
    pub(crate) fn path(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let places: Vec<String> = points
            .map(|(x, y)| {
                let (x, y) = self.place(x, y);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        places.join(" ")
    }
}

/// Two axes with three marks each.
#[component]
pub(crate) fn Axes(scale: Scale) -> impl IntoView {
    let middle = |(low, high): (f64, f64)| f64::midpoint(low, high);
    let (bottom, left) = (SIZE.1 - MARGIN.2, MARGIN.3);
    let below = [(scale.x.0, "middle"), (middle(scale.x), "middle"), (scale.x.1, "end")]
        .map(|(value, anchor)| {
            let x = scale.place(value, scale.y.0).0;
            view! {
                <text x=format!("{x:.1}") y=format!("{:.1}", bottom + 18.0) text-anchor=anchor>{short(value)}</text>
            }
        })
        .into_iter()
        .collect_view();
    let beside = [scale.y.0, middle(scale.y), scale.y.1]
        .map(|value| {
            let y = scale.place(scale.x.0, value).1;
            view! {
                <line class="chart__grid" x1=format!("{left}") x2=format!("{}", SIZE.0 - MARGIN.1) y1=format!("{y:.1}") y2=format!("{y:.1}") />
                <text x=format!("{}", left - 8.0) y=format!("{:.1}", y + 4.0) text-anchor="end">{short(value)}</text>
            }
        })
        .into_iter()
        .collect_view();
    view! { {beside} {below} }
}

/// A curve, and its last values as a table.
#[component]
pub(crate) fn Curve(label: String, points: Vec<(f64, f64)>, lang: Lang) -> impl IntoView {
    let scale = Scale::of(points.iter().copied());
    let line = scale.path(points.iter().copied());
    let last = points.last().map(|(_, value)| short(*value)).unwrap_or_default();
    let title = format!("{label}{}{last}", lang.pick("：", ": "));
    let rows = points
        .iter()
        .rev()
        .take(LISTED)
        .map(|(step, value)| {
            view! {
                <tr>
                    <td class="num">{format!("{step}")}</td>
                    <td class="num">{format!("{value:.5}")}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <figure class="chart">
            <svg class="chart__curve" viewBox=format!("0 0 {} {}", SIZE.0, SIZE.1) role="img" aria-label=title.clone()>
                <Axes scale />
                <polyline class="chart__line" points=line />
            </svg>
            <figcaption>{title}</figcaption>
            <details class="disclosure">
                <summary>{t::AS_NUMBERS.of(lang)} <span class="visually-hidden">{label}</span></summary>
                <table class="table table--dense">
                    <thead>
                        <tr>
                            <th scope="col">{t::STEP.of(lang)}</th>
                            <th scope="col">{tc::VALUE.of(lang)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </figure>
    }
}

/// A number as an axis shows it.
pub(crate) fn short(value: f64) -> String {
    let digits = if value.abs() >= 10.0 {
        0
    } else if value.abs() >= 1.0 {
        1
    } else {
        3
    };
    format!("{value:.digits$}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_stays_inside_its_axes() {
        let scale = Scale::of([(-1.0, 0.1), (3.0, 0.6), (1.0, 0.3)].into_iter());
        let (left, bottom) = scale.place(-1.0, 0.1);
        let (right, top) = scale.place(3.0, 0.6);
        assert!((left - 58.0).abs() < 1e-6 && (bottom - 226.0).abs() < 1e-6);
        assert!((right - 548.0).abs() < 1e-6 && (top - 12.0).abs() < 1e-6);
        let flat = Scale::of([(1.0, 0.2)].into_iter());
        assert!(flat.place(1.0, 0.2).0.is_finite(), "one point has a place too");
        let empty = Scale::of(std::iter::empty());
        assert!(empty.place(0.0, 0.0).1.is_finite(), "and so has none");
    }
}
