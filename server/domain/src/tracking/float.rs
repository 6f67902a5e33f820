//! Doubles in JSON, which has no NaN and no infinities: these are texts, as protocol buffers write them.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserializer, Serializer};

/// The text of what JSON numbers cannot say.
pub fn special(value: f64) -> Option<&'static str> {
    match value {
        _ if value.is_nan() => Some("NaN"),
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => None,
    }
}

/// A double from text: a special one, or digits.
pub fn parse(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => text.trim().parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// For `#[serde(with = "float")]`.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match special(*value) {
        Some(text) => serializer.serialize_str(text),
        None => serializer.serialize_f64(*value),
    }
}

/// For `#[serde(with = "float")]`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    deserializer.deserialize_any(Double)
}

struct Double;

impl Visitor<'_> for Double {
    type Value = f64;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// For `#[schema(schema_with = float::schema)]`.
#[cfg(feature = "openapi")]
pub fn schema() -> utoipa::openapi::schema::Schema {
    use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
    OneOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::Number))
        .item(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["NaN", "Infinity", "-Infinity"])))
        .build()
        .into()
}

#[cfg(test)]
mod tests {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Value(#[serde(with = "super")] f64);

    #[test]
    fn special_values_survive_json() {
        for value in [0.0, -1.5e-300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MAX] {
            let text = serde_json::to_string(&Value(value)).expect("it has a text");
            let Value(back) = serde_json::from_str(&text).expect("it is read again");
            assert!(back == value || (back.is_nan() && value.is_nan()), "{text}");
        }
        assert_eq!(serde_json::from_str::<Value>("3").expect("a whole number").0, 3.0);
        assert!(serde_json::from_str::<Value>("\"inf\"").is_err(), "one spelling each");
    }
}
