//! What can be counted over a list of products.

use alluvium_domain::shop::{
    AttributeFacet, Bilingual, CatalogueId, Facet, PriceFacet, ProductFacets, ProductFilter, limits,
};

use crate::{Store, StoreError};

struct Row {
    facet: String,
    name: String,
    zh: String,
    en: String,
    count: i64,
    min: i64,
    median: i64,
    max: i64,
    place: i64,
}

impl Store {
    /// Counts over all products that a filter lets through, and how many these are.
    pub async fn product_facets(
        &self,
        catalogue: CatalogueId,
        filter: &ProductFilter,
    ) -> Result<(ProductFacets, i64), StoreError> {
        let (names, values): (Vec<String>, Vec<String>) = filter.attributes.iter().cloned().unzip();
        let rows = sqlx::query_file_as!(
            Row,
            "src/product/facets.sql",
            catalogue.0,
            filter.category,
            filter.brand,
            filter.price_min,
            filter.price_max,
            &names,
            &values,
            limits::FACET_PRODUCTS
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(gathered(rows))
    }
}

/// The rows come by place, each kind of facet among the others.
fn gathered(mut rows: Vec<Row>) -> (ProductFacets, i64) {
    let mut facets = ProductFacets::default();
    let mut total = 0;
    rows.sort_by_key(|row| row.place);
    for row in rows {
        let facet = Facet { value: Bilingual::new(row.zh, row.en), count: row.count };
        match row.facet.as_str() {
            "total" => total = row.count,
            "price" => facets.price = Some(PriceFacet { min: row.min, median: row.median, max: row.max }),
            "category" => facets.categories.push(facet),
            "brand" => facets.brands.push(facet),
            _ => match facets.attributes.last_mut() {
                Some(last) if last.name == row.name => last.values.push(facet),
                _ => facets.attributes.push(AttributeFacet { name: row.name, values: vec![facet] }),
            },
        }
    }
    (facets, total)
}
