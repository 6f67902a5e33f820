//! What each kind of job does, a file each: the same use cases as the command line's.

mod check_explanations;
mod encoder;
mod evaluate_encoder;
mod evaluate_products;
mod evaluate_search;
mod import;
mod train_recommend;

use alluvium_domain::{Issue, JobOrder, Problem};
use alluvium_engine::EngineError;
use alluvium_engine::encoder::EncoderError;
use alluvium_engine::recommend::RecommendError;
use serde_json::{Value, json};

use super::run::Run;
use crate::{ServiceError, Services};

/// Says which field of the order names too little to learn from, and how much it takes.
fn too_little(error: ServiceError, field: &'static str, expected: &'static str) -> ServiceError {
    match error {
        ServiceError::Engine(
            EngineError::Recommend(RecommendError::NothingToTrain) | EngineError::Encoder(EncoderError::NothingToTrain),
        ) => Problem::field(field, Issue::Malformed { expected: expected.into() }).into(),
        other => other,
    }
}

/// Does what a job asks for; its result.
pub(super) async fn run(services: Services, run: Run, order: JobOrder) -> Result<Value, ServiceError> {
    match order {
        JobOrder::TrainRecommend(order) => train_recommend::run(&services, &run, order).await,
        JobOrder::TrainEncoder(order) => encoder::train(&services, &run, order).await,
        JobOrder::PretrainEncoder(order) => encoder::pretrain(&services, &run, order).await,
        JobOrder::EvaluateProducts(order) => evaluate_products::run(&services, &run, order).await,
        JobOrder::EvaluateEncoder(order) => evaluate_encoder::run(&services, &run, order).await,
        JobOrder::EvaluateSearch(order) => evaluate_search::run(&services, &run, order).await,
        JobOrder::CheckExplanations(order) => check_explanations::run(&services, &run, order).await,
        JobOrder::Import(order) => import::run(&services, &run, order).await,
        JobOrder::Unreadable(order) => Err(order.problem().into()),
        JobOrder::Reindex => {
            let entries = run.voice.until_stopped(services.reindex()).await?;
            run.voice.log(format!("indexed {entries} entries"));
            Ok(json!({ "entries": entries }))
        }
    }
}
