//! Pictures of products that have none: drawn from the product's category and colour, the same each time, nothing stored.

use std::fmt::Write as _;

use alluvium_domain::shop::{AttributeValue, ProductInput};
use sha2::{Digest, Sha256};

/// What a colour is drawn in, by its English name.
const COLOURS: [(&str, &str); 12] = [
    ("black", "#2b2b2f"),
    ("white", "#e9e7e1"),
    ("dark grey", "#5b6168"),
    ("navy", "#27406b"),
    ("sky blue", "#5aa2d6"),
    ("deep green", "#2f5d4a"),
    ("mint", "#86c5a8"),
    ("burgundy", "#7c2f3e"),
    ("coral", "#e4765b"),
    ("mustard", "#d1a23a"),
    ("pale pink", "#e6b3bd"),
    ("lilac", "#9a86c4"),
];

/// Lines of a category's drawing in a square of 100, by the English name of the narrowest category; `C` is the colour, `D` a darker one.
const DRAWINGS: [(&str, &str); 12] = [
    (
        "Running shoes",
        r#"<path d="M14 62c8 0 16-6 20-20l14 8c8 6 20 9 32 11 5 1 7 5 6 10H14z" fill="C"/><path d="M12 71h76v4c0 4-3 6-7 6H18c-4 0-6-2-6-6z" fill="D"/><path d="M44 48l-5 6m11-3-5 6m11-3-5 6" stroke="D" stroke-width="2.5" stroke-linecap="round"/>"#,
    ),
    (
        "Backpacks",
        r#"<path d="M38 26c0-14 24-14 24 0" fill="none" stroke="D" stroke-width="4"/><rect x="26" y="24" width="48" height="58" rx="16" fill="C"/><rect x="33" y="54" width="34" height="22" rx="6" fill="D"/><path d="M32 42h36" stroke="D" stroke-width="3"/>"#,
    ),
    (
        "Shell jackets",
        r#"<path d="M38 22 20 34l-6 40 12 3 4-24v30h40V53l4 24 12-3-6-40-18-12c-4 6-20 6-24 0z" fill="C"/><path d="M50 30v53" stroke="D" stroke-width="3"/><path d="M36 62h8m12 0h8" stroke="D" stroke-width="3"/>"#,
    ),
    (
        "T-shirts",
        r#"<path d="M38 24 16 36l7 16 9-4v34h36V48l9 4 7-16-22-12c-4 7-20 7-24 0z" fill="C"/><path d="M38 24c4 7 20 7 24 0" fill="none" stroke="D" stroke-width="3"/>"#,
    ),
    (
        "Headphones",
        r#"<path d="M24 60V50c0-36 52-36 52 0v10" fill="none" stroke="D" stroke-width="5"/><rect x="17" y="54" width="17" height="28" rx="7" fill="C"/><rect x="66" y="54" width="17" height="28" rx="7" fill="C"/>"#,
    ),
    (
        "Smartphones",
        r#"<rect x="32" y="14" width="36" height="72" rx="7" fill="D"/><rect x="35" y="18" width="30" height="64" rx="4" fill="C"/><circle cx="50" cy="23" r="1.8" fill="D"/>"#,
    ),
    (
        "Laptops",
        r#"<rect x="22" y="26" width="56" height="38" rx="4" fill="D"/><rect x="26" y="30" width="48" height="30" rx="2" fill="C"/><path d="M12 68h76l-5 8H17z" fill="D"/>"#,
    ),
    (
        "Coffee makers",
        r#"<path d="M26 18h48v14H40v40h34v10H26z" fill="C"/><path d="M48 46h22v14c0 6-4 9-11 9s-11-3-11-9z" fill="D"/><path d="M59 34v8" stroke="D" stroke-width="3"/>"#,
    ),
    (
        "Desk lamps",
        r#"<path d="M46 78 36 48l22-20" fill="none" stroke="D" stroke-width="4" stroke-linejoin="round"/><path d="M50 18l26 16-12 14c-10 0-18-14-14-30z" fill="C"/><rect x="30" y="78" width="34" height="6" rx="3" fill="D"/>"#,
    ),
    (
        "Face creams",
        r#"<rect x="28" y="24" width="44" height="16" rx="4" fill="D"/><path d="M24 42h52v28c0 8-6 12-14 12H38c-8 0-14-4-14-12z" fill="C"/><path d="M36 60h28" stroke="D" stroke-width="3"/>"#,
    ),
    (
        "Tea",
        r#"<path d="M22 46h46v12c0 14-9 22-23 22s-23-8-23-22z" fill="C"/><path d="M68 50c16-3 16 18-1 17" fill="none" stroke="D" stroke-width="4"/><path d="M38 38c-4-6 4-8 0-14m14 14c-4-6 4-8 0-14" fill="none" stroke="D" stroke-width="3" stroke-linecap="round"/>"#,
    ),
    (
        "Building blocks",
        r#"<rect x="20" y="54" width="30" height="26" fill="C"/><rect x="50" y="54" width="30" height="26" fill="D"/><rect x="35" y="28" width="30" height="26" fill="C"/><path d="M41 28v-5h7v5m4 0v-5h7v5" fill="D"/>"#,
    ),
];

