//! Filters and counts over products in memory, with the meaning that `Store::product_list` and `Store::product_facets` give them.

use std::collections::HashMap;

use alluvium_domain::shop::{
    AttributeFacet, AttributeValue, Bilingual, Facet, PriceFacet, Product, ProductFacets, ProductFilter,
};

/// Most values of a facet of categories and brands; most attributes, and values of each.
const MOST_VALUES: usize = 50;
const MOST_ATTRIBUTES: usize = 12;
/// Longest text that is a facet.
const LONGEST: usize = 60;

/// Whether a filter lets a product through.
pub(super) fn passes(product: &Product, filter: &ProductFilter) -> bool {
    let input = &product.input;
    let is = |both: &Bilingual, wanted: &str| both.zh == wanted || both.en == wanted;
    filter.category.as_deref().is_none_or(|wanted| input.category.iter().any(|level| is(level, wanted)))
        && filter.brand.as_deref().is_none_or(|wanted| input.brand == wanted)
        && filter.price_min.is_none_or(|least| input.price.is_some_and(|price| price >= least))
        && filter.price_max.is_none_or(|most| input.price.is_some_and(|price| price <= most))
        && filter.attributes.iter().all(|(name, wanted)| match input.attributes.get(name) {
            Some(AttributeValue::Named(both)) => is(both, wanted),
            Some(AttributeValue::Text(text)) => text == wanted,
            // As JSON writes them.
            Some(value) => serde_json::to_string(value).is_ok_and(|text| text == *wanted),
            None => false,
        })
}

/// Whether a filter says anything.
pub(super) fn is_open(filter: &ProductFilter) -> bool {
    filter.category.is_none()
        && filter.brand.is_none()
        && filter.price_min.is_none()
        && filter.price_max.is_none()
        && filter.attributes.is_empty()
}

/// Counts over products.
pub(super) fn facets<'a>(products: impl Iterator<Item = &'a Product>) -> ProductFacets {
    let mut categories: HashMap<&Bilingual, i64> = HashMap::new();
    let mut brands: HashMap<&str, i64> = HashMap::new();
    let mut attributes: HashMap<&str, HashMap<Value<'_>, i64>> = HashMap::new();
    let mut prices = Vec::new();
    for product in products {
        let input = &product.input;
        for level in &input.category {
            *categories.entry(level).or_default() += 1;
        }
        if !input.brand.is_empty() {
            *brands.entry(&input.brand).or_default() += 1;
        }
        prices.extend(input.price);
        for (name, value) in &input.attributes {
            if let Some(value) = Value::of(value) {
                *attributes.entry(name).or_default().entry(value).or_default() += 1;
            }
        }
    }
    let categories = categories.into_iter().map(|(value, count)| (Value::Named(value), count));
    let categories = most_frequent(categories, MOST_VALUES);
    let brands = most_frequent(brands.into_iter().map(|(brand, count)| (Value::Text(brand), count)), MOST_VALUES);
    let mut attributes: Vec<(i64, AttributeFacet)> = attributes
        .into_iter()
        .filter_map(|(name, values)| {
            let (total, several) = (values.values().sum::<i64>(), values.len() > 1);
            let values = most_frequent(values.into_iter(), MOST_ATTRIBUTES);
            // Names of models and dates are no facet: their most frequent values stand for little.
            let shown: i64 = values.iter().map(|facet| facet.count).sum();
            (several && 2 * shown >= total).then(|| (total, AttributeFacet { name: name.to_owned(), values }))
        })
        .collect();
    attributes.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.name.cmp(&b.1.name)));
    attributes.truncate(MOST_ATTRIBUTES);
    prices.sort_unstable();
    let price = prices.first().zip(prices.last()).map(|(min, max)| PriceFacet {
        min: *min,
        median: prices[(prices.len() - 1) / 2],
        max: *max,
    });
    ProductFacets { categories, brands, attributes: attributes.into_iter().map(|(_, facet)| facet).collect(), price }
}

/// A value as it stands in a product: what is counted is not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Value<'a> {
    Flag(bool),
    Text(&'a str),
    Named(&'a Bilingual),
}

impl Value<'_> {
    /// None for numbers, of which nearly every product has another, and for long texts.
    fn of(value: &AttributeValue) -> Option<Value<'_>> {
        match value {
            AttributeValue::Flag(flag) => Some(Value::Flag(*flag)),
            AttributeValue::Text(text) => (text.chars().count() <= LONGEST).then_some(Value::Text(text)),
            AttributeValue::Named(both) => Some(Value::Named(both)),
            AttributeValue::Number(_) => None,
        }
    }

    /// As a filter takes it.
    fn shown(self) -> Bilingual {
        match self {
            Value::Flag(flag) => Bilingual::new(flag.to_string(), flag.to_string()),
            Value::Text(text) => Bilingual::new(text, text),
            Value::Named(both) => both.clone(),
        }
    }
}

fn most_frequent<'a>(counts: impl Iterator<Item = (Value<'a>, i64)>, most: usize) -> Vec<Facet> {
    let mut counts: Vec<(Value<'a>, i64)> = counts.collect();
    // Only what may be shown is copied; equal counts at the end stay in.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let least = counts.get(most.saturating_sub(1)).map_or(0, |(_, count)| *count);
    counts.retain(|(_, count)| *count >= least);
    let mut facets: Vec<Facet> =
        counts.into_iter().map(|(value, count)| Facet { value: value.shown(), count }).collect();
    let name = |facet: &Facet| (facet.value.en.clone(), facet.value.zh.clone());
    facets.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| name(a).cmp(&name(b))));
    facets.truncate(most);
    facets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_products_and_filters_let_the_same_through() {
        let product = |id: &str, colour: &str, price: i64| -> Product {
            let input = serde_json::from_value(serde_json::json!({
                "id": id, "title": { "en": id }, "brand": "B", "category": [{ "zh": "鞋", "en": "Shoes" }], "price": price,
                "currency": "EUR", "attributes": { "colour": { "zh": "色", "en": colour }, "new": true, "size": 42.0 },
                "description": {}, "picture": null
            }));
            Product { number: alluvium_domain::shop::ProductId(1), input: input.unwrap(), change: 1 }
        };
        let all = [product("a", "red", 300), product("b", "red", 100), product("c", "blue", 200)];
        let facets = facets(all.iter());
        assert_eq!(facets.categories, [Facet { value: Bilingual::new("鞋", "Shoes"), count: 3 }]);
        assert_eq!(facets.brands[0].count, 3);
        assert_eq!(facets.price, Some(PriceFacet { min: 100, median: 200, max: 300 }));
        assert_eq!(facets.attributes.len(), 1, "one value alone is no choice, and numbers are none");
        assert_eq!(facets.attributes[0].values[0].count, 2);
        let passing = |filter: ProductFilter| all.iter().filter(|product| passes(product, &filter)).count();
        let by = |name: &str, value: &str| ProductFilter {
            attributes: vec![(name.to_owned(), value.to_owned())],
            ..ProductFilter::default()
        };
        assert_eq!(passing(by("colour", "red")), 2);
        assert_eq!(passing(by("colour", "色")), 3);
        assert_eq!(passing(by("size", "42")), 3);
        assert_eq!(passing(by("new", "true")), 3);
        assert_eq!(passing(by("nothing", "x")), 0);
        assert_eq!(passing(ProductFilter { price_max: Some(200), ..ProductFilter::default() }), 2);
        assert_eq!(passing(ProductFilter { category: Some("鞋".to_owned()), ..ProductFilter::default() }), 3);
        assert!(is_open(&ProductFilter::default()));
    }
}
