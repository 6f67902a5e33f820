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

/// A length of time: `42 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn duration(seconds: i64, lang: Lang) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match lang {
        Lang::Zh if hours > 0 => format!("{hours} 小时 {} 分", minutes % 60),
        Lang::Zh if minutes > 0 => format!("{minutes} 分 {} 秒", seconds % 60),
        Lang::Zh => format!("{seconds} 秒"),
        Lang::En if hours > 0 => format!("{hours} h {} min", minutes % 60),
        Lang::En if minutes > 0 => format!("{minutes} min {} s", seconds % 60),
        Lang::En => format!("{seconds} s"),
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
