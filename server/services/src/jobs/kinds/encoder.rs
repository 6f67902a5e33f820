//! Training the encoder: each result is a version in the registry, which waits for approval.

use std::collections::BTreeMap;
use std::path::Path;

use alluvium_domain::job::{PretrainEncoder, TrainEncoder};
use alluvium_engine::EngineError;
use alluvium_engine::encoder::training::MASKED;
use alluvium_engine::encoder::{Encoder, EncoderDifference, EncoderError, GoldenVectors, HeldOutQueries};
use alluvium_engine::recommend::shop::Files;
use alluvium_store::EventSource;
use serde_json::{Value, json};

use super::too_little;
use crate::background::on_thread;
use crate::digest::digest;
use crate::encoders::ENCODER;
use crate::error::internal;
use crate::hub::encoder_license;
use crate::jobs::run::{Run, VERSION_TAG, Voice};
use crate::registry::{CARD, EXAMPLES_TAG, EncoderFacts, GOLDEN, HELD_OUT_QUERIES, NewVersion, Purpose, of_encoder};
use crate::tracking::{MODEL_TAG, ORDER_TAG, TASK_TAG};
use crate::train_encoder::{pairs_of_folder, pretrain_encoder, train_encoder};
use crate::{EncoderPlan, EncoderStep, ServiceError, Services, TrainedEncoder};

/// What a training is told of itself.
struct Learning {
    /// Number of the version that it begins with; none begins with what serves.
    base: Option<i32>,
    /// What is learned from: `catalogue`, `folder` or `entries`, and which.
    source_type: &'static str,
    source: String,
    /// What is done and what with, in Chinese and English.
    method: [String; 2],
    examples: [String; 2],
    /// Whose events it learns from.
    sources: Vec<EventSource>,
}

/// Fine-tuning.
pub(super) async fn train(services: &Services, run: &Run, order: TrainEncoder) -> Result<Value, ServiceError> {
    let folder = run.files.join(&order.folder);
    let (source_type, source, (mut pairs, sources)) = match order.catalogue.as_str() {
        "" => {
            let pairs = on_thread("pairs", run.quiet, move || pairs_of_folder(&folder, &|_| true)).await??;
            ("folder", order.folder, (pairs, Vec::new()))
        }
        catalogue => ("catalogue", order.catalogue.clone(), services.encoder_pairs(catalogue).await?),
    };
    run.voice.log(format!("{} pairs of a query and a product that answers it", pairs.len()));
    let data = digest(pairs.iter().flat_map(|pair| [&pair.query, &pair.text]));
    run.voice.learns_from(&source, source_type, &data);
    let held_out = HeldOutQueries::take(&mut pairs);
    run.voice.log(format!("{} queries are held out, {} pairs remain", held_out.len(), pairs.len()));
    let plan = plan(services, run, order.base, order.lora, order.epochs).await?;
    let n = pairs.len();
    let learning = Learning {
        base: Some(order.base).filter(|base| *base > 0),
        source_type,
        source,
        method: method("对比微调（InfoNCE，批内负例）", "contrastive fine-tuning (InfoNCE, in-batch negatives)", &plan),
        examples: [
            format!("{n} 对查询与回答它的商品文本"),
            format!("{n} pairs of a query and the text of a product that answers it"),
        ],
        sources,
    };
    let (voice, own) = (run.voice.clone(), plan.clone());
    let work = move || train_encoder(&pairs, &own, &mut |step| say(&voice, step));
    let trained = on_thread("train", run.quiet, work).await?.map_err(|error| {
        let field = if learning.source_type == "folder" { "folder" } else { "catalogue" };
        too_little(error, field, "at least two pairs of a query and a product that answers it")
    })?;
    version(services, run, &plan, learning, trained, held_out).await
}

/// Continued pretraining.
pub(super) async fn pretrain(services: &Services, run: &Run, order: PretrainEncoder) -> Result<Value, ServiceError> {
    let texts = services.encoder_texts(&order.catalogue).await?;
    run.voice.log(format!("{} texts", texts.len()));
    let (source_type, source, held_out) = match order.catalogue.as_str() {
        "" => ("entries", "entries".to_owned(), HeldOutQueries::default()),
        // It is not trained on any pair: those that are held out from fine-tuning measure both alike.
        catalogue => {
            let (mut pairs, _) = services.encoder_pairs(catalogue).await?;
            let held_out = HeldOutQueries::take(&mut pairs);
            ("catalogue", order.catalogue.clone(), held_out)
        }
    };
    run.voice.learns_from(&source, source_type, &digest(&texts));
    run.voice.settings(&json!({ "masked": MASKED }));
    let plan = plan(services, run, order.base, order.lora, order.epochs).await?;
    let n = texts.len();
    let learning = Learning {
        base: Some(order.base).filter(|base| *base > 0),
        source_type,
        source,
        method: method("掩码语言模型续训", "pretraining continued by masked language modelling", &plan),
        examples: [format!("{n} 段文本"), format!("{n} texts")],
        sources: Vec::new(),
    };
    let (voice, own) = (run.voice.clone(), plan.clone());
    let work = move || pretrain_encoder(&texts, &own, &mut |step| say(&voice, step));
    let trained = on_thread("train", run.quiet, work).await?;
    let trained = trained.map_err(|error| too_little(error, "catalogue", "at least two texts"))?;
    version(services, run, &plan, learning, trained, held_out).await
}

async fn plan(services: &Services, run: &Run, base: i32, lora: u16, epochs: u16) -> Result<EncoderPlan, ServiceError> {
    let plan = EncoderPlan {
        encoder_dir: services.encoder_base(base).await?,
        out: run.kept.join("encoder"),
        lora: Some(usize::from(lora)).filter(|rank| *rank > 0),
        epochs: epochs.into(),
        stop: run.voice.stop(),
        kept: Some(run.kept.clone()),
    };
    run.voice.settings(&plan.settings());
    run.voice.settings(&json!({ "encoder": plan.base() }));
    Ok(plan)
}

