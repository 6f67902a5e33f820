//! Names, tags and paths as the registry takes them.

use std::collections::BTreeMap;

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

/// The name of a model: one or two parts with `/` between them, which can be part of an address.
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
    name
}

/// The name of an alias. A number, `v` with a number, `latest` and `main` name versions in other ways.
pub fn alias_checked(check: &mut Check, alias: &str) -> String {
    let alias = check.text("alias", alias, 1, limits::ALIAS);
    let number = alias.strip_prefix(['v', 'V']).unwrap_or(&alias);
    let reserved = number.bytes().all(|byte| byte.is_ascii_digit())
        || ["latest", "main", "head"].iter().any(|name| alias.eq_ignore_ascii_case(name))
        || crate::registry::version_of_commit(&alias).is_some();
    if !alias.is_empty() && (reserved || !alias.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))) {
        let expected = "letters, digits, - _ . and not a version number, latest or main".into();
        check.fail("alias", Issue::Malformed { expected });
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
