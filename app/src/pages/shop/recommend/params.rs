//! What the demonstration's address says.

use alluvium_domain::shop::{EventKind, HistoryItem, TaskValues, limits};
use alluvium_domain::{fold, percent_encoded};
use alluvium_services::shop::Trial;
use serde::Deserialize;

/// Products in the list.
const K: usize = 10;

/// What is tried, as it stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    pub(crate) shopper: String,
    /// A history that was clicked together: a line `kind:product` for each event, oldest first.
    pub(crate) history: String,
    /// Places of events that are switched off.
    pub(crate) off: Vec<String>,
    /// Whose events these are: the shopper, or `-` for a history that was clicked together. Places mean nothing in another history.
    pub(crate) of: String,
    /// Feature groups that are switched off.
    pub(crate) without: Vec<String>,
    pub(crate) q: String,
    /// Weights of the tasks.
    pub(crate) view: String,
    pub(crate) cart: String,
    pub(crate) purchase: String,
    /// The product of which it is asked what would take it out.
    pub(crate) ask: String,
    /// The product that was just voted on.
    pub(crate) voted: String,
}

impl Params {
    /// The question for the services.
    pub(crate) fn trial(&self, catalogue: &str) -> Trial {
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let weights = [&self.view, &self.cart, &self.purchase].map(|text| fold::decimal(text));
        let tasks = weights.iter().any(Option::is_some).then(|| {
            let [view, cart, purchase] = weights.map(Option::unwrap_or_default);
            TaskValues { view, cart, purchase }
        });
        Trial {
            catalogue: catalogue.to_owned(),
            shopper: some(&self.shopper),
            history: self.events(),
            off: self.places_off(),
            without: self.without.iter().filter(|name| !name.is_empty()).cloned().collect(),
            query: some(&self.q),
            tasks,
            k: K,
            explain: true,
        }
    }

    /// Whose events the history holds.
    pub(crate) fn owner(&self) -> &str {
        if self.shopper.trim().is_empty() { "-" } else { self.shopper.trim() }
    }

    /// Places of events that are switched off, where they are of this history.
    pub(crate) fn places_off(&self) -> Vec<usize> {
        let own = self.of.is_empty() || self.of == self.owner();
        self.off.iter().filter(|_| own).filter_map(|place| place.parse().ok()).collect()
    }

    /// Without switches of another history.
    pub(crate) fn settled(self) -> Params {
        let off = self.places_off().iter().map(usize::to_string).collect();
        Params { off, of: String::new(), ..self }
    }

    /// The events of the history in the address; lines that are none are left out.
    pub(crate) fn events(&self) -> Vec<HistoryItem> {
        let event = |line: &str| {
            let (kind, product) = line.split_once(':')?;
            Some(HistoryItem { product: product.trim().to_owned(), event: kind.trim().parse().ok()?, at: None })
        };
        self.history.lines().filter_map(event).collect()
    }

    /// The same page with one more event at the end.
    pub(crate) fn with_event(&self, kind: EventKind, product: &str) -> Params {
        let mut lines: Vec<&str> = self.history.lines().collect();
        let line = format!("{kind}:{product}");
        lines.push(&line);
        let first = lines.len().saturating_sub(limits::HISTORY);
        Params { history: lines[first..].join("\n"), ..self.plain() }
    }

    /// The same page without the event at a place, from 1.
    pub(crate) fn without_event(&self, place: usize) -> Params {
        let lines: Vec<&str> =
            (1..).zip(self.history.lines()).filter(|(at, _)| *at != place).map(|(_, line)| line).collect();
        Params { history: lines.join("\n"), off: Vec::new(), ..self.plain() }
    }

    /// The same page with more events switched off.
    pub(crate) fn with_off(&self, places: &[usize]) -> Params {
        let mut off = self.off.clone();
        off.extend(places.iter().map(usize::to_string));
        off.sort();
        off.dedup();
        Params { off, ..self.plain() }
    }

    /// The same page without what is asked about one product.
    pub(crate) fn plain(&self) -> Params {
        Params { ask: String::new(), voted: String::new(), ..self.clone() }
    }

    /// The address.
    pub(crate) fn url(&self, catalogue: &str) -> String {
        let single = [
            ("shopper", &self.shopper),
            ("history", &self.history),
            ("q", &self.q),
            ("view", &self.view),
            ("cart", &self.cart),
            ("purchase", &self.purchase),
            ("ask", &self.ask),
            ("voted", &self.voted),
        ];
        let several = [("off", &self.off), ("without", &self.without)];
        let pairs = single
            .into_iter()
            .chain(several.into_iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value))))
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)));
        let query: Vec<String> = pairs.collect();
        let path = format!("/shop/{catalogue}/recommend");
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_built_and_taken_back_in_the_address() {
        let params = Params { q: "鞋".into(), ..Params::default() };
        let params = params.with_event(EventKind::View, "a b").with_event(EventKind::Cart, "c:d");
        assert_eq!(params.url("demo"), "/shop/demo/recommend?history=view%3Aa%20b%0Acart%3Ac%3Ad&q=%E9%9E%8B");
        let events = params.events();
        assert_eq!((events.len(), events[1].product.as_str(), events[1].event), (2, "c:d", EventKind::Cart));
        assert_eq!(params.without_event(1).history, "cart:c:d");
    }

    #[test]
    fn what_is_no_event_and_no_weight_is_left_out() {
        let params = Params {
            history: "view:a\nlooked:b\nc\npurchase:d".into(),
            cart: "3.5".into(),
            view: "much".into(),
            off: vec!["2".into(), "x".into()],
            ..Params::default()
        };
        let trial = params.trial("demo");
        assert_eq!(trial.history.len(), 2);
        assert_eq!(trial.tasks, Some(TaskValues { view: 0.0, cart: 3.5, purchase: 0.0 }));
        assert_eq!(trial.off, [2]);
        let other = Params { shopper: "s2".into(), of: "s1".into(), off: vec!["2".into()], ..Params::default() };
        assert!(other.trial("demo").off.is_empty(), "places of another history");
        assert_eq!(Params::default().trial("demo").tasks, None);
    }

    #[test]
    fn the_longest_history_keeps_the_newest() {
        let params = Params { history: vec!["view:a"; limits::HISTORY].join("\n"), ..Params::default() };
        let params = params.with_event(EventKind::View, "b");
        assert_eq!(params.events().len(), limits::HISTORY);
        assert!(params.history.ends_with("view:b"));
    }
}
