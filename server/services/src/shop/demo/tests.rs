//! The generator: the same for the same seed, of the size that was asked for, with the bias and the funnel that it promises.

use std::collections::{BTreeMap, HashMap, HashSet};

use alluvium_domain::shop::EventKind;

use super::dice::Dice;
use super::kinds::kinds;
use super::sessions::Utilities;
use super::{DemoPlan, DemoShop, generate, products, shoppers, truth};

fn small() -> DemoPlan {
    DemoPlan { products_each: 40, shoppers: 300, events: 12_000, ..DemoPlan::default() }
}

fn shop() -> DemoShop {
    generate(&small()).expect("a shop")
}

#[test]
fn the_same_seed_makes_the_same_shop_and_another_seed_another() {
    assert_eq!(shop(), shop());
    assert_ne!(shop().events, generate(&DemoPlan { seed: 2, ..small() }).expect("a shop").events);
    // More shoppers change no product.
    let more = generate(&DemoPlan { shoppers: 310, ..small() }).expect("a shop");
    assert_eq!(more.products, shop().products);
}

#[test]
fn the_stream_of_numbers_is_fixed() {
    let mut dice = Dice::new(1, 1);
    let first: Vec<usize> = (0..6).map(|_| dice.below(1_000)).collect();
    assert_eq!(first, [851, 50, 558, 100, 964, 344]);
}

#[test]
fn it_has_the_size_that_was_asked_for() {
    let shop = shop();
    assert_eq!((shop.products.len(), shop.shoppers.len(), shop.events.len()), (480, 300, 12_000));
    let categories: HashSet<&str> =
        shop.products.iter().map(|product| product.category.last().expect("a category").en.as_str()).collect();
    assert_eq!(categories.len(), 12);
    assert!(categories.contains("Running shoes"));
    let visited: HashSet<usize> = shop.events.iter().map(|event| event.shopper).collect();
    assert!(visited.len() > 280, "nearly everybody opens something: {}", visited.len());
}

#[test]
fn titles_are_whole_and_in_both_languages() {
    let shop = shop();
    let mut seen = HashSet::new();
    for product in &shop.products {
        for text in [&product.title.zh, &product.title.en, &product.description.zh, &product.description.en] {
            assert!(!text.is_empty() && !text.contains(['{', '}']), "{text}");
        }
        assert!(product.title.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{}", product.title.zh);
        assert!(seen.insert(&product.title.en), "twice: {}", product.title.en);
        for name in product.attributes.keys() {
            assert!(shop.catalogue.labels.contains_key(name), "{name} has no label");
        }
    }
}

#[test]
fn prices_are_log_normal_in_each_category() {
    let products = products::products(7, 400);
    for (place, kind) in kinds().enumerate() {
        let scores: Vec<f64> = products
            .iter()
            .filter(|product| product.kind == place)
            .map(|product| truth::price(kind, product.input.price.expect("a price")))
            .collect();
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let deviation = (scores.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / scores.len() as f64).sqrt();
        let skew = scores.iter().map(|x| ((x - mean) / deviation).powi(3)).sum::<f64>() / scores.len() as f64;
        assert!(mean.abs() < 0.5 && (0.75..1.15).contains(&deviation), "{}: {mean} {deviation}", kind.slug);
        assert!(skew.abs() < 0.5, "{}: the logarithm is not skewed: {skew}", kind.slug);
    }
}

#[test]
fn the_funnel_narrows_and_nobody_buys_what_they_did_not_open() {
    let shop = shop();
    let mut counts: BTreeMap<EventKind, usize> = BTreeMap::new();
    let mut reached: HashMap<(usize, usize), HashSet<EventKind>> = HashMap::new();
    let mut before = None;
    for event in &shop.events {
        assert!(before <= Some(event.at), "in the order of time");
        before = Some(event.at);
        *counts.entry(event.kind).or_default() += 1;
        let done = reached.entry((event.shopper, event.product)).or_default();
        match event.kind {
            EventKind::View => {}
            EventKind::Cart => assert!(done.contains(&EventKind::View)),
            EventKind::Purchase => assert!(done.contains(&EventKind::Cart)),
        }
        assert!(done.insert(event.kind) || event.kind != EventKind::Purchase, "nothing is bought twice");
    }
    let count = |kind| counts.get(&kind).copied().unwrap_or_default();
    let (views, carts, purchases) = (count(EventKind::View), count(EventKind::Cart), count(EventKind::Purchase));
    assert!(views > 2 * carts && carts > purchases && purchases > 300, "{views} {carts} {purchases}");
}

#[test]
fn the_first_position_is_opened_more_although_what_stands_there_is_liked_no_more() {
    let shop = shop();
    let rate = |place: usize| shop.impressions[place].viewed as f64 / shop.impressions[place].shown as f64;
    let utility = |place: usize| shop.impressions[place].utility / shop.impressions[place].shown as f64;
    assert!(rate(0) > 3.0 * rate(9), "{} {}", rate(0), rate(9));
    assert!((utility(0) - utility(9)).abs() < 0.2, "{} {}", utility(0), utility(9));
    // What was looked at is opened as often in the tenth place as in the first.
    let opened = |place: usize| shop.impressions[place].viewed as f64 / shop.impressions[place].examined as f64;
    assert!((opened(0) - opened(9)).abs() < 0.08, "{} {}", opened(0), opened(9));
}

#[test]
fn utilities_by_number_are_those_by_name() {
    let products = products::products(3, 5);
    let shoppers = shoppers::shoppers(3, 20);
    let utilities = Utilities::new(&products, &shoppers);
    let at = time::macros::datetime!(2026-01-15 12:00 UTC);
    for (s, shopper) in shoppers.iter().enumerate() {
        let weights = shopper.shopper.truth.as_ref().expect("weights");
        for (p, product) in products.iter().enumerate() {
            let by_name = truth::utility(weights, &truth::features(&product.input, at));
            assert!((by_name - utilities.of(s, p, at)).abs() < 1e-12);
        }
    }
}

#[test]
fn what_is_liked_more_is_opened_more() {
    let shop = shop();
    // Of what was bought, the truth says that it was liked more than what was only opened.
    let mean = |kind: EventKind| {
        let utilities: Vec<f64> = shop
            .events
            .iter()
            .filter(|event| event.kind == kind)
            .map(|event| {
                let weights = shop.shoppers[event.shopper].truth.as_ref().expect("weights");
                truth::utility(weights, &truth::features(&shop.products[event.product], event.at))
            })
            .collect();
        utilities.iter().sum::<f64>() / utilities.len() as f64
    };
    assert!(mean(EventKind::Purchase) > mean(EventKind::Cart) && mean(EventKind::Cart) > mean(EventKind::View));
}
