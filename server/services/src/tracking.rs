//! Use cases of tracking: experiments, runs, metrics, artifacts and logged models.
//!
//! Programs record through the MLflow API or `/api/v1`; pages read. Reading needs [`Action::Read`](alluvium_domain::Action::Read), recording [`Action::Write`](alluvium_domain::Action::Write): the token that a program
//! sends belongs to a person. A problem names the field as programs spell it (`run_id`, `params[3].value`), and what does not exist is named by
//! [`Problem::unknown`].

mod artifacts;
mod compare;
mod experiments;
mod leaderboard;
mod logged_models;
mod names;
mod of_job;
mod record;
mod rights;
mod runs;

use alluvium_domain::tracking::limits;
use alluvium_domain::{Issue, Problem};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use alluvium_store::{MetricSeries, RunKeys};
pub use artifacts::ArtifactPath;
pub use compare::{RunComparison, RunGroup, RunGroups, Spread};
pub use experiments::{ExperimentCount, ExperimentSearch};
pub use leaderboard::{
    BesideFirst, BoardFormat, Leaderboard, LeaderboardRow, MODEL_TAG, ORDER_TAG, TASK_TAG, each_key,
};
pub use logged_models::LoggedModelSearch;
pub(crate) use of_job::{JobRun, Recording, job_run_begin_in_txn, job_run_record_in_txn};
pub(crate) use record::record_in_txn;
pub(crate) use runs::insert_in_txn;
pub use runs::{MOST_SERIES, RunPage, RunSearch};

/// A page of something, and the word to ask for the next one with.
#[derive(Debug, Clone, PartialEq)]
pub struct Paged<T> {
    /// The page.
    pub items: Vec<T>,
    /// None on the last page.
    pub next: Option<String>,
}

/// Where a page begins and how much is on it.
pub(crate) struct Window {
    limit: usize,
    offset: usize,
}

impl Window {
    /// Reads what a caller sent; `most` is both the limit and, for `max_results`, what the problem names.
    pub(crate) fn new(limit: usize, most: usize, token: Option<&str>) -> Result<Window, Problem> {
        if limit == 0 || limit > most {
            let max = i64::try_from(most).unwrap_or(i64::MAX);
            return Err(Problem::field("max_results", Issue::OutOfRange { min: 1, max }));
        }
        let offset = token.filter(|token| !token.is_empty()).map(page_offset).transpose()?.unwrap_or(0);
        Ok(Window { limit, offset })
    }

    /// One more than the page holds, so that it is known whether there is another one.
    pub(crate) fn fetch(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    pub(crate) fn offset(&self) -> i64 {
        i64::try_from(self.offset).unwrap_or(i64::MAX)
    }

    /// Cuts what was fetched to the page.
    pub(crate) fn page<T>(&self, mut items: Vec<T>) -> Paged<T> {
        let next = (items.len() > self.limit).then(|| page_token(self.offset + self.limit));
        items.truncate(self.limit);
        Paged { items, next }
    }
}

/// The word to ask for a page with, counted from 1.
pub fn page_word(page: usize, limit: usize) -> Option<String> {
    (page > 1).then(|| page_token((page - 1).saturating_mul(limit)))
}

/// The word for a page; callers do not look into it.
fn page_token(offset: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("o{offset}"))
}

fn page_offset(token: &str) -> Result<usize, Problem> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let offset: usize = String::from_utf8(bytes).ok()?.strip_prefix('o')?.parse().ok()?;
        Some(offset).filter(|offset| *offset <= 100_000_000)
    };
    read().ok_or_else(|| {
        Problem::field("page_token", Issue::Malformed { expected: "the next_page_token of an earlier answer".into() })
    })
}

/// The number of experiments that one question may name.
const MOST_EXPERIMENTS: usize = 1_000;

fn check_experiments(count: usize) -> Result<(), Problem> {
    if count > MOST_EXPERIMENTS {
        let issue = Issue::TooMany { limit: MOST_EXPERIMENTS, actual: count };
        return Err(Problem::field("experiment_ids", issue));
    }
    Ok(())
}

/// A key that is only looked up: longer ones than there can be, and those with NUL, find nothing.
fn findable(key: &str) -> bool {
    key.chars().count() <= limits::KEY && !key.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_another_one() {
        let window = Window::new(2, 10, None).expect("right");
        let page = window.page(vec![1, 2, 3]);
        assert_eq!(page.items, [1, 2]);
        let next = page.next.expect("one more");
        let second = Window::new(2, 10, Some(&next)).expect("its own word");
        assert_eq!(second.offset, 2);
        assert_eq!(second.page(vec![3]).next, None);
    }

    #[test]
    fn wrong_pages_are_refused() {
        for (limit, token, field) in
            [(0, None, "max_results"), (11, None, "max_results"), (1, Some("!!"), "page_token")]
        {
            let problem = Window::new(limit, 10, token).err().expect("wrong");
            assert_eq!(problem.errors[0].field, field);
        }
        let negative = URL_SAFE_NO_PAD.encode("o-1");
        assert!(Window::new(1, 10, Some(&negative)).is_err());
        assert!(Window::new(1, 10, Some("")).is_ok(), "an empty word is none");
    }
}
