//! Reading entries.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use alluvium_domain::{
    Action, Actor, EntryKind, EntrySummary, Lang, LinkRelation, LinkTarget, Page, Problem, Rendered, Revision, Role,
};
use alluvium_store::{EntryQuery, EntryRow};

use super::{EntryFilter, EntryList, FilledEntry};
use crate::error::internal;
use crate::processor::{for_page, on_processor};
use crate::render::Resolved;
use crate::{Services, render};

/// Entries on a page of a list unless asked, and at most.
const DEFAULT_LIMIT: usize = 20;
const MOST: usize = 200;

impl Services {
    /// An entry's page at its latest revision.
    pub async fn entry_page(&self, actor: &Actor, kind: EntryKind, slug: &str, lang: Lang) -> Result<Page, Problem> {
        let (entry, revision) = self.entry_source(actor, kind, slug).await?;
        self.page(actor, entry, revision, lang).await
    }

    /// An entry's page at one of its revisions.
    pub async fn entry_page_at(
        &self,
        actor: &Actor,
        kind: EntryKind,
        slug: &str,
        number: i32,
        lang: Lang,
    ) -> Result<Page, Problem> {
        let (entry, revision) = self.revision_at(actor, kind, slug, number).await?;
        self.page(actor, entry, revision, lang).await
    }

    /// An entry with its latest revision: what the editor opens.
    pub async fn entry_source(
        &self,
        actor: &Actor,
        kind: EntryKind,
        slug: &str,
    ) -> Result<(EntrySummary, Revision), Problem> {
        let entry = self.entry_visible(actor, kind, slug).await?.summary;
        let revision = self.inner.store.revision_get(entry.id, Some(entry.revision_number)).await.map_err(internal)?;
        Ok((entry, revision.ok_or_else(Problem::not_found)?))
    }

    /// One revision of an entry.
    pub async fn revision_at(
        &self,
        actor: &Actor,
        kind: EntryKind,
        slug: &str,
        number: i32,
    ) -> Result<(EntrySummary, Revision), Problem> {
        let entry = self.entry_visible(actor, kind, slug).await?.summary;
        let revision = self.inner.store.revision_get(entry.id, Some(number)).await.map_err(internal)?;
        Ok((entry, revision.ok_or_else(Problem::not_found)?))
    }

    /// An entry that the actor may see; what they may not see does not exist for them.
    pub(crate) async fn entry_visible(&self, actor: &Actor, kind: EntryKind, slug: &str) -> Result<EntryRow, Problem> {
        actor.may(Action::Read)?;
        let row = self.inner.store.entry_by_slug(kind, slug).await.map_err(internal)?;
        row.filter(|row| actor.sees(row.summary.state, row.summary.created_by)).ok_or_else(Problem::not_found)
    }

