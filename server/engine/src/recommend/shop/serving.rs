//! Candidates, ranking and reasons for one question.

mod chosen;

use std::sync::Arc;

use alluvium_domain::shop::CandidateSource;

use super::candidates::{self, Candidates};
use super::examples::mapped;
use super::features::{Counts, FEATURE_COUNT, FEATURES, GROUP_COUNT, Moment, Said, baseline};
use super::goods::Goods;
use super::model::ShopModel;
use super::profile::{Act, Profile, condensed};
use super::ranker::{Ranker, TASKS, weighted};
use super::reasons::{Attribution, attribute, outline};
use crate::recommend::{RecommendError, Recommender};

/// The newest events of which each is left out once.
pub const LEFT_OUT: usize = 50;

/// A catalogue as recommendations see it: products, counts, and the model where one is trained.
#[derive(Debug)]
pub struct ShopRecommender {
    pub(super) goods: Arc<Goods>,
    pub(super) counts: Counts,
    pub(super) model: Option<Bound>,
    by_hand: Ranker,
    baseline: Vec<f32>,
    /// Products by views, most first.
    pub(super) popular: Vec<u32>,
}

/// A model with the numbers that its items have in the catalogue of today.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) model: Arc<ShopModel>,
    /// Number of each product in the model; none for products that are new since.
    pub(super) of_goods: Vec<Option<u32>>,
    /// Number in the catalogue of each item of the model; none for products that are gone.
    pub(super) to_goods: Vec<Option<u32>>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// In the order of time.
    pub history: &'a [Act],
    /// What is searched; only what was found is ranked then.
    pub query: Option<Searched<'a>>,
    /// When, in seconds since 1970.
    pub at: i64,
    /// How many products.
    pub k: usize,
    /// Weight of each task in the score.
    pub weights: [f64; TASKS],
    /// Groups that are switched off: bit `g` for the group at place `g` of the domain's list.
    pub without: u32,
    /// Whether the model set by hand answers although one is trained.
    pub by_hand: bool,
}

/// A search and what the catalogue's own search found for it.
#[derive(Debug, Clone, Copy)]
pub struct Searched<'a> {
    /// As it was typed.
    pub text: &'a str,
    /// Products with how well each answers: above 0, and 1 for the best.
    pub found: &'a [(u32, f32)],
}

/// A product with its place's score.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Its number.
    pub item: u32,
    /// The weighted sum of the tasks' probabilities.
    pub score: f64,
    /// View, cart and purchase.
    pub tasks: [f64; TASKS],
    /// What brought it.
    pub sources: Vec<CandidateSource>,
    /// Its features, those of groups that are switched off taken from the background.
    pub row: [f32; FEATURE_COUNT],
}

/// What the events of a history give to a product's score.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// The score without any history.
    pub nobody: f64,
    /// Place in the history and the score with the event less the score without it; the newest [`LEFT_OUT`] events, oldest first.
    pub events: Vec<(usize, f64)>,
}

/// Standardised scores of the retrieval models by number of the product.
#[derive(Debug, Clone, Default)]
pub(super) struct Voices {
    pub(super) item_item: Vec<f32>,
    pub(super) sequence: Vec<f32>,
}

impl Voices {
    fn of(&self, item: u32, query: Option<&[f32]>) -> Said {
        let at = |scores: &[f32]| scores.get(item as usize).copied().unwrap_or_default();
        Said { item_item: at(&self.item_item), sequence: at(&self.sequence), query: query.map(at) }
    }
}

impl ShopRecommender {
    /// Joins products, counts and the model.
    pub fn new(goods: Arc<Goods>, counts: Counts, model: Option<Arc<ShopModel>>) -> ShopRecommender {
        let baseline = baseline(&goods, &counts);
        let popular = candidates::popular(&goods, &counts);
        let model = model.map(|model| {
            let to_goods: Vec<Option<u32>> = model.items.iter().map(|id| goods.number(id)).collect();
            let mut of_goods = vec![None; goods.len()];
            for (item, place) in (0..).zip(&to_goods) {
                if let Some(place) = place {
                    of_goods[*place as usize] = Some(item);
                }
            }
            Bound { model, of_goods, to_goods }
        });
        ShopRecommender { goods, counts, model, by_hand: Ranker::by_hand(), baseline, popular }
    }

    /// The products.
    pub fn goods(&self) -> &Goods {
        &self.goods
    }

    /// Products by how often they were opened, most first.
    pub fn popular(&self) -> &[u32] {
        &self.popular
    }

    /// The trained model.
    pub fn model(&self) -> Option<&Arc<ShopModel>> {
        self.model.as_ref().map(|bound| &bound.model)
    }

    /// The background of explanations.
    pub fn baseline(&self) -> &[f32] {
        &self.baseline
    }

