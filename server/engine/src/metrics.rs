//! Measures of ranking quality over graded judgements, with bootstrap intervals.

mod binary;

pub use crate::statistics::{Paired, bootstrap_interval, mean, paired};
pub use binary::{
    Calibration, CalibrationBin, Difference, auc, calibration, log_losses, paired_by_cluster, rank_correlation,
    weighted_mean,
};

/// The cut of [`ndcg`] and [`recall`] in reports.
pub const CUT: usize = 10;

/// NDCG at `k` with exponential gain `2^g - 1` and discount `log2(rank + 1)` (Burges et al., "Learning to Rank using Gradient Descent", ICML 2005;
/// the discount is Järvelin and Kekäläinen's, TOIS 2002). `ranked` are the grades of the results in order, ungraded ones 0; `ideal` are all grades of
/// the query. 0 where the query has no positive grade.
pub fn ndcg(ranked: &[u8], ideal: &[u8], k: usize) -> f64 {
    normalised(ranked, ideal, k, |grade| grade.exp2() - 1.0)
}

/// NDCG at `k` with linear gain `g`, Järvelin and Kekäläinen's own (TOIS 2002); otherwise as [`ndcg`].
pub fn ndcg_linear(ranked: &[u8], ideal: &[u8], k: usize) -> f64 {
    normalised(ranked, ideal, k, |grade| grade)
}

fn normalised(ranked: &[u8], ideal: &[u8], k: usize, gain: fn(f64) -> f64) -> f64 {
    let mut best = ideal.to_vec();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let most = dcg(&best, k, gain);
    if most == 0.0 { 0.0 } else { dcg(ranked, k, gain) / most }
}

fn dcg(grades: &[u8], k: usize, gain: fn(f64) -> f64) -> f64 {
    let discounts = (2_u32..).map(|position| f64::from(position).log2());
    grades.iter().take(k).zip(discounts).map(|(grade, discount)| gain(f64::from(*grade)) / discount).sum()
}

/// Reciprocal of the rank of the first result with at least grade `relevant`; 0 where there is none.
pub fn reciprocal_rank(ranked: &[u8], relevant: u8) -> f64 {
    let ranks = (1_u32..).map(f64::from);
    ranked.iter().zip(ranks).find(|(grade, _)| **grade >= relevant).map_or(0.0, |(_, rank)| rank.recip())
}

/// Share of the entries with at least grade `relevant` that are among the first `k`; 0 where there are none.
pub fn recall(ranked: &[u8], ideal: &[u8], relevant: u8, k: usize) -> f64 {
    let count = |grades: &mut dyn Iterator<Item = &u8>| {
        let n = grades.filter(|grade| **grade >= relevant).count();
        u32::try_from(n).map_or(f64::MAX, f64::from)
    };
    let all = count(&mut ideal.iter());
    if all == 0.0 { 0.0 } else { count(&mut ranked.iter().take(k)) / all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndcg_agrees_with_a_sum_by_hand() {
        // Grades 3, 0, 2: DCG = 7 + 0 + 3/2 = 8.5; ideal 3, 2, 0: 7 + 3/log2(3) = 8.8928.
        assert!((ndcg(&[3, 0, 2], &[2, 3], 10) - 8.5 / (7.0 + 3.0 / 3_f64.log2())).abs() < 1e-12);
        assert!((ndcg(&[3, 2], &[2, 3], 10) - 1.0).abs() < 1e-12);
        assert_eq!(ndcg(&[0, 0], &[], 10), 0.0);
        assert!(ndcg(&[0, 0, 3], &[3], 2).abs() < 1e-12, "the cut holds");
    }

    #[test]
    fn linear_gain_is_the_grade_itself() {
        // Grades 3, 0, 2: DCG = 3 + 2/2 = 4; ideal 3, 2: 3 + 2/log2(3).
        assert!((ndcg_linear(&[3, 0, 2], &[2, 3], 10) - 4.0 / (3.0 + 2.0 / 3_f64.log2())).abs() < 1e-12);
        assert_eq!(ndcg_linear(&[1], &[0], 10), 0.0);
    }

    #[test]
    fn rank_and_recall_count_what_is_relevant() {
        assert!((reciprocal_rank(&[0, 1, 3], 2) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(reciprocal_rank(&[1, 1], 2), 0.0);
        assert!((recall(&[3, 0, 2], &[3, 2, 2, 1], 2, 10) - 2.0 / 3.0).abs() < 1e-12);
    }
}
