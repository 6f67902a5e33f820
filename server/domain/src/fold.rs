//! How texts are compared: one form for what people write in several.
//!
//! Folding makes full-width and half-width, composed and decomposed letters one (NFKC), drops accents of Latin and Greek letters, makes traditional
//! characters simplified, drops case, and takes the separators out of grouped numbers (`10,000` to `10000`). It is used wherever a text is indexed,
//! looked for or compared, so that no two places differ; what is shown and kept is the text as it was written.

mod number;
mod script;

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

pub use number::{decimal, whole};
use script::simplified;

/// A folded text that knows where each part of it stands in the text as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The text to compare.
    pub text: String,
    /// For each piece of it: where it begins, and where its source begins and ends, in bytes. Empty where both are the same byte by byte.
    pieces: Vec<(usize, usize, usize)>,
}

/// One character of the result with the bytes of its source.
#[derive(Debug, Clone, Copy)]
struct Piece {
    c: char,
    from: usize,
    to: usize,
}

/// Stands for a space that may group digits, until groups have been looked for.
const GROUPING_SPACE: char = '\u{202f}';

impl Folded {
    /// Folds a text.
    pub fn of(text: &str) -> Folded {
        // What is ordinary in every respect, as most English is, needs no table.
        if text.is_ascii() && !has_group(text.as_bytes()) {
            return Folded { text: text.to_ascii_lowercase(), pieces: Vec::new() };
        }
        let mut pieces = Vec::with_capacity(text.len());
        let mut chars = text.char_indices().peekable();
        while let Some((from, first)) = chars.next() {
            let mut to = from + first.len_utf8();
            while let Some((at, next)) = chars.next_if(|(_, next)| goes_with_the_one_before(*next)) {
                to = at + next.len_utf8();
            }
            fold_cluster(&text[from..to], from, &mut pieces);
        }
        ungroup(&mut pieces);
        let mut folded = Folded { text: String::with_capacity(text.len()), pieces: Vec::with_capacity(pieces.len()) };
        for Piece { c, from, to } in pieces {
            folded.pieces.push((folded.text.len(), from, to));
            folded.text.push(if c == GROUPING_SPACE { ' ' } else { c });
        }
        folded
    }

    /// The bytes of the source that a range of the folded text stands for.
    pub fn source(&self, range: Range<usize>) -> Range<usize> {
        if self.pieces.is_empty() {
            return range;
        }
        let piece = |at: usize| self.pieces.partition_point(|(start, ..)| *start <= at).saturating_sub(1);
        let (first, last) = (piece(range.start), piece(range.end.max(range.start + 1) - 1));
        let start = self.pieces[first].1;
        start..self.pieces[last].2.max(start)
    }
}

/// A folded text.
pub fn fold(text: &str) -> String {
    Folded::of(text).text
}

