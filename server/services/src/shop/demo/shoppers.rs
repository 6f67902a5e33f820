//! The shoppers of the demo shop and what they like.

use std::collections::BTreeMap;

use alluvium_domain::Lang;
use alluvium_domain::shop::{AttributeValue, Bilingual, Shopper};

use super::dice::Dice;
use super::kinds::{BRANDS, STYLES, Values, Words, kinds};

/// A shopper with what the shop does not know.
pub(super) struct DemoShopper {
    pub(super) shopper: Shopper,
    /// The language of their queries.
    pub(super) lang: Lang,
    /// How often they come: a weight.
    pub(super) activity: f64,
}

const AGES: [Words; 4] =
    [("18至24岁", "18 to 24"), ("25至34岁", "25 to 34"), ("35至49岁", "35 to 49"), ("50岁以上", "50 and over")];
const REGIONS: [Words; 5] =
    [("华东", "East"), ("华南", "South"), ("华北", "North"), ("西南", "Southwest"), ("东北", "Northeast")];

/// `count` shoppers with their true weights.
pub(super) fn shoppers(seed: u64, count: usize) -> Vec<DemoShopper> {
    let mut dice = Dice::new(seed, 2);
    (1..=count).map(|number| shopper(&mut dice, number)).collect()
}

fn shopper(dice: &mut Dice, number: usize) -> DemoShopper {
    let truth = weights(dice);
    let named = |(zh, en): Words| AttributeValue::Named(Bilingual::new(zh, en));
    let lang = if dice.chance(0.7) { Lang::Zh } else { Lang::En };
    let attributes = BTreeMap::from([
        ("age".to_owned(), named(*dice.pick(&AGES))),
        ("region".to_owned(), named(*dice.pick(&REGIONS))),
        ("language".to_owned(), AttributeValue::Text(lang.code().to_owned())),
    ]);
    DemoShopper {
        shopper: Shopper { id: format!("shopper-{number:04}"), attributes, truth: Some(truth) },
        lang,
        activity: (0.8 * dice.normal()).exp(),
    }
}

/// The weights of one shopper: tastes differ most by category, then by choice, style, price and brand; a good rating is liked by nearly all.
fn weights(dice: &mut Dice) -> BTreeMap<String, f64> {
    let mut weights = BTreeMap::new();
    let mut set = |name: String, weight: f64| {
        // Four places are enough to read and to add up.
        weights.insert(name, (weight * 10_000.0).round() / 10_000.0);
    };
    for kind in kinds() {
        set(format!("category:{}", kind.slug), 0.8 * dice.normal() - 0.2);
        let values = kind.attributes.iter().find(|attribute| attribute.name == kind.choice);
        if let Some(Values::Choice(values)) = values.map(|attribute| &attribute.values) {
            for (_, value) in *values {
                set(format!("choice:{}:{value}", kind.slug), 0.6 * dice.normal());
            }
        }
    }
    for brand in &BRANDS {
        // Most brands leave a shopper cold.
        if dice.chance(0.35) {
            set(format!("brand:{}", brand.name.1), 0.9 * dice.normal());
        }
    }
    for (_, style) in STYLES {
        set(format!("style:{style}"), 0.5 * dice.normal());
    }
    set("price".to_owned(), 0.6 * dice.normal() - 0.35);
    set("season".to_owned(), 0.4 * dice.normal() + 0.4);
    set("rating".to_owned(), 0.2 * dice.normal() + 0.35);
    weights
}
