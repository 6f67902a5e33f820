//! The runs of an experiment: filtered, sorted, grouped, with chosen columns.

use std::collections::BTreeSet;

use alluvium_domain::tracking::{Experiment, ExperimentId, Run, RunField, interval_of};
use alluvium_domain::{Action, EntryKind, EntrySummary, Lang, Problem, ProblemKind, with_query};
use alluvium_services::EntryFilter;
use alluvium_services::tracking::{RunGroup, RunGroups, RunKeys, RunPage, RunSearch, Spread, page_word};
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::{Cell, StateOf, run_url, runs_url, took};
use crate::components::callout::Empty;
use crate::components::entry::Moment;
use crate::components::field::{Choice, ErrorSummary, TextField};
use crate::components::pagination::{Pagination, page_number};
use crate::components::table::DataTable;
use crate::document::{Document, Section};
use crate::i18n::{common as tc, format, runs as t};
use crate::visit::Visit;

const PER_PAGE: usize = 50;
/// Columns that are shown where none was chosen, of parameters and of metrics.
const USUAL: usize = 4;

/// Entries that runs can be bound to, at most.
const ENTRIES: usize = 200;

/// What the table shows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    filter: String,
    /// An order expression, `metrics.loss DESC`.
    order: String,
    column: Vec<String>,
    group: String,
    page: String,
}

impl Params {
    fn url(&self, experiment: ExperimentId, order: &str, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let mut pairs = vec![("filter", self.filter.as_str()), ("order", order)];
        pairs.extend(self.column.iter().map(|column| ("column", column.as_str())));
        pairs.extend([("group", self.group.as_str()), ("page", page.as_str())]);
        with_query(&runs_url(experiment), &pairs)
    }

    fn columns(&self) -> Vec<RunField> {
        self.column.iter().filter_map(|column| column.parse().ok()).collect()
    }
}

/// What was found.
struct Table {
    experiment: Experiment,
    entry: Option<EntrySummary>,
    /// What it can be bound to; empty for who may not.
    entries: Vec<EntrySummary>,
    keys: RunKeys,
    columns: Vec<RunField>,
    found: Found,
    number: usize,
}

/// What the filter found.
enum Found {
    Runs(RunPage),
    Groups(RunGroups),
    /// It cannot be read.
    Wrong(Problem),
}

impl Found {
    fn total(&self) -> i64 {
        match self {
            Found::Runs(page) => page.total,
            Found::Groups(groups) => groups.total,
            Found::Wrong(_) => 0,
        }
    }
}

