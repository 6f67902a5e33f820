//! Entries related to one: shared words and tags, links, nearness of their texts. Each part is shown.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use alluvium_domain::search::Related;
use alluvium_domain::{Action, Actor, EntryId, EntryState, FeatureGroup, Problem};
use alluvium_engine::metrics;
use alluvium_engine::search::query_terms;
use uuid::Uuid;

use super::index::{Known, Search, read};
use super::score::{Features, Parts};
use crate::Services;
use crate::error::internal;
use crate::processor::for_page;

/// Weights of the parts, against a cosine above the mean of about 0.3.
const WORDS: f64 = 0.4;
const TAG: f64 = 0.06;
const LINK: f64 = 0.15;
const SAME_LANGUAGE: f64 = 0.05;
/// Words of the title that are looked up.
const MOST_WORDS: usize = 12;

/// An entry and how near it is to another.
pub(super) struct Other {
    /// `baseline + parts`.
    pub(super) score: f64,
    pub(super) known: Arc<Known>,
    parts: Parts,
}

/// All other entries with their nearness to one.
#[derive(Default)]
pub(super) struct Ranked {
    features: Features,
    baseline: f64,
    pub(super) others: Vec<Other>,
}

impl Services {
    /// What to read besides an entry, each with the reason. Its own translation is not among them.
    pub async fn related(&self, actor: &Actor, entry: EntryId, limit: usize) -> Result<Vec<Related>, Problem> {
        actor.may(Action::Read)?;
        let ranked = self.relatedness(actor, entry).await?;
        // One of two translations is enough: the one in the reader's language comes first by its score.
        let search = self.inner.search();
        let translations = read(&search.translations);
        let mut chosen: Vec<Related> = Vec::new();
        for related in ranked.others {
            let twin = translations.get(&related.known.summary.id.0);
            if twin.is_none_or(|twin| chosen.iter().all(|other| other.entry.id.0 != *twin)) {
                let method = "words + tags + links + cosine (exact)";
                let explanation = related.parts.explanation(&ranked.features, method, ranked.baseline, related.score);
                let entry = related.known.summary.clone();
                chosen.push(Related { entry, score: related.score, explanation });
            }
            if chosen.len() == limit {
                break;
            }
        }
        Ok(chosen)
    }

    /// How near every other entry that the reader sees is to this one, nearest first. Nothing where the entry is not known.
    pub(super) async fn relatedness(&self, actor: &Actor, entry: EntryId) -> Result<Ranked, Problem> {
        let search = self.inner.search();
        let Some(own) = read(&search.entries).get(&entry.0).cloned() else { return Ok(Ranked::default()) };
        let kind = own.summary.kind;
        let links: HashSet<Uuid> = {
            let incoming = self.inner.store.link_incoming(kind, own.summary.slug.as_str()).await.map_err(internal)?;
            let outgoing = self.inner.store.link_outgoing(entry).await.map_err(internal)?;
            incoming.into_iter().chain(outgoing).map(|(_, id)| id).collect()
        };
        let actor = actor.clone();
        for_page(move || ranked(&search, &actor, &own, &links)).await?
    }
}

/// All other entries that the reader sees, nearest first.
fn ranked(search: &Search, actor: &Actor, own: &Known, links: &HashSet<Uuid>) -> Result<Ranked, Problem> {
    let entry = own.summary.id;
    let mut words: Vec<String> = query_terms(&own.summary.title).into_iter().map(|token| token.text).collect();
    words.truncate(MOST_WORDS);
    let texts: Vec<&str> = words.iter().map(String::as_str).collect();
    let lexical = if texts.is_empty() { HashMap::new() } else { search.lexical.matches(&texts).map_err(internal)? };
    let mut scale = 0.0;
    for word in &texts {
        scale += search.lexical.most(word).map_err(internal)?;
    }
    let (nearest, mean) = {
        let passages = read(&search.passages);
        let centre = passages.centre(&entry.0);
        let nearest: HashMap<_, _> =
            centre.map(|centre| passages.nearest(&centre)).unwrap_or_default().into_iter().collect();
        let cosines: Vec<f64> = nearest.values().map(|similar| f64::from(similar.cosine)).collect();
        let mean = metrics::mean(&cosines);
        (nearest, mean)
    };
    let translation = read(&search.translations).get(&entry.0).copied();
    let mut features = Features::default();
    let terms: Vec<usize> =
        words.iter().map(|word| features.number(&format!("term:{word}"), FeatureGroup::Lexical, word)).collect();
    let tags: Vec<(&String, usize)> = own
        .summary
        .tags
        .iter()
        .map(|tag| (tag, features.number(&format!("tag:{tag}"), FeatureGroup::Relation, tag)))
        .collect();
    let link = features.number("link", FeatureGroup::Relation, "↔");
    let cosine = features.number("cosine", FeatureGroup::Semantic, "≈");
    let language = features.number("rule:language", FeatureGroup::Rule, own.summary.lang.code());
    let mut others: Vec<Other> = Vec::new();
    for (id, known) in read(&search.entries).iter() {
        let other = &known.summary;
        let hidden = other.state != EntryState::Published || !actor.sees(other.state, other.created_by);
        if *id == entry.0 || Some(*id) == translation || hidden {
            continue;
        }
        let mut parts = Parts::default();
        for (number, amount) in lexical.get(id).map(|matched| matched.amounts.as_slice()).unwrap_or_default() {
            parts.add(&features, terms[*number], WORDS * amount / scale.max(1.0));
        }
        for (_, tag) in tags.iter().filter(|(tag, _)| other.tags.contains(tag)) {
            parts.add(&features, *tag, TAG);
        }
        if links.contains(id) {
            parts.add(&features, link, LINK);
        }
        if let Some(similar) = nearest.get(id) {
            parts.add(&features, cosine, f64::from(similar.cosine));
        }
        if parts.is_empty() {
            continue;
        }
        if other.lang == own.summary.lang {
            parts.add(&features, language, SAME_LANGUAGE);
        }
        others.push(Other { score: parts.sum() - mean, known: known.clone(), parts });
    }
    others.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.known.summary.id.cmp(&b.known.summary.id)));
    Ok(Ranked { features, baseline: -mean, others })
}
