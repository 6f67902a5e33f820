//! One term of the glossary.

use alluvium_domain::{EntryFields, Lang, Page, Problem, percent_encoded};
use leptos::prelude::*;

use super::entry::Shown;
use crate::components::answers::Answers;
use crate::components::entry::StateBadge;
use crate::components::icon::Icon;
use crate::components::manage::{EntryActions, OldRevisionNotice, ProposalsNotice, StateNotice};
use crate::components::related::{Backlinks, RelatedList};
use crate::components::tags::TagList;
use crate::components::text::TextBody;
use crate::document::{Document, Section};
use crate::i18n::common as tc;
use crate::i18n::{entry as t, format};

pub(super) fn document(lang: Lang, shown: Shown) -> Result<Document, Problem> {
    let EntryFields::Term { zh, en, definition_zh, definition_en, .. } = &shown.page.revision.input.fields else {
        return Err(Problem::not_found());
    };
    let title = lang.pick(format!("{zh} {en}"), format!("{en} {zh}"));
    let description = lang.pick(definition_zh, definition_en).clone();
    Ok(Document::new(title, Section::Glossary, move || view! { <Term shown /> }).describe(description))
}

#[component]
fn Term(shown: Shown) -> impl IntoView {
    let lang = crate::visit::lang();
    let Shown { page, parts, related, old, proposals, .. } = shown;
    let Page { entry, revision, backlinks, .. } = page;
    let number = revision.summary.number;
    let EntryFields::Term { zh, en, aliases, definition_zh, definition_en } = revision.input.fields else {
        return None;
    };
    let find = format!("/search?q={}", percent_encoded(&lang.pick(&zh, &en).clone()));
    let definitions = lang.pick(
        [(Lang::Zh, definition_zh.clone()), (Lang::En, definition_en.clone())],
        [(Lang::En, definition_en), (Lang::Zh, definition_zh)],
    );
    let definitions = definitions
        .map(|(lang, text)| view! { <p class="term__definition" lang=lang.tag()>{text}</p> })
        .into_iter()
        .collect_view();
    Some(view! {
        <div class="wrap wrap--narrow">
            <article class="term">
                <header class="term__head">
                    <p class="crumb">
                        <a href="/glossary">{tc::GLOSSARY.of(lang)}</a>
                    </p>
                    <h1>
                        <span lang="zh-CN">{zh}</span>
                        " "
                        <span class="term__en" lang="en">{en}</span>
                    </h1>
                    {(!aliases.is_empty())
                        .then(|| {
                            view! {
                                <p class="term__aliases">
                                    <span class="muted">{t::ALSO_CALLED.of(lang)}</span>
                                    " "
                                    {aliases.join(lang.pick("、", ", "))}
                                </p>
                            }
                        })}
                </header>
                {if old {
                    view! { <OldRevisionNotice entry=entry.clone() number /> }.into_any()
                } else {
                    view! { <StateNotice state=entry.state /> }.into_any()
                }}
                <ProposalsNotice proposals />
                {definitions}
                <div class="prose" lang=revision.input.lang.tag()>
                    <TextBody parts />
                </div>
                <Answers questions=revision.input.questions />
                <p class="facts">
                    <StateBadge state=entry.state />
                    <a class="fact" href=format!("{}/history", entry.url())>{format::revision(number, lang)}</a>
                </p>
                <TagList tags=entry.tags.clone() kind=entry.kind />
                <footer class="article__foot">
                    <a class="button button--small" href=find>
                        <Icon name="search" />
                        {t::SEARCH_TERM.of(lang)}
                    </a>
                    <EntryActions entry />
                </footer>
                <Backlinks links=backlinks title=t::USED_IN.of(lang) />
                <RelatedList related />
            </article>
        </div>
    })
}
