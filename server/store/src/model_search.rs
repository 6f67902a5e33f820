//! Registered models and versions that fulfil conditions, in an order.

use std::collections::HashMap;

use alluvium_domain::registry::{ModelVersion, RegisteredModel};
use alluvium_domain::tracking::filter::{Clause, Field, ModelVersionColumn, Order, RegisteredModelColumn};
use uuid::Uuid;

use crate::condition::{Sql, push_test};
use crate::model::ModelQuery;
use crate::model_version::VersionQuery;
use crate::{Store, StoreError};

/// The tag by which the MLflow client leaves prompts out: what does not have it is no prompt.
const IS_PROMPT: &str = "mlflow.prompt.is_prompt";

/// Which models.
#[derive(Debug, Clone, Copy)]
pub struct ModelSearchQuery<'a> {
    /// Conditions.
    pub filter: &'a [Clause<RegisteredModelColumn>],
    /// Order; by name where it leaves one.
    pub order: &'a [Order<RegisteredModelColumn>],
    /// Most models.
    pub limit: i64,
    /// Models to pass over.
    pub offset: i64,
}

/// Which versions.
#[derive(Debug, Clone, Copy)]
pub struct VersionSearchQuery<'a> {
    /// Conditions.
    pub filter: &'a [Clause<ModelVersionColumn>],
    /// Order; what changed last first where it leaves one.
    pub order: &'a [Order<ModelVersionColumn>],
    /// Whether those that are not approved count.
    pub unapproved: bool,
    /// Most versions.
    pub limit: i64,
    /// Versions to pass over.
    pub offset: i64,
}

impl Store {
    /// Models that fulfil conditions, in an order.
    pub async fn model_search(&self, query: &ModelSearchQuery<'_>) -> Result<Vec<RegisteredModel>, StoreError> {
        let mut sql = Sql::new("select m.id from model m where true");
        for clause in query.filter {
            sql.push(" and ");
            push_field(&mut sql, &clause.field, "m.tags", of_model);
            push_test(&mut sql, &clause.test);
        }
        sql.push(" order by ");
        for order in query.order {
            push_field(&mut sql, &order.field, "m.tags", of_model);
            sql.push(direction(order.descending));
        }
        sql.push("m.name limit ").push_bind(query.limit).push(" offset ").push_bind(query.offset);
        // Not kept prepared: the plan must know the values.
        let ids: Vec<i32> = sql.build_query_scalar().persistent(false).fetch_all(&self.pool).await?;
        let mut models = self.model_list(ModelQuery { ids: Some(&ids), ..ModelQuery::default() }).await?;
        let places: HashMap<i32, usize> = ids.into_iter().zip(0..).collect();
        models.sort_by_key(|model| places.get(&model.id.0).copied());
        Ok(models)
    }

    /// Versions that fulfil conditions, in an order.
    pub async fn version_search(&self, query: &VersionSearchQuery<'_>) -> Result<Vec<ModelVersion>, StoreError> {
        let mut sql = Sql::new("select v.id from model_version v join model m on m.id = v.model_id where true");
        if !query.unapproved {
            sql.push(" and v.approval = 'approved'");
        }
        for clause in query.filter {
            sql.push(" and ");
            push_field(&mut sql, &clause.field, "v.tags", of_version);
            push_test(&mut sql, &clause.test);
        }
        sql.push(" order by ");
        for order in query.order {
            push_field(&mut sql, &order.field, "v.tags", of_version);
            sql.push(direction(order.descending));
        }
        sql.push("v.updated_at desc, m.name, v.number desc limit ").push_bind(query.limit);
        sql.push(" offset ").push_bind(query.offset);
        let ids: Vec<Uuid> = sql.build_query_scalar().persistent(false).fetch_all(&self.pool).await?;
        let mut versions = self.version_list(VersionQuery { ids: Some(&ids), ..VersionQuery::default() }).await?;
        let places: HashMap<Uuid, usize> = ids.into_iter().zip(0..).collect();
        versions.sort_by_key(|version| places.get(&version.id.0).copied());
        Ok(versions)
    }
}

fn direction(descending: bool) -> &'static str {
    if descending { " desc nulls last, " } else { " nulls last, " }
}

fn push_field<C: Copy>(sql: &mut Sql, field: &Field<C>, tags: &'static str, expression: fn(C) -> &'static str) {
    match field {
        Field::Tag(key) => {
            let absent = if key == IS_PROMPT { ", 'false')" } else { ", null)" };
            sql.push("coalesce(").push(tags).push(" ->> ").push_bind(key.clone()).push(absent)
        }
        Field::Column(column) => sql.push(expression(*column)),
        // The grammar of models has none of these.
        Field::Metric(_) | Field::Param(_) | Field::Dataset(_) => sql.push("null::text"),
    };
}

fn of_model(column: RegisteredModelColumn) -> &'static str {
    match column {
        RegisteredModelColumn::Name => "m.name",
        RegisteredModelColumn::CreatedAt => "floor(extract(epoch from m.created_at) * 1000)::float8",
        RegisteredModelColumn::UpdatedAt => "floor(extract(epoch from m.updated_at) * 1000)::float8",
    }
}

fn of_version(column: ModelVersionColumn) -> &'static str {
    match column {
        ModelVersionColumn::Name => "m.name",
        // A version that no run made has the empty text, as its answer says.
        ModelVersionColumn::Run => "coalesce(replace(v.run_id::text, '-', ''), '')",
        ModelVersionColumn::Source => "v.source",
        ModelVersionColumn::Number => "v.number::float8",
        ModelVersionColumn::CreatedAt => "floor(extract(epoch from v.created_at) * 1000)::float8",
        ModelVersionColumn::UpdatedAt => "floor(extract(epoch from v.updated_at) * 1000)::float8",
    }
}
