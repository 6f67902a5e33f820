//! The fields of a request: a protocol buffer written as JSON or as a query, where numbers may be texts and texts may not be numbers.

use std::collections::BTreeMap;

use alluvium_domain::tracking::float;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::MlflowError;

/// Named values, and where they stand in the request (`metrics[3].`; empty at the top).
#[derive(Debug)]
pub(in crate::api) struct Fields {
    values: Map<String, Value>,
    path: String,
    is_query: bool,
}

impl Fields {
    /// A JSON object; an empty body has no fields.
    pub(super) fn of_json(bytes: &[u8]) -> Option<Fields> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Some(Fields { values: Map::new(), path: String::new(), is_query: false });
        }
        let read = serde_json::from_slice(bytes).or_else(|_| serde_json::from_slice(&quoted(bytes)));
        match read.ok()? {
            Value::Object(values) => Some(Fields { values, path: String::new(), is_query: false }),
            Value::Null => Some(Fields { values: Map::new(), path: String::new(), is_query: false }),
            _ => None,
        }
    }

    /// A query; a name that occurs more than once is a list.
    pub(super) fn of_query(query: &str) -> Fields {
        let mut values = Map::new();
        for (name, value) in url_decoded(query) {
            match values.get_mut(&name) {
                Some(Value::Array(list)) => list.push(Value::String(value)),
                Some(first) => *first = Value::Array(vec![first.take(), Value::String(value)]),
                None => {
                    values.insert(name, Value::String(value));
                }
            }
        }
        Fields { values, path: String::new(), is_query: true }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        // As JSON, a protocol buffer has its fields in either spelling.
        let value = self.values.get(name).or_else(|| self.values.get(&camel_case(name)));
        value.filter(|value| !value.is_null())
    }

    fn invalid(&self, name: &str, value: &Value) -> MlflowError {
        let kind = match value {
            Value::Null => "NoneType",
            Value::Bool(_) => "bool",
            Value::Number(number) if number.is_f64() => "float",
            Value::Number(_) => "int",
            Value::String(_) => "str",
            Value::Array(_) => "list",
            Value::Object(_) => "dict",
        };
        let hint = format!(" Hint: Value was of type '{kind}'. {DOCUMENTATION}");
        invalid_value(&format!("{}{name}", self.path), value, &hint)
    }

    /// A text, which may be empty.
    pub(in crate::api) fn text(&self, name: &str) -> Result<Option<String>, MlflowError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.invalid(name, other)),
        }
    }

    /// A text; an empty one counts as missing.
    pub(in crate::api) fn filled(&self, name: &str) -> Result<Option<String>, MlflowError> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// A text that must not be missing or empty.
    pub(in crate::api) fn required(&self, name: &str) -> Result<String, MlflowError> {
        self.filled(name)?.ok_or_else(|| self.missing(name))
    }

    /// One of some words, or its number.
    pub(in crate::api) fn word(&self, name: &str) -> Result<Option<String>, MlflowError> {
        match self.text(name) {
            Ok(word) => Ok(word),
            Err(_) => Ok(self.integer(name)?.map(|number| number.to_string())),
        }
    }

    /// That a field is missing.
    pub(in crate::api) fn missing(&self, name: &str) -> MlflowError {
        missing(&format!("{}{name}", self.path))
    }

    /// A whole number, or its text.
    pub(in crate::api) fn integer(&self, name: &str) -> Result<Option<i64>, MlflowError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let read = match value {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        read.map(Some).ok_or_else(|| self.invalid(name, value))
    }

    /// A number, its text, or the text of NaN or an infinity.
    pub(in crate::api) fn number(&self, name: &str) -> Result<Option<f64>, MlflowError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let read = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => float::parse(text),
            _ => None,
        };
        read.map(Some).ok_or_else(|| self.invalid(name, value))
    }

    /// Whether something is so; not, where it is missing.
    pub(in crate::api) fn flag(&self, name: &str) -> Result<Option<bool>, MlflowError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(is)) => Ok(Some(*is)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(other) => Err(self.invalid(name, other)),
        }
    }

    /// Milliseconds since 1970.
    pub(in crate::api) fn time(&self, name: &str) -> Result<Option<OffsetDateTime>, MlflowError> {
        let Some(milliseconds) = self.integer(name)? else { return Ok(None) };
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000).ok();
        at.filter(|_| milliseconds >= 0).map(Some).ok_or_else(|| {
            let hint = "Timestamp must be a nonnegative long (64-bit integer) ";
            invalid_value(&format!("{}{name}", self.path), &milliseconds.into(), hint)
        })
    }

    fn list(&self, name: &str) -> Result<Vec<Value>, MlflowError> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(list.clone()),
            Some(one) if self.is_query => Ok(vec![one.clone()]),
            Some(other) => Err(self.invalid(name, other)),
        }
    }

    /// A list of texts.
    pub(in crate::api) fn texts(&self, name: &str) -> Result<Vec<String>, MlflowError> {
        self.list(name)?
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Ok(text),
                other => Err(self.invalid(name, &other)),
            })
            .collect()
    }

    /// A list of messages.
    pub(in crate::api) fn objects(&self, name: &str) -> Result<Vec<Fields>, MlflowError> {
        self.list(name)?
            .into_iter()
            .enumerate()
            .map(|(place, item)| match item {
                Value::Object(values) => {
                    Ok(Fields { values, path: format!("{}{name}[{place}].", self.path), is_query: false })
                }
                other => Err(self.invalid(name, &other)),
            })
            .collect()
    }

    /// A message.
    pub(in crate::api) fn object(&self, name: &str) -> Result<Option<Fields>, MlflowError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(values)) => {
                Ok(Some(Fields { values: values.clone(), path: format!("{}{name}.", self.path), is_query: false }))
            }
            Some(other) => Err(self.invalid(name, other)),
        }
    }

    /// A list of `{key, value}`, e.g. tags.
    pub(in crate::api) fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, MlflowError> {
        self.objects(name)?
            .iter()
            .map(|pair| Ok((pair.required("key")?, pair.text("value")?.unwrap_or_default())))
            .collect()
    }

    /// The same by key; of a key that occurs twice the last one holds.
    pub(in crate::api) fn by_key(&self, name: &str) -> Result<BTreeMap<String, String>, MlflowError> {
        Ok(self.pairs(name)?.into_iter().collect())
    }

    /// `max_results`: `default` where it is missing, at most `most`.
    pub(in crate::api) fn max_results(&self, default: usize, most: usize) -> Result<usize, MlflowError> {
        let Some(value) = self.integer("max_results")? else { return Ok(default) };
        let wrong = |must: String| {
            MlflowError::invalid(format!(
                "Invalid value {value} for parameter 'max_results' supplied. It must be {must}"
            ))
        };
        match usize::try_from(value) {
            Ok(value) if value > most => Err(wrong(format!("at most {most}"))),
            Ok(value) if value > 0 => Ok(value),
            _ => Err(wrong("a positive integer".to_owned())),
        }
    }
}

