//! The care that all readers share: byte order marks, encodings, separators, headings.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Result};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::source::{Line, Row};
use alluvium_domain::{Issue, Problem};

/// What may stand between columns.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Most characters of a heading that an error repeats.
const MAX_HEADING: usize = 300;

/// Opens a text file past its byte order mark. UTF-16 and UTF-32 are refused by name: nothing in them is a line as UTF-8 has it.
pub(super) fn open(path: &Path) -> Result<BufReader<File>> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let start = reader.fill_buf()?;
    if start.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
        return Ok(reader);
    }
    // Without a mark, Latin letters in UTF-16 are every other byte zero.
    let zeros = start.len() >= 4 && start[..4].contains(&0);
    if start.starts_with(b"\xff\xfe\0\0") || start.starts_with(b"\0\0\xfe\xff") {
        return Err(refused("the file is UTF-32; save it as UTF-8"));
    }
    // A line may be no UTF-8 and yet begin with these two bytes: then no zero follows.
    let wide = start.get(..64.min(start.len())).is_some_and(|start| start.contains(&0));
    if zeros || ((start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff")) && wide) {
        return Err(refused("the file is UTF-16; save it as UTF-8"));
    }
    Ok(reader)
}

pub(super) fn refused(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, text.into())
}

/// A column that a table may have, by the names that it goes by.
pub(super) type Column = &'static [&'static str];

/// The heading of a table with separated columns.
pub(super) struct Heading {
    pub(super) separator: u8,
    /// Where each of the columns asked for stands.
    pub(super) places: Vec<Option<usize>>,
}

impl Heading {
    /// Reads a heading line: the separator is the one that gives most of the columns. An error names the columns found and those missing.
    pub(super) fn read(line: &str, columns: &[Column], required: &[Column]) -> Result<Heading> {
        let places = |separator: u8| -> Vec<Option<usize>> {
            let found: Vec<String> = names(line, separator);
            let place = |column: &Column| found.iter().position(|name| column.contains(&name.as_str()));
            columns.iter().map(place).collect()
        };
        let known = |separator: &u8| places(*separator).iter().flatten().count();
        let separator = SEPARATORS.into_iter().rev().max_by_key(known).unwrap_or(b',');
        let places = places(separator);
        let missing: Vec<String> = columns
            .iter()
            .zip(&places)
            .filter(|(column, place)| required.contains(column) && place.is_none())
            .map(|(column, _)| column.join(" or "))
            .collect();
        if missing.is_empty() {
            return Ok(Heading { separator, places });
        }
        let found: String = line.trim().chars().take(MAX_HEADING).collect();
        Err(refused(format!(
            "line 1 is no heading with the columns needed; missing: {}; found: {found}",
            missing.join(", ")
        )))
    }
}

/// The names of a heading's columns, without quotes and types (`user_id:token`), in small letters.
fn names(line: &str, separator: u8) -> Vec<String> {
    let name = |column: &str| column.trim().trim_matches('"').trim().to_lowercase();
    line.split(char::from(separator)).map(name).collect()
}

/// A table with a heading line and the places of its columns.
pub(super) struct Table {
    reader: Reader<BufReader<File>>,
    places: Vec<Option<usize>>,
}

/// A row of a table.
pub(super) struct Fields<'a> {
    places: &'a [Option<usize>],
    record: &'a ByteRecord,
}

impl Table {
    /// Opens a file and reads its heading.
    pub(super) fn open(path: &Path, columns: &[Column], required: &[Column]) -> Result<Table> {
        let mut first = Vec::new();
        open(path)?.read_until(b'\n', &mut first)?;
        let line = String::from_utf8(first).map_err(|_| refused("line 1 is not UTF-8; save the file as UTF-8"))?;
        let heading = Heading::read(&line, columns, required)?;
        let mut reader = ReaderBuilder::new().flexible(true).delimiter(heading.separator).from_reader(open(path)?);
        reader.byte_headers().map_err(Error::other)?;
        Ok(Table { reader, places: heading.places })
    }

    /// The lines after the heading, through `row`.
    pub(super) fn lines<F>(mut self, row: F) -> impl Iterator<Item = Result<Line>>
    where
        F: Fn(&Fields<'_>) -> std::result::Result<Vec<Row>, Problem>,
    {
        std::iter::from_fn(move || {
            let mut record = ByteRecord::new();
            match self.reader.read_byte_record(&mut record) {
                Ok(false) => None,
                Ok(true) => {
                    let line = record.position().map_or(0, |position| position.line());
                    let fields = Fields { places: &self.places, record: &record };
                    Some(Ok((i64::try_from(line).unwrap_or(i64::MAX), row(&fields))))
                }
                Err(error) => Some(Err(Error::other(error))),
            }
        })
    }
}

impl Fields<'_> {
    /// The text of a column by its number; empty where the column or the field is not there.
    pub(super) fn text(&self, column: usize, name: &'static str) -> std::result::Result<&str, Problem> {
        let bytes = self.places.get(column).copied().flatten().and_then(|place| self.record.get(place));
        let text = std::str::from_utf8(bytes.unwrap_or_default());
        text.map(str::trim).map_err(|_| Problem::field(name, Issue::Malformed { expected: "UTF-8".into() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [&["query", "q"], &["docid", "product"], &["note"]];

    fn read(line: &str) -> std::result::Result<(char, Vec<Option<usize>>), String> {
        let heading = Heading::read(line, &COLUMNS, &COLUMNS[..2]).map_err(|error| error.to_string())?;
        Ok((char::from(heading.separator), heading.places))
    }

    #[test]
    fn separators_and_quotes_of_a_heading_are_read() {
        assert_eq!(read("query,docid"), Ok((',', vec![Some(0), Some(1), None])));
        assert_eq!(read("\"Product\";\"Q\";note\r"), Ok((';', vec![Some(1), Some(0), Some(2)])));
        assert_eq!(read("note\tquery\tproduct"), Ok(('\t', vec![Some(1), Some(2), Some(0)])));
    }

    #[test]
    fn one_error_names_what_is_found_and_missing() {
        let error = read("s1,p1,view,2024-01-01").unwrap_err();
        assert!(error.contains("missing: query or q, docid or product; found: s1,p1,view,2024-01-01"), "{error}");
        let error = read("query,item").unwrap_err();
        assert!(error.contains("missing: docid or product; found: query,item"), "{error}");
    }

    #[test]
    fn marks_are_skipped_and_other_encodings_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let opened = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let mut text = String::new();
            let read = open(&path).and_then(|mut reader| std::io::Read::read_to_string(&mut reader, &mut text));
            read.map(|_| text).map_err(|error| error.to_string())
        };
        assert_eq!(opened(b"\xef\xbb\xbfa,b"), Ok("a,b".to_owned()));
        assert_eq!(opened(b""), Ok(String::new()));
        for wide in [&b"\xff\xfea\0,\0b\0"[..], b"\xfe\xff\0a\0,", b"a\0b\0"] {
            assert!(opened(wide).unwrap_err().contains("UTF-16"), "{wide:?}");
        }
        assert!(opened(b"\xff\xfe\0\0a\0\0\0").unwrap_err().contains("UTF-32"));
    }
}
