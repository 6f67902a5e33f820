//! Live blocks: what each shows, fetched before the page is rendered.

use std::collections::{BTreeSet, HashMap};

use alluvium_domain::tracking::{Run, RunId};
use alluvium_domain::{EntryFields, EntryKind, EntrySummary, LiveBlock, Problem, ProblemKind};
use alluvium_services::render::{recommend_url, run_ids};
use alluvium_services::shop::{RecommendedProduct, Trial};
use alluvium_services::tracking::{Leaderboard, MOST_SERIES, MetricSeries};
use axum_extra::extract::Query;
use http::Uri;
use leptos::prelude::*;

use super::bound::Bound;
use super::entry::EntryCard;
use super::leaderboard::Board;
use super::plot::{Lines, Series};
use super::recommended::RecommendedCards;
use crate::api::search::{LiveQuery, LiveResults, live_results};
use crate::i18n::explain as t;
use crate::islands::live_search::LiveSearch;
use crate::pages::shop::recommend::Params;
use crate::visit::Visit;

/// Values of a curve in a text.
const POINTS: usize = 200;

/// A live block with what it shows before anybody touches it; none where it has nothing to show.
pub(crate) struct FilledBlock {
    block: LiveBlock,
    content: Option<Content>,
}

enum Content {
    Search(LiveResults),
    Recommended(Vec<RecommendedProduct>),
    Metric(Box<Run>),
    Chart(Vec<Series>),
    Leaderboard(Leaderboard),
    Model(Box<(EntrySummary, EntryFields)>),
}

/// The runs and curves that the blocks of a text show, read together.
#[derive(Default)]
pub(crate) struct Recorded {
    runs: HashMap<RunId, Run>,
    curves: HashMap<(RunId, String), MetricSeries>,
}

impl Recorded {
    /// Reads them for all blocks of a text.
    pub(crate) async fn of(visit: &Visit, blocks: impl Iterator<Item = &LiveBlock>) -> Recorded {
        let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for block in blocks.filter(|block| block.error.is_none() && matches!(block.name.as_str(), "metric" | "chart")) {
            ids.extend(named(block));
            if block.name == "chart" {
                keys.extend(named(block).map(|id| (id, block.param("key").unwrap_or_default())));
            }
        }
        let mut recorded = Recorded::default();
        let (ids, keys) = (Vec::from_iter(ids), Vec::from_iter(keys));
        for ids in ids.chunks(MOST_SERIES) {
            let runs = shown(visit.services.run_get_all(&visit.actor, ids).await).unwrap_or_default();
            recorded.runs.extend(runs.into_iter().map(|run| (run.id, run)));
        }
        for keys in keys.chunks(MOST_SERIES) {
            let curves = shown(visit.services.metric_series(&visit.actor, keys, POINTS).await).unwrap_or_default();
            let named = keys.iter().map(|(id, key)| (*id, (*key).to_owned()));
            recorded.curves.extend(named.zip(curves));
        }
        recorded
    }

    /// The runs that a block names, in that order.
    fn runs(&self, block: &LiveBlock) -> Vec<&Run> {
        named(block).filter_map(|id| self.runs.get(&id)).collect()
    }

    fn curves(&self, block: &LiveBlock) -> Vec<Series> {
        let key = block.param("key").unwrap_or_default();
        let curve = |run: &Run| Some(Series::of_curve(run, self.curves.get(&(run.id, key.to_owned()))?));
        self.runs(block).into_iter().filter_map(curve).collect()
    }
}

/// The runs that a block names.
fn named(block: &LiveBlock) -> impl Iterator<Item = RunId> {
    run_ids(block.param("run").unwrap_or_default()).filter_map(|id| id.parse().ok())
}

