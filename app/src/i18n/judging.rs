//! Words of the judging island.

use super::texts;

texts! {
    SAVED: "已保存", "saved";
    FAILED: "没有保存成功", "not saved";
}
