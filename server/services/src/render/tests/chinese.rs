//! Chinese, Japanese and Korean texts: emphasis beside their punctuation, line breaks between their characters.

use super::*;

fn line(markdown: &str) -> String {
    let html = plain(markdown);
    let html = html.trim_end();
    html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>")).unwrap_or(html).to_owned()
}

/// `{x}` stands for strong, `<x>` for emphasis, `~x~` for deletion.
fn brief(markdown: &str) -> String {
    let mut html = line(markdown);
    for (tag, short) in [
        ("<strong>", "{"),
        ("</strong>", "}"),
        ("<em>", "<"),
        ("</em>", ">"),
        ("<del>", "~"),
        ("</del>", "~"),
        ("&quot;", "\""),
    ] {
        html = html.replace(tag, short);
    }
    html
}

#[test]
fn emphasis_beside_chinese_punctuation() {
    for (markdown, shown) in [
        ("这是**我想做的事。**所以继续。", "这是{我想做的事。}所以继续。"),
        ("价格一降，**转化就升。**所以先看价格。", "价格一降，{转化就升。}所以先看价格。"),
        ("**召回率，**a 组更高。", "{召回率，}a 组更高。"),
        ("他读了**《排序学习》**一书，又**（注意）**看附录。", "他读了{《排序学习》}一书，又{（注意）}看附录。"),
        ("*斜体说明（见下）。*正文继续。", "<斜体说明（见下）。>正文继续。"),
        ("~~旧口径（含退款）。~~新口径不含退款。", "~旧口径（含退款）。~新口径不含退款。"),
        ("例子**“加粗”**例子。", "例子{“加粗”}例子。"),
        ("例子**\"加粗\"**例子。", "例子{\"加粗\"}例子。"),
        ("中**(a)**文", "中{(a)}文"),
        ("中**`a`**文", "中{<code>a</code>}文"),
        ("中**$x$**文", &format!("中{{{}}}文", line("$x$"))),
        ("中***（重）***文", "中<{（重）}>文"),
        ("中**（外*（内）*外）**文", "中{（外<（内）>外）}文"),
        ("中**（外*内。*外）**文", "中{（外<内。>外）}文"),
        ("中**~~（删）~~**文", "中{~（删）~}文"),
        ("中~~**（删）**~~文", "中~{（删）}~文"),
        ("中~~**删。**~~文", "中~{删。}~文"),
        ("中**~~删。~~**文", "中{~删。~}文"),
        ("中**_（斜）_**文", "中{<（斜）>}文"),
        ("# 中**《书》**文", "<h1>中{《书》}文</h1>"),
        ("**「かぎ」**の**アｲｳ。**で**。ｱ**", "{「かぎ」}の{アｲｳ。}で{。ｱ}"),
        ("**스크립트(script)**라고 **(한)**글", "{스크립트(script)}라고 {(한)}글"),
        ("中**（🎉）**文**🎉**文", "中{（🎉）}文{🎉}文"),
        ("中**，\u{fe00}b\u{fe00}。\u{fe00}**a", "中{，\u{fe00}b\u{fe00}。\u{fe00}}a"),
        ("禰\u{e0100}**(a)**禰\u{e0100}", "禰\u{e0100}{(a)}禰\u{e0100}"),
        ("a**“\u{fe01}x”\u{fe01}**b", "a{“\u{fe01}x”\u{fe01}}b"),
        ("约**￥５００。**起", "约{￥５００。}起"),
        ("**全角　空格。**后", "{全角　空格。}后"),
    ] {
        assert_eq!(brief(markdown), shown, "{markdown}");
    }
}

#[test]
fn emphasis_around_links_pictures_and_notes() {
    assert_eq!(
        brief("普通**[`插件`](https://e.com)认识。**好！"),
        "普通{<a href=\"https://e.com\"><code>插件</code></a>认识。}好！"
    );
    assert_eq!(brief("见**[书](/b)**表"), "见{<a href=\"/b\">书</a>}表");
    assert_eq!(brief("见[**书。**表](/b)"), "见<a href=\"/b\">{书。}表</a>");
    assert_eq!(brief("见**![图](/b)**表"), "见{<img src=\"/b\" alt=\"图\">}表");
    assert_eq!(brief("见**<https://e.com>**表"), "见{<a href=\"https://e.com\">https://e.com</a>}表");
    assert_eq!(
        brief("见[书**。**表]\n\n[书**。**表]: /b"),
        "见<a href=\"/b\">书**。**表</a>",
        "a label is looked up as it is"
    );
    assert!(brief("见**（注）[^1]。**表\n\n[^1]: 注**“文”**。").contains("见{（注）<sup"));
    assert_eq!(
        plain("| 甲 |\n|---|\n| 中**（乙）**文 |\n|**丙。**|"),
        "<table>\n<thead>\n<tr><th>甲</th></tr>\n</thead>\n<tbody><tr><td>中<strong>（乙）</strong>文</td></tr>\n\
         <tr><td><strong>丙。</strong></td></tr>\n</tbody></table>\n"
    );
    assert_eq!(
        plain(">**注意。**看\n\n- 中**（a）**文"),
        "<blockquote>\n<p><strong>注意。</strong>看</p>\n</blockquote>\n<ul>\n<li>中<strong>（a）</strong>文</li>\n</ul>\n"
    );
}

