//! How alike products are: by their vectors, and by category and names of attributes.

use rayon::prelude::*;

use super::index::{ProductIndex, count};
use crate::search::dot;

impl ProductIndex {
    /// The cosine of every product with a vector, NaN where it has none.
    pub(super) fn cosines(&self, vector: &[f32]) -> Vec<f32> {
        (0..self.slots.len())
            .into_par_iter()
            .with_min_len(2_000)
            .map(|slot| {
                let stored = self.vector(u32::try_from(slot).unwrap_or(u32::MAX));
                stored.filter(|stored| stored.len() == vector.len()).map_or(f32::NAN, |stored| dot(stored, vector))
            })
            .collect()
    }

    /// The normalised mean of some products' vectors.
    pub(super) fn centre(&self, slots: &[usize]) -> Vec<f32> {
        let mut centre = vec![0.0; self.dimension];
        for vector in slots.iter().filter_map(|slot| self.vector(u32::try_from(*slot).ok()?)) {
            centre.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        }
        let norm = dot(&centre, &centre).sqrt().max(f32::EPSILON);
        centre.iter_mut().for_each(|x| *x /= norm);
        centre
    }

    /// The mean kind of some products: for each mark (a level of the category, the name of an attribute) its weight.
    pub(super) fn kinds_of(&self, slots: &[usize], weights: &[f32]) -> Vec<f32> {
        let mut mean = vec![0.0; weights.len()];
        for slot in slots {
            let kinds = &self.slots[*slot].kinds;
            let norm = kind_norm(kinds, weights);
            for kind in kinds {
                mean[*kind as usize] += weights[*kind as usize] / norm / count(slots.len()) as f32;
            }
        }
        mean
    }

    /// What few products have says most.
    pub(super) fn kind_weight(&self, kind: usize) -> f32 {
        let all = count(self.slots.len()) as f32;
        (all / self.kind_holding[kind] as f32).ln().max(0.0)
    }
}

fn kind_norm(kinds: &[u32], weights: &[f32]) -> f32 {
    kinds.iter().map(|kind| weights[*kind as usize].powi(2)).sum::<f32>().sqrt().max(f32::EPSILON)
}

/// The share of a product's kind that is the mean's.
pub(super) fn same_kind(kinds: &[u32], mean: &[f32], weights: &[f32]) -> f64 {
    let sum: f32 = kinds.iter().map(|kind| weights[*kind as usize] * mean[*kind as usize]).sum();
    f64::from(sum / kind_norm(kinds, weights))
}
