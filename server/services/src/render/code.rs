//! Highlighting code: spans with a dozen classes, coloured by `style/code.css` in light and dark.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use super::escape;

/// Code beyond this, in one text, is shown without colours: the grammars are not linear on hostile input.
const MOST_BYTES: usize = 200_000;

/// A longer line is no code that a person wrote.
const LONGEST_LINE: usize = 1_000;

/// Time for the code of one text.
const TIME: Duration = Duration::from_millis(500);

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Scopes of the grammars, most specific first, and our classes for them.
static CLASSES: LazyLock<Vec<(Scope, &'static str)>> = LazyLock::new(|| {
    [
        ("comment", "hl-comment"),
        ("string.regexp", "hl-string"),
        ("constant.character.escape", "hl-escape"),
        ("constant.other.placeholder", "hl-escape"),
        ("string", "hl-string"),
        ("punctuation.definition.string", "hl-string"),
        ("punctuation.definition.comment", "hl-comment"),
        ("constant.numeric", "hl-number"),
        ("constant.language", "hl-constant"),
        ("constant", "hl-constant"),
        ("keyword.operator.word", "hl-keyword"),
        ("keyword.operator.logical.python", "hl-keyword"),
        ("keyword.operator", "hl-operator"),
        ("keyword", "hl-keyword"),
        ("storage", "hl-keyword"),
        ("entity.name.function", "hl-function"),
        ("support.function", "hl-function"),
        ("variable.function", "hl-function"),
        ("support.macro", "hl-function"),
        ("entity.name.tag", "hl-tag"),
        ("entity.other.attribute-name", "hl-attribute"),
        ("meta.mapping.key", "hl-attribute"),
        ("entity.name", "hl-type"),
        ("entity.other.inherited-class", "hl-type"),
        ("support.type", "hl-type"),
        ("support.class", "hl-type"),
        ("variable.parameter", "hl-variable"),
        ("variable.language", "hl-constant"),
        ("markup.inserted", "hl-inserted"),
        ("markup.deleted", "hl-deleted"),
        ("markup.heading", "hl-keyword"),
        ("meta.diff", "hl-comment"),
    ]
    .into_iter()
    .filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, class)))
    .collect()
});

/// All classes that highlighting writes.
#[cfg(test)]
pub(super) fn classes() -> std::collections::BTreeSet<&'static str> {
    CLASSES.iter().map(|(_, class)| *class).collect()
}

/// Highlights the code of one text, within its budget.
#[derive(Debug, Default)]
pub(super) struct Highlighter {
    bytes: usize,
    spent: Duration,
}

impl Highlighter {
    /// Writes code as HTML: coloured if the language is known and the budget lasts, else escaped.
    pub(super) fn write(&mut self, out: &mut String, source: &str, language: &str) {
        let Some(syntax) = syntax(language) else { return escape::text(out, source) };
        self.bytes += source.len();
        if self.bytes > MOST_BYTES {
            return escape::text(out, source);
        }
        let begin = Instant::now();
        let mut lines = Lines { state: ParseState::new(syntax), stack: ScopeStack::new(), class: None };
        let mut rest = source;
        while let Some(line) = rest.split_inclusive('\n').next() {
            if line.len() > LONGEST_LINE || self.spent + begin.elapsed() > TIME || lines.write(out, line).is_none() {
                break;
            }
            rest = &rest[line.len()..];
        }
        lines.enter(out, None);
        escape::text(out, rest);
        self.spent += begin.elapsed();
    }
}

/// The grammar of a fence's language.
fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    let language = language.to_ascii_lowercase();
    let token = match language.as_str() {
        "" | "text" | "txt" | "plain" | "plaintext" | "console" => return None,
        "typescript" | "ts" | "tsx" | "jsx" | "mjs" => "js",
        "shell" | "zsh" | "sh" => "bash",
        "jsonc" | "json5" | "ndjson" => "json",
        "yml" => "yaml",
        "c++" => "cpp",
        "postgresql" | "pgsql" => "sql",
        other => other,
    };
    SYNTAXES.find_syntax_by_token(token)
}

struct Lines {
    state: ParseState,
    stack: ScopeStack,
    class: Option<&'static str>,
}

impl Lines {
    /// Writes one line; none if the grammar fails on it, with nothing written.
    fn write(&mut self, out: &mut String, line: &str) -> Option<()> {
        let changes = self.state.parse_line(line, &SYNTAXES).ok()?;
        let mut from = 0;
        for (at, change) in &changes {
            self.piece(out, &line[from..*at]);
            from = *at;
            // A grammar that pops what it never pushed loses its colours, not the text.
            let _ = self.stack.apply(change);
        }
        self.piece(out, &line[from..]);
        Some(())
    }

    fn piece(&mut self, out: &mut String, text: &str) {
        if text.is_empty() {
            return;
        }
        // White space looks the same in every colour: it never ends a span.
        if !text.trim().is_empty() {
            let class = class(&self.stack);
            self.enter(out, class);
        }
        escape::text(out, text);
    }

    /// Ends the open span if it is of another class, and begins one of this.
    fn enter(&mut self, out: &mut String, class: Option<&'static str>) {
        if class == self.class {
            return;
        }
        if self.class.is_some() {
            out.push_str("</span>");
        }
        if let Some(class) = class {
            out.push_str("<span class=\"");
            out.push_str(class);
            out.push_str("\">");
        }
        self.class = class;
    }
}

/// The class of the innermost scope that has one.
fn class(stack: &ScopeStack) -> Option<&'static str> {
    stack
        .as_slice()
        .iter()
        .rev()
        .find_map(|scope| CLASSES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, class)| *class))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(source: &str, language: &str) -> String {
        let mut out = String::new();
        Highlighter::default().write(&mut out, source, language);
        out
    }

    #[test]
    fn spans_nest_in_nothing_and_lose_no_text() {
        for (source, language) in [
            ("fn main() { println!(\"a < {}\", 1); } // 注释\n", "rust"),
            ("def f(x):\n    return x + 1.5  # ok\n", "python"),
            ("select a, count(*) from t where b = 'x' -- c\n", "sql"),
            ("{\"a\": [1, true, null]}\n", "json"),
            ("for f in *.md; do echo \"$f\"; done", "bash"),
            ("- a\n+ b\n", "diff"),
        ] {
            let html = html(source, language);
            let mut text = String::new();
            let mut depth = 0;
            for piece in html.split_inclusive('>') {
                let (before, tag) = piece.split_once('<').unwrap_or((piece, ""));
                text.push_str(before);
                depth += i32::from(tag.starts_with("span")) - i32::from(tag.starts_with("/span"));
                assert!((0..=1).contains(&depth), "{html}");
            }
            assert_eq!(depth, 0, "{html}");
            let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
            assert_eq!(text, source);
            assert!(html.contains("<span class=\"hl-"), "{html}");
        }
    }

    #[test]
    fn kinds_of_tokens_differ() {
        let html = html("def f(x):\n    return \"s\"  # c\n", "python");
        for class in ["hl-keyword\">def", "hl-function\">f<", "hl-string\">&quot;s", "hl-comment\"># c"] {
            assert!(html.contains(class), "{class}: {html}");
        }
    }

    #[test]
    fn unknown_languages_are_escaped() {
        assert_eq!(html("a <b> &", "nonsense"), "a &lt;b&gt; &amp;");
    }

    #[test]
    fn the_budget_ends_colours_not_text() {
        let line = "x = 1\n";
        let html = html(&line.repeat(MOST_BYTES), "python");
        assert_eq!(html, line.repeat(MOST_BYTES));
    }
}
