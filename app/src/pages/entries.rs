//! The list of one kind of entries, by tag, language and state; experiments also by progress and owner. Calm as cards or dense as a table.

mod filters;
mod table;

use alluvium_domain::entry::canonical_tag;
use alluvium_domain::{Action, EntryKind, EntryState, Lang, Problem, with_query};
use alluvium_services::{EntryFilter, FilledEntry};
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::section;
use crate::components::callout::Empty;
use crate::components::entry::EntryCard;
use crate::components::icon::Icon;
use crate::components::pagination::{Pagination, page_number};
use crate::document::{Document, Script};
use crate::i18n::{Text, common as tc, entry as t, format, research as tr, runs as truns, tags};
use crate::visit::Visit;

const PER_PAGE: usize = 20;
/// A table holds more on a page.
const PER_TABLE: usize = 50;

/// What the list shows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    tag: String,
    /// Language of the entries (`lang` is that of the interface).
    language: String,
    state: String,
    /// How far an experiment has come.
    progress: String,
    owner: String,
    mine: String,
    /// `dense`: a table.
    view: String,
    page: String,
}

impl Params {
    fn url(&self, kind: EntryKind, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        with_query(
            &format!("/{}", kind.path()),
            &[
                ("tag", &self.tag),
                ("language", &self.language),
                ("state", &self.state),
                ("progress", &self.progress),
                ("owner", &self.owner),
                ("mine", &self.mine),
                ("view", &self.view),
                ("page", &page),
            ],
        )
    }

    /// How many of the filters at the side are in use.
    fn chosen(&self) -> usize {
        let filters = [&self.tag, &self.language, &self.state, &self.progress, &self.owner];
        filters.into_iter().filter(|value| !value.is_empty()).count()
    }

    fn dense(&self) -> bool {
        self.view == "dense"
    }
}

/// `GET /articles` and the same of other kinds
pub(crate) async fn show(visit: Visit, kind: EntryKind, Query(params): Query<Params>) -> Response {
    let document = document(&visit, kind, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, kind: EntryKind, params: Params) -> Result<Document, Problem> {
    // A tag may be named by its label.
    let tag = if params.tag.is_empty() { String::new() } else { canonical_tag(&params.tag) };
    let params = Params { tag, ..params };
    let lang = visit.lang;
    let mine = !params.mine.is_empty();
    let page = page_number(&params.page, 1000);
    let limit = if params.dense() { PER_TABLE } else { PER_PAGE };
    let filter = EntryFilter {
        kind: Some(kind),
        tag: (!params.tag.is_empty()).then(|| params.tag.clone()),
        lang: params.language.parse::<Lang>().ok(),
        state: params.state.parse::<EntryState>().ok().or((!mine).then_some(EntryState::Published)),
        author: (!params.owner.is_empty()).then(|| params.owner.clone()),
        progress: params.progress.parse().ok(),
        mine,
        limit,
        offset: (page - 1) * limit,
    };
    let (entries, total) = visit.services.entry_list_filled(&visit.actor, &filter).await?;
    let all_tags = visit.services.entry_tags(&visit.actor, Some(kind), filter.lang).await?;
    let owners = match kind {
        EntryKind::Experiment => visit.services.entry_authors(&visit.actor, kind).await?,
        _ => Vec::new(),
    };
    let writes = visit.actor.may(Action::Write).is_ok();
    let words = words(kind);
    let title = match (mine, params.tag.is_empty()) {
        (true, _) => words.mine.of(lang).to_owned(),
        (false, true) => words.all.of(lang).to_owned(),
        (false, false) => tags::name(&params.tag, lang),
    };
    let heading = title.clone();
    Ok(Document::new(title, section(kind), move || {
        let pages = total.div_ceil(limit);
        let count = if kind == EntryKind::Article { format::articles(total, lang) } else { format::entries(total, lang) };
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{heading}</h1>
                    <p class="muted num">{count}</p>
                    {(kind == EntryKind::Experiment)
                        .then(|| view! { <a class="button" href="/runs">{truns::RUNS.of(lang)}</a> <a class="button" href="/leaderboards">{truns::LEADERBOARDS.of(lang)}</a> })}
                    {writes
                        .then(|| {
                            view! {
                                <a class="button button--primary page-head__action" href=format!("/{}/new", kind.path())>
                                    <Icon name="pen" />
                                    {words.write.of(lang)}
                                </a>
                            }
                        })}
                </div>
                <div class="with-side">
                    <filters::Filters kind params=params.clone() all_tags owners writes />
                    <div class="with-side__main" id="list" data-region="">
                        {if total == 0 {
                            view! {
                                <Empty title=words.none.of(lang) hint=words.none_hint.of(lang)>
                                    <a class="button" href=format!("/{}", kind.path())>{words.all.of(lang)}</a>
                                </Empty>
                            }
                                .into_any()
                        } else if params.dense() {
                            view! { <table::Table kind entries /> }.into_any()
                        } else {
                            view! { <Cards kind entries /> }.into_any()
                        }}
                        <Pagination page pages url=move |page| params.url(kind, page) />
                    </div>
                </div>
            </div>
        }
    })
    .script(Script::Regions))
}

#[component]
fn Cards(kind: EntryKind, entries: Vec<FilledEntry>) -> impl IntoView {
    let cards = entries
        .into_iter()
        .map(|FilledEntry { entry, fields }| {
            let fields = (kind != EntryKind::Article).then_some(fields);
            view! { <li><EntryCard entry fields level=2 listed=true /></li> }
        })
        .collect_view();
    view! { <ul class="card-list">{cards}</ul> }
}

/// What a kind's list says.
#[derive(Clone, Copy)]
struct Words {
    all: Text,
    mine: Text,
    write: Text,
    none: Text,
    none_hint: Text,
}

fn words(kind: EntryKind) -> Words {
    let record = |all: Text, write: Text| Words {
        all,
        mine: tr::MINE,
        write,
        none: tr::NO_RECORDS,
        none_hint: tr::NO_RECORDS_HINT,
    };
    match kind {
        EntryKind::Experiment => record(tr::EXPERIMENTS, tr::NEW_EXPERIMENT),
        EntryKind::Model => record(tr::MODELS, tr::NEW_MODEL),
        EntryKind::Dataset => record(tr::USES_DATASETS, tr::NEW_DATASET),
        EntryKind::Article | EntryKind::Term => Words {
            all: t::ALL_ARTICLES,
            mine: t::MY_ARTICLES,
            write: tc::WRITE,
            none: t::NO_ARTICLES,
            none_hint: t::NO_ARTICLES_HINT,
        },
    }
}
