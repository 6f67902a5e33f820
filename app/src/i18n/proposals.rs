//! Words of proposals: changes of published pages that wait for a reviewer.

use super::texts;

texts! {
    LEAD_REVIEWER: "作者对已发布页面的修改。采纳之前，读者看到的还是原来的内容。", "What authors changed on published pages. Readers see the page as it was until a change is accepted.";
    LEAD_AUTHOR: "你对已发布页面的修改。采纳之前，读者看到的还是原来的内容。", "What you changed on published pages. Readers see the page as it was until a change is accepted.";
    NONE: "没有等待审核的修改", "No change is waiting";
    NONE_HINT: "作者修改已发布的页面后，会出现在这里。", "Once an author changes a published page, it shows up here.";
    PAGE: "页面", "Page";
    AUTHOR: "作者", "Author";
    PROPOSED_AT: "提交时间", "Proposed";
    TITLE: "修改提议", "Proposal";
    AGAINST: "对照", "Compared with";
    ACCEPT: "采纳并公开", "Accept and publish";
    DECLINE: "不采纳", "Decline";
    DECLINE_REASON: "不采纳的理由", "Why it is declined";
    DECLINE_REASON_HINT: "作者会看到。", "Its author sees this.";
    WITHDRAW: "撤回", "Withdraw";
    GO_ON: "继续修改", "Edit it";
    RESULT: "结果版本", "It became";
    CLASH: "提交之后，别人改了同样的地方", "Others changed the same since";
    CLASH_TEXT: "其余改动可以直接合并。以下各项逐一选一个，再采纳；也可以不采纳，请作者改好再交。", "The rest merges by itself. Choose for each of the following before you accept, or decline and ask the author to bring it up to date.";
    CLASH_PUBLISHED: "现在公开的", "As published";
    CLASH_PROPOSED: "提议的", "As proposed";
    KEEP_PUBLISHED: "用现在公开的", "As published";
    KEEP_PROPOSED: "用提议的", "As proposed";
    MOVED_ON: "页面刚刚又有了新版本。请再看一遍差异。", "The page has just been changed. Please look at the difference again.";
}
