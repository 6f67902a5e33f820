//! Adam (Kingma and Ba 2015) whose state can be kept: moments and number of steps. Gradients together are no longer than one.

use std::collections::{BTreeMap, HashMap};

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

const BETAS: (f64, f64) = (0.9, 0.999);
const EPSILON: f64 = 1e-8;
/// Longest gradient, over all weights.
const LONGEST: f64 = 1.0;

pub(super) struct Adam {
    steps: i32,
    /// First and second moment of each weight.
    moments: BTreeMap<String, (Tensor, Tensor)>,
}

impl Adam {
    pub(super) fn new(weights: &BTreeMap<String, Var>) -> Result<Adam> {
        let zeros = |(name, weight): (&String, &Var)| Ok((name.clone(), (weight.zeros_like()?, weight.zeros_like()?)));
        Ok(Adam { steps: 0, moments: weights.iter().map(zeros).collect::<Result<_>>()? })
    }

    /// Moves each weight by its learning rate; where that is nothing it stays as it is, and so do its moments.
    pub(super) fn step(
        &mut self,
        weights: &BTreeMap<String, Var>,
        gradients: &GradStore,
        learning_rate: &dyn Fn(&str) -> f64,
    ) -> Result<()> {
        let mut squares = 0.0;
        let moving = weights.iter().map(|(name, weight)| (name, weight, learning_rate(name)));
        let moving: Vec<(&String, &Var, f64)> = moving.filter(|(.., rate)| *rate > 0.0).collect();
        for (_, weight, _) in &moving {
            if let Some(gradient) = gradients.get(weight) {
                squares += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
            }
        }
        let shrink = (LONGEST / squares.sqrt().max(LONGEST)).min(1.0);
        self.steps += 1;
        let (first, second) = BETAS;
        let (one, two) = (1.0 - first.powi(self.steps), 1.0 - second.powi(self.steps));
        for (name, weight, rate) in moving {
            let (Some(gradient), Some((m, v))) = (gradients.get(weight), self.moments.get_mut(name)) else { continue };
            let gradient = (gradient * shrink)?.detach();
            *m = ((&*m * first)? + (&gradient * (1.0 - first))?)?;
            *v = ((&*v * second)? + (gradient.sqr()? * (1.0 - second))?)?;
            let change = ((&*m / one)? / ((&*v / two)?.sqrt()? + EPSILON)?)?;
            weight.set(&(weight.as_tensor() - (change * rate)?)?.detach())?;
        }
        Ok(())
    }

    /// The moments by name, to be kept.
    pub(super) fn state(&self) -> HashMap<String, Tensor> {
        let both = |(name, (m, v)): (&String, &(Tensor, Tensor))| {
            [(format!("m.{name}"), m.clone()), (format!("v.{name}"), v.clone())]
        };
        self.moments.iter().flat_map(both).collect()
    }

    /// Takes up a state that was kept after so many steps; false where it does not fit.
    pub(super) fn restore(&mut self, steps: usize, state: &HashMap<String, Tensor>) -> bool {
        let mut moments = BTreeMap::new();
        for (name, (own, _)) in &self.moments {
            let (Some(m), Some(v)) = (state.get(&format!("m.{name}")), state.get(&format!("v.{name}"))) else {
                return false;
            };
            if m.dims() != own.dims() || v.dims() != own.dims() {
                return false;
            }
            moments.insert(name.clone(), (m.clone(), v.clone()));
        }
        self.moments = moments;
        self.steps = i32::try_from(steps).unwrap_or(i32::MAX);
        true
    }
}
