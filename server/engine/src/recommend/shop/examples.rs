//! Examples for the ranking model out of events: what was opened, and stand-ins for what was shown beside it.
//!
//! Events say what was opened, not what was shown. A visit (events of one shopper with one query, each within an hour of the one before)
//! showed a list; for each place of it that no event names, a stand-in is drawn from what the shop could have shown there: products of the
//! categories that were opened, which the query finds, in proportion to their views so far (plus one), without what the visit opened or
//! the shopper bought before. A share of the places is kept ([`Examples::rate`]), and the network's first logit is corrected for that.
//! All features are those of the moment before the visit: history, counts and the retrieval models know nothing of it or of what came later.

use std::collections::{HashMap, HashSet};

use super::features::{Counts, FEATURE_COUNT, Moment, Said};
use super::goods::Goods;
use super::profile::{Act, Profile, condensed};
use super::ranker::TASKS;
use super::serving::{Voices, standardise};
use crate::random::SplitMix;
use crate::recommend::{LinearModel, RecommendError, Recommender, SequenceModel};
use alluvium_domain::shop::{EventKind, limits};

/// Places of a list, at most.
const LIST: u32 = 20;
/// Stand-ins for each product that was opened, where events have no places.
const BESIDE: usize = 4;
/// Events further apart belong to two visits, in seconds.
const VISIT: i64 = 3_600;
/// Products of a shelf that are looked at for one draw.
const SHELF: usize = 512;
/// Visits whose histories go through the retrieval models together.
const TOGETHER: usize = 256;

/// An event of a shop as learning reads it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deed {
    /// Number of the shopper.
    pub shopper: u32,
    /// What, with which product, when.
    pub act: Act,
    /// Place in the list, from 1.
    pub position: Option<u32>,
    /// Number of the query among those of [`Deeds`].
    pub query: Option<u32>,
}

/// The events of a shop.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deeds {
    deeds: Vec<Deed>,
    queries: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Deeds {
    /// Adds an event.
    pub fn add(&mut self, shopper: u32, act: Act, position: Option<u32>, query: Option<&str>) {
        let query = query.map(|query| match self.numbers.get(query) {
            Some(number) => *number,
            None => {
                let number = super::goods::count(self.queries.len());
                self.numbers.insert(query.to_owned(), number);
                self.queries.push(query.to_owned());
                number
            }
        });
        self.deeds.push(Deed { shopper, act, position, query });
    }

    /// Puts the events in the order of time. Of one moment, in the order in which they were added.
    pub fn sort(&mut self) {
        self.deeds.sort_by_key(|deed| deed.act.at);
    }

    /// Number of events.
    pub fn len(&self) -> usize {
        self.deeds.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.deeds.is_empty()
    }

    /// The time before which a share of the events lies.
    pub fn time_at(&self, share: f64) -> i64 {
        let place = (share * self.deeds.len() as f64) as usize;
        match self.deeds.get(place) {
            Some(deed) => deed.act.at,
            None => self.deeds.last().map_or(0, |deed| deed.act.at + 1),
        }
    }

    /// Each shopper's events before a time, in the order of time; shoppers in the order of their numbers.
    pub fn histories(&self, before: i64) -> Vec<(u32, Vec<Act>)> {
        let mut histories: HashMap<u32, Vec<Act>> = HashMap::new();
        for deed in self.deeds.iter().take_while(|deed| deed.act.at < before) {
            histories.entry(deed.shopper).or_default().push(deed.act);
        }
        let mut histories: Vec<(u32, Vec<Act>)> = histories.into_iter().collect();
        histories.sort_unstable_by_key(|(shopper, _)| *shopper);
        histories
    }

    /// How often what was done with each of `n` products before a time.
    pub fn counts(&self, n: usize, before: i64) -> Counts {
        let mut counts = Counts::new(n);
        for deed in self.deeds.iter().take_while(|deed| deed.act.at < before) {
            counts.add(deed.act.item, deed.act.kind, 1.0);
        }
        counts
    }
}

/// Rows of features with what came of them, in the order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Examples {
    /// `[n, FEATURE_COUNT]`, not standardised.
    pub rows: Vec<f32>,
    /// Whether the product was opened, put into the cart, bought: each 0 or 1, never rising.
    pub labels: Vec<[f32; TASKS]>,
    /// Whose visit, which product, when, in which place.
    pub of: Vec<(u32, u32, i64, u32)>,
    /// Share of the stand-ins that are kept.
    pub rate: f32,
}

