//! The filter and order expressions of the MLflow client, over models and versions.
//!
//! `name LIKE 'shop%' AND tags.task = 'ranking' AND tag.`a.key` != 'true'`: clauses joined by AND, text in single or double quotes, keys that are
//! no plain words in back-ticks or double quotes.

use std::collections::BTreeMap;

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It does not have the form of clauses joined by AND.
    #[error("Invalid clause(s) in filter string: {0}")]
    Clause(String),
    /// An attribute that cannot be compared here.
    #[error("Invalid attribute key '{key}' specified. Valid keys are {valid}")]
    Key {
        /// What stands there.
        key: String,
        /// What may stand there.
        valid: String,
    },
    /// An operator that does not go with the attribute.
    #[error("Invalid comparator '{0}'")]
    Comparator(String),
    /// An order that is not known.
    #[error("Invalid order_by clause '{0}'")]
    Order(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparator {
    Equal,
    NotEqual,
    Like,
    ILike,
    In,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Attribute(String),
    Tag(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    key: Key,
    comparator: Comparator,
    values: Vec<String>,
}

/// A filter that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    clauses: Vec<Clause>,
}

/// The tag by which the client leaves prompts out; what does not have it is no prompt.
const IS_PROMPT: &str = "mlflow.prompt.is_prompt";

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A bare word or number; an operator.
    Word(String),
    /// In quotes or back-ticks.
    Quoted(String),
    Symbol(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let wrong = || FilterError::Clause(text.to_owned());
    let mut all = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        match c {
            _ if c.is_whitespace() => {}
            '\'' | '"' | '`' => {
                let mut inside = String::new();
                loop {
                    match chars.next() {
                        None => return Err(wrong()),
                        Some((_, end)) if end == c => {
                            // A quote that stands twice is one.
                            if chars.peek().is_some_and(|(_, next)| *next == c) {
                                chars.next();
                                inside.push(c);
                            } else {
                                break;
                            }
                        }
                        Some((_, other)) => inside.push(other),
                    }
                }
                all.push(Token::Quoted(inside));
            }
            '(' | ')' | ',' | '.' => all.push(Token::Symbol(c.to_string())),
            '=' | '!' | '<' | '>' => {
                let mut symbol = c.to_string();
                if chars.peek().is_some_and(|(_, next)| *next == '=') {
                    chars.next();
                    symbol.push('=');
                }
                all.push(Token::Symbol(symbol));
            }
            _ if word_character(c) => {
                let mut end = start + c.len_utf8();
                while let Some((place, next)) = chars.peek().copied() {
                    if !word_character(next) {
                        break;
                    }
                    end = place + next.len_utf8();
                    chars.next();
                }
                all.push(Token::Word(text[start..end].to_owned()));
            }
            _ => return Err(wrong()),
        }
    }
    Ok(all)
}

fn word_character(c: char) -> bool {
    c.is_alphanumeric() || "_-/:@".contains(c)
}

impl Filter {
    /// Reads an expression; `attributes` are the attributes that may be compared. Empty text lets everything through.
    ///
    /// # Errors
    /// An expression that is not understood.
    pub fn parse(text: &str, attributes: &[&str]) -> Result<Filter, FilterError> {
        let all = tokens(text)?;
        let wrong = || FilterError::Clause(text.to_owned());
        let mut clauses = Vec::new();
        let mut rest = all.as_slice();
        while !rest.is_empty() {
            let (key, after) = key(rest, attributes).ok_or_else(wrong)??;
            let (comparator, after) = comparator(after).ok_or_else(wrong)??;
            let (values, after) = values(after, comparator).ok_or_else(wrong)?;
            clauses.push(Clause { key, comparator, values });
            rest = match after {
                [] => after,
                [Token::Word(and), more @ ..] if and.eq_ignore_ascii_case("and") && !more.is_empty() => more,
                _ => return Err(wrong()),
            };
        }
        Ok(Filter { clauses })
    }

    /// Whether something with these attributes and tags is let through.
    pub fn matches(&self, attribute: impl Fn(&str) -> Option<String>, tags: &BTreeMap<String, String>) -> bool {
        self.clauses.iter().all(|clause| {
            let value = match &clause.key {
                Key::Attribute(name) => attribute(name),
                Key::Tag(key) => tags.get(key).cloned(),
            };
            match value {
                Some(value) => clause.holds(&value),
                None => clause.comparator == Comparator::NotEqual && clause.key == Key::Tag(IS_PROMPT.to_owned()),
            }
        })
    }
}

