//! Prices in a query: `500元以内`, `￥５００以下`, `200-300元`, `under 500`.
//!
//! What is read is a limit in words, or a range with a sign of money; a number alone may be a size or a model, and one before a unit of measure is that.

use std::ops::Range;
use std::sync::LazyLock;

use alluvium_domain::fold::Folded;
use alluvium_domain::shop::limits;
use regex::{Captures, Regex};

/// A limit on the price, in minor units, and where it stands in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PricePhrase {
    pub(super) range: Range<usize>,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
}

const NUMBER: &str = r"(?:\d+(?:\.\d+)?(?:千|万|百|k)?|[一二两三四五六七八九十百千万零]+)";
const BEFORE: &str = r"(?:[¥$€£]|rmb|cny|usd|eur)\s*";
const AFTER: &str = r"\s*(?:元|块钱|块|圆|rmb|cny|yuan|usd|euros?|eur|dollars?|[¥€])";

/// How far from `500元左右` a price may be.
const ABOUT: f64 = 0.2;

/// What may be measured: `under 500 g` is no price.
const UNITS: &[&str] = &[
    "g", "kg", "mg", "ml", "l", "w", "kw", "v", "mah", "wh", "gb", "tb", "mb", "mm", "cm", "m", "km", "in", "inch",
    "inches", "hz", "khz", "mhz", "ghz", "dpi", "mp", "lb", "lbs", "oz", "克", "千克", "公斤", "毫升", "升", "瓦",
    "寸", "英寸", "厘米", "毫米", "米", "天", "年", "岁", "码", "小时", "分钟", "人", "个", "days", "hours", "years",
    "people", "ports",
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Range,
    Max,
    Min,
    About,
}

struct Pattern {
    kind: Kind,
    regex: Regex,
    /// Whether a sign of money must stand with it.
    money: bool,
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let amount = |name: &str| format!("(?<b{name}>{BEFORE})?(?<n{name}>{NUMBER})(?<a{name}>{AFTER})?");
    let (first, second) = (amount("1"), amount("2"));
    let patterns = [
        (Kind::Range, true, format!(r"{first}\s*(?:-|~|–|—|至|到|to)\s*{second}(?:\s*之间)?")),
        (Kind::Range, false, format!(r"\b(?:between)\s+{first}\s+and\s+{second}")),
        (Kind::Max, false, format!(r"{first}\s*(?:以内|以下|之内|之下)")),
        (Kind::Max, true, format!(r"{first}\s*(?:内|封顶)")),
        (Kind::Max, false, format!(r"(?:不超过|不高于|低于|少于|最多|至多|不到|预算)\s*{first}")),
        (
            Kind::Max,
            false,
            format!(r"\b(?:under|below|less than|up to|cheaper than|at most|no more than|not over)\s+{first}"),
        ),
        (Kind::Max, true, format!(r"\b(?:max|maximum|budget)\s+{first}")),
        (Kind::Min, false, format!(r"{first}\s*(?:以上|之上)")),
        (Kind::Min, true, format!(r"{first}\s*(?:起|往上)")),
        (Kind::Min, false, format!(r"(?:不低于|高于|超过|至少|最少)\s*{first}")),
        (Kind::Min, false, format!(r"\b(?:over|above|more than|at least|starting at|not under)\s+{first}")),
        (Kind::About, true, format!(r"{first}\s*(?:左右|上下)")),
    ];
    let read = |(kind, money, pattern): (Kind, bool, String)| {
        let regex =
            Regex::new(&pattern).inspect_err(|error| tracing::error!(%error, "a pattern of prices is wrong")).ok()?;
        Some(Pattern { kind, regex, money })
    };
    patterns.into_iter().filter_map(read).collect()
});

/// The first limit in a query.
pub(super) fn find(query: &str) -> Option<PricePhrase> {
    let folded = Folded::of(query);
    let text = folded.text.as_str();
    PATTERNS.iter().find_map(|pattern| {
        let found = pattern.regex.captures_iter(text).find_map(|captures| read(text, pattern, &captures))?;
        Some(PricePhrase { range: folded.source(found.range), ..found })
    })
}

fn read(text: &str, pattern: &Pattern, captures: &Captures<'_>) -> Option<PricePhrase> {
    let range = captures.get(0)?.range();
    let has = |name: &str| captures.name(name).is_some();
    let money = ["b1", "a1", "b2", "a2"].into_iter().any(has);
    if pattern.money && !money {
        return None;
    }
    // `wf500以内` is no price, nor is `1.500` in the middle of a number.
    let first = captures.name("b1").or(captures.name("n1"))?.start();
    let before = text[..first].chars().next_back();
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/')) && range.start == first {
        return None;
    }
    let number = |name: &str| minor_units(captures.name(name)?.as_str(), money);
    if !money && is_measured(&text[range.end..], text[..range.end].chars().next_back()) {
        return None;
    }
    let one = number("n1")?;
    // A small number without a sign of money counts something else more often.
    let least = if pattern.kind == Kind::Min { 100 } else { 10 };
    if !money && one < least * 100 {
        return None;
    }
    let (min, max) = match pattern.kind {
        Kind::Range => {
            let other = number("n2")?;
            (Some(one.min(other)), Some(one.max(other)))
        }
        Kind::Max => (None, Some(one)),
        Kind::Min => (Some(one), None),
        Kind::About => {
            let far = (one as f64 * ABOUT) as i64;
            (Some(one - far), Some(one + far))
        }
    };
    Some(PricePhrase { range, min, max })
}

