//! The card of a version: `README.md` with metadata in YAML. Written from facts at training, checked before approval.

use std::fmt::Write;

use alluvium_domain::shop::Catalogue;
use alluvium_engine::recommend::shop::ShopModel;
use serde_norway::Value;

/// The file of the card.
pub(crate) const CARD: &str = "README.md";

/// Sections that a card has, with words of which its heading holds one.
const SECTIONS: [(&str, &[&str]); 6] = [
    ("use", &["use", "用途", "使用"]),
    ("limits", &["limit", "局限", "限制"]),
    ("training data", &["training data", "训练数据"]),
    ("evaluation", &["evaluation", "评测", "评估"]),
    ("explanations", &["explanation", "解释"]),
    ("fairness and privacy", &["fairness", "privacy", "公平", "隐私"]),
];
/// Metadata that a card has.
const METADATA: [&str; 2] = ["license", "library_name"];
/// Shortest text of a section, in characters.
const SHORTEST: usize = 20;

/// The metadata and the text of a card; the text says what is wrong with it.
pub(crate) fn taken_apart(card: &str) -> Result<(Value, &str), String> {
    let card = card.trim_start_matches('\u{feff}');
    let Some(rest) = card.strip_prefix("---\n").or_else(|| card.strip_prefix("---\r\n")) else {
        return Ok((Value::Null, card));
    };
    let (yaml, text) =
        rest.split_once("\n---").ok_or_else(|| "the metadata has no end: a line --- is missing".to_owned())?;
    let text = text.strip_prefix('\r').unwrap_or(text);
    let text = text.strip_prefix('\n').unwrap_or(text);
    let value: Value = serde_norway::from_str(yaml).map_err(|error| error.to_string())?;
    if value.is_mapping() || value.is_null() { Ok((value, text)) } else { Err("the metadata is no mapping".to_owned()) }
}

/// What is missing of a card.
pub(super) fn missing(card: &str) -> Result<Vec<String>, String> {
    let (metadata, text) = taken_apart(card)?;
    let mut missing: Vec<String> = METADATA
        .iter()
        .filter(|key| metadata.get(**key).is_none_or(|value| value.as_str().is_none_or(|text| text.trim().is_empty())))
        .map(|key| format!("metadata {key}"))
        .collect();
    // Heading and the characters below it, fenced code apart.
    let mut sections: Vec<(String, usize)> = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        match line.strip_prefix('#').filter(|_| !fenced) {
            Some(heading) => sections.push((heading.trim_matches(['#', ' ']).to_lowercase(), 0)),
            None => {
                if let Some((_, length)) = sections.last_mut() {
                    *length += line.trim().chars().count();
                }
            }
        }
    }
    for (name, words) in SECTIONS {
        let found = sections
            .iter()
            .any(|(heading, length)| *length >= SHORTEST && words.iter().any(|word| heading.contains(word)));
        if !found {
            missing.push(format!("section {name}"));
        }
    }
    Ok(missing)
}

/// The card of a trained recommendation model, filled from what is known of it.
pub(crate) fn of_shop_model(catalogue: &Catalogue, model: &ShopModel) -> String {
    let slug = catalogue.input.slug.as_str();
    let report = &model.report;
    let simulated = catalogue.input.simulated;
    let mut card = format!(
        "---\nlanguage:\n- zh\n- en\nlicense: apache-2.0\nlibrary_name: alluvium\ntags:\n- recommendation\n- multi-task\ndatasets:\n- {slug}\n\
         model-index:\n- name: {}\n  results:\n",
        model.name
    );
    let tasks = ["view", "cart", "purchase"];
    for (task, head) in tasks.iter().zip(&report.heads) {
        let _ = write!(
            card,
            "  - task:\n      type: recommendation\n      name: {task}\n    dataset:\n      type: {slug}\n      name: held-out events\n    \
             metrics:\n    - type: auc\n      value: {:.6}\n    - type: log_loss\n      value: {:.6}\n",
            head.auc, head.log_loss
        );
    }
    let _ = write!(
        card,
        "---\n\n# {}\n\n## 用途 · Use\n\n为目录 {slug} 排序推荐商品：候选来自物品-物品权重与序列模型，排序模型给出浏览、加购、购买三个概率。\n\n\
         Ranks products of the catalogue {slug}: candidates from item-item weights and a sequence model, ranked by a model of three tasks \
         (view, cart, purchase).\n\n## 局限 · Limits\n\n它只认识训练时有事件的 {} 件商品；新商品只凭内容特征进入候选。概率按训练期间的展示方式校准。\n\n\
         It knows the {} products that had events when it was trained; newer ones come in by content only. Probabilities are calibrated to how \
         products were shown then.\n\n## 训练数据 · Training data\n\n目录 {slug} 的 {} 条事件{}，按时间切分；排序模型用 {} 个样本训练。\n\n\
         {} events of the catalogue {slug}{}, split by time; the ranking model was trained on {} examples.\n\n## 评测 · Evaluation\n\n\
         在训练之后发生的事件上：\n\nOn events that came after those that it was trained on:\n\n| task | AUC | log loss | calibration error | examples | positives |\n|---|---|---|---|---|---|\n",
        model.name,
        model.items.len(),
        model.items.len(),
        report.events,
        if simulated { "（全部为模拟）" } else { "" },
        report.trained,
        report.events,
        if simulated { " (all simulated)" } else { "" },
        report.trained
    );
    for (task, head) in tasks.iter().zip(&report.heads) {
        let _ = writeln!(
            card,
            "| {task} | {:.4} | {:.5} | {:.4} | {} | {} |",
            head.auc, head.log_loss, head.calibration.error, head.examples, head.positives
        );
    }
    card.push_str(
        "\n## 解释检查 · Explanation checks\n\n每条推荐都有按特征组的沙普利值；加载与申请审批时检查它们与得分之和相符（误差不超过 1e-4），见版本的检查记录。\n\n\
         Every recommendation has Shapley values over feature groups; on load and when approval is asked for it is checked that they add up to the \
         score within 1e-4, see the version's checks.\n\n## 公平与隐私 · Fairness and privacy\n\n特征不含年龄、性别、地域等个人属性，只用行为与商品内容；\
         权重中没有购物者的标识。按人群的差异没有测量。\n\nNo personal attributes such as age, sex or place are used, only behaviour and the content of \
         products; the weights name no shopper. Differences between groups of people were not measured.\n",
    );
    card
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_card_lacks_is_named() {
        let full = "---\nlicense: apache-2.0\nlibrary_name: alluvium\nunknown: [1, 2]\n---\n# M\n## Intended use\nRanks the products of a shop.\n\
                    ## Limits\nIt knows the products it saw.\n## Training data\nEvents of the demo shop, simulated.\n## Evaluation\nAUC of 0.7 \
                    on what came later.\n## Explanation checks\nShapley values that add up.\n## Fairness and privacy\nNo personal attributes are used.\n";
        assert_eq!(missing(full), Ok(Vec::new()));
        assert_eq!(missing(&full.replace("license: apache-2.0\n", "")), Ok(vec!["metadata license".to_owned()]));
        assert_eq!(missing(&full.replace("## Limits", "## Other")), Ok(vec!["section limits".to_owned()]));
        assert_eq!(
            missing(&full.replace("It knows the products it saw.", "None.")),
            Ok(vec!["section limits".to_owned()])
        );
        assert_eq!(missing("hello").unwrap().len(), METADATA.len() + SECTIONS.len());
        assert!(missing("---\nlicense: [\n---\n").is_err() && missing("---\nlicense: a\n").is_err());
        assert!(missing("---\n- a\n---\n").is_err());
    }
}
