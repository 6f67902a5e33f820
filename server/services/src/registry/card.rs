//! The card of a version: its own `README.md` where it has one, or the model's card among the entries. Written from facts at training, checked before
//! approval, by the rules of the entries' cards.

use std::fmt::Write;

use alluvium_domain::entry::{CardMetadata, CardSection, Model, card_json};
use alluvium_domain::registry::{ModelFile, RegisteredModel};
use alluvium_domain::shop::{Catalogue, EventKind};
use alluvium_domain::{Action, Actor, EntryFields, EntryKind, Lang, Problem};
use alluvium_engine::recommend::shop::ShopModel;
use serde_json::Value;

use crate::Services;
use crate::error::internal;
use crate::processor::on_processor;

/// The file of the card.
pub(crate) const CARD: &str = "README.md";
/// So many bytes of a card are read: what comes after them is no metadata, and no section that a reviewer reads.
pub(super) const MAX_CARD: u64 = 1024 * 1024;

/// What is wrong with the metadata of a `README.md`, which may have none.
pub(super) fn problem(readme: &str) -> Option<String> {
    let (model, _) = Model::from_readme(readme);
    if model.card.trim().is_empty() { None } else { CardMetadata::parse(&model.card).err() }
}

/// What a card lacks.
pub(super) struct Missing {
    license: bool,
    sections: Vec<CardSection>,
}

impl Missing {
    /// By name; empty where the card is complete.
    pub(super) fn names(&self, lang: Lang) -> Vec<String> {
        let license = self.license.then_some("license");
        license.into_iter().chain(self.sections.iter().map(|section| section.name(lang))).map(str::to_owned).collect()
    }
}

/// What a `README.md` lacks.
pub(super) fn missing(readme: &str) -> Result<Missing, String> {
    let (model, body) = Model::from_readme(readme);
    let metadata = match model.card.trim().is_empty() {
        true => CardMetadata::default(),
        false => CardMetadata::parse(&model.card)?,
    };
    Ok(Missing { license: metadata.license.is_empty(), sections: CardSection::missing(&body) })
}

impl Services {
    /// The card of a version with these files, as a `README.md`.
    pub(super) async fn card_of(
        &self,
        model: &RegisteredModel,
        files: &[ModelFile],
    ) -> Result<Option<String>, Problem> {
        if let Some(readme) = self.version_text(files, CARD, MAX_CARD).await {
            return Ok(Some(readme));
        }
        let Some(slug) = &model.card else { return Ok(None) };
        let store = &self.inner.store;
        let Some(row) = store.entry_by_slug(EntryKind::Model, slug).await.map_err(internal)? else { return Ok(None) };
        let revision = store.revision_get(row.summary.id, None).await.map_err(internal)?;
        Ok(revision.and_then(|revision| match &revision.input.fields {
            EntryFields::Model(card) => Some(card.readme(&revision.input.body)),
            _ => None,
        }))
    }

    /// The metadata of the card of a version with these files as JSON; null where the actor sees none that can be read.
    pub async fn version_card(
        &self,
        actor: &Actor,
        model: &RegisteredModel,
        files: &[ModelFile],
    ) -> Result<Value, Problem> {
        if let Some(text) = self.version_text(files, CARD, MAX_CARD).await {
            return on_processor(move || card_json(&Model::from_readme(&text).0.card)).await;
        }
        let Some(slug) = &model.card else { return Ok(Value::Null) };
        // A card that is still a draft shows to its author.
        let seen = self.entry_source(actor, EntryKind::Model, slug).await.ok();
        Ok(seen.map_or(Value::Null, |(_, revision)| match revision.input.fields {
            EntryFields::Model(card) => card_json(&card.card),
            _ => Value::Null,
        }))
    }

    /// What is wrong with the metadata of a card; nothing where it can be read.
    pub async fn card_problem(&self, actor: &Actor, readme: String) -> Result<Option<String>, Problem> {
        actor.may(Action::Read)?;
        on_processor(move || problem(&readme)).await
    }
}

