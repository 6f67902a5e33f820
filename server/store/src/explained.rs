//! Checks of explanations, and votes on them.

use alluvium_domain::shop::{
    Bilingual, CatalogueId, ExplanationReport, ExplanationVote, ProductId, VoteCounts, VoteRecord, VoteVerdict,
};
use alluvium_domain::{Explanation, UserId};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{SecretHash, Store, StoreError};

/// Who votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoteBy {
    /// Somebody who is signed in.
    Person(UserId),
    /// Somebody who is not, by a hash of what their browser keeps.
    Visitor(SecretHash),
}

impl VoteBy {
    fn columns(&self) -> (Option<Uuid>, Option<&[u8]>) {
        match self {
            VoteBy::Person(person) => (Some(person.0), None),
            VoteBy::Visitor(hash) => (None, Some(hash.as_slice())),
        }
    }
}

impl Store {
    /// Keeps what a run of the checks found out.
    pub async fn explanation_check_insert(
        &self,
        catalogue: CatalogueId,
        report: &ExplanationReport,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into explanation_check (catalogue_id, model, at, report) values ($1, $2, $3, $4)",
            catalogue.0,
            report.model,
            report.at,
            Json(report) as _
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What the newest run of the checks of a model found out.
    pub async fn explanation_check_newest(
        &self,
        catalogue: CatalogueId,
        model: &str,
    ) -> Result<Option<ExplanationReport>, StoreError> {
        let row = sqlx::query!(
            r#"select report as "report: Json<ExplanationReport>" from explanation_check
               where catalogue_id = $1 and model = $2 order by at desc limit 1"#,
            catalogue.0,
            model
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| row.report.0))
    }

    /// Votes of somebody since a time.
    pub async fn explanation_vote_count_since(&self, by: VoteBy, since: OffsetDateTime) -> Result<i64, StoreError> {
        let (person, visitor) = by.columns();
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "count!" from explanation_vote
               where at > $3 and person_id is not distinct from $1 and visitor_hash is not distinct from $2"#,
            person,
            visitor,
            since
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Votes of all visitors since a time.
    pub async fn explanation_vote_visitors_since(&self, since: OffsetDateTime) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "count!" from explanation_vote where at > $1 and person_id is null"#,
            since
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Keeps a vote with the explanation that it is about, in the place of the one that the same person or visitor gave on the product before.
    pub async fn explanation_vote_upsert(
        &self,
        catalogue: CatalogueId,
        model: &str,
        product: ProductId,
        vote: &ExplanationVote,
        by: VoteBy,
        explanation: &Explanation,
    ) -> Result<(), StoreError> {
        let (person, visitor) = by.columns();
        let mut txn = self.pool.begin().await?;
        // Two votes of one at the same moment: the second waits for the first one's row and takes its place.
        let changed = sqlx::query!(
            "update explanation_vote set verdict = $6, word = $7, explanation = $8, at = now()
             where catalogue_id = $1 and model = $2 and product_id = $3
               and person_id is not distinct from $4 and visitor_hash is not distinct from $5",
            catalogue.0,
            model,
            product.0,
            person,
            visitor,
            vote.verdict.code(),
            vote.word,
            Json(explanation) as _
        )
        .execute(&mut *txn)
        .await?;
        if changed.rows_affected() == 0 {
            sqlx::query!(
                "insert into explanation_vote (id, catalogue_id, model, product_id, verdict, word, person_id, visitor_hash, explanation)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
                Uuid::now_v7(),
                catalogue.0,
                model,
                product.0,
                vote.verdict.code(),
                vote.word,
                person,
                visitor,
                Json(explanation) as _
            )
            .execute(&mut *txn)
            .await?;
        }
        txn.commit().await?;
        Ok(())
    }

    /// How many said what of a model: people who were signed in, or visitors.
    pub async fn explanation_vote_counts(
        &self,
        catalogue: CatalogueId,
        model: &str,
        people: bool,
    ) -> Result<VoteCounts, StoreError> {
        let row = sqlx::query!(
            r#"select count(*) filter (where verdict = 'right') as "right!",
                      count(*) filter (where verdict = 'wrong') as "wrong!",
                      count(*) filter (where verdict = 'unclear') as "unclear!"
               from explanation_vote where catalogue_id = $1 and model = $2 and (person_id is not null) = $3"#,
            catalogue.0,
            model,
            people
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(VoteCounts { right: row.right, wrong: row.wrong, unclear: row.unclear })
    }

    /// The newest votes on a model that say something in words: of people who were signed in, or of visitors.
    pub async fn explanation_vote_words(
        &self,
        catalogue: CatalogueId,
        model: &str,
        people: bool,
        limit: i64,
    ) -> Result<Vec<VoteRecord>, StoreError> {
        let rows = sqlx::query!(
            "select v.verdict, v.word, v.at, p.sku, p.title_zh, p.title_en
             from explanation_vote v join product p on p.id = v.product_id
             where v.catalogue_id = $1 and v.model = $2 and v.word <> '' and (v.person_id is not null) = $4
             order by v.at desc limit $3",
            catalogue.0,
            model,
            limit,
            people
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| VoteRecord {
                product: row.sku,
                title: Bilingual { zh: row.title_zh, en: row.title_en },
                // The table holds no other.
                verdict: row.verdict.parse().unwrap_or(VoteVerdict::Unclear),
                word: row.word,
                at: row.at,
            })
            .collect())
    }
}
