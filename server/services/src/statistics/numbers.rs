//! Numbers as people type them: full width, with grouping separators, in lists.

use alluvium_domain::Issue;

/// Most values of a group.
pub const MAX_VALUES: usize = 100_000;
/// Largest amount of a value: its square is still far from the largest number.
const MAX_VALUE: f64 = 1e50;
/// A wrong value is named by so many characters of it.
const NAMED: usize = 40;

/// What the commas of a list were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comma {
    /// There are none.
    None,
    /// They stand between values: `3,5,8`.
    Separator,
    /// They group thousands: `1,234 980`.
    Thousands,
    /// They begin decimals: `1,5 2,3`.
    Decimal,
}

/// A list of values and how it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadValues {
    /// The values.
    pub values: Vec<f64>,
    /// What the commas were taken for.
    pub comma: Comma,
}

/// Full-width characters as their plain ones, and the signs that stand for a minus or a space.
pub(super) fn folded(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
            '\u{3000}' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{feff}' => ' ',
            '\u{2212}' | '\u{2013}' => '-',
            '。' => '.',
            '’' => '\'',
            _ => c,
        })
        .collect()
}

/// A whole number between `min` and `max`: `1000`, `1,000`, `1 000`, `1'000`, `1000.0`, `1e3`.
pub(super) fn count(text: &str, min: i64, max: i64) -> Result<u64, Issue> {
    let text = folded(text);
    let text = text.trim();
    if text.is_empty() {
        return Err(Issue::Required);
    }
    let number = ungrouped(text, &[',', ' ', '\'', '_']).and_then(|digits| digits.parse::<f64>().ok());
    let Some(number) = number.filter(|number| number.is_finite() && number.fract() == 0.0) else {
        let expected = if text.contains('.') { "1234" } else { "1234, 1,234" };
        return Err(Issue::Unfit { value: named(text), expected: expected.into() });
    };
    // Every whole number up to the largest count is a double.
    if number < min as f64 || number > max as f64 {
        return Err(Issue::OutOfRange { min, max });
    }
    Ok(number as u64)
}

/// The number without its grouping separators, where they stand before groups of three digits and are all the same. `1.234` may be either.
fn ungrouped(text: &str, separators: &[char]) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() == 3 && fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let Some(separator) = separators.iter().find(|separator| whole.contains(**separator)) else {
        return Some(text.to_owned());
    };
    let mut groups = whole.split(*separator);
    let first = groups.next()?.trim_start_matches(['+', '-']);
    let digits = |group: &str| group.chars().all(|c| c.is_ascii_digit());
    let grouped =
        (1..=3).contains(&first.len()) && digits(first) && groups.all(|group| group.len() == 3 && digits(group));
    grouped.then(|| text.replace(*separator, ""))
}

/// The values of a list, between white space, `;`, `、` or commas.
///
/// A comma is read by what stands around it: with other separators between the values it groups thousands (`1,234 980`) or begins decimals
/// (`1,5 2,3`), otherwise it separates (`3,5,8`). A list in which it seems to do two of these is refused.
pub(super) fn values(text: &str) -> Result<ReadValues, Issue> {
    let text = folded(text);
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ';' | '、'))
        .map(|word| word.trim_matches(','))
        .filter(|word| !word.is_empty())
        .collect();
    let comma = comma(&words);
    let mut values = Vec::new();
    let mut add = |word: &str| {
        values.push(value(word)?);
        let actual = values.len();
        if actual > MAX_VALUES { Err(Issue::TooMany { limit: MAX_VALUES, actual }) } else { Ok(()) }
    };
    for word in words {
        match comma {
            Comma::None => add(word)?,
            Comma::Thousands => add(&word.replace(',', ""))?,
            Comma::Decimal => add(&word.replace(',', "."))?,
            Comma::Separator => {
                for item in word.split(',').filter(|item| !item.is_empty()) {
                    // `1,000,980`: `000` is no value of its own.
                    let digits = item.trim_start_matches(['+', '-']);
                    if digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") {
                        return Err(ambiguous(word));
                    }
                    add(item)?;
                }
            }
        }
    }
    if values.len() < 2 {
        return Err(Issue::TooFew { limit: 2, actual: values.len() });
    }
    Ok(ReadValues { values, comma })
}

fn comma(words: &[&str]) -> Comma {
    let with: Vec<&str> = words.iter().copied().filter(|word| word.contains(',')).collect();
    if with.is_empty() {
        Comma::None
    } else if words.len() == 1 {
        Comma::Separator
    } else if with.iter().all(|word| ungrouped_with_fraction(word)) {
        Comma::Thousands
    } else if with.iter().all(|word| word.matches(',').count() == 1 && !word.contains('.')) {
        Comma::Decimal
    } else {
        Comma::Separator
    }
}

