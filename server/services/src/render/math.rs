//! Formulas: TeX to MathML, with the TeX source beside it.

use std::borrow::Cow;
use std::sync::LazyLock;

use alluvium_domain::Lang;
use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use regex::Regex;

use super::escape;

/// Longest formula, in bytes.
const LONGEST: usize = 4_000;

/// Most commands and deepest braces in one formula. The converter needs up to 2 KB of stack for each level, and every command may be one:
/// together they stay within the 2 MB of a worker thread.
const MOST_COMMANDS: usize = 500;
const DEEPEST_BRACES: usize = 50;

/// Deepest nesting of MathML elements.
const DEEPEST: usize = 60;

/// What the converter writes as `style`, and what we write instead: classes of `style/math.css`, because a style attribute is closed to the
/// sanitiser and to the Content-Security-Policy.
const CLASSES: &[(&str, &str)] = &[
    ("text-align:left", "m-left"),
    ("text-align:right", "m-right"),
    ("padding-left:0", "m-pl-0"),
    ("padding-right:0", "m-pr-0"),
    ("padding-left:1em", "m-pl-1em"),
    ("padding-left:0.1em", "m-pl-line"),
    ("padding-right:0.1em", "m-pr-line"),
    ("padding-left:0.1667em", "m-pl-3"),
    ("padding-left:0.2222em", "m-pl-4"),
    ("padding-left:0.2778em", "m-pl-5"),
    ("padding-right:0.1667em", "m-pr-3"),
    ("padding-right:0.2222em", "m-pr-4"),
    ("padding-right:0.2778em", "m-pr-5"),
    ("padding-top:0", "m-pt-0"),
    ("padding-bottom:0", "m-pb-0"),
    ("padding-top:0.1667em", "m-pt-3"),
    ("border-left:0.05em solid currentcolor", "m-bl"),
    ("border-left:0.05em dashed currentcolor", "m-bl-dash"),
    ("border-right:0.05em solid currentcolor", "m-br"),
    ("border-right:0.05em dashed currentcolor", "m-br-dash"),
    ("border-top:0.05em solid currentcolor", "m-bt"),
    ("border-top:0.05em dashed currentcolor", "m-bt-dash"),
    ("border-bottom:0.05em solid currentcolor", "m-bb"),
    ("border-bottom:0.05em dashed currentcolor", "m-bb-dash"),
    ("width:100%", "m-w-100"),
    ("width:50%", "m-w-50"),
    ("width:7.5%", "m-w-7"),
    ("font-variant-caps:small-caps", "m-small-caps"),
    ("math-shift:compact", "m-compact"),
];

/// All classes that formulas have.
#[cfg(test)]
pub(super) fn classes() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|(_, class)| *class).chain(["m-back-1", "m-back-3", "m-back-18"])
}

static CONVERTER: LazyLock<Option<LatexToMathML>> =
    LazyLock::new(|| LatexToMathML::new(MathCoreConfig { annotation: true, ..MathCoreConfig::default() }).ok());

/// Writes a formula as MathML; one that cannot be read is shown as it was typed, with the reason as its title.
pub(super) fn write(out: &mut String, tex: &str, display: bool, lang: Lang) {
    match convert(tex, display, lang) {
        Ok(mathml) => without_styles(out, &mathml),
        Err(reason) => {
            out.push_str("<code class=\"math-error\"");
            escape::attribute(out, "title", &reason);
            out.push('>');
            escape::text(out, tex);
            out.push_str("</code>");
        }
    }
}

fn convert(tex: &str, display: bool, lang: Lang) -> Result<String, String> {
    if tex.len() > LONGEST || tex.matches('\\').count() > MOST_COMMANDS {
        return Err(lang.pick("公式过长", "the formula is too long").to_owned());
    }
    let too_deep = || lang.pick("公式嵌套过深", "the formula is nested too deeply").to_owned();
    if deepest_braces(tex) > DEEPEST_BRACES {
        return Err(too_deep());
    }
    let mathml = match tag(tex).filter(|_| display) {
        Some(tag) => tagged(&tag, tex)?,
        None => mathml(tex, display)?,
    };
    if deepest_elements(&mathml) > DEEPEST { Err(too_deep()) } else { Ok(lines_above(&mathml)) }
}

