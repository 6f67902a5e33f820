//! The one reader of YAML that people send.
//!
//! libyaml looks at every open bracket again for each token that follows, so that a text of nothing but `[` takes time by the square of its length: 100 kB
//! took 14 seconds. The limits here keep the dearest text that is taken below a twentieth of a second.

use serde::de::DeserializeOwned;

/// Longest text, in characters: the front matter of a file, with a card at its limit in it and all other fields.
const MAX_LENGTH: usize = 2 * super::limits::CARD;
/// Most brackets `[` and `{`, open or closed, in quotes or not: what they may cost is this number times the number of tokens.
const MAX_BRACKETS: usize = 1_000;
/// Most brackets that are open at once.
const MAX_NESTING: usize = 50;

/// Reads a text of twice [`super::limits::CARD`] characters at most. The error says what is wrong in English.
pub fn read_yaml<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    // Bytes first: they are known without a walk.
    if text.len() > MAX_LENGTH * 4 || text.chars().count() > MAX_LENGTH {
        return Err(format!("YAML of at most {MAX_LENGTH} characters"));
    }
    let (mut brackets, mut open, mut deepest) = (0_usize, 0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => {
                brackets += 1;
                open += 1;
                deepest = deepest.max(open);
            }
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    if deepest > MAX_NESTING {
        return Err(format!("YAML nested at most {MAX_NESTING} levels deep"));
    }
    if brackets > MAX_BRACKETS {
        return Err(format!("YAML with at most {MAX_BRACKETS} brackets"));
    }
    serde_norway::from_str(text).map_err(|error| format!("YAML ({error})"))
}

#[cfg(test)]
mod tests {
    use serde_norway::Value;

    use super::*;

    #[test]
    fn what_would_be_dear_is_refused_before_it_is_read() {
        let refused = |text: String| read_yaml::<Value>(&text).unwrap_err();
        assert!(refused("[".repeat(MAX_NESTING + 1)).contains("50 levels"));
        assert!(refused("a: {".repeat(8_000)).contains("50 levels"));
        // Closing brackets in quotes close nothing, and do not hide how many are open.
        assert!(refused("[\"]\",".repeat(6_000)).contains("1000 brackets"));
        assert!(refused("a\n \"\nb: ".to_owned() + &"[\"]\",".repeat(6_000)).contains("1000 brackets"));
        assert!(refused("x".repeat(MAX_LENGTH + 1)).contains("80000 characters"));
        assert!(refused("字".repeat(MAX_LENGTH + 1)).contains("80000 characters"));
    }

    #[test]
    fn what_cards_hold_is_read() {
        let nested = format!("{}1{}", "[".repeat(MAX_NESTING), "]".repeat(MAX_NESTING));
        assert!(read_yaml::<Value>(&nested).is_ok());
        assert_eq!(read_yaml::<Value>("tags: [a, b]").unwrap()["tags"][1], Value::from("b"));
        assert!(read_yaml::<Value>("a: [").is_err());
    }
}
