//! An article, experiment, model or data set.

use alluvium_domain::tracking::ExperimentId;
use alluvium_domain::{EntryFields, EntryKind, Heading, Lang, LinkRelation, Page};
use leptos::prelude::*;

use super::datasets::DatasetFacts;
use super::entry::Shown;
use super::experiments::{ExperimentFacts, Trial, TrialForm};
use super::models::{Card, ModelFacts, ModelVersions};
use super::section;
use crate::components::answers::Answers;
use crate::components::entry::{Day, StateBadge};
use crate::components::icon::Icon;
use crate::components::manage::{EntryActions, OldRevisionNotice, ProposalsNotice, StateNotice};
use crate::components::related::{Backlinks, RelatedList};
use crate::components::tags::TagList;
use crate::components::text::TextBody;
use crate::document::Document;
use crate::i18n::{entry as t, format, names};

/// A table of contents for fewer headings helps nobody.
const FEWEST_HEADINGS: usize = 2;

/// `trial`: the counts that a reader of an experiment tries.
pub(super) fn document(shown: Shown, trial: TrialForm) -> Document {
    let input = &shown.page.revision.input;
    let (title, summary) = (input.title.clone(), input.summary.clone());
    Document::new(title, section(shown.page.entry.kind), move || view! { <Article shown trial /> }).describe(summary)
}

/// What only this kind has, between the head and the text.
#[component]
fn Facts(page: Page, runs: Option<ExperimentId>, card: Option<Card>) -> impl IntoView {
    let links = page.links;
    match page.revision.input.fields {
        EntryFields::Experiment(experiment) => view! { <ExperimentFacts experiment links runs /> }.into_any(),
        EntryFields::Model(model) => {
            let card = card.unwrap_or_default();
            view! { <ModelFacts model card url=page.entry.url() links /> }.into_any()
        }
        EntryFields::Dataset(dataset) => view! { <DatasetFacts dataset /> }.into_any(),
        EntryFields::Article { .. } | EntryFields::Term { .. } => ().into_any(),
    }
}

#[component]
fn Article(shown: Shown, trial: TrialForm) -> impl IntoView {
    let lang = crate::visit::lang();
    let Shown { page, parts, related, old, runs, card, registered, proposals } = shown;
    let Page { entry, revision, rendered, backlinks, .. } = page.clone();
    let tag = revision.input.lang.tag();
    let headings = rendered.headings;
    let has_contents = headings.len() >= FEWEST_HEADINGS;
    view! {
        <div class="wrap article-page" class:article-page--plain=!has_contents>
            {has_contents.then(|| view! { <Contents headings lang=revision.input.lang /> })}
            <article class="article">
                <Head page=page.clone() minutes=rendered.reading_minutes />
                {if old {
                    view! { <OldRevisionNotice entry=entry.clone() number=revision.summary.number /> }.into_any()
                } else {
                    view! { <StateNotice state=entry.state /> }.into_any()
                }}
                <ProposalsNotice proposals />
                <Facts page runs card />
                {registered.map(|registered| view! { <ModelVersions registered /> })}
                <div class="prose" lang=tag>
                    <TextBody parts />
                </div>
                {(entry.kind == EntryKind::Experiment && !old).then(|| view! { <Trial form=trial url=entry.url() /> })}
                <Answers questions=revision.input.questions />
                <footer class="article__foot">
                    <EntryActions entry=entry.clone() />
                </footer>
                <RelatedList related />
                <Backlinks links=backlinks title=t::BACKLINKS.of(lang) />
            </article>
        </div>
    }
}

/// Title, summary, authors, times, languages.
#[component]
fn Head(page: Page, minutes: u32) -> impl IntoView {
    let lang = crate::visit::lang();
    let Page { entry, revision, links, .. } = page;
    let (number, made_at) = (revision.summary.number, revision.summary.created_at);
    let input = revision.input;
    let tag = input.lang.tag();
    let translations = links
        .into_iter()
        .filter(|link| link.relation == LinkRelation::TranslationOf)
        .map(|link| {
            let (href, other) = (link.entry.url(), link.entry.lang);
            view! {
                <a class="fact fact--lang" href=href hreflang=other.tag() title=link.entry.title>
                    <Icon name="globe" />
                    <span lang=other.tag()>{names::lang(other)}</span>
                </a>
            }
        })
        .collect_view();
    let history = format!("{}/history", entry.url());
    view! {
        <header class="article__head">
            <TagList tags=input.tags kind=entry.kind />
            <h1 lang=tag>{input.title}</h1>
            {(!input.summary.is_empty()).then(|| view! { <p class="article__summary" lang=tag>{input.summary}</p> })}
            <p class="facts article__facts">
                <StateBadge state=entry.state />
                {(!entry.authors.is_empty()).then(|| view! { <span class="fact">{entry.authors.join(lang.pick("、", ", "))}</span> })}
                <Day at=made_at />
                <span class="fact">{format::minutes(minutes, lang)}</span>
                <a class="fact" href=history>{format::revision(number, lang)}</a>
                {translations}
            </p>
        </header>
    }
}

/// The table of contents: beside the text where there is room, folded above it where there is not.
#[component]
fn Contents(headings: Vec<Heading>, #[prop(name = "lang")] text_lang: Lang) -> impl IntoView {
    let lang = crate::visit::lang();
    let items = headings
        .into_iter()
        .filter(|heading| heading.level <= 3)
        .map(|heading| {
            view! {
                <li class=format!("contents__item contents__item--{}", heading.level)>
                    <a href=format!("#{}", heading.id)>{heading.text}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="contents" aria-label=t::CONTENTS.of(lang)>
            <details open data-contents="">
                <summary>{t::CONTENTS.of(lang)}</summary>
                <ol lang=text_lang.tag()>{items}</ol>
            </details>
        </nav>
    }
}
