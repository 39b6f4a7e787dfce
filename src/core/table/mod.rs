//! Tables read from files, with the digest of their contents.

mod column;
mod layout;
mod read;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

pub use column::ColumnName;
pub use layout::{Decimal, Delimiter, Layout};
use read::Cells;

use crate::Invalid;
use crate::digest::sha256;
use crate::family::Input;
use crate::format::count;
use crate::numerics::{Design, Standard};

thread_local! {
    /// The folder from which relative paths start.
    static FOLDER: RefCell<PathBuf> = const { RefCell::new(PathBuf::new()) };
}

/// Reads what `read` reads with paths relative to `folder`, that of a config; an empty path is the current folder.
pub fn within<T>(folder: &Path, read: impl FnOnce() -> T) -> T {
    let before = FOLDER.replace(folder.to_owned());
    let result = read();
    FOLDER.set(before);
    result
}

/// The folder from which relative paths start; empty for the current one.
#[must_use]
pub fn folder() -> PathBuf {
    FOLDER.with_borrow(Clone::clone)
}

/// Largest size of a number in a table, and the reciprocal of the smallest that a column may have as its largest:
/// beyond, differences and coefficients can leave the range of numbers, however they are scaled.
const LARGEST: f64 = 1e305;

/// A file with a table; cells are parsed on request.
#[derive(Clone, Debug)]
pub struct Table {
    key: String,
    name: String,
    digest: String,
    layout: Layout,
    header: Vec<String>,
    cells: Cells,
}

impl Table {
    /// Reads the file that the parameter `key` names: CSV text (UTF-8, or UTF-16 with its mark) or an array of NumPy
    /// (`.npy`, whose columns are called 1, 2, …), plain or compressed by gzip.
    ///
    /// # Errors
    /// Names `key`: the file cannot be read, its first line is no header, another delimiter seems to separate its
    /// cells, a row has too few or too many of them, or there is no row. Names a key of the layout, beside `key`, if
    /// the file is an array.
    pub fn open(key: &str, path: &Path, layout: Layout) -> Result<Self, Invalid> {
        let table = Self::opened(key, path, layout)?;
        table.check_layout()?;
        Ok(table)
    }

    /// The same, with a layout that may concern only another file.
    fn opened(key: &str, path: &Path, layout: Layout) -> Result<Self, Invalid> {
        let place = FOLDER.with_borrow(|folder| folder.join(path));
        let bytes = std::fs::read(&place).map_err(|e| {
            let whence = match FOLDER.with_borrow(|folder| folder.display().to_string()) {
                _ if path.is_absolute() => String::new(),
                here if here.is_empty() => " (paths are relative to the current folder)".to_owned(),
                folder => format!(" (relative to the config's folder, {folder})"),
            };
            Invalid::new(key, format!("cannot read {}: {e}{whence}", path.display()))
        })?;
        Self::parsed(key, &path.display().to_string(), &bytes, layout)
    }

