//! What Markdown means here beyond CommonMark.

use alluvium_domain::{EntryKind, Heading};

use super::*;
use crate::glossary::TermHint;
use crate::render::{TermMatcher, wiki_links};

#[test]
fn wiki_links_lead_to_pages_and_show_titles() {
    let titles = Titles::from([((EntryKind::Article, "faq".to_owned()), "Questions & answers".to_owned())]);
    let options = Options { decorate: true, lang: Lang::En, titles: &titles, terms: None };
    let rendered = render("See [[faq]], [[faq|the *list*]], [[term/bm25|BM25]] and [[faq]].", &options);
    assert_eq!(
        html(&rendered),
        "<p>See <a href=\"/articles/faq\">Questions &amp; answers</a>, <a href=\"/articles/faq\">the <em>list</em></a>, \
         <a href=\"/glossary/bm25\" class=\"missing\">BM25</a> and <a href=\"/articles/faq\">Questions &amp; answers</a>.</p>\n"
    );
    let both = vec![(EntryKind::Article, "faq".to_owned()), (EntryKind::Term, "bm25".to_owned())];
    assert_eq!(rendered.wiki_links, both);
    assert_eq!(wiki_links("[[faq]] `[[code]]` [[term/bm25]] [[faq|x]]"), both);
}

#[test]
fn brackets_that_name_nothing_stay_text() {
    assert_eq!(page("[[ok]] [[Not A Slug]] ![[image]] [[word/x|*y*]]"), {
        "<p><a href=\"/articles/ok\" class=\"missing\">ok</a> [[Not A Slug]] ![[image]] [[word/x|<em>y</em>]]</p>\n"
    });
    assert_eq!(plain("[[ok]]"), "<p><a href=\"/articles/ok\">ok</a></p>\n");
    assert_eq!(plain("| a |\n|---|\n| [[x\\|y]] |"), {
        "<table>\n<thead>\n<tr><th>a</th></tr>\n</thead>\n<tbody><tr><td><a href=\"/articles/x\">y</a></td></tr>\n</tbody></table>\n"
    });
}

#[test]
fn headings_have_anchors_in_every_script() {
    let rendered = decorated(
        "# Top\n## 召回与排序\n## 召回与排序\n### A `b` $x$ — c!\n## Named {#chosen}\n## Chosen\n> ## quoted\n\n## ！\n## Main",
    );
    let expected = [
        (2, "section-top", "Top"),
        (2, "召回与排序", "召回与排序"),
        (2, "召回与排序-1", "召回与排序"),
        (3, "a-b-x-c", "A b x — c!"),
        (2, "chosen", "Named"),
        (2, "chosen-1", "Chosen"),
        (2, "section", "！"),
        (2, "section-main", "Main"),
    ];
    let expected: Vec<_> =
        expected.into_iter().map(|(level, id, text)| Heading { level, id: id.into(), text: text.into() }).collect();
    assert_eq!(rendered.headings, expected);
    let html = html(&rendered);
    assert!(html.contains("<h2 id=\"召回与排序\">召回与排序 <a class=\"anchor\" href=\"#%E5%8F%AC"), "{html}");
    assert!(html.contains("<h2 id=\"quoted\">"), "{html}");
    assert_eq!(plain("# A\n## B {#b}"), "<h1>A</h1>\n<h2 id=\"b\">B</h2>\n");
}

#[test]
fn footnotes_are_numbered_by_use_and_link_back() {
    let html = plain("A[^b] b[^a] c[^b] [^none]\n\n[^a]: first *note*\n[^b]: second\n\n    more\n[^unused]: no");
    assert!(html.contains("A<sup class=\"footnote-ref\"><a href=\"#fn-1\" id=\"fnref-1\""), "{html}");
    assert!(html.contains("c<sup class=\"footnote-ref\"><a href=\"#fn-1\" id=\"fnref-1-2\""), "{html}");
    let second =
        html.find("<li id=\"fn-1\"><p>second</p>\n<p>more <a class=\"footnote-back\" href=\"#fnref-1\"").expect(&html);
    let first =
        html.find("<li id=\"fn-2\"><p>first <em>note</em> <a class=\"footnote-back\" href=\"#fnref-2\"").expect(&html);
    assert!(second < first && html.contains("href=\"#fnref-1-2\"") && html.contains("[^none]"), "{html}");
    assert!(!html.contains("no</p>"), "{html}");
}

#[test]
fn callouts_have_a_title_in_the_readers_language() {
    assert_eq!(page("> [!WARNING]\n> careful"), {
        "<aside class=\"admonition warning\" role=\"note\">\n<p class=\"admonition-title\">Warning</p>\n<p>careful</p>\n</aside>\n"
    });
    assert_eq!(plain("> [!NOTE]\n> x"), "<blockquote>\n<p><strong>说明</strong></p>\n<p>x</p>\n</blockquote>\n");
}