fn method(zh: &str, en: &str, plan: &EncoderPlan) -> [String; 2] {
    let epochs = plan.epochs;
    match plan.lora {
        Some(rank) => {
            [format!("{zh}，LoRA 秩 {rank}，{epochs} 轮"), format!("{en}, LoRA of rank {rank}, {epochs} epochs")]
        }
        None => [format!("{zh}，全部权重，{epochs} 轮"), format!("{en}, all weights, {epochs} epochs")],
    }
}

fn say(voice: &Voice, step: &EncoderStep) {
    voice.metric("loss", step.step, step.loss);
    voice.metric("learning_rate", step.step, step.learning_rate);
    if let Some(loss) = step.held_out_loss {
        voice.metric("held_out_loss", step.step, loss);
    }
    voice.progress(step.step as f64, step.steps as f64);
    if step.kept {
        voice.checkpoint(json!({ "steps": step.step }));
        voice.log(format!("checkpoint: step {} of {}", step.step, step.steps));
    }
}

/// Measures what came of a training on held-out queries and makes a version of it.
async fn version(
    services: &Services,
    run: &Run,
    plan: &EncoderPlan,
    learning: Learning,
    trained: TrainedEncoder,
    held_out: HeldOutQueries,
) -> Result<Value, ServiceError> {
    let voice = &run.voice;
    voice.log(format!("loss {:.4} to {:.4}", trained.losses.0, trained.losses.1));
    let (base, out) = (plan.encoder_dir.clone(), plan.out.clone());
    let evidence = move || evidence(&base, &out, &held_out);
    let (mut files, measured, license) = on_thread("measure", run.quiet, evidence).await??;
    voice.measure("examples", trained.examples as f64);
    voice.measure("first_loss", trained.losses.0);
    voice.measure("last_loss", trained.losses.1);
    if let Some(found) = &measured {
        voice.measure("ndcg_10", found.own);
        voice.measure("base/ndcg_10", found.other);
        voice.interval("ndcg_10_difference", found.paired.difference, found.paired.interval);
        voice.log(format!(
            "NDCG@10 on {} held-out queries {:.4}, {:.4} before: {:+.4} [{:+.4}, {:+.4}]",
            found.queries,
            found.own,
            found.other,
            found.paired.difference,
            found.paired.interval.0,
            found.paired.interval.1
        ));
        voice.tag(TASK_TAG, "sentence-encoder");
        voice.tag(ORDER_TAG, "ndcg_10");
    }
    let base = plan.base();
    let card = of_encoder(&EncoderFacts {
        base: &base,
        license: &license,
        source: &learning.source,
        method: learning.method.clone(),
        examples: learning.examples.clone(),
        losses: trained.losses,
        held_out: measured,
    });
    files.insert(CARD.to_owned(), card.into_bytes());
    let new = NewVersion {
        source: ENCODER.to_owned(),
        run_id: run.run,
        parent: learning.base,
        description: format!("{}: {}, {}", base, learning.method[1], learning.examples[1]),
        tags: BTreeMap::from([
            ("model".to_owned(), trained.fingerprint.clone()),
            ("base".to_owned(), base),
            ("dataset".to_owned(), learning.source.clone()),
            ("source_type".to_owned(), learning.source_type.to_owned()),
            (EXAMPLES_TAG.to_owned(), trained.examples.to_string()),
        ]),
    };
    let made = services.version_of_training(Purpose::Encode, run.by, new, files).await?;
    services.inner.store.version_event_insert(made.id, &learning.sources).await?;
    voice.tag(MODEL_TAG, format!("{} {}", made.name, made.number));
    voice.tag(VERSION_TAG, format!("{}/{}", made.name, made.number));
    voice.log(format!("version {} of {} is {}", made.number, made.name, made.approval.code()));
    Ok(json!({
        "encoder": trained.fingerprint,
        "registered": made.name,
        "version": made.number,
        "approval": made.approval.code(),
        "examples": trained.examples,
        "steps": trained.steps,
        "loss": { "first": trained.losses.0, "last": trained.losses.1 },
        "ndcg_10": measured.map(|found| json!({
            "queries": found.queries,
            "trained": found.own,
            "base": found.other,
            "difference": found.paired.difference,
            "interval": found.paired.interval,
        })),
    }))
}

/// The files of an encoder with what it can be checked by, what was measured, and the licence of what it was trained on from.
fn evidence(
    base: &Path,
    out: &Path,
    held_out: &HeldOutQueries,
) -> Result<(Files, Option<EncoderDifference>, String), ServiceError> {
    let load = |dir: &Path| -> Result<Encoder, EncoderError> { Encoder::load(dir) };
    let encoder = load(out).map_err(EngineError::from)?;
    let measured = match held_out.is_empty() {
        true => None,
        false => Some(held_out.compare(&encoder, &load(base).map_err(EngineError::from)?)?),
    };
    let mut files = Files::new();
    read_into(&mut files, out, "").map_err(EngineError::Io)?;
    let golden = GoldenVectors::new(&encoder).map_err(EngineError::from)?;
    files.insert(GOLDEN.to_owned(), serde_json::to_vec(&golden).map_err(internal)?);
    files.insert(HELD_OUT_QUERIES.to_owned(), serde_json::to_vec(held_out).map_err(internal)?);
    Ok((files, measured, encoder_license(base)))
}

/// All files below a folder, by their paths in it.
fn read_into(files: &mut Files, folder: &Path, below: &str) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_into(files, &entry.path(), &format!("{name}/"))?;
        } else {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}
