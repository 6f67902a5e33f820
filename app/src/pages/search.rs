//! Search: the form, what was understood, facets, hits with their reasons.

mod empty;
mod facets;
mod hit;

use alluvium_domain::search::{Mode, SearchRequest, SearchResponse, limits};
use alluvium_domain::{EntryKind, Lang, Problem, percent_encoded};
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::{Notice, Tone};
use crate::components::pagination::{Pagination, page_number};
use crate::components::search_field::SearchField;
use crate::components::segments::{Segment, Segments};
use crate::document::{Document, Script, Section};
use crate::i18n::common as tc;
use crate::i18n::search as t;
use crate::i18n::{format, names, parts};
use crate::visit::Visit;

/// The form that every control of the page belongs to.
const FORM: &str = "search-form";

/// What the page's address says.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct Params {
    #[serde(default)]
    q: String,
    /// A kind, from blocks and links; the form writes `type:` into the query instead.
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    page: String,
    /// Parts that are switched off, each with its name.
    #[serde(default)]
    without: Vec<String>,
}

impl Params {
    fn mode(&self) -> Mode {
        match self.mode.as_str() {
            "lexical" => Mode::Lexical,
            "semantic" => Mode::Semantic,
            _ => Mode::Hybrid,
        }
    }

    fn page(&self) -> usize {
        page_number(&self.page, limits::OFFSET / limits::DEFAULT_LIMIT)
    }

    /// The address of this search, at a page.
    fn url(&self, page: usize) -> String {
        let mut url = format!("/search?q={}", percent_encoded(&self.q));
        if !self.kind.is_empty() {
            url.push_str(&format!("&type={}", percent_encoded(&self.kind)));
        }
        if self.mode() != Mode::Hybrid {
            url.push_str(&format!("&mode={}", names::mode_code(self.mode())));
        }
        for feature in &self.without {
            url.push_str(&format!("&without={}", percent_encoded(feature)));
        }
        if page > 1 {
            url.push_str(&format!("&page={page}"));
        }
        url
    }

    /// The same search with another query.
    fn with_query(&self, q: impl Into<String>) -> Params {
        Params { q: q.into(), page: String::new(), ..self.clone() }
    }

    /// The query with a filter added.
    fn with_filter(&self, filter: &str) -> Params {
        self.with_query(format!("{} {filter}", self.q.trim()).trim())
    }

    /// The query without a filter, as typed.
    fn without_filter(&self, filter: &str) -> Params {
        let kept: Vec<&str> = self.q.split_whitespace().filter(|word| !word.eq_ignore_ascii_case(filter)).collect();
        self.with_query(kept.join(" "))
    }

    fn request(&self) -> SearchRequest {
        SearchRequest {
            mode: self.mode(),
            kind: self.kind.parse::<EntryKind>().ok(),
            offset: (self.page() - 1) * limits::DEFAULT_LIMIT,
            explain: true,
            without: self.without.iter().map(|part| parts::unlabelled(part).0.to_owned()).collect(),
            ..SearchRequest::new(self.q.clone())
        }
    }
}

