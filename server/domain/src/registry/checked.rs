//! Names, tags and paths as the registry takes them.

use std::collections::BTreeMap;

use super::CHAMPION;
use crate::problem::{Check, Issue, Problem};

/// Limits of the registry's fields, in characters.
pub mod limits {
    /// Name of a model.
    pub const NAME: usize = 250;
    /// Name of an alias.
    pub const ALIAS: usize = 255;
    /// Key of a tag.
    pub const TAG_KEY: usize = 250;
    /// Value of a tag.
    pub const TAG_VALUE: usize = 100_000;
    /// Tags of one model or version.
    pub const TAGS: usize = 200;
    /// Description.
    pub const DESCRIPTION: usize = 100_000;
    /// Where the files are from.
    pub const SOURCE: usize = 2_000;
    /// Path of a file.
    pub const PATH: usize = 500;
    /// Files of a version.
    pub const FILES: usize = 2_000;
    /// Reason of a decision.
    pub const REASON: usize = 2_000;
}

/// What a model hub asks of a model by address: none of these is the second part of a name.
const HUB_WORDS: [&str; 18] = [
    "auth-check",
    "blob",
    "commit",
    "commits",
    "compare",
    "discussions",
    "edit",
    "info",
    "paths-info",
    "preupload",
    "raw",
    "refs",
    "resolve",
    "revision",
    "settings",
    "tree",
    "upload",
    "branch",
];
/// What addresses of this server begin with where those of a model would.
const OWN_WORDS: [&str; 6] = ["api", "datasets", "kernels", "models", "spaces", "v1"];

/// Whether a part of an address below a model's is a word of the hub's API, in any case of letters.
pub fn is_hub_word(part: &str) -> bool {
    HUB_WORDS.iter().any(|word| part.eq_ignore_ascii_case(word))
}

/// Whether a name would be taken for something else in an address of a model hub: clients could make the model and never reach it.
fn is_reserved(parts: &[&str]) -> bool {
    let is_own = |part: &str| OWN_WORDS.iter().any(|word| part.eq_ignore_ascii_case(word));
    match parts {
        [name] => is_own(name) || is_hub_word(name),
        [owner, name] => is_own(owner) || is_hub_word(owner) || is_hub_word(name),
        _ => false,
    }
}

/// The name of a model: one or two parts with `/` between them, which can be part of an address and of no other one.
pub fn model_name_checked(check: &mut Check, name: &str) -> String {
    let name = check.text("name", name, 1, limits::NAME);
    let parts: Vec<&str> = name.split('/').collect();
    let good = |part: &&str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.chars().any(|c| c.is_control() || "\\:?#%*<>|\"".contains(c))
    };
    if !name.is_empty() && (parts.len() > 2 || !parts.iter().all(good)) {
        check.fail(
            "name",
            Issue::Malformed { expected: "name or namespace/name, without \\ : ? # % * < > | \"".into() },
        );
    }
    let is_git = parts.iter().any(|part| part.to_ascii_lowercase().ends_with(".git"));
    if is_reserved(&parts) || is_git {
        check.fail(
            "name",
            Issue::Refused {
                zh: "这是模型仓库接口的保留词（如 tree、commit、refs、api），不能作为名称".into(),
                en: "this is a word of the hub's API (such as tree, commit, refs, api), which no name can be".into(),
            },
        );
    }
    name
}

/// The name of an alias. A number, `v` or `draft-` with a number, `latest` and `main` name versions in other ways; nothing but `champion` may look like it.
pub fn alias_checked(check: &mut Check, alias: &str) -> String {
    let alias = check.text("alias", alias, 1, limits::ALIAS);
    let small = alias.to_lowercase();
    let number = small.strip_prefix('v').or_else(|| small.strip_prefix("draft-")).unwrap_or(&small);
    let reserved = number.bytes().all(|byte| byte.is_ascii_digit())
        || ["latest", "main", "head"].iter().any(|name| alias.eq_ignore_ascii_case(name))
        || crate::registry::version_of_commit(&alias).is_some();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c) || ('\u{4e00}'..='\u{9fff}').contains(&c);
    if !alias.is_empty() && (reserved || !alias.chars().all(plain)) {
        check.fail(
            "alias",
            Issue::Refused {
                zh: "别名可用半角字母、数字、汉字与 - _ .，不能是版本号、draft-数字、latest、main 或 head".into(),
                en: "an alias has letters a to z, digits, Chinese characters, - _ . and is no version number, draft-number, latest, main or head".into(),
            },
        );
    }
    if small == CHAMPION && alias != CHAMPION {
        check.fail(
            "alias",
            Issue::Refused {
                zh: "请写作小写的 champion".into(),
                en: "it is spelled champion, in small letters".into(),
            },
        );
    }
    alias
}

/// A tag.
pub fn tag_checked(check: &mut Check, key: &str, value: &str) {
    check.text("key", key, 1, limits::TAG_KEY);
    check.text("value", value, 0, limits::TAG_VALUE);
}

/// All tags of something.
pub fn tags_checked(check: &mut Check, tags: &BTreeMap<String, String>) {
    if tags.len() > limits::TAGS {
        check.fail("tags", Issue::TooMany { limit: limits::TAGS, actual: tags.len() });
    }
    tags.iter().for_each(|(key, value)| tag_checked(check, key, value));
}

/// The path of a file: relative, with `/`, without parts that lead elsewhere.
///
/// # Errors
/// A problem with `field`.
pub fn file_path_checked(field: &str, path: &str) -> Result<(), Problem> {
    let actual = path.chars().count();
    if actual > limits::PATH {
        return Err(Problem::field(field.to_owned(), Issue::TooLong { limit: limits::PATH, actual }));
    }
    let good = |part: &str| {
        !part.is_empty() && part != "." && part != ".." && !part.chars().any(|c| c.is_control() || c == '\\')
    };
    if path.is_empty() || !path.split('/').all(good) {
        let expected = "a relative path without . and .. parts".into();
        return Err(Problem::field(field.to_owned(), Issue::Malformed { expected }));
    }
    Ok(())
}
