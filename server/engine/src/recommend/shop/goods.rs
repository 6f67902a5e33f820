//! The products of a catalogue as numbers: what features are computed from.

use std::collections::{BTreeMap, HashMap};

use alluvium_domain::shop::{AttributeValue, ProductInput};

/// Longest text of an attribute that counts as a value that several products may share, in characters.
const LONGEST_VALUE: usize = 40;

/// Products, numbered 0 to `len - 1` in the order in which they were given.
#[derive(Debug, Clone, Default)]
pub struct Goods {
    items: Vec<Item>,
    numbers: HashMap<String, u32>,
    ids: Vec<String>,
    categories: Vec<Category>,
    words: HashMap<String, u32>,
}

/// What features know of one product.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// The narrowest category; products without one share a category.
    pub(super) category: u32,
    pub(super) brand: Option<u32>,
    /// Values of attributes that are no numbers, sorted.
    pub(super) tags: Vec<u32>,
    /// Logarithm of the price, standardised in the category; 0 where there is none.
    pub(super) price: f32,
    /// 0 for all year, else 1 for spring to 4 for winter.
    pub(super) season: u8,
    /// The attribute `rating`, standardised over the catalogue; 0 where there is none.
    pub(super) rating: f32,
    /// Words of title, brand and category, sorted.
    words: Vec<u32>,
}

/// What features know of one category.
#[derive(Debug, Clone, Default)]
pub(super) struct Category {
    pub(super) products: Vec<u32>,
    /// Brands with their share of the category's products.
    pub(super) brands: Vec<(u32, f32)>,
    /// Values of attributes with their share of the category's products.
    pub(super) tags: Vec<(u32, f32)>,
}

/// Gives numbers to names.
#[derive(Default)]
struct Names(HashMap<String, u32>);

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let number = count(self.0.len());
        self.0.insert(name.to_owned(), number);
        number
    }
}

/// A count as a number of 32 bits: catalogues are smaller.
pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Goods {
    /// Reads products. Of two with the same id the later one is known by it.
    pub fn new<'a>(products: impl IntoIterator<Item = &'a ProductInput>) -> Goods {
        let (mut categories, mut brands, mut tags, mut words) =
            (Names::default(), Names::default(), Names::default(), Names::default());
        let mut goods = Goods::default();
        let (mut prices, mut ratings) = (Vec::new(), Vec::new());
        for product in products {
            let path: Vec<&str> = product.category.iter().map(|level| one_of(&level.en, &level.zh)).collect();
            let mut own: Vec<u32> = product
                .attributes
                .iter()
                .filter(|(name, _)| *name != "season")
                .filter_map(|(name, value)| Some(tags.number(&format!("{name}={}", shared(value)?))))
                .collect();
            own.sort_unstable();
            own.dedup();
            prices.push(product.price.filter(|price| *price > 0).map(|price| (price as f32).ln()));
            ratings.push(match product.attributes.get("rating") {
                Some(AttributeValue::Number(rating)) => Some(*rating as f32),
                _ => None,
            });
            let number = count(goods.items.len());
            goods.numbers.insert(product.id.clone(), number);
            goods.ids.push(product.id.clone());
            goods.items.push(Item {
                category: categories.number(&path.join("\n")),
                brand: (!product.brand.is_empty()).then(|| brands.number(&product.brand)),
                tags: own,
                price: 0.0,
                season: season_of(&product.attributes),
                rating: 0.0,
                words: words_of(product).iter().map(|word| words.number(word)).collect(),
            });
        }
        for item in &mut goods.items {
            item.words.sort_unstable();
            item.words.dedup();
        }
        goods.words = words.0;
        goods.categories = goods.sorted_by_category(categories.0.len());
        for category in &goods.categories {
            let of: Vec<Option<f32>> = category.products.iter().map(|item| prices[*item as usize]).collect();
            for (item, price) in category.products.iter().zip(standardised(&of)) {
                goods.items[*item as usize].price = price;
            }
        }
        for (item, rating) in goods.items.iter_mut().zip(standardised(&ratings)) {
            item.rating = rating;
        }
        goods
    }

    fn sorted_by_category(&self, n: usize) -> Vec<Category> {
        let mut categories = vec![Category::default(); n];
        let mut brands = vec![BTreeMap::<u32, f32>::new(); n];
        let mut tags = vec![BTreeMap::<u32, f32>::new(); n];
        for (number, item) in (0..).zip(&self.items) {
            let place = item.category as usize;
            categories[place].products.push(number);
            if let Some(brand) = item.brand {
                *brands[place].entry(brand).or_default() += 1.0;
            }
            for tag in &item.tags {
                *tags[place].entry(*tag).or_default() += 1.0;
            }
        }
        for ((category, brands), tags) in categories.iter_mut().zip(brands).zip(tags) {
            let n = category.products.len().max(1) as f32;
            category.brands = brands.into_iter().map(|(brand, count)| (brand, count / n)).collect();
            category.tags = tags.into_iter().map(|(tag, count)| (tag, count / n)).collect();
        }
        categories
    }

    /// Number of products.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number of a product by the shop's own id.
    pub fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The shop's own id of each product, by number.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    pub(super) fn item(&self, number: u32) -> &Item {
        &self.items[number as usize]
    }

    pub(super) fn category(&self, number: u32) -> &Category {
        &self.categories[number as usize]
    }

    pub(super) fn categories(&self) -> usize {
        self.categories.len()
    }

    /// What each product has of the words of a query, as a share from 0 to 1; none where no product has any of them.
    pub(super) fn matches(&self, query: &str) -> Option<Vec<f32>> {
        let mut asked = Vec::new();
        tokens(query, &mut |word| asked.push(self.words.get(word).copied()));
        asked.sort_unstable();
        asked.dedup();
        let n = asked.len().max(1) as f32;
        let share = |item: &Item| {
            asked.iter().flatten().filter(|word| item.words.binary_search(word).is_ok()).count() as f32 / n
        };
        let shares: Vec<f32> = self.items.iter().map(share).collect();
        shares.iter().any(|share| *share > 0.0).then_some(shares)
    }
}