    /// Reads the contents of a file, called `name` in messages.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn from_bytes(key: &str, name: &str, bytes: &[u8], layout: Layout) -> Result<Self, Invalid> {
        let table = Self::parsed(key, name, bytes, layout)?;
        table.check_layout()?;
        Ok(table)
    }

    fn parsed(key: &str, name: &str, bytes: &[u8], layout: Layout) -> Result<Self, Invalid> {
        let fail = |message: String| Invalid::new(key, format!("{name}: {message}"));
        let (header, cells) = read::contents(bytes, &layout).map_err(fail)?;
        let digest = sha256(bytes);
        let table = Self { key: key.to_owned(), name: name.to_owned(), digest, layout, header, cells };
        if table.header.is_empty() || table.rows() == 0 {
            return Err(fail("no rows of data below the header".to_owned()));
        }
        Ok(table)
    }

    /// Refuses keys that say how text is laid out, if the file is an array.
    fn check_layout(&self) -> Result<(), Invalid> {
        let Cells::Numbers(_) = &self.cells else { return Ok(()) };
        let Some(first) = self.layout.given().next() else { return Ok(()) };
        let beside = self.key.rsplit_once('.').map_or_else(String::new, |(table, _)| format!("{table}."));
        let keys: Vec<&str> = self.layout.given().collect();
        let message = format!(
            "{} is an array of NumPy, for which this key has no meaning; remove {}",
            self.name,
            listed(&keys)
        );
        Err(Invalid::new(beside + first, message))
    }

    /// The file's name as given, the SHA-256 of its contents, and what was taken from it.
    #[must_use]
    pub fn input(&self, holds: String) -> Input {
        Input { name: self.name.clone(), digest: self.digest.clone(), holds }
    }

    /// Names of the columns, in the order of the file.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Number of rows below the header, at least 1.
    #[must_use]
    pub fn rows(&self) -> usize {
        match &self.cells {
            Cells::Text { records, .. } => records.len(),
            Cells::Numbers(values) => values.rows(),
        }
    }

    /// Index of the column `name`.
    ///
    /// # Errors
    /// Names `key` and lists the existing columns; or several have this name.
    pub fn column(&self, key: &str, name: &str) -> Result<usize, Invalid> {
        let mut named = (0..self.header.len()).filter(|&j| self.header[j].trim() == name);
        let fail = |what: String| Invalid::new(key, format!("{}: {what}", self.name));
        match (named.next(), named.next()) {
            (Some(j), None) => Ok(j),
            (Some(_), Some(_)) => Err(fail(format!("several columns are called `{}`", shown(name)))),
            (None, _) => {
                Err(fail(format!("no column `{}`; the columns are {}", shown(name), listed(&self.header))))
            }
        }
    }

    /// The text of a cell, trimmed; a number of an array as the shortest text that reads back the same.
    #[must_use]
    pub fn cell(&self, row: usize, j: usize) -> Cow<'_, str> {
        match &self.cells {
            Cells::Text { records, .. } => records[row][j].trim().into(),
            Cells::Numbers(values) => values.column(j)[row].to_string().into(),
        }
    }

    /// The cells of column `j`, in row order.
    pub fn cells(&self, j: usize) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.rows()).map(move |row| self.cell(row, j))
    }

    /// Column `j` as finite numbers of a size up to 1e305.
    ///
    /// # Errors
    /// The first cell that is none, with its row, line and column; or all numbers are 0 or smaller in size than 1e-305,
    /// and some are not 0.
    pub fn numbers(&self, j: usize) -> Result<Vec<f64>, Invalid> {
        let checked = |row: usize, number: Option<f64>| match number {
            Some(value) if value.abs() <= LARGEST => Ok(value),
            Some(value) if value.is_finite() => {
                Err(self.cell_error(row, j, "a number of a size up to 1e305"))
            }
            _ => Err(self.cell_error(row, j, &self.expected(row, j))),
        };
        let numbers: Vec<f64> = match &self.cells {
            Cells::Text { .. } => self
                .cells(j)
                .enumerate()
                .map(|(row, cell)| checked(row, self.number(&cell)))
                .collect::<Result<_, _>>(),
            Cells::Numbers(values) => {
                values.column(j).iter().enumerate().map(|(row, v)| checked(row, Some(*v))).collect()
            }
        }?;
        let largest = numbers.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        if largest > 0.0 && largest < 1.0 / LARGEST {
            let column = shown(&self.header[j]);
            let message = format!(
                "{}: column `{column}`: its numbers are at most {largest:e} in size, which is too small to compute with; \
                 use another unit",
                self.name
            );
            return Err(Invalid::new(&self.key, message));
        }
        Ok(numbers)
    }

    /// The number in a cell.
    fn number(&self, cell: &str) -> Option<f64> {
        match self.layout.decimal() {
            Decimal::Point => cell.parse().ok(),
            Decimal::Comma if cell.contains('.') => None,
            Decimal::Comma => cell.replace(',', ".").parse().ok(),
        }
    }

    /// What a cell should hold that is no number, with a key that may read it.
    fn expected(&self, row: usize, j: usize) -> String {
        let cell = self.cell(row, j);
        let hint = match self.layout.decimal() {
            Decimal::Point
                if cell.matches(',').count() == 1 && cell.replace(',', ".").parse::<f64>().is_ok() =>
            {
                " (if commas are decimal, set decimal = \",\")"
            }
            Decimal::Comma if cell.parse::<f64>().is_ok() => " with a decimal comma, as decimal = \",\" says",
            _ => "",
        };
        format!("a finite number{hint}")
    }

    /// An error about the cell in `row` (from 0) and column `j`.
    #[must_use]
    pub fn cell_error(&self, row: usize, j: usize, expected: &str) -> Invalid {
        let line = match &self.cells {
            Cells::Text { lines, .. } => format!(" (line {})", lines[row]),
            Cells::Numbers(_) => String::new(),
        };
        let (name, column) = (&self.name, shown(&self.header[j]));
        let text = match &self.cells {
            Cells::Text { records, .. } => shown(&records[row][j]),
            Cells::Numbers(values) => values.column(j)[row].to_string(),
        };
        let message =
            format!("{name}: row {}{line}, column `{column}`: expected {expected}, found `{text}`", row + 1);
        Invalid::new(&self.key, message)
    }

    /// Columns as a design.
    ///
    /// # Errors
    /// As [`Table::numbers`].
    pub fn design(&self, columns: &[usize]) -> Result<Design, Invalid> {
        let mut values = Vec::with_capacity(self.rows() * columns.len());
        for &j in columns {
            values.extend(self.numbers(j)?);
        }
        Ok(Design::from_columns(self.rows(), columns.len(), values))
    }

    /// "3 features: `a`, `b`, `c`".
    #[must_use]
    pub fn features(&self, columns: &[usize]) -> String {
        let names: Vec<String> = columns.iter().map(|&j| self.header[j].clone()).collect();
        format!("{}: {}", count(names.len(), "feature"), listed(&names))
    }
}

