//! The automatic checks of a version of the encoder.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluvium_domain::Problem;
use alluvium_domain::explanation::GAP_TOLERANCE;
use alluvium_domain::registry::{CHAMPION, ModelVersion, RegisteredModel, VersionCheck};
use alluvium_engine::encoder::{EncoderDifference, GoldenVectors, HeldOutQueries};
use alluvium_engine::recommend::shop::Files;

use super::checks::{check, failed, golden_found};
use super::serving::GOLDEN;
use crate::Services;
use crate::error::internal;

/// The file of queries that a version was not trained on.
pub(crate) const HELD_OUT_QUERIES: &str = "held-out.json";

impl Services {
    /// Whether it loads, gives the vectors that it gave, is explained by parts that add up, and finds more than what serves.
    pub(super) async fn encoder_checks(
        &self,
        model: &RegisteredModel,
        version: &ModelVersion,
        files: &Arc<Files>,
    ) -> Result<Vec<VersionCheck>, Problem> {
        let encoder = match self.encoder_load(version.id).await {
            Ok((_, encoder)) => encoder,
            Err(reason) => return Ok(vec![failed("loads", reason)]),
        };
        let mut checks = vec![check(
            "loads",
            true,
            true,
            format!("已加载：{}", encoder.name()),
            format!("loads: {}", encoder.name()),
        )];
        let champion = model.aliases.get(CHAMPION).copied();
        let (other, name) = match champion.filter(|number| *number != version.number) {
            Some(number) => {
                let loaded = self.encoder_load(self.encoder_version(number).await?).await;
                (loaded.ok().map(|(_, encoder)| encoder), format!("champion {number}"))
            }
            None => (self.encoder_serving().await.map_err(internal)?, "the encoder that serves".to_owned()),
        };
        let files = Arc::clone(files);
        let measured = tokio::task::spawn_blocking(move || {
            let golden = files.get(GOLDEN).map(Vec::as_slice).unwrap_or_default();
            let golden: Result<GoldenVectors, _> = serde_json::from_slice(golden);
            match golden
                .map_err(|error| error.to_string())
                .and_then(|golden| golden.check(&encoder).map_err(|error| error.to_string()))
            {
                Ok(found) => checks.extend([golden_found(&found), explained(found.largest_gap)]),
                Err(error) => checks.push(failed("golden", error)),
            }
            let held_out = files.get(HELD_OUT_QUERIES).map(Vec::as_slice).unwrap_or_default();
            let held_out: HeldOutQueries = serde_json::from_slice(held_out).unwrap_or_default();
            checks.push(match &other {
                Some(other) if !held_out.is_empty() => match held_out.compare(&encoder, other) {
                    Ok(found) => against(&name, &found),
                    Err(error) => VersionCheck { required: false, ..failed("metrics", error) },
                },
                _ => check("metrics", true, false, "没有留出的查询", "there are no held-out queries"),
            });
            checks
        });
        measured.await.map_err(internal)
    }
}

fn explained(largest: f64) -> VersionCheck {
    let mut found = check(
        "explanations",
        largest <= GAP_TOLERANCE,
        true,
        format!("各词元贡献之和与余弦之差最大 {largest:.1e}（上限 {GAP_TOLERANCE:.0e}）"),
        format!("the parts of tokens miss a cosine by {largest:.1e} at most (limit {GAP_TOLERANCE:.0e})"),
    );
    found.figures = BTreeMap::from([("largest_gap".to_owned(), largest)]);
    found
}

/// Passes where it is not worse beyond chance.
fn against(name: &str, found: &EncoderDifference) -> VersionCheck {
    let EncoderDifference { queries, own, other, paired } = *found;
    let (low, high) = paired.interval;
    let said = format!("{:+.4} [{low:+.4}, {high:+.4}]", paired.difference);
    let mut result = check(
        "metrics",
        high >= 0.0,
        false,
        format!("{queries} 条留出查询上 NDCG@10 {own:.4}，与 {name} 之差 {said}"),
        format!("NDCG@10 {own:.4} on {queries} held-out queries; less that of {name}: {said}"),
    );
    result.figures = [
        ("ndcg", own),
        ("ndcg_champion", other),
        ("ndcg_difference", paired.difference),
        ("ndcg_low", low),
        ("ndcg_high", high),
        ("queries", queries as f64),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    result
}
