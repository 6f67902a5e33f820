//! Parts of scores by their machine names, for people.

use alluvium_domain::{Contribution, Lang};

use super::{Text, tags};

/// What a person reads for a part: the word itself, or what the rule or relation means.
pub(crate) fn name(part: &Contribution, lang: Lang) -> String {
    let text = match part.feature.as_str() {
        "rule:title" => Text::new("名称完全一致", "exact name"),
        "rule:language" => Text::new("语言相符", "same language"),
        "token:ends" => Text::new("句首与句尾", "sentence ends"),
        "sequence" => Text::new("浏览次序（序列模型）", "order of the history (sequence model)"),
        "cosine" => Text::new("整段意思相近", "close in meaning"),
        "link" => Text::new("互相链接", "linked"),
        feature => {
            return if let Some(tag) = feature.strip_prefix("tag:") {
                lang.pick("标签：", "tag: ").to_owned() + &tags::name(tag, lang)
            } else if feature.starts_with("read:") {
                lang.pick("读过：", "read: ").to_owned() + &part.value
            } else {
                part.value.clone()
            };
        }
    };
    text.of(lang).to_owned()
}

/// Between a feature and its name in an address.
const SEPARATOR: char = '~';

/// A feature for an address, with its name: what is switched off has no other place to say what it was called.
pub(crate) fn labelled(feature: &str, name: &str) -> String {
    format!("{feature}{SEPARATOR}{name}")
}

/// A feature and its name from an address.
pub(crate) fn unlabelled(text: &str) -> (&str, &str) {
    text.split_once(SEPARATOR).unwrap_or((text, text))
}
