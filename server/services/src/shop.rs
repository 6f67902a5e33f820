//! The shop: catalogues of products, shoppers and what these do, side by side, each saying whether it is simulated.

mod catalogues;
pub mod demo;
mod events;
mod explanation_check;
mod import;
mod judged;
mod judgements;
mod picture;
mod products;
mod pseudonyms;
pub(crate) mod search;
mod senders;
mod shoppers;
mod trial;
mod votes;

use alluvium_domain::shop::{Bilingual, Catalogue, Event, Product, ProductFacets, Shopper, Taste};

pub use demo::DemoPlan;
pub use explanation_check::CheckPlan;
pub use import::{ImportPlan, ImportProgress};
pub(crate) use import::{judgement_rows, product_rows};
pub use judged::{JudgedQuality, JudgedQuery, JudgedRankers, JudgementSummary, MIN_QUERIES};
pub(crate) use pseudonyms::Pseudonyms;
pub use search::{ProductPlace, ProductRanking, ProductRankings};
pub use trial::{Change, Moved, Trial, TrialEvent, TrialItem, TrialPage};
pub use votes::ModelPage;

/// A page of products with what can be counted over the whole list.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductList {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The page.
    pub products: Vec<Product>,
    /// How many there are in all.
    pub total: usize,
    /// Counts over all of them.
    pub facets: ProductFacets,
}

/// A product that is recommended, as other pages show it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendedProduct {
    /// The product.
    pub product: Product,
    /// Why, in a sentence.
    pub reason: Bilingual,
}

impl From<TrialItem> for RecommendedProduct {
    fn from(item: TrialItem) -> RecommendedProduct {
        RecommendedProduct { product: item.product, reason: item.recommendation.reason }
    }
}

/// A product with what was done with it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductPage {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The product.
    pub product: Product,
    /// How often it was opened.
    pub views: i64,
    /// How often it was put into a cart.
    pub carts: i64,
    /// How often it was bought.
    pub purchases: i64,
    /// Shoppers who put it into the cart or bought it.
    pub buyers: i64,
    /// Categories in which these do most; none where they are so few that one of them could be recognised.
    pub buyer_categories: Vec<Taste>,
    /// Products that most of them chose too: id, title, how many.
    pub neighbours: Vec<(String, Bilingual, i64)>,
}

/// A shopper with what they did.
#[derive(Debug, Clone, PartialEq)]
pub struct ShopperPage {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The shopper.
    pub shopper: Shopper,
    /// A page of events, newest first.
    pub events: Vec<Event>,
    /// How many there are in all.
    pub total: usize,
    /// Categories by what was done in them.
    pub categories: Vec<Taste>,
    /// Brands by what was done with them.
    pub brands: Vec<Taste>,
    /// Thirds of their category by price, cheapest first.
    pub prices: Vec<Taste>,
    /// Seasons in which they came, spring first.
    pub seasons: Vec<Taste>,
}
