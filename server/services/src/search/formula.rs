//! Formulas as plain text: what a snippet shows and the encoder reads, not what a page shows.

/// Commands that stand for one sign.
const SIGNS: [(&str, &str); 36] = [
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("varepsilon", "ε"),
    ("theta", "θ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "φ"),
    ("Delta", "Δ"),
    ("Sigma", "Σ"),
    ("sum", "∑"),
    ("prod", "∏"),
    ("int", "∫"),
    ("times", "×"),
    ("cdot", "·"),
    ("mid", "|"),
    ("le", "≤"),
    ("leq", "≤"),
    ("ge", "≥"),
    ("geq", "≥"),
    ("ne", "≠"),
    ("neq", "≠"),
    ("approx", "≈"),
    ("in", "∈"),
    ("to", "→"),
    ("infty", "∞"),
    ("partial", "∂"),
    ("sqrt", "√"),
    ("ldots", "…"),
    ("dots", "…"),
];

/// Commands that name a function and stay as words.
const WORDS: [&str; 11] = ["log", "exp", "ln", "max", "min", "argmax", "argmin", "softmax", "cos", "Pr", "lim"];

/// Signs for commands, `a/b` for fractions, names kept, braces and layout dropped.
pub(super) fn readable(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source.char_indices().peekable();
    // For each open brace, what its end adds: the slash between the two halves of a fraction.
    let mut open: Vec<&str> = Vec::new();
    let mut fraction = false;
    while let Some((at, c)) = rest.next() {
        match c {
            '\\' => {
                let name: String = source[at + 1..].chars().take_while(char::is_ascii_alphabetic).collect();
                for _ in 0..name.len().max(1) {
                    rest.next();
                }
                if name.is_empty() {
                    // `\,` and the like are space; `\{` and `\%` are themselves.
                    let sign =
                        source[at + 1..].chars().next().filter(|sign| matches!(sign, '{' | '}' | '%' | '_' | '#'));
                    text.push(sign.unwrap_or(' '));
                } else if matches!(name.as_str(), "frac" | "dfrac" | "tfrac") {
                    fraction = true;
                } else if let Some((_, sign)) = SIGNS.iter().find(|(command, _)| *command == name) {
                    text.push_str(sign);
                } else if WORDS.contains(&name.as_str()) {
                    text.push_str(&name);
                    text.push(' ');
                }
            }
            '{' => open.push(if std::mem::take(&mut fraction) { "/" } else { "" }),
            '}' => text.push_str(open.pop().unwrap_or_default()),
            '&' => text.push(' '),
            other => text.push(other),
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn formulas_read_as_text() {
        assert_eq!(readable(r"\mathrm{CTR}=\frac{\mathrm{clicks}}{\mathrm{impressions}}"), "CTR=clicks/impressions");
        assert_eq!(readable(r"P(C_k=1)=r_k\prod_{j<k}(1-r_j)"), "P(C_k=1)=r_k∏_j<k(1-r_j)");
        assert_eq!(readable(r"P(E=1\mid k)\,P(R=1\mid q,d)"), "P(E=1| k) P(R=1| q,d)");
        assert_eq!(readable(r"\log_2(i+1) \times 50\%"), "log _2(i+1) × 50%");
    }

    #[test]
    fn broken_source_is_no_panic() {
        for source in [r"\", r"{{{", r"}}}", r"\frac", r"\frac{", "中\\文{式}", r"\\"] {
            readable(source);
        }
    }
}
