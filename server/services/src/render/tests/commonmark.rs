//! CommonMark's own cases.
//!
//! The cases are under CC BY-SA and so not in this repository: `./test` gets them from npm (`commonmark-spec`), and
//! `ALLUVIUM_COMMONMARK` names the package's `spec.txt`.

use std::collections::BTreeSet;

use super::plain;

/// Why rendering changes a case on purpose, and which.
const EXCEPTIONS: &[(&str, &[usize])] = &[
    (
        "raw HTML is balanced: what is left open is closed, an end tag without a start goes",
        &[21, 31, 148, 150, 151, 155, 165, 174, 175, 184, 187, 344, 476, 477, 494, 623, 630, 631, 642, 643],
    ),
    ("a table of raw HTML gets its body element, and ends before what is no cell", &[149, 160, 190, 191]),
    (
        "authors' classes, ids and unknown attributes are not the page's: dropped or prefixed",
        &[152, 153, 154, 164, 169],
    ),
    ("scripts, styles and form fields are removed", &[170, 171, 172, 173, 176, 178]),
    (
        "comments, instructions, declarations and CDATA are removed",
        &[177, 179, 180, 181, 182, 183, 308, 309, 625, 626, 627, 628, 629],
    ),
    (
        "a tag that is broken or none of HTML's is shown as text",
        &[158, 163, 201, 491, 524, 536, 613, 614, 615, 616, 617],
    ),
    ("only http, https, mailto and relative links lead anywhere", &[596, 598, 599, 601]),
];

struct Case {
    number: usize,
    markdown: String,
    html: String,
}

/// Reads `spec.txt`: an example is a fence of 32 backquotes, Markdown, a line with a dot, HTML; `→` stands for a tab.
fn cases(spec: &str) -> Vec<Case> {
    let fence = "`".repeat(32);
    let spec = spec.split("<!-- END TESTS -->").next().unwrap_or_default();
    let begin = format!("{fence} example\n");
    let end = format!("{fence}\n");
    spec.split(&begin)
        .skip(1)
        .enumerate()
        .map(|(index, rest)| {
            let example = rest.split(&end).next().unwrap().replace('→', "\t");
            let (markdown, html) = match example.strip_prefix(".\n") {
                Some(html) => ("", html),
                None => example.split_once("\n.\n").unwrap(),
            };
            let markdown = if markdown.is_empty() { String::new() } else { format!("{markdown}\n") };
            Case { number: index + 1, markdown, html: html.to_owned() }
        })
        .collect()
}

#[test]
fn the_cases_pass_except_those_listed() {
    let Some(path) = std::env::var_os("ALLUVIUM_COMMONMARK") else {
        eprintln!("skipped: ALLUVIUM_COMMONMARK does not name the spec.txt of the npm package commonmark-spec");
        return;
    };
    let cases = cases(&std::fs::read_to_string(path).unwrap());
    assert_eq!(cases.len(), 652);
    let exceptions: BTreeSet<usize> = EXCEPTIONS.iter().flat_map(|(_, numbers)| *numbers).copied().collect();
    let mut passed = 0;
    let mut wrong = Vec::new();
    for case in &cases {
        let ours = plain(&case.markdown);
        let same = normal(&ours) == normal(&case.html);
        passed += usize::from(same);
        if same == exceptions.contains(&case.number) {
            let what = if same { "passes, though it is listed as an exception" } else { "differs" };
            wrong
                .push(format!("{} {what}\n{}\n-- expected\n{}\n-- got\n{ours}", case.number, case.markdown, case.html));
        }
    }
    eprintln!("CommonMark 0.31.2: {passed} of {} cases pass, {} are changed on purpose", cases.len(), exceptions.len());
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n=====\n"));
}

/// What the specification's own `normalize.py` evens out: attribute order, letter case of names, entities, white space that does not
/// show, `<br>` for `<br />`.
fn normal(html: &str) -> String {
    const BLOCKS: &[&str] = &[
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "canvas",
        "caption",
        "col",
        "colgroup",
        "dd",
        "div",
        "dl",
        "dt",
        "embed",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "iframe",
        "li",
        "map",
        "object",
        "ol",
        "output",
        "p",
        "pre",
        "progress",
        "script",
        "section",
        "style",
        "table",
        "tbody",
        "td",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "video",
    ];
    let mut out = String::new();
    let mut pre = 0_usize;
    let mut after_block = false;
    let mut rest = html;
    while !rest.is_empty() {
        if let Some((tag, after)) = tag(rest) {
            rest = after;
            let (closing, name, attributes) = tag;
            if name == "pre" {
                pre = if closing { pre.saturating_sub(1) } else { pre + 1 };
            }
            let block = BLOCKS.contains(&name.as_str());
            if block || name == "br" {
                let kept = out.trim_end().len();
                if pre == 0 || (name == "pre" && !closing) {
                    out.truncate(kept);
                }
            }
            out.push('<');
            out.push_str(if closing { "/" } else { "" });
            out.push_str(&name);
            for (name, value) in attributes {
                out.push_str(&format!(" {name}=\"{value}\""));
            }
            out.push('>');
            after_block = block || name == "br";
        } else {
            // At least one character is text, also if it is a `<` that begins no tag.
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let end = rest[first..].find('<').map_or(rest.len(), |at| at + first);
            let text = decode(&rest[..end]);
            rest = &rest[end..];
            if pre > 0 {
                out.push_str(&text);
            } else {
                let mut words = String::new();
                let mut space = after_block;
                for c in text.chars() {
                    let white = c.is_ascii_whitespace();
                    if !(white && space) {
                        words.push(if white { ' ' } else { c });
                    }
                    space = white;
                }
                out.push_str(&words);
            }
            after_block = false;
        }
    }
    out.trim().to_owned()
}

type Tag = (bool, String, Vec<(String, String)>);

/// The tag at the start, with sorted attributes, and what follows.
fn tag(html: &str) -> Option<(Tag, &str)> {
    let inner = html.strip_prefix('<')?;
    let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
    let length = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(inner.len());
    let name = inner[..length].to_ascii_lowercase();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut rest = &inner[length..];
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) {
            attributes.sort();
            return Some(((closing, name, attributes), after));
        }
        let length =
            rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/' | '"' | '\'')).unwrap_or(0);
        if length == 0 {
            return None;
        }
        let key = rest[..length].to_ascii_lowercase();
        rest = rest[length..].trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let (quoted, left) = match after.chars().next()? {
                quote @ ('"' | '\'') => after[1..].split_once(quote)?,
                _ => after.split_at(after.find(|c: char| c.is_ascii_whitespace() || c == '>')?),
            };
            value = decode(quoted);
            rest = left;
        }
        attributes.push((key, value));
    }
}

/// The same characters in one form of entities; `<` and `&` as text never look like markup.
fn decode(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", "\u{a0}")
        .replace("&copy;", "©")
        .replace('>', "&gt;")
        .replace('<', "&lt;")
}

#[test]
fn normalising_hides_only_what_does_not_show() {
    assert_eq!(normal("<p>a <br />\n b</p>\n"), normal("<p>a<br>b</p>"));
    assert_eq!(normal("<A title='x' href=\"y\">&gt;</A>"), normal("<a href=\"y\" title=\"x\">></a>"));
    assert_ne!(normal("<pre>a  b</pre>"), normal("<pre>a b</pre>"));
    assert_ne!(normal("<p>&lt;b></p>"), normal("<p><b></p>"));
    assert_ne!(normal("<p>ab</p>"), normal("<p>a b</p>"));
    assert_ne!(normal("<a href=\"x\">"), normal("<a>"));
}
