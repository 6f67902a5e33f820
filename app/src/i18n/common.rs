//! Words of the frame: navigation, buttons, errors. Islands use the first group.

use super::texts;

texts! {
    SEARCH: "搜索", "Search";
    VALUE: "值", "Value";
}

#[cfg(feature = "ssr")]
texts! {
    PRODUCT: "沃土", "Alluvium";
    TAGLINE: "让团队知道的，都能被找到", "What the team knows, found";
    DESCRIPTION: "搜索与推荐团队的知识平台：文章、术语与可以解释的检索。", "The knowledge platform of a search and recommendation team: articles, glossary, and search that explains itself.";
    SKIP: "跳到正文", "Skip to content";
    MAIN_NAV: "主导航", "Main navigation";
    ARTICLES: "文章", "Articles";
    GLOSSARY: "术语", "Glossary";
    PEOPLE: "作者", "People";
    WRITE: "写文章", "Write";
    SIGN_IN: "登录", "Sign in";
    SIGN_OUT: "退出登录", "Sign out";
    SETTINGS: "设置", "Settings";
    MY_WRITING: "我的文章", "My writing";
    PROPOSALS: "修改提议", "Proposals";
    ADMIN_PEOPLE: "人员与角色", "People and roles";
    ADMIN_MODELS: "模型注册表", "Model registry";
    ADMIN_AUDIT: "审计日志", "Audit log";
    ADMIN_STATUS: "系统状态", "System status";
    ADMINISTRATION: "管理", "Administration";
    THEME: "外观", "Appearance";
    THEME_AUTO: "跟随系统", "Like the system";
    THEME_LIGHT: "浅色", "Light";
    THEME_DARK: "深色", "Dark";
    SWITCH_LANG_LABEL: "Switch the interface to English", "将界面切换为中文";
    API: "接口", "API";
    ABOUT: "关于", "About";
    SAVE: "保存", "Save";
    CANCEL: "取消", "Cancel";
    BACK_HOME: "回到首页", "Go to the home page";
    TRY_AGAIN: "再试一次", "Try again";
    PREVIOUS: "上一页", "Previous";
    NEXT: "下一页", "Next";
    PAGES: "分页", "Pages";
    ALL: "全部", "All";
    FILTER: "筛选", "Filter";
    COPY: "复制", "Copy";
    COPIED: "已复制", "Copied";
    REQUIRED: "必填", "required";
    FIX_ERRORS: "有几处需要修改：", "Please mend these:";

    ERR_NOT_FOUND: "这里没有内容。链接可能写错了，或者它还没有发布。试试搜索标题里的词。", "There is nothing here. The link may be misspelt, or the page is not published yet. Try searching for words of its title.";
    ERR_FORBIDDEN: "你的角色不能做这件事。需要的话，请管理员调整。", "Your role does not allow this. Ask an administrator if you need it.";
    ERR_UNAUTHENTICATED: "登录之后才能继续。", "Sign in to go on.";
    ERR_INVALID: "提交的内容有误，请返回修改。", "What was sent is not valid. Go back and mend it.";
    ERR_CONFLICT: "它与已有的内容冲突：可能有人刚改过，或名称已被占用。", "It conflicts with what is there: somebody may just have changed it, or the name is taken.";
    ERR_OVERLOADED: "请求太多了，过一会儿再试。", "There are too many requests. Try again in a moment.";
    ERR_UNAVAILABLE: "需要的部件现在不可用，稍后再试。", "A part that this needs is not available now. Try again later.";
    ERR_INTERNAL: "是我们这边出了错，已经记入日志。稍后再试；若一直如此，请把时间告诉管理员。", "It is our fault, and it is in the log. Try again later; if it stays so, tell an administrator when it happened.";

    // Words of several areas.
    STATE: "状态", "State";
    MODEL: "模型", "Model";
    TAGS: "标签", "Tags";
    APPLY: "应用", "Apply";
    OLDER: "更早的", "Older";
    NEWEST: "回到最新", "Newest";
    REASON: "理由", "Reason";
    VERSION: "版本", "Version";
    NAME: "名称", "Name";
}
