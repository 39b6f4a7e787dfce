//! A Cholesky factor that is updated with the support of a working set.

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;

use super::gram::Gram;

/// A pivot below this relative size means dependence on earlier columns.
const PIVOT: f64 = 1e-10;

/// Number of rows that are built together.
const BATCH: usize = 32;

/// `L` with `LLᵀ = G_SS + ridge·I`, row by row, for a growing and shrinking list `S` of Gram positions.
/// Removing positions only requires rebuilding the rows after the first removed one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Factor {
    order: Vec<usize>,
    rows: Vec<Vec<f64>>,
    ridge: f64,
}

impl Factor {
    /// The factored positions, in the order of the factor.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Number of leading rows that remain valid for `keep` and `ridge`.
    pub(crate) fn valid_rows(&self, ridge: f64, keep: impl Fn(usize) -> bool) -> usize {
        if ridge.to_bits() == self.ridge.to_bits() {
            self.order.iter().take_while(|&&position| keep(position)).count()
        } else {
            0
        }
    }

    /// Keeps `valid` rows and appends `candidates`, except those that depend on earlier ones, which it
    /// returns. When a [`deadline`] passes, the remaining candidates are left out.
    pub(crate) fn update(
        &mut self,
        gram: &Gram,
        ridge: f64,
        valid: usize,
        candidates: &[usize],
    ) -> Vec<usize> {
        let mut dependent = Vec::new();
        self.order.truncate(valid);
        self.rows.truncate(valid);
        self.ridge = ridge;
        // Many rows are built together, so that each earlier row is read once for all of them.
        for batch in candidates.chunks(BATCH) {
            if deadline::passed() {
                break;
            }
            let base = self.order.len();
            let mut fresh: Vec<Vec<f64>> = batch
                .iter()
                .map(|&position| {
                    let products = gram.row(position);
                    let mut row = Vec::with_capacity(base + batch.len());
                    row.extend(self.order.iter().map(|&other| products[other]));
                    row
                })
                .collect();
            self.substitute(0, &mut fresh);
            for (positions, rows) in batch.chunks(4).zip(fresh.chunks_mut(4)) {
                for (&position, row) in positions.iter().zip(rows.iter_mut()) {
                    let products = gram.row(position);
                    row.extend(self.order[base..].iter().map(|&other| products[other]));
                }
                self.substitute(base, rows);
                let within = self.order.len();
                for (&position, row) in positions.iter().zip(rows) {
                    if !self.append(gram, position, std::mem::take(row), within) {
                        dependent.push(position);
                    }
                }
            }
        }
        dependent
    }

    /// Appends `row`, solved up to `within`, unless it depends on earlier rows; returns whether it was
    /// appended.
    fn append(&mut self, gram: &Gram, position: usize, mut row: Vec<f64>, within: usize) -> bool {
        let products = gram.row(position);
        for i in within..self.order.len() {
            let known = kernels::dot(&row[..i], &self.rows[i][..i]);
            row.push((products[self.order[i]] - known) / self.rows[i][i]);
        }
        let diagonal = products[position] + self.ridge;
        let pivot = diagonal - kernels::squared_norm(&row);
        let independent = pivot > PIVOT * diagonal;
        if independent {
            row.push(pivot.sqrt());
            self.rows.push(row);
            self.order.push(position);
        }
        independent
    }

