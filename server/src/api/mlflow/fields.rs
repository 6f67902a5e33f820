//! What a request says: the query of a GET, the JSON body of everything else, DELETE too.

use alluvium_domain::Actor;
use alluvium_services::Services;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::Method;
use serde_json::{Map, Value};

use super::fault::Fault;
use crate::api::extract::Who;

/// Who asks, and what for.
pub(super) struct Asked {
    pub(super) actor: Actor,
    fields: Map<String, Value>,
}

impl FromRequest<Services> for Asked {
    type Rejection = Fault;

    async fn from_request(request: Request, services: &Services) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let Who(actor) = Who::from_request_parts(&mut parts, services).await?;
        if parts.method == Method::GET {
            let mut fields = Map::new();
            let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
            let query = query.map_err(|error| Fault::parameter(error.to_string()))?;
            for (key, value) in query.0 {
                if let Value::Array(all) = fields.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
                    all.push(Value::String(value));
                }
            }
            return Ok(Asked { actor, fields });
        }
        let request = Request::from_parts(parts, body);
        let bytes =
            Bytes::from_request(request, services).await.map_err(|error| Fault::parameter(error.body_text()))?;
        let fields = match bytes.is_empty() {
            true => Map::new(),
            false => serde_json::from_slice(&bytes)
                .map_err(|error| Fault::parameter(format!("The body is not valid: {error}")))?,
        };
        Ok(Asked { actor, fields })
    }
}

impl Asked {
    /// One text; a number counts as text.
    pub(super) fn optional(&self, name: &str) -> Result<Option<String>, Fault> {
        let value = match self.fields.get(name) {
            Some(Value::Array(all)) => all.last(),
            other => other,
        };
        match value {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(Fault::parameter(format!("Invalid value {other} for parameter '{name}' supplied."))),
        }
    }

    /// One text that must be there and not be empty.
    pub(super) fn text(&self, name: &str) -> Result<String, Fault> {
        let missing = || Fault::parameter(format!("Missing value for required parameter '{name}'."));
        self.optional(name)?.filter(|text| !text.trim().is_empty()).ok_or_else(missing)
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Fault> {
        let wrong = |text: String| Fault::parameter(format!("Invalid value '{text}' for parameter '{name}' supplied."));
        self.optional(name)?.map(|text| text.parse().map_err(|_| wrong(text))).transpose()
    }

    /// True or false; false where it is not there.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|value| value == &Value::Bool(true) || value == "true")
    }

    /// Texts; one counts as a list of one.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.fields.get(name) {
            Some(Value::Array(all)) => all.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
            Some(Value::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    }

    /// Keys with values, as `[{"key": ..., "value": ...}]`.
    pub(super) fn tags(&self) -> std::collections::BTreeMap<String, String> {
        let Some(Value::Array(all)) = self.fields.get("tags") else { return std::collections::BTreeMap::new() };
        let text = |tag: &Value, name: &str| tag.get(name).and_then(Value::as_str).map(str::to_owned);
        all.iter().filter_map(|tag| Some((text(tag, "key")?, text(tag, "value").unwrap_or_default()))).collect()
    }
}