/// `GET /runs/experiments/{number}`
pub(crate) async fn show(visit: Visit, Path(number): Path<i32>, Query(params): Query<Params>) -> Response {
    let document = document(&visit, ExperimentId(number), params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, id: ExperimentId, params: Params) -> Result<Document, Problem> {
    let (services, actor) = (&visit.services, &visit.actor);
    let experiment = services.experiment_get(actor, id).await?;
    let entry = services.experiment_entry(actor, &experiment).await?;
    let entries = match actor.may(Action::Write) {
        Ok(()) => {
            let all = EntryFilter { kind: Some(EntryKind::Experiment), limit: ENTRIES, ..EntryFilter::default() };
            services.entry_list(actor, &all).await?.entries
        }
        Err(_) => Vec::new(),
    };
    let keys = services.run_keys(actor, &experiment).await?;
    let number = page_number(&params.page, 10_000);
    let search = RunSearch {
        experiments: vec![id],
        filter: params.filter.clone(),
        order_by: [params.order.clone()].into_iter().filter(|order| !order.is_empty()).collect(),
        limit: PER_PAGE,
        page: page_word(number, PER_PAGE),
        ..RunSearch::default()
    };
    let mut columns = params.columns();
    let found = match params.group.parse::<RunField>() {
        Ok(by) => {
            let chosen = columns.iter().filter(|column| matches!(column, RunField::Metric(_)));
            let mut metrics: Vec<String> = chosen.map(|column| column.key().to_owned()).collect();
            if metrics.is_empty() {
                let own = keys.metrics.iter().filter(|key| interval_of(key).is_none());
                metrics = own.take(USUAL).cloned().collect();
            }
            columns = metrics.iter().cloned().map(RunField::Metric).collect();
            services.run_groups(actor, &search, &by, &metrics).await.map(Found::Groups)
        }
        Err(()) => services.run_page(actor, &search).await.map(|page| {
            if columns.is_empty() {
                columns = usual(&page.runs, &keys);
            }
            Found::Runs(page)
        }),
    };
    let found = match found {
        Err(problem) if problem.kind == ProblemKind::Invalid => Found::Wrong(problem),
        found => found?,
    };
    let table = Table { experiment, entry, entries, keys, columns, found, number };
    let title = format!("{} · {}", table.experiment.name, t::RUNS.of(visit.lang));
    Ok(Document::new(title, Section::Experiments, move || view! { <Page params table /> }))
}

/// Parameters that are not the same in all of these runs, and the first metrics.
fn usual(runs: &[Run], keys: &RunKeys) -> Vec<RunField> {
    let varies = |key: &&String| runs.iter().map(|run| run.params.get(*key)).collect::<BTreeSet<_>>().len() > 1;
    let params = keys.params.iter().filter(varies).take(USUAL).cloned().map(RunField::Param);
    let metrics: BTreeSet<&str> = runs.iter().flat_map(Run::metric_keys).collect();
    params.chain(metrics.into_iter().take(USUAL).map(|key| RunField::Metric(key.to_owned()))).collect()
}

#[component]
fn Page(params: Params, table: Table) -> impl IntoView {
    let lang = crate::visit::lang();
    let Table { experiment, entry, entries, keys, columns, found, number } = table;
    let id = experiment.id;
    let total = found.total();
    let problem = match &found {
        Found::Wrong(problem) => Some(problem.clone()),
        Found::Runs(_) | Found::Groups(_) => None,
    };
    let bind = (!entries.is_empty()).then(|| view! { <Bind experiment=id bound=entry.clone() entries /> });
    let entry = entry.map(|entry| {
        view! { <a class="button button--small page-head__action" href=entry.url()>{t::ITS_ENTRY.of(lang)}</a> }
    });
    let body = match found {
        Found::Runs(page) if page.total > 0 => {
            let pages = usize::try_from(page.total).unwrap_or(0).div_ceil(PER_PAGE);
            let here = params.clone();
            view! {
                <Runs params=params.clone() experiment=id columns runs=page.runs />
                <Pagination page=number pages url=move |page| here.url(id, &here.order, page) />
            }
            .into_any()
        }
        Found::Groups(groups) if groups.runs > 0 => view! { <Groups columns groups /> }.into_any(),
        _ => view! { <Empty title=t::NO_RUNS.of(lang) /> }.into_any(),
    };
    let form = view! { <Choices params=params.clone() experiment=id keys problem /> };
    view! {
        <div class="wrap">
            <p class="crumb"><a href="/runs">{t::RUNS.of(lang)}</a></p>
            <div class="page-head">
                <h1>{experiment.name}</h1>
                <p class="muted num">{total}</p>
                {entry}
            </div>
            {form}
            {body}
            {bind}
        </div>
    }
}

/// Which entry holds the question of these runs.
#[component]
fn Bind(experiment: ExperimentId, bound: Option<EntrySummary>, entries: Vec<EntrySummary>) -> impl IntoView {
    let lang = crate::visit::lang();
    let chosen = bound.map(|bound| bound.slug.to_string()).unwrap_or_default();
    let none = (String::new(), t::WITHOUT.of(lang).to_owned());
    let options = entries.into_iter().map(|entry| (entry.slug.to_string(), entry.title));
    let options: Vec<(String, String)> = [none].into_iter().chain(options).collect();
    view! {
        <details class="disclosure">
            <summary>{t::BIND.of(lang)}</summary>
            <form class="run-choices" method="post" action=format!("{}/entry", runs_url(experiment))>
                <Choice name="entry" label=t::ITS_ENTRY.of(lang) options chosen inline=true />
                <button class="button">{tc::SAVE.of(lang)}</button>
            </form>
        </details>
    }
}

/// The form above the table.
#[component]
fn Choices(params: Params, experiment: ExperimentId, keys: RunKeys, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    let fields = [
        (t::METRICS, keys.metrics.into_iter().map(RunField::Metric).collect::<Vec<_>>()),
        (t::PARAMS, keys.params.into_iter().map(RunField::Param).collect()),
        (tc::TAGS, keys.tags.into_iter().map(RunField::Tag).collect()),
    ];
    let grouped = fields.iter().skip(1).flat_map(|(_, fields)| fields).map(ToString::to_string);
    let none = (String::new(), t::NO_GROUP.of(lang).to_owned());
    let grouped: Vec<(String, String)> =
        [none].into_iter().chain(grouped.map(|field| (field.clone(), field))).collect();
    let chosen: BTreeSet<RunField> = params.columns().into_iter().collect();
    let boxes = fields
        .into_iter()
        .filter(|(_, fields)| !fields.is_empty())
        .map(|(title, fields)| {
            let boxes = fields
                .into_iter()
                .map(|field| {
                    let (value, checked) = (field.to_string(), chosen.contains(&field));
                    view! {
                        <label>
                            <input type="checkbox" name="column" value=value checked=checked />
                            <span>{field.key().to_owned()}</span>
                        </label>
                    }
                })
                .collect_view();
            view! {
                <fieldset class="run-columns">
                    <legend>{title.of(lang)}</legend>
                    {boxes}
                </fieldset>
            }
        })
        .collect_view();
    view! {
        <form class="run-choices" action=runs_url(experiment)>
            {problem.clone().map(|problem| view! { <ErrorSummary problem /> })}
            <TextField name="filter" label=tc::FILTER.of(lang) value=params.filter hint=t::FILTER_HINT.of(lang) problem autocomplete="off" />
            <Choice name="group" label=t::GROUP_BY.of(lang) options=grouped chosen=params.group inline=true />
            <input type="hidden" name="order" value=params.order />
            <details class="disclosure">
                <summary>{t::COLUMNS.of(lang)}</summary>
                <p class="muted small">{t::USUAL_COLUMNS.of(lang)}</p>
                {boxes}
            </details>
            <button class="button">{tc::APPLY.of(lang)}</button>
        </form>
    }
}

/// A head that sorts by its column: the first click downwards, the second upwards.
#[component]
fn Head(params: Params, experiment: ExperimentId, expression: String, label: String, number: bool) -> impl IntoView {
    let lang = crate::visit::lang();
    let (up, down) = (format!("{expression} ASC"), format!("{expression} DESC"));
    let (next, sorted) = match &params.order {
        order if *order == down => (up, Some(("descending", t::SORTED_DOWN))),
        order if *order == up => (down, Some(("ascending", t::SORTED_UP))),
        _ => (down, None),
    };
    let arrow = sorted.map(|(_, words)| {
        let arrow = if words == t::SORTED_UP { " ↑" } else { " ↓" };
        view! {
            <span aria-hidden="true">{arrow}</span>
            <span class="visually-hidden">{words.of(lang)}</span>
        }
    });
    let href = Params { page: String::new(), ..params }.url(experiment, &next, 1);
    view! {
        <th scope="col" class:num=number aria-sort=sorted.map(|(sort, _)| sort)>
            <a href=href>{label}{arrow}</a>
        </th>
    }
}

#[component]
fn Runs(params: Params, experiment: ExperimentId, columns: Vec<RunField>, runs: Vec<Run>) -> impl IntoView {
    let lang = crate::visit::lang();
    let head = |expression: &str, label: String, number: bool| {
        view! { <Head params=params.clone() experiment expression=expression.to_owned() label number /> }
    };
    let own = columns
        .iter()
        .map(|field| head(&field.expression(), field.key().to_owned(), matches!(field, RunField::Metric(_))))
        .collect_view();
    let rows = runs.into_iter().map(|run| view! { <Row run columns=columns.clone() lang /> }).collect_view();
    view! {
        <form action="/runs/compare">
            <DataTable label=t::RUNS.of(lang) class="table table--dense run-table" heads=view! { <th scope="col"><span class="visually-hidden">{t::CHOOSE.of(lang)}</span></th> {head("attributes.run_name", tc::NAME.of(lang).to_owned(), false)} {head("attributes.status", tc::STATE.of(lang).to_owned(), false)} {head("attributes.start_time", t::STARTED.of(lang).to_owned(), false)} <th scope="col" class="num">{t::TOOK.of(lang)}</th> {own} }.into_any()>{rows}</DataTable>
            <p class="run-table__compare"><button class="button button--primary">{t::COMPARE.of(lang)}</button></p>
        </form>
    }
}

#[component]
fn Row(run: Run, columns: Vec<RunField>, #[prop(name = "lang")] words: Lang) -> impl IntoView {
    let cells = columns.into_iter().map(|field| view! { <Cell field run=run.clone() /> }).collect_view();
    let (id, name) = (run.id.to_string(), run.name.clone());
    view! {
        <tr>
            <td>
                <input type="checkbox" name="run" value=id aria-label=format!("{} {name}", t::CHOOSE.of(words)) />
            </td>
            <th scope="row">
                {run.parent.map(|parent| view! { <a href=run_url(parent) class="muted" title=t::PART_OF.of(words)>"↳ "</a> })}
                <a href=run_url(run.id)>{name.clone()}</a>
            </th>
            <td><StateOf state=run.state /></td>
            <td class="num nowrap"><Moment at=run.started_at /></td>
            <td class="num nowrap">{took(&run, words)}</td>
            {cells}
        </tr>
    }
}

#[component]
fn Groups(columns: Vec<RunField>, groups: RunGroups) -> impl IntoView {
    let lang = crate::visit::lang();
    let heads = columns
        .iter()
        .map(|field| {
            view! { <th scope="col" class="num">{format!("{} {} ({})", field.key(), t::MEAN.of(lang), t::RANGE.of(lang))}</th> }
        })
        .collect_view();
    let rows = groups
        .groups
        .into_iter()
        .map(|RunGroup { value, runs, spreads }| {
            let cells = spreads.into_iter().map(|spread| view! { <td class="num">{spread.map(spread_text)}</td> });
            view! {
                <tr>
                    <th scope="row">{value.unwrap_or_else(|| t::WITHOUT.of(lang).to_owned())}</th>
                    <td class="num">{runs}</td>
                    {cells.collect_view()}
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable label=t::RUNS.of(lang) heads=view! { <th scope="col">{t::GROUP.of(lang)}</th> <th scope="col" class="num">{t::NUMBER_OF_RUNS.of(lang)}</th> {heads} }.into_any()>{rows}</DataTable>
        <p class="muted small">{format::grouped(groups.runs, groups.total, lang)}</p>
    }
}

fn spread_text(spread: Spread) -> String {
    let Spread { mean, min, max, count } = spread;
    match count {
        1 => format::measure(mean),
        _ => format!("{} ({} … {})", format::measure(mean), format::measure(min), format::measure(max)),
    }
}
