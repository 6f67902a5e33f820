//! Fine-tuning the sentence encoder, and whether it helps.

use std::path::PathBuf;

use alluvium_services::recommend::Stop;
use alluvium_services::{EncoderEvaluation, EncoderPlan, EncoderStep, resolve_encoder};
use anyhow::Context;

use super::print;
use crate::cli::TrainEncoder;
use crate::config::Config;

async fn the_encoder(config: &Config) -> anyhow::Result<PathBuf> {
    let encoder = resolve_encoder(config.encoder.as_deref(), &config.data_dir).await?;
    encoder.context("there is no sentence encoder to train (see ALLUVIUM_ENCODER)")
}

/// Fine-tunes the encoder. The process has nothing else to do, so that blocking its thread is fine.
pub(super) async fn train(config: &Config, train: TrainEncoder) -> anyhow::Result<()> {
    let out = train.out.unwrap_or_else(|| config.data_dir.join("models/encoder/tuned"));
    let plan = EncoderPlan {
        encoder_dir: the_encoder(config).await?,
        kept: Some(out.with_extension("kept")),
        lora: train.lora.map(usize::from),
        epochs: train.epochs.into(),
        stop: Stop::default(),
        out,
    };
    let say = &mut |step: &EncoderStep| {
        let held_out = step.held_out_loss.map(|loss| format!(", held out {loss:.4}")).unwrap_or_default();
        let kept = if step.kept { ", checkpoint" } else { "" };
        tracing::info!("step {} of {}: loss {:.4}{held_out}{kept}", step.step, step.steps, step.loss);
    };
    let trained = match train.pretrain {
        true => alluvium_services::pretrain_encoder_on_folder(&train.data, &plan, say)?,
        false => alluvium_services::train_encoder_on_folder(&train.data, &plan, say)?,
    };
    if let Some(kept) = plan.kept.filter(|kept| kept.exists()) {
        std::fs::remove_dir_all(kept)?;
    }
    print(&format!(
        "{}: {} examples, {} steps, loss {:.4} to {:.4}, fingerprint {}",
        plan.out.display(),
        trained.examples,
        trained.steps,
        trained.losses.0,
        trained.losses.1,
        trained.fingerprint
    ))
}

/// Measures fine-tuning.
pub(super) async fn evaluate(
    config: &Config,
    folder: PathBuf,
    lora: Option<u16>,
    epochs: u16,
    folds: u16,
) -> anyhow::Result<()> {
    let plan = EncoderEvaluation {
        folder,
        encoder_dir: the_encoder(config).await?,
        cache_dir: config.data_dir.join("product-vectors"),
        work_dir: config.data_dir.join("models/encoder/folds"),
        lora: lora.map(usize::from),
        epochs: epochs.into(),
        folds: folds.into(),
        stop: Stop::default(),
    };
    let say = &mut |words: &str| tracing::info!("{words}");
    print(&alluvium_services::evaluate_encoder(&plan, say)?.to_string())
}
