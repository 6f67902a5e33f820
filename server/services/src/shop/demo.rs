//! The demo shop: products, shoppers and events that a seeded generator makes up, so that a new installation has something to search and
//! recommend, and so that explanations can be measured against a known truth ([`truth`]). Nothing in it is real, and it says so.
//!
//! The same seed gives the same shop on every machine. What the generator does, in order:
//!
//! 1. **Products**, 200 in each of twelve categories: brand (invented), series, attributes, colour, style, season and rating are drawn;
//!    titles and descriptions are templates filled in both languages. Prices are log-normal in each category, moved by brand and rating.
//! 2. **Shoppers**, 3,000, each with a weight for every feature of the truth and with an activity that is log-normal.
//! 3. **Visits**, until there are 200,000 events: a shopper comes, with a category in mind that they like; browses, or searches for the
//!    category or for a brand in it; sees a list of twenty drawn by each product's exposure, which does not know the shopper; reads it
//!    from the top with falling attention; opens, puts into the cart and buys by the utility of each product.

mod dice;
mod kinds;
mod load;
mod products;
mod sessions;
mod shoppers;
pub mod truth;

#[cfg(test)]
mod tests;

use alluvium_domain::shop::{Bilingual, CatalogueInput, ProductInput, Shopper};
use alluvium_domain::{Problem, Slug};

pub use sessions::{DemoEvent, Impressions, LIST};

/// How large a demo shop is, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPlan {
    /// Slug of the catalogue.
    pub slug: String,
    /// What all randomness begins with.
    pub seed: u64,
    /// Products in each category.
    pub products_each: usize,
    /// Shoppers.
    pub shoppers: usize,
    /// Events.
    pub events: usize,
}

impl Default for DemoPlan {
    fn default() -> Self {
        DemoPlan { slug: "demo".to_owned(), seed: 20_260_101, products_each: 200, shoppers: 3_000, events: 200_000 }
    }
}

/// A demo shop in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoShop {
    /// The catalogue.
    pub catalogue: CatalogueInput,
    /// Products.
    pub products: Vec<ProductInput>,
    /// Shoppers with their true weights.
    pub shoppers: Vec<Shopper>,
    /// Events in the order of time.
    pub events: Vec<DemoEvent>,
    /// What was shown, looked at and opened at each position of the lists.
    pub impressions: Vec<Impressions>,
}

/// Makes a demo shop up. Takes a second or so: not for a thread that answers requests.
pub fn generate(plan: &DemoPlan) -> Result<DemoShop, Problem> {
    let slug = Slug::parse(&plan.slug).map_err(|issue| Problem::field("slug", issue))?;
    let products = products::products(plan.seed, plan.products_each);
    let shoppers = shoppers::shoppers(plan.seed, plan.shoppers);
    let (events, impressions) = sessions::sessions(plan.seed, plan.events, &products, &shoppers);
    let source = format!(
        "模拟数据：由沃土的生成器产生，种子 {seed}；商品、品牌、顾客与行为均为虚构。\n\
         Simulated by Alluvium's generator, seed {seed}; products, brands, shoppers and events are all made up.",
        seed = plan.seed
    );
    let catalogue = CatalogueInput {
        slug,
        title: Bilingual::new("示例商店（模拟）", "Demo shop (simulated)"),
        simulated: true,
        source,
        labels: products::labels(),
    }
    .checked()?;
    Ok(DemoShop {
        catalogue,
        products: products.into_iter().map(|product| product.input.checked()).collect::<Result<_, _>>()?,
        shoppers: shoppers.into_iter().map(|shopper| shopper.shopper).collect(),
        events,
        impressions,
    })
}
