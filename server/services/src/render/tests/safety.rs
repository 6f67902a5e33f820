//! No text of an author does anything but show itself.

use super::*;

/// Attacks, each rendered both ways: none may leave a tag, an attribute or an address that runs something.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "a <script>alert(1)</script> b",
    "<img src=x onerror=alert(1)>",
    "<div onclick=\"alert(1)\" style=\"position:fixed\">x</div>",
    "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](data:text/html,<script>)",
    "[x](&#106;avascript:alert(1)) [x](java\\\nscript:alert(1)) <javascript:alert(1)>",
    "<a href=\"javascript&colon;alert(1)\">x</a> <a href=\" javascript:alert(1)\">x</a> <a href=\"java&#9;script:alert(1)\">x</a>",
    "![x](javascript:alert(1)) <img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg><iframe src=//evil></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form action=/sign-out><input name=q><button formaction=javascript:alert(1)>x</button></form>",
    "<a title='\n\n# heading\n\n' onmouseover=alert(1)>",
    "<div title=\"\n\n$x$ \" onclick=alert(1)>",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil><meta http-equiv=refresh content=0><base href=//evil>",
    "<textarea>\n\n<img src=x onerror=alert(1)>",
    "<title>\n\n</title><img src=x onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<plaintext>\n\n<xmp>\n\n<template><script>alert(1)</script></template>",
    "$\\href{javascript:alert(1)}{x}$ $\\text{</math><script>alert(1)</script>}$ $\\url{x}\" onclick=\"alert(1)$",
    "$$\\text{<img src=x onerror=alert(1)>}$$ $\\class{x}{y}$ $\\style{color:red}{y}$",
    "```\"onclick=\"alert(1)\nx\n```\n\n```mermaid\n</pre><script>alert(1)</script>\n```",
    "```alluvium <script>alert(1)</script>\n\"><script>alert(1)</script>: x\n```",
    "```alluvium search\nquery: \"><script>alert(1)</script>\ntag: x\n```",
    "# x {#\"onclick=alert(1)} \n# y {#a onclick=alert(1) .cls style=x}",
    "[^\"><script>]: x\n\n[^\"><script>]",
    "[[x|<script>alert(1)</script>]] [[\"><script>alert(1)</script>]] [[a\" onclick=\"x]]",
    "<!-- --><!--><script>alert(1)</script>--> <![CDATA[<script>alert(1)</script>]]> <?php <script>?>",
    "<p class=\"admonition\" role=button tabindex=1 aria-label=x data-term=y>x</p>",
    "<a id=main name=main href=\"vbscript:x\" target=_blank ping=//evil>x</a>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<details open ontoggle=alert(1)><summary onfocus=alert(1) tabindex=0>x</summary></details>",
    "<td background=javascript:alert(1)><table background=x><tr><td onmouseover=alert(1)>",
    "<b <script>alert(1)</script>",
    "<a href=\"x\" href=\"javascript:alert(1)\" title=`x`onclick=alert(1)>",
];

/// Tags as a browser would see them: in clean output every `<` begins one.
fn tags(html: &str) -> impl Iterator<Item = (&str, &str)> {
    html.split('<').skip(1).map(|tag| {
        let tag = tag.split('>').next().unwrap_or_default();
        tag.split_once([' ', '/']).unwrap_or((tag, ""))
    })
}

