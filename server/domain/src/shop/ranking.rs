//! What the ranking model of recommendations looks at, and where its candidates come from.

use serde::{Deserialize, Serialize};

use super::Bilingual;
use crate::entry::named_enum;
use crate::explanation::FeatureGroup;

named_enum! {
    /// What brought a product among the candidates that are ranked.
    CandidateSource {
        /// The item-item model: what others chose together with what stands in the history.
        ItemItem = "item-item",
        /// The sequence model: what comes next after this history.
        Sequence = "sequence",
        /// Category, brand and attributes like those of the history; also for products that no model knows yet.
        Content = "content",
        /// What is opened most, in all and in the categories of the history.
        Popular = "popular",
        /// The query finds it.
        Query = "query",
    }
}

/// Features that are switched on and off, and explained, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankGroup {
    /// Stable name, as `without` takes it. The contribution of an explanation is called `group:` and this.
    pub name: &'static str,
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
    /// What pages colour it by.
    pub group: FeatureGroup,
}

impl RankGroup {
    /// What people read.
    pub fn label(&self) -> Bilingual {
        Bilingual::new(self.zh, self.en)
    }

    /// The group of a name, or of a contribution `group:NAME`.
    pub fn find(name: &str) -> Option<&'static RankGroup> {
        let name = name.strip_prefix("group:").unwrap_or(name);
        RANK_GROUPS.iter().find(|group| group.name == name)
    }
}

const fn group(name: &'static str, zh: &'static str, en: &'static str, group: FeatureGroup) -> RankGroup {
    RankGroup { name, zh, en, group }
}

/// All groups. The last is fixed when the model serves, so that it contributes nothing then.
pub const RANK_GROUPS: [RankGroup; 11] = [
    group("item-item", "常被一起选择的商品", "chosen together by others", FeatureGroup::History),
    group("sequence", "浏览的先后顺序", "order of the history", FeatureGroup::History),
    group("category", "品类偏好", "taste for the category", FeatureGroup::Taste),
    group("brand", "品牌偏好", "taste for the brand", FeatureGroup::Taste),
    group("price", "价格合适程度", "fit of the price", FeatureGroup::Taste),
    group("style", "风格与属性偏好", "taste for style and attributes", FeatureGroup::Taste),
    group("season", "季节", "season", FeatureGroup::Context),
    group("quality", "评分与转化", "rating and conversion", FeatureGroup::Product),
    group("popularity", "热门程度", "popularity", FeatureGroup::Popularity),
    group("query", "与搜索词的匹配", "match with the query", FeatureGroup::Context),
    group("position", "列表中的位置", "place in the list", FeatureGroup::Context),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contribution_leads_back_to_its_group() {
        for group in &RANK_GROUPS {
            assert_eq!(RankGroup::find(group.name), Some(group));
            assert_eq!(RankGroup::find(&format!("group:{}", group.name)), Some(group));
        }
        assert_eq!(RankGroup::find("group:"), None);
    }
}
