//! Live blocks: a fence `alluvium <name>` with `key: value` lines becomes a working component of the page.
//!
//! [`BLOCKS`] is the one list of them. A new block adds its line here, its static form in [`write_static`] and its component in the app.

use alluvium_domain::shop::{EventKind, limits as shop};
use alluvium_domain::tracking::{RunId, limits as tracking};
use alluvium_domain::{EntryKind, Issue, Lang, LiveBlock, Slug, with_query};

use super::escape;

/// The most hits that a search block shows.
const MOST_HITS: u32 = 20;
/// The most runs that a chart draws.
const MOST_RUNS: usize = 10;

/// A component and what it takes.
struct Kind {
    name: &'static str,
    params: &'static [Param],
}

/// A parameter: its name, whether it must be there, and what is wrong with a value.
struct Param {
    name: &'static str,
    required: bool,
    check: fn(&str) -> Option<Issue>,
}

const BLOCKS: &[Kind] = &[
    Kind {
        name: "search",
        params: &[
            Param {
                name: "query",
                required: true,
                check: |value| too_long(value, alluvium_domain::search::limits::QUERY),
            },
            Param { name: "kind", required: false, check: kind },
            Param { name: "tag", required: false, check: tag },
            Param { name: "lang", required: false, check: lang },
            Param { name: "limit", required: false, check: limit },
        ],
    },
    Kind {
        name: "recommend",
        params: &[
            Param { name: "catalogue", required: true, check: slug },
            Param { name: "shopper", required: false, check: |value| too_long(value, shop::KEY) },
            // `view PRODUCT, cart PRODUCT`, oldest first.
            Param { name: "history", required: false, check: history },
            Param { name: "query", required: false, check: |value| too_long(value, shop::QUERY) },
            Param { name: "limit", required: false, check: limit },
        ],
    },
    Kind {
        name: "metric",
        params: &[
            Param { name: "run", required: true, check: |value| runs(value, 1) },
            Param { name: "key", required: true, check: |value| too_long(value, tracking::KEY) },
            // The number that the text around it goes by.
            Param { name: "value", required: false, check: number },
        ],
    },
    Kind {
        name: "chart",
        params: &[
            // Several ids with commas between.
            Param { name: "run", required: true, check: |value| runs(value, MOST_RUNS) },
            Param { name: "key", required: true, check: |value| too_long(value, tracking::KEY) },
        ],
    },
    Kind {
        name: "leaderboard",
        params: &[
            Param { name: "task", required: true, check: |value| too_long(value, tracking::KEY) },
            Param { name: "dataset", required: true, check: |value| too_long(value, tracking::KEY) },
        ],
    },
    Kind { name: "model", params: &[Param { name: "slug", required: true, check: slug }] },
];

/// Reads a block: `name` is what follows `alluvium` on the fence's first line.
pub(super) fn parse(name: &str, source: &str, lang: Lang) -> LiveBlock {
    let mut block = LiveBlock { name: name.to_owned(), params: Vec::new(), error: None };
    let mut errors = Vec::new();
    let Some(kind) = BLOCKS.iter().find(|kind| kind.name == name) else {
        let known: Vec<_> = BLOCKS.iter().map(|kind| kind.name).collect();
        block.error = Some(match lang {
            Lang::Zh => format!("没有名为“{name}”的活动块；可用：{}", known.join("、")),
            Lang::En => format!("there is no live block “{name}”; there are: {}", known.join(", ")),
        });
        return block;
    };
    for line in source.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((key, value)) = line.split_once([':', '：']).map(|(key, value)| (key.trim(), value.trim())) else {
            errors.push(
                lang.pick(format!("“{line}”不是“参数: 值”的形式"), format!("“{line}” is not of the form `key: value`")),
            );
            continue;
        };
        match kind.params.iter().find(|param| param.name == key) {
            None => {
                let known: Vec<_> = kind.params.iter().map(|param| param.name).collect();
                errors.push(match lang {
                    Lang::Zh => format!("未知参数“{key}”；可用：{}", known.join("、")),
                    Lang::En => format!("unknown parameter “{key}”; there are: {}", known.join(", ")),
                });
            }
            Some(_) if block.param(key).is_some() => {
                errors.push(lang.pick(format!("参数“{key}”重复"), format!("parameter “{key}” occurs twice")));
            }
            Some(param) => {
                if let Some(issue) = (param.check)(value) {
                    errors.push(format!("{key}: {}", issue.text(lang)));
                }
                block.params.push((key.to_owned(), value.to_owned()));
            }
        }
    }
    for param in kind.params.iter().filter(|param| param.required) {
        if block.param(param.name).is_none_or(str::is_empty) {
            errors.push(format!("{}: {}", param.name, Issue::Required.text(lang)));
        }
    }
    if !errors.is_empty() {
        block.error = Some(errors.join(lang.pick("；", "; ")));
    }
    block
}