/// Whether the commas of a word stand before groups of three digits; after the last one a fraction may follow.
fn ungrouped_with_fraction(word: &str) -> bool {
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    !fraction.contains(',') && ungrouped(whole, &[',']).is_some()
}

fn value(word: &str) -> Result<f64, Issue> {
    // `f64` reads words such as `nan` and `infinity` too.
    let number = word.parse::<f64>().ok().filter(|_| word.chars().any(|c| c.is_ascii_digit()));
    let Some(number) = number else { return Err(Issue::Unknown { value: named(word) }) };
    if number.abs() > MAX_VALUE {
        let limit = format!("{MAX_VALUE:e}");
        return Err(Issue::Refused {
            zh: format!("“{}”太大：取值的绝对值最大 {limit}", named(word)).into(),
            en: format!("“{}” is too large: values go up to {limit}", named(word)).into(),
        });
    }
    Ok(number)
}

fn ambiguous(word: &str) -> Issue {
    let word = named(word);
    Issue::Refused {
        zh: format!("“{word}”里的逗号既像千位分隔，又像在分隔取值：请用空格或换行分隔取值").into(),
        en: format!(
            "the commas of “{word}” may group thousands or separate values: put spaces or line breaks between values"
        )
        .into(),
    }
}

fn named(word: &str) -> String {
    word.chars().take(NAMED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> (Vec<f64>, Comma) {
        let read = values(text).unwrap_or_else(|issue| panic!("{text}: {issue:?}"));
        (read.values, read.comma)
    }

    #[test]
    fn counts_are_read_in_every_width_and_grouping() {
        for text in [
            "1000",
            "1,000",
            "1，000",
            "１０００",
            "1 000",
            " 1'000 ",
            "1_000",
            "1000.0",
            "1e3",
            "１，０００",
            "1\u{202f}000",
        ] {
            assert_eq!(count(text, 1, 10_000), Ok(1000), "{text}");
        }
        assert_eq!(count("1,234,567", 0, 10_000_000), Ok(1_234_567));
        for text in ["1,00", "1,5", "10,00,000", ",100", "1,", "1.5", "1.000", "abc", "1,000 000", "1e999", "NaN", "-"]
        {
            assert!(matches!(count(text, 0, 10_000_000), Err(Issue::Unfit { .. })), "{text}");
        }
        assert_eq!(count("-5", 0, 10), Err(Issue::OutOfRange { min: 0, max: 10 }));
        assert_eq!(count("　", 0, 10), Err(Issue::Required));
    }

    #[test]
    fn commas_are_read_by_what_stands_around_them() {
        assert_eq!(list("1 2，3"), (vec![1.0, 2.3], Comma::Decimal));
        assert_eq!(list("1,234 1,300.5\n980"), (vec![1234.0, 1300.5, 980.0], Comma::Thousands));
        assert_eq!(list("1,234, 1,300, 980"), (vec![1234.0, 1300.0, 980.0], Comma::Thousands));
        assert_eq!(list("1，234、9８0"), (vec![1234.0, 980.0], Comma::Thousands));
        assert_eq!(list("1,5 2,3 3"), (vec![1.5, 2.3, 3.0], Comma::Decimal));
        assert_eq!(list("3,5,8"), (vec![3.0, 5.0, 8.0], Comma::Separator));
        assert_eq!(list("1,5"), (vec![1.0, 5.0], Comma::Separator));
        assert_eq!(list("3.5,5.25,8\n2,9,4"), (vec![3.5, 5.25, 8.0, 2.0, 9.0, 4.0], Comma::Separator));
        assert_eq!(list("1, 5, 8,"), (vec![1.0, 5.0, 8.0], Comma::None));
        assert_eq!(list("９．５；8.5、－3\t+1e2"), (vec![9.5, 8.5, -3.0, 100.0], Comma::None));
        assert_eq!(list("0.5,0.25,0"), (vec![0.5, 0.25, 0.0], Comma::Separator));
        assert!(matches!(values("1,000,980"), Err(Issue::Refused { .. })));
    }

    #[test]
    fn what_is_no_finite_number_is_named() {
        for word in ["x", "nan", "inf", "-infinity", "1..2", "5%"] {
            assert_eq!(values(&format!("1 {word}")), Err(Issue::Unknown { value: word.into() }), "{word}");
        }
        for word in ["1e308", "-1e308", "1e51", "1e999"] {
            assert!(matches!(values(&format!("1 {word}")), Err(Issue::Refused { .. })), "{word}");
        }
        assert_eq!(values("7"), Err(Issue::TooFew { limit: 2, actual: 1 }));
        let many = "1 ".repeat(MAX_VALUES + 1);
        assert!(matches!(values(&many), Err(Issue::TooMany { limit: MAX_VALUES, .. })));
        assert_eq!(values(&many[2..]).map(|read| read.values.len()), Ok(MAX_VALUES));
    }
}
