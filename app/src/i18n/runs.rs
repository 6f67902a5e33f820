//! Words of runs.

use alluvium_domain::tracking::RunState;

use super::{Text, texts};

texts! {
    RUN: "运行", "Run";
    RUNS: "运行", "Runs";
    RUNS_LEAD: "程序记下的每一次尝试：用了什么参数，逐步量到了什么，读了哪些数据，产出了哪些文件。", "What programs recorded of every try: its parameters, what it measured step by step, what it read, what files it made.";
    NO_EXPERIMENTS: "还没有程序记录过运行", "No program has recorded a run yet";
    HOW_TO_LOG: "用 MLflow 官方客户端即可记录：", "The official MLflow client records here as it is:";
    EXPERIMENT: "实验", "Experiment";
    ITS_ENTRY: "问题、假设与决定", "Question, hypothesis, decision";
    BIND: "把这些运行归到一个实验条目", "Bind these runs to an experiment's entry";
    LEADERBOARDS: "排行榜", "Leaderboards";
    LEADERBOARDS_LEAD: "每个任务和数据集一张表。每个数都来自一次运行，点开就是；方括号里是 95 % 区间。", "A table for each task and data set. Every number comes from a run and leads to it; brackets hold its 95 % interval.";
    NO_LEADERBOARD: "还没有带任务标签的运行", "No run has a task yet";
    MEASURED: "测量日期", "Measured";
    OVERLAPS: "区间重叠", "intervals overlap";
    OVERLAPS_HINT: "“区间重叠”：它的 95 % 区间与第一名的重叠。这不是检验：同一批查询上逐对比较，仍可能分得出高低。", "“intervals overlap”: its 95 % interval overlaps that of the first. This is no test: compared query by query the two may differ all the same.";
    PAIRED_NOISE: "与第一名分不出：", "not told from the first:";
    PAIRED_APART: "与第一名的差：", "differs from the first:";
    PAIRED_HINT: "与第一名逐查询配对比较（t 检验，95 % 区间）。", "Compared with the first query by query (paired t test, 95 % interval).";
    BOUND_CHANGED: "运行现在的值不同", "the run says otherwise now";
    BOUND_MISSING: "运行里没有这个指标", "the run has no such metric";
    BOUND_NO_RUN: "没有这个运行", "there is no such run";
    WRITTEN: "文中写的是", "written here";
    ITS_RUNS: "这个实验的运行", "Runs of this experiment";
    NUMBER_OF_RUNS: "运行数", "Runs";
    NEWEST: "最近一次", "Newest";
    FILTER_HINT: "例如 metrics.ndcg_10 > 0.6 AND params.lr = '0.01' AND status = 'finished'", "Such as metrics.ndcg_10 > 0.6 AND params.lr = '0.01' AND status = 'finished'";
    COLUMNS: "显示的列", "Columns";
    USUAL_COLUMNS: "不选则自动挑选：会变的参数和前几个指标。", "With none chosen: the parameters that vary, and the first metrics.";
    GROUP_BY: "分组", "Group by";
    NO_GROUP: "不分组", "No groups";
    SORTED_UP: "升序", "ascending";
    SORTED_DOWN: "降序", "descending";
    NO_RUNS: "没有符合条件的运行", "No run fulfils this";
    CHOOSE: "选择", "Choose";
    COMPARE: "比较选中的运行", "Compare the chosen runs";
    COMPARE_TITLE: "运行比较", "Runs compared";
    COMPARE_TOO_FEW: "至少选两个运行来比较。", "Choose at least two runs to compare.";
    BACK_TO_TABLE: "回到列表", "Back to the table";
    STARTED: "开始", "Started";
    TOOK: "用时", "Took";
    PART_OF: "属于", "Part of";
    PARTS: "其中的运行", "Runs within it";
    PARAMS: "参数", "Parameters";
    METRICS: "指标", "Metrics";
    LAST_VALUE: "最后的值", "Last value";
    OWN_TAGS: "客户端自己写的标签", "Tags that the client wrote for itself";
    DATA: "读取的数据", "What it read";
    FILES: "文件", "Files";
    NO_FILES: "没有文件", "No files";
    CURVES: "逐步变化", "Step by step";
    NONE_RECORDED: "没有记录", "Nothing recorded";
    DELETED: "已删除", "Deleted";
    DIFFERS: "有差别的部分", "What differs";
    NOTHING_DIFFERS: "这些运行记录的内容完全相同", "These runs recorded the same in everything";
    METRIC: "画哪个指标", "Metric drawn";
    AGAINST: "横轴", "Across";
    PARALLEL: "参数与指标", "Parameters and metric";
    NO_CURVE: "没有数字指标可画", "There is no metric to draw";
    GROUP: "取值", "Value";
    MEAN: "均值", "mean";
    RANGE: "范围", "range";
    WITHOUT: "（没有）", "(without)";
}

pub(crate) fn state(state: RunState) -> Text {
    match state {
        RunState::Scheduled => Text::new("等待", "Scheduled"),
        RunState::Running => Text::new("进行中", "Running"),
        RunState::Finished => Text::new("完成", "Finished"),
        RunState::Failed => Text::new("失败", "Failed"),
        RunState::Killed => Text::new("中止", "Killed"),
    }
}
