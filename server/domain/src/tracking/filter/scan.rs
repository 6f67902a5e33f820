//! Reads expressions character by character, so that an error knows its place.

use super::{Clause, Column, Comparison, DatasetColumn, Fault, Field, Order, Scope, Test, Wanted};

/// A fault and the character where it is, counted from 1.
type Faulty<T> = Result<T, (usize, Fault)>;

const NUMBERS: &str = "=, !=, <, <=, >, >=";
const TEXTS: &str = "=, !=, LIKE, ILIKE, IN, NOT IN";
const OPTIONAL_TEXTS: &str = "=, !=, LIKE, ILIKE, IN, NOT IN, IS NULL, IS NOT NULL";

pub(super) struct Scanner {
    chars: Vec<char>,
    at: usize,
}

impl Scanner {
    pub(super) fn new(text: &str) -> Scanner {
        Scanner { chars: text.chars().collect(), at: 0 }
    }

    fn space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.space();
        self.peek().is_none()
    }

    /// What stands here, up to a space, for an error.
    fn found(&self) -> String {
        self.chars[self.at..].iter().take_while(|char| !char.is_whitespace()).take(40).collect()
    }

    fn expected<T>(&self, wanted: Wanted) -> Faulty<T> {
        Err((self.at + 1, Fault::Expected { wanted, found: self.found() }))
    }

    fn while_char(&mut self, is: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek().is_some_and(&is) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    /// The word in capitals that begins here, without going on.
    fn peek_word(&self) -> String {
        let rest = &self.chars[self.at.min(self.chars.len())..];
        rest.iter().take_while(|char| char.is_alphanumeric() || **char == '_').collect::<String>().to_uppercase()
    }

    /// Goes on behind a word, in capitals or not.
    pub(super) fn keyword(&mut self, word: &str) -> Faulty<()> {
        self.space();
        if self.peek_word() == word {
            self.at += word.chars().count();
            return Ok(());
        }
        self.expected(Wanted::And)
    }

    /// A text in one of these quotes; the quote twice is the quote itself.
    fn quoted(&mut self, quotes: &str) -> Faulty<Option<String>> {
        let Some(quote) = self.peek().filter(|char| quotes.contains(*char)) else { return Ok(None) };
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                Some(char) if char == quote && self.chars.get(self.at + 1) == Some(&quote) => {
                    text.push(quote);
                    self.at += 2;
                }
                Some(char) if char == quote => {
                    self.at += 1;
                    return Ok(Some(text));
                }
                Some(char) => {
                    text.push(char);
                    self.at += 1;
                }
                None => return self.expected(Wanted::Quote),
            }
        }
    }

    fn field<C: Column>(&mut self) -> Faulty<Field<C>> {
        self.space();
        let start = self.at;
        let first = match self.quoted("`\"")? {
            Some(text) => text,
            None => self.while_char(|char| char.is_alphanumeric() || char == '_'),
        };
        if first.is_empty() {
            self.at = start;
            return self.expected(Wanted::Field);
        }
        if self.peek() != Some('.') {
            return self.column(start, &first).map(Field::Column);
        }
        self.at += 1;
        let key_at = self.at;
        let key = match self.quoted("`\"'")? {
            Some(text) => text,
            None => self.while_char(|char| char.is_alphanumeric() || "_.-/:".contains(char)),
        };
        if key.is_empty() || key.contains('\0') {
            self.at = key_at;
            return self.expected(Wanted::Field);
        }
        let scope = Scope::parse(&first).filter(|scope| C::SCOPES.contains(scope));
        let Some(scope) = scope else {
            let known = C::SCOPES.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(", ");
            return Err((start + 1, Fault::Scope { found: first, known }));
        };
        Ok(match scope {
            Scope::Metric => Field::Metric(key),
            Scope::Param => Field::Param(key),
            Scope::Tag => Field::Tag(key),
            Scope::Attribute => Field::Column(self.column(key_at, &key)?),
            Scope::Dataset => Field::Dataset(match key.as_str() {
                "name" => DatasetColumn::Name,
                "digest" => DatasetColumn::Digest,
                "context" => DatasetColumn::Context,
                _ => return Err((key_at + 1, Fault::Column { found: key, known: "name, digest, context".to_owned() })),
            }),
        })
    }

    fn column<C: Column>(&self, at: usize, name: &str) -> Faulty<C> {
        let known = C::NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, column)| *column).ok_or_else(|| {
            let known = C::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            (at + 1, Fault::Column { found: name.chars().take(40).collect(), known })
        })
    }

    pub(super) fn clause<C: Column>(&mut self) -> Faulty<Clause<C>> {
        let field: Field<C> = self.field()?;
        self.space();
        let at = self.at;
        let operator = self.operator()?;
        let known = match (field.is_number(), field.is_optional()) {
            (true, _) => NUMBERS,
            (false, true) => OPTIONAL_TEXTS,
            (false, false) => TEXTS,
        };
        if !known.split(", ").any(|one| one == operator) {
            return Err((at + 1, Fault::Comparator { found: operator, known: known.to_owned() }));
        }
        self.space();
        let test = if field.is_number() {
            let comparison = match operator.as_str() {
                "=" => Comparison::Equal,
                "!=" => Comparison::NotEqual,
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                _ => Comparison::GreaterOrEqual,
            };
            Test::Number(comparison, self.number()?)
        } else {
            match operator.as_str() {
                "=" => Test::Is(self.text()?),
                "!=" => Test::IsNot(self.text()?),
                "LIKE" => Test::Like(self.text()?),
                "ILIKE" => Test::Ilike(self.text()?),
                "IN" => Test::In(self.list()?),
                "NOT IN" => Test::NotIn(self.list()?),
                "IS NULL" => Test::Missing,
                _ => Test::Present,
            }
        };
        Ok(Clause { field, test })
    }

    /// A comparator in capitals, with one space between its words.
    fn operator(&mut self) -> Faulty<String> {
        let symbols = self.while_char(|char| "=!<>".contains(char));
        if !symbols.is_empty() {
            return Ok(symbols);
        }
        let mut words = Vec::new();
        loop {
            self.space();
            let word = self.peek_word();
            let goes_on = match words.last().map(String::as_str) {
                None => !word.is_empty(),
                Some("NOT") => word == "IN" || word == "NULL",
                Some("IS") => word == "NULL" || word == "NOT",
                Some(_) => false,
            };
            if !goes_on {
                break;
            }
            self.at += word.chars().count();
            words.push(word);
        }
        if words.is_empty() { self.expected(Wanted::Comparator) } else { Ok(words.join(" ")) }
    }

    fn number(&mut self) -> Faulty<f64> {
        let start = self.at;
        let digits = self.while_char(|char| char.is_ascii_alphanumeric() || "+-.".contains(char));
        let starts_right = digits.starts_with(|char: char| char.is_ascii_digit() || "+-.".contains(char));
        match digits.parse::<f64>() {
            Ok(value) if starts_right && value.is_finite() => Ok(value),
            _ => {
                self.at = start;
                self.expected(Wanted::Number)
            }
        }
    }

    fn text(&mut self) -> Faulty<String> {
        let start = self.at;
        match self.quoted("'\"")? {
            // Postgres text cannot hold NUL.
            Some(text) if !text.contains('\0') => Ok(text),
            _ => {
                self.at = start;
                self.expected(Wanted::Text)
            }
        }
    }

    fn list(&mut self) -> Faulty<Vec<String>> {
        if self.peek() != Some('(') {
            return self.expected(Wanted::List);
        }
        self.at += 1;
        let mut texts = Vec::new();
        loop {
            self.space();
            texts.push(self.text()?);
            self.space();
            match self.peek() {
                Some(',') => self.at += 1,
                Some(')') => {
                    self.at += 1;
                    return Ok(texts);
                }
                _ => return self.expected(Wanted::List),
            }
        }
    }

    pub(super) fn order<C: Column>(&mut self) -> Faulty<Order<C>> {
        let field = self.field()?;
        if let Field::Dataset(_) = field {
            self.at = 0;
            return self.expected(Wanted::Field);
        }
        self.space();
        let word = self.peek_word();
        let descending = word == "DESC";
        if descending || word == "ASC" {
            self.at += word.chars().count();
        }
        if self.at_end() { Ok(Order { field, descending }) } else { self.expected(Wanted::Direction) }
    }
}
