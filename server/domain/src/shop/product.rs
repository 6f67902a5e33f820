//! Products, how lists of them are filtered, and what can be counted over a list.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::{Bilingual, key, limits};
use crate::entry::named_enum;
use crate::fold;
use crate::problem::{Check, Issue, Problem};

/// A product's number inside one installation; outside a product is known by catalogue and its own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProductId(pub i32);

/// The value of one attribute.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum AttributeValue {
    /// Yes or no.
    Flag(bool),
    /// A number; the catalogue's labels may name its unit.
    Number(f64),
    /// A text in the catalogue's own language.
    Text(String),
    /// A text in both languages.
    Named(Bilingual),
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            AttributeValue::Flag(flag) => serializer.serialize_bool(*flag),
            // A whole number without a point, so that a filter `cores:2` finds it.
            AttributeValue::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                serializer.serialize_i64(*number as i64)
            }
            AttributeValue::Number(number) => serializer.serialize_f64(*number),
            AttributeValue::Text(text) => serializer.serialize_str(text),
            AttributeValue::Named(both) => both.serialize(serializer),
        }
    }
}

/// A product as a shop describes it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductInput {
    /// The shop's own id (SKU), unique in the catalogue.
    pub id: String,
    /// Title.
    pub title: Bilingual,
    /// Brand; may be empty.
    pub brand: String,
    /// From the widest category to the narrowest.
    pub category: Vec<Bilingual>,
    /// Price in minor units (fen, cents).
    pub price: Option<i64>,
    /// Currency of the price, ISO 4217.
    pub currency: Option<String>,
    /// Attributes by name.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// Description; may be empty.
    pub description: Bilingual,
    /// Address of a picture; where there is none, one is drawn.
    pub picture: Option<String>,
}

impl ProductInput {
    /// Trims every field and checks the limits; reports all errors at once.
    pub fn checked(self) -> Result<ProductInput, Problem> {
        let mut check = Check::default();
        let id = key(&self.id).unwrap_or_else(|issue| {
            check.fail("id", issue);
            String::new()
        });
        let title = Bilingual {
            zh: check.text("title.zh", &self.title.zh, 0, limits::TITLE),
            en: check.text("title.en", &self.title.en, 0, limits::TITLE),
        };
        if title.zh.is_empty() && title.en.is_empty() {
            check.fail("title", Issue::Required);
        }
        let brand = fold::composed(&check.text("brand", &self.brand, 0, limits::BRAND));
        let category = checked_category(&mut check, self.category);
        if self.price.is_some_and(|price| !(0..=limits::PRICE).contains(&price)) {
            check.fail("price", Issue::OutOfRange { min: 0, max: limits::PRICE });
        }
        match &self.currency {
            None if self.price.is_some() => check.fail("currency", Issue::Required),
            Some(code) if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                check.fail("currency", Issue::Malformed { expected: "three letters A-Z (ISO 4217)".into() });
            }
            _ => {}
        }
        let attributes = checked_attributes(&mut check, self.attributes);
        let description = Bilingual {
            zh: check.text("description.zh", &self.description.zh, 0, limits::DESCRIPTION),
            en: check.text("description.en", &self.description.en, 0, limits::DESCRIPTION),
        };
        let picture = self.picture.map(|picture| check.text("picture", &picture, 0, limits::PICTURE));
        check.finish()?;
        let currency = self.currency.filter(|_| self.price.is_some());
        let picture = picture.filter(|picture| !picture.is_empty());
        Ok(ProductInput { id, title, brand, category, price: self.price, currency, attributes, description, picture })
    }
}

fn checked_category(check: &mut Check, category: Vec<Bilingual>) -> Vec<Bilingual> {
    let actual = category.len();
    if actual > limits::CATEGORY_LEVELS {
        check.fail("category", Issue::TooMany { limit: limits::CATEGORY_LEVELS, actual });
    }
    category
        .into_iter()
        .map(|level| {
            let zh = check.text("category", &level.zh, 0, limits::CATEGORY);
            let en = check.text("category", &level.en, 0, limits::CATEGORY);
            if zh.is_empty() && en.is_empty() {
                check.fail("category", Issue::Required);
            }
            Bilingual { zh: fold::composed(&zh), en: fold::composed(&en) }
        })
        .collect()
}

fn checked_attributes(
    check: &mut Check,
    attributes: BTreeMap<String, AttributeValue>,
) -> BTreeMap<String, AttributeValue> {
    let actual = attributes.len();
    if actual > limits::ATTRIBUTES {
        check.fail("attributes", Issue::TooMany { limit: limits::ATTRIBUTES, actual });
    }
    let mut clean = BTreeMap::new();
    for (name, value) in attributes {
        let name = check.text("attributes", &name, 1, limits::ATTRIBUTE_NAME);
        let mut text = |text: &str| check.text("attributes", text, 0, limits::ATTRIBUTE_VALUE);
        let value = match value {
            AttributeValue::Text(value) => AttributeValue::Text(text(&value)),
            AttributeValue::Named(value) => {
                AttributeValue::Named(Bilingual { zh: text(&value.zh), en: text(&value.en) })
            }
            AttributeValue::Number(number) if !number.is_finite() => {
                check.fail("attributes", Issue::Malformed { expected: "a finite number".into() });
                continue;
            }
            other => other,
        };
        clean.insert(name, value);
    }
    clean
}

