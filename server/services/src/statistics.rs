//! Is a difference between two groups real? What a form or a program asks, and the verdict.

mod numbers;

use alluvium_domain::problem::Check;
use alluvium_domain::{Issue, Problem};
use alluvium_engine::statistics::{Counts, Sample, newcombe, sample_ratio, sample_size, smallest_difference, welch};

pub use alluvium_engine::statistics::Comparison;
pub use numbers::{Comma, MAX_VALUES, ReadValues};

/// Power that the advice on sizes is for.
const POWER: f64 = 0.8;
/// Below this p a split is not the planned one (Fabijan et al., KDD 2019).
const BROKEN: f64 = 0.001;
/// From this p on a difference is not told from chance.
const CHANCE: f64 = 0.05;
/// Most people in a group.
const MAX_PEOPLE: i64 = 1_000_000_000_000;

/// Two groups as typed: counts, or one value for each person.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrialInput<'a> {
    /// People in the first group.
    pub a_of: &'a str,
    /// How many of them did it.
    pub a_did: &'a str,
    /// People in the second group.
    pub b_of: &'a str,
    /// How many of them did it.
    pub b_did: &'a str,
    /// Values of the first group; with values the counts are not read.
    pub a_values: &'a str,
    /// Values of the second group.
    pub b_values: &'a str,
    /// The share of people in percent that the first group was to have; half where it is empty.
    pub split: &'a str,
}

/// What the figures say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The groups do not have the sizes that they should have: nothing else counts.
    Broken,
    /// No difference can be seen.
    Noise,
    /// The interval and the test do not agree: too close to say.
    Edge,
    /// Nothing varies within the groups, and they differ: there is nothing to compare the difference with.
    Constant,
    /// The second group is higher.
    Better,
    /// The second group is lower.
    Worse,
}

impl Verdict {
    /// A name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Broken => "broken",
            Verdict::Noise => "noise",
            Verdict::Edge => "edge",
            Verdict::Constant => "constant",
            Verdict::Better => "better",
            Verdict::Worse => "worse",
        }
    }
}

/// Two groups compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What the figures say.
    pub verdict: Verdict,
    /// The second group less the first. Without a meaning but for the difference where the verdict is [`Verdict::Constant`].
    pub comparison: Comparison,
    /// How likely a split as uneven as this is by chance.
    pub split_p: f64,
    /// The smallest rise over the first group's share that groups of these sizes show in four of five tests.
    pub smallest: Option<f64>,
    /// People a group needs to show the difference that was seen; none where it is real already.
    pub needed: Option<u64>,
    /// How the values of both groups were read, where there are values.
    pub read: Option<[ReadValues; 2]>,
}

/// Compares two groups. All fields are checked before anything is said of one.
pub fn trial(input: &TrialInput<'_>) -> Result<Trial, Problem> {
    let mut check = Check::default();
    let share = or_fail(&mut check, "split", split(input.split));
    if input.a_values.trim().is_empty() && input.b_values.trim().is_empty() {
        let first = counts(&mut check, ("a_of", input.a_of), ("a_did", input.a_did));
        let second = counts(&mut check, ("b_of", input.b_of), ("b_did", input.b_did));
        check.finish()?;
        let (Some(share), Some(first), Some(second)) = (share, first, second) else { return Err(Problem::internal()) };
        Ok(by_counts(first, second, share))
    } else {
        let first = or_fail(&mut check, "a_values", numbers::values(input.a_values));
        let second = or_fail(&mut check, "b_values", numbers::values(input.b_values));
        check.finish()?;
        let (Some(share), Some(first), Some(second)) = (share, first, second) else { return Err(Problem::internal()) };
        by_values(first, second, share)
    }
}

fn by_counts(first: Counts, second: Counts, share: f64) -> Trial {
    let comparison = newcombe(first, second);
    let (n1, n2) = (first.of as f64, second.of as f64);
    let noise = comparison.is_noise() && comparison.difference != 0.0;
    Trial {
        smallest: smallest_difference(comparison.first, n1, n2, POWER),
        needed: noise.then(|| sample_size(comparison.first, comparison.second, POWER).ceil() as u64),
        ..judged(comparison, sample_ratio(first.of, second.of, share))
    }
}

