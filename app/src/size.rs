//! Lengths of bars as classes: the Content-Security-Policy allows no style in markup, so that a hostile text cannot cover a page with its own.
//!
//! `target/site/pkg/alluvium.css` holds a rule for each (`server/xtask/src/site.rs`, `size_rules`).

/// Steps between nothing and the whole: half a per cent, about a pixel of the longest bar.
const STEPS: f64 = 200.0;

/// The class that sets `--length` to a share between 0 and 1, rounded to a step.
pub(crate) fn length(share: f64) -> String {
    format!("length-{}", step(share))
}

/// The class that sets `--from` to a share between 0 and 1, rounded to a step.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn from(share: f64) -> String {
    format!("from-{}", step(share))
}

fn step(share: f64) -> u16 {
    // NaN becomes 0.
    (share.clamp(0.0, 1.0) * STEPS).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_become_steps() {
        assert_eq!(
            (length(0.0), length(0.333), length(1.0)),
            ("length-0".into(), "length-67".into(), "length-200".into())
        );
        assert_eq!(
            (length(-1.0), length(7.0), from(f64::NAN)),
            ("length-0".into(), "length-200".into(), "from-0".into())
        );
    }
}
