//! A product search from the query to explained hits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use alluvium_domain::search::WordMatches;
use alluvium_domain::shop::{
    Catalogue, Correction, Product, ProductFilter, ProductHit, ProductQuery, ProductResults, Ranker,
};
use alluvium_domain::{Action, Actor, Contribution, Explanation, FeatureGroup, Problem};
use alluvium_engine::products::{
    BM25, Candidates, Feature, HYBRID, LEARNED, LinearRanker, Part, QueryFeatures, Ranked, TermKind,
};

use super::shelf::{Content, Shelf};
use super::understood::{Understanding, understand};
use super::words::QueryWords;
use super::{facets, terms};
use crate::Services;
use crate::processor::on_processor;

/// The weights behind a name.
fn weights(ranker: Ranker) -> &'static LinearRanker {
    match ranker {
        Ranker::Bm25 => &BM25,
        Ranker::Hybrid => &HYBRID,
        Ranker::Learned => &LEARNED,
    }
}

/// A query against one shelf: everything but the order.
struct Asked {
    shelf: Arc<Shelf>,
    query: QueryFeatures,
    /// What is switched off.
    off: Vec<String>,
    words: Option<QueryWords>,
    corrections: Vec<Correction>,
    understanding: Understanding,
    /// Whether meaning was wanted and could not be compared.
    degraded: bool,
}

/// A product's place in a list, however far down.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductPlace {
    /// Place, from 1.
    pub rank: usize,
    /// Score.
    pub score: f64,
    /// Why.
    pub explanation: Explanation,
}

/// The whole order of one ranker for one query.
#[derive(Debug, Clone)]
pub struct ProductRanking {
    /// Which.
    pub ranker: Ranker,
    /// The first hits, explained.
    pub hits: Vec<ProductHit>,
    /// How many there are in all.
    pub total: usize,
    /// The places of products that were asked for, by id; one that was not found is not there.
    pub places: HashMap<String, ProductPlace>,
}

/// Several rankers on one query.
#[derive(Debug, Clone)]
pub struct ProductRankings {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// Words that stand for others.
    pub corrections: Vec<Correction>,
    /// Whether meaning could not be compared.
    pub degraded: bool,
    /// In the order in which they were asked for.
    pub rankings: Vec<ProductRanking>,
}

impl Services {
    /// Finds products. An empty query finds nothing: [`Services::product_list`] lists.
    pub async fn product_search(
        &self,
        actor: &Actor,
        catalogue: &str,
        request: ProductQuery,
    ) -> Result<ProductResults, Problem> {
        let start = Instant::now();
        actor.may(Action::Read)?;
        let request = request.checked()?;
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let shelf = self.search_shelf(catalogue.id).await?;
        let asked = self.product_ask(shelf, &request.query, &request.without, request.ranker).await?;
        let answered = on_processor(move || {
            let content = asked.shelf.content();
            let ranker = weights(request.ranker);
            let candidates = asked.candidates(&content, &request.filter);
            let ranked = ranker.rank(&asked.query, &candidates);
            // Where nothing but filters was asked for, every hit has all that was.
            let matches = match asked.query.all {
                true => WordMatches { every: ranked.len(), some: ranked.len() },
                false => matches(&ranked),
            };
            let found = ranked.iter().filter_map(|one| content.products.get(&one.candidate.key));
            let facets = facets::facets(found.map(Arc::as_ref));
            let page = ranked.iter().enumerate().skip(request.filter.offset).take(request.filter.limit);
            let hits = page
                .filter_map(|(place, one)| {
                    let explanation = request.explain.then(|| asked.explain(&content, ranker, &candidates, one));
                    hit(&content, place, one, explanation)
                })
                .collect();
            let total = ranked.len();
            drop(content);
            ProductResults {
                catalogue,
                corrections: asked.corrections,
                understood: asked.understanding.phrases,
                matches,
                took_ms: start.elapsed().as_secs_f64() * 1e3,
                degraded: asked.degraded,
                total,
                hits,
                facets,
            }
        });
        answered.await
    }

