//! Texts made to be slow, deep or large. Each is as long as a text may be; the bound is many times what they take.

use std::time::{Duration, Instant};

use super::*;
use crate::glossary::TermHint;
use crate::render::TermMatcher;

const LENGTH: usize = 400_000;

/// For a debug build on a busy machine; what is not linear takes minutes.
const BOUND: Duration = Duration::from_secs(30);

/// A beginning, then something repeated up to the longest text.
fn texts() -> Vec<(&'static str, String)> {
    let repeat = |unit: &str| unit.repeat(LENGTH / unit.chars().count());
    let table = format!("|{}\n|{}\n{}", "a|".repeat(60_000), "-|".repeat(60_000), "|\n".repeat(60_000));
    let links: String = (0..20_000).map(|n| format!("[a{n}]: /x\n")).collect();
    let footnotes: String =
        (0..12_000).map(|n| format!("[^{n}] ")).chain((0..12_000).map(|n| format!("\n\n[^{n}]: x"))).collect();
    let attributes: String = (0..10_000).map(|n| format!("<b title={n}>\n\n")).collect();
    vec![
        ("quotes", repeat(">")),
        ("quotes with spaces", repeat("> ")),
        ("lists", repeat("- ")),
        ("nested lists", (0..600).map(|n| format!("{}- a\n", "  ".repeat(n))).collect()),
        ("emphasis", repeat("*a **a ")),
        ("open emphasis", repeat("a**b")),
        ("mixed emphasis", repeat("*_")),
        ("Chinese emphasis", repeat("中**（*。**")),
        ("Chinese lines", repeat("中\n")),
        ("office tags", repeat("<k:v>中</o:p>")),
        ("brackets", repeat("[")),
        ("images", repeat("![")),
        ("links", repeat("[a](b")),
        ("nested links", format!("{}x{}", "[".repeat(100_000), "](u)".repeat(75_000))),
        ("wiki links", repeat("[[a|")),
        ("many wiki links", repeat("[[a]] ")),
        ("closing wiki links", format!("[[a]] {}", repeat("]]"))),
        ("code", repeat("`a``")),
        ("backquotes", (1..800).map(|n| "`".repeat(n) + " ").collect()),
        ("entities", repeat("&amp;&")),
        ("backslashes", repeat("\\")),
        ("tags", repeat("<b>")),
        ("tags in blocks", repeat("<b>\n\n")),
        ("different tags", attributes + &repeat("x\n\n")[..200_000]),
        ("divs", repeat("<div>")),
        ("paragraphs in divs", repeat("<div>\n\nx\n\n")),
        ("open tags", repeat("<a href=\"")),
        ("attributes", format!("<a {}>", repeat("b=c "))),
        ("open comments", repeat("<!--")),
        ("declarations", repeat("<!A ")),
        ("instructions", repeat("<?")),
        ("cdata", repeat("<![CDATA[")),
        ("raw tables", repeat("<table>\n\nx<b>\n\n")),
        ("rows outside cells", format!("<table>\n{}", repeat("<tr><td>x</td>y"))),
        ("scripts", repeat("<script>\n")),
        ("a wide table", table),
        ("headings", repeat("# a\n")),
        ("definitions", links + &repeat("[a1]")[..200_000]),
        ("footnotes", footnotes),
        ("footnote references", format!("[^1]: x\n\n{}", repeat("[^1]"))),
        ("nested footnotes", repeat("[^a]: [^a] ")),
        ("formulas", repeat("$x$ ")),
        ("open formulas", repeat("$x ")),
        ("braces in formulas", format!("${}$", repeat("{"))),
        ("displayed formulas", repeat("$$x$$\n\n")),
        ("fences", repeat("```\n")),
        ("code blocks", repeat("```rust\nfn x() {}\n```\n")),
        ("strings in code", format!("```python\n{}", repeat("'\"\\"))),
        ("brackets in code", format!("```js\n{}", repeat("((["))),
        ("short lines of code", format!("```rust\n{}", repeat("r#\"\n"))),
        ("regular expressions in code", format!("```ruby\n{}", repeat("/a[\n"))),
        ("live blocks", repeat("```alluvium search\nquery: a\n```\n")),
        ("strikethrough", repeat("~~a~ ")),
        ("tasks", repeat("- [x] a\n")),
        ("callouts", repeat("> [!NOTE]\n> > ")),
        ("raw ids", repeat("<i id=a></i>[x](#a)")),
        ("terms", repeat("排序召回BM25 ")),
        ("names", repeat("aaaa")),
        ("rules", repeat("***\n")),
        ("autolinks", repeat("<a:")),
        ("control characters", repeat("\0\u{1}\u{feff}\u{202e}")),
        ("line breaks", repeat("a\\\n")),
        ("one line", repeat("字")),
    ]
}

#[test]
fn time_and_size_are_bounded() {
    let term = |slug: &str, name: &str| TermHint {
        slug: slug.into(),
        zh: name.into(),
        en: name.repeat(2),
        aliases: (3..9).map(|times| name.repeat(times)).collect(),
        definition_zh: "定义".into(),
        definition_en: "definition".into(),
        tags: Vec::new(),
    };
    let matcher = TermMatcher::new(&[term("a", "排序"), term("b", "aa"), term("c", "BM25")], Lang::Zh);
    let titles = Titles::new();
    let mut slowest = (Duration::ZERO, "");
    for (name, text) in texts() {
        // Portable HTML goes the same way with fewer stops.
        let begin = Instant::now();
        let options = Options { decorate: true, lang: Lang::Zh, titles: &titles, terms: Some(&matcher) };
        let html = html(&render(&text, &options));
        let took = begin.elapsed();
        slowest = slowest.max((took, name));
        assert!(took < BOUND, "{name} took {took:?}");
        assert!(html.len() < 100 * LENGTH, "{name} makes {} bytes", html.len());
        assert!(!html.starts_with("<pre>"), "{name} tripped a defect");
    }
    eprintln!("slowest of the hostile texts: {} in {:?}", slowest.1, slowest.0);
}

#[test]
fn nesting_is_cut_but_the_text_stays() {
    let html = page(&format!("{}deep", "> ".repeat(1_000)));
    assert_eq!(html.matches("<blockquote>").count(), html.matches("</blockquote>").count());
    assert!((50..70).contains(&html.matches("<blockquote>").count()) && html.contains("deep"), "{html}");
}
