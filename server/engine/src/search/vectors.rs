//! The vectors of all passages in memory; exact search.

use std::collections::HashMap;

use rayon::prelude::*;
use uuid::Uuid;

/// L2-normalised passage vectors by entry.
#[derive(Debug, Default)]
pub struct Passages {
    dimension: usize,
    /// `[passages][dimension]`, in the order of the passages.
    by_entry: HashMap<Uuid, Vec<f32>>,
}

/// An entry's passage that is nearest to a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similar {
    /// Cosine with the query.
    pub cosine: f32,
    /// Number of the passage.
    pub ordinal: usize,
}

impl Passages {
    /// None yet; vectors have `dimension` floats.
    pub fn new(dimension: usize) -> Self {
        Passages { dimension, by_entry: HashMap::new() }
    }

    /// Replaces the passages of an entry; vectors of another length are left out, as they are from another encoder.
    pub fn set(&mut self, entry: Uuid, vectors: &[Vec<f32>]) {
        let fits = !vectors.is_empty() && vectors.iter().all(|vector| vector.len() == self.dimension);
        if fits {
            self.by_entry.insert(entry, vectors.concat());
        } else {
            self.by_entry.remove(&entry);
        }
    }

    /// Forgets an entry.
    pub fn remove(&mut self, entry: &Uuid) {
        self.by_entry.remove(entry);
    }

    /// Whether an entry has passages.
    pub fn contains(&self, entry: &Uuid) -> bool {
        self.by_entry.contains_key(entry)
    }

    /// Number of passages.
    pub fn len(&self) -> usize {
        self.by_entry.values().map(|vectors| vectors.len() / self.dimension.max(1)).sum()
    }

    /// How many entries have vectors.
    pub fn entries(&self) -> usize {
        self.by_entry.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_entry.is_empty()
    }

    /// One passage of an entry.
    pub fn vector(&self, entry: &Uuid, ordinal: usize) -> Option<&[f32]> {
        self.by_entry.get(entry)?.chunks_exact(self.dimension).nth(ordinal)
    }

    /// The normalised mean of an entry's passages.
    pub fn centre(&self, entry: &Uuid) -> Option<Vec<f32>> {
        let mut centre = vec![0.0; self.dimension];
        for vector in self.by_entry.get(entry)?.chunks_exact(self.dimension) {
            centre.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        }
        let norm = dot(&centre, &centre).sqrt();
        (norm > 0.0).then(|| centre.iter().map(|x| x / norm).collect())
    }

    /// The nearest passage of every entry, in no order.
    pub fn nearest(&self, query: &[f32]) -> Vec<(Uuid, Similar)> {
        if query.len() != self.dimension {
            return Vec::new();
        }
        let best = |(entry, vectors): (&Uuid, &Vec<f32>)| {
            let mut best = Similar { cosine: f32::NEG_INFINITY, ordinal: 0 };
            for (ordinal, vector) in vectors.chunks_exact(self.dimension).enumerate() {
                let cosine = dot(query, vector);
                if cosine > best.cosine {
                    best = Similar { cosine, ordinal };
                }
            }
            (*entry, best)
        };
        self.by_entry.par_iter().map(best).collect()
    }
}

/// A dot product in eight sums, which the compiler turns into vector instructions.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a.zip(b) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_passage_is_found_and_replaced() {
        let mut passages = Passages::new(2);
        let id = Uuid::from_u128(1);
        passages.set(id, &[vec![1.0, 0.0], vec![0.6, 0.8]]);
        assert_eq!(passages.len(), 2);
        let best = passages.nearest(&[0.0, 1.0])[0].1;
        assert_eq!((best.ordinal, best.cosine), (1, 0.8));
        passages.set(id, &[vec![1.0, 0.0, 0.0]]);
        assert!(passages.is_empty(), "another encoder's vectors are left out");
    }
}
