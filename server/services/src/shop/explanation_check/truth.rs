//! What truly matters to the shoppers of a simulated shop, by the groups that explanations speak of.

use std::collections::BTreeMap;

use alluvium_domain::shop::{ProductInput, RANK_GROUPS};
use time::OffsetDateTime;

use crate::shop::demo::truth;

/// The truth of a simulated shop by feature group.
pub(super) struct Truth {
    /// Features of each product by its id.
    features: BTreeMap<String, Vec<(String, f64)>>,
    /// What the mean shopper feels for the mean product, by group.
    usual: Vec<f64>,
}

/// The groups that the truth speaks of.
const TRUE_GROUPS: [&str; 6] = ["category", "brand", "price", "style", "season", "quality"];

impl Truth {
    pub(super) fn new(products: impl Iterator<Item = ProductInput>, weights: &[BTreeMap<String, f64>]) -> Truth {
        let now = OffsetDateTime::now_utc();
        let features: BTreeMap<String, Vec<(String, f64)>> =
            products.map(|product| (product.id.clone(), truth::features(&product, now))).collect();
        let mut means: BTreeMap<&str, f64> = BTreeMap::new();
        for (name, weight) in weights.iter().flatten() {
            *means.entry(name).or_default() += weight / weights.len().max(1) as f64;
        }
        let mut usual = vec![0.0; TRUE_GROUPS.len()];
        for (name, value) in features.values().flatten() {
            if let (Some(place), Some(weight)) = (group(name), means.get(name.as_str())) {
                usual[place] += weight * value / features.len().max(1) as f64;
            }
        }
        Truth { features, usual }
    }

    /// What each group truly gives to a shopper's utility of a product, beside the usual.
    pub(super) fn amounts(&self, weights: &BTreeMap<String, f64>, product: &str) -> Option<Vec<f64>> {
        let mut amounts: Vec<f64> = self.usual.iter().map(|usual| -usual).collect();
        for (name, value) in self.features.get(product)? {
            if let (Some(place), Some(weight)) = (group(name), weights.get(name)) {
                amounts[place] += weight * value;
            }
        }
        Some(amounts)
    }
}

/// The place in [`TRUE_GROUPS`] of a feature of the truth.
fn group(feature: &str) -> Option<usize> {
    let name = match feature.split(':').next()? {
        "choice" => "style",
        "rating" => "quality",
        other => other,
    };
    TRUE_GROUPS.iter().position(|group| *group == name)
}

/// The amounts of the groups that the truth speaks of.
pub(super) fn true_groups(amounts: &[f64]) -> Vec<f64> {
    let of =
        |name: &&str| RANK_GROUPS.iter().position(|group| group.name == *name).and_then(|place| amounts.get(place));
    TRUE_GROUPS.iter().map(|name| of(name).copied().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use alluvium_domain::shop::Bilingual;

    use super::*;

    #[test]
    fn the_truth_is_told_by_group() {
        let product = ProductInput {
            id: "p".into(),
            brand: "B".into(),
            category: vec![Bilingual::new("跑步鞋", "Running shoes")],
            ..ProductInput::default()
        };
        let weights = BTreeMap::from([("brand:B".to_owned(), 2.0), ("rating".to_owned(), 1.0)]);
        let other = BTreeMap::from([("brand:B".to_owned(), 0.0), ("rating".to_owned(), 1.0)]);
        let truth = Truth::new([product].into_iter(), &[weights.clone(), other]);
        let amounts = truth.amounts(&weights, "p").expect("the product is known");
        assert!((amounts[1] - 1.0).abs() < 1e-9, "1 more than the usual weight: {amounts:?}");
        assert!(amounts[5].abs() < 1e-9, "everybody weighs the rating alike");
        assert_eq!(truth.amounts(&weights, "q"), None);
        assert_eq!([group("choice:a:b"), group("style:x"), group("nothing")], [Some(3), Some(3), None]);
    }
}
