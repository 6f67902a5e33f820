//! The smallest change of a history that removes an item from the list.
//!
//! Counterfactual explanations of recommendations by events of the history: Ghazimatin et al., "PRINCE: Provider-side Interpretability with
//! Counterfactual Explanations in Recommender Systems", WSDM 2020. The search here is plainer: one event at a time, greedily, then every smaller set
//! that the effort allows. Every step asks the model to rank anew, so that what is reported does remove the item.

use super::{Batch, ExplainError, ask};

/// How much may be asked of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// The most events that are removed.
    pub removed: usize,
    /// The most histories that are ranked.
    pub rankings: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Effort { removed: 8, rankings: 600 }
    }
}

/// Events without which the item is not in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Counterfactual {
    /// The events, by number, rising.
    pub removed: Vec<usize>,
    /// The margin without them, negative.
    pub margin: f64,
    /// Whether every smaller set was tried, so that none is smaller.
    pub smallest: bool,
    /// Histories that were ranked to find it.
    pub rankings: usize,
}

/// Searches for the fewest of `events` events without which the item leaves the list; none where removing all that the effort allows does not remove
/// it. `margin` takes masks, `[n, events]`, 1 where an event is kept, and says by how much the item is inside the list of the history that remains: its
/// score less that of the best item outside (or of the last one inside, where it is outside itself). Below 0 it is out.
///
/// # Errors
/// A model that does not give one finite margin for each mask.
pub fn counterfactual(
    margin: &Batch<'_>,
    events: usize,
    effort: &Effort,
) -> Result<Option<Counterfactual>, ExplainError> {
    let mut search = Search { margin, events, rankings: 0 };
    let Some(greedy) = search.greedy(effort)? else { return Ok(None) };
    // Smaller sets, smallest first: the first hit is the smallest of all. Size 1 was tried by the first greedy step.
    for size in 2..greedy.removed.len() {
        let sets = count(events, size);
        if sets.is_none_or(|sets| search.rankings.saturating_add(sets) > effort.rankings) {
            return Ok(Some(Counterfactual { rankings: search.rankings, ..greedy }));
        }
        if let Some((removed, margin)) = search.lowest(subsets(events, size))?
            && margin < 0.0
        {
            return Ok(Some(Counterfactual { removed, margin, smallest: true, rankings: search.rankings }));
        }
    }
    Ok(Some(Counterfactual { smallest: true, rankings: search.rankings, ..greedy }))
}

struct Search<'a> {
    margin: &'a Batch<'a>,
    events: usize,
    rankings: usize,
}

impl Search<'_> {
    /// Removes the event that lowers the margin most, again and again, until the item is out.
    fn greedy(&mut self, effort: &Effort) -> Result<Option<Counterfactual>, ExplainError> {
        let mut removed: Vec<usize> = Vec::new();
        while removed.len() < effort.removed.min(self.events) {
            let next = (0..self.events).filter(|event| !removed.contains(event));
            let sets: Vec<Vec<usize>> = next.map(|event| removed.iter().copied().chain([event]).collect()).collect();
            if self.rankings + sets.len() > effort.rankings {
                return Ok(None);
            }
            let Some((best, margin)) = self.lowest(sets)? else { return Ok(None) };
            removed = best;
            if margin < 0.0 {
                removed.sort_unstable();
                let smallest = removed.len() <= 2;
                return Ok(Some(Counterfactual { removed, margin, smallest, rankings: self.rankings }));
            }
        }
        Ok(None)
    }

    /// The set whose removal leaves the lowest margin.
    fn lowest(&mut self, sets: Vec<Vec<usize>>) -> Result<Option<(Vec<usize>, f64)>, ExplainError> {
        if sets.is_empty() {
            return Ok(None);
        }
        let mut masks = vec![1.0; sets.len() * self.events];
        for (set, mask) in sets.iter().zip(masks.chunks_exact_mut(self.events)) {
            for event in set {
                mask[*event] = 0.0;
            }
        }
        self.rankings += sets.len();
        let margins = ask(self.margin, &masks, self.events)?;
        Ok(sets.into_iter().zip(margins).min_by(|a, b| a.1.total_cmp(&b.1)))
    }
}

/// Number of subsets of `size` out of `n`, where it fits.
fn count(n: usize, size: usize) -> Option<usize> {
    (0..size.min(n)).try_fold(1_usize, |sets, place| Some(sets.checked_mul(n - place)? / (place + 1)))
}

/// All subsets of `size` out of `n`, in lexicographic order.
fn subsets(n: usize, size: usize) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    if size == 0 || size > n {
        return all;
    }
    let mut set: Vec<usize> = (0..size).collect();
    loop {
        all.push(set.clone());
        let Some(place) = (0..size).rev().find(|place| set[*place] < n - size + place) else { return all };
        set[place] += 1;
        for later in place + 1..size {
            set[later] = set[later - 1] + 1;
        }
    }
}