/// The card of a trained recommendation model, filled from what is known of it.
pub(crate) fn of_shop_model(catalogue: &Catalogue, model: &ShopModel) -> String {
    let slug = catalogue.input.slug.as_str();
    let report = &model.report;
    let (events, items, trained) = (report.events, model.items.len(), report.trained);
    let (simulated_zh, simulated) =
        if catalogue.input.simulated { ("（全部为模拟）", " (all simulated)") } else { ("", "") };
    let mut card = format!(
        "---\nlanguage:\n- zh\n- en\nlicense: apache-2.0\nlibrary_name: alluvium\ntags:\n- recommendation\n- multi-task\ndatasets:\n- {slug}\n\
         model-index:\n- name: {}\n  results:\n",
        model.name
    );
    let mut table = String::new();
    for (task, head) in EventKind::ALL.iter().zip(&report.heads) {
        // Writing to a text does not fail.
        let _ = write!(
            card,
            "  - task:\n      type: recommendation\n      name: {task}\n    dataset:\n      type: {slug}\n      name: held-out events\n    \
             metrics:\n    - type: auc\n      value: {:.6}\n    - type: log_loss\n      value: {:.6}\n",
            head.auc, head.log_loss
        );
        let _ = write!(
            table,
            "\n| {task} | {:.4} | {:.5} | {:.4} | {} | {} |",
            head.auc, head.log_loss, head.calibration.error, head.examples, head.positives
        );
    }
    let _ = write!(card, "---\n\n# {}\n", model.name);
    for section in CardSection::ALL {
        let text = match section {
            CardSection::Use => format!(
                "为目录 {slug} 排序推荐商品：候选来自物品-物品权重与序列模型，排序模型给出浏览、加购、购买三个概率。\n\nRanks products of the \
                 catalogue {slug}: candidates from item-item weights and a sequence model, ranked by a model of three tasks (view, cart, purchase)."
            ),
            CardSection::Limits => format!(
                "它只认识训练时有事件的 {items} 件商品；新商品只凭内容特征进入候选。概率按训练期间的展示方式校准。\n\nIt knows the {items} products \
                 that had events when it was trained; newer ones come in by content only. Probabilities are calibrated to how products were shown then."
            ),
            CardSection::Training => format!(
                "目录 {slug} 的 {events} 条事件{simulated_zh}，按时间切分；排序模型用 {trained} 个样本训练。\n\n{events} events of the catalogue \
                 {slug}{simulated}, split by time; the ranking model was trained on {trained} examples."
            ),
            CardSection::Evaluation => format!(
                "在训练之后发生的事件上：\n\nOn events that came after those that it was trained on:\n\n| task | AUC | log loss | calibration error | \
                 examples | positives |\n|---|---|---|---|---|---|{table}"
            ),
            CardSection::Explanations => "每条推荐都有按特征组的沙普利值；加载与申请审批时检查它们与得分之和相符（误差不超过 1e-4），见版本的检查记录。\n\n\
                 Every recommendation has Shapley values over feature groups; on load and when approval is asked for it is checked that they add up to \
                 the score within 1e-4, see the version's checks."
                .to_owned(),
            CardSection::Fairness => "特征不含年龄、性别、地域等个人属性，只用行为与商品内容。按人群的差异没有测量。\n\nNo personal attributes such as \
                 age, sex or place are used, only behaviour and the content of products. Differences between groups of people were not measured."
                .to_owned(),
            CardSection::Privacy => "权重中没有购物者的标识；回答时只读提问者自己的历史。\n\nThe weights name no shopper; answering reads only the \
                 history of the one who asks."
                .to_owned(),
        };
        let _ = write!(card, "\n## {}\n\n{text}\n", section.both_names());
    }
    card
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_card_lacks_is_named() {
        let sections: String =
            CardSection::ALL.iter().map(|section| format!("## {}\n\nSomething.\n\n", section.both_names())).collect();
        let full = format!("---\nlicense: apache-2.0\nunknown: [1, 2]\n---\n# M\n{sections}");
        let missing = |text: &str| super::missing(text).map(|missing| missing.names(Lang::En));
        assert_eq!(missing(&full), Ok(Vec::new()));
        assert_eq!(missing(&full.replace("license: apache-2.0\n", "")), Ok(vec!["license".to_owned()]));
        assert_eq!(
            missing(&full.replace("## 局限 · Limits\n\nSomething.", "## 局限 · Limits\n")),
            Ok(vec!["Limits".to_owned()])
        );
        assert_eq!(missing("hello").unwrap().len(), 1 + CardSection::ALL.len());
        assert!(missing("---\nlicense: [\n---\n").is_err() && missing("---\n- a\n---\n").is_err());
        assert!(problem("---\nlicense: [\n---\n").is_some() && problem("no metadata").is_none());
    }
}