impl Examples {
    /// Number of examples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// The retrieval models that give features, trained on what lies before the examples.
#[derive(Debug, Clone, Copy)]
pub struct Retrieval<'a> {
    /// Item-item weights.
    pub linear: &'a LinearModel,
    /// Self-attention, where there is one.
    pub sequence: Option<&'a SequenceModel>,
    /// Number of each product in these models; none for products that they do not know.
    pub of_goods: &'a [Option<u32>],
}

#[derive(Debug)]
struct Visit {
    shopper: u32,
    start: i64,
    last: i64,
    query: Option<u32>,
    /// Product, place, and how far it went: 0 opened to 2 bought.
    opened: Vec<(u32, Option<u32>, usize)>,
}

/// The examples of the visits that begin in `from..to`.
///
/// # Errors
/// Those of the sequence model.
pub fn examples(
    goods: &Goods,
    deeds: &Deeds,
    retrieval: Retrieval<'_>,
    (from, to): (i64, i64),
    rate: f32,
    seed: u64,
) -> Result<Examples, RecommendError> {
    let visits = visits(&deeds.deeds, from, to);
    let list = deeds.deeds.iter().filter_map(|deed| deed.position).max().map(|most| most.clamp(2, LIST));
    let mut random = SplitMix::new(seed);
    let mut examples = Examples { rate, ..Examples::default() };
    let mut counts = Counts::new(goods.len());
    let mut histories: HashMap<u32, Vec<Act>> = HashMap::new();
    let mut found: HashMap<u32, Option<Vec<f32>>> = HashMap::new();
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut next = 0;
    for visit in &visits {
        while let Some(deed) = deeds.deeds.get(next).filter(|deed| deed.act.at < visit.start) {
            counts.add(deed.act.item, deed.act.kind, 1.0);
            histories.entry(deed.shopper).or_default().push(deed.act);
            next += 1;
        }
        let history = histories.get(&visit.shopper).map_or(&[][..], Vec::as_slice);
        let history = &history[history.len().saturating_sub(limits::HISTORY)..];
        let matches = visit.query.and_then(|query| {
            found.entry(query).or_insert_with(|| goods.matches(&deeds.queries[query as usize])).as_deref()
        });
        let shown = shown(goods, &counts, history, visit, matches, list, rate, &mut random);
        let profile = Profile::new(goods, history, None);
        let moment = Moment::new(goods, &counts, &profile, visit.start);
        let start = examples.len();
        for (item, place, labels) in shown {
            let query = visit.query.map(|_| matches.map_or(0.0, |shares| shares[item as usize]));
            examples.rows.extend(moment.row(item, Said { query, ..Said::default() }, place));
            examples.labels.push(labels);
            examples.of.push((visit.shopper, item, visit.start, place));
        }
        waiting.push((condensed(history, None), start..examples.len()));
        if waiting.len() == TOGETHER {
            fill(&mut examples, &waiting, retrieval)?;
            waiting.clear();
        }
    }
    fill(&mut examples, &waiting, retrieval)?;
    Ok(examples)
}