impl Clause {
    fn holds(&self, value: &str) -> bool {
        let first = self.values.first().map(String::as_str).unwrap_or_default();
        // Numbers compare as numbers.
        let order = match (value.parse::<f64>(), first.parse::<f64>()) {
            (Ok(own), Ok(other)) => own.partial_cmp(&other),
            _ => Some(value.cmp(first)),
        };
        match self.comparator {
            Comparator::Equal => value == first,
            Comparator::NotEqual => value != first,
            Comparator::In => self.values.iter().any(|one| one == value),
            Comparator::Like => like(value, first),
            Comparator::ILike => like(&value.to_lowercase(), &first.to_lowercase()),
            Comparator::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Comparator::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
            Comparator::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
            Comparator::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

/// SQL's LIKE: `%` for any characters, `_` for one. In time proportional to the product of the lengths, whatever the pattern.
fn like(value: &str, pattern: &str) -> bool {
    let (value, pattern): (Vec<char>, Vec<char>) = (value.chars().collect(), pattern.chars().collect());
    // reached[n]: the pattern so far matches the first n characters.
    let mut reached = vec![false; value.len() + 1];
    reached[0] = true;
    for p in pattern {
        let mut next = vec![false; value.len() + 1];
        if p == '%' {
            let mut any = false;
            for (own, before) in next.iter_mut().zip(&reached) {
                any |= before;
                *own = any;
            }
        } else {
            for (place, c) in value.iter().enumerate() {
                next[place + 1] = reached[place] && (p == '_' || p == *c);
            }
        }
        reached = next;
    }
    reached[value.len()]
}

type Read<'a, T> = Option<Result<(T, &'a [Token]), FilterError>>;

fn key<'a>(tokens: &'a [Token], attributes: &[&str]) -> Read<'a, Key> {
    match tokens {
        [Token::Word(of), Token::Symbol(point), rest @ ..] if point == "." && is_tags(of) => {
            let (first, mut rest) = match rest {
                [Token::Quoted(key) | Token::Word(key), rest @ ..] => (key.clone(), rest),
                _ => return None,
            };
            let mut key = first;
            // `tags.mlflow.source.name` without back-ticks.
            while let [Token::Symbol(point), Token::Word(more), after @ ..] = rest {
                if point != "." {
                    break;
                }
                key = format!("{key}.{more}");
                rest = after;
            }
            Some(Ok((Key::Tag(key), rest)))
        }
        [Token::Word(of), Token::Symbol(point), Token::Word(name) | Token::Quoted(name), rest @ ..]
            if point == "." && ["attribute", "attributes", "attr"].iter().any(|word| of.eq_ignore_ascii_case(word)) =>
        {
            Some(attribute(name, attributes).map(|key| (key, rest)))
        }
        [Token::Word(name) | Token::Quoted(name), rest @ ..] => {
            Some(attribute(name, attributes).map(|key| (key, rest)))
        }
        _ => None,
    }
}

fn is_tags(word: &str) -> bool {
    ["tag", "tags"].iter().any(|name| word.eq_ignore_ascii_case(name))
}

fn attribute(name: &str, attributes: &[&str]) -> Result<Key, FilterError> {
    if attributes.contains(&name) {
        return Ok(Key::Attribute(name.to_owned()));
    }
    Err(FilterError::Key { key: name.to_owned(), valid: attributes.join(", ") })
}

fn comparator(tokens: &[Token]) -> Read<'_, Comparator> {
    let (word, rest) = match tokens {
        [Token::Symbol(word) | Token::Word(word), rest @ ..] => (word, rest),
        _ => return None,
    };
    let comparator = match word.to_ascii_uppercase().as_str() {
        "=" => Comparator::Equal,
        "!=" => Comparator::NotEqual,
        "<" => Comparator::Less,
        "<=" => Comparator::LessOrEqual,
        ">" => Comparator::Greater,
        ">=" => Comparator::GreaterOrEqual,
        "LIKE" => Comparator::Like,
        "ILIKE" => Comparator::ILike,
        "IN" => Comparator::In,
        _ => return Some(Err(FilterError::Comparator(word.clone()))),
    };
    Some(Ok((comparator, rest)))
}

fn values(tokens: &[Token], comparator: Comparator) -> Option<(Vec<String>, &[Token])> {
    if comparator != Comparator::In {
        return match tokens {
            [Token::Quoted(value), rest @ ..] => Some((vec![value.clone()], rest)),
            [Token::Word(value), rest @ ..] if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some((vec![value.clone()], rest))
            }
            _ => None,
        };
    }
    let [Token::Symbol(open), inside @ ..] = tokens else { return None };
    let mut rest = inside;
    if open != "(" {
        return None;
    }
    let mut all = Vec::new();
    loop {
        let [Token::Quoted(value), Token::Symbol(next), after @ ..] = rest else { return None };
        all.push(value.clone());
        rest = after;
        match next.as_str() {
            "," => {}
            ")" => return Some((all, rest)),
            _ => return None,
        }
    }
}

/// One `order_by` expression: an attribute and a direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The attribute.
    pub key: String,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Order {
    /// Reads `name`, `name ASC` or `name DESC`.
    ///
    /// # Errors
    /// Anything else, or an attribute that is not one of `attributes`.
    pub fn parse(text: &str, attributes: &[&str]) -> Result<Order, FilterError> {
        let wrong = || FilterError::Order(text.to_owned());
        let words: Vec<&str> = text.split_whitespace().collect();
        let (key, descending) = match words.as_slice() {
            [key] => (*key, false),
            [key, way] if way.eq_ignore_ascii_case("asc") => (*key, false),
            [key, way] if way.eq_ignore_ascii_case("desc") => (*key, true),
            _ => return Err(wrong()),
        };
        let key = key.trim_matches(['`', '"']);
        if !attributes.contains(&key) {
            return Err(wrong());
        }
        Ok(Order { key: key.to_owned(), descending })
    }
}
