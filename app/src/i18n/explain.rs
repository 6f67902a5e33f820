//! Words of recommendations and of the reasons for them.

use alluvium_domain::Lang;
use alluvium_domain::shop::{CandidateSource, CheckKind, ExplanationMethod, VoteVerdict};

use super::{Text, texts};

texts! {
    RECOMMEND_LEAD: "选一位购物者，或者点出一段历史；列表马上重排，每一项都说明理由，也可以反驳它。", "Choose a shopper, or click a history together: the list ranks again at once, says why for each product, and can be contradicted.";
    TRY_IT: "试试推荐", "Try recommendations";
    WHO: "为谁推荐", "For whom";
    SHOPPER_ID: "购物者编号", "A shopper's id";
    CHOOSE: "选用", "Choose";
    START_ANEW: "清空历史", "Start with an empty history";
    FIND: "只在找到的商品里推荐", "Only among what a search finds";
    FIND_PLACEHOLDER: "例如：跑鞋", "e.g. running shoes";
    RANK_AGAIN: "重新排序", "Rank again";
    HISTORY_HINT: "每个行为后面是它给第一名的分数（有它时减去没有它时）。关掉一个，看排序怎么变。", "Behind each event: what it gives to the first product (the score less the score without it). Switch one off and see the ranking move.";
    HISTORY_OF: "每个行为给这件商品的分数：有它时的分数减去没有它时的分数。", "What each event gives to this product: the score with it less the score without it.";
    NO_HISTORY: "还没有历史。在右边的商品上点“浏览”“加购”或“购买”。", "There is no history yet. Click View, Cart or Purchase on a product.";
    OLDER_EVENTS: "更早的行为也算在内，但不在此列出。", "Earlier events count too, but are not listed.";
    TAKE_BACK: "收回", "Take back";
    GROUPS: "模型看什么", "What the model looks at";
    GROUPS_HINT: "关掉的一组，按“对他一无所知”来算。", "A group that is switched off counts as for somebody of whom nothing is known.";
    WEIGHTS: "任务权重", "Weights of the tasks";
    WEIGHTS_HINT: "得分 = 各任务概率的加权和。空着就用模型自己的权重。", "The score is the weighted sum of the tasks' probabilities. Empty: the model's own weights.";
    LIST: "推荐列表", "The list";
    NOTHING: "没有可推荐的商品", "There is nothing to recommend";
    NOTHING_HINT: "换一个搜索词，或者去掉它。", "Try another search, or none.";
    TASKS: "任务", "Tasks";
    PROBABILITY: "概率", "Probability";
    WHY_DETAILS: "全部归因", "The full attribution";
    WATERFALL: "从基线到得分", "From the baseline to the score";
    PER_TASK: "三个任务的理由", "Why, task by task";
    PER_TASK_HINT: "同样的特征组，三个任务各自的概率。每列有自己的尺度。", "The same feature groups for each task's probability. Each column has its own scale.";
    BY_EVENT: "历史里的哪一次", "Which event of the history";
    WHAT_TAKES_IT_OUT: "怎样它就不在列表里了？", "What would take it out of the list?";
    OUT_BY_ONE: "只要没有这一个行为，它就不在列表里：", "Without this one event it would not be in the list:";
    OUT_BY_SEVERAL: "没有这些行为，它就不在列表里：", "Without these events it would not be in the list:";
    SMALLEST: "所有更小的改变都试过，没有一个做得到。", "Every smaller change was tried; none does it.";
    NOT_PROVEN: "更小的改变没有全部试过。", "Not every smaller change was tried.";
    NEVER_OUT: "在试过的改变里，没有一个能把它移出列表：它靠的不是这段历史。", "None of the changes tried takes it out: it does not stand there because of this history.";
    RANKINGS: "次重排", "rankings";
    APPLY_CHANGE: "就这样改，看列表", "Make this change and see the list";
    MOVED_UP: "上升", "up";
    MOVED_DOWN: "下降", "down";
    MOVED_IN: "新进列表", "new in the list";
    MOVED_NOT: "位置不变", "same place";
    GONE: "因此离开列表的商品", "Products that left the list";
    WAS_AT: "原来第", "was number ";
    NEIGHBOURS: "接下来可能想看", "You may look at next";
    STRANGER_WORDS: "未登录访客的留言（仅评审可见）", "Words of visitors who are not signed in (reviewers only)";
    NEIGHBOURS_HINT: "对一个刚看过这件商品的人，模型会推荐：", "To somebody who has just looked at this product the model recommends:";
    FOR_SHOPPER: "为他推荐", "Recommended for them";
    OPEN_DEMO: "打开演示，看全部理由", "Open the demonstration with all reasons";
    ASK_READERS: "这个解释对吗？", "Is this explanation right?";
    WORD: "一句话（可不填）", "In a few words (optional)";
    VOTE_THANKS: "谢谢，记下了。", "Thank you, it is noted.";
    VOTES: "读者的评价", "What readers say";
    NO_VOTES: "还没有人评价过这个模型的解释。", "Nobody has voted on this model's explanations yet.";
    MODEL_PAGE: "模型与解释的检验", "The model, and checks of its explanations";
    MODEL_LEAD: "解释也可能是错的。这里是对它们的检验，由命令算出并存下。", "Explanations can be wrong. These are the checks of them, computed by a command and kept.";
    NO_CHECKS: "还没有检验过", "Not checked yet";
    NO_CHECKS_HINT: "运行 alluvium check explanations 检验当前模型的解释。", "Run alluvium check explanations to check the explanations of the model that serves.";
    CHECKS: "解释的检验", "Checks of the explanations";
    CHECKED_AT: "检验于", "Checked";
    PASSED: "通过", "passed";
    FAILED: "未通过", "failed";
    CHECK: "检验", "Check";
    INTERVAL: "95% 区间", "95 % interval";
    LIMIT: "界限", "Limit";
    POINTS: "样本", "Sample";
    RESULT: "结果", "Result";
    RECOMMENDATIONS_EXPLAINED: "条推荐被解释", "recommendations explained";
    LARGEST_GAP: "最大余差", "largest gap";
    IMPORTANCE: "整体重要性", "What matters on the whole";
    IMPORTANCE_HINT: "每个特征组贡献的绝对值，对抽样的推荐取平均。", "Mean absolute amount of each feature group over the sampled recommendations.";
    BY_SHOPPER_GROUP: "按购物者", "By shoppers";
    DEPENDENCE: "部分依赖", "Partial dependence";
    DEPENDENCE_HINT: "一个特征取不同的值、其余照旧时，平均得分怎样变。浅色带是样本间的一个标准差。", "The mean score as one feature takes different values and the others stay. The band is one standard deviation over the sample.";
    SHOW: "显示", "Show";
    AS_TABLE: "数字表", "The numbers";
    MEAN_SCORE: "平均得分", "Mean score";
    DEVIATION: "标准差", "Deviation";
    TOTAL: "合计", "Total";
    BY_PRICE: "按价位", "By price";
    BY_SEASON: "按季节", "By season";
    LIVE_LABEL: "推荐演示", "Recommendations, live";
    LIVE_NOTHING: "现在没有可显示的内容", "nothing to show at the moment";
    LIVE_MORE: "打开演示，点出自己的历史", "Open the demonstration and click a history together";
    PROFILE: "看这位购物者的偏好", "This shopper's tastes";
    WHO_BUYS: "谁选它", "Who chooses it";
    BUYERS_DO: "他们在哪些类目里最活跃", "Where they do most";
    BUYERS_CHOOSE: "他们还选了", "They chose these too";
    SOURCES: "由谁召回", "Brought by";
    ADD_TO_HISTORY: "放进历史：", "Put into the history: ";
}

