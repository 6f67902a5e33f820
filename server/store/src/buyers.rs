//! Who puts a product into the cart or buys it, in sums.

use alluvium_domain::shop::{Bilingual, ProductId, Taste};

use crate::shopper::TasteRow;
use crate::{Store, StoreError};

/// A product that the same shoppers choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The shop's own id.
    pub sku: String,
    /// Title.
    pub title: Bilingual,
    /// Shoppers who put both into the cart or bought both.
    pub shoppers: i64,
}

impl Store {
    /// How many shoppers put the product into the cart or bought it.
    pub async fn buyer_count(&self, product: ProductId) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar!(
            r#"select count(distinct shopper_id) as "count!" from event where product_id = $1 and state = 0 and kind in ('cart', 'purchase')"#,
            product.0
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count)
    }

    /// Categories (the narrowest level) in which these shoppers do most.
    pub async fn buyer_categories(&self, product: ProductId, limit: i64) -> Result<Vec<Taste>, StoreError> {
        let rows = sqlx::query_as!(
            TasteRow,
            r#"with buyer as (
                   select distinct shopper_id from event where product_id = $1 and state = 0 and kind in ('cart', 'purchase'))
               select p.category_zh[cardinality(p.category_zh)] as "zh!", p.category_en[cardinality(p.category_en)] as "en!",
                      count(*) filter (where e.kind = 'view') as "views!",
                      count(*) filter (where e.kind = 'cart') as "carts!",
                      count(*) filter (where e.kind = 'purchase') as "purchases!"
               from event e join buyer using (shopper_id) join product p on p.id = e.product_id
               where e.state = 0 and cardinality(p.category_zh) > 0
               group by 1, 2 order by count(*) desc, 1, 2 limit $2"#,
            product.0,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Taste::from).collect())
    }

    /// Products that most of these shoppers put into the cart or bought too.
    pub async fn buyer_neighbours(&self, product: ProductId, limit: i64) -> Result<Vec<Neighbour>, StoreError> {
        let rows = sqlx::query!(
            r#"with buyer as (
                   select distinct shopper_id from event where product_id = $1 and state = 0 and kind in ('cart', 'purchase'))
               select p.sku, p.title_zh, p.title_en, count(distinct e.shopper_id) as "shoppers!"
               from event e join buyer using (shopper_id) join product p on p.id = e.product_id
               where e.product_id <> $1 and e.state = 0 and e.kind in ('cart', 'purchase')
               group by p.id order by 4 desc, p.id limit $2"#,
            product.0,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Neighbour {
                sku: row.sku,
                title: Bilingual::new(row.title_zh, row.title_en),
                shoppers: row.shoppers,
            })
            .collect())
    }
}
