//! The additive score of one candidate: its parts are the explanation.

use std::collections::HashSet;

use alluvium_domain::{Contribution, Explanation, FeatureGroup};

/// One part of a score, before it is explained.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) feature: String,
    pub(super) group: FeatureGroup,
    pub(super) value: String,
    pub(super) amount: f64,
}

/// Parts of one candidate that are not switched off.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts(Vec<Part>);

impl Parts {
    /// Adds an amount; two of one feature become one.
    pub(super) fn add(&mut self, off: &HashSet<&str>, feature: String, group: FeatureGroup, value: &str, amount: f64) {
        if amount == 0.0 || off.contains(feature.as_str()) {
            return;
        }
        match self.0.iter_mut().find(|part| part.feature == feature) {
            Some(part) => part.amount += amount,
            None => self.0.push(Part { feature, group, value: value.to_owned(), amount }),
        }
    }

    pub(super) fn sum(&self) -> f64 {
        self.0.iter().map(|part| part.amount).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `baseline + parts = score`; the sum is taken again in the order of size, so the gap is rounding only.
    pub(super) fn explanation(self, method: &str, baseline: f64, score: f64) -> Explanation {
        let contributions = self
            .0
            .into_iter()
            .map(|part| Contribution {
                feature: part.feature,
                group: part.group,
                value: part.value,
                amount: part.amount,
            })
            .collect();
        Explanation::new(method, baseline, score, contributions)
    }
}