/// `GET /search`
pub(crate) async fn show(visit: Visit, Query(mut params): Query<Params>) -> Response {
    params.without.retain(|feature| !feature.is_empty());
    params.without.sort();
    params.without.dedup();
    let document = document(&visit, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, params: Params) -> Result<Document, Problem> {
    let lang = visit.lang;
    let found = match params.q.trim() {
        "" if params.kind.is_empty() => None,
        _ => Some(visit.services.search(&visit.actor, params.request()).await),
    };
    // A query that is too long stays in the box, with what is wrong beside it.
    let (found, problem) = match found {
        Some(Ok(found)) => (Some(found), None),
        Some(Err(problem)) if !problem.errors.is_empty() => (None, Some(problem)),
        Some(Err(problem)) => return Err(problem),
        None => (None, None),
    };
    let title = if params.q.is_empty() {
        tc::SEARCH.of(lang).to_owned()
    } else {
        format!("{} · {}", params.q, tc::SEARCH.of(lang))
    };
    let document = Document::new(title, Section::Search, move || {
        let wrong = problem.map(|problem| view! { <Notice tone=Tone::Bad>{problem.detail(lang)}</Notice> });
        view! {
            <div class="wrap search-page">
                <h1 class="visually-hidden">{tc::SEARCH.of(lang)}</h1>
                <SearchForm params=params.clone() />
                {wrong}
                <div id="results" data-region="">
                    {match found {
                        Some(found) => view! { <Results params found /> }.into_any(),
                        None => view! { <empty::Start /> }.into_any(),
                    }}
                </div>
            </div>
        }
    });
    Ok(document.script(Script::Regions).private())
}

#[component]
fn SearchForm(params: Params) -> impl IntoView {
    let lang = crate::visit::lang();
    let modes = [
        (Mode::Hybrid, t::MODE_HYBRID_HINT),
        (Mode::Lexical, t::MODE_LEXICAL_HINT),
        (Mode::Semantic, t::MODE_SEMANTIC_HINT),
    ];
    let chosen = names::mode_code(params.mode());
    let segments = modes
        .into_iter()
        .map(|(mode, hint)| Segment {
            value: names::mode_code(mode),
            label: names::mode(mode).of(lang),
            hint: Some(hint.of(lang)),
        })
        .collect();
    let kind =
        (!params.kind.is_empty()).then(|| view! { <input type="hidden" name="type" value=params.kind.clone() /> });
    view! {
        <form class="search-form" id=FORM action="/search" role="search" data-target="results">
            <SearchField lang placeholder=t::PLACEHOLDER.of(lang) autofocus=params.q.is_empty() value=params.q />
            {kind}
            <Segments name="mode" legend=t::MODE.of(lang) segments chosen />
        </form>
    }
}

#[component]
fn Results(params: Params, found: SearchResponse) -> impl IntoView {
    let lang = crate::visit::lang();
    let page = params.page();
    let pages = found.total.min(limits::OFFSET).div_ceil(limits::DEFAULT_LIMIT);
    let most = found.hits.iter().map(|hit| hit.score).fold(0.0, f64::max);
    let summary = match lang {
        Lang::Zh => format!("{}，{:.0} 毫秒", format::entries(found.total, lang), found.took_ms.max(1.0)),
        Lang::En => format!("{}, {:.0} ms", format::entries(found.total, lang), found.took_ms.max(1.0)),
    };
    let none = found.hits.is_empty();
    let (first, matches) = ((page - 1) * limits::DEFAULT_LIMIT, found.matches);
    let hits = found
        .hits
        .iter()
        .enumerate()
        .map(|(place, hit)| {
            // From here on no hit has every word. Of a question in whole sentences hardly any has: then there is no line.
            let line = (matches.every > 0 && first + place == matches.every)
                .then(|| view! { <li class="hits__line">{t::PART_ONLY.of(lang)}</li> });
            view! {
                {line}
                <hit::HitItem hit=hit.clone() most />
            }
        })
        .collect_view();
    let nothing = !none && matches.some == 0;
    let paged = params.clone();
    view! {
        <div class="with-side" class:with-side--bare=none>
            <facets::Facets params=params.clone() found=found.clone() />
            <div class="with-side__main">
                <p class="results-summary num" data-status="">{summary}</p>
                <facets::Understood params=params.clone() found=found.clone() />
                {nothing.then(|| view! { <Notice tone=Tone::Info>{t::NOTHING_MATCHES.of(lang)}</Notice> })}
                {if none {
                    view! { <empty::NoHits params=params.clone() found=found.clone() /> }.into_any()
                } else {
                    view! { <ol class="hits">{hits}</ol> }.into_any()
                }}
                <Pagination page pages url=move |page| paged.url(page) />
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_come_and_go() {
        let params = Params { q: "点击率 tag:ranking".into(), ..Params::default() };
        assert_eq!(params.with_filter("type:article").q, "点击率 tag:ranking type:article");
        assert_eq!(params.without_filter("TAG:ranking").q, "点击率");
        assert_eq!(params.without_filter("tag:ranking").url(2), "/search?q=%E7%82%B9%E5%87%BB%E7%8E%87&page=2");
    }
}
