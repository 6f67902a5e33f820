//! A metric with its interval: the ends are metrics of their own, `ndcg_10/low` and `ndcg_10/high`, so that any client can record them.

use super::Run;

/// The metric that holds the lower end of a metric's 95 % interval.
pub fn low_key(key: &str) -> String {
    format!("{key}/low")
}

/// The metric that holds the upper end of a metric's 95 % interval.
pub fn high_key(key: &str) -> String {
    format!("{key}/high")
}

/// The metric whose interval a metric may be an end of.
pub fn interval_of(key: &str) -> Option<&str> {
    key.strip_suffix("/low").or_else(|| key.strip_suffix("/high"))
}

/// The last value of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// Its 95 % interval, where the run has one.
    pub interval: Option<(f64, f64)>,
}

impl Measured {
    /// Whether its interval and another one's have points in common: then the two may be the same.
    pub fn overlaps(&self, other: &Measured) -> bool {
        self.interval.zip(other.interval).is_some_and(|(own, other)| own.0 <= other.1 && other.0 <= own.1)
    }
}

/// How a number that is written somewhere stands to the run that it goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Borne {
    /// The run says the same now, or nothing is written and the run says this.
    Out(f64),
    /// The run says another one now.
    Not(f64),
    /// The run has no such metric.
    Missing,
}

impl Borne {
    /// What the run says.
    pub fn value(self) -> Option<f64> {
        match self {
            Borne::Out(value) | Borne::Not(value) => Some(value),
            Borne::Missing => None,
        }
    }
}

impl Run {
    /// Whether the run says what is written; `None` for nothing.
    pub fn bears_out(&self, key: &str, written: Option<&str>) -> Borne {
        let same =
            |now: f64, text: &str| text.parse().is_ok_and(|text: f64| text == now || text.is_nan() && now.is_nan());
        match self.metric(key) {
            Some(now) if written.is_none_or(|text| same(now, text)) => Borne::Out(now),
            Some(now) => Borne::Not(now),
            None => Borne::Missing,
        }
    }

    /// The last value of a metric with its interval.
    pub fn measured(&self, key: &str) -> Option<Measured> {
        let interval = self.metric(&low_key(key)).zip(self.metric(&high_key(key)));
        self.metric(key).map(|value| Measured { value, interval })
    }

    /// The names of its metrics, without those that are ends of another one's interval.
    pub fn metric_keys(&self) -> impl Iterator<Item = &str> {
        let is_end = |key: &str| {
            interval_of(key).is_some_and(|of| self.measured(of).is_some_and(|measured| measured.interval.is_some()))
        };
        self.metrics.iter().map(|point| point.key.as_str()).filter(move |key| !is_end(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_overlap_or_do_not() {
        let measured = |value, low, high| Measured { value, interval: Some((low, high)) };
        assert!(measured(0.5, 0.4, 0.6).overlaps(&measured(0.6, 0.55, 0.7)));
        assert!(!measured(0.5, 0.4, 0.6).overlaps(&measured(0.7, 0.65, 0.8)));
        assert!(!measured(0.5, 0.4, 0.6).overlaps(&Measured { value: 0.5, interval: None }));
    }
}
