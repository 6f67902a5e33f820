//! Products.

mod facets;

use std::collections::BTreeMap;

use alluvium_domain::shop::{
    AttributeValue, Bilingual, CatalogueId, Product, ProductFilter, ProductId, ProductInput, ProductSort,
};
use serde_json::Value;
use sqlx::types::Json;

use crate::{Connection, Store, StoreError};

struct Row {
    id: i32,
    sku: String,
    title_zh: String,
    title_en: String,
    brand: String,
    category_zh: Vec<String>,
    category_en: Vec<String>,
    price: Option<i64>,
    currency: Option<String>,
    attributes: Json<BTreeMap<String, AttributeValue>>,
    description_zh: String,
    description_en: String,
    picture: Option<String>,
    change: i64,
}

impl From<Row> for Product {
    fn from(row: Row) -> Self {
        let category =
            row.category_zh.into_iter().zip(row.category_en).map(|(zh, en)| Bilingual::new(zh, en)).collect();
        Product {
            number: ProductId(row.id),
            input: ProductInput {
                id: row.sku,
                title: Bilingual::new(row.title_zh, row.title_en),
                brand: row.brand,
                category,
                price: row.price,
                currency: row.currency,
                attributes: row.attributes.0,
                description: Bilingual::new(row.description_zh, row.description_en),
                picture: row.picture,
            },
            change: row.change,
        }
    }
}

/// What an upsert did with a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductWritten {
    /// The shop's own id.
    pub sku: String,
    /// Number.
    pub id: ProductId,
    /// Whether it is new rather than changed.
    pub added: bool,
}

/// Adds products and changes those that differ; answers with both, in no order, and says nothing of those that stood so already. No id may
/// occur twice. The caller holds the catalogue.
pub async fn product_upsert_in_txn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    products: &[ProductInput],
) -> Result<Vec<ProductWritten>, StoreError> {
    let columns = Columns::new(products);
    let rows = sqlx::query_file!(
        "src/product/upsert.sql",
        catalogue.0,
        &columns.skus as &[&str],
        &columns.titles_zh as &[&str],
        &columns.titles_en as &[&str],
        &columns.brands as &[&str],
        &columns.categories_zh,
        &columns.categories_en,
        &columns.prices as &[Option<i64>],
        &columns.currencies as &[Option<&str>],
        &columns.attributes,
        &columns.descriptions_zh as &[&str],
        &columns.descriptions_en as &[&str],
        &columns.pictures as &[Option<&str>]
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| ProductWritten { sku: row.sku, id: ProductId(row.id), added: row.added }).collect())
}

/// Products as one array for each column.
#[derive(Default)]
struct Columns<'a> {
    skus: Vec<&'a str>,
    titles_zh: Vec<&'a str>,
    titles_en: Vec<&'a str>,
    brands: Vec<&'a str>,
    /// Arrays of texts as JSON: Postgres has no arrays of arrays of different lengths.
    categories_zh: Vec<Value>,
    categories_en: Vec<Value>,
    prices: Vec<Option<i64>>,
    currencies: Vec<Option<&'a str>>,
    attributes: Vec<Value>,
    descriptions_zh: Vec<&'a str>,
    descriptions_en: Vec<&'a str>,
    pictures: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    fn new(products: &'a [ProductInput]) -> Columns<'a> {
        let mut columns = Columns::default();
        for product in products {
            columns.skus.push(&product.id);
            columns.titles_zh.push(&product.title.zh);
            columns.titles_en.push(&product.title.en);
            columns.brands.push(&product.brand);
            columns.categories_zh.push(product.category.iter().map(|level| level.zh.as_str()).collect());
            columns.categories_en.push(product.category.iter().map(|level| level.en.as_str()).collect());
            columns.prices.push(product.price);
            columns.currencies.push(product.currency.as_deref());
            columns.attributes.push(serde_json::to_value(&product.attributes).unwrap_or_default());
            columns.descriptions_zh.push(&product.description.zh);
            columns.descriptions_en.push(&product.description.en);
            columns.pictures.push(product.picture.as_deref());
        }
        columns
    }
}