#[test]
fn tables_scroll_in_their_own_box() {
    let html = page("| a | b |\n|--:|:-:|\n| 1 | 2 |");
    assert!(
        html.starts_with("<div class=\"table-wrap\" tabindex=\"0\" role=\"region\" aria-label=\"Table 1\">\n<table>"),
        "{html}"
    );
    assert!(html.contains("<th align=\"right\">a</th><th align=\"center\">b</th>"), "{html}");
    assert!(plain("| a |\n|---|\n| b |").starts_with("<table>"));
}

#[test]
fn tasks_have_boxes_with_names() {
    let html = page("- [x] done\n- [ ] open\n- none");
    assert!(
        html.contains(
            "<li class=\"task\"><input type=\"checkbox\" checked=\"\" disabled=\"\" aria-label=\"Done\"> done</li>"
        ),
        "{html}"
    );
    assert!(html.contains("aria-label=\"To do\"> open</li>") && html.contains("<li>none</li>"), "{html}");
}

#[test]
fn formulas_become_mathml() {
    let html = page("Inline $a_i$.\n\n$$\n\\begin{aligned} a &= b \\end{aligned}\n$$\n");
    assert!(html.contains("<p>Inline <math><semantics><msub><mi>a</mi><mi>i</mi></msub><annotation encoding=\"application/x-tex\">a_i</annotation></semantics></math>.</p>"), "{html}");
    assert!(
        html.contains(
            "<div class=\"math-block\" tabindex=\"0\" role=\"group\" aria-label=\"Formula\"><math display=\"block\">"
        ),
        "{html}"
    );
    assert!(html.contains("<mtd class=\"m-right m-pr-0\">"), "{html}");
    assert!(plain("$$x$$").starts_with("<p><math display=\"block\">"));
    let broken = page("$\\nosuch{x}$");
    assert!(
        broken.contains("<code class=\"math-error\" title=\"") && broken.contains("\\nosuch{x}</code>"),
        "{broken}"
    );
    assert_eq!(plain("It costs $5 and $10."), "<p>It costs $5 and $10.</p>\n");
}

#[test]
fn code_is_coloured_and_diagrams_are_left_to_the_page() {
    let source = "```rust\nlet x = \"<b>\";\n```\n\n```mermaid\nflowchart LR\n  A[\"a < b\"] --> B\n```\n";
    let rendered = decorated(source);
    assert!(rendered.has_diagram);
    let html = html(&rendered);
    assert!(
        html.contains(
            "<pre class=\"code\" tabindex=\"0\"><code class=\"language-rust\"><span class=\"hl-keyword\">let</span>"
        ),
        "{html}"
    );
    assert!(html.contains("<pre class=\"mermaid\">flowchart LR\n  A[\"a &lt; b\"] --&gt; B\n</pre>"), "{html}");
    let plain = plain(source);
    assert!(plain.contains("<pre><code class=\"language-rust\">let x = \"&lt;b&gt;\";\n</code></pre>"), "{plain}");
    assert!(plain.contains("<code class=\"language-mermaid\">"), "{plain}");
}

#[test]
fn live_blocks_split_the_text() {
    let text = "before\n\n```alluvium search\nquery: 点击率: 校准\nkind: article\nlimit: 3\n```\n\nafter";
    let rendered = decorated(text);
    let blocks = live_blocks(&rendered);
    assert_eq!(rendered.parts.len(), 3);
    assert_eq!(blocks.len(), 1);
    assert_eq!(
        (blocks[0].name.as_str(), blocks[0].param("query"), &blocks[0].error),
        ("search", Some("点击率: 校准"), &None)
    );
    let form = "<form class=\"live-static\" action=\"/search\"><input type=\"search\" name=\"q\" aria-label=\"搜索\" value=\"点击率: 校准 type:article\">";
    assert!(html(&rendered).contains(form), "{}", html(&rendered));
    assert!(plain(text).contains(form), "{}", plain(text));
    // In a list there is a form, because a component cannot stand between a list's tags.
    let nested = decorated("- a\n\n  ```alluvium search\n  query: x\n  ```\n");
    assert!(live_blocks(&nested).is_empty() && html(&nested).contains("<form"), "{}", html(&nested));
}

#[test]
fn wrong_live_blocks_say_what_is_wrong() {
    let error = |source: &str| live_blocks(&decorated(&format!("```alluvium {source}\n```\n")))[0].error.clone();
    assert!(error("diagram\nx: 1").unwrap().contains("leaderboard"));
    for (source, part) in [
        ("search", "query: must not be empty"),
        ("search\nquery: a\nqery: b", "unknown parameter “qery”"),
        ("search\nquery: a\nkind: thing", "kind: unknown value “thing”"),
        ("search\nquery: a\nlimit: 0", "limit: must be between 1 and 20"),
        ("search\nquery: a\nquery: b", "occurs twice"),
        ("search\nquery: a\nhello", "not of the form"),
        ("search\nquery: a\nlang: fr", "lang"),
        ("search\nquery: a\ntag: a b", "tag"),
        ("metric\nrun: 12\nkey: loss", "expected: the id of a run"),
        ("metric\nrun: 0197e6f0c0de7a01b2c3d4e5f6071829\nkey: loss\nvalue: much", "expected: a number"),
        ("leaderboard\ntask: search", "dataset: must not be empty"),
        ("model\nslug: Big Model", "slug"),
    ] {
        assert!(error(source).unwrap().contains(part), "{source}: {:?}", error(source));
    }
    assert_eq!(error("search\nquery: a\ntag: 排序\nlang: zh\nlimit: 20\nkind: term"), None);
}

