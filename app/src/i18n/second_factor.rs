//! Words of the second factor.

use super::texts;

texts! {
    SECOND_FACTOR: "两步验证", "Second factor";
    LEAD: "登录时除密码外再输入验证器应用（如 Aegis、Google Authenticator、Microsoft Authenticator）生成的 6 位验证码。", "At sign-in a code from an authenticator app (such as Aegis, Google Authenticator or Microsoft Authenticator) is asked for after the password.";
    REQUIRED: "你的角色必须使用两步验证。开启之前只有读者的权限。", "Your role needs a second factor. Until it is on you can only do what a reader can.";
    BEGIN: "开启两步验证", "Set up";
    SCAN: "用验证器应用扫描二维码，或手动输入密钥，然后填写应用显示的验证码。", "Scan the picture with an authenticator app or type the secret into it, then enter the code that the app shows.";
    PICTURE: "密钥的二维码", "The secret as a QR code";
    SECRET: "密钥", "Secret";
    ADDRESS: "otpauth 地址", "otpauth address";
    CODE: "验证码", "Code";
    CODE_HINT: "应用显示的 6 位数字", "The six digits that the app shows";
    CONFIRM: "确认开启", "Turn on";
    ANOTHER: "换一个密钥", "Another secret";
    ON_SINCE: "已开启，自", "On since";
    CODES_LEFT: "剩余恢复码", "Recovery codes left:";
    END: "关闭两步验证", "Turn off";
    END_HINT: "输入验证码或一个恢复码", "A code, or one of the recovery codes";
    RECOVERY: "两步验证已开启。请保存这些恢复码，之后不再显示；手机丢失时，每个可代替验证码使用一次。", "The second factor is on. Keep these recovery codes; they are not shown again. Each replaces a code once, for when the phone is lost.";
    SIGN_IN_LEAD: "请输入验证器应用显示的验证码，或一个恢复码。", "Enter the code that your authenticator app shows, or a recovery code.";
    WRONG: "验证码不对，或已经用过。", "The code is not right, or was used before.";
    OVER: "等待时间过长，请重新登录。", "That took too long. Please sign in again.";
    AGAIN: "重新登录", "Sign in again";
    NEEDED_BY: "必须使用两步验证的角色", "Roles that need a second factor";
    NEEDED_HINT: "这些人开启之前只有读者的权限；接口令牌不受影响。", "Until they have one, these people can only do what a reader can; API tokens are not affected.";
    NOBODY: "不要求", "nobody";
    AND_ABOVE: "及以上", "and above";
    RESET: "重置两步验证", "Take the second factor away";
    RESET_HINT: "手机和恢复码都丢失时使用。此人的会话全部结束，下次登录只需密码。", "For somebody who has lost phone and recovery codes. Their sessions end, and the next sign-in needs the password only.";
    NONE: "未开启", "not set up";
}
