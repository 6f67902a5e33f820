//! What matters on the whole: mean absolute amounts over some recommendations.

use alluvium_domain::shop::{Bilingual, Importance, RANK_GROUPS};
use alluvium_engine::recommend::shop::Attribution;

use super::{List, amounts};

/// Sums of absolute amounts by group.
#[derive(Default)]
pub(super) struct Sums {
    points: usize,
    groups: Vec<f64>,
}

impl Sums {
    pub(super) fn add(&mut self, attribution: &Attribution) {
        self.points += 1;
        self.groups.resize(RANK_GROUPS.len(), 0.0);
        for (sum, amount) in self.groups.iter_mut().zip(amounts(attribution)) {
            *sum += amount.abs();
        }
    }

    pub(super) fn mean(self, of: Bilingual) -> Importance {
        let n = self.points.max(1) as f64;
        let names = RANK_GROUPS.iter().map(|group| group.name.to_owned());
        let mut groups: Vec<(String, f64)> =
            names.zip(self.groups.into_iter().map(|sum| sum / n)).filter(|(_, amount)| *amount > 0.0).collect();
        groups.sort_by(|a, b| b.1.total_cmp(&a.1));
        Importance { of, points: self.points, groups }
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
            lists.iter().flat_map(|list| &list.attributions).for_each(|attribution| sums.add(attribution));
            sums.mean(Bilingual::new(format!("{zh}（{range}）"), format!("{en} ({range})")))
        })
        .collect()
}
