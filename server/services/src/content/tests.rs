//! Files: nothing is lost, and what is wrong is named.

use std::path::{Path, PathBuf};

use alluvium_domain::entry::{Dataset, Decision, Experiment, ExperimentState, Model};
use alluvium_domain::{EntryFields, EntryInput, EntryState, Issue, Lang, Slug};

use super::folder::Written;
use super::{EntryFile, folder};

const ARTICLE: &str = "---\nkind: article\nslug: good\nlang: zh\ntitle: 好\nsummary: 好文章\ntags: [a]\nauthors: [我]\nstatus: published\n---\n\n正文\n";
const TERM: &str = "---\nkind: term\nslug: bm25\nzh: BM25 算法\nen: BM25\naliases: []\ndefinition_zh: 打分\ndefinition_en: A score\ntags: []\nstatus: draft\n---\n";

fn content() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")
}

fn fields(text: &str) -> Vec<String> {
    EntryFile::parse(text).unwrap_err().errors.into_iter().map(|error| error.field.into_owned()).collect()
}

/// `ALLUVIUM_CONTENT_REWRITE=1` puts files into the canonical form instead of failing.
#[test]
fn every_file_of_the_starting_content_is_canonical() {
    let rewrite = std::env::var_os("ALLUVIUM_CONTENT_REWRITE").is_some();
    let files = folder::read(&content()).unwrap();
    assert!(files.len() > 100, "{} files", files.len());
    for (name, file) in files {
        let file = file.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let path = content().join(&name);
        let (text, formatted) = (std::fs::read_to_string(&path).unwrap(), file.format());
        assert_eq!(EntryFile::parse(&formatted).unwrap(), file, "{name}");
        if rewrite && text != formatted {
            std::fs::write(&path, &formatted).unwrap();
        } else {
            assert!(text == formatted, "{name} is not in canonical form; it should be:\n{formatted}");
        }
    }
}

#[test]
fn whatever_an_entry_holds_its_file_holds() {
    let nasty = [
        "plain",
        "a: b",
        "a:b",
        "a #b",
        "#b",
        "- x",
        "-x",
        "? x",
        "yes",
        "No",
        "null",
        "~",
        "1",
        "1.5e3",
        "1_000",
        "12:30",
        "2026-01-01",
        "0x1F",
        ".5",
        "+1",
        "true",
        "[a]",
        "a]",
        "a, b",
        "{a}",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "\"q\"",
        "'q'",
        "a\\b",
        "a\"b",
        "两行\n文字",
        "tab\there",
        "nel\u{85}x",
        "ls\u{2028}x",
        "bom\u{feff}x",
        "a:",
        "：",
        "“引号”",
        "a\u{1}b",
        "😀",
        "---",
        "...",
        "=",
        "<<",
        "a\rb",
        "e",
        "é",
        "NaN",
        ".inf",
        "0o17",
        "x # y",
        "http://a/b",
        "a -b",
        "a?b",
    ];
    for text in nasty {
        for (state, lang, body) in [
            (EntryState::Published, Lang::Zh, text.to_owned()),
            (EntryState::InReview, Lang::En, format!("    code\n\n---\n{text}")),
            (EntryState::Archived, Lang::Zh, format!("\n\n{text}\n---\nx: y\n---")),
        ] {
            let article = EntryInput {
                slug: "a-1".into(),
                lang,
                title: text.into(),
                summary: text.into(),
                body,
                tags: Vec::new(),
                questions: vec![text.into(), "b".into()],
                fields: EntryFields::Article {
                    authors: vec![text.into(), "b".into()],
                    translation_of: Some(Slug::parse("yes").unwrap()),
                },
                note: String::new(),
            };
            let term = EntryInput {
                body: String::new(),
                fields: EntryFields::Term {
                    zh: text.into(),
                    en: text.into(),
                    aliases: vec![text.into(), text.into()],
                    definition_zh: text.into(),
                    definition_en: text.into(),
                },
                ..article.clone()
            };
            let experiment = EntryInput {
                fields: EntryFields::Experiment(Box::new(Experiment {
                    question: text.into(),
                    hypothesis: format!("{text}\n\n  缩进\n{text}"),
                    change_mind: format!("第一行\n{text}"),
                    decision_metric: text.into(),
                    guardrails: vec![text.into(), "b".into()],
                    datasets: vec!["yes".into()],
                    owner: text.into(),
                    state: ExperimentState::Decided,
                    decision: Some(Decision::Iterate),
                    reason: format!("{text} 0.5"),
                    runs: vec!["01a20d6d5a007158822b7e8f59f44019".into()],
                    evaluates: vec!["model/a".into(), "b".into()],
                    command: text.into(),
                    ..Experiment::default()
                })),
                ..article.clone()
            };
            let comment = text.replace(char::is_control, " ");
            let model = EntryInput {
                fields: EntryFields::Model(Model {
                    card: format!("# {comment}\nlicense: mit\n\nx-own:\n  - {}", serde_json::Value::from(text)),
                }),
                ..article.clone()
            };
            let dataset = EntryInput {
                fields: EntryFields::Dataset(Dataset {
                    licence: text.into(),
                    source: "https://example.org".into(),
                    size: text.into(),
                    hash: "0".repeat(64),
                    schema: format!("{text}\n\t{text}"),
                }),
                ..article.clone()
            };
            for input in [article, term, experiment, model, dataset] {
                // What trims away to nothing is no entry, and so has no file.
                let Ok(input) = input.checked(state) else { continue };
                let file = EntryFile { input, state };
                let text = file.format();
                let parsed = EntryFile::parse(&text).unwrap_or_else(|problem| panic!("{problem}\n{text}"));
                assert_eq!(parsed, file, "{text}");
                assert_eq!(parsed.format(), text);
            }
        }
    }
}