const DOCUMENTATION: &str = "See the API docs for more information about request parameters.";

/// A name as protocol buffers spell it in JSON: `run_id` is `runId`.
fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let mut letters = part.chars();
        let head = letters.next().map(|letter| letter.to_ascii_uppercase());
        all + &head.into_iter().chain(letters).collect::<String>()
    })
}

/// The same JSON with what Python writes for numbers that are none (`NaN`, `Infinity`, `-Infinity`) as texts, which JSON has and which say the same.
fn quoted(bytes: &[u8]) -> Vec<u8> {
    const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let (mut place, mut in_text) = (0, false);
    while let Some(byte) = bytes.get(place) {
        if !in_text && let Some(word) = WORDS.iter().find(|word| bytes[place..].starts_with(word)) {
            out.push(b'"');
            out.extend_from_slice(word);
            out.push(b'"');
            place += word.len();
            continue;
        }
        out.push(*byte);
        place += 1;
        match byte {
            b'"' => in_text = !in_text,
            b'\\' if in_text => {
                out.extend(bytes.get(place));
                place += 1;
            }
            _ => {}
        }
    }
    out
}

/// That a parameter is missing, as clients expect it.
pub(super) fn missing(path: &str) -> MlflowError {
    MlflowError::invalid(format!("Missing value for required parameter '{path}'. {DOCUMENTATION}"))
}

/// That a parameter is wrong, as clients expect it.
pub(super) fn invalid_value(path: &str, value: &Value, hint: &str) -> MlflowError {
    MlflowError::invalid(format!("Invalid value {value} for parameter '{path}' supplied: {hint}"))
}