/// Whether what follows a number without a sign of money makes it a measure, a share or part of a word.
fn is_measured(after: &str, last: Option<char>) -> bool {
    let open = last.is_some_and(|c| c.is_ascii_digit());
    let word = after.trim_start();
    let next: String = word.chars().take_while(|c| c.is_alphanumeric()).collect();
    let touches =
        open && after.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '%' | '"' | '\'' | '.'));
    touches
        || word.starts_with(['%', '°'])
        || (open && UNITS.iter().any(|unit| next == *unit || (!unit.is_ascii() && next.starts_with(unit))))
}

/// A sum of money in minor units; `k` stands for thousands only where a sign of money says so.
fn minor_units(text: &str, money: bool) -> Option<i64> {
    let text = text.trim();
    let scaled = |suffix: char, factor: f64| Some(text.strip_suffix(suffix)?.parse::<f64>().ok()? * factor);
    let value = text
        .parse::<f64>()
        .ok()
        .or_else(|| scaled('百', 100.0))
        .or_else(|| scaled('千', 1_000.0))
        .or_else(|| scaled('万', 10_000.0))
        .or_else(|| scaled('k', 1_000.0).filter(|_| money))
        .or_else(|| chinese(text).filter(|number| money || *number >= 100).map(|number| number as f64))?;
    let minor = (value * 100.0).round();
    (minor >= 0.0 && minor <= limits::PRICE as f64).then_some(minor as i64)
}

/// A number in Chinese characters: 五百, 一千二百, 两万.
fn chinese(text: &str) -> Option<i64> {
    let (mut total, mut section, mut digit) = (0_i64, 0_i64, None);
    for c in text.chars() {
        match c {
            '零' => {}
            '一' => digit = Some(1),
            '二' | '两' => digit = Some(2),
            '三' => digit = Some(3),
            '四' => digit = Some(4),
            '五' => digit = Some(5),
            '六' => digit = Some(6),
            '七' => digit = Some(7),
            '八' => digit = Some(8),
            '九' => digit = Some(9),
            '十' => section += digit.take().unwrap_or(1) * 10,
            '百' => section += digit.take()? * 100,
            '千' => section += digit.take()? * 1_000,
            '万' => {
                total += (section + digit.take().unwrap_or(0)) * 10_000;
                section = 0;
            }
            _ => return None,
        }
    }
    let number = total + section + digit.unwrap_or(0);
    (number > 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_in_both_languages() {
        for (query, phrase, min, max) in [
            ("跑步鞋 500元以内", "500元以内", None, Some(500)),
            ("￥５００以下 耳机", "￥５００以下", None, Some(500)),
            ("200-300元 台灯", "200-300元", Some(200), Some(300)),
            ("耳机 ¥200～¥300", "¥200～¥300", Some(200), Some(300)),
            ("两百到三百块的茶", "两百到三百块", Some(200), Some(300)),
            ("1,000元以上电脑", "1,000元以上", Some(1_000), None),
            ("不超过1.5万 笔记本", "不超过1.5万", None, Some(15_000)),
            ("五百元以内的鞋", "五百元以内", None, Some(500)),
            ("running shoes for men under 500", "under 500", None, Some(500)),
            ("laptop below $1,200", "below $1,200", None, Some(1_200)),
            ("tea between 10 and 20 yuan", "between 10 and 20 yuan", Some(10), Some(20)),
            ("headphones over 99.5 euros", "over 99.5 euros", Some(99), None),
            ("500元左右的耳机", "500元左右", Some(400), Some(600)),
            ("300块钱以下", "300块钱以下", None, Some(300)),
        ] {
            let found = find(query).unwrap_or_else(|| panic!("{query}"));
            assert_eq!(&query[found.range.clone()], phrase, "{query}");
            assert_eq!((found.min.map(|price| price / 100), found.max.map(|price| price / 100)), (min, max), "{query}");
        }
    }

    #[test]
    fn sizes_models_and_measures_are_no_prices() {
        for query in [
            "鞋 38-40",
            "dv7-1211ea",
            "wf500",
            "500",
            "17寸以内 屏幕",
            "under 500 g",
            "under 500g tea",
            "20000mAh以上 充电宝",
            "小米14",
            "iphone 15 pro",
            "不超过5公斤的箱子",
            "iphone 15 pro max 256",
            "at least 4 usb ports",
            "over 50% off",
            "up to 30 hours",
            "1-2 人帐篷",
            "2000-2024",
            "最多 3 天",
            "",
        ] {
            assert_eq!(find(query), None, "{query}");
        }
    }
}