#[test]
fn attacks_come_to_nothing() {
    for attack in ATTACKS {
        for html in [
            plain(attack),
            page(attack),
            page(&format!("> - {attack}\n\ntext")),
            page(&format!("| a |\n|---|\n| {attack} |")),
        ] {
            for (name, attributes) in tags(&html) {
                let attributes = attributes.to_ascii_lowercase();
                for bad in [
                    "script", "style", "iframe", "svg", "object", "embed", "link", "meta", "base", "textarea",
                    "template", "mglyph",
                ] {
                    assert_ne!(name.to_ascii_lowercase(), bad, "{attack}\n{html}");
                }
                for bad in
                    ["javascript:", "vbscript:", "data:", "style=", "target=", "ping=", "formaction", "name=\"main"]
                {
                    let in_text = attributes.contains("title=") || attributes.contains("value=");
                    assert!(in_text || !attributes.contains(bad), "{bad} in {attack}\n{html}");
                }
                // Quoted values are taken out, so that only names of attributes are left.
                let names: String = attributes.split('"').step_by(2).collect();
                assert!(!names.split([' ', '=']).any(|name| name.starts_with("on")), "{attack}\n{html}");
            }
        }
    }
}

#[test]
fn authors_cannot_stand_in_for_the_page() {
    let html = page(
        "<a id=\"main\" class=\"term missing\" role=\"tooltip\">x</a> <span class=\"hl-keyword\">y</span>\n\n[to](#main)",
    );
    assert_eq!(html, "<p><a id=\"user-main\">x</a> <span>y</span></p>\n<p><a href=\"#user-main\">to</a></p>\n");
    let heading = page("## Here\n\n<i id=\"here\">x</i> [to](#here)");
    assert!(heading.contains("<i id=\"user-here\">") && heading.contains("<a href=\"#here\">to</a>"), "{heading}");
    assert!(page("## x {#app}").contains("<h2 id=\"x\">"));
}

#[test]
fn harmless_html_stays() {
    let text = "<details open>\n<summary>More</summary>\n\n*text* H<sub>2</sub>O <kbd>Ctrl</kbd>+<mark>x</mark>\n\n</details>\n\n\
                <figure><img src=\"/a.png\" alt=\"a\" width=\"10\"><figcaption>c</figcaption></figure>";
    assert_eq!(
        plain(text),
        "<details open=\"\">\n<summary>More</summary>\n<p><em>text</em> H<sub>2</sub>O <kbd>Ctrl</kbd>+<mark>x</mark></p>\n</details>\n\
         <figure><img src=\"/a.png\" alt=\"a\" width=\"10\"><figcaption>c</figcaption></figure>"
    );
}

#[test]
fn raw_html_always_nests() {
    for (text, expected) in [
        ("<b>x <i>y</b> z", "<p><b>x <i>y</i></b> z</p>\n"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        (
            "<table><tr><td>a<td>b<tr><td>c</table>",
            "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>",
        ),
        ("<table>stray<tr><td>a</table>", "<table></table>stray<td>a"),
        ("</div></p></td>", ""),
        ("<a href=x>\n\ntext [link](y)", "<a href=\"x\">\n</a>\n<p>text <a href=\"y\">link</a></p>\n"),
        ("<a href=x>a [link](y) <a href=z>c</a> d", "<p><a href=\"x\">a link c</a> d</p>\n"),
        ("> <div>\n\nafter", "<blockquote>\n<div>\n</div></blockquote>\n<p>after</p>\n"),
        ("<p>one\n\ntwo", "<p>one\n</p>\n<p>two</p>\n"),
        ("use Vec<T> & <Foo bar=\"1\">", "<p>use Vec&lt;T&gt; &amp; &lt;Foo bar=\"1\"&gt;</p>\n"),
    ] {
        let expected = expected.replace("stray<td>a", "straya");
        assert_eq!(plain(text), expected, "{text}");
    }
}

#[test]
fn every_class_has_a_rule() {
    let css = ["code", "math", "term"]
        .map(|name| std::fs::read_to_string(format!("{}/../../style/{name}.css", env!("CARGO_MANIFEST_DIR"))).unwrap());
    let classes = crate::render::code::classes().into_iter().chain(crate::render::math::classes());
    for class in classes.chain(["hint", "hint-text", "term", "math-block", "math-error"]) {
        assert!(
            css.iter().any(|css| css.contains(&format!(".{class} ")) || css.contains(&format!(".{class},"))),
            "{class}"
        );
    }
}