#[test]
fn recommend_blocks_lead_to_the_demonstration() {
    let error =
        |source: &str| live_blocks(&decorated(&format!("```alluvium recommend\n{source}\n```\n")))[0].error.clone();
    for (source, part) in [
        ("limit: 3", "catalogue: must not be empty"),
        ("catalogue: De Mo", "catalogue"),
        ("catalogue: demo\nhistory: looked tea-0001", "view PRODUCT"),
        ("catalogue: demo\nlimit: 21", "between 1 and 20"),
    ] {
        assert!(error(source).unwrap().contains(part), "{source}: {:?}", error(source));
    }
    let text = "```alluvium recommend\ncatalogue: demo\nhistory: view tea-0001, cart tea-0002，tea-0003\nquery: 茶 & 杯\n```\n";
    assert_eq!(live_blocks(&decorated(text))[0].error, None);
    let href = "href=\"/shop/demo/recommend?history=view%3Atea-0001%0Acart%3Atea-0002%0Aview%3Atea-0003&amp;q=%E8%8C%B6%20%26%20%E6%9D%AF\"";
    assert!(plain(text).contains(href), "{}", plain(text));
}

#[test]
fn a_term_is_explained_once_and_only_in_running_text() {
    let term = TermHint {
        slug: "bm25".into(),
        zh: "BM25 算法".into(),
        en: "BM25".into(),
        aliases: Vec::new(),
        definition_zh: "打分 <b>".into(),
        definition_en: "A score".into(),
        tags: Vec::new(),
    };
    let matcher = TermMatcher::new(&[term], Lang::Zh);
    let titles = Titles::new();
    let text = "## BM25\n\n[BM25](x) `BM25` $BM25$ <kbd>BM25</kbd>\n\n*BM25* and BM25";
    let html = html(&render(text, &Options { decorate: true, lang: Lang::Zh, titles: &titles, terms: Some(&matcher) }));
    let hint = "<em><span class=\"hint\"><a class=\"term\" href=\"/glossary/bm25\" data-term=\"bm25\" aria-describedby=\"hint-bm25\"><dfn>BM25</dfn></a>\
                <span class=\"hint-text\" role=\"tooltip\" id=\"hint-bm25\" lang=\"zh-CN\">打分 &lt;b&gt;</span></span></em> and BM25";
    assert!(html.contains(hint), "{html}");
    assert_eq!(html.matches("<dfn>").count(), 1, "{html}");
    let portable = Options { terms: Some(&matcher), ..Options::plain() };
    assert!(!super::html(&render(text, &portable)).contains("<dfn>"));
}

#[test]
fn a_wiki_link_explains_its_term_too() {
    let term = TermHint {
        slug: "recall".into(),
        zh: "召回".into(),
        en: "recall".into(),
        aliases: Vec::new(),
        definition_zh: "定义".into(),
        definition_en: "What it is".into(),
        tags: Vec::new(),
    };
    let matcher = TermMatcher::new(&[term], Lang::En);
    let titles = Titles::from([((EntryKind::Term, "recall".to_owned()), "召回 · recall".to_owned())]);
    let options = Options { decorate: true, lang: Lang::En, titles: &titles, terms: Some(&matcher) };
    assert_eq!(
        html(&render("A [[term/recall]] and recall, [[term/recall|it]].", &options)),
        "<p>A <span class=\"hint\"><a class=\"term\" href=\"/glossary/recall\" data-term=\"recall\" aria-describedby=\"hint-recall\">recall</a>\
         <span class=\"hint-text\" role=\"tooltip\" id=\"hint-recall\" lang=\"en\">What it is</span></span> and recall, \
         <a href=\"/glossary/recall\">it</a>.</p>\n"
    );
    assert!(html(&render("先做 [[term/recall]]", &Options { terms: None, ..options })).contains(">召回</a>"));
}

#[test]
fn links_and_images_of_other_sites() {
    assert!(
        page("[a](https://example.org/) [b](/x)")
            .contains("<a href=\"https://example.org/\" rel=\"noopener\">a</a> <a href=\"/x\">b</a>")
    );
    assert_eq!(
        page("![a *b*](c.png \"t\")"),
        "<p><img src=\"c.png\" alt=\"a b\" title=\"t\" loading=\"lazy\" decoding=\"async\"></p>\n"
    );
    assert_eq!(plain("![a](c.png)"), "<p><img src=\"c.png\" alt=\"a\"></p>\n");
}