/// What a visit showed: product, place and labels.
#[expect(clippy::too_many_arguments, reason = "one call; a struct of these would say no more")]
fn shown(
    goods: &Goods,
    counts: &Counts,
    history: &[Act],
    visit: &Visit,
    matches: Option<&[f32]>,
    list: Option<u32>,
    rate: f32,
    random: &mut SplitMix,
) -> Vec<(u32, u32, [f32; TASKS])> {
    let mut shown: Vec<(u32, u32, [f32; TASKS])> = visit
        .opened
        .iter()
        .map(|(item, place, stage)| {
            (*item, place.unwrap_or(1).min(LIST), std::array::from_fn(|task| f32::from(u8::from(task <= *stage))))
        })
        .collect();
    let free: Vec<u32> = match list {
        Some(most) => (1..=most).filter(|place| !shown.iter().any(|(_, taken, _)| taken == place)).collect(),
        None => vec![1; BESIDE * shown.len()],
    };
    let mut taboo: HashSet<u32> = visit.opened.iter().map(|(item, ..)| *item).collect();
    taboo.extend(history.iter().filter(|act| act.kind == EventKind::Purchase).map(|act| act.item));
    for place in free {
        if random.unit() >= rate || visit.opened.is_empty() {
            continue;
        }
        let like = visit.opened[random.below(visit.opened.len())].0;
        let category = &goods.category(goods.item(like).category).products;
        let offset = random.below(category.len());
        let on_shelf = |strict: bool| -> Vec<u32> {
            (0..category.len().min(SHELF))
                .map(|step| category[(offset + step) % category.len()])
                .filter(|item| !taboo.contains(item))
                .filter(|item| !strict || matches.is_none_or(|shares| shares[*item as usize] > 0.999))
                .collect()
        };
        let mut shelf = on_shelf(true);
        if shelf.is_empty() {
            shelf = on_shelf(false);
        }
        let weights: Vec<f32> = shelf.iter().map(|item| counts.of(*item)[0] + 1.0).collect();
        let mut target = random.unit() * weights.iter().sum::<f32>();
        let drawn = shelf.iter().zip(&weights).find(|(_, weight)| {
            target -= **weight;
            target <= 0.0
        });
        if let Some((item, _)) = drawn {
            taboo.insert(*item);
            shown.push((*item, place, [0.0; TASKS]));
        }
    }
    shown
}

/// Visits that begin in `from..to`, in the order of their beginning.
fn visits(deeds: &[Deed], from: i64, to: i64) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    let mut open: HashMap<(u32, Option<u32>), usize> = HashMap::new();
    for deed in deeds {
        let key = (deed.shopper, deed.query);
        let known = open.get(&key).copied().filter(|place| deed.act.at - visits[*place].last <= VISIT);
        let place = known.unwrap_or_else(|| {
            visits.push(Visit {
                shopper: deed.shopper,
                start: deed.act.at,
                last: deed.act.at,
                query: deed.query,
                opened: Vec::new(),
            });
            open.insert(key, visits.len() - 1);
            visits.len() - 1
        });
        let visit = &mut visits[place];
        visit.last = deed.act.at;
        let stage = super::features::task(deed.act.kind);
        match visit.opened.iter_mut().find(|(item, ..)| *item == deed.act.item) {
            Some(opened) => opened.2 = opened.2.max(stage),
            None => visit.opened.push((deed.act.item, deed.position, stage)),
        }
    }
    visits.retain(|visit| (from..to).contains(&visit.start));
    visits
}

/// A history in the numbers of a model, without what it does not know.
pub(super) fn mapped(history: &[(u32, f32)], of_goods: &[Option<u32>]) -> Vec<(u32, f32)> {
    history.iter().filter_map(|(item, weight)| Some((of_goods[*item as usize]?, *weight))).collect()
}

/// A history, weighted, and the rows that wait for what the retrieval models say of it.
type Waiting = (Vec<(u32, f32)>, std::ops::Range<usize>);

/// Puts what the retrieval models say into rows that wait for it.
fn fill(examples: &mut Examples, waiting: &[Waiting], retrieval: Retrieval<'_>) -> Result<(), RecommendError> {
    let items = retrieval.linear.item_count();
    let known: Vec<Vec<(u32, f32)>> = waiting.iter().map(|(history, _)| mapped(history, retrieval.of_goods)).collect();
    let plain: Vec<Vec<u32>> = known.iter().map(|history| history.iter().map(|(item, _)| *item).collect()).collect();
    let plain: Vec<&[u32]> = plain.iter().map(Vec::as_slice).collect();
    let sequences = retrieval.sequence.map(|model| model.scores(&plain)).transpose()?;
    for (place, (history, (_, rows))) in known.iter().zip(waiting).enumerate() {
        let mut voices = Voices { item_item: vec![0.0; items], sequence: Vec::new() };
        retrieval.linear.add_scores(history, &mut voices.item_item)?;
        standardise(&mut voices.item_item);
        if let Some(all) = &sequences {
            voices.sequence = all[place * items..][..items].to_vec();
            standardise(&mut voices.sequence);
        }
        for row in rows.clone() {
            let Some(item) = retrieval.of_goods[examples.of[row].1 as usize] else { continue };
            let item = item as usize;
            examples.rows[row * FEATURE_COUNT] = voices.item_item.get(item).copied().unwrap_or_default();
            examples.rows[row * FEATURE_COUNT + 1] = voices.sequence.get(item).copied().unwrap_or_default();
        }
    }
    Ok(())
}