pub(crate) fn method(method: ExplanationMethod) -> Text {
    match method {
        ExplanationMethod::Shapley => Text::new("Shapley 值（特征组）", "Shapley values (feature groups)"),
        ExplanationMethod::LeaveOneOut => Text::new("逐一去除（历史行为）", "Leave-one-out (history)"),
        ExplanationMethod::Gradients => Text::new("积分梯度（特征）", "Integrated gradients (features)"),
    }
}

pub(crate) fn check(kind: CheckKind) -> Text {
    match kind {
        CheckKind::Gap => Text::new("加得起来：最大余差", "Adds up: the largest gap"),
        CheckKind::Deletion => Text::new("删除曲线：比随机顺序低多少", "Deletion curve: how much below random order"),
        CheckKind::Insertion => Text::new("插入曲线：比随机顺序高多少", "Insertion curve: how much above random order"),
        CheckKind::Randomisation => Text::new(
            "参数随机化：与随机权重的解释的秩相关",
            "Random weights: rank correlation with their explanations",
        ),
        CheckKind::Agreement => Text::new("与另一方法的秩相关", "Rank correlation with another method"),
        CheckKind::Truth => Text::new("与已知真值的秩相关", "Rank correlation with the known truth"),
    }
}

pub(crate) fn source(source: CandidateSource) -> Text {
    match source {
        CandidateSource::ItemItem => Text::new("一起被选", "item-item model"),
        CandidateSource::Sequence => Text::new("序列模型", "sequence model"),
        CandidateSource::Content => Text::new("内容相近", "like in content"),
        CandidateSource::Popular => Text::new("热门", "popular"),
        CandidateSource::Query => Text::new("搜索词", "query"),
    }
}

