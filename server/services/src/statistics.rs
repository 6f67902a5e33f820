//! Is a difference between two groups real? What a form or a program asks, and the verdict.

use alluvium_domain::{Issue, Problem};
use alluvium_engine::statistics::{Counts, Sample, newcombe, sample_ratio, sample_size, smallest_difference, welch};

pub use alluvium_engine::statistics::Comparison;

/// Power that the advice on sizes is for.
const POWER: f64 = 0.8;
/// Below this p a split is not the planned one (Fabijan et al., KDD 2019).
const BROKEN: f64 = 0.001;
/// Most people in a group.
const MOST: i64 = 1_000_000_000_000;
/// Most values of a group.
const MOST_VALUES: usize = 100_000;

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
            Verdict::Better => "better",
            Verdict::Worse => "worse",
        }
    }
}

/// Two groups compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// What the figures say.
    pub verdict: Verdict,
    /// The second group less the first.
    pub comparison: Comparison,
    /// How likely a split as uneven as this is by chance.
    pub split_p: f64,
    /// The smallest rise over the first group's share that groups of these sizes show in four of five tests.
    pub smallest: Option<f64>,
    /// People a group needs to show the difference that was seen; none where it is real already.
    pub needed: Option<u64>,
}

/// Compares two groups.
pub fn trial(input: &TrialInput<'_>) -> Result<Trial, Problem> {
    let share = split(input.split)?;
    if input.a_values.trim().is_empty() && input.b_values.trim().is_empty() {
        let first = counts(("a_of", input.a_of), ("a_did", input.a_did))?;
        let second = counts(("b_of", input.b_of), ("b_did", input.b_did))?;
        let comparison = newcombe(first, second);
        let (n1, n2) = (first.of as f64, second.of as f64);
        let noise = comparison.is_noise() && comparison.difference != 0.0;
        Ok(Trial {
            smallest: smallest_difference(comparison.first, n1, n2, POWER),
            needed: noise.then(|| sample_size(comparison.first, comparison.second, POWER).ceil() as u64),
            ..judged(comparison, sample_ratio(first.of, second.of, share))
        })
    } else {
        let (first, second) = (values("a_values", input.a_values)?, values("b_values", input.b_values)?);
        let people = |sample: Sample| sample.n as u64;
        Ok(judged(welch(first, second), sample_ratio(people(first), people(second), share)))
    }
}

fn judged(comparison: Comparison, split_p: f64) -> Trial {
    let verdict = match comparison {
        _ if split_p < BROKEN => Verdict::Broken,
        _ if comparison.is_noise() => Verdict::Noise,
        _ if comparison.difference > 0.0 => Verdict::Better,
        _ => Verdict::Worse,
    };
    Trial { verdict, comparison, split_p, smallest: None, needed: None }
}

fn split(text: &str) -> Result<f64, Problem> {
    let text = text.trim().trim_end_matches('%');
    if text.is_empty() {
        return Ok(0.5);
    }
    match text.trim().parse::<f64>() {
        Ok(percent) if (1.0..=99.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err(Problem::field("split", Issue::OutOfRange { min: 1, max: 99 })),
    }
}

fn counts(of: (&'static str, &str), did: (&'static str, &str)) -> Result<Counts, Problem> {
    let people = count(of.0, of.1, 1, MOST)?;
    Ok(Counts { of: people, did: count(did.0, did.1, 0, i64::try_from(people).unwrap_or(MOST))? })
}

fn count(field: &'static str, text: &str, min: i64, max: i64) -> Result<u64, Problem> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | ',' | '_')).collect();
    if digits.is_empty() {
        return Err(Problem::field(field, Issue::Required));
    }
    let number = digits.parse::<i64>().ok().filter(|number| (min..=max).contains(number));
    number
        .and_then(|number| u64::try_from(number).ok())
        .ok_or_else(|| Problem::field(field, Issue::OutOfRange { min, max }))
}

fn values(field: &'static str, text: &str) -> Result<Sample, Problem> {
    let mut values = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '，')).filter(|word| !word.is_empty())
    {
        match word.parse::<f64>() {
            Ok(value) if value.is_finite() => values.push(value),
            _ => return Err(Problem::field(field, Issue::Unknown { value: word.to_owned() })),
        }
        if values.len() > MOST_VALUES {
            return Err(Problem::field(field, Issue::TooMany { limit: MOST_VALUES, actual: values.len() }));
        }
    }
    Sample::of(&values).ok_or_else(|| Problem::field(field, Issue::TooFew { limit: 2, actual: values.len() }))
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
