//! Checks of explanations, and votes on them.

use alluvium_domain::shop::{
    Bilingual, CatalogueId, ExplanationReport, ExplanationVote, ProductId, VoteCounts, VoteRecord, VoteVerdict,
};
use alluvium_domain::{Explanation, UserId};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Store, StoreError};

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

    /// Votes since a time: of one person, or of all readers who were not signed in.
    pub async fn explanation_vote_count_since(
        &self,
        person: Option<UserId>,
        since: OffsetDateTime,
    ) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!" from explanation_vote where at > $2 and person_id is not distinct from $1"#,
            person.map(|person| person.0),
            since
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count)
    }

    /// Keeps a vote with the explanation that it is about.
    pub async fn explanation_vote_insert(
        &self,
        catalogue: CatalogueId,
        model: &str,
        product: ProductId,
        vote: &ExplanationVote,
        person: Option<UserId>,
        explanation: &Explanation,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into explanation_vote (id, catalogue_id, model, product_id, verdict, word, person_id, explanation)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            Uuid::now_v7(),
            catalogue.0,
            model,
            product.0,
            vote.verdict.code(),
            vote.word,
            person.map(|person| person.0),
            Json(explanation) as _
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// How many said what of a model.
    pub async fn explanation_vote_counts(&self, catalogue: CatalogueId, model: &str) -> Result<VoteCounts, StoreError> {
        let row = sqlx::query!(
            r#"select count(*) filter (where verdict = 'right') as "right!",
                      count(*) filter (where verdict = 'wrong') as "wrong!",
                      count(*) filter (where verdict = 'unclear') as "unclear!"
               from explanation_vote where catalogue_id = $1 and model = $2"#,
            catalogue.0,
            model
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(VoteCounts { right: row.right, wrong: row.wrong, unclear: row.unclear })
    }

    /// The newest votes on a model that say something in words.
    pub async fn explanation_vote_words(
        &self,
        catalogue: CatalogueId,
        model: &str,
        limit: i64,
    ) -> Result<Vec<VoteRecord>, StoreError> {
        let rows = sqlx::query!(
            "select v.verdict, v.word, v.at, p.sku, p.title_zh, p.title_en
             from explanation_vote v join product p on p.id = v.product_id
             where v.catalogue_id = $1 and v.model = $2 and v.word <> '' order by v.at desc limit $3",
            catalogue.0,
            model,
            limit
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
