//! A made-up shop in miniature: two groups of shoppers, two kinds of goods.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use alluvium_domain::shop::{AttributeValue, Bilingual, CandidateSource, EventKind, ProductInput};

use super::ranker::Body;
use super::*;
use crate::random::SplitMix;
use crate::recommend::{RecommendError, SequenceSettings};

const DAY: i64 = 86_400;

fn product(number: usize) -> ProductInput {
    let category = ["shoes", "lamps", "tea"][number % 3];
    ProductInput {
        id: format!("p{number}"),
        title: Bilingual::new(format!("商品{number}号"), format!("Item {number} of {category}")),
        brand: format!("brand{}", number % 4),
        category: vec![Bilingual::new("", category)],
        price: Some(1_000 + 100 * number as i64),
        attributes: BTreeMap::from([
            ("style".to_owned(), AttributeValue::Text(["plain", "bright"][number / 3 % 2].to_owned())),
            ("season".to_owned(), AttributeValue::Named(Bilingual::new("冬季", "winter"))),
            ("rating".to_owned(), AttributeValue::Number(3.0 + (number % 5) as f64 / 2.5)),
        ]),
        ..ProductInput::default()
    }
}

fn goods(n: usize) -> Goods {
    let products: Vec<ProductInput> = (0..n).map(product).collect();
    Goods::new(&products)
}

/// Even shoppers like plain goods, odd ones bright ones, and open what they like.
fn deeds(goods: &Goods, events: usize) -> Deeds {
    let mut random = SplitMix::new(11);
    let mut deeds = Deeds::default();
    for number in 0..events {
        let shopper = random.below(40) as u32;
        let liked = loop {
            let item = random.below(goods.len());
            if item / 3 % 2 == shopper as usize % 2 || random.unit() < 0.1 {
                break item as u32;
            }
        };
        let at = number as i64 * DAY / 20;
        let position = Some(1 + random.below(6) as u32);
        deeds.add(shopper, Act { item: liked, kind: EventKind::View, at }, position, None);
        if random.unit() < 0.3 {
            deeds.add(shopper, Act { item: liked, kind: EventKind::Cart, at: at + 60 }, position, None);
            if random.unit() < 0.5 {
                deeds.add(shopper, Act { item: liked, kind: EventKind::Purchase, at: at + 90 }, position, None);
            }
        }
    }
    deeds.sort();
    deeds
}

fn settings() -> ShopSettings {
    let defaults = ShopSettings::default();
    let sequence = SequenceSettings { hidden: 8, heads: 2, blocks: 1, epochs: 2, ..SequenceSettings::default() };
    ShopSettings { sequence: Some(sequence), rank: RankSettings { epochs: 4, ..defaults.rank }, ..defaults }
}

