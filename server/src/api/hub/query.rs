//! Parameters of requests: each acts, or is refused by name.

use http::Uri;

use super::fault::Fault;

/// What a model's description holds, which `expand` may name.
const PROPERTIES: [&str; 16] = [
    "author",
    "cardData",
    "createdAt",
    "disabled",
    "downloads",
    "gated",
    "id",
    "lastModified",
    "library_name",
    "likes",
    "modelId",
    "pipeline_tag",
    "private",
    "sha",
    "siblings",
    "tags",
];

/// Names and values of a query, in their order.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Those of an address; a name that is not among `known` is refused where it asks for something.
    pub(super) fn of(uri: &Uri, known: &[&str]) -> Result<Parameters, Fault> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
        let pairs = pairs.map_err(|error| Fault::malformed(error.to_string()))?.0;
        let named = |(name, value): (String, String)| (name.trim_end_matches("[]").to_owned(), value);
        let pairs: Vec<(String, String)> = pairs.into_iter().map(named).collect();
        for (name, value) in &pairs {
            if !known.contains(&name.as_str()) && !is_off(value) {
                return Err(refused(name, "this hub does not know it"));
            }
        }
        Ok(Parameters(pairs))
    }

    /// All values of a name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The value of a name; an empty one counts as none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).last().filter(|value| !value.is_empty())
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Fault> {
        self.text(name).map(|text| text.parse().map_err(|_| refused(name, "a whole number is expected"))).transpose()
    }

    /// Whether something is wanted.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Fault> {
        match self.text(name) {
            None => Ok(false),
            Some(value) if is_off(value) => Ok(false),
            Some(value) if value == "1" || value.eq_ignore_ascii_case("true") => Ok(true),
            Some(_) => Err(refused(name, "true or false is expected")),
        }
    }

    /// Refuses properties that are asked for and that no description has.
    pub(super) fn expand_checked(&self) -> Result<(), Fault> {
        let unknown = self.all("expand").find(|name| !PROPERTIES.contains(name) && !is_off(name));
        unknown.map_or(Ok(()), |name| Err(refused("expand", &format!("there is no property {name}"))))
    }
}

fn is_off(value: &str) -> bool {
    matches!(value, "" | "0") || ["false", "none", "null"].iter().any(|off| value.eq_ignore_ascii_case(off))
}

/// That a parameter is not taken, with its name.
pub(super) fn refused(name: &str, reason: &str) -> Fault {
    Fault::malformed(format!("parameter {name}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::Parameters;

    fn of(query: &str) -> Parameters {
        Parameters::of(&format!("/?{query}").parse().unwrap(), &["a", "expand"]).unwrap()
    }

    #[test]
    fn what_is_not_known_is_refused_by_name_where_it_asks_for_something() {
        let uri = |query: &str| format!("/?{query}").parse().unwrap();
        let fault = Parameters::of(&uri("a=1&inference=warm"), &["a"]).err().unwrap();
        assert!(fault.message().contains("inference"), "{}", fault.message());
        assert!(Parameters::of(&uri("a=1&config=false&gone="), &["a"]).is_ok());
        assert_eq!(of("a=1&a=2").all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(of("a[]=x%20y").text("a"), Some("x y"));
        assert!(of("a=x").number("a").is_err() && of("a=x").flag("a").is_err());
        assert!(of("a=True").flag("a").unwrap() && !of("a=0").flag("a").unwrap());
        assert!(of("expand=false").expand_checked().is_ok());
        assert!(of("expand=sha").expand_checked().is_ok() && of("expand=xetEnabled").expand_checked().is_err());
    }
}
