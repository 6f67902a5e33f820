//! Names of the tags that the starting content uses, and the layer that each has on the map of topics.
//! A tag that is not here shows as it is written, in the last layer.

use alluvium_domain::Lang;

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

const TAGS: &[(&str, usize, Text)] = &[
    ("recommendation", 0, Text::new("推荐", "recommendation")),
    ("advertising", 0, Text::new("广告", "advertising")),
    ("marketing", 0, Text::new("营销", "marketing")),
    ("market-analysis", 0, Text::new("市场分析", "market analysis")),
    ("customer-service", 0, Text::new("客服", "customer service")),
    ("sentiment", 0, Text::new("情感与舆情", "sentiment")),
    ("case-study", 0, Text::new("案例", "case study")),
    ("commerce", 0, Text::new("电商", "commerce")),
    ("retrieval", 1, Text::new("召回", "retrieval")),
    ("ranking", 1, Text::new("排序", "ranking")),
    ("search", 1, Text::new("搜索", "search")),
    ("click-model", 1, Text::new("点击模型", "click model")),
    ("serving", 1, Text::new("在线服务", "serving")),
    ("user-modelling", 2, Text::new("用户建模", "user modelling")),
    ("product-modelling", 2, Text::new("商品建模", "product modelling")),
    ("multimodal", 2, Text::new("多模态", "multimodal")),
    ("privacy", 2, Text::new("隐私", "privacy")),
    ("federated", 2, Text::new("联邦学习", "federated")),
    ("evaluation", 3, Text::new("评估", "evaluation")),
    ("explainability", 3, Text::new("可解释性", "explainability")),
    ("data", 3, Text::new("数据", "data")),
    ("closed-loop", 3, Text::new("闭环", "closed loop")),
    ("large-models", 4, Text::new("大模型", "large models")),
    ("pretraining", 4, Text::new("预训练", "pretraining")),
    ("fine-tuning", 4, Text::new("微调", "fine-tuning")),
    ("transfer", 4, Text::new("迁移学习", "transfer")),
    ("multi-task", 4, Text::new("多任务", "multi-task")),
    ("guide", 5, Text::new("指南", "guide")),
    ("tools", 5, Text::new("工具", "tools")),
    ("papers", 5, Text::new("论文", "papers")),
    ("faq", 5, Text::new("常见问题", "FAQ")),
];

/// What a tag is called in a language.
pub(crate) fn name(tag: &str, lang: Lang) -> String {
    find(tag).map_or_else(|| tag.to_owned(), |(_, _, text)| text.of(lang).to_owned())
}

/// The layer of a tag.
pub(crate) fn layer(tag: &str) -> usize {
    find(tag).map_or(LAYERS.len() - 1, |(_, layer, _)| *layer)
}

fn find(tag: &str) -> Option<&'static (&'static str, usize, Text)> {
    TAGS.iter().find(|(slug, _, _)| *slug == tag)
}
