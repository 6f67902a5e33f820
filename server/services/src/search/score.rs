//! The additive score of one candidate: its parts are the explanation.
//!
//! A query has a few features and may have thousands of candidates, so a part is the number of its feature and an amount; names and values are
//! looked up only for the hits that are shown.

use alluvium_domain::{Contribution, Explanation, FeatureGroup};

/// What may add to a score.
#[derive(Debug, Clone)]
struct Feature {
    name: String,
    group: FeatureGroup,
    value: String,
    off: bool,
}

/// The features of one query.
#[derive(Debug, Clone, Default)]
pub(super) struct Features {
    all: Vec<Feature>,
    /// Names of those that are switched off.
    off: Vec<String>,
}

impl Features {
    /// None yet; those in `off` will add nothing.
    pub(super) fn without(off: &[String]) -> Features {
        Features { all: Vec::new(), off: off.to_vec() }
    }

    /// The number of a feature, which keeps the value it was first named with.
    pub(super) fn number(&mut self, name: &str, group: FeatureGroup, value: &str) -> usize {
        if let Some(number) = self.all.iter().position(|feature| feature.name == name) {
            return number;
        }
        let off = self.off.iter().any(|other| other == name);
        self.all.push(Feature { name: name.to_owned(), group, value: value.to_owned(), off });
        self.all.len() - 1
    }

    /// Whether a feature is switched off.
    pub(super) fn is_off(&self, feature: usize) -> bool {
        self.all[feature].off
    }
}

/// Parts of one candidate that are not switched off.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts(Vec<(usize, f64)>);

impl Parts {
    /// Adds an amount; two of one feature become one.
    pub(super) fn add(&mut self, features: &Features, feature: usize, amount: f64) {
        if amount == 0.0 || features.is_off(feature) {
            return;
        }
        match self.0.iter_mut().find(|(own, _)| *own == feature) {
            Some((_, sum)) => *sum += amount,
            None => self.0.push((feature, amount)),
        }
    }

    pub(super) fn sum(&self) -> f64 {
        self.0.iter().map(|(_, amount)| amount).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `baseline + parts + gap = score`; the gap is rounding only.
    pub(super) fn explanation(self, features: &Features, method: &str, baseline: f64, score: f64) -> Explanation {
        let contributions = self.0.into_iter().map(|(feature, amount)| {
            let Feature { name, group, value, .. } = features.all[feature].clone();
            Contribution { feature: name, group, value, amount }
        });
        Explanation::new(method, baseline, score, contributions.collect())
    }
}
