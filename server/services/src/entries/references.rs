//! What a text names must be there once others are to read it: entries, runs, live blocks. A draft may name what is not written yet.

use alluvium_domain::entry::Experiment;
use alluvium_domain::problem::Check;
use alluvium_domain::tracking::RunId;
use alluvium_domain::{
    Action, Actor, EntryFields, EntryInput, EntryKind, EntryRef, EntryState, Issue, Lang, LiveBlock, Part, Problem,
};

use super::EntryFilter;
use crate::error::internal;
use crate::processor::on_processor;
use crate::tracking::MOST_SERIES;
use crate::{Services, render};

/// So many of the entries that there are stand in an error.
const NAMED: usize = 8;

impl Services {
    /// Names every reference of an entry that is handed in or published and that leads nowhere.
    pub(super) async fn references_checked(
        &self,
        actor: &Actor,
        input: &EntryInput,
        state: EntryState,
    ) -> Result<(), Problem> {
        actor.may(Action::Read)?;
        if matches!(state, EntryState::Draft | EntryState::Archived) {
            return Ok(());
        }
        let mut check = Check::default();
        match &input.fields {
            EntryFields::Article { translation_of: Some(original), .. } => {
                if !self.entry_known(actor, EntryKind::Article, original.as_str()).await? {
                    check.fail("translation_of", Issue::Unknown { value: original.to_string() });
                }
            }
            EntryFields::Experiment(experiment) => self.experiment_checked(actor, experiment, &mut check).await?,
            EntryFields::Article { .. }
            | EntryFields::Model(_)
            | EntryFields::Dataset(_)
            | EntryFields::Term { .. } => {}
        }
        self.blocks_checked(actor, &input.body, &mut check).await?;
        check.finish()
    }

    async fn entry_known(&self, actor: &Actor, kind: EntryKind, slug: &str) -> Result<bool, Problem> {
        let row = self.inner.store.entry_by_slug(kind, slug).await.map_err(internal)?;
        Ok(row.is_some_and(|row| actor.sees(row.summary.state, row.summary.created_by)))
    }

    async fn experiment_checked(
        &self,
        actor: &Actor,
        experiment: &Experiment,
        check: &mut Check,
    ) -> Result<(), Problem> {
        for slug in &experiment.datasets {
            if !self.entry_known(actor, EntryKind::Dataset, slug).await? {
                check.fail("datasets", self.dataset_missing(actor, slug).await?);
            }
        }
        for target in &experiment.evaluates {
            let Some(EntryRef { kind, slug }) = EntryRef::parse(target) else { continue };
            if self.entry_known(actor, kind, slug.as_str()).await? {
                continue;
            }
            let mut meant = Vec::new();
            for kind in EntryKind::ALL.iter().copied() {
                if self.entry_known(actor, kind, slug.as_str()).await? {
                    meant.push(format!("{kind}/{slug}"));
                }
            }
            check.fail("evaluates", missing(target, &meant));
        }
        let ids: Vec<RunId> = experiment.runs.iter().filter_map(|id| id.parse().ok()).collect();
        for id in self.runs_missing(actor, &ids).await? {
            check.fail("runs", Issue::Unknown { value: id.to_string() });
        }
        Ok(())
    }

    async fn dataset_missing(&self, actor: &Actor, slug: &str) -> Result<Issue, Problem> {
        let filter = EntryFilter { kind: Some(EntryKind::Dataset), limit: NAMED, ..EntryFilter::default() };
        let known = self.entry_list(actor, &filter).await?.entries;
        Ok(missing(slug, &known.iter().map(|entry| entry.slug.to_string()).collect::<Vec<_>>()))
    }

    /// Those of some runs that do not exist or are deleted.
    async fn runs_missing(&self, actor: &Actor, ids: &[RunId]) -> Result<Vec<RunId>, Problem> {
        let mut missing = Vec::new();
        for ids in ids.chunks(MOST_SERIES) {
            let found = self.run_get_all(actor, ids).await?;
            missing.extend(ids.iter().filter(|id| !found.iter().any(|run| run.id == **id && !run.deleted)));
        }
        Ok(missing)
    }

    /// Live blocks that are none, that lack something, or that name what is not there.
    async fn blocks_checked(&self, actor: &Actor, body: &str, check: &mut Check) -> Result<(), Problem> {
        let markdown = body.to_owned();
        let blocks = on_processor(move || [Lang::Zh, Lang::En].map(|lang| blocks(&markdown, lang)));
        let [zh, en] = blocks.await?;
        for (zh, en) in zh.iter().zip(&en) {
            if let (Some(zh), Some(en)) = (&zh.error, &en.error) {
                check.fail("body", Issue::Refused { zh: zh.clone().into(), en: en.clone().into() });
                continue;
            }
            let unknown = match zh.name.as_str() {
                "metric" | "chart" => {
                    let ids = render::run_ids(zh.param("run").unwrap_or_default());
                    let ids: Vec<RunId> = ids.filter_map(|id| id.parse().ok()).collect();
                    self.runs_missing(actor, &ids).await?.first().map(|id| format!("run: {id}"))
                }
                "model" => {
                    let slug = zh.param("slug").unwrap_or_default();
                    let known = self.entry_known(actor, EntryKind::Model, slug).await?;
                    (!known).then(|| format!("model/{slug}"))
                }
                _ => None,
            };
            if let Some(value) = unknown {
                check.fail("body", Issue::Unknown { value });
            }
        }
        Ok(())
    }
}

/// The live blocks of a text, with their errors in a language.
fn blocks(markdown: &str, lang: Lang) -> Vec<LiveBlock> {
    let titles = render::Titles::new();
    let options = render::Options { decorate: true, lang, titles: &titles, terms: None };
    let parts = render::render(markdown, &options).parts;
    parts.into_iter().filter_map(|part| if let Part::Live(block) = part { Some(block) } else { None }).collect()
}

/// That there is no such entry, and what there is.
fn missing(name: &str, known: &[String]) -> Issue {
    let (mut zh, mut en) = (format!("没有“{name}”"), format!("there is no “{name}”"));
    if !known.is_empty() {
        zh.push_str(&format!("；有：{}", known.join("、")));
        en.push_str(&format!("; there is: {}", known.join(", ")));
    }
    Issue::Refused { zh: zh.into(), en: en.into() }
}