fn one_of<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.is_empty() { second } else { first }
}

/// A value that several products may share, as a text.
fn shared(value: &AttributeValue) -> Option<&str> {
    let text = match value {
        AttributeValue::Flag(true) => "true",
        AttributeValue::Flag(false) => "false",
        AttributeValue::Number(_) => return None,
        AttributeValue::Text(text) => text,
        AttributeValue::Named(both) => one_of(&both.en, &both.zh),
    };
    (!text.is_empty() && text.chars().count() <= LONGEST_VALUE).then_some(text)
}

/// The season that the attribute `season` names, in English or Chinese.
fn season_of(attributes: &BTreeMap<String, AttributeValue>) -> u8 {
    let text = match attributes.get("season") {
        Some(AttributeValue::Named(both)) => one_of(&both.en, &both.zh),
        Some(AttributeValue::Text(text)) => text,
        _ => return 0,
    };
    let names = [["spring", "春"], ["summer", "夏"], ["autumn", "秋"], ["winter", "冬"]];
    let text = text.to_lowercase();
    (1..).zip(names).find(|(_, names)| names.iter().any(|name| text.contains(name))).map_or(0, |(place, _)| place)
}

/// The season of a moment in seconds since 1970, UTC: 1 for spring (March to May) to 4 for winter, as the northern half of the world has them.
pub(super) fn season_at(at: i64) -> u8 {
    let month = time::OffsetDateTime::from_unix_timestamp(at).map_or(1, |at| u8::from(at.month()));
    match month {
        3..=5 => 1,
        6..=8 => 2,
        9..=11 => 3,
        _ => 4,
    }
}

/// Mean 0 and standard deviation 1 over the values that are there; 0 for the others.
fn standardised(values: &[Option<f32>]) -> Vec<f32> {
    let n = values.iter().flatten().count().max(1) as f32;
    let mean = values.iter().flatten().sum::<f32>() / n;
    let variance = values.iter().flatten().map(|value| (value - mean).powi(2)).sum::<f32>() / n;
    let scale = if variance > 1e-6 { variance.sqrt().recip() } else { 0.0 };
    values.iter().map(|value| value.map_or(0.0, |value| ((value - mean) * scale).clamp(-4.0, 4.0))).collect()
}

fn words_of(product: &ProductInput) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |text: &str| tokens(text, &mut |word| words.push(word.to_owned()));
    add(&product.title.zh);
    add(&product.title.en);
    add(&product.brand);
    for level in &product.category {
        add(&level.zh);
        add(&level.en);
    }
    words
}

/// Words of letters and digits, folded; of Chinese every two neighbouring characters (one where it stands alone).
fn tokens(text: &str, visit: &mut dyn FnMut(&str)) {
    let wide = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
    for run in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        let mut rest = run;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| wide(c) != wide(first)).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            if wide(first) {
                let places: Vec<usize> = part.char_indices().map(|(at, _)| at).chain([part.len()]).collect();
                match places.len() {
                    2 => visit(part),
                    _ => places.windows(3).for_each(|pair| visit(&part[pair[0]..pair[2]])),
                }
            } else {
                visit(part);
            }
            rest = after;
        }
    }
}