    /// Solves `L X = fresh` in place for right-hand sides that are already solved up to `from`.
    fn substitute(&self, from: usize, fresh: &mut [Vec<f64>]) {
        let end = self.order.len();
        let mut j = from;
        while j < end {
            let width = (end - j).min(4);
            for rows in fresh.chunks_mut(4) {
                let mut known = [[0.0; 4]; 4];
                if rows.len() == 4 && width == 4 {
                    let left = [0, 1, 2, 3].map(|k| &rows[k][..j]);
                    known = kernels::dots(left, [0, 1, 2, 3].map(|k| &self.rows[j + k][..j]));
                } else {
                    for (row, known) in rows.iter().zip(&mut known) {
                        for (k, known) in known.iter_mut().enumerate().take(width) {
                            *known = kernels::dot(&row[..j], &self.rows[j + k][..j]);
                        }
                    }
                }
                for (row, known) in rows.iter_mut().zip(known) {
                    for c in 0..width {
                        let lower = &self.rows[j + c];
                        let mut value = row[j + c] - known[c];
                        for k in 0..c {
                            value -= row[j + k] * lower[j + k];
                        }
                        row[j + c] = value / lower[j + c];
                    }
                }
            }
            j += width;
        }
    }

    /// `tr (LLᵀ)⁻¹ = ‖L⁻¹‖²`.
    pub(crate) fn inverse_trace(&self) -> f64 {
        let n = self.order.len();
        let mut column = vec![0.0; n];
        let mut trace = 0.0;
        for j in 0..n {
            for i in j..n {
                let row = &self.rows[i];
                let known = kernels::dot(&row[j..i], &column[j..i]);
                column[i] = (f64::from(u8::from(i == j)) - known) / row[i];
            }
            trace += kernels::squared_norm(&column[j..]);
        }
        trace
    }

    /// Solves `LLᵀ x = rhs` in place, with `rhs` in the order of the factor.
    pub(crate) fn solve(&self, rhs: &mut [f64]) {
        for i in 0..rhs.len() {
            let row = &self.rows[i];
            rhs[i] = (rhs[i] - kernels::dot(&row[..i], &rhs[..i])) / row[i];
        }
        for i in (0..rhs.len()).rev() {
            let row = &self.rows[i];
            let value = rhs[i] / row[i];
            rhs[i] = value;
            kernels::axpy(-value, &row[..i], &mut rhs[..i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use remeasure_core::numerics::Design;

    use super::*;

    /// 50 features of 60 observations, every tenth a combination of the two before it.
    fn gram() -> Gram {
        let (n, p) = (60, 50);
        let mut values: Vec<f64> = Vec::new();
        for j in 0..p {
            for i in 0..n {
                let fresh = ((i * i + 7 * i * j + 3 * j * j) as f64 * 0.37 + j as f64).sin();
                let combined = |v: &[f64]| 0.3 * v[(j - 1) * n + i] - 1.7 * v[(j - 2) * n + i];
                values.push(if j % 10 == 9 { combined(&values) } else { fresh });
            }
        }
        let mut gram = Gram::new(p);
        gram.extend(&Design::from_columns(n, p, values), &(0..p).collect::<Vec<_>>());
        gram
    }

    #[test]
    fn dependent_columns_are_returned_and_the_rest_solved() {
        let gram = gram();
        let mut factor = Factor::default();
        let dependent = factor.update(&gram, 0.0, 0, &(0..50).collect::<Vec<_>>());
        assert_eq!(dependent, [9, 19, 29, 39, 49]);
        // Remove positions from the twelfth row, then add them in another order.
        let valid = factor.valid_rows(0.0, |p| p != 12);
        assert_eq!(valid, 11);
        let candidates: Vec<usize> = (13..30).rev().filter(|p| p % 10 != 9).collect();
        assert!(factor.update(&gram, 0.0, valid, &candidates).is_empty());
        let order = factor.order().to_vec();
        assert_eq!(order.len(), 11 + candidates.len());
        let truth: Vec<f64> = (0..order.len()).map(|k| 1.0 + k as f64).collect();
        let mut x: Vec<f64> =
            order.iter().map(|&i| order.iter().zip(&truth).map(|(&j, t)| gram.row(i)[j] * t).sum()).collect();
        factor.solve(&mut x);
        for (found, truth) in x.iter().zip(&truth) {
            assert!((found - truth).abs() < 1e-8, "{found} for {truth}");
        }
        assert_eq!(factor.valid_rows(1.0, |_| true), 0, "another ridge, another matrix");
    }
}
