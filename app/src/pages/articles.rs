//! The list of articles, by tag, language and state.

use alluvium_domain::{Action, EntryKind, EntryState, Lang, Problem};
use alluvium_services::EntryFilter;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::Empty;
use crate::components::entry::EntryCard;
use crate::components::icon::Icon;
use crate::components::pagination::Pagination;
use crate::components::tags::with_query;
use crate::document::{Document, Script, Section};
use crate::i18n::common as tc;
use crate::i18n::{entry as t, format, names, tags};
use crate::visit::Visit;

const PER_PAGE: usize = 20;

/// What the list shows.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Params {
    #[serde(default)]
    tag: String,
    /// Language of the entries (`lang` is that of the interface).
    #[serde(default)]
    language: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    mine: String,
    #[serde(default)]
    page: String,
}

impl Params {
    fn url(&self, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        with_query(
            "/articles",
            &[
                ("tag", &self.tag),
                ("language", &self.language),
                ("state", &self.state),
                ("mine", &self.mine),
                ("page", &page),
            ],
        )
    }
}

/// `GET /articles`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let document = document(&visit, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, params: Params) -> Result<Document, Problem> {
    let lang = visit.lang;
    let mine = !params.mine.is_empty();
    let page = params.page.parse::<usize>().unwrap_or(1).clamp(1, 1000);
    let filter = EntryFilter {
        kind: Some(EntryKind::Article),
        tag: (!params.tag.is_empty()).then(|| params.tag.clone()),
        lang: params.language.parse::<Lang>().ok(),
        state: params.state.parse::<EntryState>().ok().or((!mine).then_some(EntryState::Published)),
        mine,
        limit: PER_PAGE,
        offset: (page - 1) * PER_PAGE,
    };
    let list = visit.services.entry_list(&visit.actor, &filter).await?;
    let all_tags = visit.services.entry_tags(&visit.actor, Some(EntryKind::Article)).await?;
    let writes = visit.actor.may(Action::Write).is_ok();
    let title = match (mine, params.tag.is_empty()) {
        (true, _) => t::MY_ARTICLES.of(lang).to_owned(),
        (false, true) => t::ALL_ARTICLES.of(lang).to_owned(),
        (false, false) => tags::name(&params.tag, lang),
    };
    let heading = title.clone();
    Ok(Document::new(title, Section::Articles, move || {
        let pages = list.total.div_ceil(PER_PAGE);
        let cards = list.entries.into_iter().map(|entry| view! { <li><EntryCard entry level=2 /></li> }).collect_view();
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{heading}</h1>
                    <p class="muted num">{format::articles(list.total, lang)}</p>
                    {writes
                        .then(|| {
                            view! {
                                <a class="button button--primary page-head__action" href="/articles/new">
                                    <Icon name="pen" />
                                    {tc::WRITE.of(lang)}
                                </a>
                            }
                        })}
                </div>
                <div class="with-side">
                    <Filters params=params.clone() all_tags writes />
                    <div class="with-side__main" id="list" data-region="">
                        {if list.total == 0 {
                            view! {
                                <Empty title=t::NO_ARTICLES.of(lang) hint=t::NO_ARTICLES_HINT.of(lang)>
                                    <a class="button" href="/articles">{t::ALL_ARTICLES.of(lang)}</a>
                                </Empty>
                            }
                                .into_any()
                        } else {
                            view! { <ul class="card-list">{cards}</ul> }.into_any()
                        }}
                        <Pagination page pages url=move |page| params.url(page) />
                    </div>
                </div>
            </div>
        }
    })
    .script(Script::Regions))
}

/// Language, state and tags.
#[component]
fn Filters(params: Params, all_tags: Vec<(String, usize)>, writes: bool) -> impl IntoView {
    let lang = crate::visit::lang();
    let languages = [("", t::ANY_LANG.of(lang)), ("zh", names::lang(Lang::Zh)), ("en", names::lang(Lang::En))]
        .into_iter()
        .map(|(code, label)| {
            let href = Params { language: code.to_owned(), page: String::new(), ..params.clone() }.url(1);
            let here = params.language == code;
            view! { <li><a class="facet" href=href aria-current=here.then_some("true")>{label}</a></li> }
        })
        .collect_view();
    let states = writes.then(|| {
        let states = EntryState::ALL
            .iter()
            .map(|state| {
                let href = Params { state: state.code().to_owned(), page: String::new(), ..params.clone() }.url(1);
                let here = params.state == state.code() || (params.state.is_empty() && params.mine.is_empty() && *state == EntryState::Published);
                view! { <li><a class="facet" href=href aria-current=here.then_some("true")>{names::state(*state).of(lang)}</a></li> }
            })
            .collect_view();
        view! {
            <h2 class="side__title">{t::STATE.of(lang)}</h2>
            <ul class="facets">{states}</ul>
        }
    });
    let tag_links = all_tags
        .into_iter()
        .map(|(tag, count)| {
            let here = params.tag == tag;
            let chosen = if here { String::new() } else { tag.clone() };
            let href = Params { tag: chosen, page: String::new(), ..params.clone() }.url(1);
            view! {
                <li>
                    <a class="facet" href=href aria-current=here.then_some("true")>
                        <span>{tags::name(&tag, lang)}</span>
                        <span class="num facet__count">{count}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="side" aria-label=tc::FILTER.of(lang)>
            <h2 class="side__title">{t::LANGUAGE.of(lang)}</h2>
            <ul class="facets">{languages}</ul>
            {states}
            <details class="side__fold" open>
                <summary class="side__title">{t::BY_TAG.of(lang)}</summary>
                <ul class="facets facets--tags">{tag_links}</ul>
            </details>
        </nav>
    }
}
