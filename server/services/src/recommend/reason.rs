//! The reason of a recommendation as a sentence in both languages, with its evidence.

use alluvium_domain::shop::{Bilingual, EventKind, RANK_GROUPS};
use alluvium_engine::recommend::shop::{Act, Asked, GROUP_COUNT};

use super::shelf::{Shelf, Shown};

/// Fewer events than these are no habit.
const HABIT: usize = 5;

/// The sentence of the group that gives most to the score and has evidence for it. `amounts` are by group: exact Shapley values where the answer shows
/// them, so that the sentence says what the largest bar says; else their outline, which costs a small part of that and seldom names another group first.
/// The evidence is always of the history and the product themselves.
pub(super) fn sentence(shelf: &Shelf, asked: &Asked<'_>, item: u32, amounts: &[f64; GROUP_COUNT]) -> Bilingual {
    let mut groups: Vec<(&str, f64)> =
        RANK_GROUPS.iter().zip(amounts).map(|(group, amount)| (group.name, *amount)).collect();
    groups.sort_by(|a, b| b.1.total_cmp(&a.1));
    let product = &shelf.products[item as usize];
    groups
        .iter()
        .take_while(|(_, amount)| *amount > 0.0)
        .find_map(|(group, _)| of_group(group, shelf, asked, item, product))
        .unwrap_or_else(|| {
            Bilingual::new(
                "没有突出的理由：它只是其余商品中得分较高的。",
                "Nothing speaks for it in particular: it only scores above the rest.",
            )
        })
}

fn of_group(group: &str, shelf: &Shelf, asked: &Asked<'_>, item: u32, product: &Shown) -> Option<Bilingual> {
    let shown = |act: &Act| &shelf.products[act.item as usize];
    match group {
        "item-item" => {
            let act = shelf.recommender.closest(asked.history, item).and_then(|place| asked.history.get(place))?;
            let title = &shown(act).title;
            Some(Bilingual::new(
                format!("选择过“{}”的人也常选它。", zh(title)),
                format!("People who chose “{}” often chose this as well.", en(title)),
            ))
        }
        "sequence" => {
            let title = &shown(asked.history.last()?).title;
            Some(Bilingual::new(
                format!("看过“{}”之后，接下来常看它。", zh(title)),
                format!("It often comes next after “{}”.", en(title)),
            ))
        }
        "category" => {
            let same = |act: &&Act| !empty(&product.category) && shown(act).category == product.category;
            let (kind, n) = strongest(asked.history.iter().filter(same))?;
            Some(did(
                kind,
                n,
                &format!("“{}”里的商品", zh(&product.category)),
                &format!("in “{}”", en(&product.category)),
            ))
        }
        "brand" => {
            let same = |act: &&Act| !product.brand.is_empty() && shown(act).brand == product.brand;
            let brand = &product.brand;
            let narrow = |act: &&Act| same(act) && shown(act).category == product.category;
            if let Some((kind, n)) =
                strongest(asked.history.iter().filter(narrow)).filter(|_| !empty(&product.category))
            {
                let (zh, en) = (zh(&product.category), en(&product.category));
                return Some(did(kind, n, &format!("{brand} 的{zh}"), &format!("by {brand} in “{en}”")));
            }
            let (kind, n) = strongest(asked.history.iter().filter(same))?;
            Some(did(kind, n, &format!("{brand} 的商品"), &format!("by {brand}")))
        }
        "price" => match asked.history.len() {
            0 => None,
            few if few < HABIT => Some(Bilingual::new(
                "它的价格在同类中的高低与您看过的商品相近。",
                "Within its category its price is where that of what you looked at is.",
            )),
            _ => Some(Bilingual::new(
                "它的价格在同类中的高低与您平时选的相近。",
                "Within its category its price is where the prices of what you choose usually are.",
            )),
        },
        "style" => {
            let chosen = |name: &String, value: &Bilingual| {
                let has = |act: &&Act| shown(act).values.iter().any(|(other, own)| other == name && own == value);
                asked.history.iter().filter(has).count()
            };
            let most = product.values.iter().map(|(name, value)| (chosen(name, value), value));
            let (n, value) = most.filter(|(n, _)| *n > 0).max_by_key(|(n, _)| *n)?;
            let all = asked.history.len();
            Some(Bilingual::new(
                format!("您的{all}次浏览、加购与购买中有{n}次的商品同样是“{}”。", zh(value)),
                format!("In {n} of your {all} events the product was “{}” too.", en(value)),
            ))
        }
        "season" => Some(Bilingual::new("它适合现在这个季节。", "It is made for this season.")),
        "quality" => Some(match product.rating {
            Some(rating) => Bilingual::new(
                format!("评分{rating:.1}，看过的人中加购、购买的比例也不低。"),
                format!("It is rated {rating:.1}, and those who open it put it into the cart and buy it often enough."),
            ),
            None => Bilingual::new(
                "看过它的人中加购、购买的比例较高。",
                "Those who open it put it into the cart and buy it more often than usual.",
            ),
        }),
        "popularity" => popular(product),
        "query" => asked.query.map(|searched| {
            let query = searched.text;
            Bilingual::new(format!("它与搜索“{query}”相符。"), format!("It matches the search “{query}”."))
        }),
        _ => None,
    }
}

/// How often a product was opened; none where it never was.
pub(super) fn popular(product: &Shown) -> Option<Bilingual> {
    let n = product.views;
    let times = if n == 1 { "once".to_owned() } else { format!("{n} times") };
    (n > 0).then(|| Bilingual::new(format!("它很受欢迎：被打开过{n}次。"), format!("It is popular: opened {times}.")))
}

/// The strongest kind of event with how often it occurs.
fn strongest<'a>(events: impl Iterator<Item = &'a Act>) -> Option<(EventKind, usize)> {
    let mut counts = [0; 3];
    for act in events {
        counts[EventKind::ALL.iter().position(|kind| *kind == act.kind).unwrap_or_default()] += 1;
    }
    let mut kinds = EventKind::ALL.iter().copied().zip(counts);
    kinds.rfind(|(_, n)| *n > 0)
}

fn did(kind: EventKind, n: usize, what_zh: &str, what_en: &str) -> Bilingual {
    let products = if n == 1 { "a product".to_owned() } else { format!("{n} products") };
    match kind {
        EventKind::View => Bilingual::new(
            format!("因为您看过{n}次{what_zh}。"),
            format!("Because you looked at {products} {what_en}."),
        ),
        EventKind::Cart => Bilingual::new(
            format!("因为您把{n}件{what_zh}放进了购物车。"),
            format!("Because you put {products} {what_en} into the cart."),
        ),
        EventKind::Purchase => {
            Bilingual::new(format!("因为您买过{n}件{what_zh}。"), format!("Because you bought {products} {what_en}."))
        }
    }
}

fn empty(both: &Bilingual) -> bool {
    both.zh.is_empty() && both.en.is_empty()
}

fn zh(both: &Bilingual) -> &str {
    both.text(alluvium_domain::Lang::Zh)
}

fn en(both: &Bilingual) -> &str {
    both.text(alluvium_domain::Lang::En)
}
