//! Words of jobs. The island uses the first group.

#[cfg(feature = "ssr")]
use alluvium_domain::JobKind;
use alluvium_domain::{JobState, Lang};

use super::{Text, texts};

texts! {
    PROGRESS: "进度", "Progress";
    LOG: "日志", "Log";
    NO_LOG: "还没有日志。", "Nothing has been logged yet.";
    AS_NUMBERS: "最近的数值", "The last values";
    STEP: "步", "Step";
    CUT: "只显示最近的行。", "Only the last lines are shown.";
    LIVE: "实时", "Live";
    RECONNECTING: "连接断开，正在重连…", "Cut off; connecting again…";
}

#[cfg(feature = "ssr")]
texts! {
    JOBS: "任务", "Jobs";
    LEAD: "训练、评估、检查与导入都在队列里执行，可以离开这一页。", "Trainings, evaluations, checks and imports run in a queue; you can leave this page.";
    NONE: "还没有任务", "There are no jobs yet";
    NONE_HINT: "从上面选一种开始。", "Start one from above.";
    START: "新建任务", "Start a job";
    KIND: "种类", "Kind";
    ABOUT: "对象", "About";
    BY: "发起人", "By";
    PROGRAM: "系统", "the program";
    DURATION: "用时", "Duration";
    CREATED: "提交于", "Asked for";
    WORKER: "执行者", "Worker";
    ATTEMPT: "尝试", "Attempt";
    RUN: "运行记录", "Run";
    SHOW: "筛选", "Show";
    CATALOGUE: "商品目录", "Catalogue";
    FOLDER: "文件夹", "Folder";
    FOLDER_HINT: "服务器数据目录下 files/ 里的相对路径，其中有 products.jsonl 和 judg*.csv", "A path below files/ in the server's data folder, with products.jsonl and judg*.csv";
    OR_CATALOGUE_HINT: "不填文件夹时：用这个目录里被评为好答案的商品，以及搜索后加购或购买的商品", "Without a folder: products of this catalogue that were graded as good answers, or put into the cart or bought after a search";
    TEXTS_HINT: "留空则用全部已发布的条目；否则用这个目录里商品的文本", "Empty: all published entries; otherwise the texts of this catalogue's products";
    BASE: "从编码器的哪个版本开始（0 为正在服务的）", "Version of the encoder to begin with (0 is what serves)";
    LORA: "低秩适配的秩（0 为训练全部权重）", "Rank of the low-rank addition (0 trains all weights)";
    EPOCHS: "轮数", "Epochs";
    FILE: "文件", "File";
    FILE_HINT: "服务器数据目录下 files/ 里的相对路径", "A path below files/ in the server's data folder";
    JUDGEMENTS_HINT: "留空则用自带的评测集；否则是服务器数据目录下 files/ 里的相对路径", "Empty: the set that comes with the program; otherwise a path below files/ in the server's data folder";
    FOLDS: "折数", "Folds";
    REPEATS: "重复次数", "Repeats";
    RECOMMENDATIONS: "解释多少条推荐", "Recommendations to explain";
    FORMAT: "格式", "Format";
    NEW_CATALOGUE_HINT: "短名；没有就新建", "A slug; it is made where it is new";
    SOURCE: "数据来源与许可", "Where the data is from, with its licence";
    CURRENCY: "币种（ISO 4217）", "Currency (ISO 4217)";
    BEGIN: "提交", "Start";
    TWICE: "同样的任务已经在排队或执行。", "The same job waits or runs already.";
    CANCEL: "停止", "Stop";
    STOPPING: "已请求停止，等待执行者响应。", "Asked to stop; its worker will hear of it.";
    RETRY_HINT: "从上次停下的地方继续。", "Goes on from where it stopped.";
    RELOAD: "刷新", "Load anew";
    RESULT: "结果", "Result";
    WHY_FAILED: "失败原因", "Why it failed";
    WILL_RETRY: "上次尝试失败，将自动再试。", "The last attempt failed; it will be tried again by itself.";
}

/// What a kind of job is called.
#[cfg(feature = "ssr")]
pub(crate) fn kind(kind: JobKind) -> Text {
    match kind {
        JobKind::TrainRecommend => Text::new("训练推荐模型", "Train recommendations"),
        JobKind::TrainEncoder => Text::new("微调编码器", "Fine-tune the encoder"),
        JobKind::PretrainEncoder => Text::new("续训编码器", "Continue the encoder's pretraining"),
        JobKind::EvaluateProducts => Text::new("评估商品搜索", "Evaluate product search"),
        JobKind::EvaluateEncoder => Text::new("评估编码器微调", "Evaluate fine-tuning"),
        JobKind::EvaluateSearch => Text::new("评估知识检索", "Evaluate search"),
        JobKind::CheckExplanations => Text::new("检查解释", "Check explanations"),
        JobKind::Import => Text::new("导入文件", "Import a file"),
        JobKind::Reindex => Text::new("重建索引", "Make the index anew"),
    }
}

/// What a state of a job is called.
pub(crate) fn state(state: JobState) -> Text {
    match state {
        JobState::Queued => Text::new("排队中", "Queued"),
        JobState::Running => Text::new("执行中", "Running"),
        JobState::Succeeded => Text::new("已完成", "Succeeded"),
        JobState::Failed => Text::new("失败", "Failed"),
        JobState::Cancelled => Text::new("已停止", "Stopped"),
    }
}

/// `2 of 3`.
#[cfg(feature = "ssr")]
pub(crate) fn attempt(attempt: i32, attempts: i32, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("第 {attempt} 次，最多 {attempts} 次"),
        Lang::En => format!("{attempt} of at most {attempts}"),
    }
}

/// A line of the log that says how the job stands.
pub(crate) fn stands(of: JobState, attempt: i32, lang: Lang) -> String {
    let name = state(of).of(lang);
    match lang {
        Lang::Zh if attempt > 0 => format!("{name}（第 {attempt} 次尝试）"),
        Lang::En if attempt > 0 => format!("{name} (attempt {attempt})"),
        _ => name.to_owned(),
    }
}
