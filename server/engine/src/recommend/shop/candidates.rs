//! Which products are ranked. Each remembers what brought it.

use std::collections::{HashMap, HashSet};

use alluvium_domain::shop::CandidateSource;

use super::features::{Counts, Moment, Said};
use super::goods::{Goods, count};
use super::profile::{Act, Profile};
use super::serving::{ShopRecommender, Voices};

/// Products that each model brings.
const BY_MODEL: usize = 150;
/// Products like those of the history, of all and of those that no model knows yet.
const BY_CONTENT: usize = 60;
const NEW_BY_CONTENT: usize = 20;
/// Products whose content is looked at, in the categories of the history.
const LOOKED_AT: usize = 2_000;
/// Categories of the history that are looked at.
const CATEGORIES: usize = 6;
/// Popular products, in all and in each of these categories.
const POPULAR: usize = 60;
const POPULAR_IN_CATEGORY: usize = 15;

/// The candidates of one question.
pub(super) struct Candidates {
    items: Vec<(u32, u8)>,
    places: HashMap<u32, usize>,
    taboo: HashSet<u32>,
    pub(super) k: usize,
}

impl Candidates {
    pub(super) fn new(history: &[Act], k: usize) -> Candidates {
        let taboo = history.iter().map(|act| act.item).collect();
        Candidates { items: Vec::new(), places: HashMap::new(), taboo, k }
    }

    /// Each product once, with the sources that brought it as bits.
    pub(super) fn items(&self) -> &[(u32, u8)] {
        &self.items
    }

    pub(super) fn add(&mut self, item: u32, source: CandidateSource) {
        if self.taboo.contains(&item) {
            return;
        }
        let place = *self.places.entry(item).or_insert_with(|| {
            self.items.push((item, 0));
            self.items.len() - 1
        });
        self.items[place].1 |= bit(source);
    }
}

fn bit(source: CandidateSource) -> u8 {
    CandidateSource::ALL.iter().position(|one| *one == source).map_or(0, |place| 1 << place)
}

/// The sources of some bits.
pub(super) fn sources(bits: u8) -> Vec<CandidateSource> {
    CandidateSource::ALL.iter().copied().filter(|source| bits & bit(*source) != 0).collect()
}

/// Products by views, most first; of equal ones by rating, then the one that was added first.
pub(super) fn popular(goods: &Goods, counts: &Counts) -> Vec<u32> {
    let mut all: Vec<u32> = (0..count(goods.len())).collect();
    let key = |item: &u32| (counts.of(*item)[0], goods.item(*item).rating);
    all.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    all
}

impl ShopRecommender {
    /// Candidates for a history.
    pub(super) fn gather(&self, profile: &Profile, voices: &Voices, chosen: &mut Candidates) {
        if profile.total > 0.0 {
            for (scores, source) in
                [(&voices.item_item, CandidateSource::ItemItem), (&voices.sequence, CandidateSource::Sequence)]
            {
                best(scores, BY_MODEL).into_iter().for_each(|item| chosen.add(item, source));
            }
        }
        let mut categories: Vec<(u32, f32)> =
            profile.categories.iter().map(|(category, seen)| (*category, seen.weight)).collect();
        categories.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        categories.truncate(CATEGORIES);
        self.similar(profile, &categories, chosen);
        let wanted: HashSet<u32> = categories.iter().map(|(category, _)| *category).collect();
        let mut left: HashMap<u32, usize> = wanted.into_iter().map(|one| (one, POPULAR_IN_CATEGORY)).collect();
        let (mut anywhere, mut open) = (POPULAR.max(2 * chosen.k), left.len());
        for item in &self.popular {
            if anywhere > 0 {
                anywhere -= 1;
                chosen.add(*item, CandidateSource::Popular);
            }
            if let Some(left) = left.get_mut(&self.goods.item(*item).category).filter(|left| **left > 0) {
                *left -= 1;
                open -= usize::from(*left == 0);
                chosen.add(*item, CandidateSource::Popular);
            }
            if anywhere == 0 && open == 0 {
                break;
            }
        }
        // A catalogue of which the shopper has seen nearly all.
        for item in &self.popular {
            if chosen.items.len() >= chosen.k {
                break;
            }
            chosen.add(*item, CandidateSource::Popular);
        }
    }

    /// Products of the history's categories by how their content fits: brand, attributes, price.
    fn similar(&self, profile: &Profile, categories: &[(u32, f32)], chosen: &mut Candidates) {
        let moment = Moment::new(&self.goods, &self.counts, profile, 0);
        let mut fits: Vec<(f32, u32)> = Vec::new();
        for (category, _) in categories {
            let products = &self.goods.category(*category).products;
            let most = LOOKED_AT.saturating_sub(fits.len());
            // The newest of a large category.
            for item in products.iter().rev().take(most) {
                fits.push((moment.content(*item), *item));
            }
        }
        fits.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, item) in fits.iter().take(BY_CONTENT) {
            chosen.add(*item, CandidateSource::Content);
        }
        if let Some(bound) = &self.model {
            let new = fits.iter().filter(|(_, item)| bound.of_goods[*item as usize].is_none());
            for (_, item) in new.take(NEW_BY_CONTENT) {
                chosen.add(*item, CandidateSource::Content);
            }
        }
    }
}

impl Moment<'_> {
    /// How a product's content fits the history, for choosing candidates only.
    fn content(&self, item: u32) -> f32 {
        let row = self.row(item, Said::default(), 1);
        let of = |name: &str| {
            super::features::FEATURES.iter().position(|(feature, _)| *feature == name).map_or(0.0, |place| row[place])
        };
        0.3 * of("category_lift")
            + of("category_recent")
            + of("brand_lift")
            + 2.0 * of("style_lift")
            + 0.5 * of("price_fit")
    }
}

/// The `n` products with the largest scores above the mean.
fn best(scores: &[f32], n: usize) -> Vec<u32> {
    let mut order: Vec<(f32, u32)> = scores.iter().copied().zip(0..).filter(|(score, _)| *score > 0.0).collect();
    let by_score = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if order.len() > n {
        order.select_nth_unstable_by(n, by_score);
        order.truncate(n);
    }
    order.sort_unstable_by(by_score);
    order.into_iter().map(|(_, item)| item).collect()
}
