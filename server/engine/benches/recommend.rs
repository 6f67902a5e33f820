//! Recommendation: the time of one answer for 20,000 products, and training beside `NumPy` and PyTorch.
//!
//! `ALLUVIUM_PEER_PYTHON` names a Python with `NumPy` and PyTorch; without it only our side is timed. `RAYON_NUM_THREADS` sets the threads of both;
//! answers are timed on one thread.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use alluvium_domain::shop::{AttributeValue, Bilingual, EventKind, ProductInput};
use alluvium_engine::recommend::shop::{
    Act, Asked, Deeds, Goods, RankSettings, ShopModel, ShopRecommender, ShopSettings, quietly,
};
use alluvium_engine::recommend::{LinearModel, LinearSettings, Recommender, SequenceModel, SequenceSettings};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PRODUCTS: usize = 20_000;
const CATEGORIES: usize = 100;
const SHOPPERS: usize = 5_000;
const EVENTS: usize = 300_000;
const QUESTIONS: usize = 400;

/// Random enough for a workload.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
}

fn main() -> Result<()> {
    let mut peer = match std::env::var("ALLUVIUM_PEER_PYTHON") {
        Ok(python) => Some(Peer::start(&python)?),
        Err(_) => {
            println!("peer skipped: ALLUVIUM_PEER_PYTHON does not name a Python with NumPy and PyTorch");
            None
        }
    };
    println!("{} threads", rayon::current_num_threads());
    linear(peer.as_mut())?;
    sequence(peer.as_mut())?;
    answers()
}

fn answers() -> Result<()> {
    let mut random = Lcg(5);
    let products: Vec<ProductInput> = (0..PRODUCTS).map(|number| product(number, &mut random)).collect();
    let goods = Goods::new(&products);
    let mut deeds = Deeds::default();
    for number in 0..EVENTS {
        let shopper = random.below(SHOPPERS);
        // A shopper has three categories; of each, the first products are seen more.
        let category = (shopper * 7 + 31 * random.below(3)) % CATEGORIES;
        let place = random.below(PRODUCTS / CATEGORIES).min(random.below(PRODUCTS / CATEGORIES));
        let item = (place * CATEGORIES + category) as u32;
        let kind = [EventKind::View, EventKind::View, EventKind::View, EventKind::Cart][random.below(4)];
        let position = Some(1 + random.below(20) as u32);
        deeds.add(shopper as u32, Act { item, kind, at: 100 * number as i64 }, position, None);
    }
    deeds.sort();
    let defaults = ShopSettings::default();
    let settings = ShopSettings {
        sequence: defaults.sequence.map(|sequence| SequenceSettings { epochs: 1, ..sequence }),
        rank: RankSettings { epochs: 1, ..defaults.rank },
        ..defaults
    };
    let started = Instant::now();
    let model = ShopModel::train(&goods, &deeds, &settings, None, &mut |_| ControlFlow::Continue(()))?;
    let known = model.items.len();
    println!(
        "a shop of {PRODUCTS} products, {EVENTS} events: trained in {:.1} s, one epoch",
        started.elapsed().as_secs_f64()
    );
    let counts = deeds.counts(goods.len(), i64::MAX);
    let shop = ShopRecommender::new(Arc::new(goods), counts, Some(Arc::new(model)));
    let histories = deeds.histories(i64::MAX);
    let (mut plain, mut explained) = (Vec::new(), Vec::new());
    let (mut alike, mut named) = (0, 0);
    let first = |amounts: &[f64]| (0..amounts.len()).max_by(|a, b| amounts[*a].total_cmp(&amounts[*b]));
    quietly(|| -> Result2<()> {
        for question in 0..QUESTIONS + 20 {
            let (_, history) = &histories[question % histories.len()];
            let asked = Asked {
                history: &history[history.len().saturating_sub(200)..],
                query: None,
                at: 0,
                k: 10,
                weights: [1.0, 4.0, 10.0],
                without: 0,
                by_hand: false,
            };
            let start = Instant::now();
            let found = shop.recommend(&asked)?;
            // The sentence of each product needs them.
            let outlines: Vec<_> = found.iter().map(|one| shop.outline(&asked, one)).collect();
            let without = start.elapsed();
            let start = Instant::now();
            let found = shop.recommend(&asked)?;
            let exact: Vec<_> = found.iter().map(|one| shop.attribute(&asked, one).amounts(&asked.weights)).collect();
            let left_out = shop.leave_out(&asked, &found)?;
            let with = start.elapsed();
            named += found.len();
            alike += outlines.iter().zip(&exact).filter(|(outline, exact)| first(*outline) == first(*exact)).count();
            if question >= 20 && !left_out.is_empty() {
                plain.push(without.as_secs_f64() * 1e3);
                explained.push(with.as_secs_f64() * 1e3);
            }
        }
        Ok(())
    })??;
    let events = histories.iter().map(|(_, history)| history.len()).sum::<usize>() / histories.len();
    println!(
        "ten products, {known} of them known to the models, histories of {events} events in the mean, one thread:"
    );
    for (name, mut times) in [("with a reason each", plain), ("with all explanations", explained)] {
        times.sort_by(f64::total_cmp);
        println!("  {name:<22} p50 {:6.2} ms  p99 {:6.2} ms", times[times.len() / 2], times[times.len() * 99 / 100]);
    }
    println!("  of {named} sentences {alike} name the group that exact Shapley values put first");
    Ok(())
}

