//! The index, candidates and rankers together.

use std::collections::HashSet;

use super::*;

fn product(key: i32, title: &str, brand: &str, description: &str) -> ProductDocument {
    ProductDocument {
        key,
        title: title.into(),
        brand: brand.into(),
        description: description.into(),
        category: vec!["Electronics".into()],
        price: Some(f64::from(key) * 100.0),
        ..ProductDocument::default()
    }
}

fn shop() -> ProductIndex {
    let mut index = ProductIndex::new(2);
    let mut laptop = product(1, "HP Pavilion dv7-1211ea Notebook 17\" 4 GB", "HP", "Silver laptop with 250GB disk");
    laptop.codes = vec!["dv7-1211ea".into()];
    laptop.names = vec!["display".into(), "processor".into()];
    index.put(&laptop);
    index.put(&product(2, "Sennheiser HD 599 headphones", "Sennheiser", "Open headset for music"));
    index.put(&product(3, "Laptop case 17 inch", "Case Logic", "Case for laptops"));
    index.put(&product(4, "无线 蓝牙耳机", "漫步者", "降噪 耳机"));
    index.set_vector(1, &[1.0, 0.0]);
    index.set_vector(2, &[0.0, 1.0]);
    index.set_vector(3, &[0.8, 0.6]);
    index
}

fn term(text: &str, group: usize) -> QueryTerm {
    QueryTerm { text: text.into(), surface: text.into(), shown: text.into(), kind: TermKind::Typed, weight: 1.0, group }
}

fn query(index: &ProductIndex, text: &str) -> QueryFeatures {
    let tokens = query_terms(text, &|word| index.occurs(word));
    let terms = tokens.into_iter().enumerate().map(|(group, token)| QueryTerm {
        surface: text[token.start..token.end].to_owned(),
        ..term(&token.text, group)
    });
    QueryFeatures { terms: terms.collect(), vector: Some(vec![0.9, 0.436]), off: HashSet::new(), all: false }
}

fn keys(ranked: &[Ranked]) -> Vec<i32> {
    ranked.iter().map(|one| one.candidate.key).collect()
}

#[test]
fn words_measures_and_codes_find_their_products() {
    let index = shop();
    for (text, first) in [
        ("dv7-1211ea", 1),
        ("DV71211EA", 1),
        ("dv7 1211ea", 1),
        ("17\" notebook", 1),
        ("notebook 4GB", 1),
        ("17 inch case", 3),
        ("蓝牙耳机", 4),
        ("headset", 2),
    ] {
        let query = query(&index, text);
        let candidates = index.candidates(&query, &|_| true);
        for ranker in [BM25, HYBRID, LEARNED] {
            let ranked = ranker.rank(&query, &candidates);
            assert_eq!(ranked[0].candidate.key, first, "{text} by {}", ranker.method);
        }
    }
    let none = QueryFeatures { vector: None, ..query(&index, "zeppelin") };
    assert!(index.candidates(&none, &|_| true).list.is_empty());
}

#[test]
fn parts_and_baseline_make_the_score_whatever_is_switched_off() {
    let index = shop();
    let mut learned = LEARNED;
    for (at, weight) in learned.weights.iter_mut().enumerate() {
        *weight = 0.3 + f64::from(u8::try_from(at).unwrap());
        learned.centres[at] = 0.1;
    }
    for off in [vec![], vec!["title:case"], vec!["cosine", "coverage"], vec!["text:17", "kind:laptop", "price"]] {
        let mut query = query(&index, "laptop case 17 inch");
        query.off = off.into_iter().map(str::to_owned).collect();
        let candidates = index.candidates(&query, &|_| true);
        for ranker in [BM25, HYBRID, learned] {
            for ranked in ranker.rank(&query, &candidates) {
                let parts = ranker.parts(&index, &query, &candidates, &ranked.candidate);
                let sum: f64 = parts.iter().map(|part| part.amount).sum();
                let baseline = ranker.baseline(candidates.semantic);
                assert!((baseline + sum - ranked.score).abs() < 1e-5, "{} {:?} {parts:?}", ranked.score, query.off);
                assert!(parts.iter().all(|part| !query.off.contains(&part.name)));
            }
        }
    }
}

#[test]
fn a_part_that_is_switched_off_moves_the_list() {
    let index = shop();
    let mut query = query(&index, "laptop case");
    let all = BM25.rank(&query, &index.candidates(&query, &|_| true));
    assert_eq!(keys(&all)[0], 3);
    query.off =
        ["title:case", "title:laptop", "brand:case", "description:case"].into_iter().map(str::to_owned).collect();
    let fewer = BM25.rank(&query, &index.candidates(&query, &|_| true));
    assert!(fewer[0].score < all[0].score);
}

#[test]
fn only_allowed_living_products_are_found_and_changes_are_seen() {
    let mut index = shop();
    let query = query(&index, "laptop");
    assert_eq!(index.candidates(&query, &|key| key != 3).list.len(), 1);
    index.put(&product(3, "Umbrella", "", ""));
    let found: Vec<i32> = index.candidates(&query, &|_| true).list.iter().map(|one| one.key).collect();
    assert!(
        !BM25.rank(&query, &index.candidates(&query, &|_| true)).iter().any(|one| one.candidate.key == 3),
        "{found:?}"
    );
    assert_eq!((index.len(), index.vector_count()), (4, 2), "the vector was of the old text");
    assert!(index.dead_share() > 0.0);
    index.remove(1);
    assert!(BM25.rank(&query, &index.candidates(&query, &|_| true)).is_empty());
}

#[test]
fn a_word_that_occurs_nowhere_has_a_nearest_one() {
    let index = shop();
    let near = index.nearest_word("sennheisr").unwrap();
    assert_eq!((near.word.as_str(), near.distance), ("sennheiser", 1));
    assert!(index.occurs(&near.term), "the stem that the index has");
    assert_eq!(index.nearest_word("headphnoes").unwrap().word, "headphones");
    for hopeless in ["zeppelin", "dv8", "1211eb", "hq", "耳环", ""] {
        assert_eq!(index.nearest_word(hopeless), None, "{hopeless}");
    }
}

#[test]
fn plain_bm25_is_the_textbook_sum() {
    let mut index = ProductIndex::new(0);
    index.put(&product(1, "usb cable", "", ""));
    index.put(&product(2, "usb usb hub with cable", "", ""));
    index.put(&product(3, "lamp", "", ""));
    let found = index.plain("USB, usb", 10);
    // Two of three hold it: idf = ln(1 + 1.5 / 2.5). Lengths 2, 5, 1: average 8 / 3.
    let amount = |tf: f64, length: f64| {
        (1.0 + 1.5 / 2.5_f64).ln() * tf * 1.9 / (tf + 0.9 * (1.0 - 0.4 + 0.4 * length / (8.0 / 3.0)))
    };
    let score = |key: i32| found.iter().find(|hit| hit.key == key).unwrap().score;
    assert!((score(1) - amount(1.0, 2.0)).abs() < 1e-9 && (score(2) - amount(2.0, 5.0)).abs() < 1e-9);
    assert!(index.plain("usbs", 10).is_empty(), "no stems");
}