fn model(goods: &Goods, deeds: &Deeds) -> ShopModel {
    ShopModel::train(goods, deeds, &settings(), None, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn asked(history: &[Act]) -> Asked<'_> {
    Asked { history, query: None, at: 60 * DAY, k: 10, weights: [1.0, 4.0, 10.0], without: 0, by_hand: false }
}

fn viewed(item: u32) -> Act {
    Act { item, kind: EventKind::View, at: 60 * DAY }
}

#[test]
fn it_learns_who_likes_what_and_explains_itself_to_the_last_digit() {
    let goods = goods(60);
    let deeds = deeds(&goods, 3_000);
    let model = Arc::new(model(&goods, &deeds));
    let heads = &model.report.heads;
    assert!(heads[0].auc > 0.62, "{heads:?}");
    let counts = deeds.counts(goods.len(), i64::MAX);
    let shop = ShopRecommender::new(Arc::new(goods), counts, Some(model));
    let bright: Vec<Act> = [3, 4, 5, 9, 10].into_iter().map(viewed).collect();
    let asked = asked(&bright);
    let found = shop.recommend(&asked).unwrap();
    let right = found.iter().filter(|one| one.item / 3 % 2 == 1).count();
    assert!(right >= 8, "{found:?}");
    for one in &found {
        let own = shop.attribute(&asked, one);
        for task in 0..TASKS {
            let sum: f64 = own.groups.iter().map(|group| group[task]).sum();
            assert!((own.baseline[task] + sum - one.tasks[task]).abs() < 1e-6, "{own:?}");
        }
        assert_eq!(own.groups[GROUP_COUNT - 1], [0.0; TASKS], "the place is the same for all");
    }
    // Without an event is what is asked without it.
    let left_out = shop.leave_out(&asked, &found[..1]).unwrap().pop().unwrap();
    assert_eq!(left_out.events.len(), 5);
    let shorter = Asked { history: &bright[..4], ..asked };
    let row = shop.rows(&shorter, &[found[0].item]).unwrap();
    let values = shop.ranker(false).predict(&row);
    let score = weighted(&values, &asked.weights);
    let (place, amount) = left_out.events[4];
    assert_eq!(place, 4);
    assert!((found[0].score - score - amount).abs() < 1e-6);
}

#[test]
fn shapley_values_of_an_additive_logit_are_found_and_share_what_is_joint() {
    let ranker = Ranker::by_hand();
    let background = vec![0.0; FEATURE_COUNT];
    let mut row = background.clone();
    let place = |name: &str| FEATURES.iter().position(|(feature, _)| *feature == name).unwrap();
    row[place("brand_lift")] = 1.0;
    row[place("style_lift")] = -0.5;
    let own = attribute(&ranker, &row, &background);
    assert_eq!(own.players, 2);
    let value = |brand: bool, style: bool| {
        let mut part = background.clone();
        part[place("brand_lift")] = if brand { 1.0 } else { 0.0 };
        part[place("style_lift")] = if style { -0.5 } else { 0.0 };
        f64::from(ranker.predict(&part)[0])
    };
    let brand = 0.5 * (value(true, false) - value(false, false)) + 0.5 * (value(true, true) - value(false, true));
    assert!((own.groups[FEATURES[place("brand_lift")].1][0] - brand).abs() < 1e-7);
}

#[test]
fn the_outline_of_two_groups_is_exact_and_that_of_many_names_the_same_first() {
    let goods = goods(60);
    let deeds = deeds(&goods, 3_000);
    let shop = model(&goods, &deeds);
    let weights = [1.0, 4.0, 10.0];
    let background = vec![0.0; FEATURE_COUNT];
    let mut row = background.clone();
    row[2] = 1.5;
    row[12] = -0.5;
    for ranker in [&Ranker::by_hand(), &shop.ranker] {
        let exact = attribute(ranker, &row, &background);
        assert_eq!(exact.players, 2);
        for (own, outlined) in exact.amounts(&weights).iter().zip(outline(ranker, &row, &background, &weights)) {
            assert!((own - outlined).abs() < 1e-6, "{own} {outlined}");
        }
    }
    let counts = deeds.counts(goods.len(), i64::MAX);
    let shop = ShopRecommender::new(Arc::new(goods), counts, Some(Arc::new(shop)));
    let first = |amounts: [f64; GROUP_COUNT]| (0..GROUP_COUNT).max_by(|a, b| amounts[*a].total_cmp(&amounts[*b]));
    let (mut same, mut all) = (0, 0);
    for start in 0..20 {
        let history: Vec<Act> = (0..5).map(|n| viewed((start + 3 * n) % 60)).collect();
        let asked = asked(&history);
        for one in shop.recommend(&asked).unwrap() {
            all += 1;
            same +=
                usize::from(first(shop.attribute(&asked, &one).amounts(&weights)) == first(shop.outline(&asked, &one)));
        }
    }
    assert!(10 * same >= 9 * all, "{same} of {all}");
}

#[test]
fn what_was_saved_is_what_is_loaded() {
    let goods = goods(30);
    let deeds = deeds(&goods, 800);
    let model = model(&goods, &deeds);
    let files = model.to_files().unwrap();
    let loaded = ShopModel::from_files(&files).unwrap();
    assert_eq!((&loaded.name, &loaded.items), (&model.name, &model.items));
    assert_eq!(loaded.report.heads.len(), TASKS);
    assert_eq!(loaded.ranker, model.ranker);
    assert_eq!(loaded.linear, model.linear);
    let counts = deeds.counts(goods.len(), i64::MAX);
    let goods = Arc::new(goods);
    let [first, second] =
        [model, loaded].map(|model| ShopRecommender::new(Arc::clone(&goods), counts.clone(), Some(Arc::new(model))));
    let history = [viewed(1), viewed(4)];
    assert_eq!(first.recommend(&asked(&history)).unwrap(), second.recommend(&asked(&history)).unwrap());
    for name in files.keys() {
        let mut fewer = files.clone();
        fewer.remove(name);
        assert!(ShopModel::from_files(&fewer).is_err(), "{name}");
        let mut shorter = files.clone();
        shorter.get_mut(name).unwrap().pop();
        assert!(ShopModel::from_files(&shorter).is_err(), "{name}");
    }
    for (from, to) in [("\"experts\":4", "\"experts\":18446744073709551615"), ("\"hidden\":", "\"hidden\":9")] {
        let mut other = files.clone();
        let text = String::from_utf8(other["model.json"].clone()).unwrap();
        other.insert("model.json".to_owned(), text.replace(from, to).into_bytes());
        assert_ne!(other, files);
        assert!(ShopModel::from_files(&other).is_err(), "{to}");
    }
}

#[test]
fn golden_outputs_tell_whether_a_model_is_what_it_was() {
    let goods = goods(30);
    let deeds = deeds(&goods, 800);
    let (mut model, held_out) =
        ShopModel::train_held_out(&goods, &deeds, &settings(), None, &mut |_| ControlFlow::Continue(())).unwrap();
    let golden = Golden::from_bytes(&model.golden().unwrap().to_bytes().unwrap()).unwrap();
    let own = ShopModel::from_files(&model.to_files().unwrap()).unwrap().self_check(&golden).unwrap();
    assert!(own.passed() && own.outputs > 100, "{own:?}");
    // On its own test a model is as good as itself, and there is something to measure.
    let held_out = HeldOut::from_bytes(&held_out.to_bytes().unwrap()).unwrap();
    let same = held_out.compare(&model.ranker, &model.ranker);
    assert_eq!(same.len(), TASKS);
    assert!(same[0].examples > 50 && same[0].auc.mean == 0.0 && same[0].own == same[0].other, "{same:?}");
    // Weights that are a little different are found.
    let Body::Experts(network) = &mut model.ranker.body else { panic!() };
    network.heads[0].1 += 0.01;
    let other = model.self_check(&golden).unwrap();
    assert!(!other.passed() && other.largest_difference > 1e-3, "{other:?}");
    network_nan(&mut model);
    assert!(!model.self_check(&golden).unwrap().passed());
}

fn network_nan(model: &mut ShopModel) {
    if let Body::Experts(network) = &mut model.ranker.body {
        network.heads[0].1 = f32::NAN;
    }
}

#[test]
fn features_know_nothing_of_the_visit_or_of_what_came_later() {
    let goods = goods(30);
    let all = deeds(&goods, 600);
    let mut early = Deeds::default();
    let until = all.time_at(0.7);
    // The same events, but everything after a moment is another product.
    for (shopper, history) in all.histories(i64::MAX) {
        for act in history {
            // A visit that began before goes on for an hour at most.
            let item = if act.at >= until + 3_600 { (act.item + 7) % 30 } else { act.item };
            early.add(shopper, Act { item, ..act }, Some(1), None);
        }
    }
    early.sort();
    let mut same = Deeds::default();
    for (shopper, history) in all.histories(i64::MAX) {
        history.into_iter().for_each(|act| same.add(shopper, act, Some(1), None));
    }
    same.sort();
    let from = all.time_at(0.4);
    let make = |deeds: &Deeds| {
        let known = Known::train(&goods, deeds, from, &settings(), &mut |_| ControlFlow::Continue(())).unwrap();
        examples(&goods, deeds, known.retrieval(), (from, until), 0.5, 3).unwrap()
    };
    let (first, second) = (make(&same), make(&early));
    assert!(first.len() > 100);
    assert_eq!(first, second);
}

#[test]
fn a_product_that_no_model_knows_is_found_by_its_content() {
    let small = goods(30);
    let deeds = deeds(&small, 800);
    let model = Arc::new(model(&small, &deeds));
    let larger = goods(33);
    let counts = deeds.counts(larger.len(), i64::MAX);
    let shop = ShopRecommender::new(Arc::new(larger), counts, Some(model));
    let history: Vec<Act> = (0..4).map(|n| viewed(3 * n)).collect();
    let found = shop.recommend(&Asked { k: 33, ..asked(&history) }).unwrap();
    let new = found.iter().find(|one| one.item == 30).expect("the new product");
    assert!(new.sources.contains(&CandidateSource::Content), "{new:?}");
    assert!(found.iter().all(|one| history.iter().all(|act| act.item != one.item)));
}

#[test]
fn a_search_ranks_what_it_found_and_nothing_else() {
    let shop = ShopRecommender::new(Arc::new(goods(30)), Counts::new(30), None);
    let history = [viewed(7)];
    // One was viewed; the last one is no product of the catalogue.
    let found = [(4, 1.0), (7, 0.9), (11, 0.6), (99, 0.5)];
    let searched = Searched { text: "lamp", found: &found[..3] };
    let question = Asked { query: Some(searched), ..asked(&history) };
    let mut items: Vec<u32> = shop.recommend(&question).unwrap().iter().map(|one| one.item).collect();
    items.sort_unstable();
    assert_eq!(items, [4, 11]);
    let place = FEATURES.iter().position(|(feature, _)| *feature == "query_match").unwrap();
    let searched = Searched { text: "lamp", found: &found };
    let rows = shop.rows(&Asked { query: Some(searched), ..question }, &[4, 11, 5]).unwrap();
    let shares: Vec<f32> = rows.chunks_exact(FEATURE_COUNT).map(|row| row[place]).collect();
    assert_eq!(shares, [1.0, 0.6, 0.0]);
}

#[test]
fn queries_find_words_of_both_languages() {
    let goods = goods(12);
    let whole =
        |query: &str| goods.matches(query).map_or(0, |shares| shares.iter().filter(|share| **share > 0.999).count());
    assert_eq!(whole("LAMPS"), 4);
    assert_eq!(whole("商品"), 12);
    assert_eq!(whole("item 7"), 1);
    assert_eq!(whole("nothing"), 0);
}

#[test]
fn too_little_to_learn_from_is_an_error_and_a_stop_is_heard() {
    let goods = goods(6);
    let nothing = ShopModel::train(&goods, &Deeds::default(), &settings(), None, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(nothing, Err(RecommendError::NothingToTrain)));
    let deeds = deeds(&goods, 200);
    let stopped = ShopModel::train(&goods, &deeds, &settings(), None, &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(RecommendError::Cancelled)));
}

