//! Ridge regression with a Gaussian kernel, and its leave-one-out predictions in closed form.

use anyhow::Context;
use remeasure_core::numerics::dense::{Cholesky, inner};
use remeasure_core::numerics::kernels::elementary::exp;
use remeasure_core::numerics::{Design, kernels};

/// The kernel `1 + exp(−γ‖x − z‖²)`; the 1 is a penalised intercept.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// `γ`, above 0.
    pub gamma: f64,
}

/// The rows of a design as columns.
fn transposed(x: &Design) -> Design {
    let (n, p) = (x.rows(), x.columns());
    let mut values = vec![0.0; n * p];
    for j in 0..p {
        for (i, v) in x.column(j).iter().enumerate() {
            values[i * p + j] = *v;
        }
    }
    Design::from_columns(p, n, values)
}

impl Kernel {
    /// The kernel between the rows of two designs, shape `a.rows() × b.rows()`.
    #[must_use]
    pub fn between(&self, a: &Design, b: &Design) -> Design {
        let (a, b) = (transposed(a), transposed(b));
        let norms =
            |d: &Design| (0..d.columns()).map(|i| kernels::squared_norm(d.column(i))).collect::<Vec<f64>>();
        let (left, right) = (norms(&a), norms(&b));
        let mut k = inner(&a, &b);
        for (j, r) in right.iter().enumerate() {
            for (v, l) in k.column_mut(j).iter_mut().zip(&left) {
                *v = 1.0 + exp(-self.gamma * (l + r - 2.0 * *v).max(0.0));
            }
        }
        k
    }
}

/// A fitted kernel ridge regression.
#[derive(Clone, Debug)]
pub struct KernelRidge {
    factor: Cholesky,
    /// `(K + λI)⁻¹ y`, the weights of the training rows.
    pub weights: Vec<f64>,
}

impl KernelRidge {
    /// Fits responses `y` with the kernel matrix of the training rows, `n × n`, and the weight `λ > 0`.
    ///
    /// # Errors
    /// The matrix is singular.
    pub fn fit(kernel: &Design, y: &[f64], lambda: f64) -> anyhow::Result<Self> {
        let n = kernel.rows();
        let mut matrix = kernel.as_slice().to_vec();
        (0..n).for_each(|i| matrix[i * n + i] += lambda);
        let factor =
            Cholesky::new(n, &matrix).context("the kernel matrix is singular: use a larger weight")?;
        let mut weights = y.to_vec();
        factor.solve(&mut weights);
        Ok(Self { factor, weights })
    }

    /// `C = (K + λI)⁻¹`, symmetric, which leave-one-out predictions need.
    #[must_use]
    pub fn inverse(&self) -> Design {
        let n = self.weights.len();
        let mut inverse = vec![0.0; n * n];
        for (i, column) in inverse.chunks_exact_mut(n).enumerate() {
            column[i] = 1.0;
            self.factor.solve(column);
        }
        Design::from_columns(n, n, inverse)
    }

    /// Predictions, from the kernel between training rows and new rows.
    #[must_use]
    pub fn predict(&self, kernel: &Design) -> Vec<f64> {
        let mut out = vec![0.0; kernel.columns()];
        kernel.tmul(&self.weights, &mut out);
        out
    }

    /// Leave-one-out predictions `y_i − (Cy)_i / C_ii` of the training rows.
    #[must_use]
    pub fn leave_one_out(&self, inverse: &Design, y: &[f64]) -> Vec<f64> {
        let of = |i: usize| y[i] - self.weights[i] / inverse.column(i)[i];
        (0..y.len()).map(of).collect()
    }

    /// Leave-one-out predictions of the training rows when one more row, with response 0, joins them; `column` is its
    /// kernel with the training rows and `own` that with itself. The inverse of the larger matrix is that of the smaller
    /// one and a matrix of rank one, so that no system is solved.
    #[must_use]
    pub fn leave_one_out_with(
        &self,
        inverse: &Design,
        y: &[f64],
        column: &[f64],
        own: f64,
        lambda: f64,
    ) -> Vec<f64> {
        let mut u = vec![0.0; column.len()];
        inverse.tmul(column, &mut u);
        let schur = own + lambda - kernels::dot(column, &u);
        let shift = kernels::dot(&u, y) / schur;
        let of = |i: usize| {
            let weight = self.weights[i] + u[i] * shift;
            y[i] - weight / (inverse.column(i)[i] + u[i] * u[i] / schur)
        };
        (0..y.len()).map(of).collect()
    }
}
