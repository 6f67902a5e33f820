//! Words of whoever sends events.

use alluvium_domain::shop::{Ruling, SenderKind};

use super::{Text, texts};

texts! {
    SENDERS: "行为来源", "Event senders";
    LEAD: "不可信来源的行为先隔离：不计入统计、首页、候选、特征和训练，直到管理员收录。作废的行为留在表里，但不再起作用。", "Events of a sender that is not trusted wait: they count for nothing in statistics, home page, candidates, features or training until an administrator takes them in. Void events stay in the table without effect.";
    NONE: "还没有来源", "There is no sender yet";
    SENDER: "来源", "Sender";
    KIND: "类型", "Kind";
    WAITING: "待收录", "Waiting";
    COUNTING: "已计入", "Counting";
    VOID: "已作废", "Void";
    FIRST: "首次", "First";
    TRUSTED: "可信", "trusted";
    CHOOSE: "选择", "Choose";
    DAYS: "按到达日期（UTC）", "By day of arrival (UTC)";
    DAY: "日期", "Day";
    CATALOGUE: "目录", "Catalogue";
    ALL_CATALOGUES: "全部目录", "All catalogues";
    PRODUCTS: "待收录与已作废的行为主要涉及", "What waits or is void is mostly about";
    DECIDE: "处理", "Decide";
    FROM: "从", "From";
    TO: "到", "To";
    DATE_HINT: "留空则不限", "Empty: no limit";
    TRUST: "设为可信", "Trust";
    DISTRUST: "取消可信", "Trust no longer";
    TRUST_HINT: "可信令牌的新行为立即计入；已到的行为不受影响。", "New events of a trusted token count at once; what has come stays as it is.";
    DONE: "已处理。", "Done.";
    LEARNED: "这些模型版本学过现已作废或删除的行为", "These versions learned from events that are void or erased by now";
}

pub(crate) fn kind(kind: SenderKind) -> Text {
    match kind {
        SenderKind::Simulation => Text::new("模拟程序", "simulation"),
        SenderKind::Import => Text::new("文件导入", "imported files"),
        SenderKind::Earlier => Text::new("来源记录之前", "before senders were kept"),
        SenderKind::Token => Text::new("接口令牌", "API token"),
        SenderKind::Person => Text::new("登录用户", "signed-in person"),
        SenderKind::Visitor => Text::new("匿名访客", "visitor"),
    }
}

pub(crate) fn ruling(ruling: Ruling) -> Text {
    match ruling {
        Ruling::TakeIn => Text::new("收录", "Take in"),
        Ruling::Void => Text::new("作废", "Make void"),
        Ruling::Restore => Text::new("撤销作废", "Undo void"),
    }
}
