//! Metrics: every value by step, and the last one of each.

use std::collections::HashMap;

use alluvium_domain::tracking::{MetricPoint, RunId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Connection, Store, StoreError};

/// Values of one metric of one run, by step.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSeries {
    /// The run.
    pub run: RunId,
    /// Step, time and value.
    pub points: Vec<(i64, OffsetDateTime, f64)>,
}

/// Records values and moves the last ones on. The same value again changes nothing. The caller holds the run.
pub async fn metric_record_in_txn(conn: &mut Connection, run: RunId, points: &[MetricPoint]) -> Result<(), StoreError> {
    let keys: Vec<&str> = points.iter().map(|point| point.key.as_str()).collect();
    let steps: Vec<i64> = points.iter().map(|point| point.step).collect();
    let times: Vec<OffsetDateTime> = points.iter().map(|point| point.at).collect();
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    sqlx::query!(
        "insert into run_metric (run_id, key, step, at, value)
         select $1, * from unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::float8[]) on conflict do nothing",
        run.0,
        &keys as &[&str],
        &steps,
        &times,
        &values
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into run_metric_last as l (run_id, key, step, at, value)
         select distinct on (key) $1::uuid, key, step, at, value
         from unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::float8[]) as m (key, step, at, value)
         order by key, step desc, at desc, value desc
         on conflict (run_id, key) do update set step = excluded.step, at = excluded.at, value = excluded.value
         where (excluded.step, excluded.at, excluded.value) > (l.step, l.at, l.value)",
        run.0,
        &keys as &[&str],
        &steps,
        &times,
        &values
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the values of metrics from these steps on: they are done again. The caller holds the run and records the new ones in the same transaction.
pub async fn metric_rewind_in_txn(conn: &mut Connection, run: RunId, from: &[(&str, i64)]) -> Result<(), StoreError> {
    let (keys, steps): (Vec<&str>, Vec<i64>) = from.iter().copied().unzip();
    sqlx::query!(
        "delete from run_metric m using unnest($2::text[], $3::bigint[]) as n (key, step)
         where m.run_id = $1 and m.key = n.key and m.step >= n.step",
        run.0,
        &keys as &[&str],
        &steps
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from run_metric_last l using unnest($2::text[], $3::bigint[]) as n (key, step)
         where l.run_id = $1 and l.key = n.key and l.step >= n.step",
        run.0,
        &keys as &[&str],
        &steps
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// A page of a metric's values, by step, then time.
    pub async fn metric_history(
        &self,
        run: RunId,
        key: &str,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<MetricPoint>, StoreError> {
        Ok(sqlx::query_as!(
            MetricPoint,
            "select key, value, step, at from run_metric where run_id = $1 and key = $2
             order by step, at, value limit $3 offset $4",
            run.0,
            key,
            limit,
            offset
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The values of metrics of runs, in the order asked for, each thinned out evenly to about `most`, the last one always among them.
    pub async fn metric_series(&self, curves: &[(RunId, &str)], most: i64) -> Result<Vec<MetricSeries>, StoreError> {
        let (ids, keys): (Vec<Uuid>, Vec<&str>) = curves.iter().map(|(run, key)| (run.0, *key)).unzip();
        let rows = sqlx::query!(
            "select run_id, key, step, at, value from (
                 select run_id, key, step, at, value,
                        row_number() over (partition by run_id, key order by step, at, value) as place,
                        count(*) over (partition by run_id, key) as total
                 from run_metric
                 where (run_id, key) in (select * from unnest($1::uuid[], $2::text[]))) as numbered
             where place = total or (place - 1) % ((total + $3 - 1) / $3) = 0
             order by run_id, key, place",
            &ids,
            &keys as &[&str],
            most.max(1)
        )
        .fetch_all(&self.pool)
        .await?;
        let mut found: HashMap<(Uuid, String), MetricSeries> = HashMap::new();
        for row in rows {
            let empty = MetricSeries { run: RunId(row.run_id), points: Vec::new() };
            found.entry((row.run_id, row.key)).or_insert(empty).points.push((row.step, row.at, row.value));
        }
        let series = |(run, key): &(RunId, &str)| {
            let series = found.get(&(run.0, (*key).to_owned())).cloned();
            series.unwrap_or(MetricSeries { run: *run, points: Vec::new() })
        };
        Ok(curves.iter().map(series).collect())
    }
}