    /// The ranker that answers a question.
    pub fn ranker(&self, by_hand: bool) -> &Ranker {
        match &self.model {
            Some(bound) if !by_hand => &bound.model.ranker,
            _ => &self.by_hand,
        }
    }

    /// `[items.len(), FEATURE_COUNT]`: the features of products for a question, those of groups that are switched off taken from the background.
    ///
    /// # Errors
    /// Those of the sequence model.
    pub fn rows(&self, asked: &Asked<'_>, items: &[u32]) -> Result<Vec<f32>, RecommendError> {
        let profile = Profile::new(&self.goods, asked.history, None);
        let voices = self.voices(&[condensed(asked.history, None)], asked.by_hand)?.pop().unwrap_or_default();
        Ok(self.rows_of(asked, &profile, &voices, self.matches(asked).as_deref(), items.iter().copied()))
    }

    fn rows_of(
        &self,
        asked: &Asked<'_>,
        profile: &Profile,
        voices: &Voices,
        query: Option<&[f32]>,
        items: impl Iterator<Item = u32>,
    ) -> Vec<f32> {
        let moment = Moment::new(&self.goods, &self.counts, profile, asked.at);
        items.flat_map(|item| self.masked(moment.row(item, voices.of(item, query), 1), asked.without)).collect()
    }

    /// How well each product answers what is searched, 0 for those that were not found.
    fn matches(&self, asked: &Asked<'_>) -> Option<Vec<f32>> {
        let searched = asked.query?;
        let mut matches = vec![0.0; self.goods.len()];
        for (item, share) in searched.found {
            if let Some(place) = matches.get_mut(*item as usize) {
                *place = *share;
            }
        }
        Some(matches)
    }

    /// The best products, best first. Products of the history are left out.
    ///
    /// # Errors
    /// Those of the sequence model.
    pub fn recommend(&self, asked: &Asked<'_>) -> Result<Vec<Scored>, RecommendError> {
        let profile = Profile::new(&self.goods, asked.history, None);
        let voices = self.voices(&[condensed(asked.history, None)], asked.by_hand)?.pop().unwrap_or_default();
        let query = self.matches(asked);
        let mut chosen = Candidates::new(asked.history, asked.k);
        match &asked.query {
            Some(searched) => searched.found.iter().for_each(|(item, _)| chosen.add(*item, CandidateSource::Query)),
            None => self.gather(&profile, &voices, &mut chosen),
        }
        let items = chosen.items().iter().map(|(item, _)| *item);
        let rows = self.rows_of(asked, &profile, &voices, query.as_deref(), items);
        let values = self.ranker(asked.by_hand).predict(&rows);
        let mut scored: Vec<(usize, f64)> =
            values.chunks_exact(TASKS).map(|tasks| weighted(tasks, &asked.weights)).enumerate().collect();
        // Of equal scores the product that was added first.
        let order = |a: &(usize, f64), b: &(usize, f64)| {
            b.1.total_cmp(&a.1).then_with(|| chosen.items()[a.0].0.cmp(&chosen.items()[b.0].0))
        };
        if scored.len() > asked.k && asked.k > 0 {
            scored.select_nth_unstable_by(asked.k - 1, order);
            scored.truncate(asked.k);
        }
        scored.sort_unstable_by(order);
        Ok(scored
            .into_iter()
            .map(|(place, score)| {
                let (item, sources) = chosen.items()[place];
                let row = std::array::from_fn(|feature| rows[place * FEATURE_COUNT + feature]);
                let tasks = std::array::from_fn(|task| f64::from(values[place * TASKS + task]));
                Scored { item, score, tasks, sources: candidates::sources(sources), row }
            })
            .collect())
    }

    /// What each feature group gives to a product that was recommended.
    pub fn attribute(&self, asked: &Asked<'_>, scored: &Scored) -> Attribution {
        attribute(self.ranker(asked.by_hand), &scored.row, &self.baseline)
    }

    /// What each feature group gives to the score of a product that was recommended, in outline: see [`outline`].
    pub fn outline(&self, asked: &Asked<'_>, scored: &Scored) -> [f64; GROUP_COUNT] {
        outline(self.ranker(asked.by_hand), &scored.row, &self.baseline, &asked.weights)
    }

    /// The event of a history for which the item-item model gives most to a product; none where it knows nothing or gives nothing.
    pub fn closest(&self, history: &[Act], item: u32) -> Option<usize> {
        let bound = self.model.as_ref()?;
        let target = bound.of_goods.get(item as usize).copied().flatten()?;
        let known: Vec<(usize, u32)> = history
            .iter()
            .enumerate()
            .filter_map(|(place, act)| Some((place, bound.of_goods[act.item as usize]?)))
            .collect();
        let items: Vec<u32> = known.iter().map(|(_, item)| *item).collect();
        let shares = bound.model.linear.shares(&items, target).ok()?;
        let (place, share) = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        (*share > 0.0).then(|| known[place].0)
    }