/// The numbers of the products that exist, among those asked for.
pub async fn product_ids_on_conn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    skus: &[String],
) -> Result<Vec<(String, ProductId)>, StoreError> {
    let rows = sqlx::query!("select sku, id from product where catalogue_id = $1 and sku = any($2)", catalogue.0, skus)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.sku, ProductId(row.id))).collect())
}

impl Store {
    /// A product by the shop's own id.
    pub async fn product_by_sku(&self, catalogue: CatalogueId, sku: &str) -> Result<Option<Product>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"select id, sku, title_zh, title_en, brand, category_zh, category_en, price, currency,
                      attributes as "attributes: Json<BTreeMap<String, AttributeValue>>",
                      description_zh, description_en, picture, change
               from product where catalogue_id = $1 and sku = $2"#,
            catalogue.0,
            sku
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Product::from))
    }

    /// Products by the shop's own ids, in no order; those that the catalogue does not have are left out.
    pub async fn product_by_skus(&self, catalogue: CatalogueId, skus: &[String]) -> Result<Vec<Product>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"select id, sku, title_zh, title_en, brand, category_zh, category_en, price, currency,
                      attributes as "attributes: Json<BTreeMap<String, AttributeValue>>",
                      description_zh, description_en, picture, change
               from product where catalogue_id = $1 and sku = any($2)"#,
            catalogue.0,
            skus
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Product::from).collect())
    }

    /// The products of a catalogue that changed after `change`, in the order of their changes: what an index reads.
    pub async fn product_since(&self, catalogue: CatalogueId, change: i64) -> Result<Vec<Product>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"select id, sku, title_zh, title_en, brand, category_zh, category_en, price, currency,
                      attributes as "attributes: Json<BTreeMap<String, AttributeValue>>",
                      description_zh, description_en, picture, change
               from product where catalogue_id = $1 and change > $2 order by change"#,
            catalogue.0,
            change
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Product::from).collect())
    }

    /// The last change of any product of a catalogue; 0 where it has none.
    pub async fn product_last_change(&self, catalogue: CatalogueId) -> Result<i64, StoreError> {
        let last = sqlx::query_scalar!("select max(change) from product where catalogue_id = $1", catalogue.0)
            .fetch_one(&self.pool)
            .await?;
        Ok(last.unwrap_or(0))
    }

    /// A page of products.
    pub async fn product_list(
        &self,
        catalogue: CatalogueId,
        filter: &ProductFilter,
    ) -> Result<Vec<Product>, StoreError> {
        let (names, values): (Vec<String>, Vec<String>) = filter.attributes.iter().cloned().unzip();
        let rows = sqlx::query_as!(
            Row,
            r#"select id, sku, title_zh, title_en, brand, category_zh, category_en, price, currency,
                      attributes as "attributes: Json<BTreeMap<String, AttributeValue>>",
                      description_zh, description_en, picture, change
               from product p
               where catalogue_id = $1
                 and ($2::text is null or $2 = any(category_zh) or $2 = any(category_en))
                 and ($3::text is null or brand = $3)
                 and ($4::bigint is null or price >= $4)
                 and ($5::bigint is null or price <= $5)
                 and (cardinality($6::text[]) = 0 or product_has(attributes, $6, $7))
               order by case $8 when 'price' then price when 'price-descending' then -price end nulls last, id
               limit $9 offset $10"#,
            catalogue.0,
            filter.category,
            filter.brand,
            filter.price_min,
            filter.price_max,
            &names,
            &values,
            filter.sort.unwrap_or(ProductSort::Added).code(),
            i64::try_from(filter.limit).unwrap_or(i64::MAX),
            i64::try_from(filter.offset).unwrap_or(i64::MAX)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Product::from).collect())
    }
}
