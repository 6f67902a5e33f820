//! Histories of shoppers and how they are split for measuring.

use std::collections::HashMap;
use std::path::Path;

use super::RecommendError;

/// What each user did, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequences {
    users: Vec<String>,
    items: Vec<String>,
    histories: Vec<Vec<u32>>,
}

/// Which item of each history is held back (leave-last-out).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holdout {
    /// The second last: for choosing settings. The last item is not seen at all.
    Validation,
    /// The last: for the figure that is reported, with the validation item back in the history.
    Test,
}

/// A question to a model: what comes after this history?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case<'a> {
    /// Oldest first, never empty.
    pub history: &'a [u32],
    /// What came.
    pub target: u32,
}

impl Sequences {
    /// Reads a file in the format of [`Sequences::parse`].
    ///
    /// # Errors
    /// Names the file, or the line and what is wrong with it.
    pub fn read(path: impl AsRef<Path>) -> Result<Sequences, RecommendError> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|source| RecommendError::File { path: path.to_owned(), source })?;
        Sequences::parse(&text)
    }

    /// Reads lines `user item item ...` in order of time. Names are any words without white space; items are numbered in the order
    /// in which they are first seen. Empty lines are passed over.
    ///
    /// # Errors
    /// Names the line: a user without items, or one that has a line already.
    pub fn parse(text: &str) -> Result<Sequences, RecommendError> {
        let mut sequences = Sequences { users: Vec::new(), items: Vec::new(), histories: Vec::new() };
        let mut lines_of: HashMap<&str, usize> = HashMap::new();
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        for (line, content) in (1..).zip(text.lines()) {
            let mut words = content.split_whitespace();
            let Some(user) = words.next() else { continue };
            if let Some(earlier) = lines_of.insert(user, line) {
                let reason = format!("user {user} has line {earlier} already");
                return Err(RecommendError::Line { line, reason });
            }
            let mut history = Vec::new();
            for word in words {
                let number = match numbers.get(word) {
                    Some(number) => *number,
                    None => {
                        let number = u32::try_from(numbers.len())
                            .map_err(|_| RecommendError::Line { line, reason: "more items than 2^32".to_owned() })?;
                        numbers.insert(word, number);
                        sequences.items.push(word.to_owned());
                        number
                    }
                };
                history.push(number);
            }
            if history.is_empty() {
                return Err(RecommendError::Line { line, reason: format!("user {user} has no items") });
            }
            sequences.users.push(user.to_owned());
            sequences.histories.push(history);
        }
        Ok(sequences)
    }

    /// Number of different items.
    pub fn item_count(&self) -> usize {
        self.items.len()
    }

    /// Number of users.
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    /// Number of events over all users.
    pub fn event_count(&self) -> usize {
        self.histories.iter().map(Vec::len).sum()
    }

    /// The name of an item.
    pub fn item_name(&self, item: u32) -> Option<&str> {
        self.items.get(usize::try_from(item).ok()?).map(String::as_str)
    }

    /// All histories, whole.
    pub fn histories(&self) -> Vec<&[u32]> {
        self.histories.iter().map(Vec::as_slice).collect()
    }

    /// What a model may learn from when `holdout` is to be predicted. Users with fewer than three items have no item held back: they are
    /// in the training set whole, and in no case.
    pub fn training(&self, holdout: Holdout) -> Vec<&[u32]> {
        self.histories
            .iter()
            .map(|history| match held_back(history, holdout) {
                Some(position) => &history[..position],
                None => history,
            })
            .collect()
    }

    /// One case for each user with three items or more.
    pub fn cases(&self, holdout: Holdout) -> Vec<Case<'_>> {
        self.histories
            .iter()
            .filter_map(|history| {
                let position = held_back(history, holdout)?;
                Some(Case { history: &history[..position], target: history[position] })
            })
            .collect()
    }
}

/// Where the item that is held back stands.
fn held_back(history: &[u32], holdout: Holdout) -> Option<usize> {
    let from_end = match holdout {
        Holdout::Validation => 2,
        Holdout::Test => 1,
    };
    if history.len() < 3 { None } else { Some(history.len() - from_end) }
}