type Result2<T> = std::result::Result<T, alluvium_engine::recommend::RecommendError>;

fn product(number: usize, random: &mut Lcg) -> ProductInput {
    let category = number % CATEGORIES;
    let value = |name: &str, value: usize| (name.to_owned(), AttributeValue::Text(format!("{name}{value}")));
    ProductInput {
        id: format!("p{number}"),
        title: Bilingual::new(format!("商品 {number}"), format!("Product {number} of kind {category}")),
        brand: format!("brand{}", random.below(60)),
        category: vec![Bilingual::new("", format!("category {category}"))],
        price: Some(1_000 + random.below(100_000) as i64),
        attributes: [
            value("style", random.below(6)),
            value("colour", random.below(12)),
            value("size", random.below(8)),
        ]
        .into(),
        ..ProductInput::default()
    }
}

/// Histories of one length over items of which some are seen more.
fn histories(users: usize, length: usize, items: usize) -> Vec<Vec<u32>> {
    let mut random = Lcg(9);
    (0..users)
        .map(|_| {
            let home = random.below(items);
            (0..length).map(|_| ((home + random.below(items).min(random.below(items))) % items) as u32).collect()
        })
        .collect()
}

fn linear(peer: Option<&mut Peer>) -> Result<()> {
    let (users, items) = (20_000, 4_000);
    let histories = histories(users, 9, items);
    let slices: Vec<&[u32]> = histories.iter().map(Vec::as_slice).collect();
    let settings = LinearSettings::default();
    let mut times = Vec::new();
    let mut model = None;
    for _ in 0..3 {
        let start = Instant::now();
        model = Some(LinearModel::train(&slices, items, &settings)?);
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    print!("item-item weights, {users} histories of 9, {items} items: alluvium {:.2} s", times[1]);
    if let (Some(peer), Some(model)) = (peer, model) {
        let question = json!({
            "what": "linear", "histories": histories, "items": items, "past": settings.past_decay, "future": settings.future_decay,
            "ridge": settings.ridge,
        });
        let answer = peer.ask(&question)?;
        let theirs = answer["seconds"].as_f64().unwrap_or(f64::NAN);
        let row: Vec<f64> = serde_json::from_value(answer["row"].clone())?;
        let own = model.scores(&[&[0]])?;
        let apart = own.iter().zip(&row).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
        print!("  numpy {theirs:.2} s  ratio {:.2}  largest difference of a weight {apart:.1e}", theirs / times[1]);
    }
    println!();
    Ok(())
}

fn sequence(peer: Option<&mut Peer>) -> Result<()> {
    let (steps, items) = (24, 12_000);
    let settings = SequenceSettings { epochs: 1, ..SequenceSettings::default() };
    let histories = histories(steps * settings.batch, 21, items);
    let slices: Vec<&[u32]> = histories.iter().map(Vec::as_slice).collect();
    let mut times = Vec::new();
    let mut last = Instant::now();
    SequenceModel::train(&slices, items, &settings, &[], &mut |_| {
        times.push(last.elapsed().as_secs_f64());
        last = Instant::now();
        ControlFlow::Continue(())
    })?;
    times.drain(..2);
    times.sort_by(f64::total_cmp);
    let own = times[times.len() / 2];
    print!(
        "sequence model, batch {} of 20 positions, {items} items, soft-max over all: alluvium {:.2} steps/s",
        settings.batch,
        1.0 / own
    );
    if let Some(peer) = peer {
        let question = json!({
            "what": "sequence", "histories": histories, "items": items, "hidden": settings.hidden, "heads": settings.heads,
            "blocks": settings.blocks, "window": settings.window, "dropout": settings.dropout, "batch": settings.batch,
        });
        let theirs = peer.ask(&question)?["seconds"].as_f64().unwrap_or(f64::NAN);
        print!("  torch {:.2} steps/s  ratio {:.2}", 1.0 / theirs, theirs / own);
    }
    println!();
    Ok(())
}

/// A Python beside us.
struct Peer(Child, BufReader<std::process::ChildStdout>);

impl Peer {
    fn start(python: &str) -> Result<Peer> {
        let threads = rayon::current_num_threads().to_string();
        let mut child = Command::new(python)
            .args(["-c", include_str!("recommend.py")])
            .envs([("OMP_NUM_THREADS", &threads), ("OPENBLAS_NUM_THREADS", &threads), ("MKL_NUM_THREADS", &threads)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("no output of the peer")?;
        let mut peer = Peer(child, BufReader::new(stdout));
        let hello = peer.ask(&json!({ "threads": rayon::current_num_threads() }))?;
        println!("{}", hello["name"].as_str().unwrap_or_default());
        Ok(peer)
    }

    fn ask(&mut self, question: &Value) -> Result<Value> {
        let input = self.0.stdin.as_mut().ok_or("no input of the peer")?;
        writeln!(input, "{question}")?;
        input.flush()?;
        let mut line = String::new();
        self.1.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends with its input; this is for one that hangs.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
