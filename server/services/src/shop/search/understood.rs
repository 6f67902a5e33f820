//! What of a query is a filter: limits on the price, and for whom a product is.

use std::collections::HashMap;

use alluvium_domain::fold;
use alluvium_domain::shop::{AttributeValue, Product, UnderstoodAttribute, UnderstoodPhrase};
use alluvium_engine::search::query_terms;

use super::price;
use super::shelf::Content;

/// Most filters that are read from one query.
const MAX_PHRASES: usize = 6;

/// For whom a product is, in the words of queries and of catalogues.
const AUDIENCES: [&[&str]; 3] = [
    &["男", "男士", "男款", "男式", "男子", "男性", "男生", "men", "men's", "mens", "man", "man's", "male"],
    &[
        "女", "女士", "女款", "女式", "女子", "女性", "女生", "women", "women's", "womens", "woman", "woman's",
        "female", "ladies",
    ],
    &["童", "儿童", "童款", "小孩", "孩子", "kids", "kid", "kid's", "children", "children's", "childrens", "child"],
];

/// A query without what became filters, and these.
#[derive(Debug, Clone, Default)]
pub(super) struct Understanding {
    /// The words that are left.
    pub(super) text: String,
    /// Lowest and highest price in minor units.
    price_min: Option<i64>,
    price_max: Option<i64>,
    /// Name of the attribute that says for whom a product is, and for whom it is wanted.
    audience: Option<(String, usize)>,
    /// What was understood, in order.
    pub(super) phrases: Vec<UnderstoodPhrase>,
}

impl Understanding {
    /// Whether a product is within the filters. One that does not say for whom it is stays; one without a price does not where a price is asked for.
    pub(super) fn passes(&self, product: &Product) -> bool {
        let price = product.input.price;
        let audience = self.audience.as_ref().is_none_or(|(name, wanted)| {
            let own = product.input.attributes.get(name).and_then(audience_of);
            own.is_none_or(|own| own == *wanted)
        });
        audience
            && self.price_min.is_none_or(|least| price.is_some_and(|price| price >= least))
            && self.price_max.is_none_or(|most| price.is_some_and(|price| price <= most))
    }

    /// Whether nothing was understood.
    pub(super) fn is_open(&self) -> bool {
        self.phrases.is_empty()
    }
}

/// Takes the filters out of a query.
pub(super) fn understand(query: &str, content: &Content) -> Understanding {
    let mut understood = Understanding { text: query.to_owned(), ..Understanding::default() };
    while understood.phrases.len() < MAX_PHRASES
        && let Some(found) = price::find(&understood.text)
    {
        let (phrase, rest) = cut(&understood.text, found.range);
        understood.price_min = understood.price_min.max(found.min);
        understood.price_max = [understood.price_max, found.max].into_iter().flatten().min();
        let phrase = UnderstoodPhrase {
            phrase,
            price_min: found.min,
            price_max: found.max,
            attribute: None,
            rest: String::new(),
        };
        understood.phrases.push(phrase);
        understood.text = rest;
    }
    let terms = query_terms(&understood.text);
    let word = terms.into_iter().find_map(|term| {
        let word = fold::name(&understood.text[term.start..term.end]);
        Some((term, AUDIENCES.iter().position(|words| words.contains(&word.as_str()))?))
    });
    if let Some((term, wanted)) = word
        && let Some((name, value)) = audience_attribute(content, wanted)
    {
        let (phrase, rest) = cut(&understood.text, term.start..term.end);
        // A word alone is what is looked for, not a filter.
        if !rest.trim().is_empty() {
            understood.audience = Some((name.clone(), wanted));
            let attribute = Some(UnderstoodAttribute { name, value });
            understood.phrases.push(UnderstoodPhrase {
                phrase,
                price_min: None,
                price_max: None,
                attribute,
                rest: String::new(),
            });
            understood.text = rest;
        }
    }
    for phrase in &mut understood.phrases {
        phrase.rest = match query.find(&phrase.phrase) {
            Some(at) => cut(query, at..at + phrase.phrase.len()).1,
            None => understood.text.clone(),
        };
    }
    understood
}

/// A stretch of a text, and the text without it.
fn cut(text: &str, range: std::ops::Range<usize>) -> (String, String) {
    let rest = format!("{} {}", text[..range.start].trim_end(), text[range.end..].trim_start());
    (text[range].trim().to_owned(), rest.trim().to_owned())
}

fn audience_of(value: &AttributeValue) -> Option<usize> {
    let is = |text: &str| {
        let text = fold::name(text);
        AUDIENCES.iter().position(|words| words.contains(&text.as_str()))
    };
    match value {
        AttributeValue::Named(both) => is(&both.zh).or_else(|| is(&both.en)),
        AttributeValue::Text(text) => is(text),
        AttributeValue::Flag(_) | AttributeValue::Number(_) => None,
    }
}

/// The attribute that most products say for whom they are with, and the value that is wanted.
fn audience_attribute(content: &Content, wanted: usize) -> Option<(String, AttributeValue)> {
    let mut found: HashMap<&str, (usize, &AttributeValue)> = HashMap::new();
    for product in content.products.values() {
        for (name, value) in &product.input.attributes {
            if audience_of(value) == Some(wanted) {
                found.entry(name).or_insert((0, value)).0 += 1;
            }
        }
    }
    let (name, (_, value)) = found.into_iter().max_by(|a, b| a.1.0.cmp(&b.1.0).then_with(|| b.0.cmp(a.0)))?;
    Some((name.to_owned(), value.clone()))
}