/// A whole number that was written as a double.
fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < 9.0e15).then_some(value as i64)
}

/// Names and values of a query, decoded.
fn url_decoded(query: &str) -> Vec<(String, String)> {
    let uri = format!("/?{query}").parse::<http::Uri>();
    let pairs = uri.ok().and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    pairs.map(|pairs| pairs.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Fields {
        Fields::of_json(text.as_bytes()).expect("an object")
    }

    #[test]
    fn numbers_may_be_texts_and_texts_may_not_be_numbers() {
        let fields = json(r#"{"a": "3", "b": 4, "c": "NaN", "d": 5.0, "e": 5.5, "f": null}"#);
        assert_eq!(fields.integer("a").unwrap(), Some(3));
        assert_eq!(fields.integer("d").unwrap(), Some(5));
        assert_eq!(fields.number("b").unwrap(), Some(4.0));
        assert!(fields.number("c").unwrap().is_some_and(f64::is_nan));
        assert!(fields.integer("e").is_err());
        assert_eq!(fields.text("f").unwrap(), None);
        let error = fields.text("b").unwrap_err();
        assert!(error.message.starts_with("Invalid value 4 for parameter 'b'"), "{}", error.message);
        let error = fields.required("f").unwrap_err();
        assert!(error.message.starts_with("Missing value for required parameter 'f'"), "{}", error.message);
    }

    #[test]
    fn a_body_may_be_written_as_python_and_as_protocol_buffers_write_it() {
        let fields = json(
            r#"{"runId": "r", "metrics": [{"key": "NaN \" NaN", "value": NaN, "step": 1}, {"key": "b", "value": -Infinity}]}"#,
        );
        assert_eq!(fields.required("run_id").unwrap(), "r");
        let metrics = fields.objects("metrics").unwrap();
        assert_eq!(metrics[0].text("key").unwrap().as_deref(), Some("NaN \" NaN"));
        assert!(metrics[0].number("value").unwrap().is_some_and(f64::is_nan));
        assert_eq!(metrics[1].number("value").unwrap(), Some(f64::NEG_INFINITY));
        assert_eq!(json(r#"{"value": Infinity}"#).number("value").unwrap(), Some(f64::INFINITY));
        let both =
            json(r#"{"experiment_id": "1", "experimentId": "2", "archiveExistingVersions": true, "orderBy": ["a"]}"#);
        assert_eq!(both.required("experiment_id").unwrap(), "1");
        assert_eq!(both.flag("archive_existing_versions").unwrap(), Some(true));
        assert_eq!(both.texts("order_by").unwrap(), ["a"]);
        for wrong in ["{\"a\": Nan}", "{\"a\": NaNa}", "{NaN: 1", "nothing"] {
            assert!(Fields::of_json(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn errors_inside_lists_say_where() {
        let fields = json(r#"{"metrics": [{"key": "a", "value": 1}, {"key": "b", "value": "x"}]}"#);
        let metrics = fields.objects("metrics").unwrap();
        let error = metrics[1].number("value").unwrap_err();
        assert!(error.message.contains("'metrics[1].value'"), "{}", error.message);
    }

    #[test]
    fn a_query_has_lists_of_what_occurs_twice() {
        let fields = Fields::of_query("a=1&b=x%20y&b=%E9%94%AE&a%5B=2");
        assert_eq!(fields.integer("a").unwrap(), Some(1));
        assert_eq!(fields.texts("a").unwrap(), ["1"]);
        assert_eq!(fields.texts("b").unwrap(), ["x y", "键"]);
        assert!(Fields::of_json(b"[1]").is_none());
        assert!(Fields::of_json(b"{").is_none());
        assert!(Fields::of_json(b" ").is_some());
    }

    #[test]
    fn a_page_has_limits() {
        assert_eq!(json("{}").max_results(100, 200).unwrap(), 100);
        assert_eq!(json(r#"{"max_results": 7}"#).max_results(100, 200).unwrap(), 7);
        for wrong in ["0", "-1", "201", "\"x\""] {
            assert!(json(&format!("{{\"max_results\": {wrong}}}")).max_results(100, 200).is_err(), "{wrong}");
        }
    }
}
