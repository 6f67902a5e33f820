//! CommonMark's grammar of raw HTML: tags, comments, instructions, declarations. Names may have a namespace besides.

/// What a `<` begins.
pub(super) enum Scanned<'a> {
    /// A comment, declaration or instruction.
    Nothing,
    /// A character of text.
    NoTag,
    /// A start tag with its attributes; `true` if it ends with `/>`.
    Open(&'a str, Vec<(&'a str, &'a str)>, bool),
    /// An end tag.
    Close(&'a str),
}

/// What begins with the `<` at the start of `html`, and its length in bytes.
pub(super) fn scan(html: &str) -> (usize, Scanned<'_>) {
    for empty in ["<!-->", "<!--->"] {
        if html.starts_with(empty) {
            return (empty.len(), Scanned::Nothing);
        }
    }
    for (start, end) in [("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">")] {
        if let Some(inner) = html.strip_prefix(start) {
            // A block may end before its comment does.
            let length = inner.find(end).map_or(html.len(), |at| start.len() + at + end.len());
            return (length, Scanned::Nothing);
        }
    }
    let mut cursor = Cursor { html, at: 1 };
    match cursor.tag() {
        Some(tag) => (cursor.at, tag),
        None => (1, Scanned::NoTag),
    }
}

struct Cursor<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn tag(&mut self) -> Option<Scanned<'a>> {
        if self.eat(b'/') {
            let name = self.name()?;
            self.space();
            return self.eat(b'>').then_some(Scanned::Close(name));
        }
        let name = self.name()?;
        let mut attributes = Vec::new();
        loop {
            let space = self.space();
            if self.eat(b'>') {
                return Some(Scanned::Open(name, attributes, false));
            }
            if self.eat(b'/') {
                return self.eat(b'>').then_some(Scanned::Open(name, attributes, true));
            }
            if !space {
                return None;
            }
            attributes.push(self.attribute()?);
        }
    }

    fn attribute(&mut self) -> Option<(&'a str, &'a str)> {
        let name = self.take(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | b'-'));
        if name.is_empty() {
            return None;
        }
        let end = self.at;
        self.space();
        if !self.eat(b'=') {
            self.at = end;
            return Some((name, ""));
        }
        self.space();
        for quote in [b'"', b'\''] {
            if self.eat(quote) {
                let value = self.take(|byte| byte != quote);
                return self.eat(quote).then_some((name, value));
            }
        }
        let value =
            self.take(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'=' | b'<' | b'>' | b'`'));
        (!value.is_empty()).then_some((name, value))
    }

    fn name(&mut self) -> Option<&'a str> {
        let letter = self.html.as_bytes().get(self.at)?.is_ascii_alphabetic();
        letter.then(|| self.take(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':')))
    }

    /// Takes bytes as long as they fit. Every test fails or holds for all bytes of a character alike, so this cuts at characters.
    fn take(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        self.at += self.html.as_bytes()[start..].iter().take_while(|byte| fits(**byte)).count();
        &self.html[start..self.at]
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.html.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn space(&mut self) -> bool {
        !self.take(|byte| byte.is_ascii_whitespace()).is_empty()
    }
}
