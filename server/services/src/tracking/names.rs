//! Names for runs and models that come without one.

use rand::Rng;

const FIRST: [&str; 24] = [
    "amber", "brisk", "calm", "clear", "deep", "early", "fertile", "gentle", "golden", "keen", "late", "light", "mild",
    "noble", "patient", "quiet", "rapid", "silver", "slow", "steady", "swift", "warm", "wide", "young",
];
const SECOND: [&str; 24] = [
    "bank", "bay", "bend", "brook", "canal", "cove", "creek", "current", "delta", "eddy", "field", "flood", "ford",
    "island", "lake", "marsh", "meadow", "reed", "ripple", "river", "silt", "spring", "stream", "tide",
];

/// Two words and a number, e.g. `calm-delta-417`.
pub(super) fn made_up() -> String {
    let mut random = rand::rng();
    let first = FIRST[random.random_range(0..FIRST.len())];
    let second = SECOND[random.random_range(0..SECOND.len())];
    format!("{first}-{second}-{}", random.random_range(100..1_000))
}
