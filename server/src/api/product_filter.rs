//! Which products: the query parameters that the list of products and product search share. A handler takes them with a second extractor:
//! `#[serde(flatten)]` would hand numbers over as text.

use alluvium_domain::Problem;
use alluvium_domain::shop::{ProductFilter, attribute_pairs};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which products, and which page of them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductFilterParams {
    /// Only in this category, at any level, in either language.
    #[param(min_length = 1, max_length = 200)]
    category: Option<String>,
    /// Only of this brand.
    #[param(min_length = 1, max_length = 200)]
    brand: Option<String>,
    /// Lowest price in minor units.
    #[param(minimum = 0, maximum = 1_000_000_000_000_i64)]
    price_min: Option<i64>,
    /// Highest price in minor units.
    #[param(minimum = 0, maximum = 1_000_000_000_000_i64)]
    price_max: Option<i64>,
    /// Only where attributes have these values, in either language: `cushioning:soft`, several joined by `|`. A `|`, `:` or `\` that belongs to a name
    /// or value has a `\` before it: `colour:red\|blue`.
    attribute: Option<String>,
    /// Most products, 1 to 100 (default 20).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Products to pass over.
    #[serde(default)]
    #[param(minimum = 0, maximum = 1_000_000)]
    offset: usize,
}

impl ProductFilterParams {
    /// The filter, in the order in which products were added.
    pub(super) fn filter(self) -> Result<ProductFilter, Problem> {
        Ok(ProductFilter {
            category: self.category,
            brand: self.brand,
            price_min: self.price_min,
            price_max: self.price_max,
            attributes: attribute_pairs(self.attribute.as_deref().unwrap_or_default())
                .map_err(|issue| Problem::field("attribute", issue))?,
            sort: None,
            limit: self.limit.unwrap_or(20),
            offset: self.offset,
        })
    }
}
