//! What each kind of job does, a file each: the same use cases as the command line's.

mod check_explanations;
mod encoder;
mod evaluate_products;
mod evaluate_search;
mod import;
mod train_recommend;

use alluvium_domain::JobOrder;
use serde_json::{Value, json};

use super::run::Run;
use crate::{ServiceError, Services};

/// Does what a job asks for; its result.
pub(super) async fn run(services: Services, run: Run, order: JobOrder) -> Result<Value, ServiceError> {
    match order {
        JobOrder::TrainRecommend(order) => train_recommend::run(&services, &run, order).await,
        JobOrder::TrainEncoder(order) => encoder::train(&services, &run, order).await,
        JobOrder::PretrainEncoder(order) => encoder::pretrain(&services, &run, order).await,
        JobOrder::EvaluateProducts(order) => evaluate_products::run(&services, &run, order).await,
        JobOrder::EvaluateSearch(order) => evaluate_search::run(&services, &run, order).await,
        JobOrder::CheckExplanations(order) => check_explanations::run(&services, &run, order).await,
        JobOrder::Import(order) => import::run(&services, &run, order).await,
        JobOrder::Reindex => {
            let entries = run.voice.until_stopped(services.reindex()).await?;
            run.voice.log(format!("indexed {entries} entries"));
            Ok(json!({ "entries": entries }))
        }
    }
}
