//! Training rows in the form that the solvers need: standardised and sorted by class.

use std::ops::Range;

use anyhow::ensure;
use remeasure_core::numerics::kernels::Products;
use remeasure_core::numerics::{Design, Standard, kernels};

use super::sample::{Sample, counts};

/// A standardised sample (mean 0, standard deviation 1 with divisor `n`). Its rows are sorted by class, so
/// that each class is one contiguous range, and its first column is 1.
#[derive(Clone, Debug)]
pub(super) struct Training {
    /// `n × (q + 1)`: ones, then the `q` features that vary.
    pub(super) design: Design,
    /// The range of rows of each class that occurs.
    pub(super) groups: Vec<Range<usize>>,
    /// The classes that occur.
    pub(super) present: Vec<usize>,
    /// Number of classes, including absent ones.
    pub(super) classes: usize,
    /// Number of features, including constant ones.
    pub(super) features: usize,
    /// The features that vary.
    pub(super) kept: Vec<usize>,
    /// Mean of every kept feature.
    pub(super) means: Vec<f64>,
    /// Standard deviation of every kept feature.
    pub(super) deviations: Vec<f64>,
}

impl Training {
    /// Standardises and sorts a sample. Constant features are left out: their coefficients are 0.
    ///
    /// # Errors
    /// The sample fails [`Sample::check`], or all rows have the same class.
    pub(super) fn new(sample: &Sample) -> anyhow::Result<Self> {
        sample.check()?;
        Self::of(&sample.design, &sample.labels, sample.classes)
    }

    /// The same of valid features and labels below `classes`.
    ///
    /// # Errors
    /// All rows have the same class.
    pub(super) fn of(features: &Design, labels: &[usize], classes: usize) -> anyhow::Result<Self> {
        let n = features.rows();
        let counts = counts(labels, classes);
        let present: Vec<usize> = (0..classes).filter(|&k| counts[k] > 0).collect();
        ensure!(present.len() > 1, "all {n} rows have class {}, so there is nothing to fit", present[0]);
        let mut groups = Vec::with_capacity(present.len());
        let mut order = Vec::with_capacity(n);
        for &k in &present {
            let start = order.len();
            order.extend((0..n).filter(|&i| labels[i] == k));
            groups.push(start..order.len());
        }
        let columns = features.columns();
        let mut values = Vec::with_capacity(n * (columns + 1));
        values.resize(n, 1.0);
        let (mut kept, mut means, mut deviations) = (Vec::new(), Vec::new(), Vec::new());
        for j in 0..columns {
            let column = features.column(j);
            let standard = Standard::of_slice(column);
            if standard.is_constant() {
                continue;
            }
            values.extend(order.iter().map(|&i| standard.apply(column[i])));
            kept.push(j);
            means.push(standard.mean());
            deviations.push(standard.deviation());
        }
        let design = Design::from_columns(n, kept.len() + 1, values);
        Ok(Self { design, groups, present, classes, features: columns, kept, means, deviations })
    }

    /// Number of rows `n`.
    pub(super) fn rows(&self) -> usize {
        self.design.rows()
    }

    /// Number of coordinates of a block: an intercept and the slopes of the features that vary.
    pub(super) fn width(&self) -> usize {
        self.design.columns()
    }

    /// `out ← X[rows] w` for `w` of length [`Training::width`]; zero coefficients are skipped.
    pub(super) fn product(&self, rows: Range<usize>, w: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let column = |j: usize| &self.design.column(j)[rows.clone()];
        let mut pending = [(0, 0.0); 4];
        let mut count = 0;
        for (j, &v) in w.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            pending[count] = (j, v);
            count += 1;
            if count == 4 {
                kernels::combine(pending.map(|t| t.1), pending.map(|t| column(t.0)), out);
                count = 0;
            }
        }
        for &(j, v) in &pending[..count] {
            kernels::axpy(v, column(j), out);
        }
    }

    /// `out ← out + X[rows]ᵀ v`, `out` of length [`Training::width`].
    pub(super) fn add_transposed(&self, rows: Range<usize>, v: &[f64], out: &mut [f64]) {
        self.add_transposed_each(rows, 1, |_| v, out);
    }

    /// `out_k ← out_k + X[rows]ᵀ v_k` for several vectors at once; `out` has a block of length
    /// [`Training::width`] for each.
    pub(super) fn add_transposed_each<'a>(
        &self,
        rows: Range<usize>,
        count: usize,
        vector: impl Fn(usize) -> &'a [f64],
        out: &mut [f64],
    ) {
        let width = self.width();
        for start in rows.clone().step_by(kernels::CHUNK) {
            let end = (start + kernels::CHUNK).min(rows.end);
            kernels::for_each_product(
                0..count,
                0..width,
                |k| &vector(k)[start - rows.start..end - rows.start],
                |j| &self.design.column(j)[start..end],
                |k, j, product| out[k * width + j] += product,
            );
        }
    }

    /// Adds the upper triangle of `X_Fᵀ diag(weights) X_F` over `rows` to `out`, row-major with side `|F|`. `F`
    /// are columns of the design; there is one weight for each of `rows`, or all are 1.
    pub(super) fn add_gram(
        &self,
        rows: Range<usize>,
        columns: &[usize],
        weights: Option<&[f64]>,
        products: &mut Products,
        out: &mut [f64],
    ) {
        let column = |k: usize| self.design.column(columns[k]);
        products.add_gram(columns.len(), rows, weights, column, out);
    }

    /// Slopes on the raw scale, length `p`, from one block on the standardised scale, and the amount
    /// `Σ_j mean_j slope_j` to subtract from the intercept.
    pub(super) fn raw_slopes(&self, block: &[f64]) -> (Vec<f64>, f64) {
        let mut slopes = vec![0.0; self.features];
        let mut shift = 0.0;
        for (k, &j) in self.kept.iter().enumerate() {
            slopes[j] = block[k + 1] / self.deviations[k];
            shift += slopes[j] * self.means[k];
        }
        (slopes, shift)
    }
}
