//! The card of a trained encoder, filled from what is known of it.

use std::fmt::Write;

use alluvium_domain::entry::CardSection;
use alluvium_engine::encoder::EncoderDifference;

/// What is known of a trained encoder.
pub(crate) struct EncoderFacts<'a> {
    /// Folder name of the encoder that it was trained on from.
    pub(crate) base: &'a str,
    /// Licence of that one (SPDX, lower case).
    pub(crate) license: &'a str,
    /// What it was trained on: a catalogue, a folder, the entries.
    pub(crate) source: &'a str,
    /// What was done, in Chinese and English.
    pub(crate) method: [String; 2],
    /// How much of what, in Chinese and English.
    pub(crate) examples: [String; 2],
    /// Mean loss of the first tenth of the steps, and of the last.
    pub(crate) losses: (f64, f64),
    /// Against what it was trained on from, on held-out queries.
    pub(crate) held_out: Option<EncoderDifference>,
}

/// A `README.md` for a trained encoder.
pub(crate) fn of_encoder(facts: &EncoderFacts<'_>) -> String {
    let EncoderFacts { base, license, source, method, examples, losses, held_out } = facts;
    let mut card = format!(
        "---\nlanguage:\n- en\nlicense: {license}\nlibrary_name: sentence-transformers\npipeline_tag: sentence-similarity\nbase_model: {base}\n\
         tags:\n- sentence-transformers\n- feature-extraction\ndatasets:\n- {source}\n"
    );
    let mut table = String::new();
    if let Some(found) = held_out {
        let (low, high) = found.paired.interval;
        // Writing to a text does not fail.
        let _ = write!(
            card,
            "model-index:\n- name: {base}\n  results:\n  - task:\n      type: text-retrieval\n    dataset:\n      type: {source}\n      \
             name: held-out queries\n    metrics:\n    - type: ndcg_at_10\n      value: {:.6}\n",
            found.own
        );
        let _ = write!(
            table,
            "\n\n| encoder | NDCG@10 | difference | queries |\n|---|---|---|---|\n| {base} | {:.4} | | {} |\n| trained | {:.4} | {:+.4} [{low:+.4}, \
             {high:+.4}] | {} |",
            found.other, found.queries, found.own, found.paired.difference, found.queries
        );
    }
    let _ = write!(card, "---\n\n# {base}, {source}\n");
    for section in CardSection::ALL {
        let text = match section {
            CardSection::Use => "把查询和文本变成向量，余弦越大越相近；站内检索与商品搜索的语义部分由它给出。\n\nTurns queries and texts into vectors, \
                 the nearer the larger their cosine; what search over entries and products knows of meaning comes from it."
                .to_owned(),
            CardSection::Limits => format!(
                "它读得懂的语言和长度与 {base} 相同。训练数据之外的领域没有测量。\n\nIt reads the languages and lengths that {base} reads. \
                 Fields other than that of its training data were not measured."
            ),
            CardSection::Training => format!("{}，{}。\n\n{}, {}.", method[0], examples[0], method[1], examples[1]),
            CardSection::Evaluation => {
                let measured = match held_out {
                    Some(_) => "没有训练过的查询，只按余弦在全部文本中检索：\n\nQueries that it was not trained on, by cosine alone over all texts:",
                    None => "没有留出的查询；训练损失如下。\n\nThere were no held-out queries; its training loss was:",
                };
                format!("{measured}{table}\n\nloss {:.4} → {:.4}", losses.0, losses.1)
            }
            CardSection::Explanations => "平均池化之后，余弦是各词元贡献之和；申请审批时检查它们与余弦之差不超过 1e-4，见版本的检查记录。\n\nAfter mean \
                 pooling a cosine is the sum of its tokens' parts; when approval is asked for it is checked that they add up within 1e-4, see the \
                 version's checks."
                .to_owned(),
            CardSection::Fairness => format!(
                "它带着 {base} 和训练数据的偏差；按语言、品牌和人群的差异没有测量。\n\nIt has the biases of {base} and of its training data; differences \
                 between languages, brands and groups of people were not measured."
            ),
            CardSection::Privacy => "训练文本里的内容可能在权重中留下痕迹；这里只用公开的条目、商品文本和查询，不用购物者的标识。\n\nWeights may keep \
                 traces of texts; only published entries, texts of products and queries were used, and no ids of shoppers."
                .to_owned(),
        };
        let _ = write!(card, "\n## {}\n\n{text}\n", section.both_names());
    }
    card
}

#[cfg(test)]
mod tests {
    use alluvium_domain::Lang;
    use alluvium_engine::metrics::Paired;

    use super::*;

    #[test]
    fn the_card_of_a_trained_encoder_is_complete() {
        let paired = Paired { difference: 0.02, interval: (-0.01, 0.05), p: 0.2 };
        for held_out in [None, Some(EncoderDifference { queries: 18, own: 0.71, other: 0.69, paired })] {
            let card = of_encoder(&EncoderFacts {
                base: "all-MiniLM-L6-v2",
                license: "apache-2.0",
                source: "demo",
                method: ["对比微调".to_owned(), "contrastive fine-tuning".to_owned()],
                examples: ["3 对".to_owned(), "3 pairs".to_owned()],
                losses: (1.0, 0.5),
                held_out,
            });
            let missing = crate::registry::card::missing(&card).unwrap();
            assert!(missing.names(Lang::En).is_empty(), "{card}");
            assert_eq!(card.contains("0.7100"), held_out.is_some());
        }
    }
}
