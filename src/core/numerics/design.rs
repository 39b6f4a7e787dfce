//! Column-major dense design matrices.

use ndarray::{ArrayView2, ShapeBuilder};

use super::kernels;
use crate::deadline;

/// A dense `n × p` design matrix stored column by column, so that each feature is one contiguous slice, as
/// coordinate methods need.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Design {
    /// Wraps `values`, laid out column by column.
    ///
    /// # Panics
    /// If `values.len() != rows * columns`.
    #[must_use]
    pub fn from_columns(rows: usize, columns: usize, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), rows * columns, "a design of {rows} × {columns}");
        Self { rows, columns, values }
    }

    /// Number of observations `n`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of features `p`.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Feature `j`, length `n`.
    #[must_use]
    pub fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// Feature `j`, length `n`, mutable.
    pub fn column_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// All values, column by column.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.values
    }

    /// All values, column by column, mutable.
    pub fn as_mut_slice(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// A copy of the given rows, in the given order, shape `rows.len() × p`.
    ///
    /// # Panics
    /// If a row does not exist.
    #[must_use]
    pub fn take_rows(&self, rows: &[usize]) -> Self {
        let columns = (0..self.columns).flat_map(|j| {
            let column = self.column(j);
            rows.iter().map(move |&i| column[i])
        });
        Self::from_columns(rows.len(), self.columns, columns.collect())
    }

    /// Its rows, and below them those of `other`, which has the same columns.
    ///
    /// # Panics
    /// If the numbers of columns differ.
    #[must_use]
    pub fn stacked(&self, other: Option<&Self>) -> Self {
        let Some(other) = other else { return self.clone() };
        assert_eq!(self.columns, other.columns, "the same columns");
        let columns = (0..self.columns).flat_map(|j| self.column(j).iter().chain(other.column(j)).copied());
        Self::from_columns(self.rows + other.rows, self.columns, columns.collect())
    }

    /// A view of the same memory as an ndarray in Fortran order, shape `(n, p)`.
    #[must_use]
    pub fn view(&self) -> ArrayView2<'_, f64> {
        ArrayView2::from_shape((self.rows, self.columns).f(), &self.values)
            .unwrap_or_else(|_| unreachable!("the length was checked when the design was made"))
    }

    /// `out ← Xᵀv` for `v` of length `n`, `out` of length `p`.
    ///
    /// # Panics
    /// If the lengths do not match.
    pub fn tmul(&self, v: &[f64], out: &mut [f64]) {
        assert_eq!(out.len(), self.columns, "one product per column");
        let mut blocks = out.chunks_exact_mut(4);
        for (b, block) in blocks.by_ref().enumerate() {
            let j = 4 * b;
            let [products] = kernels::dots(
                [v],
                [self.column(j), self.column(j + 1), self.column(j + 2), self.column(j + 3)],
            );
            block.copy_from_slice(&products);
        }
        let first = self.columns - self.columns % 4;
        for (k, product) in blocks.into_remainder().iter_mut().enumerate() {
            *product = kernels::dot(v, self.column(first + k));
        }
    }

    /// `out[k] ← x_jᵀv` for `j = features[k]`, bitwise equal to [`Design::tmul`].
    ///
    /// # Panics
    /// If the lengths do not match or a feature does not exist.
    pub fn tmul_of(&self, features: &[usize], v: &[f64], out: &mut [f64]) {
        assert_eq!(out.len(), features.len(), "one product per feature");
        let mut blocks = features.chunks_exact(4);
        let mut at = 0;
        for block in blocks.by_ref() {
            let columns = [block[0], block[1], block[2], block[3]].map(|j| self.column(j));
            let [products] = kernels::dots([v], columns);
            out[at..at + 4].copy_from_slice(&products);
            at += 4;
        }
        for &j in blocks.remainder() {
            out[at] = kernels::dot(v, self.column(j));
            at += 1;
        }
    }

    /// `out ← Xw` for `w` of length `p`, `out` of length `n`. Columns with a zero coefficient are not read.
    ///
    /// # Panics
    /// If the lengths do not match.
    pub fn mul(&self, w: &[f64], out: &mut [f64]) {
        assert_eq!(w.len(), self.columns, "one coefficient per column");
        out.fill(0.0);
        self.add_mul(1.0, w.iter().copied().enumerate(), out);
    }

    /// `out ← out + scale · Σ wⱼ x_j` over the given pairs `(j, wⱼ)`; zero coefficients are skipped.
    ///
    /// # Panics
    /// If `out` does not have length `n` or a feature does not exist.
    pub fn add_mul(&self, scale: f64, terms: impl IntoIterator<Item = (usize, f64)>, out: &mut [f64]) {
        let mut pending = [(0, 0.0); 4];
        let mut count = 0;
        for (j, w) in terms {
            if w == 0.0 {
                continue;
            }
            pending[count] = (j, scale * w);
            count += 1;
            if count == 4 {
                kernels::combine(pending.map(|t| t.1), pending.map(|t| self.column(t.0)), out);
                count = 0;
            }
        }
        for &(j, w) in &pending[..count] {
            kernels::axpy(w, self.column(j), out);
        }
    }

    /// `‖x_j‖²` for every feature, length `p`.
    #[must_use]
    pub fn column_squared_norms(&self) -> Vec<f64> {
        (0..self.columns).map(|j| kernels::squared_norm(self.column(j))).collect()
    }

    /// The largest singular value `σ₁` of `X`, approached from below to a relative accuracy of about 1e-6.
    ///
    /// Lanczos iteration with full reorthogonalisation (Golub and Van Loan 2013, section 10.1) on the smaller
    /// of `XᵀX` and `XXᵀ`, from a fixed start vector; exact once it has taken as many steps as that matrix
    /// has rows.
    #[must_use]
    pub fn spectral_norm(&self) -> f64 {
        let wide = self.columns > self.rows;
        let (size, other) = if wide { (self.rows, self.columns) } else { (self.columns, self.rows) };
        // A start vector of mixed signs, so that no structured singular vector is orthogonal to it.
        let golden = 0.618_033_988_749_894_9;
        let mut next: Vec<f64> = (1..=size).map(|k| (k as f64 * golden).fract() - 0.3).collect();
        let mut scratch = vec![0.0; other];
        let mut basis: Vec<Vec<f64>> = Vec::new();
        let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
        let (mut largest, mut settled) = (0.0_f64, 0);
        let mut length = kernels::squared_norm(&next).sqrt();
        while basis.len() < size && length > 1e-13 * largest && settled < 2 && !deadline::passed() {
            if !basis.is_empty() {
                beside.push(length);
            }
            let v: Vec<f64> = next.iter().map(|x| x / length).collect();
            if wide {
                self.tmul(&v, &mut scratch);
                self.mul(&scratch, &mut next);
            } else {
                self.mul(&v, &mut scratch);
                self.tmul(&scratch, &mut next);
            }
            diagonal.push(kernels::dot(&v, &next));
            basis.push(v);
            // Two passes are enough (Parlett 1998, section 6.9).
            for _ in 0..2 {
                for b in &basis {
                    kernels::axpy(-kernels::dot(b, &next), b, &mut next);
                }
            }
            length = kernels::squared_norm(&next).sqrt();
            let before = largest;
            largest = largest_tridiagonal(&diagonal, &beside);
            settled = if largest - before <= 1e-7 * largest { settled + 1 } else { 0 };
        }
        largest.max(0.0).sqrt()
    }

    /// All `min(n, p)` singular values of `X`, in descending order.
    ///
    /// # Errors
    /// The decomposition does not converge, for example because an entry is not finite.
    pub fn singular_values(&self) -> anyhow::Result<Vec<f64>> {
        let matrix = faer::MatRef::from_column_major_slice(&self.values, self.rows, self.columns);
        matrix.singular_values().map_err(|e| anyhow::anyhow!("singular values of the design: {e:?}"))
    }
}

/// The largest eigenvalue of a symmetric tridiagonal matrix, by bisection on the number of eigenvalues below
/// a shift.
fn largest_tridiagonal(diagonal: &[f64], beside: &[f64]) -> f64 {
    let reach = |k: usize| {
        let left = if k > 0 { beside[k - 1].abs() } else { 0.0 };
        left + beside.get(k).map_or(0.0, |b| b.abs())
    };
    let (mut low, mut high) = (f64::MIN, f64::MIN);
    for (k, &d) in diagonal.iter().enumerate() {
        low = low.max(d);
        high = high.max(d + reach(k));
    }
    let all_below = |shift: f64| {
        let mut pivot = 1.0_f64;
        (0..diagonal.len()).all(|k| {
            let coupling = if k > 0 { beside[k - 1] * beside[k - 1] / pivot } else { 0.0 };
            pivot = shift - diagonal[k] - coupling;
            pivot > 0.0
        })
    };
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if all_below(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
