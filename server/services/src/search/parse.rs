//! The query language: words, `"phrases"`, `filter:value`.

use alluvium_domain::entry::canonical_tag;
use alluvium_domain::fold;
use alluvium_domain::search::{Filter, ParsedQuery};
use time::Date;
use time::macros::format_description;

/// Takes a query apart. Never fails: what cannot be read is kept in `unknown` and shown.
pub(crate) fn parse(query: &str) -> ParsedQuery {
    let mut parsed = ParsedQuery::default();
    let mut words: Vec<String> = Vec::new();
    for piece in pieces(query) {
        match piece {
            Piece::Phrase(text) if text.trim().is_empty() => {}
            Piece::Phrase(text) => parsed.phrases.push(text),
            Piece::Word(word) => match filter(&word) {
                Some(Ok(filter)) => parsed.filters.push(filter),
                Some(Err(())) => parsed.unknown.push(word),
                None => words.push(word),
            },
        }
    }
    parsed.text = words.join(" ");
    parsed
}

/// Marks around a phrase, as keyboards and input methods give them.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '＂' | '「' | '」')
}

enum Piece {
    Word(String),
    Phrase(String),
}

/// Cuts at white space, but not inside quotes. A quote right after a digit is an inch mark (`17"`).
fn pieces(query: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut word = String::new();
    let mut chars = query.chars().peekable();
    while let Some(c) = chars.next() {
        let quote = is_quote(c) && !word.ends_with(char::is_numeric);
        if quote && (word.is_empty() || word.ends_with([':', '：'])) {
            let mut inner = String::new();
            for c in chars.by_ref() {
                if is_quote(c) {
                    break;
                }
                inner.push(c);
            }
            if word.is_empty() {
                pieces.push(Piece::Phrase(inner));
            } else {
                word.push_str(&inner);
                pieces.push(Piece::Word(std::mem::take(&mut word)));
            }
        } else if c.is_whitespace() || c == '\0' {
            if !word.is_empty() {
                pieces.push(Piece::Word(std::mem::take(&mut word)));
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        pieces.push(Piece::Word(word));
    }
    pieces
}

/// None: not a filter. Some(Err): a filter whose value cannot be read.
fn filter(word: &str) -> Option<Result<Filter, ()>> {
    let (name, value) = word.split_once([':', '：'])?;
    let (value, folded) = (value.trim(), fold::name(value));
    let read = match fold::name(name).as_str() {
        "type" => folded.parse().map(Filter::Type),
        "tag" if !value.is_empty() => Ok(Filter::Tag(canonical_tag(value))),
        "author" if !value.is_empty() => Ok(Filter::Author(value.to_owned())),
        "after" => date(&folded).map(Filter::After),
        "before" => date(&folded).map(Filter::Before),
        "lang" => folded.parse().map(Filter::Lang),
        "state" => folded.parse().map(Filter::State),
        "tag" | "author" => Err(()),
        _ => return None,
    };
    Some(read)
}

fn date(text: &str) -> Result<Date, ()> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use alluvium_domain::{EntryKind, Lang};

    use super::*;

    #[test]
    fn words_phrases_and_filters_are_told_apart() {
        let parsed =
            parse("type:article 点击 \"position bias\" tag:Ranking author:\"Mei Li\" lang:en 17\" after:never foo:bar");
        assert_eq!(parsed.text, "点击 17\" foo:bar");
        assert_eq!(parsed.phrases, ["position bias"]);
        assert_eq!(
            parsed.filters,
            [
                Filter::Type(EntryKind::Article),
                Filter::Tag("ranking".into()),
                Filter::Author("Mei Li".into()),
                Filter::Lang(Lang::En)
            ]
        );
        assert_eq!(parsed.unknown, ["after:never"]);
        let parsed = parse("ｔａｇ：Ｒａｎｋｉｎｇ ＂位置 偏差＂ after:２０２６-０１-０２");
        assert_eq!(parsed.phrases, ["位置 偏差"]);
        assert_eq!(parsed.filters[0], Filter::Tag("ranking".into()));
        assert_eq!((parsed.filters.len(), parsed.unknown.len()), (2, 0));
    }

    #[test]
    fn nothing_is_too_odd() {
        for odd in ["", "\"", "\"\"\"", ":", "type:", "：：", "a\0b", "🙂"] {
            parse(odd);
        }
    }
}
