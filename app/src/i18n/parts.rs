//! Parts of scores by their machine names, for people.

use alluvium_domain::shop::RankGroup;
use alluvium_domain::{Contribution, Lang};

use super::{Text, tags};

/// What a person reads for a part: the word itself, or what the rule or relation means.
pub(crate) fn name(part: &Contribution, lang: Lang) -> String {
    let text = match part.feature.as_str() {
        "rule:title" => Text::new("名称完全一致", "exact name"),
        "rule:language" => Text::new("语言相符", "same language"),
        "token:ends" => Text::new("整句", "whole sentence"),
        "sequence" => Text::new("浏览次序（序列模型）", "order of the history (sequence model)"),
        "cosine" => Text::new("整段意思相近", "close in meaning"),
        "link" => Text::new("互相链接", "linked"),
        "coverage" => {
            return lang.pick("查询词出现的比例：", "share of the words that occur: ").to_owned() + &part.value;
        }
        "phrase" => return lang.pick("标题里连着出现：", "side by side in the title: ").to_owned() + &part.value,
        "title-length" => return lang.pick("标题词数：", "words of the title: ").to_owned() + &part.value,
        "description-length" => return lang.pick("描述词数：", "words of the description: ").to_owned() + &part.value,
        "price" => return lang.pick("价格：", "price: ").to_owned() + &part.value,
        "attributes" => return lang.pick("属性数：", "attributes: ").to_owned() + &part.value,
        "year" => return lang.pick("上市年份：", "year of release: ").to_owned() + &part.value,
        "alike" => {
            return lang.pick("与最匹配的商品相近：", "close to the products that match best: ").to_owned()
                + &part.value;
        }
        "same-kind" => {
            return lang.pick("与最匹配的商品同类：", "of the kind of the products that match best: ").to_owned()
                + &part.value;
        }
        "popularity" => {
            return lang.pick("被浏览、加购、购买的次数：", "views, carts and purchases: ").to_owned() + &part.value;
        }
        feature if let Some(field) = product_field(feature) => {
            return match lang {
                Lang::Zh => format!("{}（{}）", part.value, field.of(lang)),
                Lang::En => format!("{} ({})", part.value, field.of(lang)),
            };
        }
        feature if feature.starts_with("group:") => {
            return match RankGroup::find(feature) {
                Some(group) => group.label().text(lang).to_owned(),
                None => part.value.clone(),
            };
        }
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

/// The field of a product that a word was found in.
fn product_field(feature: &str) -> Option<Text> {
    let (field, _) = feature.split_once(':')?;
    Some(match field {
        "text" => Text::new("标题、描述或品牌", "title, description or brand"),
        "title" => Text::new("标题", "title"),
        "brand" => Text::new("品牌", "brand"),
        "kind" => Text::new("类目或属性", "category or attributes"),
        "description" => Text::new("描述", "description"),
        "code" => Text::new("型号或编号", "model or article number"),
        _ => return None,
    })
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
