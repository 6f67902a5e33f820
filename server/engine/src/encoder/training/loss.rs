//! What is made small: `InfoNCE` with in-batch negatives, and the cross-entropy of words.

use candle_core::{D, Device, Result, Tensor};
use candle_nn::ops::log_softmax;

/// Mean cross-entropy of finding each query's own text among those of the batch; both `[pairs, hidden]`, L2-normalised. Where `answers(row, column)`,
/// the text of another pair answers the query too and is no negative.
pub(super) fn info_nce(
    queries: &Tensor,
    texts: &Tensor,
    temperature: f64,
    answers: &dyn Fn(usize, usize) -> bool,
) -> Result<Tensor> {
    let n = queries.dim(0)?;
    let (mut own, mut away) = (vec![0.0_f32; n * n], vec![0.0_f32; n * n]);
    for row in 0..n {
        own[row * n + row] = 1.0;
        for column in 0..n {
            if answers(row, column) {
                away[row * n + column] = -1e9;
            }
        }
    }
    let away = Tensor::from_vec(away, (n, n), &Device::Cpu)?;
    let own = Tensor::from_vec(own, (n, n), &Device::Cpu)?;
    let scores = ((queries.matmul(&texts.t()?)? / temperature)? + away)?;
    (log_softmax(&scores, D::Minus1)? * own)?.sum_all()? * (-1.0 / n as f64)
}

/// Mean cross-entropy of words, given the scores of all words, `[words, vocabulary]`.
pub(super) fn words(scores: &Tensor, words: &[u32]) -> Result<Tensor> {
    candle_nn::loss::cross_entropy(scores, &Tensor::new(words, &Device::Cpu)?)
}
