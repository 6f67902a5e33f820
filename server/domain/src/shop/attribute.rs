//! Filters by attributes as addresses hold them.

use crate::problem::Issue;

/// `name:value`, several joined by `|`; a backslash takes the meaning from the sign after it. A `:` within a value needs none.
pub fn attribute_pairs(text: &str) -> Result<Vec<(String, String)>, Issue> {
    let malformed = || Issue::Malformed {
        expected: r"name:value, several joined by |; \|, \: and \\ for these signs in a name or value".into(),
    };
    let mut pairs = Vec::new();
    let mut name: Option<String> = None;
    let mut part = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next() {
            Some('\\') => match chars.next() {
                Some(sign @ ('|' | ':' | '\\')) => part.push(sign),
                Some(other) => part.extend(['\\', other]),
                None => part.push('\\'),
            },
            Some(':') if name.is_none() => name = Some(std::mem::take(&mut part)),
            end @ (Some('|') | None) => {
                match name.take() {
                    Some(name) => pairs.push((name, std::mem::take(&mut part))),
                    None if part.is_empty() => {}
                    None => return Err(malformed()),
                }
                if end.is_none() {
                    return Ok(pairs);
                }
            }
            Some(other) => part.push(other),
        }
    }
}

/// A name and a value as [`attribute_pairs`] reads them.
pub fn attribute_pair_text(name: &str, value: &str) -> String {
    let escaped = |text: &str, signs: &[char]| {
        text.chars().flat_map(|c| signs.contains(&c).then_some('\\').into_iter().chain([c])).collect::<String>()
    };
    format!("{}:{}", escaped(name, &['|', ':', '\\']), escaped(value, &['|', '\\']))
}

#[cfg(test)]
mod tests {
    use super::{attribute_pair_text, attribute_pairs};

    #[test]
    fn names_and_values_with_signs_can_be_said() {
        let pairs = |text: &str| attribute_pairs(text).map_err(|_| 1);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs(r"colour:red\|blue|x\:y:1"), Ok(vec![pair("colour", "red|blue"), pair("x:y", "1")]));
        assert_eq!(pairs("fx:a:b|n:相机: 单反,A"), Ok(vec![pair("fx", "a:b"), pair("n", "相机: 单反,A")]));
        assert_eq!(pairs(r"path:C:\\x\y"), Ok(vec![pair("path", r"C:\x\y")]));
        assert_eq!(pairs("a:1|"), Ok(vec![pair("a", "1")]));
        assert_eq!(pairs("colour:red|blue"), Err(1));
        assert_eq!(pairs(""), Ok(Vec::new()));
        for (name, value) in [("colour", "red|blue"), ("x:y", r"a:b\c"), ("n", "相机: 单反")] {
            assert_eq!(pairs(&attribute_pair_text(name, value)), Ok(vec![pair(name, value)]));
        }
    }
}
