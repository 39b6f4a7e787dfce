//! Tables read from CSV files, with the digest of their contents.

use std::path::Path;

use csv::StringRecord;
use sha2::{Digest, Sha256};

use crate::Invalid;
use crate::numerics::Design;

/// A CSV file with a header line; cells are parsed on request.
#[derive(Clone, Debug)]
pub struct Table {
    key: String,
    name: String,
    digest: String,
    header: Vec<String>,
    records: Vec<StringRecord>,
    /// The line of the file on which each record begins, from 1.
    lines: Vec<usize>,
}

impl Table {
    /// Reads the file that the parameter `key` names.
    ///
    /// # Errors
    /// Names `key`: the file cannot be read, a row has too few or too many cells, or there is no row.
    pub fn open(key: &str, path: &Path) -> Result<Self, Invalid> {
        let bytes = std::fs::read(path).map_err(|e| {
            let shown = path.display();
            Invalid::new(key, format!("cannot read {shown}: {e} (paths are relative to the current folder)"))
        })?;
        Self::from_bytes(key, &path.display().to_string(), &bytes)
    }

    /// Reads the contents of a file, called `name` in messages.
    ///
    /// # Errors
    /// As [`Table::open`]; also a first line that is no header: all names are numbers, a name is empty, or another
    /// delimiter than the comma separates them.
    pub fn from_bytes(key: &str, name: &str, bytes: &[u8]) -> Result<Self, Invalid> {
        let fail = |message: String| Invalid::new(key, message);
        let mut reader = csv::Reader::from_reader(bytes);
        let header: Vec<String> =
            reader.headers().map_err(|e| fail(format!("{name}: {e}")))?.iter().map(str::to_owned).collect();
        check_header(&header).map_err(|message| fail(format!("{name}: {message}")))?;
        let (mut records, mut lines) = (Vec::new(), Vec::new());
        // Lines are counted up to the byte where the last record began.
        let (mut counted, mut line) = (0, 1);
        for (row, record) in reader.records().enumerate() {
            let record = record.map_err(|e| fail(format!("{name}: row {}: {e}", row + 1)))?;
            let begin = record.position().map_or(counted, |p| p.byte() as usize);
            // The reader skips empty lines, but its positions lie before them.
            let begin =
                begin + bytes[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            line += line_ends(&bytes[counted..begin]);
            counted = begin;
            lines.push(line);
            records.push(record);
        }
        if header.is_empty() || records.is_empty() {
            return Err(fail(format!("{name}: no rows of data below the header")));
        }
        let digest = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        Ok(Self { key: key.to_owned(), name: name.to_owned(), digest, header, records, lines })
    }

    /// The file's name as given and the SHA-256 of its contents.
    #[must_use]
    pub fn input(&self) -> (String, String) {
        (self.name.clone(), self.digest.clone())
    }

    /// Names of the columns, in the order of the file.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Number of rows below the header, at least 1.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.records.len()
    }

    /// Index of the column `name`.
    ///
    /// # Errors
    /// Names `key` and lists the existing columns.
    pub fn column(&self, key: &str, name: &str) -> Result<usize, Invalid> {
        self.header.iter().position(|h| h.trim() == name).ok_or_else(|| {
            let found = self.header.iter().map(|h| format!("`{}`", shown(h))).collect::<Vec<_>>().join(", ");
            Invalid::new(key, format!("{}: no column `{name}`; the columns are {found}", self.name))
        })
    }

    /// The cells of column `j`, trimmed, in row order.
    pub fn cells(&self, j: usize) -> impl Iterator<Item = &str> {
        self.records.iter().map(move |record| record[j].trim())
    }

    /// Column `j` as finite numbers.
    ///
    /// # Errors
    /// The first cell that is not a finite number, with its row, line and column.
    pub fn numbers(&self, j: usize) -> Result<Vec<f64>, Invalid> {
        let parsed = |(row, text): (usize, &str)| match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(self.cell_error(row, j, "a finite number")),
        };
        self.cells(j).enumerate().map(parsed).collect()
    }

    /// An error about the cell in `row` (from 0) and column `j`.
    #[must_use]
    pub fn cell_error(&self, row: usize, j: usize, expected: &str) -> Invalid {
        let (name, column, text) = (&self.name, shown(&self.header[j]), shown(&self.records[row][j]));
        let message = format!(
            "{name}: row {} (line {}), column `{column}`: expected {expected}, found `{text}`",
            row + 1,
            self.lines[row]
        );
        Invalid::new(&self.key, message)
    }
}

/// Number of line ends: `\n`, `\r\n` or `\r`.
fn line_ends(bytes: &[u8]) -> usize {
    let ends = |(i, byte): (usize, &u8)| *byte == b'\n' || *byte == b'\r' && bytes.get(i + 1) != Some(&b'\n');
    bytes.iter().enumerate().filter(|at| ends(*at)).count()
}

/// Longest text of a cell in a message.
const SHOWN: usize = 60;

/// A text from a file as a message shows it: on one line, and not too long.
fn shown(text: &str) -> String {
    let mut letters = text.chars();
    let mut out: String = letters.by_ref().take(SHOWN).flat_map(char::escape_debug).collect();
    if letters.next().is_some() {
        out.push('…');
    }
    out
}

