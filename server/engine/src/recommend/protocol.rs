//! The measurement that is reported: settings from the validation item, models then trained without the test item only.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::evaluation::{RankQuality, ranks};
use super::{
    Blend, Holdout, LinearModel, LinearSettings, Progress, RecommendError, SequenceModel, SequenceSettings, Sequences,
};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelKind {
    /// [`LinearModel`].
    Linear,
    /// [`SequenceModel`].
    Sequence,
    /// [`Blend`].
    Blend,
}

/// How it is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Protocol {
    /// Which model.
    pub kind: ModelKind,
    /// Settings of the linear model, the same for every data set.
    pub linear: LinearSettings,
    /// Weights an item that the linear model keeps.
    pub kept: usize,
    /// Settings of the sequence model; the number of epochs is the most that validation may choose.
    pub sequence: SequenceSettings,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Solving for the linear model's weights.
    Linear,
    /// Training the sequence model without the validation item.
    Tuning(Progress),
    /// Going on with it, for a quarter of the epochs.
    Training(Progress),
    /// Choosing the share of each model.
    Blending,
    /// Ranking the test items.
    Testing,
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// On the test items.
    pub quality: RankQuality,
    /// NDCG@10 on the validation items, where they were used: for the epoch or for the share.
    pub validation: Option<f64>,
    /// Epochs that validation chose.
    pub epochs: Option<usize>,
    /// Share of the sequence model that validation chose.
    pub share: Option<f32>,
    /// What to hold beside it, with a name: the linear model with all its weights, or the parts of a blend alone.
    pub beside: Vec<(&'static str, RankQuality)>,
    /// Choosing settings and training.
    pub training_time: Duration,
    /// Ranking all test items.
    pub testing_time: Duration,
}

impl Protocol {
    /// Tunes, trains and measures. `progress` stops it by answering `Break`.
    ///
    /// # Errors
    /// Those of training; [`RecommendError::Cancelled`].
    pub fn run(
        &self,
        sequences: &Sequences,
        progress: &mut dyn FnMut(&Step) -> ControlFlow<()>,
    ) -> Result<Measured, RecommendError> {
        let start = Instant::now();
        let cases = sequences.cases(Holdout::Test);
        let measured = |quality| Measured {
            quality,
            validation: None,
            epochs: None,
            share: None,
            beside: Vec::new(),
            training_time: Duration::ZERO,
            testing_time: Duration::ZERO,
        };
        if self.kind == ModelKind::Linear {
            let whole = self.linear(sequences, Holdout::Test, progress)?;
            let kept = whole.pruned(self.kept);
            let training_time = start.elapsed();
            report(Step::Testing, progress)?;
            let quality = RankQuality::of(&ranks(&kept, &cases)?);
            let testing_time = start.elapsed() - training_time;
            let beside = vec![("all weights kept", RankQuality::of(&ranks(&whole, &cases)?))];
            return Ok(Measured { beside, training_time, testing_time, ..measured(quality) });
        }
        let items = sequences.item_count();
        let validation = sequences.cases(Holdout::Validation);
        let tuned = SequenceModel::train(
            &sequences.training(Holdout::Validation),
            items,
            &self.sequence,
            &validation,
            &mut |at| progress(&Step::Tuning(*at)),
        )?;
        let settings = SequenceSettings { epochs: tuned.epoch.div_ceil(4), ..self.sequence };
        let sequence = tuned
            .model
            .train_on(&sequences.training(Holdout::Test), &settings, &[], &mut |at| progress(&Step::Training(*at)))?;
        let sequence = sequence.model;
        let blended = match self.kind {
            ModelKind::Blend => {
                let linear = self.linear(sequences, Holdout::Validation, progress)?.pruned(self.kept);
                report(Step::Blending, progress)?;
                let mut blend = Blend::new(linear, tuned.model, 0.0)?;
                let figure = blend.tune(&validation)?;
                Some((blend.share(), figure))
            }
            _ => None,
        };
        let (training_time, testing_time, quality);
        let mut beside = Vec::new();
        if let Some((share, _)) = blended {
            let linear = self.linear(sequences, Holdout::Test, progress)?.pruned(self.kept);
            let blend = Blend::new(linear, sequence, share)?;
            training_time = start.elapsed();
            report(Step::Testing, progress)?;
            quality = RankQuality::of(&ranks(&blend, &cases)?);
            testing_time = start.elapsed() - training_time;
            beside.push(("linear alone", RankQuality::of(&ranks(&blend.linear, &cases)?)));
            beside.push(("sequence alone", RankQuality::of(&ranks(&blend.sequence, &cases)?)));
        } else {
            training_time = start.elapsed();
            report(Step::Testing, progress)?;
            quality = RankQuality::of(&ranks(&sequence, &cases)?);
            testing_time = start.elapsed() - training_time;
        }
        Ok(Measured {
            validation: blended.map(|(_, figure)| figure).or(tuned.validation),
            epochs: Some(tuned.epoch),
            share: blended.map(|(share, _)| share),
            beside,
            training_time,
            testing_time,
            ..measured(quality)
        })
    }

    fn linear(
        &self,
        sequences: &Sequences,
        holdout: Holdout,
        progress: &mut dyn FnMut(&Step) -> ControlFlow<()>,
    ) -> Result<LinearModel, RecommendError> {
        report(Step::Linear, progress)?;
        LinearModel::train(&sequences.training(holdout), sequences.item_count(), &self.linear)
    }
}

fn report(step: Step, progress: &mut dyn FnMut(&Step) -> ControlFlow<()>) -> Result<(), RecommendError> {
    if progress(&step).is_break() { Err(RecommendError::Cancelled) } else { Ok(()) }
}