/// How visitors who are not signed in voted, which the bars leave out.
pub(crate) fn stranger_votes([right, wrong, unclear]: [i64; 3], lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("未登录访客另计，不影响上面的结论：合理 {right}，不对 {wrong}，看不懂 {unclear}。"),
        Lang::En => format!(
            "Visitors who are not signed in are counted apart: right {right}, wrong {wrong}, unclear {unclear}."
        ),
    }
}

pub(crate) fn verdict(verdict: VoteVerdict) -> Text {
    match verdict {
        VoteVerdict::Right => Text::new("对", "Right"),
        VoteVerdict::Wrong => Text::new("不对", "Wrong"),
        VoteVerdict::Unclear => Text::new("看不懂", "Unclear"),
    }
}

pub(crate) fn buyers(count: i64, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{count} 位购物者把它加购或买下。"),
        Lang::En => format!("{count} shoppers put it into the cart or bought it."),
    }
}

/// Which way a limit counts.
pub(crate) fn limit(kind: CheckKind, limit: f64) -> String {
    let sign = if matches!(kind, CheckKind::Gap | CheckKind::Randomisation) { "<" } else { ">" };
    format!("{sign} {limit}")
}

pub(crate) fn moved(from: usize, to: usize, lang: Lang) -> String {
    let by = from.abs_diff(to);
    let text = if to < from { MOVED_UP } else { MOVED_DOWN };
    format!("{} {by}", text.of(lang))
}

/// A feature of the ranking model for people; its own name where it is another model's.
pub(crate) fn feature(name: &str, lang: Lang) -> String {
    let text = match name {
        "item_item" => Text::new("与历史商品一起被选的程度", "chosen together with the history"),
        "sequence" => Text::new("接在历史之后的程度", "what comes next after the history"),
        "category_lift" => Text::new("在该类目的行为多于平常", "more events in the category than usual"),
        "category_recent" => Text::new("最近行为里该类目的份额", "share of the category in the newest events"),
        "category_views_a_visit" => Text::new("在该类目每次来看多少", "views a visit in the category"),
        "category_cart_rate" => Text::new("在该类目的加购率", "carts a view in the category"),
        "category_purchase_rate" => Text::new("在该类目的购买率", "purchases a cart in the category"),
        "brand_lift" => Text::new("该品牌的行为多于平常", "more events of the brand than usual"),
        "brand_weight" => Text::new("该品牌的行为数", "how much is known of the brand"),
        "price" => Text::new("价格（类目内标准化）", "price (standardised in its category)"),
        "price_taste" => Text::new("平时所选的价位", "price level of what is usually chosen"),
        "price_fit" => Text::new("价格与平时相合", "fit of the price"),
        "style_lift" => Text::new("属性的平均偏好", "mean taste for the attributes"),
        "style_best" => Text::new("最喜欢的属性", "the attribute liked best"),
        "style_worst" => Text::new("最不喜欢的属性", "the attribute liked least"),
        "season_match" => Text::new("当季", "in season"),
        "season_other" => Text::new("过季", "out of season"),
        "rating" => Text::new("评分", "rating"),
        "product_cart_rate" => Text::new("商品的加购率", "carts a view of the product"),
        "product_purchase_rate" => Text::new("商品的购买率", "purchases a cart of the product"),
        "popularity" => Text::new("热度（对数）", "popularity (logarithm)"),
        "query_match" => Text::new("与搜索词的匹配", "match with the query"),
        "query_missing" => Text::new("没有搜索词", "no query"),
        "position" => Text::new("列表中的位置（对数）", "place in the list (logarithm)"),
        _ => return name.to_owned(),
    };
    text.of(lang).to_owned()
}