fn by_values(first: ReadValues, second: ReadValues, share: f64) -> Result<Trial, Problem> {
    // In units of the largest amount, so that no square is lost to rounding or overflows.
    let scale = first.values.iter().chain(&second.values).fold(0.0, |most: f64, value| most.max(value.abs()));
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let sample = |values: &[f64]| {
        let values: Vec<f64> = values.iter().map(|value| value / scale).collect();
        Sample::of(&values).ok_or_else(Problem::internal)
    };
    let (a, b) = (sample(&first.values)?, sample(&second.values)?);
    let people = |read: &ReadValues| read.values.len() as u64;
    let split_p = sample_ratio(people(&first), people(&second), share);
    let scaled = welch(a, b);
    let comparison = Comparison {
        first: scaled.first * scale,
        second: scaled.second * scale,
        difference: scaled.difference * scale,
        interval: (scaled.interval.0 * scale, scaled.interval.1 * scale),
        p: scaled.p,
    };
    let mut trial = judged(comparison, split_p);
    if a.variance == 0.0 && b.variance == 0.0 && trial.verdict != Verdict::Broken && scaled.difference != 0.0 {
        trial.verdict = Verdict::Constant;
    }
    Ok(Trial { read: Some([first, second]), ..trial })
}

fn judged(comparison: Comparison, split_p: f64) -> Trial {
    let verdict = match comparison {
        _ if split_p < BROKEN => Verdict::Broken,
        _ if comparison.is_noise() && comparison.p >= CHANCE => Verdict::Noise,
        _ if comparison.is_noise() || comparison.p >= CHANCE => Verdict::Edge,
        _ if comparison.difference > 0.0 => Verdict::Better,
        _ => Verdict::Worse,
    };
    Trial { verdict, comparison, split_p, smallest: None, needed: None, read: None }
}

fn or_fail<T>(check: &mut Check, field: &'static str, read: Result<T, Issue>) -> Option<T> {
    read.map_err(|issue| check.fail(field, issue)).ok()
}

