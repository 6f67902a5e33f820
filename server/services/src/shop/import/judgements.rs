//! Grades as CSV with a heading line: `query,docid,rating`, or `query,product,grade`, in any order.

use std::io::{Error, Result};
use std::path::Path;

use alluvium_domain::shop::{Grade, judged_query, limits};
use alluvium_domain::{Issue, Problem};

use super::source::{JudgementRow, Line, Row, checked_key};
use super::table::{Column, Fields, Table};

/// The grades of a file, where nothing else is wanted of it; a wrong line ends it.
pub(crate) fn rows(path: &Path) -> Result<Vec<JudgementRow>> {
    let mut all = Vec::new();
    for line in lines(path)? {
        let (number, rows) = line?;
        let rows = rows.map_err(|problem| Error::other(format!("line {number}: {problem}")))?;
        all.extend(rows.into_iter().filter_map(|row| match row {
            Row::Judgement(judgement) => Some(judgement),
            _ => None,
        }));
    }
    Ok(all)
}

const COLUMNS: [Column; 3] = [&["query", "q"], &["docid", "product"], &["rating", "grade"]];

/// The lines after the heading.
pub(super) fn lines(path: &Path) -> Result<impl Iterator<Item = Result<Line>> + use<>> {
    Ok(Table::open(path, &COLUMNS, &COLUMNS)?.lines(row))
}

fn row(fields: &Fields<'_>) -> std::result::Result<Vec<Row>, Problem> {
    let query = judged_query(fields.text(0, "query")?);
    let actual = query.chars().count();
    if actual == 0 {
        return Err(Problem::field("query", Issue::Required));
    }
    if actual > limits::QUERY {
        return Err(Problem::field("query", Issue::TooLong { limit: limits::QUERY, actual }));
    }
    if query.contains('\0') {
        return Err(Problem::field("query", Issue::Malformed { expected: "no NUL character".into() }));
    }
    let grade: Grade =
        fields.text(2, "grade")?.parse().map_err(|()| Problem::field("grade", Issue::OutOfRange { min: 0, max: 3 }))?;
    let product = checked_key("product", fields.text(1, "product")?)?;
    Ok(vec![Row::Judgement(JudgementRow { query, product, grade })])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_read_and_wrong_ones_name_their_field() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("judgements.csv");
        std::fs::write(&path, "query,docid,rating\nUSB  stick,1,3\nlaptop,2,4\n,3,1\n\"a\0b\",3,1\nlaptop,,1\n")
            .unwrap();
        let lines: Vec<Line> = lines(&path).unwrap().collect::<Result<_>>().unwrap();
        let first = lines[0].1.clone().unwrap();
        let row = JudgementRow { query: "usb stick".into(), product: "1".into(), grade: Grade::ALL[3] };
        assert_eq!(first, [Row::Judgement(row)]);
        let fields: Vec<String> =
            lines[1..].iter().map(|(_, row)| row.clone().unwrap_err().errors[0].field.to_string()).collect();
        assert_eq!(fields, ["grade", "query", "query", "product"]);
        assert!(rows(&path).unwrap_err().to_string().contains("line 3"));
    }
}
