//! What each event of a history gives: the score with all events less the score without this one.

use super::{Attribution, Batch, ExplainError, ask};

/// Leave-one-out over `events` events. `model` takes masks, `[n, events]`, 1 where an event is kept and 0 where it is left out, and gives the score of
/// the history that remains.
///
/// The amounts need not sum to the score less the baseline (the score without any event): events can stand for each other. What is left is the gap.
///
/// # Errors
/// A model that does not give one finite score for each mask.
pub fn leave_one_out(model: &Batch<'_>, events: usize) -> Result<Attribution, ExplainError> {
    if events == 0 {
        return Ok(Attribution { baseline: 0.0, score: 0.0, amounts: Vec::new(), errors: None });
    }
    let mut masks = vec![1.0; (events + 2) * events];
    for event in 0..events {
        masks[event * events + event] = 0.0;
    }
    masks[(events + 1) * events..].fill(0.0);
    let scores = ask(model, &masks, events)?;
    let (score, baseline) = (scores[events], scores[events + 1]);
    let amounts = scores[..events].iter().map(|without| score - without).collect();
    Ok(Attribution { baseline, score, amounts, errors: None })
}