fn split(text: &str) -> Result<f64, Issue> {
    let text = numbers::folded(text);
    let text = text.trim().trim_end_matches('%').trim();
    if text.is_empty() {
        return Ok(0.5);
    }
    match text.parse::<f64>() {
        Ok(percent) if (1.0..=99.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err(Issue::OutOfRange { min: 1, max: 99 }),
    }
}

/// Both counts of a group. The second is checked against the first where that can be read.
fn counts(check: &mut Check, of: (&'static str, &str), did: (&'static str, &str)) -> Option<Counts> {
    let people = or_fail(check, of.0, numbers::count(of.1, 1, MAX_PEOPLE));
    let most = people.and_then(|people| i64::try_from(people).ok()).unwrap_or(MAX_PEOPLE);
    let acted = or_fail(check, did.0, numbers::count(did.1, 0, most));
    Some(Counts { of: people?, did: acted? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked<'a>(a_of: &'a str, a_did: &'a str, b_of: &'a str, b_did: &'a str) -> TrialInput<'a> {
        TrialInput { a_of, a_did, b_of, b_did, ..TrialInput::default() }
    }

    #[test]
    fn noise_is_called_noise_and_a_real_rise_a_rise() {
        let noise = trial(&asked("1000", "100", "1000", "110")).unwrap();
        assert_eq!(noise.verdict, Verdict::Noise);
        assert!(noise.needed.is_some_and(|people| people > 10_000) && noise.smallest.unwrap() > 0.01);
        let real = trial(&asked("50,000", "5000", "50 000", "5500")).unwrap();
        assert_eq!((real.verdict, real.needed), (Verdict::Better, None));
        assert_eq!(trial(&asked("50000", "5500", "50000", "5000")).unwrap().verdict, Verdict::Worse);
    }

    #[test]
    fn a_wrong_split_overrules_the_figures() {
        let broken = trial(&asked("50000", "5000", "52000", "9500")).unwrap();
        assert_eq!(broken.verdict, Verdict::Broken);
        let planned = TrialInput { split: "49 %", ..asked("49000", "4900", "51000", "9500") };
        assert_eq!(trial(&planned).unwrap().verdict, Verdict::Better);
    }

    #[test]
    fn values_are_compared_by_their_means() {
        let input = TrialInput { a_values: "1 2 3 2 1 2", b_values: "9，8\n9.5;8.5 9 8", ..TrialInput::default() };
        assert_eq!(trial(&input).unwrap().verdict, Verdict::Better);
    }

    fn by_values(a: &str, b: &str) -> Trial {
        trial(&TrialInput { a_values: a, b_values: b, ..TrialInput::default() }).unwrap()
    }

    #[test]
    fn what_does_not_vary_shows_no_difference() {
        // Sums of these are rounded, so that a mean is not the value it is made of.
        for (value, first, second) in [("9.99", 2, 11), ("29.9", 33, 39), ("0.1", 7, 9), ("1e-200", 5, 5), ("0", 4, 4)]
        {
            let list = |times: usize| format!("{value} ").repeat(times);
            let same = by_values(&list(first), &list(second));
            assert_eq!((same.verdict, same.comparison.difference), (Verdict::Noise, 0.0), "{value}");
            assert!((same.comparison.p - 1.0).abs() < 1e-12, "{value}");
        }
        // Two constants that differ: nothing to compare the difference with, and no p of 0.
        assert_eq!(by_values(&"1.23 ".repeat(7000), &"1.25 ".repeat(7000)).verdict, Verdict::Constant);
        // One that varies is enough.
        assert_eq!(by_values("1 1 1 1", "1 2 3 0").verdict, Verdict::Noise);
        assert_eq!(trial(&asked("10", "0", "12", "0")).unwrap().verdict, Verdict::Noise);
        assert_eq!(trial(&asked("10", "10", "12", "12")).unwrap().verdict, Verdict::Noise);
    }

    #[test]
    fn the_size_of_values_changes_no_verdict() {
        let (a, b) = ([1.0, 2.0, 3.0, 2.0, 1.0, 2.0], [9.0, 8.0, 9.5, 8.5, 9.0, 8.0]);
        for scale in [1e-300, 1e-160, 1.0, 1e49] {
            let list = |values: [f64; 6]| values.map(|value| (value * scale).to_string()).join(" ");
            let found = by_values(&list(a), &list(b));
            assert_eq!(found.verdict, Verdict::Better, "{scale}");
            assert!(found.comparison.p < 1e-5 && found.comparison.interval.0.is_finite(), "{scale}: {found:?}");
        }
    }

    #[test]
    fn the_verdict_says_what_interval_and_p_say() {
        for did in 100..160 {
            let found = trial(&asked("1000", "100", "1000", &did.to_string())).unwrap();
            let seen = (found.comparison.is_noise(), found.comparison.p >= CHANCE);
            let said = match found.verdict {
                Verdict::Noise => (true, true),
                Verdict::Better => (false, false),
                Verdict::Edge => (seen.0, !seen.0),
                other => panic!("{other:?}"),
            };
            assert_eq!(seen, said, "{did}");
        }
    }

    #[test]
    fn every_wrong_figure_is_named_at_once() {
        let input = TrialInput { split: "x", ..asked("abc", "-3", "", "1,5") };
        let fields: Vec<_> = trial(&input).unwrap_err().errors.iter().map(|error| error.field.to_string()).collect();
        assert_eq!(fields, ["split", "a_of", "a_did", "b_of", "b_did"]);
        let input = TrialInput { a_values: "1 x", b_values: "1e308 -1e308", ..TrialInput::default() };
        let fields: Vec<_> = trial(&input).unwrap_err().errors.iter().map(|error| error.field.to_string()).collect();
        assert_eq!(fields, ["a_values", "b_values"]);
        assert!(trial(&TrialInput { split: "５０％", ..asked("1，000", "100", "１０００", "120") }).is_ok());
    }

    #[test]
    fn wrong_figures_name_their_field() {
        let wrong = |input: TrialInput<'_>| trial(&input).unwrap_err().errors[0].field.to_string();
        assert_eq!(wrong(asked("", "1", "2", "1")), "a_of");
        assert_eq!(wrong(asked("10", "11", "20", "1")), "a_did");
        assert_eq!(wrong(asked("10", "1", "-5", "1")), "b_of");
        assert_eq!(wrong(TrialInput { split: "0", ..asked("10", "1", "10", "1") }), "split");
        assert_eq!(wrong(TrialInput { a_values: "1 x", ..TrialInput::default() }), "a_values");
        assert_eq!(wrong(TrialInput { a_values: "1 2", b_values: "1", ..TrialInput::default() }), "b_values");
    }
}
