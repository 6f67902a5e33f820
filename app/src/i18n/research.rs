//! Words of experiments, models and data sets.

use alluvium_domain::entry::{Decision, Design, ExperimentState};

use super::{Text, common, texts};
use crate::entry_form::figures::Column;

texts! {
    EXPERIMENTS: "实验", "Experiments";
    MODELS: "模型", "Models";
    NEW_EXPERIMENT: "提交实验", "New experiment";
    NEW_MODEL: "新建模型卡", "New model card";
    NEW_DATASET: "登记数据集", "New data set";
    NO_RECORDS: "还没有这样的记录", "There is no such record yet";
    NO_RECORDS_HINT: "换个筛选条件，或者写第一条。", "Choose other filters, or write the first one.";
    VIEW: "显示方式", "View";
    CALM: "舒展", "Calm";
    DENSE: "紧凑", "Dense";
    ANYBODY: "所有人", "Anybody";
    ANY_STATE: "全部进展", "Any progress";
    MINE: "我写的", "Mine";
    UPDATED: "更新", "Updated";

    QUESTION: "问题", "Question";
    QUESTION_HINT: "想弄清什么？一个能用数字回答的问题。", "What is to be found out? A question that figures can answer.";
    HYPOTHESIS: "假设", "Hypothesis";
    HYPOTHESIS_HINT: "预计会怎样，凭什么这么想。", "What you expect, and why.";
    CHANGE_MIND: "什么结果会改变看法", "What would change our mind";
    CHANGE_MIND_HINT: "先写下来：看到什么数就承认假设错了。", "Write it down first: which figures would show that the hypothesis is wrong.";
    DECISION_METRIC: "决策指标", "Metric of decision";
    DECISION_METRIC_HINT: "只有一个，写清口径，例如 NDCG@10（线性增益）。", "One only, with how it is counted: NDCG@10 (linear gain).";
    GUARDRAILS: "护栏指标", "Guard-rails";
    GUARDRAILS_HINT: "每行一个：这些不能变差。", "One a line: these must not get worse.";
    USES_DATASETS: "数据集", "Data sets";
    USES_DATASETS_HINT: "链接名，用逗号分开，例如 search-icecat", "Link names, separated by commas, such as search-icecat";
    DESIGN: "设计", "Design";
    OWNER: "负责人", "Owner";
    OWNER_HINT: "谁对结论负责", "Who answers for the conclusion";
    STATE: "进展", "Progress";
    DECISION: "决定", "Decision";
    DECISION_HINT: "进展为“已决定”时必填，之前留空", "Needed once decided; empty before";
    NO_DECISION: "（还没有）", "(none yet)";
    DECISION_RUNS: "依据的运行", "Runs it rests on";
    DECISION_RUNS_HINT: "运行编号或运行页的链接，用逗号分开；决定之后必填", "Ids of runs or links to their pages, separated by commas; required once decided";
    REASON_HINT: "依据哪个数作的决定", "Which figures it rests on";
    EVALUATES: "评估对象", "What it evaluates";
    EVALUATES_HINT: "model/链接名 或 article/链接名，用逗号分开", "model/slug or article/slug, separated by commas";
    COMMAND: "复现命令", "Command";
    COMMAND_HINT: "重新得到这些数字的命令", "The command that gives these figures again";
    RESULTS: "记录与结果", "Notes and results";
    PLAN: "实验设计", "Plan";

    CARD: "元数据（YAML）", "Metadata (YAML)";
    CARD_HINT: "与模型社区 README.md 开头的 YAML 相同；未知的键和注释原样保留。上面的表单和这里改的是同一份。", "The YAML at the head of a model hub's README.md; unknown keys and comments stay as they are. The form above and this text edit the same thing.";
    CARD_FORM: "常用元数据", "Common metadata";
    LICENSE: "许可证", "Licence";
    LICENSE_HINT: "模型社区的写法，例如 apache-2.0", "As model hubs write it, such as apache-2.0";
    LANGUAGES: "语言", "Languages";
    LANGUAGES_HINT: "例如 zh, en", "Such as zh, en";
    LIBRARY: "加载的库", "Library";
    BASE_MODEL: "基础模型", "Base model";
    TRAINED_ON: "训练数据集", "Trained on";
    TRAINED_ON_HINT: "数据集的链接名或社区名，用逗号分开", "Link names or hub names of data sets, separated by commas";
    HUB_TAGS: "社区标签", "Hub tags";
    OTHER_KEYS: "其他键", "Other keys";
    FIGURES: "评估数字", "Evaluation figures";
    FIGURES_HINT: "写上运行和运行里的指标键，数字就绑定到运行：值留空由运行填入，写了就要与运行一致。清空一行即删除；空行用完后，预览或保存会给出新的空行。", "With a run and the run's metric key a figure is bound to the run: a value left empty is filled in from the run, one that is written must be what the run says. Empty a row to take it out; after a preview or a save there are more empty rows.";
    FIGURE_DATASET: "数据集标识", "Data set, id";
    FIGURE_DATASET_NAME: "数据集名称", "Data set, name";
    FIGURE_METRIC: "指标标识", "Metric, id";
    FIGURE_METRIC_NAME: "指标名称", "Metric, name";
    FIGURE_RUN: "运行（编号或地址）", "Run (id or address)";
    FIGURE_KEY: "运行里的指标键", "Metric key of the run";
    TASK: "任务", "Task";
    METRIC: "指标", "Metric";
    CARD_TEXT: "模型卡正文", "Text of the card";
    CARD_TEXT_HINT: "发布前要有这些二级标题：适用范围、局限、训练数据、评估、解释检验、公平性、隐私", "Before it is published it needs these headings: Intended use, Limits, Training data, Evaluation, Explanation checks, Fairness, Privacy";
    AS_README: "README.md", "README.md";

    LICENCE: "使用条款", "Licence";
    LICENCE_HINT: "许可证或使用限制；没有写明就照实写", "Licence or limits of use; where none is stated, say so";
    SOURCE: "来源", "Source";
    SOURCE_HINT: "https://…；本系统生成的留空", "https://…; empty where it is made here";
    SIZE: "规模", "Size";
    SIZE_HINT: "多少行、多少用户、多大", "Rows, users, bytes";
    HASH: "SHA-256", "SHA-256";
    HASH_HINT: "主文件的散列，64 位十六进制；没有文件就留空", "Of the main file, 64 hexadecimal digits; empty where there is no file";
    SCHEMA: "字段说明", "Schema";
    SCHEMA_HINT: "每行一个字段：名称、类型、含义", "One column a line: name, type, meaning";

    REAL: "是真的吗？", "Is it real?";
    REAL_LEAD: "填入两组的人数与转化数，看差异是否超出噪声。这些数不会保存，也不进地址栏。", "Enter how many people each group has and how many converted, to see whether the difference is more than noise. Nothing is stored, and nothing goes into the address.";
    REAL_VALUES_LEAD: "或者粘贴每个用户的取值（用空格、逗号或换行分开）。", "Or paste one value for each user, separated by spaces, commas or line breaks.";
    GROUP_A: "A 组（对照）", "Group A (control)";
    GROUP_B: "B 组（实验）", "Group B (treatment)";
    A_OF: "A 组人数", "People in A";
    A_DID: "A 组转化", "Conversions in A";
    B_OF: "B 组人数", "People in B";
    B_DID: "B 组转化", "Conversions in B";
    A_VALUES: "A 组取值", "Values in A";
    B_VALUES: "B 组取值", "Values in B";
    VALUES_HINT: "每个用户一个数，最多 100,000 个。建议一行一个；1,234 会读作一千二百三十四，答案里会写明是怎么读的。", "One number a user, up to 100,000, best one a line. 1,234 is read as one thousand two hundred and thirty-four; the answer says how the values were read.";
    COMMA_SEPARATOR: "（逗号读作分隔符）", "(commas read as separators)";
    COMMA_THOUSANDS: "（逗号读作千位分隔）", "(commas read as thousands separators)";
    COMMA_DECIMAL: "（逗号读作小数点）", "(commas read as decimal points)";
    SPLIT: "A 组应占（%）", "Planned share of A (%)";
    JUDGE: "判断", "Judge";
    VERDICT_NOISE: "在噪声范围内：95 % 区间包含 0，这些数据看不出差异。", "Within noise: the 95 % interval holds 0, these figures show no difference.";
    VERDICT_EDGE: "正好在边界上：区间与 p 值的结论不一致，按看不出差异处理，再收集一些数据。", "On the edge: interval and p do not agree. Take it for no difference, and collect more data.";
    VERDICT_CONSTANT: "两组各自的取值都完全相同，没有波动可以衡量这个差：无法判断它是否超出噪声。", "All values are the same within each group: there is no spread to measure the difference by, so nobody can tell it from noise.";
    VERDICT_BETTER: "B 高于 A：95 % 区间在 0 之上。", "B is above A: the 95 % interval lies above 0.";
    VERDICT_WORSE: "B 低于 A：95 % 区间在 0 之下。", "B is below A: the 95 % interval lies below 0.";
    VERDICT_BROKEN: "分流比例不对：先查分流与日志，结果不能用。", "The split is not as planned: check assignment and logging first; the result cannot be used.";
    DIFFERENCE: "差异（B − A）", "Difference (B − A)";
    INTERVAL: "95 % 区间", "95 % interval";
    P_VALUE: "p 值", "p";
    SPLIT_P: "分流检验 p", "p of the split";
    SMALLEST: "这个规模能看出的最小上升", "Smallest rise that this size shows";
    NEEDED: "要看出这个差异，每组需要", "People a group needs to show this difference";
    POWER_NOTE: "功效 80 %、双侧 5 %。区间：比例用 Newcombe，均值用 Welch。", "Power 80 %, two-sided 5 %. Intervals: Newcombe for shares, Welch for means.";
    MULTIPLE_NOTE: "同时看多个指标时，二十个里平均有一个会碰巧“显著”：先定一个决策指标，其余按 Holm 校正。", "Of twenty metrics looked at together one is “significant” by chance: decide by one, and adjust the others after Holm.";
}

