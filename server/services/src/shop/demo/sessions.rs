//! What the shoppers of the demo shop do: visits, each with one list that is read from the top.

use std::collections::{HashMap, HashSet};

use alluvium_domain::Lang;
use alluvium_domain::shop::EventKind;
use time::macros::datetime;
use time::{Duration, OffsetDateTime, Weekday};
use uuid::{Builder, Uuid};

use super::dice::{Dice, totals};
use super::kinds::{BRANDS, SEASONS, kinds};
use super::products::DemoProduct;
use super::shoppers::DemoShopper;
use super::truth;

/// Products in one list.
pub const LIST: usize = 20;
/// The first visit is not before this.
const BEGINNING: OffsetDateTime = datetime!(2025-07-01 00:00 UTC);
/// Visits begin within so many days: a year, so that every season occurs.
const DAYS: usize = 365;

/// An event of the demo shop; shopper and product are places in their lists.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoEvent {
    /// Id, a UUIDv7 of the event's time.
    pub id: Uuid,
    /// When.
    pub at: OffsetDateTime,
    /// Who.
    pub shopper: usize,
    /// With which product.
    pub product: usize,
    /// What.
    pub kind: EventKind,
    /// What was searched; none where the category was browsed.
    pub query: Option<String>,
    /// Place in the list, from 1.
    pub position: i32,
}

/// What happened at one position over all lists.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Impressions {
    /// Products shown there.
    pub shown: u64,
    /// Those that were looked at.
    pub examined: u64,
    /// Those that were opened.
    pub viewed: u64,
    /// Sum of the utilities of what was shown.
    pub utility: f64,
}

/// Visits until there are `count` events, which come in the order of time; and what was shown at each position.
pub(super) fn sessions(
    seed: u64,
    count: usize,
    products: &[DemoProduct],
    shoppers: &[DemoShopper],
) -> (Vec<DemoEvent>, Vec<Impressions>) {
    let mut shop = Shop::new(products, shoppers);
    let mut dice = Dice::new(seed, 3);
    let activity = totals(shoppers.iter().map(|shopper| shopper.activity));
    let mut visits = 0;
    while shop.events.len() < count {
        // Everybody comes once, then those who come often.
        let shopper = if visits < shoppers.len() { visits } else { dice.weighted(&activity) };
        shop.visit(&mut dice, shopper);
        visits += 1;
    }
    shop.events.truncate(count);
    shop.events.sort_by_key(|event| (event.at, event.id));
    (shop.events, shop.impressions)
}

struct Shop<'a> {
    products: &'a [DemoProduct],
    shoppers: &'a [DemoShopper],
    utilities: Utilities,
    /// Products of each category, and how often each is shown, as running totals.
    shelves: Vec<(Vec<usize>, Vec<f64>)>,
    bought: HashSet<(usize, usize)>,
    events: Vec<DemoEvent>,
    impressions: Vec<Impressions>,
}

