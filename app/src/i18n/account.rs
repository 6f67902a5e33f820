//! Words of sign-in, settings and administration.

use super::texts;

texts! {
    SIGN_IN_TITLE: "登录", "Sign in";
    SIGN_IN_LEAD: "写作、评审和管理需要登录；阅读不需要。", "Writing, reviewing and administration need you to sign in; reading does not.";
    SIGN_IN_LEAD_CLOSED: "这里的内容需要登录才能阅读。", "Sign in to read what is here.";
    NAME: "登录名", "Sign-in name";
    PASSWORD: "密码", "Password";
    NO_ACCOUNT: "没有账号？请管理员为你添加，你会得到一个一次性登录链接。", "No account? An administrator can add you; you get a one-time sign-in link.";
    WRONG: "登录名或密码不对。", "Name or password is not right.";
    TOO_MANY: "尝试太多次了，请过几分钟再试。", "Too many attempts. Try again in a few minutes.";
    LINK_TITLE: "用一次性链接登录", "Sign in with a one-time link";
    LINK_LEAD: "这个链接只能用一次。点下面的按钮完成登录，然后在设置里定一个密码。", "This link works once. Press the button to sign in, then set a password in the settings.";
    LINK_USED: "这个链接已经用过或过期了。请管理员再给你一个。", "This link has been used or has ended. Ask an administrator for another.";

    SETTINGS_TITLE: "设置", "Settings";
    PROFILE: "个人资料", "Profile";
    DISPLAY_NAME: "显示名", "Shown name";
    ROLE: "角色", "Role";
    CHANGE_PASSWORD: "修改密码", "Change password";
    SET_PASSWORD: "设置密码", "Set a password";
    SET_PASSWORD_HINT: "你还没有密码。设一个，下次就能直接登录。", "You have no password yet. Set one to sign in next time.";
    CURRENT_PASSWORD: "当前密码", "Current password";
    NEW_PASSWORD: "新密码", "New password";
    PASSWORD_HINT: "至少 12 个字符；一句话最好记。其他设备会退出登录。", "At least 12 characters; a sentence is easiest to remember. Other devices are signed out.";
    TOKENS: "接口令牌", "API tokens";
    TOKENS_HINT: "程序用它代表你调用接口。令牌只在生成时显示一次。", "Programs use one to call the API as you. A token is shown once, when it is made.";
    TOKEN_NAME: "名称", "Name";
    TOKEN_NAME_HINT: "例如：夜间评测脚本", "For example: nightly evaluation";
    TOKEN_DAYS: "有效天数", "Days";
    TOKEN_DAYS_HINT: "留空则一直有效", "Empty: until revoked";
    TOKEN_CREATE: "生成令牌", "Make a token";
    TOKEN_CREATED: "令牌已生成，请现在复制，之后不再显示：", "Here is your token. Copy it now; it is not shown again:";
    TOKEN_REVOKE: "撤销", "Revoke";
    TOKEN_NONE: "还没有令牌。", "There is no token yet.";
    CREATED: "创建于", "Created";
    LAST_USED: "最近使用", "Last used";
    NEVER: "从未", "never";
    EXPIRES: "到期", "Ends";
    SAVED: "已保存。", "Saved.";
    PASSWORD_SAVED: "密码已更新，其他设备已退出登录。", "The password is set; other devices are signed out.";
    REVOKED: "令牌已撤销。", "The token is revoked.";
    SESSION: "登录状态", "This session";
    SESSION_HINT: "在公用电脑上用完请退出。", "Sign out when you leave a shared computer.";

    PEOPLE_TITLE: "人员与角色", "People and roles";
    ADD_PERSON: "添加人员", "Add a person";
    ADD_HINT: "不填密码会得到一个一次性登录链接，24 小时内有效。", "Without a password you get a one-time sign-in link, good for 24 hours.";
    ADD: "添加", "Add";
    PASSWORD_OPTIONAL: "密码（可不填）", "Password (optional)";
    NEW_LINK: "新登录链接", "New sign-in link";
    LINK_CREATED: "把这个链接交给本人，只能用一次，24 小时内有效：", "Give this link to the person. It works once, within 24 hours:";
    DISABLE: "停用", "Disable";
    ENABLE: "启用", "Enable";
    DISABLED: "已停用", "disabled";
    CHANGE_ROLE: "改角色", "Change role";
    SINCE: "加入于", "Since";
    LAST_ADMIN: "至少要有一位管理员。", "There must be at least one administrator.";
    ACTIONS: "操作", "Actions";
    PERSON: "人员", "Person";

    AUDIT_TITLE: "审计日志", "Audit log";
    AUDIT_LEAD: "谁在什么时候做了什么。时间为 UTC。", "Who did what, and when. Times are UTC.";
    WHEN: "时间", "When";
    WHO: "谁", "Who";
    WHAT: "做了什么", "What";
    SUBJECT: "对象", "Subject";
    DETAIL: "详情", "Detail";
    SYSTEM: "系统", "system";
    OLDER: "更早的", "Older";
    NEWEST: "回到最新", "Newest";
    AUDIT_EMPTY: "还没有记录。", "There are no records yet.";

    STATUS_TITLE: "系统状态", "System status";
    ENTRIES: "条目", "Entries";
    PASSAGES: "段落", "Passages";
    ENCODER: "编码器", "Encoder";
    ENCODER_NONE: "没有（只做字面检索）", "none (words only)";
    DIMENSION: "向量维度", "Dimensions";
    VERSION: "版本", "Version";
    DATABASE: "数据库", "Database";
    READY: "正常", "answers";
    NOT_READY: "没有响应", "does not answer";
    READING: "匿名阅读", "Anonymous reading";
    ON: "开启", "on";
    OFF: "关闭", "off";
}
