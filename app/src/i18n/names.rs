//! Names of the kinds, states, roles and modes of the domain.

use alluvium_domain::entry::ProposalState;
use alluvium_domain::search::Mode;
use alluvium_domain::{EntryKind, EntryState, Lang, LinkRelation, Role};

use super::Text;

pub(crate) fn kind(kind: EntryKind) -> Text {
    match kind {
        EntryKind::Article => Text::new("文章", "Article"),
        EntryKind::Experiment => Text::new("实验", "Experiment"),
        EntryKind::Model => Text::new("模型", "Model"),
        EntryKind::Dataset => Text::new("数据集", "Dataset"),
        EntryKind::Term => Text::new("术语", "Term"),
    }
}

pub(crate) fn state(state: EntryState) -> Text {
    match state {
        EntryState::Draft => Text::new("草稿", "Draft"),
        EntryState::InReview => Text::new("待评审", "In review"),
        EntryState::Published => Text::new("已发布", "Published"),
        EntryState::Archived => Text::new("已归档", "Archived"),
    }
}

pub(crate) fn proposal(state: ProposalState) -> Text {
    match state {
        ProposalState::Waiting => Text::new("等待审核", "Waiting for review"),
        ProposalState::Accepted => Text::new("已采纳", "Accepted"),
        ProposalState::Declined => Text::new("未采纳", "Declined"),
        ProposalState::Replaced => Text::new("已被新的修改取代", "Replaced"),
        ProposalState::Withdrawn => Text::new("已撤回", "Withdrawn"),
    }
}

/// The button that moves an entry to a state.
pub(crate) fn move_to(state: EntryState) -> Text {
    match state {
        EntryState::Draft => Text::new("退回草稿", "Back to draft"),
        EntryState::InReview => Text::new("提交评审", "Hand in for review"),
        EntryState::Published => Text::new("发布", "Publish"),
        EntryState::Archived => Text::new("归档", "Archive"),
    }
}

pub(crate) fn role(role: Role) -> Text {
    match role {
        Role::Reader => Text::new("读者", "Reader"),
        Role::Author => Text::new("作者", "Author"),
        Role::Reviewer => Text::new("评审", "Reviewer"),
        Role::Administrator => Text::new("管理员", "Administrator"),
    }
}

pub(crate) fn lang(lang: Lang) -> &'static str {
    lang.pick("中文", "English")
}

pub(crate) fn relation(relation: LinkRelation) -> Text {
    match relation {
        LinkRelation::Mentions => Text::new("提到", "mentions"),
        LinkRelation::Supersedes => Text::new("取代", "supersedes"),
        LinkRelation::TranslationOf => Text::new("另一语言版本", "in another language"),
        LinkRelation::Evaluates => Text::new("评估", "evaluates"),
        LinkRelation::TrainedOn => Text::new("训练数据", "trained on"),
        LinkRelation::MeasuredOn => Text::new("测量数据", "measured on"),
    }
}

pub(crate) fn mode(mode: Mode) -> Text {
    match mode {
        Mode::Hybrid => Text::new("混合", "Hybrid"),
        Mode::Lexical => Text::new("字面", "Lexical"),
        Mode::Semantic => Text::new("语义", "Semantic"),
    }
}

/// The value of the `mode` parameter.
pub(crate) fn mode_code(mode: Mode) -> &'static str {
    match mode {
        Mode::Hybrid => "hybrid",
        Mode::Lexical => "lexical",
        Mode::Semantic => "semantic",
    }
}
