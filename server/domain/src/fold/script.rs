//! Traditional characters to simplified ones, one for one.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Characters that ordinary simplified texts have as they are (`著名`, `覆盖`, `慰藉`): the word that they stand in decides, so they stay.
const BOTH: &str = "著藉覆";

static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let characters = ('\u{3400}'..='\u{9fff}').filter(|c| !BOTH.contains(*c));
    let pairs = characters.filter_map(|c| Some((c, fast2s::convert(c.encode_utf8(&mut [0; 4])).chars().next()?)));
    pairs.filter(|(from, to)| from != to).collect()
});

/// The simplified form of a character; any other is itself.
pub(super) fn simplified(c: char) -> char {
    if ('\u{3400}'..='\u{9fff}').contains(&c) { SIMPLIFIED.get(&c).copied().unwrap_or(c) } else { c }
}
