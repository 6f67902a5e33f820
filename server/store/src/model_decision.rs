//! What was asked, checked and decided about versions. Append-only.

use alluvium_domain::UserId;
use alluvium_domain::registry::{Act, CheckReport, Decision, ModelId, VersionId};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, Store, StoreError};

struct Row {
    id: i64,
    version_id: Uuid,
    number: i32,
    act: String,
    person: Option<String>,
    reason: String,
    report: Option<Json<CheckReport>>,
    at: OffsetDateTime,
}

impl TryFrom<Row> for Decision {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Decision {
            id: row.id,
            version: VersionId(row.version_id),
            number: row.number,
            act: parsed("model_decision.act", &row.act)?,
            person: row.person,
            reason: row.reason,
            report: row.report.map(|report| report.0),
            at: row.at,
        })
    }
}

/// Adds a line in the transaction of what it tells of.
pub async fn decision_add_in_txn(
    conn: &mut Connection,
    version: VersionId,
    act: Act,
    person: Option<UserId>,
    reason: &str,
    report: Option<&CheckReport>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into model_decision (version_id, act, person_id, reason, report) values ($1, $2, $3, $4, $5)",
        version.0,
        act.code(),
        person.map(|id| id.0),
        reason,
        report.map(Json) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Everything about the versions of a model, or about one of them, in the order of time, as the transaction sees it.
pub async fn decision_list_on_conn(
    conn: &mut Connection,
    model: ModelId,
    version: Option<VersionId>,
) -> Result<Vec<Decision>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select d.id, d.version_id, v.number, d.act, person.name as "person?", d.reason,
               d.report as "report: Json<CheckReport>", d.at
           from model_decision d join model_version v on v.id = d.version_id left join person on person.id = d.person_id
           where v.model_id = $1 and ($2::uuid is null or v.id = $2) order by d.id"#,
        model.0,
        version.map(|id| id.0)
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Decision::try_from).collect()
}

impl Store {
    /// Everything about the versions of a model, or about one of them, in the order of time.
    pub async fn decision_list(&self, model: ModelId, version: Option<VersionId>) -> Result<Vec<Decision>, StoreError> {
        let mut conn = self.pool.acquire().await?;
        decision_list_on_conn(&mut conn, model, version).await
    }
}
