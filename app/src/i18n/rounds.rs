//! Words of rounds of learning.

use super::texts;

texts! {
    ROUNDS: "学习轮次", "Rounds";
    LEAD: "大家在商店里做的事成为训练数据；一轮训练产生一个新版本，在留出的数据上与冠军比较，附上证据申请审批，然后等人决定。", "What people do in the shop becomes training data. A round trains a version, compares it with the champion on held-out data, asks for approval with the evidence, and waits for a person.";
    NO_EVENTS: "还没有目录有事件", "No catalogue has events yet";
    BEGIN: "开始一轮", "Begin a round";
    ENCODER: "句子编码器", "Sentence encoder";
    EXAMPLES: "样本（新增）", "Examples (new)";
    CHANGES: "与当时冠军之差", "Less the champion of its time";
    SERVED: "服务自", "serves since";
    NOISE: "噪声之内", "within noise";
}
