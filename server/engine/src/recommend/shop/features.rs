//! The named features of a shopper, a product and a moment, in groups that explanations speak of.

use alluvium_domain::shop::{EventKind, RANK_GROUPS};

use super::goods::{Goods, season_at};
use super::profile::{Profile, Seen};

/// Number of groups.
pub const GROUP_COUNT: usize = RANK_GROUPS.len();

/// All features: name and place of the group in [`RANK_GROUPS`].
pub const FEATURES: [(&str, usize); 24] = [
    ("item_item", 0),
    ("sequence", 1),
    ("category_lift", 2),
    ("category_recent", 2),
    ("category_views_a_visit", 2),
    ("category_cart_rate", 2),
    ("category_purchase_rate", 2),
    ("brand_lift", 3),
    ("brand_weight", 3),
    ("price", 4),
    ("price_taste", 4),
    ("price_fit", 4),
    ("style_lift", 5),
    ("style_best", 5),
    ("style_worst", 5),
    ("season_match", 6),
    ("season_other", 6),
    ("rating", 7),
    ("product_cart_rate", 7),
    ("product_purchase_rate", 7),
    ("popularity", 8),
    ("query_match", 9),
    ("query_missing", 9),
    ("position", 10),
];

/// Number of features.
pub const FEATURE_COUNT: usize = FEATURES.len();

/// How often each product was opened, put into a cart and bought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counts {
    /// Views, carts, purchases, by number of the product.
    products: Vec<[f32; 3]>,
    totals: [f32; 3],
}

impl Counts {
    /// Nothing has happened to `n` products.
    pub fn new(n: usize) -> Counts {
        Counts { products: vec![[0.0; 3]; n], totals: [0.0; 3] }
    }

    /// Adds `n` events of a kind.
    pub fn add(&mut self, item: u32, kind: EventKind, n: f32) {
        let place = task(kind);
        if let Some(product) = self.products.get_mut(item as usize) {
            product[place] += n;
            self.totals[place] += n;
        }
    }

    /// How often a product was opened.
    pub fn views(&self, item: u32) -> f32 {
        self.of(item)[0]
    }

    pub(super) fn of(&self, item: u32) -> [f32; 3] {
        self.products.get(item as usize).copied().unwrap_or_default()
    }

    /// Views of a product beside the mean product, on a logarithmic scale; 0 for the mean one.
    pub(super) fn popularity(&self, item: u32) -> f32 {
        let mean = self.totals[0] / self.products.len().max(1) as f32;
        ((self.of(item)[0] + 1.0) / (mean + 1.0)).ln()
    }

    /// Carts a view and purchases a cart beside those of all products, on a logarithmic scale. Twenty views or carts of the average
    /// product stand before the product's own.
    fn rates(&self, item: u32) -> [f32; 2] {
        const PRIOR: f32 = 20.0;
        let own = self.of(item);
        let lift = |step: usize| {
            let all = (self.totals[step + 1] + 1.0) / (self.totals[step] + 10.0);
            ((own[step + 1] + PRIOR * all) / (own[step] + PRIOR) / all).ln()
        };
        [lift(0), lift(1)]
    }

    pub(super) fn conversion(&self) -> [f32; 2] {
        let rate = |step: usize| (self.totals[step + 1] + 1.0) / (self.totals[step] + 10.0);
        [rate(0), rate(1)]
    }
}

/// The place of a task among the outputs.
pub(super) fn task(kind: EventKind) -> usize {
    match kind {
        EventKind::View => 0,
        EventKind::Cart => 1,
        EventKind::Purchase => 2,
    }
}

/// What retrieval models and the query say of one product.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Said {
    /// Score of the item-item model, standardised over all products.
    pub(super) item_item: f32,
    /// Score of the sequence model, standardised over all products.
    pub(super) sequence: f32,
    /// Share of the query's words that the product has; none without a query.
    pub(super) query: Option<f32>,
}

/// A shopper at a moment: what rows of features are made from.
pub(super) struct Moment<'a> {
    pub(super) goods: &'a Goods,
    pub(super) counts: &'a Counts,
    pub(super) profile: &'a Profile,
    season: u8,
}