/// Refuses a first line that is not a header, as its names would be wrong or its numbers lost.
fn check_header(header: &[String]) -> Result<(), String> {
    if let [only] = header
        && let Some((delimiter, word)) = [(';', "`;`"), ('\t', "tabs"), ('|', "`|`")]
            .into_iter()
            .find(|(delimiter, _)| only.contains(*delimiter))
    {
        let names = only.split(delimiter).count();
        return Err(format!(
            "the first line has one name, `{}`, which looks like {names} names separated by {word}; separate the cells \
             by commas",
            shown(only)
        ));
    }
    if let Some(j) = header.iter().position(|name| name.trim().is_empty()) {
        return Err(format!(
            "column {} of {} has no name, such as the row numbers that some programs write; name it in the first line, \
             or leave the column out",
            j + 1,
            header.len()
        ));
    }
    if header.iter().all(|name| name.trim().parse::<f64>().is_ok()) {
        return Err(format!(
            "the first line has only numbers (`{}`), but it must be a header: put a line with the columns' names above it",
            shown(&header.join(","))
        ));
    }
    Ok(())
}

/// Regression data read from two files.
#[derive(Clone, Debug)]
pub struct Regression {
    /// Features as read, shape `n × p`.
    pub design: Design,
    /// Response as read, length `n`.
    pub response: Vec<f64>,
    /// The files read, each with the SHA-256 of its contents.
    pub files: Vec<(String, String)>,
}

/// Reads a file of features, one per column, and a file with one column of responses, both with a header
/// line. Each path comes with the key of the parameter that names it.
///
/// # Errors
/// Names one of the two parameters: a file cannot be read, a cell is not a finite number, there are several
/// responses, or the numbers of rows differ.
pub fn regression(x: (&str, &Path), y: (&str, &Path)) -> Result<Regression, Invalid> {
    let (features, response) = (Table::open(x.0, x.1)?, Table::open(y.0, y.1)?);
    let (n, p) = (features.rows(), features.header().len());
    let mut values = Vec::with_capacity(n * p);
    for j in 0..p {
        values.extend(features.numbers(j)?);
    }
    let (x_shown, y_shown) = (x.1.display(), y.1.display());
    if response.header().len() != 1 {
        let message = format!("{y_shown}: expected one column, found {}", response.header().len());
        return Err(Invalid::new(y.0, message));
    }
    let files = vec![features.input(), response.input()];
    let response = response.numbers(0)?;
    if response.len() != n {
        let message = format!("{y_shown} has {} rows but {x_shown} has {n}", response.len());
        return Err(Invalid::new(y.0, message));
    }
    Ok(Regression { design: Design::from_columns(n, p, values), response, files })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_by_row_line_and_column() {
        let table = Table::from_bytes("data", "a.csv", b"x, y\n1,low\ninf,high\n").unwrap();
        assert_eq!((table.header().len(), table.rows()), (2, 2));
        let label = table.column("label", "y").unwrap();
        assert_eq!(table.cells(label).collect::<Vec<_>>(), ["low", "high"]);
        let error = table.numbers(0).unwrap_err();
        assert_eq!(error.key, "data");
        assert_eq!(error.message, "a.csv: row 2 (line 3), column `x`: expected a finite number, found `inf`");
        let missing = table.column("label", "z").unwrap_err();
        assert_eq!(
            (missing.key.as_str(), missing.message.as_str()),
            ("label", "a.csv: no column `z`; the columns are `x`, ` y`")
        );
    }

    #[test]
    fn lines_are_those_of_the_file() {
        // Empty lines, line breaks within quotes, and the three kinds of line ends.
        for (bytes, line) in [
            (&b"x,y\n1,2\n\n\n3,a\n"[..], 5),
            (b"x,y\r\n1,2\r\n\r\n3,a\r\n", 4),
            (b"x,y\r1,2\r\r3,a\r", 4),
            (b"x,\"y\nz\"\n1,2\n3,\"\na\"\n", 4),
            (b"\n\nx,y\n1,2\n3,a\n", 5),
        ] {
            let error = Table::from_bytes("data", "a.csv", bytes).unwrap().numbers(1).unwrap_err();
            assert!(error.message.contains(&format!("row 2 (line {line})")), "{}", error.message);
            assert!(!error.message.contains('\n'), "{}", error.message);
        }
    }

    #[test]
    fn a_first_line_that_is_no_header_is_refused() {
        for (bytes, part) in [
            (&b"0.5,1.25\n1,2\n"[..], "has only numbers (`0.5,1.25`)"),
            (b",x,y\n0,1,2\n", "column 1 of 3 has no name"),
            (b"x;y\n1;2\n", "looks like 2 names separated by `;`"),
            (b"x\ty\n1\t2\n", "separated by tabs"),
        ] {
            let error = Table::from_bytes("data", "a.csv", bytes).unwrap_err();
            assert!(error.message.contains(part), "{}", error.message);
        }
        // A year among names is a name.
        assert!(Table::from_bytes("data", "a.csv", b"2020,x\n1,2\n").is_ok());
    }

    #[test]
    fn digest_is_that_of_the_bytes() {
        // Computed with sha256sum.
        let table = Table::from_bytes("x", "a.csv", b"a\n1\n").unwrap();
        assert_eq!(table.input().1, "309b0e45a73d3fc5325e2b6ed0a01ef8b9cde6b05a5633c1f893f970d52bfddc");
    }
}
