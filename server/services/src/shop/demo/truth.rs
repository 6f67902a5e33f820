//! The truth of the demo shop: how much a shopper likes a product, as a sum over named features.
//!
//! `utility = sum of weight x feature`, with the features of [`features`] and the weights that each shopper has (`Shopper::truth`).
//! A feature without a weight counts nothing. Having looked at a product at position `k` of a list with probability
//! `k ^ -EXAMINATION`, a shopper opens it, then puts it into the cart, then buys it, each with probability
//! `logistic(intercept + utility)` of [`VIEW`], [`CART`], [`PURCHASE`].
//!
//! | feature | value |
//! | --- | --- |
//! | `category:SLUG` | 1 for products of the category |
//! | `brand:NAME` | 1 for products of the brand |
//! | `price` | standardised logarithm of the price in its category |
//! | `style:NAME` | 1 for products of the style |
//! | `season` | 1 where the product's season is that of the month; 0 for what is for all year |
//! | `rating` | (rating - 4.2) / 0.4 |
//! | `choice:CATEGORY:VALUE` | 1 for products of the category whose main attribute (for running shoes the cushioning) has the value |

use std::collections::BTreeMap;

use alluvium_domain::shop::{AttributeValue, ProductInput};
use time::{Month, OffsetDateTime};

use super::kinds::{Kind, SEASONS, kinds};

/// How fast attention falls with the position: position 10 is examined a fifth as often as the first.
pub const EXAMINATION: f64 = 0.7;
/// Intercept of opening a product that was examined.
pub const VIEW: f64 = -0.6;
/// Intercept of putting a product that was opened into the cart.
pub const CART: f64 = -2.6;
/// Intercept of buying what is in the cart.
pub const PURCHASE: f64 = -1.6;

/// The probability that goes with a utility.
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The probability that a position, from 1, is examined.
pub fn examined(position: usize) -> f64 {
    (position as f64).powf(-EXAMINATION)
}

/// The features of a demo product at a time; empty for a product of another catalogue.
pub fn features(product: &ProductInput, at: OffsetDateTime) -> Vec<(String, f64)> {
    features_in(product, season(at.month()))
}

/// The features in a season, by its English name.
pub(super) fn features_in(product: &ProductInput, season: &str) -> Vec<(String, f64)> {
    let Some(kind) = product.category.last().and_then(|level| kinds().find(|kind| is(kind, &level.en))) else {
        return Vec::new();
    };
    let name = |attribute: &str| match product.attributes.get(attribute) {
        Some(AttributeValue::Named(both)) => both.en.as_str(),
        _ => "",
    };
    let rating = match product.attributes.get("rating") {
        Some(AttributeValue::Number(rating)) => (rating - 4.2) / 0.4,
        _ => 0.0,
    };
    let mut features = vec![
        (format!("category:{}", kind.slug), 1.0),
        (format!("brand:{}", product.brand), 1.0),
        ("price".to_owned(), price(kind, product.price.unwrap_or_default())),
        (format!("style:{}", name("style")), 1.0),
        ("rating".to_owned(), rating),
        (format!("choice:{}:{}", kind.slug, name(kind.choice)), 1.0),
    ];
    if name("season") == season && season != SEASONS[0].1 {
        features.push(("season".to_owned(), 1.0));
    }
    features
}

/// The utility of features under weights.
pub fn utility(weights: &BTreeMap<String, f64>, features: &[(String, f64)]) -> f64 {
    features.iter().filter_map(|(name, value)| Some(weights.get(name)? * value)).sum()
}

/// Standardised logarithm of a price in fen.
pub(super) fn price(kind: &Kind, fen: i64) -> f64 {
    let (mean, deviation) = kind.price;
    ((fen.max(1) as f64 / 100.0).ln() - mean) / deviation
}

/// The season of a month, as products name theirs.
pub(super) fn season(month: Month) -> &'static str {
    let place = match month {
        Month::March | Month::April | Month::May => 1,
        Month::June | Month::July | Month::August => 2,
        Month::September | Month::October | Month::November => 3,
        Month::December | Month::January | Month::February => 4,
    };
    SEASONS[place].1
}

fn is(kind: &Kind, name: &str) -> bool {
    kind.path.last().is_some_and(|(_, en)| *en == name)
}
