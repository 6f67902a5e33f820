//! Grades of search results.

use alluvium_domain::shop::{Grade, Judgement, judged_query, limits};
use alluvium_domain::{Action, Actor, Issue, Problem};
use alluvium_store::judgement_add_in_txn;

use crate::Services;
use crate::error::internal;

impl Services {
    /// Keeps a grade.
    pub async fn judge(
        &self,
        actor: &Actor,
        catalogue: &str,
        query: &str,
        product: &str,
        grade: Grade,
    ) -> Result<(), Problem> {
        actor.may(Action::Judge)?;
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let query = checked(query)?;
        let unknown = || Problem::field("product", Issue::Unknown { value: product.to_owned() });
        let id = alluvium_domain::shop::key(product).map_err(|_| unknown())?;
        let product =
            self.inner.store.product_by_sku(catalogue.id, &id).await.map_err(internal)?.ok_or_else(unknown)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let grades = [(query, product.number, grade)];
        judgement_add_in_txn(&mut txn, catalogue.id, actor.user_id(), &grades).await.map_err(internal)?;
        txn.commit().await.map_err(internal)
    }

    /// The last words on a query.
    pub async fn judgements(&self, actor: &Actor, catalogue: &str, query: &str) -> Result<Vec<Judgement>, Problem> {
        actor.may(Action::Read)?;
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let query = checked(query)?;
        let rows = self.inner.store.judgement_of_query(catalogue.id, &query).await.map_err(internal)?;
        Ok(rows.into_iter().map(|(_, judgement)| judgement).collect())
    }
}

/// A query as grades are kept for it.
fn checked(query: &str) -> Result<String, Problem> {
    let query = judged_query(query);
    let mut check = alluvium_domain::problem::Check::default();
    let query = check.text("query", &query, 1, limits::QUERY);
    check.finish()?;
    Ok(query)
}
