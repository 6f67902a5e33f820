//! A product as the index and the encoder read it.

use alluvium_domain::shop::{AttributeValue, Bilingual, ProductInput};
use alluvium_engine::products::ProductDocument;

/// Attributes that hold model or article numbers.
const CODES: [&str; 8] = ["model", "mpn", "ean", "gtin", "upc", "isbn", "sku", "oem_code"];
/// Attributes that say what sort of thing it is: the encoder reads them.
const SORTS: [&str; 4] = ["product_type", "type", "form_factor", "style"];
/// Attributes that hold the date of release.
const RELEASED: [&str; 2] = ["date_released", "released"];
/// Most characters that the encoder reads: a short text, since a vector that stands for everything is near to nothing.
const ENCODED: usize = 300;

/// What the index reads.
pub(crate) fn document(number: i32, product: &ProductInput, popularity: Option<f64>) -> ProductDocument {
    let mut document = ProductDocument {
        key: number,
        title: both(&product.title, "\n"),
        brand: product.brand.clone(),
        category: product.category.iter().flat_map(|level| [level.zh.clone(), level.en.clone()]).collect(),
        description: both(&product.description, "\n"),
        codes: vec![product.id.clone()],
        price: product.price.map(|price| price as f64),
        popularity,
        ..ProductDocument::default()
    };
    document.category.retain(|level| !level.is_empty());
    for (name, value) in &product.attributes {
        if CODES.contains(&name.as_str()) {
            document.codes.push(text(name, value));
            continue;
        }
        document.names.push(name.clone());
        if RELEASED.contains(&name.as_str()) {
            document.year = year(value);
            continue;
        }
        let text = text(name, value);
        if !text.is_empty() {
            document.attributes.push_str(&text);
            document.attributes.push('\n');
        }
    }
    document
}

/// The text whose vector stands for the product: title, brand, what sort of thing it is. English where there is English: most encoders read it
/// better.
pub(crate) fn encoded(product: &ProductInput) -> String {
    let english = |text: &Bilingual| if text.en.is_empty() { text.zh.clone() } else { text.en.clone() };
    let mut all = english(&product.title);
    if !product.brand.is_empty() && !all.to_lowercase().contains(&product.brand.to_lowercase()) {
        all = format!("{} {all}", product.brand);
    }
    if let Some(narrowest) = product.category.last() {
        all.push_str(", ");
        all.push_str(&english(narrowest));
    }
    for name in SORTS {
        if let Some(AttributeValue::Text(text)) = product.attributes.get(name) {
            all.push_str(", ");
            all.push_str(text);
        }
    }
    all.chars().take(ENCODED).collect()
}

/// What people may type for an attribute: a value's text, the name of what it has, nothing for what it has not and for bare numbers, which would
/// match every other number.
fn text(name: &str, value: &AttributeValue) -> String {
    match value {
        AttributeValue::Text(text) => text.clone(),
        AttributeValue::Named(text) => both(text, " "),
        AttributeValue::Flag(true) => name.replace('_', " "),
        AttributeValue::Flag(false) => String::new(),
        AttributeValue::Number(number) if CODES.contains(&name) => format!("{number:.0}"),
        AttributeValue::Number(_) => String::new(),
    }
}

fn both(text: &Bilingual, between: &str) -> String {
    [text.zh.as_str(), text.en.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(between)
}

fn year(value: &AttributeValue) -> Option<f64> {
    let year = match value {
        AttributeValue::Text(text) => text.get(..4)?.parse().ok()?,
        AttributeValue::Number(number) => *number,
        _ => return None,
    };
    (1900.0..2100.0).contains(&year).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_codes_and_years_go_where_they_belong() {
        let product: ProductInput = serde_json::from_value(serde_json::json!({
            "id": "2101957", "title": { "zh": "", "en": "Pavilion dv7-1211ea" }, "brand": "HP",
            "category": [{ "zh": "电脑", "en": "Computers" }], "price": 10995, "currency": "EUR",
            "attributes": { "model": "dv7-1211ea", "ean": 884_420_588_030_i64, "touchscreen": true, "parity": false, "type": "Notebook",
                            "diagonal": 17.0, "date_released": "2008-12-19T00:00:00Z", "colour": { "zh": "银色", "en": "Silver" } },
            "description": { "zh": "", "en": "" }, "picture": null
        }))
        .unwrap();
        let document = document(7, &product, None);
        assert_eq!(document.codes, ["2101957", "884420588030", "dv7-1211ea"]);
        assert_eq!(document.year, Some(2008.0));
        assert_eq!(document.attributes, "银色 Silver\ntouchscreen\nNotebook\n");
        assert_eq!(document.names, ["colour", "date_released", "diagonal", "parity", "touchscreen", "type"]);
        assert_eq!(encoded(&product), "HP Pavilion dv7-1211ea, Computers, Notebook");
    }
}