/// Longest text of a cell in a message.
const SHOWN: usize = 60;
/// Most names in a list.
const LISTED: usize = 20;

/// A text from a file as a message shows it: on one line, and not too long.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut letters = text.chars();
    let mut out: String = letters.by_ref().take(SHOWN).flat_map(char::escape_debug).collect();
    if letters.next().is_some() {
        out.push('…');
    }
    out
}

/// Names in backquotes; only the first if there are many.
#[must_use]
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let first: Vec<String> =
        names.iter().take(LISTED).map(|name| format!("`{}`", shown(name.as_ref().trim()))).collect();
    let more = names.len() - first.len();
    first.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// Regression data read from two files.
#[derive(Clone, Debug)]
pub struct Regression {
    /// Features as read, shape `n × p`.
    pub design: Design,
    /// Response as read, length `n`.
    pub response: Vec<f64>,
    /// The files read.
    pub inputs: Vec<Input>,
}

/// Reads a file of features, one per column, and a file with one column of responses. Each path comes with the key of
/// the parameter that names it.
///
/// # Errors
/// Names one of the two parameters: a file cannot be read, a cell is not a finite number, there are several
/// responses, they are all the same, or the numbers of rows differ. Names a key of the layout, if both are arrays.
pub fn regression(x: (&str, &Path), y: (&str, &Path), layout: Layout) -> Result<Regression, Invalid> {
    let (features, responses) = (Table::opened(x.0, x.1, layout)?, Table::opened(y.0, y.1, layout)?);
    if let (Cells::Numbers(_), Cells::Numbers(_)) = (&features.cells, &responses.cells) {
        features.check_layout()?;
    }
    let columns: Vec<usize> = (0..features.header().len()).collect();
    let design = features.design(&columns)?;
    let (x_shown, y_shown) = (x.1.display(), y.1.display());
    let fail = |message: String| Invalid::new(y.0, message);
    if responses.header().len() != 1 {
        return Err(fail(format!("{y_shown}: expected one column, found {}", responses.header().len())));
    }
    let response = responses.numbers(0)?;
    let (n, found) = (design.rows(), response.len());
    if found != n {
        return Err(fail(format!("{y_shown} has {found} rows but {x_shown} has {n}")));
    }
    let name = shown(responses.header()[0].trim());
    if Standard::of(response.iter().copied()).is_constant() {
        let value = shown(&responses.cell(0, 0));
        return Err(fail(format!(
            "{y_shown}: the response `{name}` is constant ({value}): there is nothing to predict"
        )));
    }
    let rows = count(n, "row");
    let taken = format!("{rows} of {}", features.features(&columns));
    let inputs = vec![features.input(taken), responses.input(format!("{rows} of the response `{name}`"))];
    Ok(Regression { design, response, inputs })
}
