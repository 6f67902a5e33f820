//! The automatic checks of a version of the encoder.

use std::collections::BTreeMap;

use alluvium_domain::Problem;
use alluvium_domain::explanation::GAP_TOLERANCE;
use alluvium_domain::registry::{CHAMPION, ModelVersion, RegisteredModel, VersionCheck};
use alluvium_engine::encoder::{EncoderDifference, GoldenVectors, HeldOutQueries};

use super::checks::{check, failed, golden_found, unmeasured};
use super::files::version_files_read;
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
            Some(number) => match self.encoder_load(self.encoder_version(number).await?).await {
                Ok((_, encoder)) => (Some(encoder), format!("champion {number}")),
                Err(reason) => {
                    checks.push(unmeasured(
                            "metrics",
                            format!("冠军版本 {number} 无法加载，不能比较；可以先撤回它：{reason}"),
                            format!("champion {number} cannot be loaded, so nothing is compared; it can be withdrawn first: {reason}"),
                        ));
                    return Ok(checks);
                }
            },
            None => (self.encoder_serving().await.map_err(internal)?, "the encoder that serves".to_owned()),
        };
        let files = version_files_read(&self.inner.store, &self.inner.blobs, version.id, |path| path == GOLDEN).await;
        let golden = files.ok().and_then(|mut files| files.remove(GOLDEN));
        // What its parts add up to is shown on inputs that a training of this server chose.
        let inputs =
            self.evidence(version, GOLDEN, |bytes| serde_json::from_slice::<GoldenVectors>(bytes).ok()).await?;
        let held_out = |bytes: &[u8]| {
            let read: HeldOutQueries = serde_json::from_slice(bytes).ok()?;
            if read.is_empty() { None } else { Some(read) }
        };
        let held_out = self.evidence(version, HELD_OUT_QUERIES, held_out).await?;
        let measured = tokio::task::spawn_blocking(move || {
            checks.push(match golden.as_deref().map(serde_json::from_slice::<GoldenVectors>) {
                Some(Ok(golden)) => {
                    golden.check(&encoder).map_or_else(|error| failed("golden", error), |found| golden_found(&found))
                }
                Some(Err(error)) => failed("golden", error),
                None => unmeasured("golden", format!("没有文件 {GOLDEN}"), format!("no file {GOLDEN}")),
            });
            checks.push(match inputs.map(|inputs| inputs.check(&encoder)) {
                Some(Ok(found)) => explained(found.largest_gap),
                Some(Err(error)) => failed("explanations", error),
                None => unmeasured(
                    "explanations",
                    "服务器的训练没有留下标准输入",
                    "no training of this server has kept golden inputs",
                ),
            });
            checks.push(match (&other, &held_out) {
                (None, _) => check(
                    "metrics",
                    true,
                    false,
                    "没有正在服务的编码器可比",
                    "there is no encoder that serves to compare with",
                ),
                (_, None) => unmeasured(
                    "metrics",
                    "服务器的训练没有留出可比的查询",
                    "no training of this server has kept held-out queries to compare on",
                ),
                (Some(other), Some(held_out)) => match held_out.compare(&encoder, other) {
                    Ok(found) => against(&name, &found),
                    Err(error) => failed("metrics", error),
                },
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