/// A folded name, title or query: without white space at the ends, one space between words.
pub fn name(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two names are one.
pub fn same_name(one: &str, other: &str) -> bool {
    one == other || name(one) == name(other)
}

/// The same text in composed letters (NFC), without what nobody sees: what is kept of a value that is compared exactly.
pub fn composed(text: &str) -> String {
    if text.is_ascii() {
        text.to_owned()
    } else {
        text.nfc().filter(|c| !matches!(c, '\u{feff}' | '\u{200b}')).collect()
    }
}

/// The same text with one line feed for each end of a line, as browsers (CR LF) and old programs (CR) write it.
pub fn line_breaks(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Marks, the second half of Korean syllables, and the marks of half-width kana.
fn goes_with_the_one_before(c: char) -> bool {
    !c.is_ascii() && (is_combining_mark(c) || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}'))
}

fn fold_cluster(cluster: &str, from: usize, pieces: &mut Vec<Piece>) {
    let to = from + cluster.len();
    let fraction = matches!(cluster.chars().next(), Some('¼'..='¾' | '⅐'..='⅞'));
    if fraction && pieces.last().is_some_and(|piece| piece.c.is_ascii_digit()) {
        pieces.push(Piece { c: ' ', from, to });
    }
    let mut push = |c: char| pieces.push(Piece { c, from, to });
    if let [byte] = cluster.as_bytes() {
        return push(char::from(byte.to_ascii_lowercase()));
    }
    match cluster {
        "\u{a0}" | "\u{2007}" | "\u{2009}" | "\u{202f}" => return push(GROUPING_SPACE),
        "™" | "℠" => return push(' '),
        _ => {}
    }
    let mut kept = String::new();
    let mut base = ' ';
    for c in cluster.nfkd() {
        if canonical_combining_class(c) == 0 {
            base = c;
        } else if has_accents(base) {
            continue;
        }
        kept.push(c);
    }
    for c in kept.nfc() {
        match c {
            // What nobody sees.
            '\u{200b}'..='\u{200d}'
            | '\u{2060}'
            | '\u{feff}'
            | '\u{ad}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0100}'..='\u{e01ef}' => {}
            'ß' => ['s', 's'].into_iter().for_each(&mut push),
            'æ' | 'Æ' => ['a', 'e'].into_iter().for_each(&mut push),
            'œ' | 'Œ' => ['o', 'e'].into_iter().for_each(&mut push),
            'ø' | 'Ø' => push('o'),
            'ł' | 'Ł' => push('l'),
            'đ' | 'Đ' | 'ð' | 'Ð' => push('d'),
            'ı' => push('i'),
            '⁄' => push('/'),
            '\u{2010}' | '\u{2212}' => push('-'),
            '’' | '‘' => push('\''),
            c => simplified(c).to_lowercase().for_each(&mut push),
        }
    }
}

/// Whether marks on a letter are accents that people leave out.
fn has_accents(base: char) -> bool {
    base.is_ascii_alphabetic()
        || matches!(base, '\u{a0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}' | ' ')
}

/// Characters that group the digits of a number by three.
fn is_separator(c: char) -> bool {
    matches!(c, ',' | '\'' | '٬' | GROUPING_SPACE)
}

/// Whether ASCII text may have a grouped number.
fn has_group(text: &[u8]) -> bool {
    text.windows(3)
        .any(|three| three[0].is_ascii_digit() && matches!(three[1], b',' | b'\'') && three[2].is_ascii_digit())
}

/// Takes the separators out of grouped numbers: one to three digits, not beginning with 0, then groups of three behind one kind of separator.
fn ungroup(pieces: &mut Vec<Piece>) {
    let digits = |from: usize| pieces[from..].iter().take_while(|piece| piece.c.is_ascii_digit()).count();
    let mut gone = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let first = digits(at);
        if first == 0 {
            at += 1;
            continue;
        }
        let before = at.checked_sub(1).map(|before| pieces[before].c);
        let mut end = at + first;
        let mut separators = Vec::new();
        let leads = first <= 3 && pieces[at].c != '0' && !before.is_some_and(|c| c == '.' || is_separator(c));
        while leads
            && let Some(separator) = pieces.get(end).filter(|piece| is_separator(piece.c))
            && separators.last().is_none_or(|last: &usize| pieces[*last].c == separator.c)
            && digits(end + 1) == 3
        {
            separators.push(end);
            end += 4;
        }
        // `1,200,5` is a list, not a number.
        let goes_on = pieces.get(end).is_some_and(|piece| is_separator(piece.c)) && digits(end + 1) > 0;
        if !goes_on {
            gone.append(&mut separators);
        }
        at = end;
    }
    let mut gone = gone.into_iter().peekable();
    let mut place = 0;
    pieces.retain(|_| {
        let keep = gone.next_if_eq(&place).is_none();
        place += 1;
        keep
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_several_ways_is_one() {
        for (written, folded) in [
            ("ＮＤＣＧ＠１０", "ndcg@10"),
            ("ＡＢ１２３　小米１４", "ab123 小米14"),
            ("Café Cafe\u{301} CAFÉ", "cafe cafe cafe"),
            ("naïve résumé jalapen\u{303}o Ångström", "naive resume jalapeno angstrom"),
            ("Straße Łódź Æsir smørbrød İstanbul", "strasse lodz aesir smorbrod istanbul"),
            ("推薦系統與檢索", "推荐系统与检索"),
            ("著名 覆盖 慰藉 特徵", "著名 覆盖 慰藉 特征"),
            ("ｶﾞｷﾞｸﾞ ガ カ\u{3099}", "ガギグ ガ ガ"),
            ("한국 \u{1112}\u{1161}\u{11ab}", "한국 한"),
            ("10,000mAh 1,200 W 1,234,567.89", "10000mah 1200 w 1234567.89"),
            ("１，０００ 1\u{a0}000 1\u{202f}000 1'000", "1000 1000 1000 1000"),
            ("1,5 kg 4,50 0,123 1,2345 12,34", "1,5 kg 4,50 0,123 1,2345 12,34"),
            ("1,5,200 1,200,5 3.1,200 1000,200", "1,5,200 1,200,5 3.1,200 1000,200"),
            ("½ 1½ ㎡ ℃ ² ① № Acme™", "1/2 1 1/2 m2 °c 2 1 no acme "),
            ("dv7‑1211ea user’s −5", "dv7-1211ea user's -5"),
            ("a\u{200b}b\u{ad}c\u{feff}", "abc"),
            ("й ё", "й ё"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
            assert_eq!(fold(folded), folded, "folding again changes nothing");
        }
        assert!(same_name("  Click　Model ", "click model") && !same_name("10mAh", "10,000mAh"));
    }

    #[test]
    fn every_part_knows_its_source() {
        let text = "Ａ café １０,０００ｍ 推薦 ½";
        let folded = Folded::of(text);
        let source = |part: &str| {
            let at = folded.text.find(part).unwrap_or_else(|| panic!("{part} in {}", folded.text));
            &text[folded.source(at..at + part.len())]
        };
        for (part, written) in [
            ("a", "Ａ"),
            ("cafe", "café"),
            ("10000", "１０,０００"),
            ("m", "ｍ"),
            ("推荐", "推薦"),
            ("1/2", "½"),
            ("/", "½"),
        ] {
            assert_eq!(source(part), written);
        }
        let plain = Folded::of("Plain words");
        assert_eq!(plain.source(6..11), 6..11);
    }

    #[test]
    fn odd_text_is_no_panic() {
        for odd in
            ["", "\u{301}", "\u{301}\u{302}", "1,", ",1", "1,000,", "'", "１，", "\u{feff}", "🙂\u{fe0f}", "\u{ff9e}"]
        {
            let folded = Folded::of(odd);
            for at in 0..=folded.text.len() {
                folded.source(at..folded.text.len());
            }
        }
    }
}
