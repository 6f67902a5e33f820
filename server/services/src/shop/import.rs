//! Files of other programs that become products, shoppers and events.
//!
//! A file is read in portions, each of which is one transaction together with how far the file has been read: an import that is
//! interrupted has written whole portions, and goes on after the last one when it is started again with the same file. A line that is wrong is
//! kept with its reason, and nothing of it is written. The same rows again, from whichever file, change nothing: products are
//! compared, and an event's id is made of what it says.

mod behaviours;
mod events;
mod judgements;
mod products;
mod recbole;
mod sequences;
mod source;
mod table;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alluvium_domain::shop::{Bilingual, CatalogueInput, ImportFormat, ImportReport};
use alluvium_domain::{Issue, Problem, Slug};
use alluvium_store::{StoreError, audit_add_in_txn};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::error::internal;
use crate::{ServiceError, Services};
use source::{Portion, Source};
use write::Writer;

pub(crate) use judgements::rows as judgement_rows;
pub(crate) use products::all as product_rows;

/// What to import.
#[derive(Debug, Clone)]
pub struct ImportPlan {
    /// What the file looks like.
    pub format: ImportFormat,
    /// The file, or the folder with the files.
    pub path: PathBuf,
    /// Slug of the catalogue, which is made where it is new.
    pub catalogue: String,
    /// Its title, where it is new.
    pub title: Bilingual,
    /// Where the data is from, with its licence; where the catalogue is new.
    pub source: String,
    /// Currency of prices that do not say theirs.
    pub currency: String,
}

/// How far a file has been read.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportProgress {
    /// Name of the file.
    pub file: String,
    /// Lines that are done.
    pub lines: i64,
    /// Products added or changed.
    pub products: i64,
    /// Shoppers added.
    pub shoppers: i64,
    /// Events added.
    pub events: i64,
    /// Rows that said what the catalogue had already.
    pub repeated: i64,
    /// Lines not taken.
    pub wrong: i64,
}

impl Services {
    /// Imports a file or a folder, telling of each portion. With the rights of the command line.
    pub async fn shop_import(
        &self,
        plan: ImportPlan,
        mut progress: impl FnMut(&ImportProgress),
    ) -> Result<ImportReport, ServiceError> {
        let slug = Slug::parse(&plan.catalogue).map_err(|issue| Problem::field("catalogue", issue))?;
        let sources = source::sources(&plan).map_err(|source| file_error(&plan.path, source))?;
        let title =
            if plan.title == Bilingual::default() { Bilingual::new(slug.as_str(), slug.as_str()) } else { plan.title };
        let labels = BTreeMap::new();
        let input = CatalogueInput { slug, title, simulated: false, source: plan.source, labels };
        let catalogue = self.catalogue_ensure(input).await?;
        if catalogue.input.simulated {
            let issue = Issue::Taken { value: catalogue.input.slug.to_string() };
            return Err(Problem::field("catalogue", issue).into());
        }
        let subject = format!("catalogue/{}", catalogue.input.slug);
        let mut report = ImportReport::default();
        let mut writer = Writer::new(self.inner.store.clone(), catalogue.id);
        for source in sources {
            self.import_file(plan.format, source, &mut writer, &mut progress, &mut report).await?;
        }
        let mut txn = self.inner.store.begin().await?;
        let detail = json!({ "format": plan.format, "lines": report.lines, "events": report.events, "repeated": report.repeated,
                            "wrong": report.wrong });
        audit_add_in_txn(&mut txn, None, "shop.import", &subject, detail).await?;
        txn.commit().await.map_err(StoreError::from)?;
        Ok(report)
    }

    async fn import_file(
        &self,
        format: ImportFormat,
        source: Source,
        writer: &mut Writer,
        progress: &mut impl FnMut(&ImportProgress),
        report: &mut ImportReport,
    ) -> Result<(), ServiceError> {
        let store = &self.inner.store;
        let file = source.name();
        let path = source.path().to_owned();
        let hashed = path.clone();
        let content_hash = tokio::task::spawn_blocking(move || hash(&hashed)).await.map_err(internal)?;
        let content_hash = content_hash.map_err(|source| file_error(&path, source))?;
        let import = store.import_begin(writer.catalogue(), format, &file, &content_hash).await?;
        report.resumed_at += import.lines;
        if !import.finished {
            let (send, mut receive) = mpsc::channel::<Portion>(2);
            let from = import.lines;
            let reading = tokio::task::spawn_blocking(move || source.read(from, &send));
            let mut now = import.clone();
            while let Some(portion) = receive.recv().await {
                let step = writer.write(import.id, portion, now.wrong).await?;
                now.lines = step.line;
                now.products += step.products;
                now.shoppers += step.shoppers;
                now.events += step.events;
                now.repeated += step.repeated;
                now.wrong += step.wrong;
                progress(&ImportProgress {
                    file: file.clone(),
                    lines: now.lines,
                    products: now.products,
                    shoppers: now.shoppers,
                    events: now.events,
                    repeated: now.repeated,
                    wrong: now.wrong,
                });
            }
            reading.await.map_err(internal)?.map_err(|source| file_error(&path, source))?;
            store.import_finish(import.id).await?;
        }
        let done = store.import_by_id(import.id).await?;
        report.lines += done.lines;
        report.products += done.products;
        report.shoppers += done.shoppers;
        report.events += done.events;
        report.repeated += done.repeated;
        report.wrong += done.wrong;
        report.wrong_rows.extend(store.import_errors(import.id).await?);
        Ok(())
    }
}

fn hash(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut hash = Sha256::new();
    std::io::copy(&mut std::fs::File::open(path)?, &mut hash)?;
    Ok(hash.finalize().to_vec())
}

fn file_error(path: &Path, source: std::io::Error) -> ServiceError {
    ServiceError::File { path: path.display().to_string(), source }
}
