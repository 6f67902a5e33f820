//! Words of search and of explanations. The islands use the first group too.

use super::texts;

texts! {
    PLACEHOLDER: "搜索文章、术语、公式里的概念…", "Search articles, terms, ideas…";
    SUGGESTIONS: "建议", "Suggestions";
    SEARCH_ALL: "按回车搜索全部", "Press Enter to search everything";
    NO_SUGGESTIONS: "没有以此开头的内容，按回车做完整搜索", "Nothing starts like this; press Enter for a full search";
    SEARCH_FAILED: "搜索没有成功，稍后再试", "The search did not work; try again in a moment";
    BLOCK_LABEL: "在本文里搜索", "Search inside this article";
    BLOCK_MORE: "在搜索页打开", "Open on the search page";
    BLOCK_NO_HITS: "没有找到，换个说法试试", "Nothing found; try other words";
    GROUP_LEXICAL: "字面", "Words";
    GROUP_SEMANTIC: "语义", "Meaning";
    GROUP_GLOSSARY: "术语表", "Glossary";
    GROUP_RULE: "规则", "Rules";
    GROUP_RELATION: "关联", "Relations";
    GROUP_HISTORY: "历史行为", "History";
    GROUP_TASTE: "偏好", "Taste";
    GROUP_PRODUCT: "商品本身", "Product";
    GROUP_POPULARITY: "热度", "Popularity";
    GROUP_CONTEXT: "情境", "Context";
    BASELINE: "基线", "Baseline";
    PREVIEW_FAILED: "预览没有成功；文字还在", "The preview did not work; your text is safe";
}

#[cfg(feature = "ssr")]
texts! {
    MODE: "检索方式", "How to search";
    MODE_HYBRID_HINT: "字面与语义合成一个分数", "Words and meaning in one score";
    MODE_LEXICAL_HINT: "只看词是否出现（BM25）", "Only whether words occur (BM25)";
    MODE_SEMANTIC_HINT: "只看意思是否相近（向量）", "Only whether the meaning is close (vectors)";
    TYPES: "类型", "Type";
    LANG: "语言", "Language";
    DEGRADED: "没有编码器，现在只按字面检索。", "There is no encoder: only words are compared.";
    UNKNOWN_FILTERS: "没看懂的筛选：", "Filters that were not understood: ";
    PHRASES: "必须逐字出现：", "Must occur literally: ";
    ACTIVE_FILTERS: "已用筛选", "Filters in use";
    REMOVE_FILTER: "去掉筛选", "Remove filter";
    PART_ONLY: "以下只符合一部分", "Below: matches only part";
    NOTHING_MATCHES: "没有完全匹配。意思最接近的：", "Nothing matches. Closest in meaning:";
    WHY: "为什么是它", "Why this one";
    SCORE: "得分", "Score";
    PART: "组成部分", "Part";
    GROUP: "类别", "Group";
    AMOUNT: "贡献", "Amount";
    PARTS: "各部分之和", "Sum of the parts";
    GAP: "余差", "Gap";
    ADDS_UP: "各部分加起来正好等于得分", "The parts add up to the score";
    DOES_NOT_ADD_UP: "各部分加起来与得分有差，差额即余差", "The parts do not add up to the score; the gap is what is missing";
    METHOD: "方法", "Method";
    PASSAGE: "命中的段落，按编码器读到的样子（颜色越深，对语义得分的贡献越大）", "The passage as the encoder read it (the stronger the colour, the more it adds to the meaning score)";
    PASSAGE_LEGEND_LESS: "拉低", "lowers";
    PASSAGE_LEGEND_MORE: "抬高", "raises";
    SWITCH_OFF: "关掉", "Off";
    SWITCH_HINT: "关掉一个部分，看排序怎么变。", "Switch a part off and see the ranking change.";
    RERANK: "按勾选重新排序", "Rank again";
    WHAT_IF: "假设没有这些部分", "As if these parts were not there";
    RESTORE: "全部恢复", "Switch all on again";
    MORE_PARTS: "其余较小的部分", "Smaller parts";
    NO_QUERY_TITLE: "想找什么？", "What are you looking for?";
    NO_QUERY: "中文、英文或代码都可以。加上筛选能更准：", "Chinese, English or code. Filters make it sharper:";
    NO_HITS_TITLE: "没有找到", "Nothing found";
    NO_HITS: "换一个说法，或者：", "Try other words, or:";
    NO_HITS_FILTERS: "去掉筛选再搜", "Search without the filters";
    NO_HITS_SEMANTIC: "按语义再搜", "Search by meaning";
    NO_HITS_HYBRID: "用混合方式再搜", "Search in hybrid mode";
    NO_HITS_PHRASE: "去掉引号再搜", "Search without the quotes";
    NO_HITS_BROWSE: "浏览全部文章", "Browse all articles";
    NO_HITS_GLOSSARY: "查术语表", "Look in the glossary";
    SYNTAX_TYPE: "只看文章", "articles only";
    SYNTAX_TAG: "只看某个标签", "one tag only";
    SYNTAX_QUOTES: "引号里的词逐字出现", "words in quotes occur literally";
    SYNTAX_AFTER: "某天之后更新的", "updated on or after a day";
    SYNTAX_LANG: "只看一种语言", "one language only";
    SYNTAX_AUTHOR: "某位作者", "one author";
    IN_SECTION: "见该节", "Go to the section";
}
