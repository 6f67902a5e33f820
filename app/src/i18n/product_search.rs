//! Words of product search, the compare view and the judging view.

use alluvium_domain::Lang;
use alluvium_domain::shop::{AttributeValue, Catalogue, Ranker, UnderstoodPhrase};

use super::{Text, texts};

texts! {
    PLACEHOLDER: "搜商品：词、尺寸（17\"）、型号（dv7-1211ea）", "Search products: words, sizes (17\"), model numbers (dv7-1211ea)";
    RANKER: "排序方式", "Ranking";
    DEGRADED: "意思还不能比较：没有编码器，或它还没有读完所有商品。现在按词查找。", "Meaning cannot be compared yet: there is no encoder, or it has not read all products. Words are compared.";
    CORRECTED: "同时查找：", "Looked for besides: ";
    NO_HITS: "没有找到商品", "No product found";
    NO_HITS_HINT: "换个说法，或去掉一个筛选条件。", "Try other words, or one filter less.";
    COMPARE: "比较两种排序", "Compare two rankings";
    COMPARE_LEAD: "同一查询，两种排序并排。箭头说明每件商品从左到右怎样移动，以及为什么。", "One query, two rankings side by side. Arrows say how each product moves from left to right, and why.";
    JUDGE: "给结果打分", "Grade the results";
    JUDGE_LEAD: "按 0–3 给每个结果打分；没打分的照样显示并计数。", "Grade each result 0 to 3; those without a grade are shown and counted.";
    SUMMARY: "评判与指标", "Grades and measures";
    BACK_TO_SEARCH: "回到搜索", "Back to the search";
    LEFT: "左边", "Left";
    RIGHT: "右边", "Right";
    PIN: "固定的商品", "Pinned product";
    PIN_HINT: "商品编号", "Product id";
    PIN_THIS: "固定", "Pin";
    NOT_FOUND_BY: "不在这个排序的候选里", "not among the candidates of this ranking";
    UNKNOWN_PIN: "目录里没有这个编号的商品，或两边都没有找到它。", "The catalogue has no product with this id, or neither ranking finds it.";
    NEW: "新进入", "new";
    GONE: "掉出", "gone";
    SAME: "不变", "same place";
    WHY_MOVED: "为什么移动", "Why it moved";
    DIFFERENCE: "两个得分各部分之差（右减左）", "Difference of the parts of both scores (right minus left)";
    DIFFERENCE_NOTE: "两种排序的分数单位不同：看哪些部分加分、哪些减分，不要比较总分。", "The two rankings have different units: see which parts add and which take away, not the totals.";
    GRADE: "分数", "Grade";
    GRADE_0: "完全不相关", "no answer at all";
    GRADE_1: "有点关系", "related";
    GRADE_2: "不错", "good";
    GRADE_3: "正是要找的", "just what was asked for";
    UNJUDGED: "未打分", "no grade";
    KEYS: "键盘：0–3 打分，↓ ↑ 或 J K 换一个。", "Keys: 0 to 3 grade, ↓ ↑ or J K move.";
    SIGN_IN_TO_JUDGE: "登录并有作者角色才能打分。", "Sign in with the role of an author to grade.";
    NO_QUERY: "先输入一个查询。", "Type a query first.";
    NDCG: "nDCG@10（线性增益 g，未打分 = 0）", "nDCG@10 (linear gain g, no grade = 0)";
    MRR: "MRR", "MRR";
    RECALL: "recall@10", "recall@10";
    JUDGED: "judged@10", "judged@10";
    MEASURES_NOTE: "区间是对查询的 95% 自助法；MRR 与 recall 把 1–3 分算作相关；judged@10 是前十名里有分数的比例。", "Intervals are 95 % bootstrap over queries; MRR and recall count grades 1 to 3; judged@10 is the share of the first ten that have a grade.";
    LEARNED_NOTE: "出厂权重是在 search-icecat 的评判上学的：在同一批评判上，learned 的数字偏乐观；交叉验证见 alluvium evaluate products。", "The shipped weights were learned from the grades of search-icecat: on those, the figures of learned are too good; cross-validated ones are printed by alluvium evaluate products.";
    PAIRED: "成对检验", "Paired test";
    NDCG_DIFFERENCE: "nDCG@10 之差", "Difference in nDCG@10";
    WITHIN_NOISE: "这个差别分不清是不是噪声。", "The difference cannot be told from noise.";
    BEYOND_NOISE: "区间不含 0：差别超出了查询之间的波动。", "The interval leaves out 0: the difference is larger than the spread between queries explains.";
    QUERIES: "评判过的查询", "Judged queries";
    GRADES: "打分数", "Grades";
    POSITIVES: "其中大于 0", "Above 0";
    NO_JUDGEMENTS: "还没有评判", "There is no grade yet";
    NO_JUDGEMENTS_HINT: "在搜索结果页选“给结果打分”，或用 alluvium shop import judgements 导入。", "Choose “Grade the results” on a page of results, or use alluvium shop import judgements.";
}

/// A filter that was read from the query: `≤ ¥500`, `适用：男子`.
pub(crate) fn understood(phrase: &UnderstoodPhrase, catalogue: &Catalogue, lang: Lang) -> String {
    if let Some(attribute) = &phrase.attribute {
        let value = match &attribute.value {
            AttributeValue::Named(both) => both.text(lang).to_owned(),
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Flag(flag) => flag.to_string(),
            AttributeValue::Number(number) => number.to_string(),
        };
        return format!("{}{}{value}", catalogue.attribute_name(&attribute.name, lang), lang.pick("：", ": "));
    }
    let sign = lang.pick("¥", "");
    let amount = |minor: i64| match minor % 100 {
        0 => format!("{sign}{}", minor / 100),
        rest => format!("{sign}{}.{rest:02}", minor / 100),
    };
    match (phrase.price_min, phrase.price_max) {
        (Some(min), Some(max)) => format!("{} – {}", amount(min), amount(max)),
        (Some(min), None) => format!("≥ {}", amount(min)),
        (None, Some(max)) => format!("≤ {}", amount(max)),
        (None, None) => phrase.phrase.clone(),
    }
}

/// Too few queries for a comparison.
pub(crate) fn too_few(queries: usize, least: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("只有 {queries} 条可比的查询，看不出差别；至少评判 {least} 条。"),
        Lang::En if queries == 1 => format!("One query: no conclusion possible. Grade at least {least}."),
        Lang::En => format!("{queries} queries: no conclusion possible. Grade at least {least}."),
    }
}

/// The grades are mostly of one ranker's results.
pub(crate) fn one_sided(of: Ranker, lang: Lang) -> String {
    let name = ranker(of).of(lang);
    match lang {
        Lang::Zh => format!("分数多来自“{name}”的结果：其他排序的前十里没评分的商品按 0 分算，比较偏向它。"),
        Lang::En => format!(
            "Most grades are of results of “{name}”: ungraded products of the others count as 0, which favours it."
        ),
    }
}

/// What people call a ranker.
pub(crate) fn ranker(ranker: Ranker) -> Text {
    match ranker {
        Ranker::Bm25 => Text::new("按词（BM25）", "Words (BM25)"),
        Ranker::Hybrid => Text::new("词与意思", "Words and meaning"),
        Ranker::Learned => Text::new("学到的排序", "Learned"),
    }
}

/// What a grade means.
pub(crate) fn grade(value: u8) -> Text {
    match value {
        0 => GRADE_0,
        1 => GRADE_1,
        2 => GRADE_2,
        _ => GRADE_3,
    }
}
