//! The layer that each tag of the starting content has on the map of topics.
//! A tag that is not here is in the last layer.

use alluvium_domain::Lang;
use alluvium_domain::entry::tag_name;

use super::Text;

/// The layers of the map, from the surface that people touch to the bedrock below.
pub(crate) const LAYERS: [Text; 6] = [
    Text::new("应用", "Applications"),
    Text::new("召回与排序", "Retrieval and ranking"),
    Text::new("用户与商品", "People and products"),
    Text::new("评估与解释", "Evaluation and explanation"),
    Text::new("模型基础", "Foundations"),
    Text::new("工具与其他", "Tools and more"),
];

const TAGS: &[(&str, usize)] = &[
    ("recommendation", 0),
    ("advertising", 0),
    ("marketing", 0),
    ("market-analysis", 0),
    ("customer-service", 0),
    ("sentiment", 0),
    ("case-study", 0),
    ("commerce", 0),
    ("retrieval", 1),
    ("ranking", 1),
    ("search", 1),
    ("click-model", 1),
    ("serving", 1),
    ("user-modelling", 2),
    ("product-modelling", 2),
    ("multimodal", 2),
    ("privacy", 2),
    ("federated", 2),
    ("evaluation", 3),
    ("explainability", 3),
    ("data", 3),
    ("closed-loop", 3),
    ("large-models", 4),
    ("pretraining", 4),
    ("fine-tuning", 4),
    ("transfer", 4),
    ("multi-task", 4),
    ("guide", 5),
    ("tools", 5),
    ("papers", 5),
    ("faq", 5),
];

/// What a tag is called in a language.
pub(crate) fn name(tag: &str, lang: Lang) -> String {
    tag_name(tag, lang).to_owned()
}

/// The layer of a tag.
pub(crate) fn layer(tag: &str) -> usize {
    TAGS.iter().find(|(code, _)| *code == tag).map_or(LAYERS.len() - 1, |(_, layer)| *layer)
}
