//! Words of handing out and erasing what is kept of somebody.

use super::texts;

texts! {
    TITLE: "导出与删除个人数据", "Personal data";
    LEAD: "把一个人或一位购物者的全部数据导出为 JSON，或者删除。删除会去掉行为、投票、会话、令牌和名字；写过的内容保留但不再署名；审计日志只记下发生过，不记是谁。删除不能撤销。", "Everything that is kept of a person or a shopper, as JSON, or erased. Erasing removes events, votes, sessions, tokens and the name; what they wrote stays without it; the audit log keeps that it happened, not who. There is no way back.";
    PERSON: "人员（登录名）", "Person (sign-in name)";
    SHOPPER: "购物者", "Shopper";
    CATALOGUE: "目录", "Catalogue";
    SHOPPER_ID: "购物者编号", "Id of the shopper";
    CONFIRM: "再输入一次以确认删除", "Type it once more to erase";
    EXPORT: "导出 JSON", "Export as JSON";
    ERASE: "删除", "Erase";
    DONE: "已删除。", "Erased.";
    OWN: "我的数据", "My data";
    OWN_HINT: "账号、令牌、投票、评分、写过的版本、运行，以及在商店里的行为。要删除请找管理员。", "Account, tokens, votes, grades, revisions, runs, and what you did in the shop. Ask an administrator to erase it.";
}
