//! Formulas as plain text: what a snippet shows and the encoder reads, not what a page shows.
//!
//! What is shown means the same as the formula: brackets are added where a fraction or an index needs them. A formula with anything that cannot be
//! said in a line (a matrix, a command that is not known here) is left out as a whole.

mod signs;

use std::iter::Peekable;
use std::str::Chars;

use signs::{LAYOUT, SIGNS, WORDS};

/// What stands for a formula that cannot be said in a line.
const LEFT_OUT: &str = "…";

/// Deepest nesting that is read.
const DEEPEST: usize = 30;

/// A formula in a line: signs for commands, `a/b` for fractions, names kept, layout dropped.
pub(super) fn readable(source: &str) -> String {
    let mut reader = Reader { rest: source.chars().peekable(), depth: 0 };
    match reader.sequence() {
        Some(text) if reader.rest.next().is_none() => text.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => LEFT_OUT.to_owned(),
    }
}

/// Reads TeX; none for what cannot be said.
struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    depth: usize,
}

impl Reader<'_> {
    /// Up to the end, or the brace that ends a group.
    fn sequence(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut text = String::new();
        while let Some(next) = self.rest.next_if(|next| *next != '}') {
            match next {
                '_' | '^' => {
                    text.truncate(text.trim_end().len());
                    text.push(next);
                    let index = self.argument()?;
                    text.push_str(&bracketed(index));
                }
                '%' => return None,
                next => text.push_str(&self.atom(next)?),
            }
        }
        self.depth -= 1;
        Some(text)
    }

    /// What a command takes: a group, a command, or one character.
    fn argument(&mut self) -> Option<String> {
        while self.rest.next_if(|next| next.is_whitespace()).is_some() {}
        let next = self.rest.next()?;
        self.atom(next).map(|text| text.trim().to_owned())
    }

    fn atom(&mut self, first: char) -> Option<String> {
        match first {
            '{' => {
                let text = self.sequence()?;
                self.rest.next_if_eq(&'}')?;
                Some(text)
            }
            '}' => None,
            '\\' => self.command(),
            '&' | '~' => Some(" ".to_owned()),
            other => Some(other.to_string()),
        }
    }

    fn command(&mut self) -> Option<String> {
        let mut name = String::new();
        while let Some(letter) = self.rest.next_if(char::is_ascii_alphabetic) {
            name.push(letter);
        }
        if name.is_empty() {
            return match self.rest.next()? {
                sign @ ('{' | '}' | '%' | '_' | '#' | '&' | '$') => Some(sign.to_string()),
                '|' => Some("‖".to_owned()),
                '!' => Some(String::new()),
                ',' | ':' | ';' | '>' | ' ' | '\\' => Some(" ".to_owned()),
                _ => None,
            };
        }
        let found = |table: &[(&str, &str)]| {
            table.iter().find(|(command, _)| *command == name).map(|(_, sign)| (*sign).to_owned())
        };
        if let Some(sign) = found(SIGNS) {
            // What binds to the next sign stands beside it.
            while matches!(sign.as_str(), "|" | "¬" | "∂" | "∇")
                && self.rest.next_if(|next| next.is_whitespace()).is_some()
            {}
            return Some(sign);
        }
        match name.as_str() {
            "frac" | "dfrac" | "tfrac" | "cfrac" => {
                let (above, below) = (self.argument()?, self.argument()?);
                Some(format!("{}/{}", bracketed(above), bracketed(below)))
            }
            "sqrt" if self.rest.peek() != Some(&'[') => Some(format!("√{}", bracketed(self.argument()?))),
            "bar" | "overline" => self.accented('\u{304}'),
            "hat" | "widehat" => self.accented('\u{302}'),
            "tilde" | "widetilde" => self.accented('\u{303}'),
            "dot" => self.accented('\u{307}'),
            "ddot" => self.accented('\u{308}'),
            "vec" => self.accented('\u{20d7}'),
            // The bracket that follows stands for itself; a full stop is an invisible one.
            "left" | "right" | "middle" => {
                while self.rest.next_if(|next| next.is_whitespace()).is_some() {}
                self.rest.next_if_eq(&'.');
                Some(String::new())
            }
            name if LAYOUT.contains(&name) => Some(String::new()),
            name if WORDS.contains(&name) => {
                let index = self.rest.peek().is_some_and(|next| matches!(next, '_' | '^' | '('));
                Some(format!("{name}{}", if index { "" } else { " " }))
            }
            _ => None,
        }
    }

    /// A letter with a mark above; of more than one letter a line of text has no such mark.
    fn accented(&mut self, mark: char) -> Option<String> {
        let mut text = self.argument()?;
        let mut chars = text.chars();
        let single = chars.next().is_some_and(char::is_alphanumeric) && chars.next().is_none();
        text.push(mark);
        single.then_some(text)
    }
}

