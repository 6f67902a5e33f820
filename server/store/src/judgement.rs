//! Grades of products for queries: append-only, the last word counts.

use alluvium_domain::UserId;
use alluvium_domain::shop::{CatalogueId, Grade, Judgement, ProductId};

use crate::{Connection, Store, StoreError};

/// Appends grades, except those that say what the last word says already; answers with how many are new. `person` is none for a file.
pub async fn judgement_add_in_txn(
    conn: &mut Connection,
    catalogue: CatalogueId,
    person: Option<UserId>,
    grades: &[(String, ProductId, Grade)],
) -> Result<u64, StoreError> {
    let queries: Vec<&str> = grades.iter().map(|(query, ..)| query.as_str()).collect();
    let products: Vec<i32> = grades.iter().map(|(_, product, _)| product.0).collect();
    let values: Vec<i16> = grades.iter().map(|(.., grade)| i16::from(grade.value())).collect();
    let done = sqlx::query!(
        "insert into judgement (catalogue_id, query, product_id, grade, person_id)
         select $1, n.query, n.product_id, n.grade, $2
         from unnest($3::text[], $4::integer[], $5::smallint[]) with ordinality as n (query, product_id, grade, place)
         where n.grade is distinct from (
             select j.grade from judgement j
             where j.catalogue_id = $1 and j.query = n.query and j.product_id = n.product_id
             order by j.id desc limit 1)
         order by n.place",
        catalogue.0,
        person.map(|person| person.0),
        &queries as &[&str],
        &products,
        &values
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// A grade as the table holds it. The constraint keeps it in range.
fn grade(value: i16) -> Grade {
    Grade::new(i64::from(value)).unwrap_or(Grade::ALL[0])
}

impl Store {
    /// How many grades were ever given in a catalogue.
    pub async fn judgement_count(&self, catalogue: CatalogueId) -> Result<i64, StoreError> {
        let count =
            sqlx::query_scalar!(r#"select count(*) as "count!" from judgement where catalogue_id = $1"#, catalogue.0)
                .fetch_one(&self.pool)
                .await?;
        Ok(count)
    }

    /// The last words on one query.
    pub async fn judgement_of_query(
        &self,
        catalogue: CatalogueId,
        query: &str,
    ) -> Result<Vec<(ProductId, Judgement)>, StoreError> {
        let rows = sqlx::query!(
            r#"select distinct on (j.product_id) j.product_id, p.sku, j.query, j.grade, j.at, person.name as "person?"
               from judgement j join product p on p.id = j.product_id left join person on person.id = j.person_id
               where j.catalogue_id = $1 and j.query = $2
               order by j.product_id, j.id desc"#,
            catalogue.0,
            query
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let judgement = Judgement {
                    query: row.query,
                    product: row.sku,
                    grade: grade(row.grade),
                    person: row.person,
                    at: row.at,
                };
                (ProductId(row.product_id), judgement)
            })
            .collect())
    }

    /// The last words on all queries of a catalogue, by query.
    pub async fn judgement_list(&self, catalogue: CatalogueId) -> Result<Vec<(String, ProductId, Grade)>, StoreError> {
        let rows = sqlx::query!(
            "select distinct on (query, product_id) query, product_id, grade
             from judgement where catalogue_id = $1 order by query, product_id, id desc",
            catalogue.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.query, ProductId(row.product_id), grade(row.grade))).collect())
    }
}
