//! Numbers as people type them: in full width, with grouped digits, with a point where nothing is behind it.

use super::fold;

/// A number that is finite; none for anything else.
pub fn decimal(text: &str) -> Option<f64> {
    let text = digits(text)?;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A whole number, also one that is written with a point or an exponent (`9900.0`, `1e4`) where nothing is lost.
pub fn whole(text: &str) -> Option<i64> {
    let text = digits(text)?;
    text.parse().ok().or_else(|| {
        // From 2^53 on not every whole number is a double.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
    })
}

/// The text in ordinary digits; none where it holds what is no part of a number, such as `nan`.
fn digits(text: &str) -> Option<String> {
    let text = fold(text);
    let text = text.trim();
    let number = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e'));
    (number && text.bytes().any(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_typed() {
        for (text, number) in [
            ("１０００", 1000.0),
            ("1，000", 1000.0),
            (" 1,234.5 ", 1234.5),
            ("－３．５", -3.5),
            ("1e3", 1000.0),
            ("+.5", 0.5),
        ] {
            assert_eq!(decimal(text), Some(number), "{text}");
        }
        for text in ["", "nan", "inf", "-inf", "NaN", "Infinity", "1e999", "1,5", "five", "0x10", "1 2", "e", "-", "."]
        {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_lose_nothing() {
        for (text, number) in [
            ("9900", 9900),
            ("9900.0", 9900),
            ("1e4", 10_000),
            ("１２，０００", 12_000),
            ("9007199254740993", 9_007_199_254_740_993),
            ("-3.00", -3),
        ] {
            assert_eq!(whole(text), Some(number), "{text}");
        }
        for text in ["9900.5", "1e-1", "1e30", "nan", "9007199254740993.0", ""] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