/// In brackets, unless it is one thing already.
fn bracketed(text: String) -> String {
    let text = text.trim().to_owned();
    let mut depth = 0_usize;
    let bars = text.len() > 2 && text.starts_with('|') && text.ends_with('|') && text.matches('|').count() == 2;
    let compound = !bars
        && text.chars().any(|c| {
            depth += usize::from(matches!(c, '(' | '[' | '{'));
            depth = depth.saturating_sub(usize::from(matches!(c, ')' | ']' | '}')));
            depth == 0
                && !(c.is_alphanumeric()
                    || matches!(c, '_' | '^' | '.' | '\'' | '′' | '\u{300}'..='\u{36f}' | '\u{20d7}' | ')' | ']' | '}'))
        });
    if compound && text.chars().count() > 1 { format!("({text})") } else { text }
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn formulas_read_as_text() {
        for (tex, text) in [
            (r"\mathrm{CTR}=\frac{\mathrm{clicks}}{\mathrm{impressions}}", "CTR=clicks/impressions"),
            (r"P(C_k=1)=r_k\prod_{j<k}(1-r_j)", "P(C_k=1)=r_k∏_(j<k)(1-r_j)"),
            (r"P(E=1\mid k)\,P(R=1\mid q,d)", "P(E=1|k) P(R=1|q,d)"),
            (r"\log_2(i+1) \times 50\%", "log_2(i+1) × 50%"),
            (r"p'=\frac{p}{p+(1-p)/w}", "p'=p/(p+(1-p)/w)"),
            (r"\mathrm{ECE}=\sum_m\frac{|B_m|}{n}\,|\bar y_m-\bar p_m|", "ECE=∑_m|B_m|/n |ȳ_m-p\u{304}_m|"),
            (r"P(b\mid a)P(c\mid\neg a,b)", "P(b|a)P(c|¬a,b)"),
            (r"\left( x^{n+1} \right)", "( x^(n+1) )"),
            (r"\sqrt{a+b}\,\sqrt2", "√(a+b) √2"),
            (r"\operatorname{rank}(d) \in \{1,2\}", "rank(d) ∈ {1,2}"),
            (r"\exp x \leq \max_i x_i", "exp x ≤ max_i x_i"),
        ] {
            assert_eq!(unaccented(&readable(tex)), unaccented(text), "{tex}");
        }
    }

    /// Composed and decomposed letters as one.
    fn unaccented(text: &str) -> String {
        text.replace('ȳ', "y\u{304}")
    }

    #[test]
    fn what_a_line_cannot_say_is_left_out() {
        for tex in [
            r"\begin{matrix} 1 & 2 \\ 3 & 4 \end{matrix}",
            r"\xrightarrow{f}",
            r"\overline{x+y}",
            r"\sqrt[3]{x}",
            r"\binom{n}{k}",
        ] {
            assert_eq!(readable(tex), "…", "{tex}");
        }
    }

    #[test]
    fn broken_source_is_no_panic() {
        for source in [r"\", r"{{{", r"}}}", r"\frac", r"\frac{", "中\\文{式}", r"\\", "_", "a^", &"{".repeat(5_000)]
        {
            readable(source);
        }
    }
}