#[test]
fn an_interrupted_training_goes_on_from_what_it_kept() {
    let goods = goods(30);
    let deeds = deeds(&goods, 1_000);
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::new(folder.path(), &goods, &deeds, &settings());
    let train = |kept: &Kept, until: &dyn Fn(&ShopStep) -> bool| {
        let mut steps = Vec::new();
        let done = ShopModel::train(&goods, &deeds, &settings(), Some(kept), &mut |step| {
            steps.push(step.clone());
            if until(step) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        (done, steps)
    };
    let (stopped, _) = train(&kept, &|step| matches!(step, ShopStep::Testing));
    assert!(matches!(stopped, Err(RecommendError::Cancelled)));
    let (resumed, steps) = train(&kept, &|_| false);
    let resumed = resumed.unwrap();
    assert_eq!(steps[0], ShopStep::Resumed("before"), "{steps:?}");
    assert_eq!(
        steps.iter().filter(|step| matches!(step, ShopStep::Linear)).count(),
        1,
        "only the second pass: {steps:?}"
    );
    assert!(steps.contains(&ShopStep::Kept("all")));
    let whole = model(&goods, &deeds);
    assert_eq!((resumed.name, &resumed.report), (whole.name, &whole.report));
    // What belongs to other events does not count, nor does what was cut short.
    let others = Kept::new(folder.path(), &goods, &Deeds::default(), &settings());
    let (_, steps) = train(&others, &|step| matches!(step, ShopStep::Linear));
    assert_eq!(steps, [ShopStep::Linear]);
    std::fs::write(folder.path().join("before/linear.safetensors"), b"cut").unwrap();
    let (_, steps) = train(&kept, &|step| matches!(step, ShopStep::Linear));
    assert_eq!(steps, [ShopStep::Linear]);
}
