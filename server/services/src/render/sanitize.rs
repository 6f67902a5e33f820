//! The last gate: an explicit allow-list for everything that leaves rendering, applied by `ammonia` to the parsed tree.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::raw;

/// HTML elements that rendering writes and raw HTML may not: tasks and the static form of live blocks.
const OURS: [&str; 6] = ["aside", "button", "form", "input", "label", "section"];

/// MathML Core, as far as the converter uses it; `annotation` holds TeX. `annotation-xml`, `maction` and links are not here.
const MATHML: [&str; 29] = [
    "annotation",
    "math",
    "menclose",
    "merror",
    "mfrac",
    "mi",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "mspace",
    "msqrt",
    "mstyle",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
    "none",
    "semantics",
];

const MATHML_ATTRIBUTES: [&str; 26] = [
    "accent",
    "accentunder",
    "class",
    "columnalign",
    "columnspan",
    "depth",
    "display",
    "displaystyle",
    "fence",
    "form",
    "height",
    "largeop",
    "linethickness",
    "lspace",
    "mathbackground",
    "mathcolor",
    "mathsize",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "rowspan",
    "rspace",
    "scriptlevel",
    "separator",
    "stretchy",
];

/// Classes that rendering writes; besides these only `hl-` (code), `m-` and `menclose-` (formulas), `language-`.
const CLASSES: [&str; 27] = [
    "admonition",
    "admonition-title",
    "anchor",
    "caution",
    "code",
    "diagram",
    "footnote-back",
    "footnote-ref",
    "footnotes",
    "foreign-picture",
    "hint",
    "hint-text",
    "important",
    "live-error",
    "live-static",
    "math-block",
    "math-core-sans-serif-font",
    "math-core-serif-font",
    "math-error",
    "mermaid",
    "missing",
    "note",
    "table-wrap",
    "task",
    "term",
    "tip",
    "warning",
];

static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::new();
    let mut allow = |element: &'static str, names: &[&'static str]| {
        attributes.entry(element).or_default().extend(names);
    };
    for element in raw::ELEMENTS {
        allow(element.name, element.attributes);
    }
    for element in MATHML {
        allow(element, &MATHML_ATTRIBUTES);
        allow(element, &["symmetric", "voffset", "width", "notation"]);
    }
    allow("annotation", &["encoding"]);
    allow("a", &["rel", "data-term", "aria-describedby"]);
    allow("img", &["loading", "decoding"]);
    allow("form", &["action"]);
    allow("input", &["type", "name", "value", "checked", "disabled"]);
    let tags = raw::ELEMENTS.iter().map(|element| element.name).chain(OURS).chain(MATHML).collect();
    let mut builder = Builder::empty();
    builder
        .tags(tags)
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["class", "dir", "id", "lang", "title", "role", "tabindex", "aria-label"]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .attribute_filter(filter);
    builder
});

/// Keeps what the allow-list names.
pub(super) fn clean(html: &str) -> String {
    BUILDER.clean(html).to_string()
}

/// What a value may be, for the attributes whose value matters.
fn filter<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let keep = match (element, attribute) {
        (_, "class") => return classes(value),
        (_, "id") => !value.is_empty() && !value.contains(char::is_whitespace),
        (_, "tabindex") => value == "0",
        (_, "role") => matches!(value, "doc-noteref" | "group" | "note" | "region" | "tooltip"),
        ("a", "rel") => value == "noopener",
        ("form", "action") => value == "/search",
        ("input", "type") => matches!(value, "checkbox" | "hidden" | "search"),
        ("input", "name") => matches!(value, "limit" | "q"),
        ("annotation", "encoding") => value == "application/x-tex",
        _ => true,
    };
    keep.then_some(Cow::Borrowed(value))
}

fn classes(value: &str) -> Option<Cow<'_, str>> {
    let allowed = |class: &&str| {
        CLASSES.contains(class)
            || ["hl-", "m-", "menclose-", "language-"].iter().any(|prefix| class.starts_with(prefix))
    };
    if value.split_ascii_whitespace().all(|class| allowed(&class)) {
        return (!value.trim().is_empty()).then_some(Cow::Borrowed(value));
    }
    let kept: Vec<_> = value.split_ascii_whitespace().filter(allowed).collect();
    (!kept.is_empty()).then(|| Cow::Owned(kept.join(" ")))
}
