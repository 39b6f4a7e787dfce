//! The contents of a table, before they are escaped for a format.

/// An axis of the sweep that distinguishes the rows or the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Short name, as in the CSV files.
    pub(crate) name: String,
    /// As it is shown.
    pub(crate) label: String,
}

/// A column of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// As it is shown: the metric, or `axis = value`.
    pub(crate) heading: String,
    /// The metric in it.
    pub(crate) metric: String,
    /// The axis whose values are the columns, and the value.
    pub(crate) at: Option<(Key, String)>,
}

/// A number as shown, with its spread if known; both are to be multiplied by 10^`power`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    /// The value; `—` if there is none.
    pub(crate) value: String,
    /// Its spread.
    pub(crate) spread: Spread,
    /// Power of ten taken out of value and spread.
    pub(crate) power: i32,
}

/// The spread shown with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Unknown.
    Unknown,
    /// The standard error.
    Error(String),
    /// An interval, or the quartiles.
    Interval(String, String),
}

impl Figure {
    /// A value alone.
    pub(crate) fn alone(value: String) -> Self {
        Self { value, spread: Spread::Unknown, power: 0 }
    }

    /// `0.12 ± 0.03`, `(1.2 ± 0.3)e-7`, `0.25 [0.09, 0.49]`.
    pub(crate) fn text(&self) -> String {
        let plain = match &self.spread {
            Spread::Unknown => self.value.clone(),
            Spread::Error(error) => format!("{} ± {error}", self.value),
            Spread::Interval(low, high) => format!("{} [{low}, {high}]", self.value),
        };
        if self.power == 0 { plain } else { format!("({plain})e{}", self.power) }
    }
}

/// What `common` means.
pub(crate) const COMMON_MEANS: &str = "`common`: the same over the replicates in which every estimator of the cell \
                                       has a value; estimators without any value in the cell do not count.";

/// A remark on an entry, next to its number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Beside {
    /// This many planned replicates have no value.
    Missing(u64),
    /// No replicate has a value for every estimator.
    NoneCommon,
    /// The number over the replicates that all estimators have.
    Common {
        /// Number of replicates.
        n: usize,
        /// The number over them.
        figure: Figure,
    },
}

/// The word for replicates that all estimators have.
pub(crate) const COMMON: &str = "common";

impl Beside {
    /// `2 missing`, `none common`, `common 18: 0.12 ± 0.03`.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Missing(n) => format!("{n} missing"),
            Self::NoneCommon => format!("none {COMMON}"),
            Self::Common { n, figure } => format!("{COMMON} {n}: {}", figure.text()),
        }
    }
}

/// The contents of one place in a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The number; `None` for an empty place, a word for an estimator that the config left out.
    pub(crate) figure: Option<Figure>,
    /// Remarks on it.
    pub(crate) beside: Vec<Beside>,
    /// Replicates with a value.
    pub(crate) n: usize,
    /// The value itself, to sort by.
    pub(crate) sort: Option<f64>,
    /// Whether it is the best of its cell.
    pub(crate) best: bool,
    /// Whether it is not significantly worse than the best of its cell.
    pub(crate) close: bool,
}

impl Entry {
    /// Whether it names replicates that all estimators have.
    pub(crate) fn speaks_of_common(&self) -> bool {
        self.beside.iter().any(|b| !matches!(b, Beside::Missing(_)))
    }

    /// An entry that holds a word, or nothing.
    pub(crate) fn word(word: Option<&str>) -> Self {
        Self {
            figure: word.map(|w| Figure::alone(w.to_owned())),
            beside: Vec::new(),
            n: 0,
            sort: None,
            best: false,
            close: false,
        }
    }

    /// The number without remarks; empty for an empty place.
    pub(crate) fn number(&self) -> String {
        self.figure.as_ref().map(Figure::text).unwrap_or_default()
    }

    /// The remarks on the number, in parentheses; may be empty.
    pub(crate) fn remarks(&self) -> String {
        if self.beside.is_empty() {
            return String::new();
        }
        let remarks: Vec<String> = self.beside.iter().map(Beside::text).collect();
        format!("({})", remarks.join("; "))
    }
}

/// A row: an estimator in a cell, or in the cells that differ by the axis of the columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Values of the keys. Rows of the same cell follow each other and have the same.
    pub(crate) keys: Vec<String>,
    /// Name of the estimator.
    pub(crate) estimator: String,
    /// One for each column.
    pub(crate) entries: Vec<Entry>,
}

/// A table with raw texts, which renderers escape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    /// File name, without extension.
    pub(crate) id: String,
    /// Heading.
    pub(crate) title: String,
    /// The author's text below the heading, with an empty line between paragraphs; may be empty.
    pub(crate) caption: String,
    /// Axes that distinguish the rows; the estimator comes after them.
    pub(crate) keys: Vec<Key>,
    /// Columns of entries.
    pub(crate) columns: Vec<Column>,
    /// Rows; empty if the run has none of the cells or estimators.
    pub(crate) rows: Vec<Row>,
    /// What the entries show, in one sentence.
    pub(crate) legend: String,
    /// What `common` means; empty if no entry uses the word.
    pub(crate) common: String,
    /// How the best of a cell was found; `None` if no entry is marked as best. Renderers say how they mark it.
    pub(crate) best: Option<Best>,
    /// The run that it was made from.
    pub(crate) trace: String,
}

/// How the best of a cell was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Best {
    /// Estimators that are not compared; may be empty.
    pub(crate) apart: String,
    /// Which way each metric is better: `lower error, bias; higher success`.
    pub(crate) better: String,
    /// The tests of the entries that are not best.
    pub(crate) tests: String,
    /// Whether any entry is close to the best.
    pub(crate) any_close: bool,
}

impl Best {
    /// `bold: the best of its cell …; †: not significantly worse …`, with the signs of a format.
    pub(crate) fn text(&self, bold: &str, close: &str) -> String {
        let apart =
            if self.apart.is_empty() { String::new() } else { format!("not ranked: {}; ", self.apart) };
        let mut text = format!(
            "{bold}: the best of its cell as shown ({}); {apart}estimators are compared pairwise over the replicates \
             that both have",
            self.better
        );
        if self.any_close {
            text.push_str(&format!("; {close}: not significantly worse ({})", self.tests));
        }
        text.push('.');
        text
    }
}

/// Shown instead of rows if `--only` has filtered out all of them.
pub(crate) const EMPTY: &str = "This run has none of the cells or estimators shown here.";
