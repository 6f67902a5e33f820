//! What East Asian typography asks of a character: its width, its script, whether it is punctuation.

use icu_properties::props::{EastAsianWidth, EmojiPresentation, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

fn width(c: char) -> EastAsianWidth {
    CodePointMapData::<EastAsianWidth>::new().get(c)
}

/// Whether a character is as wide as a Chinese one, or the narrow form of one that is.
pub(super) fn is_wide(c: char) -> bool {
    !c.is_ascii() && matches!(width(c), EastAsianWidth::Wide | EastAsianWidth::Fullwidth | EastAsianWidth::Halfwidth)
}

/// Whether a character is written in Hangul, which has spaces between words.
pub(super) fn is_hangul(c: char) -> bool {
    !c.is_ascii() && CodePointMapData::<Script>::new().get(c) == Script::Hangul
}

/// Whether a character is Chinese, Japanese or Korean, punctuation included, for the rules of emphasis; emoji are not.
pub(super) fn is_east_asian(c: char) -> bool {
    !c.is_ascii() && (is_wide(c) || is_hangul(c)) && !CodePointSetData::new::<EmojiPresentation>().contains(c)
}

/// Punctuation and symbols, as CommonMark counts them.
pub(super) fn is_punctuation(c: char) -> bool {
    let group = GeneralCategoryGroup::Punctuation.union(GeneralCategoryGroup::Symbol);
    if c.is_ascii() {
        c.is_ascii_punctuation()
    } else {
        group.contains(CodePointMapData::<GeneralCategory>::new().get(c))
    }
}

/// Punctuation that Chinese shares with other scripts, so that its width depends on its neighbours: `“”‘’…—·`.
pub(super) fn is_shared_punctuation(c: char) -> bool {
    !c.is_ascii() && width(c) == EastAsianWidth::Ambiguous && is_punctuation(c)
}

/// A selector of a form of the character before it; that of emoji is none.
pub(super) fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0e}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_what_unicode_says() {
        for c in "中。，（）《》「」、！ｱ｡〇한あ・　Ａ".chars() {
            assert!(is_east_asian(c), "{c}");
        }
        for c in "a1*~“”…—·🎉é".chars() {
            assert!(!is_east_asian(c), "{c}");
        }
        assert!("。，）“”…$+*｡".chars().all(is_punctuation));
        assert!(!"中a1é한ｱ\u{fe00}\u{e000}".chars().any(is_punctuation));
        assert!("“”‘’…—·".chars().all(is_shared_punctuation));
        assert!(is_hangul('한') && is_hangul('ﾡ') && !is_hangul('中'));
    }
}
