//! Functions whose answers are known.

mod attribution;
mod checks;
mod counterfactual;
mod oracles;
