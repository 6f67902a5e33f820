//! Numbers, dates and counted things.

use alluvium_domain::Lang;
use time::OffsetDateTime;
use time::macros::format_description;

/// A day, `2026-03-01` (UTC).
pub(crate) fn day(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
}

/// A moment, `2026-03-01 08:30` (UTC).
pub(crate) fn moment(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day] [hour]:[minute]")).unwrap_or_default()
}

/// A moment for the `datetime` attribute.
pub(crate) fn machine(at: OffsetDateTime) -> String {
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// A signed amount with a real minus sign: `+1.234`, `−0.120`.
pub(crate) fn signed(amount: f64) -> String {
    let text = format!("{:.3}", amount.abs());
    if text.bytes().all(|byte| byte == b'0' || byte == b'.') {
        text
    } else if amount < 0.0 {
        format!("−{text}")
    } else {
        format!("+{text}")
    }
}

/// A plain amount with a real minus sign.
pub(crate) fn amount(amount: f64) -> String {
    signed(amount).trim_start_matches('+').to_owned()
}

/// A signed amount of a probability, four decimals: `+0.0123`.
pub(crate) fn fine(amount: f64) -> String {
    let text = format!("{:.4}", amount.abs());
    let sign = match amount {
        _ if text.bytes().all(|byte| byte == b'0' || byte == b'.') => "",
        amount if amount < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{text}")
}

/// A probability, four decimals, without a plus sign.
pub(crate) fn probability(value: f64) -> String {
    fine(value).trim_start_matches('+').to_owned()
}

/// A measured value as it is, in about five digits: `0.0831`, `1234.5`, `3.200e-7`, `NaN`, `∞`.
pub(crate) fn measure(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if value.is_nan() => "NaN".to_owned(),
        _ if value.is_infinite() => "∞".to_owned(),
        _ if size == 0.0 => "0".to_owned(),
        size if !(1e-4..1e9).contains(&size) => format!("{size:.3e}"),
        size if size.fract() == 0.0 => format!("{size:.0}"),
        size if size >= 1000.0 => format!("{size:.1}"),
        size if size >= 10.0 => format!("{size:.2}"),
        size => format!("{size:.4}"),
    };
    if value < 0.0 { format!("−{text}") } else { text }
}

/// A number as it was given where that is short, else as [`measure`] has it: nobody is told more digits than there were.
pub(crate) fn figure(value: f64) -> String {
    let text = value.abs().to_string();
    match text.len() {
        ..=6 if value.is_finite() => format!("{}{text}", if value < 0.0 { "−" } else { "" }),
        _ => measure(value),
    }
}

/// How many decimals the [`figure`]s of some values have at most.
pub(crate) fn decimals(values: impl IntoIterator<Item = f64>) -> usize {
    values.into_iter().filter_map(|value| written_decimals(&figure(value))).max().unwrap_or(0)
}

/// A [`figure`] with zeros at its end, so that it stands below others with so many decimals.
pub(crate) fn aligned(value: f64, decimals: usize) -> String {
    let text = figure(value);
    match written_decimals(&text) {
        Some(own) if own < decimals => {
            let point = if own == 0 { "." } else { "" };
            format!("{text}{point}{}", "0".repeat(decimals - own))
        }
        _ => text,
    }
}

/// None for what has an exponent or is no number.
fn written_decimals(text: &str) -> Option<usize> {
    if text.chars().any(char::is_alphabetic) || text.contains('∞') {
        return None;
    }
    Some(text.split_once('.').map_or(0, |(_, decimals)| decimals.len()))
}

/// How many values were read.
pub(crate) fn values(number: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("读到 {number} 个值"),
        Lang::En => format!("{number} values"),
    }
}

/// How many changes of a page wait for a reviewer.
pub(crate) fn proposals_waiting(number: usize, lang: Lang) -> String {
    match (lang, number) {
        (Lang::Zh, _) => format!("有 {number} 份对这一页的修改等待审核："),
        (Lang::En, 1) => "One change to this page is waiting for review:".to_owned(),
        (Lang::En, _) => format!("{number} changes to this page are waiting for review:"),
    }
}

