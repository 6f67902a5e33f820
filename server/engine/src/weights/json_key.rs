//! Whether an object anywhere in a JSON text has a certain key, without building the text's values: it may be long, and Python takes texts (`NaN`) that
//! are no JSON.

use std::io::{self, BufRead};

/// More bytes of a string than any key that is looked for has.
const MAX_KEY: usize = 64;

/// The first of the keys that occurs as one.
pub(super) fn first(file: impl BufRead, keys: &[&'static str]) -> io::Result<Option<&'static str>> {
    let mut bytes = file.bytes();
    let mut last: Option<Vec<u8>> = None;
    while let Some(byte) = bytes.next().transpose()? {
        match byte {
            b'"' => last = Some(string(&mut bytes)?),
            b':' => {
                if let Some(found) = last.take().and_then(|own| keys.iter().find(|key| key.as_bytes() == own)) {
                    return Ok(Some(found));
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => last = None,
        }
    }
    Ok(None)
}

/// The rest of a string up to its end, with what was escaped; at most as much as a key can have.
fn string(bytes: &mut impl Iterator<Item = io::Result<u8>>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    while let Some(byte) = bytes.next().transpose()? {
        let byte = match byte {
            b'"' => break,
            b'\\' => match bytes.next().transpose()? {
                Some(b'u') => {
                    let mut code = 0_u32;
                    for _ in 0..4 {
                        let digit = bytes.next().transpose()?.and_then(|digit| char::from(digit).to_digit(16));
                        code = code * 16 + digit.unwrap_or(0);
                    }
                    u8::try_from(code).unwrap_or(0xff)
                }
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        if text.len() < MAX_KEY {
            text.push(byte);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::first;

    #[test]
    fn keys_are_found_as_keys_only() {
        let found = |text: &str| first(text.as_bytes(), &["auto_map"]).unwrap();
        for text in [
            r#"{"auto_map": {}}"#,
            "{\"a\": [{\"auto_map\"\n\t : null}]}",
            r#"{"\u0061uto\u005fmap": {}}"#,
            r#"{"x": NaN, "auto_map": {}}"#,
        ] {
            assert_eq!(found(text), Some("auto_map"), "{text}");
        }
        for text in [
            r#"{"a": "auto_map"}"#,
            r#"{"a": "\"auto_map\": {}"}"#,
            r#"{"auto_mapping": 1, "my_auto_map": 2}"#,
            r#"["auto_map", {"b": 1}]"#,
            "",
            "\"",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