/// The label of a column of a card's figures.
pub(crate) fn column(column: Column) -> Text {
    match column {
        Column::Task => TASK,
        Column::Dataset => FIGURE_DATASET,
        Column::DatasetName => FIGURE_DATASET_NAME,
        Column::Metric => FIGURE_METRIC,
        Column::MetricName => FIGURE_METRIC_NAME,
        Column::Value => common::VALUE,
        Column::Run => FIGURE_RUN,
        Column::Key => FIGURE_KEY,
    }
}

pub(crate) fn design(design: Design) -> Text {
    match design {
        Design::Offline => Text::new("离线对比", "Offline"),
        Design::AbTest => Text::new("A/B 实验", "A/B test"),
        Design::Interleaving => Text::new("交错排序", "Interleaving"),
    }
}

pub(crate) fn state(state: ExperimentState) -> Text {
    match state {
        ExperimentState::Proposed => Text::new("已提出", "Proposed"),
        ExperimentState::Running => Text::new("进行中", "Running"),
        ExperimentState::Concluded => Text::new("有结论", "Concluded"),
        ExperimentState::Decided => Text::new("已决定", "Decided"),
    }
}

pub(crate) fn decision(decision: Decision) -> Text {
    match decision {
        Decision::Ship => Text::new("上线", "Ship"),
        Decision::Iterate => Text::new("再改", "Iterate"),
        Decision::Stop => Text::new("停止", "Stop"),
    }
}