fn mathml(tex: &str, display: bool) -> Result<String, String> {
    let converter = CONVERTER.as_ref().ok_or_else(|| "no converter".to_owned())?;
    let mode = if display { MathDisplay::Block } else { MathDisplay::Inline };
    let result = converter.convert_with_local_state(tex, mode).map_err(|error| error.to_string())?;
    Ok(result.mathml)
}

/// A number that an author gave to a formula as a whole.
struct EquationTag {
    /// The formula without it.
    rest: String,
    label: String,
    /// Whether the label stands in brackets: `\tag`, not `\tag*`.
    bracketed: bool,
}

/// The `\tag` of a formula that is no numbered environment: those have one for each line, which the converter reads itself.
fn tag(tex: &str) -> Option<EquationTag> {
    static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\\tag(\*?)\s*\{([^{}]*)\}").ok());
    static NUMBERED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\\begin\{(?:equation|align|gather|multline|alignat|flalign)\*?\}").ok());
    let found =
        TAG.as_ref()?.captures(tex).filter(|_| !NUMBERED.as_ref().is_some_and(|numbered| numbered.is_match(tex)))?;
    let whole = found.get(0)?;
    Some(EquationTag {
        rest: format!("{} {}", &tex[..whole.start()], &tex[whole.end()..]),
        label: found[2].trim().to_owned(),
        bracketed: found[1].is_empty(),
    })
}

/// A formula with its number at the right edge, as a numbered environment has it.
fn tagged(tag: &EquationTag, tex: &str) -> Result<String, String> {
    // The converter takes few characters in a tag, so that another stands in its place.
    const PLACE: &str = "<mtext>(0)</mtext>";
    let mut mathml = mathml(&format!("\\begin{{equation}}{}\\tag{{0}}\\end{{equation}}", tag.rest), true)?;
    if let Some(at) = mathml.rfind(PLACE) {
        let mut label = String::from("<mtext>");
        escape::text(&mut label, &if tag.bracketed { format!("({})", tag.label) } else { tag.label.clone() });
        label.push_str("</mtext>");
        mathml.replace_range(at..at + PLACE.len(), &label);
    }
    // What is kept as the source is what the author wrote.
    const SOURCE: &str = "<annotation encoding=\"application/x-tex\">";
    if let Some((before, after)) = mathml.split_once(SOURCE)
        && let Some((_, after)) = after.split_once("</annotation>")
    {
        let mut whole = format!("{before}{SOURCE}");
        escape::text(&mut whole, tex);
        whole.push_str("</annotation>");
        whole.push_str(after);
        mathml = whole;
    }
    Ok(mathml)
}

/// The line above a formula as the line that stretches above: the converter writes the combining low line, which strikes through what is beside it.
fn lines_above(mathml: &str) -> String {
    mathml.replace("\u{332}</mo></mover>", "\u{203e}</mo></mover>")
}