    async fn page(&self, actor: &Actor, entry: EntrySummary, revision: Revision, lang: Lang) -> Result<Page, Problem> {
        let rendered = self.rendered(&revision, lang).await?;
        let mut incoming = self.inner.store.link_incoming(entry.kind, entry.slug.as_str()).await.map_err(internal)?;
        let outgoing = self.inner.store.link_outgoing(entry.id).await.map_err(internal)?;
        // Of several links from one entry the one that says more is shown.
        incoming.sort_by_key(|(relation, _)| *relation == LinkRelation::Mentions);
        let mut ids: Vec<_> = incoming.iter().chain(&outgoing).map(|(_, id)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let others: HashMap<_, _> = self
            .inner
            .store
            .entry_by_ids(&ids)
            .await
            .map_err(internal)?
            .into_iter()
            .filter(|row| row.summary.id != entry.id && actor.sees(row.summary.state, row.summary.created_by))
            .map(|row| (row.summary.id.0, row.summary))
            .collect();
        let target = |(relation, id): &(LinkRelation, uuid::Uuid)| {
            others.get(id).map(|entry| LinkTarget { relation: *relation, entry: entry.clone() })
        };
        let mut seen = HashSet::new();
        let backlinks = incoming
            .iter()
            .filter(|(relation, id)| *relation != LinkRelation::TranslationOf && seen.insert(*id))
            .filter_map(target)
            .collect();
        let links = outgoing
            .iter()
            .filter(|(relation, _)| *relation != LinkRelation::Mentions)
            .chain(incoming.iter().filter(|(relation, _)| *relation == LinkRelation::TranslationOf))
            .filter_map(target)
            .collect();
        Ok(Page { entry, revision, rendered: rendered.rendered.clone(), backlinks, links })
    }

    /// A revision's text as HTML, from the cache where it is there.
    async fn rendered(&self, revision: &Revision, lang: Lang) -> Result<Arc<Resolved>, Problem> {
        let glossary = self.glossary().await?;
        let key = (revision.summary.id, lang, glossary.generation);
        if let Some(kept) = self.inner.rendered.get(&key)
            && self.titles(&kept.rendered.wiki_links).await? == kept.titles
        {
            return Ok(kept);
        }
        let text = Arc::new(self.resolved(&revision.input.body, lang).await?);
        self.inner.rendered.insert(key, text.clone());
        Ok(text)
    }

    /// Renders a text as the article page shows it, off the request threads.
    async fn render_decorated(&self, markdown: &str, lang: Lang) -> Result<Rendered, Problem> {
        Ok(self.resolved(markdown, lang).await?.rendered)
    }

    async fn resolved(&self, markdown: &str, lang: Lang) -> Result<Resolved, Problem> {
        let glossary = self.glossary().await?;
        let titles = self.titles(&render::wiki_links(markdown)).await?;
        let markdown = markdown.to_owned();
        for_page(move || {
            let options =
                render::Options { decorate: true, lang, titles: &titles, terms: Some(glossary.matcher(lang)) };
            let rendered = render::render(&markdown, &options);
            Resolved { rendered, titles }
        })
        .await
    }

    async fn titles(&self, links: &[(EntryKind, String)]) -> Result<HashMap<(EntryKind, String), String>, Problem> {
        if links.is_empty() {
            return Ok(HashMap::new());
        }
        let kinds: Vec<String> = links.iter().map(|(kind, _)| kind.code().to_owned()).collect();
        let slugs: Vec<String> = links.iter().map(|(_, slug)| slug.clone()).collect();
        let rows = self.inner.store.entry_titles(&kinds, &slugs).await.map_err(internal)?;
        Ok(rows.into_iter().filter_map(|(kind, slug, title)| Some(((kind.parse().ok()?, slug), title))).collect())
    }

    /// Renders a text that nobody has saved: the editor's preview.
    pub async fn preview(&self, actor: &Actor, markdown: &str, lang: Lang) -> Result<Rendered, Problem> {
        actor.may(Action::Read)?;
        check_body(markdown)?;
        let mut rendered = self.render_decorated(markdown, lang).await?;
        let text = markdown.to_owned();
        let warning = on_processor(move || render::warning(&text, lang)).await?;
        rendered.parts.splice(0..0, warning);
        Ok(rendered)
    }

    /// Renders a text to one piece of safe HTML for other programs; `decorate` as the article page has it.
    pub async fn render_html(&self, actor: &Actor, markdown: &str, decorate: bool) -> Result<String, Problem> {
        actor.may(Action::Read)?;
        check_body(markdown)?;
        if decorate {
            return Ok(render::html(&self.render_decorated(markdown, Lang::Zh).await?));
        }
        let markdown = markdown.to_owned();
        on_processor(move || render::html(&render::render(&markdown, &render::Options::plain()))).await
    }

    /// A page of a list.
    pub async fn entry_list(&self, actor: &Actor, filter: &EntryFilter) -> Result<EntryList, Problem> {
        actor.may(Action::Read)?;
        let limit = if filter.limit == 0 { DEFAULT_LIMIT } else { filter.limit.min(MOST) };
        let query = EntryQuery {
            kind: filter.kind,
            tag: filter.tag.clone(),
            lang: filter.lang,
            state: filter.state,
            author: filter.author.clone(),
            progress: filter.progress,
            created_by: if filter.mine { actor.user_id() } else { None },
            viewer: actor.user_id(),
            sees_all: actor.is(Role::Reviewer),
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
            offset: i64::try_from(filter.offset).unwrap_or(i64::MAX),
        };
        let (rows, total) = self.inner.store.entry_list(&query).await.map_err(internal)?;
        Ok(EntryList {
            entries: rows.into_iter().map(|row| row.summary).collect(),
            total: usize::try_from(total).unwrap_or_default(),
        })
    }

    /// A page of a list with what only the kind has, and how many there are in all.
    pub async fn entry_list_filled(
        &self,
        actor: &Actor,
        filter: &EntryFilter,
    ) -> Result<(Vec<FilledEntry>, usize), Problem> {
        let list = self.entry_list(actor, filter).await?;
        let ids: Vec<_> = list.entries.iter().map(|entry| entry.id.0).collect();
        let revisions = self.inner.store.revision_latest(&ids).await.map_err(internal)?;
        let mut fields: HashMap<_, _> =
            revisions.into_iter().map(|revision| (revision.summary.entry, revision.input.fields)).collect();
        let filled = list
            .entries
            .into_iter()
            .filter_map(|entry| fields.remove(&entry.id).map(|fields| FilledEntry { entry, fields }))
            .collect();
        Ok((filled, list.total))
    }

    /// Authors of published entries (owners of experiments) with their counts, most frequent first.
    pub async fn entry_authors(&self, actor: &Actor, kind: EntryKind) -> Result<Vec<(String, usize)>, Problem> {
        actor.may(Action::Read)?;
        let authors = self.inner.store.entry_authors(kind).await.map_err(internal)?;
        Ok(authors.into_iter().map(|(name, count)| (name, usize::try_from(count).unwrap_or_default())).collect())
    }

    /// Tags of published entries, of one kind and in one language where these are given, with their counts, most frequent first.
    pub async fn entry_tags(
        &self,
        actor: &Actor,
        kind: Option<EntryKind>,
        lang: Option<Lang>,
    ) -> Result<Vec<(String, usize)>, Problem> {
        actor.may(Action::Read)?;
        let tags = self.inner.store.entry_tags(kind, lang).await.map_err(internal)?;
        Ok(tags.into_iter().map(|(tag, count)| (tag, usize::try_from(count).unwrap_or_default())).collect())
    }
}

fn check_body(markdown: &str) -> Result<(), Problem> {
    use alluvium_domain::Issue;
    use alluvium_domain::entry::limits::BODY;
    let actual = markdown.chars().count();
    if actual > BODY {
        return Err(Problem::field("markdown", Issue::TooLong { limit: BODY, actual }));
    }
    Ok(())
}