/// Writes what works without the component: a form that leads to the search page, or a link to the page that shows the same.
pub(super) fn write_static(out: &mut String, block: &LiveBlock, lang: Lang) {
    if let Some(error) = &block.error {
        out.push_str("<p class=\"live-error\">");
        escape::text(out, error);
        out.push_str("</p>\n");
        return;
    }
    if let Some((url, words)) = link(block, lang) {
        out.push_str("<p><a");
        escape::attribute(out, "href", &url);
        out.push('>');
        out.push_str(words);
        out.push_str("</a></p>\n");
        return;
    }
    let mut query = block.param("query").unwrap_or_default().to_owned();
    for (param, filter) in [("kind", "type"), ("tag", "tag"), ("lang", "lang")] {
        if let Some(value) = block.param(param) {
            query.push_str(&format!(" {filter}:{value}"));
        }
    }
    out.push_str("<form class=\"live-static\" action=\"/search\"><input type=\"search\" name=\"q\"");
    escape::attribute(out, "aria-label", lang.pick("搜索", "Search"));
    escape::attribute(out, "value", &query);
    out.push_str("> ");
    if let Some(limit) = block.param("limit") {
        out.push_str("<input type=\"hidden\" name=\"limit\"");
        escape::attribute(out, "value", limit);
        out.push_str("> ");
    }
    out.push_str("<button>");
    out.push_str(lang.pick("搜索", "Search"));
    out.push_str("</button></form>\n");
}

/// The page that shows what a block would show; none for a search, which is a form.
fn link(block: &LiveBlock, lang: Lang) -> Option<(String, &'static str)> {
    let param = |name: &str| block.param(name).unwrap_or_default();
    Some(match block.name.as_str() {
        "recommend" => (recommend_url(block), lang.pick("推荐演示", "Recommendations, live")),
        "metric" => (format!("/runs/{}", param("run")), lang.pick("运行", "Run")),
        "chart" => {
            let runs: Vec<String> = run_ids(param("run")).map(|id| format!("run={id}")).collect();
            (format!("/runs/compare?{}", runs.join("&")), lang.pick("运行比较", "Runs compared"))
        }
        "leaderboard" => {
            let pairs = [("task", param("task")), ("dataset", param("dataset"))];
            (with_query("/leaderboards", &pairs), lang.pick("排行榜", "Leaderboard"))
        }
        "model" => (format!("/models/{}", param("slug")), lang.pick("模型卡", "Model card")),
        _ => return None,
    })
}

/// The runs that a block names.
pub fn run_ids(value: &str) -> impl Iterator<Item = &str> {
    value.split([',', '，']).map(str::trim).filter(|id| !id.is_empty())
}

fn runs(value: &str, limit: usize) -> Option<Issue> {
    let actual = run_ids(value).count();
    if actual > limit {
        return Some(Issue::TooMany { limit, actual });
    }
    let wrong = run_ids(value).any(|id| id.parse::<RunId>().is_err());
    wrong.then(|| Issue::Malformed { expected: "the id of a run, 32 hexadecimal digits".into() })
}

fn number(value: &str) -> Option<Issue> {
    value.parse::<f64>().is_err().then(|| Issue::Malformed { expected: "a number".into() })
}

/// The demonstration with what the block says.
pub fn recommend_url(block: &LiveBlock) -> String {
    let lines: Vec<String> = block
        .param("history")
        .map(|history| events(history).map(|(kind, product)| format!("{kind}:{product}")).collect())
        .unwrap_or_default();
    let history = lines.join("\n");
    let pairs = [
        ("shopper", block.param("shopper").unwrap_or_default()),
        ("history", history.as_str()),
        ("q", block.param("query").unwrap_or_default()),
    ];
    with_query(&format!("/shop/{}/recommend", block.param("catalogue").unwrap_or_default()), &pairs)
}

/// Kind and product of the events of a history, `view PRODUCT, cart PRODUCT`; a product alone was viewed.
fn events(history: &str) -> impl Iterator<Item = (&str, &str)> {
    history.split([',', '，']).map(str::trim).filter(|event| !event.is_empty()).map(|event| {
        let (kind, product) = event.split_once(char::is_whitespace).unwrap_or(("view", event));
        (kind, product.trim())
    })
}

fn history(value: &str) -> Option<Issue> {
    let actual = events(value).count();
    if actual > shop::HISTORY {
        return Some(Issue::TooMany { limit: shop::HISTORY, actual });
    }
    let wrong = events(value).any(|(kind, product)| kind.parse::<EventKind>().is_err() || product.is_empty());
    wrong.then(|| Issue::Malformed { expected: "view PRODUCT, cart PRODUCT, purchase PRODUCT".into() })
}

fn slug(value: &str) -> Option<Issue> {
    Slug::parse(value).err()
}

fn too_long(value: &str, limit: usize) -> Option<Issue> {
    let actual = value.chars().count();
    (actual > limit).then_some(Issue::TooLong { limit, actual })
}

fn unknown(value: &str) -> Issue {
    Issue::Unknown { value: value.to_owned() }
}

fn kind(value: &str) -> Option<Issue> {
    value.parse::<EntryKind>().is_err().then(|| unknown(value))
}

fn tag(value: &str) -> Option<Issue> {
    let fit = !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || c == '-');
    (!fit).then(|| Issue::Malformed { expected: "letters, digits and -".into() })
}

fn lang(value: &str) -> Option<Issue> {
    value.parse::<Lang>().is_err().then(|| unknown(value))
}

fn limit(value: &str) -> Option<Issue> {
    let fit = value.parse::<u32>().is_ok_and(|limit| (1..=MOST_HITS).contains(&limit));
    (!fit).then_some(Issue::OutOfRange { min: 1, max: i64::from(MOST_HITS) })
}
