//! Words of entries: lists, articles, terms, the editor, revisions.

use super::texts;

texts! {
    // Home
    NEW_HERE: "最近更新", "What is new";
    READ_FIRST: "从这里读起", "Where to begin";
    READ_NEXT: "接下来读什么", "What to read next";
    FORGET_READING: "忘掉阅读记录", "Forget what I read";
    TOPIC_MAP: "知识地层", "Strata of topics";
    TOPIC_MAP_HINT: "越往下越是基础；色块越宽，内容越多。", "The deeper, the more fundamental; the wider, the more there is.";
    MORE: "更多", "More";
    TRY: "试试：", "Try:";

    // Lists
    ALL_ARTICLES: "全部文章", "All articles";
    NO_ARTICLES: "还没有这样的文章", "There is no such article yet";
    NO_ARTICLES_HINT: "换个标签，或者写第一篇。", "Choose another tag, or write the first one.";
    NO_ENTRIES_YET: "这里还是空的", "Nothing is here yet";
    NO_ENTRIES_HINT: "发布第一篇文章后，它会出现在这里。", "Once the first article is published it shows up here.";
    BY_TAG: "按标签", "By tag";
    ANY_LANG: "全部语言", "Any language";
    MY_ARTICLES: "我的文章", "My articles";

    // Article
    CONTENTS: "目录", "Contents";
    ANSWERS: "这一页回答的问题", "Questions this page answers";
    AUTHORS: "作者", "Authors";
    HISTORY: "修订记录", "History";
    EDIT: "编辑", "Edit";
    RELATED: "相关内容", "Related";
    RELATED_WHY: "为什么相关", "Why it is related";
    BACKLINKS: "提到它的内容", "Mentioned in";
    OLD_REVISION: "你正在看旧版本。", "You are looking at an old revision.";
    LATEST: "看最新版", "See the latest";
    RESTORE: "恢复这一版", "Restore this revision";
    RESTORE_PROPOSE: "提议恢复这一版", "Propose to restore this revision";
    RESTORE_HINT: "会以这一版的内容建立一个新版本，不会丢失任何历史。", "This makes a new revision with the old text; no history is lost.";
    DRAFT_NOTICE: "尚未发布，只有作者和评审能看到。", "Not published: only its author and reviewers see it.";
    IN_REVIEW_NOTICE: "正在等待评审，发布后所有人可见。", "Waiting for review; everybody sees it once it is published.";
    ARCHIVED_NOTICE: "已归档：保留备查，不再出现在列表与搜索中。", "Archived: kept, but out of lists and search.";

    // Terms
    GLOSSARY_LEAD: "团队共用的词。它们在文章里悬停可见，也让搜索跨越中英文。", "The words the team shares. They show on hover in articles and let search cross languages.";
    FILTER_TERMS: "按名称或释义筛选", "Filter by name or definition";
    NO_TERMS: "没有匹配的术语", "No term matches";
    NEW_TERM: "新建术语", "New term";
    ALSO_CALLED: "也叫", "Also called";
    USED_IN: "用到它的内容", "Used in";
    BY_TOPIC: "按主题", "By topic";
    BY_LETTER: "按字母", "A–Z";
    SEARCH_TERM: "搜索这个术语", "Search for this term";

    // People
    PEOPLE_LEAD: "在这里写过东西的人。", "Those who wrote something here.";
    NO_PEOPLE: "还没有人写过东西", "Nobody has written anything yet";
    NO_PEOPLE_HINT: "内置内容来自编辑部；第一位作者保存文章后会出现在这里。", "The starting content comes with the product; the first author shows up here after saving.";

    // Editor
    NEW_ARTICLE: "写文章", "New article";
    EDITING: "编辑", "Editing";
    TITLE: "标题", "Title";
    TITLE_HINT: "读者在列表和搜索里看到的第一行", "The first line that readers see in lists and search";
    SLUG: "链接名", "Link name";
    SLUG_HINT: "小写字母、数字和连字符；定下来就不能改", "Lower-case letters, digits and hyphens; fixed once it exists";
    SUMMARY: "摘要", "Summary";
    SUMMARY_HINT: "一到两句话，说清读者能得到什么", "One or two sentences: what the reader gets";
    TAGS_HINT: "用逗号分开，例如 ranking, evaluation", "Separated by commas, such as ranking, evaluation";
    AUTHORS_HINT: "显示的作者名，用逗号分开", "Names shown as authors, separated by commas";
    TRANSLATION_OF: "译自", "Translation of";
    TRANSLATION_HINT: "原文的链接名；没有就留空", "Link name of the original; empty if there is none";
    BODY: "正文", "Text";
    BODY_HINT: "Markdown：公式 $…$，图 ```mermaid，站内链接 [[链接名]]，搜索块 ```alluvium search", "Markdown: formulas $…$, diagrams ```mermaid, links [[slug]], search blocks ```alluvium search";
    NOTE: "修订说明", "Note";
    NOTE_HINT: "这次改了什么、为什么", "What changed, and why";
    PREVIEW: "预览", "Preview";
    PREVIEW_EMPTY: "写下的内容会在这里显示。", "What you write shows here.";
    SAVE_DRAFT: "存为草稿", "Save as draft";
    SAVE_PUBLISH: "发布", "Publish";
    SAVE_REVISION: "保存新版本", "Save revision";
    SAVE_PUBLIC: "立即公开", "Publish this change";
    SAVE_PROPOSAL: "提交修改，等待审核", "Propose this change";
    PROPOSES: "这一页已经发布。你的修改交给评审，采纳后才公开。", "This page is published. Your change goes to a reviewer and shows once it is accepted.";
    PROPOSES_AGAIN: "你有一份修改正在等待审核，下面就是它；再次提交会取代它。", "A change of yours is waiting for review, and it is what you see below. Proposing again replaces it.";
    PROPOSAL_SEE: "查看", "See it";
    PROPOSAL_YOURS: "你对这一页的修改正在等待审核。", "A change of yours to this page is waiting for review.";
    DETAILS: "标题与属性", "Title and details";
    ZH_NAME: "中文名", "Chinese name";
    EN_NAME: "英文名", "English name";
    ALIASES: "别名", "Aliases";
    ALIASES_HINT: "两种语言都可以，用逗号分开", "In both languages, separated by commas";
    QUESTIONS: "回答的问题", "Questions it answers";
    QUESTIONS_HINT: "每行一个。用不懂行话的人会用的说法写，搜索据此找到这一页。", "One a line, in the words of people who do not know the jargon: search finds the page by them.";
    DEFINITION_ZH: "中文释义", "Definition in Chinese";
    DEFINITION_EN: "英文释义", "Definition in English";
    TERM_BODY: "补充说明", "More about it";
    UNSAVED: "有未保存的修改", "There are unsaved changes";
    SESSION_ENDED: "登录已过期。内容还在：请在新标签页登录，再回来保存。", "Your session has ended. Your text is still here: sign in in another tab, then save again.";

    // Conflict
    CONFLICT: "有人先保存了", "Somebody saved first";
    CONFLICT_TEXT: "互不相干的改动已经合并到下面的表单里。以下内容你们都改了：逐项选一个，再保存。", "Changes that do not overlap are merged in the form below. Both of you changed the following: choose for each, then save.";
    CONFLICT_DIFF: "从对方的正文到合并后的正文", "From their text to the merged text";
    CONFLICT_THEIRS: "对方的全文", "Their whole text";
    CLASH_BASE: "原来", "Before";
    CLASH_THEIRS: "对方", "Theirs";
    CLASH_MINE: "你的", "Yours";
    CLASH_KEEP: "用哪一份", "Keep";
    CLASH_OPEN: "请选择", "Choose";
    CLASH_KEEP_THEIRS: "用对方的", "Theirs";
    CLASH_KEEP_MINE: "用我的（表单里的文字）", "Mine (as in the form)";
    SAVE_MERGED: "保存合并后的文字", "Save the merged text";
    OVERWRITE: "用我的覆盖", "Overwrite with mine";
    OVERWRITE_HINT: "上面列出的各项都用你的；对方其他的改动保留。", "Yours stands in everything listed above; their other changes stay.";

    // Revisions
    REVISIONS: "修订记录", "Revisions";
    COMPARE: "比较选中的两版", "Compare the two chosen";
    COMPARE_FROM: "旧", "From";
    COMPARE_TO: "新", "To";
    BY_SYSTEM: "随安装内容", "came with the installation";
    NO_NOTE: "（没有说明）", "(no note)";
    DIFFERENCE: "差异", "Difference";
    NO_DIFFERENCE: "两版正文相同。", "The texts are the same.";
    FIELDS_CHANGED: "改动的属性", "Changed details";
    OLD: "旧", "Old";
    NEW: "新", "New";
    LINE: "行", "Line";
    ADDED_LINES: "新增行", "lines added";
    REMOVED_LINES: "删除行", "lines removed";
    CURRENT: "当前", "current";
    CHANGES: "改动", "Changes";
    HIDDEN_LINES: "相同的部分略去", "Unchanged lines are left out";
}