#[test]
fn no_emphasis_where_there_is_none() {
    for text in [
        "价格 2 * 3 * 4 元",
        "snake_case_name 与 other_name",
        "2**10 与 2 ** 3",
        "中_（注意）_文",
        "中__（注意）__文",
        "周一~周五，约 3~5 天。",
        "（**）",
        "你好** 世界 **。",
    ] {
        let html = line(text);
        assert!(!["<em>", "<strong>", "<del>"].iter().any(|tag| html.contains(tag)), "{text}: {html}");
        assert!(html.contains(&text.split_whitespace().collect::<Vec<_>>().join(" ")), "{text}: {html}");
    }
    assert_eq!(line("中\\*\\*（注意）\\*\\*文"), "中**（注意）**文");
    assert_eq!(line("中`**（a）**`文"), "中<code>**（a）**</code>文");
    assert_eq!(plain("```\n中**（a）**文\n```"), "<pre><code>中**（a）**文\n</code></pre>\n");
    assert!(plain("<div title=\"中**（a）**文\">x</div>").contains("title=\"中**（a）**文\">x"));
    assert!(line("$中**（a）**文$").contains("中**（a）**文<"));
    assert_eq!(line("[a](/中**（a）**文)"), "<a href=\"/%E4%B8%AD**%EF%BC%88a%EF%BC%89**%E6%96%87\">a</a>");
}

#[test]
fn the_marks_of_the_second_reading_never_show() {
    let pieces = [
        "**", "*", "~~", "_", "中", "（", "。", "a", "\"", "[", "](u)", "`", "$", " ", "\\", "\u{fe00}", "<b>", "🎉",
        "|", "\n",
    ];
    let mut number = 12_345_u64;
    for _ in 0..4_000 {
        let text: String = (0..12)
            .map(|_| {
                number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                pieces[(number >> 33) as usize % pieces.len()]
            })
            .collect();
        let html = plain(&text);
        assert!(!html.contains(['\u{e000}', '\u{2e30}']), "{text:?}: {html:?}");
        let kept = |text: &str| text.chars().filter(|c| matches!(c, '中' | '（' | '。')).count();
        // Definitions of links and what is between angle brackets do not show; formulas show twice, the first line of a fence not at all.
        if !text.contains(['<', '[', '$']) && !text.contains("~~~") {
            assert_eq!(kept(&html), kept(&text), "{text:?}: {html:?}");
        }
    }
    assert!(plain("私\u{e000}\u{2e30}**《书》**用").contains("私\u{e000}\u{2e30}<strong>《书》</strong>用"));
}

#[test]
fn line_breaks_between_wide_characters_show_nothing() {
    for (markdown, shown) in [
        ("这是第一行\n这是第二行", "这是第一行这是第二行"),
        ("先看价格，\n再看销量。", "先看价格，再看销量。"),
        ("**加粗**\n之后", "{加粗}之后"),
        ("之前\n**加粗**", "之前{加粗}"),
        ("[链接](/a)\n*斜*", "<a href=\"/a\">链接</a><斜>"),
        ("用`推荐`\n系统", "用<code>推荐</code>系统"),
        ("他说\n“好”\n就走", "他说“好”就走"),
        ("カタ\nカナ", "カタカナ"),
        ("> 引\n> 文", "<blockquote>\n<p>引文</p>\n</blockquote>"),
        ("- 项\n  目", "<ul>\n<li>项目</li>\n</ul>"),
        ("one word\nnext one", "one word\nnext one"),
        ("中文\nEnglish", "中文\nEnglish"),
        ("English\n中文", "English\n中文"),
        ("한국어\n문장", "한국어\n문장"),
        ("第一行  \n第二行", "第一行<br>\n第二行"),
        ("第一行\\\n第二行", "第一行<br>\n第二行"),
        ("图\n![x](/u)\n文", "图\n<img src=\"/u\" alt=\"x\">\n文"),
    ] {
        assert_eq!(brief(markdown), shown, "{markdown}");
    }
    assert_eq!(plain("```\n第一行\n第二行\n```"), "<pre><code>第一行\n第二行\n</code></pre>\n");
    assert_eq!(plain("<p>第一行\n第二行</p>\n"), "<p>第一行第二行</p>\n");
    assert!(plain("<pre>第一行\n第二行</pre>").contains("第一行\n第二行"));
    assert_eq!(decorated("## 召回\n\n标题\n排序\n---").headings[1].text, "标题排序");
}

#[test]
fn what_office_programs_leave_behind_is_gone() {
    for (markdown, shown) in [
        (
            "<p class=\"MsoNormal\" style=\"mso-margin:0\"><span lang=\"EN-US\">价格</span><o:p></o:p></p>",
            "<span lang=\"EN-US\">价格</span>",
        ),
        ("价格<o:p></o:p>表", "价格表"),
        ("价格<o:p>&nbsp;</o:p>表", "价格&nbsp;表"),
        ("在<st1:place w:st=\"on\">上海</st1:place>和<st1:City>北京</st1:City>", "在上海和北京"),
        ("图<v:shape id=\"a\" type=\"#b\"/>形<abc:def/>", "图形"),
        ("<![if !supportLists]>1.<![endif]>项", "1.项"),
        ("前<!--[if gte mso 9]><xml><w:WordDocument/></xml><![endif]-->后", "前后"),
        ("`<o:p>` 与 \\<o:p>", "<code>&lt;o:p&gt;</code> 与 &lt;o:p&gt;"),
        ("<T> 与 Map<k:v> 与 a::<X>", "&lt;T&gt; 与 Map&lt;k:v&gt; 与 a::&lt;X&gt;"),
    ] {
        let html = line(markdown);
        let html = html.replace("<p>", "").replace("</p>", "");
        assert_eq!(html.trim(), shown, "{markdown}");
    }
    let block = plain("<div>\n<xml><w:View>Normal</w:View>\n<o:p>x</o:p></xml>\n<p>正文<o:p></o:p></p>\n</div>");
    assert_eq!(block.split_whitespace().collect::<String>(), "<div><p>正文</p></div>");
}
