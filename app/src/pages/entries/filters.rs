//! What a list can be narrowed to.

use alluvium_domain::entry::ExperimentState;
use alluvium_domain::{EntryKind, EntryState, Lang};
use leptos::prelude::*;

use super::Params;
use crate::components::side::Side;
use crate::i18n::search as tsearch;
use crate::i18n::{common as tc, entry as t, names, research as tr, tags};

/// Progress, owner, language, state, tags, and how the list is laid out.
#[component]
pub(super) fn Filters(
    kind: EntryKind,
    params: Params,
    all_tags: Vec<(String, usize)>,
    owners: Vec<(String, usize)>,
    writes: bool,
) -> impl IntoView {
    let lang = crate::visit::lang();
    let base = Params { page: String::new(), ..params };
    let group = move |title: &'static str, facets: Vec<Facet>| {
        let links = facets.into_iter().map(|facet| view! { <FacetLink kind facet /> }).collect_view();
        view! {
            <h2 class="side__title">{title}</h2>
            <ul class="facets">{links}</ul>
        }
    };
    let progress = (kind == EntryKind::Experiment).then(|| {
        let any = Facet::of(
            tr::ANY_STATE.of(lang),
            base.progress.is_empty(),
            Params { progress: String::new(), ..base.clone() },
        );
        let states = ExperimentState::ALL.iter().map(|state| {
            let target = Params { progress: state.code().to_owned(), ..base.clone() };
            Facet::of(tr::state(*state).of(lang), base.progress == state.code(), target)
        });
        group(tr::STATE.of(lang), std::iter::once(any).chain(states).collect())
    });
    let owner_links = (!owners.is_empty()).then(|| {
        let any =
            Facet::of(tr::ANYBODY.of(lang), base.owner.is_empty(), Params { owner: String::new(), ..base.clone() });
        let named = owners.into_iter().map(|(owner, count)| {
            let target = Params { owner: owner.clone(), ..base.clone() };
            Facet { count: Some(count), ..Facet::of(&owner, base.owner == owner, target) }
        });
        group(tr::OWNER.of(lang), std::iter::once(any).chain(named).collect())
    });
    let languages = [("", t::ANY_LANG.of(lang)), ("zh", names::lang(Lang::Zh)), ("en", names::lang(Lang::En))].map(
        |(code, label)| Facet::of(label, base.language == code, Params { language: code.to_owned(), ..base.clone() }),
    );
    let states = writes.then(|| {
        let states = EntryState::ALL.iter().map(|state| {
            let usual = base.state.is_empty() && base.mine.is_empty() && *state == EntryState::Published;
            let target = Params { state: state.code().to_owned(), ..base.clone() };
            Facet::of(names::state(*state).of(lang), usual || base.state == state.code(), target)
        });
        group(tc::STATE.of(lang), states.collect())
    });
    let views = [("", tr::CALM), ("dense", tr::DENSE)].map(|(view, label)| {
        Facet::of(label.of(lang), base.view == view, Params { view: view.to_owned(), ..base.clone() })
    });
    let tag_links = all_tags
        .into_iter()
        .map(|(tag, count)| {
            let here = base.tag == tag;
            let chosen = if here { String::new() } else { tag.clone() };
            let facet = Facet::of(&tags::name(&tag, lang), here, Params { tag: chosen, ..base.clone() });
            view! { <FacetLink kind facet=Facet { count: Some(count), ..facet } /> }
        })
        .collect_view();
    view! {
        <Side chosen=base.chosen()>
            {progress}
            {owner_links}
            {group(tsearch::LANG.of(lang), languages.into())}
            {states}
            {group(tr::VIEW.of(lang), views.into())}
            <details class="side__fold" open>
                <summary class="side__title">{t::BY_TAG.of(lang)}</summary>
                <ul class="facets facets--tags">{tag_links}</ul>
            </details>
        </Side>
    }
}

/// One choice.
struct Facet {
    label: String,
    here: bool,
    target: Params,
    count: Option<usize>,
}

impl Facet {
    fn of(label: &str, here: bool, target: Params) -> Facet {
        Facet { label: label.to_owned(), here, target, count: None }
    }
}

#[component]
fn FacetLink(kind: EntryKind, facet: Facet) -> impl IntoView {
    view! {
        <li>
            <a class="facet" href=facet.target.url(kind, 1) aria-current=facet.here.then_some("true")>
                <span>{facet.label}</span>
                {facet.count.map(|count| view! { <span class="num facet__count">{count}</span> })}
            </a>
        </li>
    }
}