impl FilledBlock {
    /// Fetches what a block shows. What is not there, or may not be seen, is no reason to show no text.
    pub(crate) async fn fill(visit: &Visit, block: LiveBlock, recorded: &Recorded) -> FilledBlock {
        let content = match block.name.as_str() {
            _ if block.error.is_some() => None,
            "search" => shown(live_results(visit, &live_query(&block)).await).map(Content::Search),
            "recommend" => shown(recommended(visit, &block).await).map(Content::Recommended),
            "metric" => recorded.runs(&block).pop().map(|run| Content::Metric(Box::new(run.clone()))),
            "chart" => Some(Content::Chart(recorded.curves(&block))),
            "leaderboard" => {
                let (task, dataset) = (block.param("task"), block.param("dataset"));
                let boards = shown(visit.services.leaderboards(&visit.actor, task, dataset).await);
                boards.and_then(|mut boards| boards.pop()).map(Content::Leaderboard)
            }
            "model" => {
                let slug = block.param("slug").unwrap_or_default();
                let found = visit.services.entry_source(&visit.actor, EntryKind::Model, slug).await;
                shown(found).map(|(entry, revision)| Content::Model(Box::new((entry, revision.input.fields))))
            }
            _ => None,
        };
        FilledBlock { block, content }
    }
}

/// What a block shows; nothing where it cannot be had, which is in the log where it is our fault.
fn shown<T>(found: Result<T, Problem>) -> Option<T> {
    found
        .inspect_err(|problem| {
            if matches!(problem.kind, ProblemKind::Internal | ProblemKind::Unavailable) {
                tracing::warn!(%problem, "a live block has nothing to show");
            }
        })
        .ok()
}

/// A block as it works.
#[component]
pub(crate) fn Live(block: FilledBlock) -> impl IntoView {
    let lang = crate::visit::lang();
    let FilledBlock { block, content } = block;
    match content {
        Some(Content::Search(results)) => {
            view! { <LiveSearch lang ask=live_query(&block) initial=results /> }.into_any()
        }
        Some(Content::Recommended(items)) => view! { <RecommendBlock block items /> }.into_any(),
        Some(Content::Metric(run)) => {
            let (key, written) = (block.param("key").unwrap_or_default(), block.param("value").map(str::to_owned));
            view! { <p><Bound id=run.id run=Some(*run) key written keyed=true /></p> }.into_any()
        }
        Some(Content::Chart(series)) => {
            let title = block.param("key").unwrap_or_default().to_owned();
            view! { <Lines title series /> }.into_any()
        }
        Some(Content::Leaderboard(board)) => view! { <Board board /> }.into_any(),
        Some(Content::Model(model)) => {
            let (entry, fields) = *model;
            view! { <section class="live-block"><EntryCard entry fields=Some(fields) /></section> }.into_any()
        }
        None => {
            let text = block
                .error
                .unwrap_or_else(|| format!("{}{}{}", block.name, lang.pick("：", ": "), t::LIVE_NOTHING.of(lang)));
            view! { <p class="notice notice--warning">{text}</p> }.into_any()
        }
    }
}

/// What a search block asks.
fn live_query(block: &LiveBlock) -> LiveQuery {
    let param = |name: &str| block.param(name).unwrap_or_default().to_owned();
    LiveQuery {
        query: param("query"),
        kind: param("kind"),
        tag: param("tag"),
        lang: param("lang"),
        limit: block.param("limit").and_then(|limit| limit.parse().ok()).unwrap_or(5),
    }
}

/// What a recommend block shows.
async fn recommended(visit: &Visit, block: &LiveBlock) -> Result<Vec<RecommendedProduct>, Problem> {
    let catalogue = block.param("catalogue").unwrap_or_default();
    let uri: Uri = recommend_url(block).parse().map_err(|_| Problem::not_found())?;
    let Query(params) = Query::<Params>::try_from_uri(&uri).map_err(|_| Problem::not_found())?;
    let k = block.param("limit").and_then(|limit| limit.parse().ok()).unwrap_or(4);
    let trial = Trial { k, explain: false, ..params.trial(catalogue) };
    let items = visit.services.trial(&visit.actor, &trial).await?.items;
    Ok(items.into_iter().map(RecommendedProduct::from).collect())
}

/// Products with their reasons, and the way to the demonstration.
#[component]
fn RecommendBlock(block: LiveBlock, items: Vec<RecommendedProduct>) -> impl IntoView {
    let lang = crate::visit::lang();
    let href = recommend_url(&block);
    let catalogue = block.param("catalogue").unwrap_or_default().to_owned();
    view! {
        <section class="live-block" aria-label=t::LIVE_LABEL.of(lang)>
            <RecommendedCards catalogue items />
            <p class="live-block__more">
                <a href=href>{t::LIVE_MORE.of(lang)}</a>
            </p>
        </section>
    }
}
