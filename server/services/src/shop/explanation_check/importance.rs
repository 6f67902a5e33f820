//! What matters on the whole: mean absolute amounts over some recommendations.

use std::collections::BTreeMap;

use alluvium_domain::shop::{Bilingual, Importance, RANK_GROUPS};
use alluvium_engine::recommend::shop::GROUP_COUNT;

use super::{Checks, List};

/// Sums of absolute amounts by group.
#[derive(Default)]
struct Sums {
    points: usize,
    groups: [f64; GROUP_COUNT],
}

impl Sums {
    fn add(&mut self, amounts: &[f64; GROUP_COUNT]) {
        self.points += 1;
        for (sum, amount) in self.groups.iter_mut().zip(amounts) {
            *sum += amount.abs();
        }
    }

    fn mean(self, of: Bilingual) -> Importance {
        let n = self.points.max(1) as f64;
        let names = RANK_GROUPS.iter().map(|group| group.name.to_owned());
        let mut groups: Vec<(String, f64)> =
            names.zip(self.groups.into_iter().map(|sum| sum / n)).filter(|(_, amount)| *amount > 0.0).collect();
        groups.sort_by(|a, b| b.1.total_cmp(&a.1));
        Importance { of, points: self.points, groups }
    }
}

impl Checks {
    /// By category of the product.
    pub(super) fn by_category(&self, lists: &[List<'_>]) -> Vec<Importance> {
        let mut sums: BTreeMap<String, (Bilingual, Sums)> = BTreeMap::new();
        for (one, amounts) in lists.iter().flat_map(|list| list.scored.iter().zip(&list.amounts)) {
            let Some(product) = self.shelf.products.get(one.item as usize) else { continue };
            let entry =
                sums.entry(product.category.en.clone()).or_insert_with(|| (product.category.clone(), Sums::default()));
            entry.1.add(amounts);
        }
        let mut all: Vec<Importance> = sums.into_values().map(|(name, sums)| sums.mean(name)).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.points));
        all
    }
}

/// Thirds of the shoppers by how much they did.
pub(super) fn by_shopper(lists: &[List<'_>]) -> Vec<Importance> {
    let mut order: Vec<&List<'_>> = lists.iter().collect();
    order.sort_by_key(|list| list.sample.history.len());
    let third = order.len().div_ceil(3).max(1);
    let names = [
        ("行为最少的三分之一", "fewest events"),
        ("中间的三分之一", "in the middle"),
        ("行为最多的三分之一", "most events"),
    ];
    order
        .chunks(third)
        .zip(names)
        .map(|(lists, (zh, en))| {
            let length = |list: Option<&&List<'_>>| list.map_or(0, |list| list.sample.history.len());
            let range = format!("{}–{}", length(lists.first()), length(lists.last()));
            let mut sums = Sums::default();
            lists.iter().flat_map(|list| &list.amounts).for_each(|amounts| sums.add(amounts));
            sums.mean(Bilingual::new(format!("{zh}（{range}）"), format!("{en} ({range})")))
        })
        .collect()
}
