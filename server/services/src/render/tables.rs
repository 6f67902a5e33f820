//! What an author should hear of tables: a `|` in a formula ends the cell, and the rest of the row is dropped.

use alluvium_domain::{Lang, Part};
use pulldown_cmark::{Event, Parser, Tag};

use super::{escape, flanking, parse};

/// Most rows that are named.
const MAX_ROWS: usize = 5;

/// A note for the editor's preview; none for a text without such rows.
pub(crate) fn warning(markdown: &str, lang: Lang) -> Option<Part> {
    let lines = cut_formulas(markdown);
    if lines.is_empty() {
        return None;
    }
    let shown: Vec<String> = lines.iter().take(MAX_ROWS).map(usize::to_string).collect();
    let shown = shown.join(lang.pick("、", ", ")) + if lines.len() > MAX_ROWS { "…" } else { "" };
    let title = lang.pick("公式被表格切断", "A formula is cut by its table");
    let text = match lang {
        Lang::Zh => format!("第 {shown} 行：表格里的 | 总是单元格的边界，公式里的竖线请写成 \\vert 或 \\mid。"),
        Lang::En => {
            format!("Line {shown}: in a table every | is the border of a cell. In a formula write \\vert or \\mid.")
        }
    };
    let mut html =
        format!("<aside class=\"admonition warning\" role=\"note\">\n<p class=\"admonition-title\">{title}</p>\n<p>");
    escape::text(&mut html, &text);
    html.push_str("</p>\n</aside>\n");
    Some(Part::Html(html))
}

/// The lines, from 1, of the rows of tables in which a formula begins in one cell and ends in a later one.
fn cut_formulas(markdown: &str) -> Vec<usize> {
    if !(markdown.contains('$') && markdown.contains('|')) {
        return Vec::new();
    }
    let (mut line, mut at) = (1, 0);
    let mut lines = Vec::new();
    for (event, range) in Parser::new_ext(markdown, parse::options(markdown)).into_offset_iter() {
        if !matches!(event, Event::Start(Tag::TableHead | Tag::TableRow)) {
            continue;
        }
        line += markdown[at..range.start].matches('\n').count();
        at = range.start;
        let row = markdown[at..].lines().next().unwrap_or_default();
        if has_cut_formula(row) {
            lines.push(line);
        }
    }
    lines
}

/// Whether two cells of a row have a lone dollar sign each that is no sum of money.
fn has_cut_formula(row: &str) -> bool {
    let (mut in_code, mut open, mut cut) = (false, false, false);
    let bytes = row.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'`' => in_code = !in_code,
            _ if in_code || flanking::is_escaped(row, at) => {}
            b'|' => cut |= open,
            // Two are one mark.
            b'$' if at > 0 && bytes[at - 1] == b'$' => {}
            b'$' => {
                let money = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
                let at_place = |place: Option<usize>| place.and_then(|place| bytes.get(place));
                let space = |place: Option<usize>| at_place(place).is_none_or(u8::is_ascii_whitespace);
                let after_digit = at_place(at.checked_sub(1)).is_some_and(u8::is_ascii_digit);
                if open && !space(at.checked_sub(1)) {
                    if cut {
                        return true;
                    }
                    open = false;
                } else if !money && !after_digit && !space(Some(at + 1)) {
                    (open, cut) = (true, false);
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_that_a_cell_ends_are_named_by_line() {
        let table = |row: &str| format!("文\n\n| 式 | 义 |\n|---|---|\n| a | b |\n{row}\n");
        for row in ["| $P(a|b)$ | 条件概率 |", "| x | $|x|$ |", "|$$a|b$$|c|", "| $a$ 与 $b|c$ | d |"] {
            assert_eq!(cut_formulas(&table(row)), [6], "{row}");
        }
        for row in [
            "| $a$ | $b$ |",
            "| $5 | $6 |",
            "|$5|$6|",
            "| `$a|b$` | c |",
            "| $a\\vert b$ | c |",
            "| 5$ | 6$ |",
            "|5$|6$|",
            "| $a\\|b$ | c |",
        ] {
            assert_eq!(cut_formulas(&table(row)), [0_usize; 0], "{row}");
        }
        assert_eq!(cut_formulas("$a|b$\n\n```\n|$a|b$|\n|---|\n```"), [0_usize; 0], "no table");
        let Some(Part::Html(html)) = warning(&table("| $P(a|b)$ | c |"), Lang::Zh) else { panic!("a warning") };
        assert!(html.contains("第 6 行") && html.contains("\\vert"), "{html}");
    }
}
