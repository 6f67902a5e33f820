//! A passage whose words carry colour as they carry the score.

use alluvium_domain::search::PassageToken;
use leptos::prelude::*;

use crate::i18n::search as t;
use crate::visit::lang;

/// Steps of colour on each side of zero.
const STEPS: f64 = 5.0;

/// The passage word by word; neighbours of equal strength are one stretch.
#[component]
pub(crate) fn PassageHeat(tokens: Vec<PassageToken>, tag: &'static str) -> impl IntoView {
    let lang = lang();
    let stretches = stretches(tokens)
        .into_iter()
        .map(|(step, text)| match step {
            0 => text.into_any(),
            _ => view! { <span class=class(step)>{text}</span> }.into_any(),
        })
        .collect_view();
    view! {
        <figure class="passage">
            <figcaption>{t::PASSAGE.of(lang)}</figcaption>
            <p class="passage__text" lang=tag>
                {stretches}
            </p>
            <p class="passage__legend" aria-hidden="true">
                <span>{t::PASSAGE_LEGEND_LESS.of(lang)}</span>
                <span class="heat heat--m5"></span>
                <span class="heat heat--m3"></span>
                <span class="heat"></span>
                <span class="heat heat--p3"></span>
                <span class="heat heat--p5"></span>
                <span>{t::PASSAGE_LEGEND_MORE.of(lang)}</span>
            </p>
        </figure>
    }
}

fn class(step: i8) -> String {
    let sign = if step < 0 { 'm' } else { 'p' };
    format!("heat heat--{sign}{}", step.unsigned_abs())
}

/// Joins neighbours whose amounts round to the same step.
fn stretches(tokens: Vec<PassageToken>) -> Vec<(i8, String)> {
    let most = tokens.iter().map(|token| token.amount.abs()).fold(f64::EPSILON, f64::max);
    let mut stretches: Vec<(i8, String)> = Vec::new();
    for token in tokens {
        #[expect(clippy::cast_possible_truncation, reason = "within -STEPS..=STEPS")]
        let step = (token.amount / most * STEPS).round() as i8;
        match stretches.last_mut() {
            Some((last, text)) if *last == step => text.push_str(&token.text),
            _ => stretches.push((step, token.text)),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_equal_strength_are_one_stretch() {
        let token = |text: &str, amount| PassageToken { text: text.into(), amount };
        let tokens = vec![token("点击", 1.0), token("率", 0.96), token("的", 0.01), token("校准", -0.5)];
        assert_eq!(stretches(tokens), vec![(5, "点击率".into()), (0, "的".into()), (-3, "校准".into())]);
    }
}