#[test]
fn quotes_stand_only_where_they_are_needed() {
    let mut file = EntryFile::parse(ARTICLE).unwrap();
    file.input.title = "GMV: 多少".into();
    file.input.summary = "a, b [c] “d” it's 50% (x)".into();
    file.input.tags = vec!["a".into(), "a, b".into(), "R@k".into()];
    let text = file.format();
    for line in ["title: \"GMV: 多少\"", "summary: a, b [c] “d” it's 50% (x)", "tags: [a, \"a, b\", R@k]"] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn wrong_front_matter_is_named() {
    let with = |from: &str, to: &str| fields(&ARTICLE.replace(from, to));
    assert_eq!(with("slug: good", "slug: Bad Slug"), ["slug"]);
    assert_eq!(with("title: 好", "titel: 好"), ["titel", "title"]);
    assert_eq!(with("title: 好", "title: 12"), ["title"]);
    assert_eq!(with("title: 好", "title: "), ["title"]);
    assert_eq!(with("lang: zh", "lang: fr"), ["lang"]);
    assert_eq!(with("tags: [a]", "tags: a"), ["tags"]);
    assert_eq!(with("authors: [我]", "authors: [1]"), ["authors"]);
    assert_eq!(with("status: published\n", ""), ["status"]);
    assert_eq!(with("status: published", "status: live"), ["status"]);
    assert_eq!(with("kind: article", "kind: run"), ["kind"]);
    assert_eq!(with("正文", " "), ["body"]);
    assert_eq!(with("title: 好", "title: 好\ntranslation_of: A b"), ["translation_of"]);
    assert_eq!(with("title: 好", "title: 好\nzh: 好"), ["zh"]);
    assert_eq!(with("title: 好", "title: 好\ntitle: 坏"), ["front matter"]);
    assert_eq!(with("title: 好", "title: [好"), ["front matter"]);
    assert_eq!(with("---\n", "--\n"), ["file"]);
    assert_eq!(fields("no front matter"), ["file"]);
    assert_eq!(fields("---\n- a\n---\n"), ["front matter"]);
    assert_eq!(fields("---\nkind: term\nslug: x\nzh: 一\n---\n"), ["en", "definition_zh", "definition_en", "status"]);
    let problem = EntryFile::parse(&ARTICLE.replace("title: 好", "titel: 好")).unwrap_err();
    assert!(
        matches!(&problem.errors[0].issue, Issue::Malformed { expected } if expected.contains("title")),
        "{problem}"
    );
}

#[test]
fn line_ends_and_marks_of_other_systems_are_read() {
    let windows = format!("\u{feff}{}", ARTICLE.replace('\n', "\r\n"));
    assert_eq!(EntryFile::parse(&windows).unwrap(), EntryFile::parse(ARTICLE).unwrap());
    assert_eq!(EntryFile::parse(TERM).unwrap().format(), TERM);
    assert_eq!(EntryFile::parse(TERM.trim_end()).unwrap().format(), TERM);
}

#[test]
fn a_folder_is_read_terms_first_and_wrong_files_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["articles", "terms"] {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
    }
    let put = |path: &str, text: &[u8]| std::fs::write(dir.path().join(path), text).unwrap();
    put("articles/good.md", ARTICLE.as_bytes());
    put("articles/other.md", ARTICLE.as_bytes());
    put("articles/notes.txt", b"no entry");
    put("articles/latin.md", b"\xff\xfe");
    put("terms/bm25.md", TERM.as_bytes());
    put("terms/good.md", ARTICLE.as_bytes());
    put("outside.md", ARTICLE.as_bytes());
    std::os::unix::fs::symlink(dir.path().join("outside.md"), dir.path().join("articles/link.md")).unwrap();
    std::fs::create_dir(dir.path().join("articles/folder.md")).unwrap();
    let found = folder::read(dir.path()).unwrap();
    let found: Vec<String> = found
        .iter()
        .map(|(name, file)| {
            format!(
                "{name} {}",
                file.as_ref().map_or_else(|problem| problem.errors[0].field.to_string(), |_| "ok".into())
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "terms/bm25.md ok",
            "terms/good.md kind",
            "articles/folder.md file",
            "articles/good.md ok",
            "articles/latin.md file",
            "articles/link.md file",
            "articles/other.md slug",
        ]
    );
    assert!(folder::read(&dir.path().join("nowhere")).is_err());
}

#[test]
fn files_are_replaced_whole_and_links_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("new");
    let path = Path::new("articles/a.md");
    assert!(matches!(folder::write(&root, path, "one").unwrap(), Written::New));
    assert!(matches!(folder::write(&root, path, "one").unwrap(), Written::Same));
    assert!(matches!(folder::write(&root, path, "two").unwrap(), Written::Changed));
    assert_eq!(std::fs::read_to_string(root.join(path)).unwrap(), "two");
    let outside = dir.path().join("outside");
    std::fs::write(&outside, "mine").unwrap();
    std::os::unix::fs::symlink(&outside, root.join("articles/b.md")).unwrap();
    assert!(matches!(folder::write(&root, Path::new("articles/b.md"), "x").unwrap(), Written::Refused(_)));
    std::os::unix::fs::symlink(dir.path(), root.join("terms")).unwrap();
    assert!(matches!(folder::write(&root, Path::new("terms/outside"), "x").unwrap(), Written::Refused(_)));
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "mine");
    let names: Vec<_> =
        std::fs::read_dir(root.join("articles")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing is left beside them: {names:?}");
}

