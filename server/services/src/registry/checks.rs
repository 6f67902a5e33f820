//! The automatic checks of a version, run when approval is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluvium_domain::explanation::GAP_TOLERANCE;
use alluvium_domain::registry::{CHAMPION, CheckReport, ModelVersion, RegisteredModel, VersionCheck};
use alluvium_domain::shop::EventKind;
use alluvium_domain::{Lang, Problem, ProblemKind, Slug};
use alluvium_engine::SelfCheck;
use alluvium_engine::recommend::shop::{Asked, Files, Golden, HeldOut, ShopModel, TaskDifference, weighted};
use time::OffsetDateTime;

use super::card::{self, CARD};
use super::files::Contents;
use super::serving::{GOLDEN, catalogue_of};
use crate::Services;
use crate::encoders::ENCODER;
use crate::error::internal;

/// The file of held-out examples of a version.
pub(crate) const HELD_OUT: &str = "held-out.safetensors";
/// Recommendations whose explanations are added up.
const EXPLAINED: usize = 100;
/// Shortest description that stands in for a card, in characters.
const SHORTEST: usize = 20;
/// Products in a list.
const K: usize = 10;

pub(super) fn check(
    name: &str,
    passed: bool,
    required: bool,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> VersionCheck {
    let (name, zh, en) = (name.to_owned(), zh.into(), en.into());
    VersionCheck { name, passed, required, measured: true, zh, en, figures: BTreeMap::new() }
}

/// A check whose evidence is missing: it blocks.
pub(super) fn unmeasured(name: &str, zh: impl Into<String>, en: impl Into<String>) -> VersionCheck {
    VersionCheck { measured: false, ..check(name, false, true, zh, en) }
}

/// A check that failed for a reason that is the same in both languages.
pub(super) fn failed(name: &str, reason: impl std::fmt::Display) -> VersionCheck {
    check(name, false, true, format!("失败：{reason}"), format!("failed: {reason}"))
}

impl Services {
    /// Runs all checks that make sense for a version's model.
    pub(super) async fn version_checks(&self, version: &ModelVersion) -> Result<CheckReport, Problem> {
        let model = self.inner.store.model_by_name(&version.name).await.map_err(internal)?;
        let model = model.ok_or_else(Problem::not_found)?;
        let mut checks = match self.version_files_check(version.id).await {
            Ok(contents) => vec![intact(contents)],
            Err(problem) if problem.kind == ProblemKind::Invalid => {
                let said = |lang| problem.detail(lang);
                let checks = vec![check("files", false, true, said(Lang::Zh), said(Lang::En))];
                return Ok(CheckReport { checks });
            }
            Err(problem) => return Err(problem),
        };
        match model.serves.as_deref() {
            Some(ENCODER) => checks.extend(self.encoder_checks(&model, version).await?),
            Some(place) if let Some(slug) = catalogue_of(place) => {
                checks.extend(self.recommend_checks(&model, version, slug).await?);
            }
            _ => checks.push(check(
                "loads",
                true,
                false,
                "这里没有任何服务使用它，因此没有加载",
                "it serves nothing here, and so was not loaded",
            )),
        }
        let files = self.inner.store.version_files(version.id).await.map_err(internal)?;
        let card = self.card_of(&model, &files).await?;
        checks.push(complete(card.as_deref(), version));
        Ok(CheckReport { checks })
    }

    async fn recommend_checks(
        &self,
        model: &RegisteredModel,
        version: &ModelVersion,
        slug: &str,
    ) -> Result<Vec<VersionCheck>, Problem> {
        let files = match self.recommend_files(version.id).await {
            Ok(files) => Arc::new(files),
            Err(reason) => return Ok(vec![failed("loads", reason)]),
        };
        let own = Arc::clone(&files);
        let loaded = tokio::task::spawn_blocking(move || ShopModel::from_files(&own)).await.map_err(internal)?;
        let loaded = match loaded {
            Ok(loaded) => Arc::new(loaded),
            Err(error) => return Ok(vec![failed("loads", error)]),
        };
        let mut checks =
            vec![check("loads", true, true, format!("已加载：{}", loaded.name), format!("loads: {}", loaded.name))];
        let own = Arc::clone(&loaded);
        checks.push(tokio::task::spawn_blocking(move || golden(&own, &files)).await.map_err(internal)?);
        checks.push(self.explanations(slug, &loaded).await?);
        checks.push(self.against_champion(model, version, &loaded).await?);
        Ok(checks)
    }

    /// Explains recommendations of a sample of the catalogue's shoppers and adds the parts up.
    async fn explanations(&self, slug: &str, model: &Arc<ShopModel>) -> Result<VersionCheck, Problem> {
        let catalogue = match Slug::parse(slug) {
            Ok(slug) => self.catalogue_by_slug(slug.as_str()).await?,
            Err(_) => return Ok(failed("explanations", format!("no catalogue {slug}"))),
        };
        let shelf = self.recommend_shelf(&catalogue).await?;
        let histories = self.sample_histories(&catalogue, &shelf, EXPLAINED).await.map_err(internal)?;
        let model = Arc::clone(model);
        let weights = self.inner.task_weights.list();
        let gaps = tokio::task::spawn_blocking(move || {
            let recommender = shelf.recommender.with_model(Some(model));
            let mut gaps = Vec::new();
            for history in &histories {
                let at = OffsetDateTime::now_utc().unix_timestamp();
                let asked = Asked { history, query: None, at, k: K, weights, without: 0, by_hand: false };
                for one in recommender.recommend(&asked)? {
                    let parts = recommender.attribute(&asked, &one);
                    let total = weighted(&parts.baseline, &weights) + parts.amounts(&weights).iter().sum::<f64>();
                    gaps.push((total - one.score).abs());
                }
            }
            Ok::<_, alluvium_engine::recommend::RecommendError>(gaps)
        });
        let gaps = match gaps.await.map_err(internal)? {
            Ok(gaps) => gaps,
            Err(error) => return Ok(failed("explanations", error)),
        };
        let largest = gaps.iter().fold(0.0, |a: f64, b| if b.is_nan() { f64::INFINITY } else { a.max(*b) });
        let n = gaps.len();
        if n == 0 {
            return Ok(unmeasured(
                "explanations",
                "目录里没有可解释的推荐",
                "the catalogue has no recommendation that could be explained",
            ));
        }
        let mut found = check(
            "explanations",
            largest <= GAP_TOLERANCE,
            true,
            format!("{n} 条推荐的解释与得分之差最大 {largest:.1e}（上限 {GAP_TOLERANCE:.0e}）"),
            format!(
                "the explanations of {n} recommendations miss the score by {largest:.1e} at most (limit {GAP_TOLERANCE:.0e})"
            ),
        );
        found.figures = BTreeMap::from([("recommendations".to_owned(), n as f64), ("largest_gap".to_owned(), largest)]);
        Ok(found)
    }

    /// The version and the champion on held-out events that a training of this server kept. What it shows is advice, and a reviewer decides; where it
    /// cannot be made, nobody can.
    async fn against_champion(
        &self,
        model: &RegisteredModel,
        version: &ModelVersion,
        own: &Arc<ShopModel>,
    ) -> Result<VersionCheck, Problem> {
        let nothing = |zh: &str, en: &str| Ok(check("metrics", true, false, zh, en));
        let Some(number) = model.aliases.get(CHAMPION).filter(|number| **number != version.number) else {
            return nothing("还没有冠军版本可比", "there is no champion to compare with");
        };
        let store = &self.inner.store;
        let Some(champion) = store.version_by_number(model.id, *number).await.map_err(internal)? else {
            return nothing("还没有冠军版本可比", "there is no champion to compare with");
        };
        let other = match self.recommend_load(champion.id).await {
            Ok(other) => other,
            Err(reason) => {
                return Ok(unmeasured(
                    "metrics",
                    format!("冠军版本 {number} 无法加载，不能比较；可以先撤回它：{reason}"),
                    format!(
                        "champion {number} cannot be loaded, so nothing is compared; it can be withdrawn first: {reason}"
                    ),
                ));
            }
        };
        let own = Arc::clone(own);
        let compare = move |bytes: &[u8]| {
            let tasks = HeldOut::from_bytes(bytes).ok()?.compare(&own.ranker, &other.ranker);
            if tasks.is_empty() { None } else { Some(tasks) }
        };
        Ok(match self.evidence(version, HELD_OUT, compare).await? {
            Some(tasks) => against(*number, &tasks),
            None => unmeasured(
                "metrics",
                "服务器的训练没有留出可比的样本",
                "no training of this server has kept held-out examples to compare on",
            ),
        })
    }
}

/// What the files were found to be: each has its hash, runs no code when it is loaded, and is safetensors through and through where it says so.
fn intact(contents: Contents) -> VersionCheck {
    let Contents { files, bytes } = contents;
    let mut found = check(
        "files",
        true,
        true,
        format!("{files} 个文件与其哈希一致，加载时不执行代码"),
        format!("{files} files hold what their hashes say and run no code when they are loaded"),
    );
    found.figures = BTreeMap::from([("files".to_owned(), files as f64), ("bytes".to_owned(), bytes as f64)]);
    found
}

fn golden(model: &ShopModel, files: &Files) -> VersionCheck {
    let Some(bytes) = files.get(GOLDEN) else {
        return unmeasured("golden", format!("没有文件 {GOLDEN}"), format!("no file {GOLDEN}"));
    };
    match Golden::from_bytes(bytes).and_then(|golden| model.self_check(&golden)) {
        Ok(found) => golden_found(&found),
        Err(error) => failed("golden", error),
    }
}

/// What a self-check says.
pub(super) fn golden_found(found: &SelfCheck) -> VersionCheck {
    let mut result = check(
        "golden",
        found.passed(),
        true,
        format!("{} 个标准输出，最大偏差 {:.1e}", found.outputs, found.largest_difference),
        format!("{} golden outputs, largest difference {:.1e}", found.outputs, found.largest_difference),
    );
    result.figures = BTreeMap::from([
        ("outputs".to_owned(), found.outputs as f64),
        ("largest_difference".to_owned(), found.largest_difference),
        ("largest_gap".to_owned(), found.largest_gap),
    ]);
    result
}

/// Passes where no task is worse beyond chance.
fn against(champion: i32, tasks: &[TaskDifference]) -> VersionCheck {
    let mut figures = BTreeMap::new();
    let mut said = Vec::new();
    for (name, task) in EventKind::ALL.iter().zip(tasks) {
        for (figure, value) in [
            ("auc", task.own),
            ("auc_champion", task.other),
            ("auc_difference", task.auc.mean),
            ("auc_low", task.auc.low),
            ("auc_high", task.auc.high),
            ("log_loss_difference", task.log_loss.mean),
            ("log_loss_low", task.log_loss.low),
            ("log_loss_high", task.log_loss.high),
        ] {
            figures.insert(format!("{name}.{figure}"), value);
        }
        said.push(format!("{name} {:+.4} [{:+.4}, {:+.4}]", task.auc.mean, task.auc.low, task.auc.high));
    }
    let n = tasks.first().map_or(0, |task| task.examples);
    figures.insert("examples".to_owned(), n as f64);
    let worse = tasks.iter().any(|task| task.auc.high < 0.0);
    let said = said.join(", ");
    VersionCheck {
        figures,
        ..check(
            "metrics",
            !worse,
            false,
            format!("与冠军版本 {champion} 的 AUC 之差（95% 区间，{n} 个留出样本）：{said}"),
            format!("AUC less that of champion {champion} (95 % intervals, {n} held-out examples): {said}"),
        )
    }
}

fn complete(card: Option<&str>, version: &ModelVersion) -> VersionCheck {
    let Some(card) = card else {
        // A program that registers by MLflow has no card; what it says of the version is one.
        let said = version.description.chars().count() >= SHORTEST;
        return check(
            "card",
            said,
            true,
            format!("没有 {CARD}，也没有绑定的模型卡；以版本描述为准"),
            format!("no {CARD} and no model card that is bound to it; the version's description counts"),
        );
    };
    match card::missing(card) {
        Ok(missing) => match missing.names(Lang::Zh) {
            zh if zh.is_empty() => check("card", true, true, "模型卡完整", "the card is complete"),
            zh => {
                let (zh, en) = (zh.join("、"), missing.names(Lang::En).join(", "));
                check("card", false, true, format!("模型卡缺少：{zh}"), format!("the card lacks: {en}"))
            }
        },
        Err(error) => failed("card", error),
    }
}