/// A product of a catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// Number, for joins inside one installation.
    pub number: ProductId,
    /// What the shop says of it.
    pub input: ProductInput,
    /// Rises with every change of any product: what an index has seen is one number.
    pub change: i64,
}

named_enum! {
    /// The order of a list of products.
    ProductSort {
        /// As they were added.
        Added = "added",
        /// Cheapest first; without a price last.
        Price = "price",
        /// Dearest first; without a price last.
        PriceDescending = "price-descending",
    }
}

/// Which products a list shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProductFilter {
    /// Only in this category, at any level, in either language.
    pub category: Option<String>,
    /// Only of this brand.
    pub brand: Option<String>,
    /// Lowest price in minor units.
    pub price_min: Option<i64>,
    /// Highest price in minor units.
    pub price_max: Option<i64>,
    /// Only where an attribute has this value, in either language: name and value.
    pub attributes: Vec<(String, String)>,
    /// Order; as they were added where it is not said.
    pub sort: Option<ProductSort>,
    /// Most products, 1 to 100.
    pub limit: usize,
    /// Products to pass over.
    pub offset: usize,
}

impl ProductFilter {
    /// Checks the limits; reports all errors at once.
    pub fn checked(self) -> Result<ProductFilter, Problem> {
        let mut check = Check::default();
        let category = self.category.map(|text| fold::composed(&check.text("category", &text, 1, limits::CATEGORY)));
        let brand = self.brand.map(|text| fold::composed(&check.text("brand", &text, 1, limits::BRAND)));
        for (field, price) in [("price_min", self.price_min), ("price_max", self.price_max)] {
            if price.is_some_and(|price| !(0..=limits::PRICE).contains(&price)) {
                check.fail(field, Issue::OutOfRange { min: 0, max: limits::PRICE });
            }
        }
        let actual = self.attributes.len();
        if actual > limits::FILTERS {
            check.fail("attribute", Issue::TooMany { limit: limits::FILTERS, actual });
        }
        let attributes = self
            .attributes
            .iter()
            .map(|(name, value)| {
                let name = check.text("attribute", name, 1, limits::ATTRIBUTE_NAME);
                let value = check.text("attribute", value, 1, limits::ATTRIBUTE_VALUE);
                (fold::composed(&name), fold::composed(&value))
            })
            .collect();
        if !(1..=limits::PAGE).contains(&self.limit) {
            check.fail("limit", Issue::OutOfRange { min: 1, max: limits::PAGE as i64 });
        }
        if self.offset > limits::OFFSET {
            check.fail("offset", Issue::OutOfRange { min: 0, max: limits::OFFSET as i64 });
        }
        check.finish()?;
        Ok(ProductFilter { category, brand, attributes, ..self })
    }
}

/// A value and how many products of the list have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facet {
    /// The value; a filter takes it in either language.
    pub value: Bilingual,
    /// How many.
    pub count: i64,
}

/// The values of one attribute over the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttributeFacet {
    /// Name of the attribute.
    pub name: String,
    /// Most frequent first.
    pub values: Vec<Facet>,
}

/// The prices over the list, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceFacet {
    /// Lowest.
    pub min: i64,
    /// Half are cheaper.
    pub median: i64,
    /// Highest.
    pub max: i64,
}

/// What can be counted over a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductFacets {
    /// Categories at all levels, most frequent first.
    pub categories: Vec<Facet>,
    /// Brands, most frequent first.
    pub brands: Vec<Facet>,
    /// Attributes, most frequent first; none where the list holds more than 5,000 products.
    pub attributes: Vec<AttributeFacet>,
    /// Prices; none where no product has one.
    pub price: Option<PriceFacet>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_values_read_as_they_are_written() {
        let text = r#"{"a":true,"b":8,"c":8.5,"d":"Silver","e":{"zh":"柔软","en":"soft"}}"#;
        let read: BTreeMap<String, AttributeValue> = serde_json::from_str(text).expect("JSON");
        assert_eq!(read["b"], AttributeValue::Number(8.0));
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
    }

    #[test]
    fn a_wrong_product_names_every_field() {
        let wrong = ProductInput {
            id: "a\0".to_owned(),
            price: Some(-1),
            category: vec![Bilingual::default()],
            ..ProductInput::default()
        };
        let problem = wrong.checked().expect_err("it is wrong");
        let fields: Vec<&str> = problem.errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["id", "title", "category", "price", "currency"]);
    }
}