/// The hash that the page of the judged queries shows is that of the file.
#[test]
fn the_hash_of_the_judged_queries_is_theirs() {
    use sha2::Digest;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let queries = std::fs::read(root.join("tests/search/judgements.jsonl")).unwrap();
    let hash: String = sha2::Sha256::digest(&queries).iter().map(|byte| format!("{byte:02x}")).collect();
    let page = std::fs::read_to_string(root.join("content/datasets/judged-queries.md")).unwrap();
    assert!(page.contains(&format!("hash: {hash}")), "{hash}");
}

/// What an experiment, a card or a data set says was measured stands in a README beside the command that printed it: one cannot change without
/// the other.
#[test]
fn every_figure_of_the_starting_content_is_in_a_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let figure = regex::Regex::new(r"[0-9]*\.[0-9]{3,}|[0-9]{1,3}(?:,[0-9]{3})+").unwrap();
    let figures = |text: &str| -> std::collections::BTreeSet<String> {
        figure.find_iter(text).map(|found| found.as_str().trim_start_matches('0').to_owned()).collect()
    };
    let known: String = ["README.md", "server/engine/README.md", "tests/search/README.md"]
        .map(|file| std::fs::read_to_string(root.join(file)).unwrap())
        .concat();
    let known = figures(&known);
    for folder in ["experiments", "models"] {
        for file in std::fs::read_dir(root.join("content").join(folder)).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let strange: Vec<String> = figures(&text).difference(&known).cloned().collect();
            assert!(strange.is_empty(), "{}: {strange:?}", path.display());
        }
    }
}