impl<'a> Shop<'a> {
    fn new(products: &'a [DemoProduct], shoppers: &'a [DemoShopper]) -> Shop<'a> {
        let shelves = (0..kinds().count())
            .map(|kind| {
                let shelf: Vec<usize> = (0..products.len()).filter(|place| products[*place].kind == kind).collect();
                let weights = totals(shelf.iter().map(|place| products[*place].exposure));
                (shelf, weights)
            })
            .collect();
        let impressions = vec![Impressions::default(); LIST];
        let utilities = Utilities::new(products, shoppers);
        Shop { products, shoppers, utilities, shelves, bought: HashSet::new(), events: Vec::new(), impressions }
    }

    fn visit(&mut self, dice: &mut Dice, shopper: usize) {
        let at = moment(dice);
        let kind = self.intent(dice, shopper, at);
        let (query, brand) = self.query(dice, shopper, kind);
        let list = self.list(dice, shopper, kind, brand);
        for (place, product) in list.into_iter().enumerate() {
            self.read(dice, shopper, at, place, product, query.as_deref());
        }
    }

    /// The category that the visit is about: the shopper's taste for it, more in its season.
    fn intent(&self, dice: &mut Dice, shopper: usize, at: OffsetDateTime) -> usize {
        let weights = &self.shoppers[shopper].shopper.truth;
        let summer = matches!(truth::season(at.month()), "summer" | "spring");
        let appeal = kinds().map(|kind| {
            let taste = weights.as_ref().and_then(|weights| weights.get(&format!("category:{}", kind.slug)));
            let season = match kind.slug {
                "t-shirts" | "running-shoes" if summer => 0.5,
                "jackets" | "face-creams" | "tea" if !summer => 0.5,
                _ => 0.0,
            };
            (1.2 * taste.copied().unwrap_or_default() + season).exp()
        });
        dice.weighted(&totals(appeal))
    }

    /// What is searched: nothing, the category, or the category of a brand.
    fn query(&self, dice: &mut Dice, shopper: usize, kind: usize) -> (Option<String>, Option<usize>) {
        let Some(kind) = kinds().nth(kind) else { return (None, None) };
        let lang = self.shoppers[shopper].lang;
        let (zh, en) = *dice.pick(kind.queries);
        let roll = dice.unit();
        if roll < 0.4 {
            return (None, None);
        }
        if roll < 0.75 {
            return (Some(lang.pick(zh, en).to_owned()), None);
        }
        let brand = *dice.pick(kind.brands);
        let name = BRANDS[brand].name;
        let query = match lang {
            Lang::Zh => format!("{} {}", name.0, kind.queries[0].0),
            Lang::En => format!("{} {}", name.1, kind.queries[0].1),
        };
        (Some(query), Some(brand))
    }

    /// The list that is shown: drawn by exposure without replacement, so that the order does not know the shopper's taste. What the
    /// shopper has bought is left out.
    fn list(&self, dice: &mut Dice, shopper: usize, kind: usize, brand: Option<usize>) -> Vec<usize> {
        let (shelf, weights) = &self.shelves[kind];
        let mut list = Vec::with_capacity(LIST);
        // A brand may have fewer products than a list has places.
        for _ in 0..LIST * 20 {
            let product = shelf[dice.weighted(weights)];
            let fits = brand.is_none_or(|brand| self.products[product].brand == brand);
            if fits && !list.contains(&product) && !self.bought.contains(&(shopper, product)) {
                list.push(product);
                if list.len() == LIST {
                    break;
                }
            }
        }
        list
    }

    /// One place of the list: perhaps examined, then perhaps opened, put into the cart, bought.
    fn read(
        &mut self,
        dice: &mut Dice,
        shopper: usize,
        begin: OffsetDateTime,
        place: usize,
        product: usize,
        query: Option<&str>,
    ) {
        let utility = self.utilities.of(shopper, product, begin);
        let seen = &mut self.impressions[place];
        seen.shown += 1;
        seen.utility += utility;
        if !dice.chance(truth::examined(place + 1)) {
            return;
        }
        seen.examined += 1;
        let mut at = begin + Duration::seconds(20 * place as i64 + dice.below(15) as i64);
        for (kind, intercept) in
            [(EventKind::View, truth::VIEW), (EventKind::Cart, truth::CART), (EventKind::Purchase, truth::PURCHASE)]
        {
            if !dice.chance(truth::logistic(intercept + utility)) {
                return;
            }
            match kind {
                EventKind::View => self.impressions[place].viewed += 1,
                EventKind::Cart => at += Duration::seconds(10 + dice.below(240) as i64),
                EventKind::Purchase => {
                    at += Duration::seconds(60 + dice.below(1_800) as i64);
                    self.bought.insert((shopper, product));
                }
            }
            let id = id(dice, at);
            let query = query.map(str::to_owned);
            self.events.push(DemoEvent { id, at, shopper, product, kind, query, position: place as i32 + 1 });
        }
    }
}

/// The utilities of [`truth`], with numbers in the place of names: there are some million to compute.
pub(super) struct Utilities {
    /// `[shopper][feature]`, 0 where a shopper has no weight.
    weights: Vec<Vec<f64>>,
    /// Features and values of each product, for each season of [`SEASONS`].
    features: Vec<[Vec<(usize, f64)>; 5]>,
}

impl Utilities {
    pub(super) fn new(products: &[DemoProduct], shoppers: &[DemoShopper]) -> Utilities {
        let mut names: HashMap<String, usize> = HashMap::new();
        let mut number = |name: String| {
            let next = names.len();
            *names.entry(name).or_insert(next)
        };
        let features = products
            .iter()
            .map(|product| {
                SEASONS.map(|(_, season)| {
                    let features = truth::features_in(&product.input, season);
                    features.into_iter().map(|(name, value)| (number(name), value)).collect()
                })
            })
            .collect();
        let weights = shoppers
            .iter()
            .map(|shopper| {
                let mut dense = vec![0.0; names.len()];
                for (name, weight) in shopper.shopper.truth.iter().flatten() {
                    if let Some(place) = names.get(name) {
                        dense[*place] = *weight;
                    }
                }
                dense
            })
            .collect();
        Utilities { weights, features }
    }

    pub(super) fn of(&self, shopper: usize, product: usize, at: OffsetDateTime) -> f64 {
        let season = SEASONS.iter().position(|(_, name)| *name == truth::season(at.month())).unwrap_or_default();
        let weights = &self.weights[shopper];
        self.features[product][season].iter().map(|(feature, value)| weights[*feature] * value).sum()
    }
}

/// When a visit begins: more at weekends and in the evening (Beijing, in UTC).
fn moment(dice: &mut Dice) -> OffsetDateTime {
    loop {
        let day = BEGINNING + Duration::days(dice.below(DAYS) as i64);
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        if weekend || dice.chance(0.75) {
            let minute = (13.0 * 60.0 + 170.0 * dice.normal()).clamp(0.0, 1_439.0);
            return day + Duration::seconds(minute as i64 * 60 + dice.below(60) as i64);
        }
    }
}

fn id(dice: &mut Dice, at: OffsetDateTime) -> Uuid {
    let millis = u64::try_from(at.unix_timestamp()).unwrap_or_default() * 1_000 + dice.below(1_000) as u64;
    Builder::from_unix_timestamp_millis(millis, &dice.bytes()).into_uuid()
}
