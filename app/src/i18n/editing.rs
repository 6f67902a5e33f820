//! Words of the editor in the browser: text kept on the device.

use super::texts;

texts! {
    KEPT: "这台设备上有没保存的文字", "This device has text that was not saved";
    RESTORE: "恢复", "Restore";
    DROP: "丢弃", "Discard";
    KEPT_NOW: "已暂存在这台设备上", "Kept on this device";
}
