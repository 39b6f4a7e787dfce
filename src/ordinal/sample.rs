//! Rows with ordered labels, and class probabilities for rows.

use anyhow::{bail, ensure};
use remeasure_core::numerics::Design;

/// Rows of features with ordered labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Features, `n × p`.
    pub design: Design,
    /// Class of every row, `0..classes`; the last one is the rare class.
    pub labels: Vec<usize>,
    /// Number of classes `K`, at least 2; some may not occur.
    pub classes: usize,
}

/// Class probabilities of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Probabilities {
    /// Row by row, `n × classes`.
    pub values: Vec<f64>,
    /// Number of classes `K`.
    pub classes: usize,
    /// Number of rows with a negative raw probability.
    pub crossed: usize,
}

impl Sample {
    /// Checks shapes, labels and values.
    ///
    /// # Errors
    /// There are fewer than two classes, a label is out of range, the number of labels differs from that of
    /// rows, or a value is not finite (the first one is named).
    pub fn check(&self) -> anyhow::Result<()> {
        let (n, p) = (self.design.rows(), self.design.columns());
        ensure!(self.classes >= 2, "expected at least 2 classes, found {}", self.classes);
        ensure!(n > 0, "no rows");
        ensure!(self.labels.len() == n, "found {} labels for {n} rows", self.labels.len());
        if let Some(row) = self.labels.iter().position(|&y| y >= self.classes) {
            bail!("row {row}: label {} is not one of 0..{}", self.labels[row], self.classes);
        }
        for j in 0..p {
            let column = self.design.column(j);
            // Looking at all values is faster than looking for the first.
            let finite = column.iter().fold(true, |finite, v| finite & v.is_finite());
            if !finite && let Some(row) = column.iter().position(|v| !v.is_finite()) {
                bail!("row {row}, feature {j}: {} is not a finite number", column[row]);
            }
        }
        Ok(())
    }

    /// Label 1 for the rare class and 0 for all others.
    ///
    /// # Errors
    /// The sample is invalid, or one of the two sides has no rows.
    pub(crate) fn rare_labels(&self) -> anyhow::Result<Vec<usize>> {
        self.check()?;
        let rare = self.classes - 1;
        let labels: Vec<usize> = self.labels.iter().map(|&y| usize::from(y == rare)).collect();
        let events: usize = labels.iter().sum();
        ensure!(events > 0, "no row has the rare class {rare}, so its logit is −∞");
        ensure!(events < labels.len(), "all rows have the rare class {rare}, so its logit is +∞");
        Ok(labels)
    }

    /// Number of rows of every class, length `classes`.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        counts(&self.labels, self.classes)
    }

    /// A copy with the given columns.
    ///
    /// # Panics
    /// If a column does not exist.
    #[must_use]
    pub fn columns(&self, columns: &[usize]) -> Self {
        let values = columns.iter().flat_map(|&j| self.design.column(j)).copied().collect();
        let design = Design::from_columns(self.design.rows(), columns.len(), values);
        Self { design, labels: self.labels.clone(), classes: self.classes }
    }

    /// A copy of the given rows, in the given order.
    ///
    /// # Panics
    /// If a row does not exist.
    #[must_use]
    pub fn rows(&self, rows: &[usize]) -> Self {
        let design = self.design.take_rows(rows);
        Self { design, labels: rows.iter().map(|&i| self.labels[i]).collect(), classes: self.classes }
    }
}

/// Number of labels of every class, length `classes`.
pub(crate) fn counts(labels: &[usize], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    labels.iter().for_each(|&y| counts[y] += 1);
    counts
}

impl Probabilities {
    /// Number of rows `n`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len() / self.classes
    }

    /// The probabilities of row `i`, length `classes`.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.classes..(i + 1) * self.classes]
    }

    /// The probability of the rare class, row by row, length `n`.
    #[must_use]
    pub fn rare(&self) -> Vec<f64> {
        self.values.chunks_exact(self.classes).map(|row| row[self.classes - 1]).collect()
    }
}
