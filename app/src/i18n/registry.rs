//! Words of the model registry.

use alluvium_domain::registry::{Act, Approval};

use super::{Text, texts};

texts! {
    LEAD: "登记的模型、它们的版本，以及哪个版本在哪里服务、从何时起、由谁决定。未经批准的版本不能服务。", "Registered models, their versions, and which version serves where, since when and by whose word. A version that is not approved cannot serve.";
    SERVING: "正在服务", "What serves";
    SERVING_NONE: "还没有模型在服务：商店按内容与热度回答。", "No model serves yet: shops answer by content and popularity.";
    PLACE: "位置", "Place";
    MODELS: "全部模型", "All models";
    NONE: "还没有登记的模型", "No model is registered yet";
    NONE_HINT: "训练推荐模型，或用 MLflow、huggingface_hub 客户端登记一个。", "Train a recommendation model, or register one with the MLflow or huggingface_hub client.";
    VERSIONS: "版本", "Versions";
    NO_VERSION: "还没有版本。", "There is no version yet.";
    SINCE: "自", "Since";
    ACTIVATED_BY: "启用者", "Activated by";
    APPROVED_BY: "批准者", "Approved by";
    PROGRAM: "程序", "the program";
    SERVES: "服务于", "Serves";
    SERVES_NOTHING: "这里没有服务使用它", "nothing here";
    LOADED: "已加载", "loaded";
    REFUSED: "未换入：", "not swapped in: ";
    CHAMPION: "冠军", "champion";
    CHECKS: "自动检查", "Automatic checks";
    NOT_CHECKED: "还没有检查；申请审批时运行。", "Not checked yet: they run when approval is asked for.";
    NOT_MEASURED: "未测量", "Not measured";
    ADVICE: "（供参考）", " (advice)";
    DECISIONS: "决定记录", "Decisions";
    NO_DECISION: "还没有记录。", "Nothing has been decided yet.";
    MADE: "生成", "Made";
    AUTHOR: "作者", "Author";
    REASON_HINT: "拒绝时必填", "Needed to reject";
    BESIDE: "两个版本并排", "Two versions side by side";
    BESIDE_LEAD: "同一个顾客的历史，两个版本各推荐什么、为什么。只供决定之前查看，不会因此服务。", "The history of one shopper: what each version recommends, and why. To look at before deciding; nothing serves because of it.";
    BESIDE_ENCODER_LEAD: "同一个查询：商品搜索最先找到的商品，两个版本各按余弦怎么排、每个词贡献多少。只供决定之前查看，不会因此服务。", "One query: the products that product search finds first, in the order of each version's cosine, and what each word adds. To look at before deciding; nothing serves because of it.";
    BESIDE_READ_AS: "编码器读到的查询：", "The query as an encoder reads it:";
    BESIDE_B: "另一个版本", "Another version";
    BESIDE_SHOPPER: "顾客（可空）", "Shopper (may be empty)";
    BESIDE_ONLY: "只在这里", "only here";
    BESIDE_THERE: "另一边第", "there at";
    BESIDE_WHY: "得分从哪里来", "Where the score is from";
    LINEAGE: "来龙去脉", "Lineage";
    LINEAGE_LEAD: "数据 → 运行 → 版本 → 服务", "data → run → version → serving";
    CARD_OPEN: "打开模型卡", "Open the card";
    CARD_HINT: "模型卡的链接名；留空则不绑定", "Slug of the model card; empty for none";
    CARD_BIND: "绑定模型卡", "Bind the card";
    IN_REGISTRY: "在注册表中打开", "Open in the registry";
    DATA: "数据", "Data";
    NO_RUN: "未记录", "not recorded";
    ROLL_BACK: "回退到上一个冠军", "Roll back to the champion before";
    OWN: "这是你自己的版本：由别的评审者审批。", "This version is your own: another reviewer decides.";
    AUDIT_EXPORT: "导出为 JSON 行", "Export as JSON lines";
}

/// Where a version's approval stands.
pub(crate) fn approval(approval: Approval) -> Text {
    match approval {
        Approval::Draft => Text::new("草稿", "Draft"),
        Approval::Requested => Text::new("待审批", "Approval asked for"),
        Approval::Approved => Text::new("已批准", "Approved"),
        Approval::Rejected => Text::new("已拒绝", "Rejected"),
        Approval::Withdrawn => Text::new("已撤回", "Withdrawn"),
    }
}

/// What happened to a version, and the button that makes it happen.
pub(crate) fn act(act: Act) -> Text {
    match act {
        Act::Request => Text::new("申请审批", "Ask for approval"),
        Act::Check => Text::new("自动检查", "Automatic checks"),
        Act::Approve => Text::new("批准", "Approve"),
        Act::Reject => Text::new("拒绝", "Reject"),
        Act::Withdraw => Text::new("撤回", "Withdraw"),
        Act::Activate => Text::new("启用", "Activate"),
        Act::RollBack => Text::new("回退", "Roll back"),
        Act::Alias => Text::new("设置别名", "Alias set"),
        Act::Unalias => Text::new("移除别名", "Alias removed"),
        Act::Stage => Text::new("更改阶段", "Stage changed"),
    }
}

/// The name of an automatic check.
pub(crate) fn check(name: &str) -> Text {
    match name {
        "files" => Text::new("文件与哈希", "Files and hashes"),
        "loads" => Text::new("能加载", "Loads"),
        "golden" => Text::new("标准输入的输出", "Golden outputs"),
        "explanations" => Text::new("解释相加等于得分", "Explanations add up"),
        "metrics" => Text::new("与冠军比较", "Against the champion"),
        "card" => Text::new("模型卡完整", "Card is complete"),
        _ => Text::new("检查", "Check"),
    }
}
