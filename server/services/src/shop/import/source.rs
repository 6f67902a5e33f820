//! Which files a plan names, and their lines as rows, in portions.

use std::io::{BufRead, Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use alluvium_domain::shop::{Bilingual, EventInput, EventKind, Grade, ImportFormat, ProductInput, Shopper, key};
use alluvium_domain::{Issue, Problem};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::mpsc;

use super::{ImportPlan, behaviours, events, judgements, products, recbole, sequences, table};

/// What a row becomes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Row {
    Product(Box<ProductInput>),
    Shopper(Shopper),
    Event {
        event: EventInput,
        /// Whether a product that the catalogue does not have is made without more than its id, rather than an error.
        anonymous: bool,
    },
    Judgement(JudgementRow),
}

/// A grade of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JudgementRow {
    /// As [`judged_query`](alluvium_domain::shop::judged_query) writes it.
    pub(crate) query: String,
    pub(crate) product: String,
    pub(crate) grade: Grade,
}

/// A line with its number, from 1, and what it says.
pub(super) type Line = (i64, std::result::Result<Vec<Row>, Problem>);

/// A line of text with its number, from 1.
type TextLine = (i64, std::result::Result<String, Problem>);

/// Lines that are written together.
#[derive(Debug, Default)]
pub(super) struct Portion {
    /// Number of the last line.
    pub(super) line: i64,
    pub(super) rows: Vec<(i64, Row)>,
    pub(super) errors: Vec<(i64, Problem)>,
}

/// A portion is full with so many rows, of which a product counts five.
const PORTION: usize = 10_000;

/// Where a data set has an order but no times, events begin here.
pub(super) const NO_TIME: OffsetDateTime = datetime!(2000-01-01 00:00 UTC);

/// A file and what its lines are.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Products { path: PathBuf, currency: String },
    Events { path: PathBuf },
    Sequences { path: PathBuf },
    SequenceAttributes { path: PathBuf },
    RecboleItems { path: PathBuf },
    RecboleUsers { path: PathBuf },
    RecboleInteractions { path: PathBuf, anonymous: bool },
    Behaviours { path: PathBuf, kind: EventKind, test: bool },
    Judgements { path: PathBuf },
}

impl Source {
    pub(super) fn path(&self) -> &Path {
        match self {
            Source::Products { path, .. }
            | Source::Events { path }
            | Source::Sequences { path }
            | Source::SequenceAttributes { path }
            | Source::RecboleItems { path }
            | Source::RecboleUsers { path }
            | Source::RecboleInteractions { path, .. }
            | Source::Behaviours { path, .. }
            | Source::Judgements { path } => path,
        }
    }

    /// The name of the file, without where it stands.
    pub(super) fn name(&self) -> String {
        self.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Sends the lines after line `from` in portions; stops when nobody listens.
    pub(super) fn read(&self, from: i64, send: &mpsc::Sender<Portion>) -> Result<()> {
        let mut portion = Portion::default();
        let mut weight = 0;
        for line in self.lines()? {
            let (number, rows) = line?;
            if number <= from {
                continue;
            }
            portion.line = number;
            match rows {
                Ok(rows) => {
                    weight += rows.len().max(1);
                    weight += rows.iter().filter(|row| matches!(row, Row::Product(_))).count() * 4;
                    portion.rows.extend(rows.into_iter().map(|row| (number, row)));
                }
                Err(problem) => {
                    weight += 1;
                    portion.errors.push((number, problem));
                }
            }
            if weight >= PORTION {
                weight = 0;
                if send.blocking_send(std::mem::take(&mut portion)).is_err() {
                    return Ok(());
                }
            }
        }
        if portion.line > 0 {
            // Nobody listens any more: then nobody misses it.
            let _ = send.blocking_send(portion);
        }
        Ok(())
    }

    fn lines(&self) -> Result<Box<dyn Iterator<Item = Result<Line>>>> {
        Ok(match self {
            Source::Products { path, currency } => {
                let currency = currency.clone();
                products::refuse_array(path)?;
                Box::new(text_lines(path)?.map(parsed(move |line| products::rows(line, &currency))))
            }
            Source::Events { path } => Box::new(events::lines(path)?),
            Source::Judgements { path } => Box::new(judgements::lines(path)?),
            Source::Sequences { path } => Box::new(text_lines(path)?.map(parsed(sequences::rows))),
            Source::SequenceAttributes { path } => Box::new(sequences::attributes(path)?),
            Source::RecboleItems { path } => Box::new(recbole::items(path)?),
            Source::RecboleUsers { path } => Box::new(recbole::users(path)?),
            Source::RecboleInteractions { path, anonymous } => Box::new(recbole::interactions(path, *anonymous)?),
            Source::Behaviours { path, kind, test } => {
                let mut reader = behaviours::Reader::new(*kind, *test);
                Box::new(text_lines(path)?.map(parsed(move |line| reader.rows(line))))
            }
        })
    }
}

/// The files of a plan, in the order in which they are read.
pub(super) fn sources(plan: &ImportPlan) -> Result<Vec<Source>> {
    let path = plan.path.clone();
    if plan.format == ImportFormat::Recbole {
        return recbole::sources(&path);
    }
    if plan.format == ImportFormat::Behaviours {
        return behaviours::sources(&path);
    }
    if !path.is_file() {
        return Err(Error::new(ErrorKind::NotFound, format!("the format {} needs a file", plan.format)));
    }
    Ok(match plan.format {
        ImportFormat::Events => vec![Source::Events { path }],
        ImportFormat::Judgements => vec![Source::Judgements { path }],
        ImportFormat::Sequences => sequences::sources(path),
        _ => vec![Source::Products { path, currency: plan.currency.clone() }],
    })
}

/// The files of a folder, sorted; of a file, itself.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    Ok(files)
}

/// The lines of a text file with their numbers; a line that is not UTF-8 is wrong by itself.
pub(super) fn text_lines(path: &Path) -> Result<impl Iterator<Item = Result<TextLine>> + use<>> {
    let mut reader = table::open(path)?;
    let mut number = 0;
    Ok(std::iter::from_fn(move || {
        let mut line = Vec::new();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => return Some(Err(error)),
        }
        number += 1;
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        let text =
            String::from_utf8(line).map_err(|_| Problem::field("line", Issue::Malformed { expected: "UTF-8".into() }));
        Some(Ok((number, text)))
    }))
}

/// Applies a parser to every line that is text.
fn parsed<P>(mut parse: P) -> impl FnMut(Result<TextLine>) -> Result<Line>
where
    P: FnMut(&str) -> std::result::Result<Vec<Row>, Problem>,
{
    move |line| line.map(|(number, text)| (number, text.and_then(|text| parse(&text))))
}

/// A product of which nothing is known but its id.
pub(super) fn anonymous(id: String) -> ProductInput {
    let title = Bilingual::new(format!("商品 {id}"), format!("Item {id}"));
    ProductInput { id, title, ..ProductInput::default() }
}

/// An id of a shopper or product in a field.
pub(super) fn checked_key(field: &'static str, text: &str) -> std::result::Result<String, Problem> {
    key(text).map_err(|issue| Problem::field(field, issue))
}

/// A text in the language that it is written in.
pub(super) fn in_its_language(text: &str) -> Bilingual {
    if text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
        Bilingual::new(text, "")
    } else {
        Bilingual::new("", text)
    }
}