/// A whole number with commas between thousands, from five digits on.
pub(crate) fn count(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    if digits.len() < 5 {
        return value.to_string();
    }
    let mut text = if value < 0 { "−".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How long something took, to the second: `3 h 2 min`, `41 s`, `0.3 s`.
pub(crate) fn duration(took: time::Duration, lang: Lang) -> String {
    let seconds = took.whole_seconds();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match seconds {
        ..10 => format!("{:.1} {}", took.as_seconds_f64().max(0.0), lang.pick("秒", "s")),
        10..60 => format!("{seconds} {}", lang.pick("秒", "s")),
        60..3600 => format!("{minutes} {} {} {}", lang.pick("分", "min"), seconds % 60, lang.pick("秒", "s")),
        _ => format!("{hours} {} {minutes} {}", lang.pick("小时", "h"), lang.pick("分", "min")),
    }
}

/// How many runs groups are made of.
pub(crate) fn grouped(runs: usize, total: i64, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("由符合条件的 {total} 个运行中的 {runs} 个分组而成。"),
        Lang::En => format!("Groups of {runs} of the {total} runs that fulfil the filter."),
    }
}

/// How many parameters, metrics and tags are the same.
pub(crate) fn same(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("另有 {count} 项完全相同，未列出。"),
        Lang::En => format!("{count} more are the same in all and not listed."),
    }
}

/// Events that the newest version has not learned from.
pub(crate) fn unseen(count: i64, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("最新版本没见过的事件：{}", self::count(count)),
        Lang::En => format!("{} events that the newest version has not seen", self::count(count)),
    }
}

/// Events, pairs or texts that a version learned from.
pub(crate) fn learned(count: i64, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{} 个样本", self::count(count)),
        Lang::En => format!("{} examples", self::count(count)),
    }
}

/// A row of a card's figures.
pub(crate) fn figure_row(number: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("第 {number} 个"),
        Lang::En => format!("Figure {number}"),
    }
}

/// Versions that wait for a decision.
pub(crate) fn waiting(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{count} 个版本等待审批"),
        Lang::En => format!("{} for approval", plural(count, "version waits", "versions wait")),
    }
}

/// Events of a history.
pub(crate) fn events(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("历史里有 {count} 个事件"),
        Lang::En => format!("{} in the history", plural(count, "event", "events")),
    }
}

/// Products that are put in order.
pub(crate) fn candidates(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{count} 件商品参与排序"),
        Lang::En => format!("{} in order", plural(count, "product", "products")),
    }
}

/// A number of bytes: `1.2 MB`.
pub(crate) fn bytes(count: i64) -> String {
    let count = count as f64;
    let unit = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")].into_iter().find(|(size, _)| count >= *size);
    unit.map_or_else(|| format!("{count:.0} B"), |(size, unit)| format!("{:.1} {unit}", count / size))
}

/// A p value.
pub(crate) fn p(value: f64) -> String {
    if value < 0.0001 { "< 0.0001".to_owned() } else { format!("{value:.4}") }
}

pub(crate) fn minutes(count: u32, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("约 {count} 分钟读完"),
        Lang::En => format!("{count} min read"),
    }
}

pub(crate) fn articles(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{count} 篇文章"),
        Lang::En => plural(count, "article", "articles"),
    }
}

/// What a list of recommendations goes by.
pub(crate) fn by_reading(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("依据这个浏览器最近读过的 {count} 篇文章；记录只存在浏览器里。"),
        Lang::En => {
            let articles = plural(count, "article", "articles");
            format!("From the {articles} read last in this browser, which alone keeps the record.")
        }
    }
}

pub(crate) fn terms(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{count} 个术语"),
        Lang::En => plural(count, "term", "terms"),
    }
}

pub(crate) fn entries(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{count} 条"),
        Lang::En => plural(count, "entry", "entries"),
    }
}

pub(crate) fn revisions(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{count} 次修订"),
        Lang::En => plural(count, "revision", "revisions"),
    }
}

pub(crate) fn revision(number: i32, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("第 {number} 版"),
        Lang::En => format!("Revision {number}"),
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_column_stand_below_each_other() {
        let column = [0.71, 0.704, 1.0, f64::NAN, 8e-15];
        let decimals = decimals(column);
        assert_eq!(column.map(|value| aligned(value, decimals)), ["0.710", "0.704", "1.000", "NaN", "8.000e-15"]);
        assert_eq!(aligned(-3.5, 2), "−3.50");
    }

    #[test]
    fn thousands_are_apart_from_five_digits_on() {
        assert_eq!(
            [0, 2_400, 19_406, -200_000, 1_000_000].map(count),
            ["0", "2400", "19,406", "−200,000", "1,000,000"]
        );
    }
}
