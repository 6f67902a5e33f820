//! The products of the demo shop.

use std::collections::{BTreeMap, HashSet};

use alluvium_domain::shop::{AttributeLabel, AttributeValue, Bilingual, ProductInput};

use super::dice::{Dice, totals};
use super::kinds::{Attribute, BRANDS, COLOURS, Kind, SEASONS, STYLES, Values, Words, kinds};

/// A product with what its title does not say.
pub(super) struct DemoProduct {
    pub(super) input: ProductInput,
    /// Place of its category.
    pub(super) kind: usize,
    /// Place of its brand in [`BRANDS`].
    pub(super) brand: usize,
    /// How often the shop shows it: a weight.
    pub(super) exposure: f64,
}

/// `each` products of every category.
pub(super) fn products(seed: u64, each: usize) -> Vec<DemoProduct> {
    let mut dice = Dice::new(seed, 1);
    let mut titles = HashSet::new();
    let mut all = Vec::new();
    for (place, kind) in kinds().enumerate() {
        for number in 1..=each {
            let mut product = product(&mut dice, place, kind, number);
            // Two products with one title would be a riddle; a category has tens of thousands of titles.
            while !titles.insert(product.input.title.en.clone()) {
                product = self::product(&mut dice, place, kind, number);
            }
            all.push(product);
        }
    }
    all
}

/// What people call the attributes.
pub(super) fn labels() -> BTreeMap<String, AttributeLabel> {
    let label = |name: Words, unit: &str| AttributeLabel { name: bilingual(name), unit: unit.to_owned() };
    let mut labels: BTreeMap<String, AttributeLabel> = kinds()
        .flat_map(|kind| kind.attributes)
        .map(|attribute| (attribute.name.to_owned(), label(attribute.label, attribute.unit)))
        .collect();
    labels.insert("colour".to_owned(), label(("颜色", "Colour"), ""));
    labels.insert("style".to_owned(), label(("风格", "Style"), ""));
    labels.insert("season".to_owned(), label(("季节", "Season"), ""));
    labels.insert("rating".to_owned(), label(("评分", "Rating"), ""));
    labels
}

fn product(dice: &mut Dice, place: usize, kind: &Kind, number: usize) -> DemoProduct {
    let brand = *dice.pick(kind.brands);
    let colour = *dice.pick(&COLOURS);
    let style = *dice.pick(&STYLES);
    let season = if kind.seasonal { *dice.pick(&SEASONS) } else { SEASONS[0] };
    let rating = (42.0 + 4.0 * dice.normal()).round().clamp(28.0, 50.0) / 10.0;
    let model = format!("{} {}", dice.pick(kind.models), 1 + dice.below(9));
    let mut values: Vec<(&str, AttributeValue, Words2)> = Vec::new();
    for attribute in kind.attributes {
        let (value, words) = value(dice, attribute);
        values.push((attribute.name, value, words));
    }
    let named = |words: Words| (AttributeValue::Named(bilingual(words)), both(words));
    for (name, words) in [("colour", colour), ("style", style), ("season", season)] {
        let (value, words) = named(words);
        values.push((name, value, words));
    }
    let mut blanks: BTreeMap<&str, Words2> = values.iter().map(|(name, _, words)| (*name, words.clone())).collect();
    blanks.insert("brand", both(BRANDS[brand].name));
    blanks.insert("model", (model.clone(), model));
    let title = filled(kind.title, &blanks);
    let description = filled(kind.description, &blanks);
    let mut attributes: BTreeMap<String, AttributeValue> =
        values.into_iter().map(|(name, value, _)| (name.to_owned(), value)).collect();
    attributes.insert("rating".to_owned(), AttributeValue::Number(rating));
    let (mean, deviation) = kind.price;
    // Brand and quality move the price inside the category's log-normal: the three variances sum to one.
    let standard = 0.5 * BRANDS[brand].level + 0.25 * (rating - 4.2) / 0.4 + 0.84 * dice.normal();
    let yuan = (mean + deviation * standard).exp().round().max(9.0);
    let exposure = (0.5 * (rating - 4.2) / 0.4 + 0.8 * dice.normal()).exp();
    DemoProduct {
        input: ProductInput {
            id: format!("{}-{number:04}", kind.slug),
            title,
            brand: BRANDS[brand].name.1.to_owned(),
            category: kind.path.iter().map(|words| bilingual(*words)).collect(),
            price: Some(yuan as i64 * 100),
            currency: Some("CNY".to_owned()),
            attributes,
            description,
            picture: None,
        },
        kind: place,
        brand,
        exposure,
    }
}

/// Words in both languages that were made here.
type Words2 = (String, String);

fn both((zh, en): Words) -> Words2 {
    (zh.to_owned(), en.to_owned())
}

fn bilingual((zh, en): Words) -> Bilingual {
    Bilingual::new(zh, en)
}

fn value(dice: &mut Dice, attribute: &Attribute) -> (AttributeValue, Words2) {
    match attribute.values {
        Values::Choice(words) => {
            let words = words[dice.weighted(&totals((0..words.len()).map(|place| 1.0 / (place + 1) as f64)))];
            (AttributeValue::Named(bilingual(words)), both(words))
        }
        Values::Range(low, high, step) => {
            let steps = ((high - low) / step).round() as usize;
            let number = ((low + step * dice.below(steps + 1) as f64) * 100.0).round() / 100.0;
            let (zh, en) = match attribute.unit {
                "" => (number.to_string(), number.to_string()),
                "\"" => (format!("{number}英寸"), format!("{number}\"")),
                "h" => (format!("{number}小时"), format!("{number} h")),
                "pcs" => (format!("{number}颗粒"), format!("{number} pieces")),
                "y" => (format!("{number}岁"), number.to_string()),
                unit => (format!("{number}{unit}"), format!("{number} {unit}")),
            };
            (AttributeValue::Number(number), (zh, en))
        }
    }
}

/// A template in both languages with its braces filled; English sentences begin with a capital.
fn filled((zh, en): Words, blanks: &BTreeMap<&str, Words2>) -> Bilingual {
    let (mut zh, mut en) = (zh.to_owned(), en.to_owned());
    for (name, (value_zh, value_en)) in blanks {
        let blank = format!("{{{name}}}");
        zh = zh.replace(&blank, value_zh);
        en = en.replace(&blank, value_en);
    }
    let mut sentences = String::with_capacity(en.len());
    let mut begins = true;
    for c in en.chars() {
        if begins && c.is_alphanumeric() {
            sentences.extend(c.to_uppercase());
            begins = false;
        } else {
            sentences.push(c);
            begins = begins || sentences.ends_with(". ");
        }
    }
    Bilingual::new(zh, sentences)
}
