//! Inner products of all columns of a sample, which all estimators are functions of.

use std::ops::Range;

use remeasure_core::numerics::{Design, kernels};

/// The columns of a sample: features `X`, augmented features `X̃ = X + γ GΓ`, noise `G` (or instruments made of it),
/// outcome `y`, and ones; `n × (2m + k + 2)`.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Number of features `m`.
    pub features: usize,
    /// Number of columns of `G`, `k`.
    pub instruments: usize,
    /// The columns side by side.
    pub table: Design,
}

impl Sample {
    /// Puts the columns side by side. `directions` is `Γᵀ`, `m × k`, and `x`, `g` and `y` have `n` rows.
    ///
    /// # Panics
    /// If the sizes do not match.
    #[must_use]
    pub fn new(x: &Design, g: &Design, y: &[f64], directions: &Design, gamma: f64) -> Self {
        let (n, m, k) = (x.rows(), x.columns(), g.columns());
        assert!(g.rows() == n && y.len() == n, "{n} rows each");
        assert!(directions.rows() == m && directions.columns() == k, "{k} directions of {m} features");
        let mut values = Vec::with_capacity(n * (2 * m + k + 2));
        values.extend_from_slice(x.as_slice());
        values.extend_from_slice(x.as_slice());
        values.extend_from_slice(g.as_slice());
        values.extend_from_slice(y);
        values.resize(n * (2 * m + k + 2), 1.0);
        let mut table = Design::from_columns(n, 2 * m + k + 2, values);
        for j in 0..m {
            let terms = (0..k).map(|i| (i, directions.column(i)[j]));
            g.add_mul(gamma, terms, table.column_mut(m + j));
        }
        Self { features: m, instruments: k, table }
    }

    /// Number of rows `n`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.table.rows()
    }

    /// The same with other instruments, `n × k`.
    ///
    /// # Panics
    /// If the number of rows differs.
    #[must_use]
    pub fn with_instruments(&self, instruments: &Design) -> Self {
        let (n, m, old) = (self.rows(), self.features, self.instruments);
        assert_eq!(instruments.rows(), n, "{n} rows");
        let all = self.table.as_slice();
        let mut values = all[..2 * m * n].to_vec();
        values.extend_from_slice(instruments.as_slice());
        values.extend_from_slice(&all[(2 * m + old) * n..]);
        let k = instruments.columns();
        Self { features: m, instruments: k, table: Design::from_columns(n, 2 * m + k + 2, values) }
    }

    /// Column `i` of `G`.
    #[must_use]
    pub fn instrument(&self, i: usize) -> &[f64] {
        self.table.column(2 * self.features + i)
    }

    /// The moments of the rows `rows`.
    #[must_use]
    pub fn moments(&self, rows: Range<usize>) -> Moments {
        let side = self.table.columns();
        let mut products = vec![0.0; side * side];
        let column = |j: usize| self.table.column(j);
        kernels::Products::default().add_gram(side, rows, None, column, &mut products);
        for i in 0..side {
            for j in 0..i {
                products[i * side + j] = products[j * side + i];
            }
        }
        Moments { features: self.features, instruments: self.instruments, products }
    }

    /// The moments of some rows, which need not be neighbours.
    ///
    /// # Panics
    /// If a row does not exist.
    #[must_use]
    pub fn moments_of(&self, rows: &[usize]) -> Moments {
        Self { table: self.table.take_rows(rows), ..*self }.moments(0..rows.len())
    }
}

/// Inner products of the columns of a [`Sample`].
#[derive(Clone, Debug)]
pub struct Moments {
    features: usize,
    instruments: usize,
    /// All of them, `side × side`, symmetric.
    products: Vec<f64>,
}

/// Which features an estimator regresses on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Features {
    /// `X`.
    Original,
    /// `X̃ = X + γ GΓ`.
    Augmented,
}

impl Moments {
    fn side(&self) -> usize {
        2 * self.features + self.instruments + 2
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.products[i * self.side() + j]
    }

    fn range(&self, features: Features) -> Range<usize> {
        match features {
            Features::Original => 0..self.features,
            Features::Augmented => self.features..2 * self.features,
        }
    }

    fn noise(&self) -> Range<usize> {
        2 * self.features..2 * self.features + self.instruments
    }

    fn outcome(&self) -> usize {
        2 * self.features + self.instruments
    }

    fn block(&self, rows: Range<usize>, columns: Range<usize>) -> Vec<f64> {
        rows.flat_map(|i| self.products[i * self.side()..][columns.clone()].iter().copied()).collect()
    }

    /// Number of features `m`.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features
    }

    /// Number of instruments `k`.
    #[must_use]
    pub fn instruments(&self) -> usize {
        self.instruments
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> f64 {
        let ones = self.outcome() + 1;
        self.at(ones, ones)
    }

    /// `XᵀX` or `X̃ᵀX̃`, `m × m`.
    #[must_use]
    pub fn gram(&self, features: Features) -> Vec<f64> {
        self.block(self.range(features), self.range(features))
    }

    /// `Xᵀy` or `X̃ᵀy`, length `m`.
    #[must_use]
    pub fn right(&self, features: Features) -> Vec<f64> {
        self.block(self.outcome()..self.outcome() + 1, self.range(features))
    }

    /// Covariance of the features with divisor `n − 1`, `m × m`.
    #[must_use]
    pub fn covariance(&self, features: Features) -> Vec<f64> {
        let (range, ones, n) = (self.range(features), self.outcome() + 1, self.rows());
        let centred = |i: usize, j: usize| self.at(i, j) - self.at(ones, i) * self.at(ones, j) / n;
        range
            .clone()
            .flat_map(|i| range.clone().map(move |j| (i, j)))
            .map(|(i, j)| centred(i, j) / (n - 1.0))
            .collect()
    }

    /// `GᵀG`, `k × k`.
    #[must_use]
    pub fn instrument_gram(&self) -> Vec<f64> {
        self.block(self.noise(), self.noise())
    }

    /// `X̃ᵀG`, `m × k`, row by row.
    #[must_use]
    pub fn relevance(&self) -> Vec<f64> {
        self.block(self.range(Features::Augmented), self.noise())
    }

    /// `Gᵀy`, length `k`.
    #[must_use]
    pub fn instrument_right(&self) -> Vec<f64> {
        self.block(self.outcome()..self.outcome() + 1, self.noise())
    }

    /// Mean of `(y − xᵀh)²` over the rows.
    #[must_use]
    pub fn risk(&self, features: Features, h: &[f64]) -> f64 {
        let (range, y) = (self.range(features), self.outcome());
        let mut sum = self.at(y, y);
        for (i, hi) in range.clone().zip(h) {
            let inner: f64 = range.clone().zip(h).map(|(j, hj)| self.at(i, j) * hj).sum();
            sum += hi * (inner - 2.0 * self.at(i, y));
        }
        sum / self.rows()
    }

    /// `self + factor · other`, over disjoint or nested sets of rows.
    ///
    /// # Panics
    /// If the columns differ.
    #[must_use]
    pub fn plus(mut self, factor: f64, other: &Self) -> Self {
        assert_eq!(self.products.len(), other.products.len(), "the same columns");
        kernels::axpy(factor, &other.products, &mut self.products);
        self
    }
}