fn deepest_braces(tex: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in tex.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn deepest_elements(mathml: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for tag in mathml.split('<').skip(1) {
        if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !tag.split('>').next().is_some_and(|tag| tag.ends_with('/')) {
            depth += 1;
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Copies MathML with classes and attributes in place of styles.
fn without_styles(out: &mut String, mathml: &str) {
    const STYLE: &str = " style=\"";
    let mut rest = mathml;
    // Only tags have an unescaped quote, so what looks like the attribute is it.
    while let Some((before, after)) = rest.split_once(STYLE) {
        let Some((style, after)) = after.split_once('"') else { break };
        // `<mspace style=...>` comes with a second space before it.
        out.push_str(before.trim_end_matches(' '));
        write_style(out, style);
        rest = after;
    }
    out.push_str(rest);
}

fn write_style(out: &mut String, style: &str) {
    let mut classes: Vec<Cow<'_, str>> = Vec::new();
    for declaration in style.split(';') {
        let Some((property, value)) = declaration.split_once(':') else { continue };
        let (property, value) = (property.trim(), value.trim());
        match property {
            "color" => escape::attribute(out, "mathcolor", value),
            "font-size" => escape::attribute(out, "mathsize", value),
            "margin-left" => classes.extend(back(value)),
            _ => {
                let known = CLASSES.iter().find(|(known, _)| known.split_once(':') == Some((property, value)));
                classes.extend(known.map(|(_, class)| Cow::Borrowed(*class)));
            }
        }
    }
    if !classes.is_empty() {
        escape::attribute(out, "class", &classes.join(" "));
    }
}

/// The class of a negative space, in steps of a math unit (1/18 em), up to one em.
fn back(width: &str) -> Option<Cow<'static, str>> {
    let em: f32 = width.strip_prefix('-')?.strip_suffix("em")?.parse().ok()?;
    Some(Cow::Owned(format!("m-back-{}", (em * 18.0).round().clamp(1.0, 18.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(tex: &str) -> String {
        let mut out = String::new();
        write(&mut out, tex, true, Lang::En);
        out
    }

    #[test]
    fn no_styles_are_left_and_alignment_survives() {
        let aligned = html(r"\begin{aligned} a &= b \\ c &= {\color{red} d}\! e \end{aligned}");
        assert!(!aligned.contains(" style="), "{aligned}");
        for part in
            ["class=\"m-right m-pr-0\"", "class=\"m-left m-pl-0\"", "mathcolor=\"#FF0000\"", "class=\"m-back-3\""]
        {
            assert!(aligned.contains(part), "{part}: {aligned}");
        }
        assert!(html(r"f = \begin{cases} 1 & x \\ 0 & y \end{cases}").contains("m-pl-1em"));
        assert!(html(r"\begin{array}{c|c} 1 & 2 \\ \hline 3 & 4 \end{array}").contains("m-bt"));
        assert!(html(r"\text{style=&quot;}").contains("style="), "text is not an attribute");
    }

    #[test]
    fn a_formula_has_the_number_that_it_was_given() {
        let numbered = html(r"E = mc^2 \tag{1}");
        assert!(numbered.starts_with("<math") && numbered.contains("<mtext>(1)</mtext>"), "{numbered}");
        assert!(numbered.contains(r">E = mc^2 \tag{1}</annotation>"), "the source is what was written: {numbered}");
        assert!(html(r"\tag*{式 2} a").contains("<mtext>式 2</mtext>"), "{}", html(r"\tag*{式 2} a"));
        let lines = html(r"\begin{align} a &= b \tag{3a} \\ c &= d \tag{3b} \end{align}");
        assert!(lines.contains("(3a)") && lines.contains("(3b)"), "{lines}");
        let whole = html(r"\begin{aligned} a &= b \\ c &= d \end{aligned} \tag{A.1}");
        assert!(whole.contains("(A.1)") && !whole.contains("math-error"), "{whole}");
        let mut inline = String::new();
        write(&mut inline, r"a \tag{1}", false, Lang::En);
        assert!(inline.contains("math-error"), "only a formula of its own has a number");
    }

    #[test]
    fn a_line_above_is_above() {
        for tex in [r"\overline{y}", r"\overline{x+y}", r"\overline{\overline{x}}", r"1-\overline{p}_i"] {
            let html = html(tex);
            assert!(html.contains('\u{203e}') && !html.contains('\u{332}'), "{html}");
        }
        assert!(html(r"\underline{y}").contains("<munder"));
    }

    #[test]
    fn the_source_is_kept() {
        assert!(html("a<b").contains("<annotation encoding=\"application/x-tex\">a&lt;b</annotation>"));
    }

    #[test]
    fn what_cannot_be_read_is_shown_with_the_reason() {
        let html = html("\\frac{a}{<b>");
        assert!(html.starts_with("<code class=\"math-error\" title=\""), "{html}");
        assert!(html.ends_with(">\\frac{a}{&lt;b&gt;</code>"), "{html}");
    }

    #[test]
    fn hostile_formulas_do_not_exhaust_the_stack() {
        let repeated =
            |open: &str, times: usize, close: &str| format!("{}x{}", open.repeat(times), close.repeat(times));
        for tex in [
            repeated("{", 1_990, "}"),
            repeated("x_{", 900, "}"),
            repeated("\\bm ", 990, ""),
            repeated("\\sqrt", 500, ""),
            repeated("^\\bar ", 499, ""),
            repeated("\\left(", 240, "\\right)"),
            repeated("\\left(", 240, ""),
            repeated("\\begin{matrix}", 200, "\\end{matrix}"),
            "x".repeat(400_000),
        ] {
            assert!(html(&tex).starts_with("<code class=\"math-error\""), "{}", &tex[..20]);
        }
        assert!(html(&repeated("\\sqrt{", 15, "}")).starts_with("<math"));
    }
}