    /// The ids of at most `limit` products that answer a query, best first: what recommendation takes as candidates. Each comes with how well it answers:
    /// 1 for the best, 0 for a product that had nothing of the query.
    pub(crate) async fn product_search_ids(
        &self,
        catalogue: &Catalogue,
        query: &str,
        limit: usize,
    ) -> Result<Vec<(String, f64)>, Problem> {
        let request = ProductQuery::new(query, 1).checked()?;
        let shelf = self.search_shelf(catalogue.id).await?;
        let asked = self.product_ask(shelf, &request.query, &[], request.ranker).await?;
        let found = on_processor(move || {
            let content = asked.shelf.content();
            let ranker = weights(request.ranker);
            let candidates = asked.candidates(&content, &request.filter);
            let ranked = ranker.rank(&asked.query, &candidates);
            let nothing = ranker.nothing(candidates.semantic);
            let best = ranked.first().map_or(nothing, |one| one.score);
            let share = |score: f64| if best > nothing { (score - nothing) / (best - nothing) } else { 0.0 };
            let id = |key: &i32| Some(content.products.get(key)?.input.id.clone());
            let found = ranked.iter().take(limit);
            found.filter_map(|one| Some((id(&one.candidate.key)?, share(one.score)))).collect()
        });
        found.await
    }

    /// The first `limit` products of several rankers, explained, and the places of the products `wanted`, and of each product that any of them shows, in
    /// all of them.
    pub async fn product_rankings(
        &self,
        actor: &Actor,
        catalogue: &str,
        query: &str,
        rankers: &[Ranker],
        wanted: &[String],
        limit: usize,
    ) -> Result<ProductRankings, Problem> {
        actor.may(Action::Read)?;
        let request = ProductQuery::new(query, limit).checked()?;
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let shelf = self.search_shelf(catalogue.id).await?;
        let asked = self.product_ask(shelf, &request.query, &[], Ranker::Learned).await?;
        let (rankers, wanted) = (rankers.to_vec(), wanted.to_vec());
        let compared = on_processor(move || {
            let content = asked.shelf.content();
            let candidates = asked.candidates(&content, &request.filter);
            let orders: Vec<Vec<Ranked>> =
                rankers.iter().map(|ranker| weights(*ranker).rank(&asked.query, &candidates)).collect();
            let mut shown: Vec<i32> =
                orders.iter().flat_map(|ranked| ranked.iter().take(limit).map(|one| one.candidate.key)).collect();
            let is_wanted = |product: &Product| wanted.contains(&product.input.id);
            shown
                .extend(content.products.values().filter(|product| is_wanted(product)).map(|product| product.number.0));
            let mut rankings = Vec::new();
            for (ranker, ranked) in rankers.iter().zip(&orders) {
                let explain = |one: &Ranked| asked.explain(&content, weights(*ranker), &candidates, one);
                let hits = ranked.iter().take(limit).enumerate();
                let hits = hits.filter_map(|(place, one)| hit(&content, place, one, Some(explain(one)))).collect();
                let mut places = HashMap::new();
                for (place, one) in ranked.iter().enumerate().filter(|(_, one)| shown.contains(&one.candidate.key)) {
                    if let Some(product) = content.products.get(&one.candidate.key) {
                        let place = ProductPlace { rank: place + 1, score: one.score, explanation: explain(one) };
                        places.insert(product.input.id.clone(), place);
                    }
                }
                rankings.push(ProductRanking { ranker: *ranker, hits, total: ranked.len(), places });
            }
            drop(content);
            ProductRankings { catalogue, corrections: asked.corrections, degraded: asked.degraded, rankings }
        });
        compared.await
    }

    /// The numbers of the first `limit` products of several rankers, best first, for a query that is read once, as the shelf is now; and whether meaning could not be
    /// compared.
    pub(crate) async fn product_orders(
        &self,
        shelf: Arc<Shelf>,
        query: &str,
        rankers: &[Ranker],
        limit: usize,
    ) -> Result<(Vec<Vec<i32>>, bool), Problem> {
        let request = ProductQuery::new(query, limit).checked()?;
        let asked = self.product_ask(shelf, &request.query, &[], Ranker::Learned).await?;
        let rankers = rankers.to_vec();
        let orders = on_processor(move || {
            let candidates = asked.candidates(&asked.shelf.content(), &request.filter);
            let order = |ranker: &Ranker| -> Vec<i32> {
                let ranked = weights(*ranker).rank(&asked.query, &candidates);
                ranked.iter().take(limit).map(|one| one.candidate.key).collect()
            };
            (rankers.iter().map(order).collect(), asked.degraded)
        });
        orders.await
    }