    /// What each event of the history gives to products that were recommended: each is ranked again without it.
    ///
    /// # Errors
    /// Those of the sequence model.
    pub fn leave_out(&self, asked: &Asked<'_>, scored: &[Scored]) -> Result<Vec<LeftOut>, RecommendError> {
        let first = asked.history.len().saturating_sub(LEFT_OUT);
        let places: Vec<usize> = (first..asked.history.len()).collect();
        let mut histories: Vec<Vec<(u32, f32)>> =
            places.iter().map(|place| condensed(asked.history, Some(*place))).collect();
        histories.push(Vec::new());
        let voices = self.voices(&histories, asked.by_hand)?;
        let query = self.matches(asked);
        let mut rows = Vec::with_capacity(histories.len() * scored.len() * FEATURE_COUNT);
        for (number, voices) in voices.iter().enumerate() {
            let profile = match places.get(number) {
                Some(place) => Profile::new(&self.goods, asked.history, Some(*place)),
                None => Profile::default(),
            };
            let items = scored.iter().map(|one| one.item);
            rows.extend(self.rows_of(asked, &profile, voices, query.as_deref(), items));
        }
        let values = self.ranker(asked.by_hand).predict(&rows);
        let score = |history: usize, product: usize| {
            weighted(&values[(history * scored.len() + product) * TASKS..][..TASKS], &asked.weights)
        };
        Ok(scored
            .iter()
            .enumerate()
            .map(|(product, one)| LeftOut {
                nobody: score(places.len(), product),
                events: places.iter().enumerate().map(|(n, place)| (*place, one.score - score(n, product))).collect(),
            })
            .collect())
    }

    /// The features with those of groups that are switched off taken from the background.
    fn masked(&self, mut row: [f32; FEATURE_COUNT], without: u32) -> [f32; FEATURE_COUNT] {
        for (place, (_, group)) in FEATURES.iter().enumerate() {
            if without >> group & 1 == 1 {
                row[place] = self.baseline[place];
            }
        }
        row
    }

    /// Standardised scores of the retrieval models for some histories; empty where there are none.
    fn voices(&self, histories: &[Vec<(u32, f32)>], by_hand: bool) -> Result<Vec<Voices>, RecommendError> {
        let Some(bound) = self.model.as_ref().filter(|_| !by_hand) else {
            return Ok(vec![Voices::default(); histories.len()]);
        };
        let known: Vec<Vec<(u32, f32)>> = histories.iter().map(|history| mapped(history, &bound.of_goods)).collect();
        let mut voices = Vec::with_capacity(histories.len());
        let items = bound.model.items.len();
        let sequences = match &bound.model.sequence {
            Some(sequence) => {
                let plain: Vec<Vec<u32>> =
                    known.iter().map(|history| history.iter().map(|(item, _)| *item).collect()).collect();
                let plain: Vec<&[u32]> = plain.iter().map(Vec::as_slice).collect();
                Some(sequence.scores(&plain)?)
            }
            None => None,
        };
        let mut scores = vec![0.0; items];
        for (place, history) in known.iter().enumerate() {
            scores.fill(0.0);
            bound.model.linear.add_scores(history, &mut scores)?;
            let item_item = bound.by_goods(&mut scores, self.goods.len());
            let sequence = match &sequences {
                Some(all) => bound.by_goods(&mut all[place * items..][..items].to_vec(), self.goods.len()),
                None => Vec::new(),
            };
            voices.push(Voices { item_item, sequence });
        }
        Ok(voices)
    }
}

impl Bound {
    /// Standardises scores over all items and puts them in the order of the catalogue; 0 for products that the model does not know.
    fn by_goods(&self, scores: &mut [f32], goods: usize) -> Vec<f32> {
        standardise(scores);
        let mut all = vec![0.0; goods];
        for (score, place) in scores.iter().zip(&self.to_goods) {
            if let Some(place) = place {
                all[*place as usize] = *score;
            }
        }
        all
    }
}

/// Mean 0 and standard deviation 1, cut at 8; all 0 where they are equal.
pub(super) fn standardise(scores: &mut [f32]) {
    let n = scores.len().max(1) as f64;
    let (mut sum, mut squares) = (0.0_f64, 0.0_f64);
    for score in &*scores {
        sum += f64::from(*score);
        squares += f64::from(*score) * f64::from(*score);
    }
    let mean = sum / n;
    let variance = squares / n - mean * mean;
    let scale = if variance > 1e-12 { variance.sqrt().recip() } else { 0.0 };
    let (mean, scale) = (mean as f32, scale as f32);
    for score in scores {
        *score = ((*score - mean) * scale).clamp(-8.0, 8.0);
    }
}
