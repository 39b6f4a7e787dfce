//! A Cholesky factor that follows the support of a working set.

use crate::numerics::kernels;

use super::gram::Gram;

/// Relative size below which a pivot counts as dependence on earlier columns.
const PIVOT: f64 = 1e-10;

/// `L` with `LLᵀ = G_SS + ridge·I`, row by row, for a growing and shrinking
/// list `S` of Gram positions. Leaving `S` costs only the rows after the
/// first one that left.
#[derive(Clone, Debug, Default)]
pub(crate) struct Factor {
    order: Vec<usize>,
    rows: Vec<Vec<f64>>,
    ridge: f64,
}

impl Factor {
    /// The positions factored, in the factor's order.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.order.clear();
        self.rows.clear();
    }

    /// How many leading rows remain valid for `keep` and `ridge`.
    pub(crate) fn valid_rows(&self, ridge: f64, keep: impl Fn(usize) -> bool) -> usize {
        if ridge.to_bits() == self.ridge.to_bits() {
            self.order.iter().take_while(|&&position| keep(position)).count()
        } else {
            0
        }
    }

    /// Keeps `valid` rows and appends `candidates`, leaving out any that
    /// depends on those before it.
    pub(crate) fn update(&mut self, gram: &Gram, ridge: f64, valid: usize, candidates: &[usize]) {
        self.order.truncate(valid);
        self.rows.truncate(valid);
        self.ridge = ridge;
        for block in candidates.chunks(4) {
            let base = self.order.len();
            // Four rows are built together so that each earlier row is read once for all.
            let mut fresh: [Vec<f64>; 4] = std::array::from_fn(|k| {
                let mut row = Vec::with_capacity(base + 4);
                if let Some(&position) = block.get(k) {
                    let products = gram.row(position);
                    row.extend(self.order.iter().map(|&other| products[other]));
                } else {
                    row.resize(base, 0.0);
                }
                row
            });
            self.substitute(base, &mut fresh);
            for (&position, mut row) in block.iter().zip(fresh) {
                let products = gram.row(position);
                for i in base..self.order.len() {
                    let known = kernels::dot(&row[..i], &self.rows[i][..i]);
                    row.push((products[self.order[i]] - known) / self.rows[i][i]);
                }
                let diagonal = products[position] + ridge;
                let pivot = diagonal - kernels::squared_norm(&row);
                if pivot > PIVOT * diagonal {
                    row.push(pivot.sqrt());
                    self.rows.push(row);
                    self.order.push(position);
                }
            }
        }
    }

    /// Solves `L X = fresh` in place for four right-hand sides of length `base`.
    fn substitute(&self, base: usize, fresh: &mut [Vec<f64>; 4]) {
        let mut j = 0;
        while j + 4 <= base {
            let block = {
                let known = fresh.each_ref().map(|row| &row[..j]);
                let rows = [0, 1, 2, 3].map(|k| &self.rows[j + k][..j]);
                kernels::dots(known, rows)
            };
            for (row, products) in fresh.iter_mut().zip(block) {
                for (c, product) in products.into_iter().enumerate() {
                    let lower = &self.rows[j + c];
                    let mut value = row[j + c] - product;
                    for k in 0..c {
                        value = (-row[j + k]).mul_add(lower[j + k], value);
                    }
                    row[j + c] = value / lower[j + c];
                }
            }
            j += 4;
        }
        for i in j..base {
            for row in fresh.iter_mut() {
                let known = kernels::dot(&row[..i], &self.rows[i][..i]);
                row[i] = (row[i] - known) / self.rows[i][i];
            }
        }
    }

    /// Solves `LLᵀ x = rhs` in place, `rhs` in the factor's order.
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