    async fn product_ask(
        &self,
        shelf: Arc<Shelf>,
        text: &str,
        without: &[String],
        ranker: Ranker,
    ) -> Result<Asked, Problem> {
        let search = &shelf.search;
        let gloss = search.gloss();
        let (understanding, (terms, corrections)) = {
            let (shelf, text) = (shelf.clone(), text.to_owned());
            let read = move || {
                let content = shelf.content();
                let gloss = shelf.search.gloss();
                let understanding = understand(&text, &content);
                let terms = terms(&content.index, &understanding.text, &|word: &str| gloss.words(word));
                (understanding, terms)
            };
            on_processor(read).await?
        };
        let text = understanding.text.as_str();
        let meaning = ranker != Ranker::Bm25;
        let ready = shelf.content().reads_meaning() && search.worker.is_some();
        let read_as = gloss.read(text);
        let words = if meaning && ready && read_as.text.chars().any(char::is_alphanumeric) {
            let states = search.token_states(vec![read_as.text.clone()]).await?.pop();
            states.map(|states| QueryWords::new(&states, &read_as))
        } else {
            None
        };
        let off = without.to_vec();
        let vector = words.as_ref().filter(|_| !off.iter().any(|name| name == "cosine"));
        let vector = vector.and_then(|words| words.vector(&off));
        let all = text.is_empty() && !understanding.is_open();
        let query = QueryFeatures { terms, vector, off: off.iter().cloned().collect(), all };
        let degraded = meaning && (search.worker.is_none() || shelf.content().lacks_vectors());
        Ok(Asked { shelf, query, off, words, corrections, understanding, degraded })
    }
}

impl Asked {
    /// The same for every ranker: those that no word speaks for are left out by one that does not weigh meaning.
    fn candidates(&self, content: &Content, filter: &ProductFilter) -> Candidates {
        let open = facets::is_open(filter) && self.understanding.is_open();
        let passes = |product: &Product| facets::passes(product, filter) && self.understanding.passes(product);
        let allowed = |number: i32| open || content.products.get(&number).is_some_and(|product| passes(product));
        content.index.candidates(&self.query, &allowed)
    }

    /// `baseline + parts + gap = score`; the gap is rounding only.
    fn explain(&self, content: &Content, ranker: &LinearRanker, candidates: &Candidates, one: &Ranked) -> Explanation {
        let mut contributions: Vec<Contribution> = Vec::new();
        let mut add = |feature: String, group: FeatureGroup, value: String, amount: f64| match contributions
            .iter_mut()
            .find(|known| known.feature == feature)
        {
            Some(known) => known.amount += amount,
            None => contributions.push(Contribution { feature, group, value, amount }),
        };
        for part in ranker.parts(&content.index, &self.query, candidates, &one.candidate) {
            let stored = content.index.vector_of(one.candidate.key);
            match (part.feature, &self.words, stored) {
                (Feature::Cosine, Some(words), Some(stored)) => {
                    let weight = ranker.weight(Feature::Cosine, &self.query);
                    for (name, value, share) in words.shares(stored, &self.off) {
                        add(name.to_owned(), FeatureGroup::Semantic, value.to_owned(), weight * share);
                    }
                }
                _ => {
                    let (group, value) = self.described(&part);
                    add(part.name, group, value, part.amount);
                }
            }
        }
        let baseline = ranker.baseline(candidates.semantic);
        Explanation::new(ranker.method, baseline, one.score, contributions)
    }

    /// The group of a part, and what a person reads.
    fn described(&self, part: &Part) -> (FeatureGroup, String) {
        let Some(term) = part.term.and_then(|number| self.query.terms.get(number)) else {
            let value = match part.feature {
                Feature::Coverage => format!("{:.0} %", part.value * 100.0),
                Feature::Cosine | Feature::Alike | Feature::SameKind => format!("{:.2}", part.value),
                Feature::Year => format!("{:.0}", part.value),
                Feature::Price => format!("{:.2}", part.value.exp_m1() / 100.0),
                Feature::Phrase => if part.value > 0.5 { "=" } else { "≠" }.to_owned(),
                _ => format!("{:.0}", part.value.exp_m1()),
            };
            return (part.feature.group(), value);
        };
        let group = match term.kind {
            TermKind::Translated => FeatureGroup::Glossary,
            _ => part.feature.group(),
        };
        (group, term.shown.clone())
    }
}

/// How many of the hits have every word, and how many some: a hit of which no word speaks is near in meaning only.
fn matches(ranked: &[Ranked]) -> WordMatches {
    let coverage = |one: &Ranked| one.candidate.values[Feature::Coverage as usize];
    WordMatches {
        every: ranked.iter().rposition(|one| coverage(one) >= 1.0).map_or(0, |place| place + 1),
        some: ranked.iter().filter(|one| coverage(one) > 0.0).count(),
    }
}

fn hit(content: &Content, place: usize, one: &Ranked, explanation: Option<Explanation>) -> Option<ProductHit> {
    let product = content.products.get(&one.candidate.key)?.as_ref().clone();
    let coverage = one.candidate.values[Feature::Coverage as usize];
    Some(ProductHit { product, rank: place + 1, score: one.score, coverage, explanation })
}
