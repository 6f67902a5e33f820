//! What carts add to purchases, on a folder of behaviours without times. Needs no database.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs;
use std::path::Path;

use alluvium_domain::{Issue, Problem};
use alluvium_engine::EngineError;
use alluvium_engine::metrics;
use alluvium_engine::recommend::{LinearModel, LinearSettings, RankQuality};

use crate::ServiceError;

/// Items that the item-item model knows: those with the most purchases and carts. All 39,493 of Taobao would take 12 GB.
const ITEMS: usize = 10_000;
/// Weight of a cart beside a purchase.
const CART: f32 = 0.5;

/// The answer of [`evaluate_behaviours`].
#[derive(Debug, Clone)]
pub struct BehavioursReport {
    users: usize,
    items: usize,
    known: usize,
    leaks: usize,
    rows: Vec<(&'static str, Way)>,
}

/// One way to count.
#[derive(Debug, Clone)]
struct Way {
    without: RankQuality,
    with: RankQuality,
    /// NDCG@10 with carts less without, and its paired interval.
    gain: (f64, (f64, f64)),
}

type Pairs = HashMap<u32, Vec<u32>>;

/// Trains the item-item model on purchases alone and on purchases with carts, and ranks each user's test purchase among all known items that they
/// have not bought. Both ways about leakage: over all users, and without those whose test purchase lies in their own cart, which the cart gives away.
pub fn evaluate_behaviours(folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<BehavioursReport, ServiceError> {
    let train = read(folder, "buy.train.txt")?;
    let test = read(folder, "buy.test.txt")?;
    let carts = read(folder, "cart.csv")?;
    let mut events: HashMap<u32, usize> = HashMap::new();
    for item in train.values().chain(carts.values()).flatten() {
        *events.entry(*item).or_default() += 1;
    }
    let all: HashSet<u32> = events.keys().chain(test.values().flatten()).copied().collect();
    let mut known: Vec<u32> = events.keys().copied().collect();
    known.sort_by_key(|item| (std::cmp::Reverse(events[item]), *item));
    known.truncate(ITEMS);
    let numbers: HashMap<u32, u32> = known.iter().copied().zip(0..).collect();
    let mut users: Vec<u32> = test.keys().copied().collect();
    users.sort_unstable();
    let history = |user: u32, with_carts: bool| -> Vec<(u32, f32)> {
        let of = |pairs: &Pairs, weight: f32| -> Vec<(u32, f32)> {
            let items = pairs.get(&user).into_iter().flatten();
            items.filter_map(|item| Some((*numbers.get(item)?, weight))).collect()
        };
        let mut history = if with_carts { of(&carts, CART) } else { Vec::new() };
        history.extend(of(&train, 1.0));
        history
    };
    let mut ranks: Vec<Vec<usize>> = Vec::new();
    for with_carts in [false, true] {
        progress(if with_carts { "purchases and carts" } else { "purchases alone" });
        let histories: Vec<Vec<(u32, f32)>> = users.iter().map(|user| history(*user, with_carts)).collect();
        let slices: Vec<&[(u32, f32)]> = histories.iter().map(Vec::as_slice).collect();
        // There are no times, so that order within a file says little: nothing fades.
        let settings = LinearSettings { past_decay: 1.0, future_decay: 1.0, ridge: 50.0, history_decay: 1.0 };
        let model = LinearModel::train_weighted(&slices, known.len(), &settings).map_err(EngineError::from)?;
        progress("ranking");
        let mut scores = vec![0.0; known.len()];
        let mut own = Vec::with_capacity(users.len());
        for (user, history) in users.iter().zip(&slices) {
            scores.fill(0.0);
            model.add_scores(history, &mut scores).map_err(EngineError::from)?;
            let bought = train.get(user).into_iter().flatten().filter_map(|item| numbers.get(item));
            for item in bought {
                scores[*item as usize] = f32::NEG_INFINITY;
            }
            let target = test[user].first().and_then(|item| numbers.get(item));
            // What the model does not know is never found. Ties count against the target.
            own.push(target.map_or(usize::MAX, |target| {
                let score = scores[*target as usize];
                (0..).zip(&scores).filter(|(item, other)| item != target && **other >= score).count()
            }));
        }
        ranks.push(own);
    }
    let leaks: Vec<bool> = users
        .iter()
        .map(|user| carts.get(user).is_some_and(|cart| test[user].first().is_some_and(|item| cart.contains(item))))
        .collect();
    let way = |keep: &dyn Fn(usize) -> bool| {
        let of = |ranks: &[usize]| -> Vec<usize> {
            ranks.iter().enumerate().filter(|(place, _)| keep(*place)).map(|(_, rank)| *rank).collect()
        };
        let (without, with) = (of(&ranks[0]), of(&ranks[1]));
        let gain = |rank: usize| if rank < metrics::CUT { ((rank + 2) as f64).log2().recip() } else { 0.0 };
        let differences: Vec<f64> = without.iter().zip(&with).map(|(a, b)| gain(*b) - gain(*a)).collect();
        let gain = (metrics::mean(&differences), metrics::bootstrap_interval(&differences));
        Way { without: RankQuality::of(&without), with: RankQuality::of(&with), gain }
    };
    let rows = vec![
        ("all users", way(&|_| true)),
        ("test purchase not in the own cart", way(&|place| !leaks[place])),
        ("test purchase in the own cart (leakage)", way(&|place| leaks[place])),
    ];
    let known = users.iter().filter(|user| test[user].first().is_some_and(|item| numbers.contains_key(item))).count();
    let leaks = leaks.iter().filter(|leak| **leak).count();
    Ok(BehavioursReport { users: users.len(), items: all.len(), known, leaks, rows })
}

/// Lines `uid sid` under a heading; a further column is not read.
fn read(folder: &Path, name: &str) -> Result<Pairs, ServiceError> {
    let path = folder.join(name);
    let text =
        fs::read_to_string(&path).map_err(|source| ServiceError::File { path: path.display().to_string(), source })?;
    let mut pairs = Pairs::new();
    for (line, content) in (1..).zip(text.lines()).skip(1) {
        let mut words = content.split(['\t', ',', ' ']).map(str::trim);
        let mut number = || words.next().and_then(|word| word.parse().ok());
        let (Some(user), Some(item)) = (number(), number()) else {
            let expected = format!("line {line} is not uid sid").into();
            return Err(Problem::field(name.to_owned(), Issue::Malformed { expected }).into());
        };
        pairs.entry(user).or_default().push(item);
    }
    Ok(pairs)
}

impl fmt::Display for BehavioursReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} users with a test purchase, {} items; the model knows {ITEMS}", self.users, self.items)?;
        writeln!(f, "{} of the test purchases are among these; the others count as not found", self.known)?;
        writeln!(
            f,
            "{} test purchases lie in the user's own cart; items bought before are left out of the ranking",
            self.leaks
        )?;
        for (name, way) in &self.rows {
            writeln!(f, "{name} ({} users)", way.with.users)?;
            for (label, q) in [("purchases alone", &way.without), ("purchases and carts", &way.with)] {
                let ((hit_low, hit_high), (low, high)) = (q.hit_rate_interval, q.ndcg_interval);
                writeln!(
                    f,
                    "  {label:<20} HR@10 {:.4} [{hit_low:.4}, {hit_high:.4}]  NDCG@10 {:.4} [{low:.4}, {high:.4}]",
                    q.hit_rate, q.ndcg
                )?;
            }
            let (gain, (low, high)) = way.gain;
            writeln!(f, "  NDCG@10 with carts less without: {gain:+.4} [{low:+.4}, {high:+.4}]")?;
        }
        Ok(())
    }
}
