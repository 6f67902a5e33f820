//! Tags with names of their own: typed by either name or by what people also say, each is the one tag.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::Lang;

/// A tag that the starting content uses.
struct NamedTag {
    /// As it is kept.
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    /// What people also type.
    also: &'static [&'static str],
}

const fn tag(code: &'static str, zh: &'static str, en: &'static str, also: &'static [&'static str]) -> NamedTag {
    NamedTag { code, zh, en, also }
}

const TAGS: &[NamedTag] = &[
    tag("recommendation", "推荐", "recommendation", &["推荐系统", "recommender", "recommendations"]),
    tag("advertising", "广告", "advertising", &["ads"]),
    tag("marketing", "营销", "marketing", &["个性化营销"]),
    tag("market-analysis", "市场分析", "market analysis", &[]),
    tag("customer-service", "客服", "customer service", &["智能客服", "customer support"]),
    tag("sentiment", "情感与舆情", "sentiment", &["情感", "舆情", "sentiment analysis"]),
    tag("case-study", "案例", "case study", &["案例研究", "case studies"]),
    tag("commerce", "电商", "commerce", &["电子商务", "e commerce"]),
    tag("retrieval", "召回", "retrieval", &["检索", "candidate generation"]),
    tag("ranking", "排序", "ranking", &["重排", "rank"]),
    tag("search", "搜索", "search", &["搜索引擎"]),
    tag("click-model", "点击模型", "click model", &["click models"]),
    tag("serving", "在线服务", "serving", &["在线推理"]),
    tag("user-modelling", "用户建模", "user modelling", &["用户画像", "user modeling"]),
    tag("product-modelling", "商品建模", "product modelling", &["product modeling"]),
    tag("multimodal", "多模态", "multimodal", &["multi modal"]),
    tag("privacy", "隐私", "privacy", &["隐私保护"]),
    tag("federated", "联邦学习", "federated", &["联邦", "federated learning"]),
    tag("evaluation", "评估", "evaluation", &["评测", "评价", "evaluate"]),
    tag("explainability", "可解释性", "explainability", &["可解释", "解释", "explanation", "explanations", "xai"]),
    tag("data", "数据", "data", &[]),
    tag("closed-loop", "闭环", "closed loop", &[]),
    tag("large-models", "大模型", "large models", &["大语言模型", "llm", "llms"]),
    tag("pretraining", "预训练", "pretraining", &["pre training"]),
    tag("fine-tuning", "微调", "fine-tuning", &["精调"]),
    tag("transfer", "迁移学习", "transfer", &["迁移", "transfer learning"]),
    tag("multi-task", "多任务", "multi-task", &["多任务学习", "multitask learning", "multi task learning"]),
    tag("guide", "指南", "guide", &["教程", "guides"]),
    tag("tools", "工具", "tools", &["tool"]),
    tag("papers", "论文", "papers", &["paper"]),
    tag("faq", "常见问题", "FAQ", &["问答", "frequently asked questions"]),
];

impl NamedTag {
    fn spellings(&self) -> impl Iterator<Item = &'static str> {
        [self.code, self.zh, self.en].into_iter().chain(self.also.iter().copied())
    }
}

/// How a tag is kept: a known one by its code, any other in lower case with hyphens for white space.
pub fn canonical_tag(typed: &str) -> String {
    static CODES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
        TAGS.iter().flat_map(|tag| tag.spellings().map(|spelling| (key(spelling), tag.code))).collect()
    });
    CODES.get(&key(typed)).map_or_else(|| written(typed), |code| (*code).to_owned())
}

/// Everything under which a tag may have been kept before it was known by its code.
pub fn tag_spellings(typed: &str) -> Vec<String> {
    let code = canonical_tag(typed);
    let known = TAGS.iter().find(|tag| tag.code == code);
    let mut spellings: Vec<String> = known.into_iter().flat_map(NamedTag::spellings).map(written).collect();
    if !spellings.contains(&code) {
        spellings.push(code);
    }
    spellings
}

/// What a tag is called in a language; as it is written where it has no name of its own.
pub fn tag_name(tag: &str, lang: Lang) -> &str {
    TAGS.iter().find(|known| known.code == tag).map_or(tag, |known| lang.pick(known.zh, known.en))
}

/// Full-width letters and digits as plain ones, lower case, hyphens for white space. Not by [`crate::fold`]: forms check tags in the browser too, which would
/// load a quarter more for the tables of Unicode.
fn written(typed: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    };
    typed.trim().chars().map(narrow).collect::<String>().to_lowercase().replace(char::is_whitespace, "-")
}

/// What spellings are compared by: `fine tuning`, `Fine-Tuning` and `finetuning` are one.
fn key(typed: &str) -> String {
    written(typed).replace(['-', '_'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_one_by_whatever_name() {
        for typed in ["evaluation", "评估", " Evaluation ", "ＥＶＡＬＵＡＴＩＯＮ", "评测"] {
            assert_eq!(canonical_tag(typed), "evaluation", "{typed}");
        }
        for typed in ["fine-tuning", "Fine Tuning", "finetuning", "微调"] {
            assert_eq!(canonical_tag(typed), "fine-tuning", "{typed}");
        }
        assert_eq!(canonical_tag("My Own　Tag"), "my-own-tag");
        assert!(tag_spellings("评估").iter().any(|spelling| spelling == "评估"));
        assert_eq!(tag_spellings("own"), ["own"]);
        assert_eq!((tag_name("evaluation", Lang::Zh), tag_name("own", Lang::En)), ("评估", "own"));
    }

    #[test]
    fn no_spelling_names_two_tags() {
        let keys: Vec<String> = TAGS
            .iter()
            .flat_map(|tag| {
                let mut keys: Vec<String> = tag.spellings().map(key).collect();
                keys.sort_unstable();
                keys.dedup();
                keys
            })
            .collect();
        let mut unique = keys.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), keys.len(), "{keys:?}");
    }
}
