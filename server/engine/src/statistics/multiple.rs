//! Several comparisons at once: with twenty of them one is "significant" by chance.

/// Holm's adjusted p values (Scandinavian Journal of Statistics 1979), in the order given: what is below 0.05 after this stands with 95 % for all
/// comparisons together.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut least: f64 = 0.0;
    for (place, index) in order.into_iter().enumerate() {
        least = least.max(((p.len() - place) as f64 * p[index]).min(1.0));
        adjusted[index] = least;
    }
    adjusted
}
