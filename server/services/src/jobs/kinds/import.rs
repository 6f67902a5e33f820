//! Importing a file. Each portion is a transaction together with how far the file has been read, so that every attempt goes on where the last one stopped.

use alluvium_domain::job::ImportOrder;
use alluvium_domain::shop::Bilingual;
use serde_json::{Value, json};

use crate::jobs::run::Run;
use crate::shop::{ImportPlan, ImportProgress};
use crate::{ServiceError, Services};

pub(super) async fn run(services: &Services, run: &Run, order: ImportOrder) -> Result<Value, ServiceError> {
    let plan = ImportPlan {
        format: order.format,
        path: run.files.join(&order.file),
        catalogue: order.catalogue,
        title: Bilingual::default(),
        source: order.source,
        currency: order.currency,
    };
    let voice = run.voice.clone();
    let say = move |now: &ImportProgress| {
        voice.log(format!("{}: line {}, {} events, {} wrong", now.file, now.lines, now.events, now.wrong));
    };
    let report = run.voice.until_stopped(services.shop_import(plan, say)).await?;
    for row in &report.wrong_rows {
        run.voice.log(format!("{}:{}: {}", row.file, row.line, row.problem));
    }
    Ok(json!({
        "lines": report.lines,
        "products": report.products,
        "shoppers": report.shoppers,
        "events": report.events,
        "repeated": report.repeated,
        "wrong": report.wrong,
    }))
}
