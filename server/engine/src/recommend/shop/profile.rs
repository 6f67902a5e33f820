//! What a history says of a shopper's tastes, beside what somebody without tastes would have done in the same categories.

use std::collections::{BTreeMap, HashMap};

use alluvium_domain::shop::EventKind;

use super::goods::Goods;

/// An event as the models read it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Act {
    /// Number of the product.
    pub item: u32,
    /// What was done.
    pub kind: EventKind,
    /// When, in seconds since 1970, UTC.
    pub at: i64,
}

/// Days after which an event counts half, from the newest event of the history.
const HALF_LIFE_DAYS: f32 = 120.0;

/// Two events further apart belong to two visits, in seconds.
const VISIT: i64 = 1_800;

/// The newest events that say what the shopper is about just now.
const RECENT: usize = 6;

/// How much an event says of tastes, beside a view. A purchase comes with its view and cart, so that they add up.
fn weight(kind: EventKind) -> f32 {
    match kind {
        EventKind::View => 1.0,
        EventKind::Cart | EventKind::Purchase => 2.0,
    }
}

/// A shopper's history in one category.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Seen {
    /// Decayed weight of the events.
    pub(super) weight: f32,
    /// Among the newest events.
    pub(super) recent: f32,
    pub(super) views: f32,
    pub(super) carts: f32,
    pub(super) purchases: f32,
    pub(super) visits: f32,
}

/// Sums over a history. `expected` is the weight that the history would have given to a brand or an attribute's value if the shopper had
/// picked blindly within the categories they visited.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Profile {
    pub(super) total: f32,
    pub(super) all: Seen,
    pub(super) categories: BTreeMap<u32, Seen>,
    pub(super) brands: HashMap<u32, f32>,
    pub(super) expected_brands: HashMap<u32, f32>,
    pub(super) tags: HashMap<u32, f32>,
    pub(super) expected_tags: HashMap<u32, f32>,
    /// Weighted sum of standardised prices.
    pub(super) price: f32,
}

impl Profile {
    /// Of a history in the order of time, from which the event at `without` is left out.
    pub(super) fn new(goods: &Goods, history: &[Act], without: Option<usize>) -> Profile {
        let kept = || history.iter().enumerate().filter(|(place, _)| Some(*place) != without).map(|(_, act)| act);
        let Some(newest) = kept().map(|act| act.at).max() else { return Profile::default() };
        let length = history.len() - usize::from(without.is_some());
        let mut profile = Profile::default();
        let mut last: HashMap<u32, i64> = HashMap::new();
        for (place, act) in kept().enumerate() {
            let item = goods.item(act.item);
            let days = (newest - act.at) as f32 / 86_400.0;
            let amount = weight(act.kind) * (-days / HALF_LIFE_DAYS).exp2();
            let visit = last.insert(item.category, act.at).is_none_or(|last| act.at - last > VISIT);
            let recent = length - place <= RECENT;
            profile.all.add(act.kind, amount, recent, visit);
            profile.categories.entry(item.category).or_default().add(act.kind, amount, recent, visit);
            if let Some(brand) = item.brand {
                *profile.brands.entry(brand).or_default() += amount;
            }
            for tag in &item.tags {
                *profile.tags.entry(*tag).or_default() += amount;
            }
            profile.price += amount * item.price;
        }
        profile.total = profile.all.weight;
        for (category, seen) in &profile.categories {
            let category = goods.category(*category);
            for (brand, share) in &category.brands {
                *profile.expected_brands.entry(*brand).or_default() += seen.weight * share;
            }
            for (tag, share) in &category.tags {
                *profile.expected_tags.entry(*tag).or_default() += seen.weight * share;
            }
        }
        profile
    }
}

impl Seen {
    fn add(&mut self, kind: EventKind, amount: f32, recent: bool, visit: bool) {
        self.weight += amount;
        self.recent += f32::from(u8::from(recent));
        self.visits += f32::from(u8::from(visit));
        match kind {
            EventKind::View => self.views += 1.0,
            EventKind::Cart => self.carts += 1.0,
            EventKind::Purchase => self.purchases += 1.0,
        }
    }
}

/// A history as the retrieval models read it: each product once, where it last occurs, with the weight of the strongest event.
pub(super) fn condensed(history: &[Act], without: Option<usize>) -> Vec<(u32, f32)> {
    let strength = |kind: EventKind| match kind {
        EventKind::View => 1.0,
        EventKind::Cart => 1.5,
        EventKind::Purchase => 2.0,
    };
    let mut strongest: HashMap<u32, (usize, f32)> = HashMap::new();
    for (place, act) in history.iter().enumerate().filter(|(place, _)| Some(*place) != without) {
        let entry = strongest.entry(act.item).or_insert((place, 0.0));
        entry.0 = place;
        entry.1 = entry.1.max(strength(act.kind));
    }
    let mut items: Vec<(usize, u32, f32)> =
        strongest.into_iter().map(|(item, (place, weight))| (place, item, weight)).collect();
    items.sort_unstable_by_key(|(place, ..)| *place);
    items.into_iter().map(|(_, item, weight)| (item, weight)).collect()
}