impl<'a> Moment<'a> {
    pub(super) fn new(goods: &'a Goods, counts: &'a Counts, profile: &'a Profile, at: i64) -> Moment<'a> {
        Moment { goods, counts, profile, season: season_at(at) }
    }

    /// The features of a product, before they are standardised. Position is counted from 1.
    pub(super) fn row(&self, item: u32, said: Said, position: u32) -> [f32; FEATURE_COUNT] {
        let product = self.goods.item(item);
        let profile = self.profile;
        let seen = profile.categories.get(&product.category).copied().unwrap_or_default();
        let [category_lift, recent, depth, carts, purchases] = self.category(&seen);
        let (brand_lift, brand_weight) = match product.brand {
            Some(brand) => {
                let own = profile.brands.get(&brand).copied().unwrap_or_default();
                let expected = profile.expected_brands.get(&brand).copied().unwrap_or_default();
                (lift(own, expected), own / (own + 4.0))
            }
            None => (0.0, 0.0),
        };
        let sure = profile.total / (profile.total + 5.0);
        let mean = if profile.total > 0.0 { sure * profile.price / profile.total } else { 0.0 };
        let styles = self.styles(&product.tags);
        let [cart_rate, purchase_rate] = self.counts.rates(item);
        let flag = |yes: bool| f32::from(u8::from(yes));
        [
            said.item_item,
            said.sequence,
            category_lift,
            recent,
            depth,
            carts,
            purchases,
            brand_lift,
            brand_weight,
            product.price,
            mean,
            sure * (1.0 - (product.price - mean).abs()),
            styles[0],
            styles[1],
            styles[2],
            flag(product.season == self.season),
            flag(product.season != 0 && product.season != self.season),
            product.rating,
            cart_rate,
            purchase_rate,
            self.counts.popularity(item),
            said.query.unwrap_or_default(),
            flag(said.query.is_none()),
            (position.max(1) as f32).ln(),
        ]
    }

    /// How much more of the history lies in the category than in a category of this size by chance; share of the newest events; views a
    /// visit, carts a view and purchases a cart, each beside what is usual.
    fn category(&self, seen: &Seen) -> [f32; 5] {
        let profile = self.profile;
        let share = 1.0 / self.goods.categories().max(1) as f32;
        let [cart, purchase] = self.counts.conversion();
        let visit = (profile.all.views + 4.0) / (profile.all.visits + 2.0);
        [
            lift(seen.weight, profile.total * share),
            seen.recent / 6.0,
            ((seen.views + 2.0 * visit) / (seen.visits + 2.0) / 2.0).ln(),
            ((seen.carts + 6.0 * cart) / (seen.views + 6.0) / cart).ln(),
            ((seen.purchases + 3.0 * purchase) / (seen.carts + 3.0) / purchase).ln(),
        ]
    }

    /// Mean, highest and lowest lift of the product's attribute values.
    fn styles(&self, tags: &[u32]) -> [f32; 3] {
        let (mut sum, mut best, mut worst) = (0.0, 0.0_f32, 0.0_f32);
        for tag in tags {
            let own = self.profile.tags.get(tag).copied().unwrap_or_default();
            let expected = self.profile.expected_tags.get(tag).copied().unwrap_or_default();
            let lift = lift(own, expected);
            sum += lift;
            best = best.max(lift);
            worst = worst.min(lift);
        }
        [sum / tags.len().max(1) as f32, best, worst]
    }
}

/// How much more there is than was expected, on a logarithmic scale; 0 where nothing is known.
fn lift(own: f32, expected: f32) -> f32 {
    const PRIOR: f32 = 2.0;
    ((own + PRIOR) / (expected + PRIOR)).ln()
}

/// The row that explanations begin with: the mean product of the catalogue for somebody of whom nothing is known, in the mean of the four
/// seasons, in the first place, without a query.
pub(super) fn baseline(goods: &Goods, counts: &Counts) -> Vec<f32> {
    const SEASONS: [i64; 4] = [1_776_211_200, 1_784_073_600, 1_792_022_400, 1_799_971_200];
    let nobody = Profile::default();
    let mut sums = vec![0.0_f64; FEATURE_COUNT];
    for at in SEASONS {
        let moment = Moment::new(goods, counts, &nobody, at);
        for item in 0..super::goods::count(goods.len()) {
            for (sum, value) in sums.iter_mut().zip(moment.row(item, Said::default(), 1)) {
                *sum += f64::from(value);
            }
        }
    }
    let n = (goods.len().max(1) * SEASONS.len()) as f64;
    sums.into_iter().map(|sum| (sum / n) as f32).collect()
}
