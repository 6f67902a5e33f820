//! Recommending products of a shop: candidates from several sources, then one multi-task model that ranks them over named features.

mod candidates;
mod differentiable;
mod examples;
mod features;
mod golden;
mod goods;
mod held_out;
mod kept;
mod model;
mod network;
mod profile;
mod quality;
mod ranker;
mod reasons;
mod serving;
#[cfg(test)]
mod tests;
mod training;

pub use examples::{Deed, Deeds, Examples, Retrieval, examples};
pub use features::{Counts, FEATURE_COUNT, FEATURES, GROUP_COUNT};
pub use golden::Golden;
pub use goods::Goods;
pub use held_out::{HeldOut, TaskDifference};
pub use kept::Kept;
pub use model::{Files, ShopModel};
pub use network::{RankProgress, RankSettings, RankTasks};
pub use profile::Act;
pub use quality::{HeadQuality, example_weights, head, labels, quality};
pub use ranker::{Ranker, TASKS, weighted};
pub use reasons::{Attribution, attribute, outline};
pub use serving::{Asked, LEFT_OUT, LeftOut, Scored, Searched, ShopRecommender};
pub use training::{Known, ShopReport, ShopSettings, ShopStep, Split, quietly};