/// What has no drawing of its own is a box.
const BOX: &str = r#"<path d="M20 36 50 22l30 14v32L50 82 20 68z" fill="C"/><path d="M20 36l30 14 30-14M50 50v32" fill="none" stroke="D" stroke-width="3"/>"#;

/// A drawing, 240 by 240.
pub(super) fn svg(product: &ProductInput) -> String {
    let kind = product.category.last().map_or("", |level| level.en.as_str());
    let drawing = DRAWINGS.iter().find(|(name, _)| *name == kind).map_or(BOX, |(_, drawing)| drawing);
    let hash = Sha256::digest(product.id.as_bytes());
    let colour = colour(product).unwrap_or(COLOURS[usize::from(hash[0]) % COLOURS.len()].1);
    let darker = shade(colour, 0.62);
    // The ground and a slight turn tell two products of one colour apart.
    let hue = u32::from(hash[1]) * 360 / 256;
    let turn = i16::from(hash[2] % 13) - 6;
    let label = escaped(if product.title.zh.is_empty() { &product.title.en } else { &product.title.zh });
    let drawing = drawing.replace("\"C\"", &format!("\"{colour}\"")).replace("\"D\"", &format!("\"{darker}\""));
    let mut svg = String::with_capacity(1_200);
    // Writing into a string cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\" width=\"240\" height=\"240\" role=\"img\" aria-label=\"{label}\">\
         <rect width=\"100\" height=\"100\" fill=\"hsl({hue} 28% 93%)\"/>\
         <ellipse cx=\"50\" cy=\"86\" rx=\"34\" ry=\"3.5\" fill=\"hsl({hue} 14% 82%)\"/>\
         <g transform=\"rotate({turn} 50 50)\">{drawing}</g></svg>"
    );
    svg
}

/// The product's own colour, where it is one of ours.
fn colour(product: &ProductInput) -> Option<&'static str> {
    let Some(AttributeValue::Named(name)) = product.attributes.get("colour") else { return None };
    COLOURS.iter().find(|(known, _)| *known == name.en).map(|(_, code)| *code)
}

/// `#rrggbb` times a factor.
fn shade(colour: &str, factor: f64) -> String {
    let part = |at: usize| {
        let value = colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or_default();
        (f64::from(value) * factor) as u8
    };
    format!("#{:02x}{:02x}{:02x}", part(1), part(3), part(5))
}

fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use alluvium_domain::shop::Bilingual;

    use super::*;

    #[test]
    fn a_picture_is_the_same_each_time_and_holds_no_markup_of_the_title() {
        let product = ProductInput {
            id: "a".to_owned(),
            title: Bilingual::new("", "<script>\"&"),
            category: vec![Bilingual::new("跑鞋", "Running shoes")],
            ..ProductInput::default()
        };
        let picture = svg(&product);
        assert_eq!(picture, svg(&product));
        assert!(picture.contains("&lt;script&gt;&quot;&amp;") && !picture.contains("<script"));
        assert!(!picture.contains("\"C\"") && !picture.contains("\"D\""));
        let others: std::collections::HashSet<String> =
            (0..300).map(|id| svg(&ProductInput { id: id.to_string(), ..product.clone() })).collect();
        assert!(others.len() > 250, "two products of one colour can be told apart: {}", others.len());
    }
}
