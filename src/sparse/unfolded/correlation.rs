//! `Wᵀ(y − A x)` for a fixed `W`, and its transpose.

use remeasure_core::numerics::{Design, kernels};

use super::Real;
use super::kernels::{Block, Lists, Operand, Start, combine, compress};
use super::sensing::Sensing;

/// How `Wᵀ(y − A x)` is computed.
#[derive(Clone, Debug)]
pub(super) enum Form<R> {
    /// `Wᵀy − (WᵀA) x` with a precomputed `WᵀA`: only the columns where `x ≠ 0` are read.
    Product {
        /// `WᵀA`.
        forth: Operand<R>,
        /// `AᵀW`; `None` if it is the same, for `W = A`.
        back: Option<Operand<R>>,
    },
    /// Through the residual, where that is less work.
    Factors {
        /// `W`; `None` for `W = A`.
        forth: Option<Operand<R>>,
    },
}

/// `Wᵀ(y − A x)` for a matrix `W` of the shape of `A`.
#[derive(Clone, Debug)]
pub(super) struct Correlation<R> {
    /// `Wᵀ`; `None` for `W = A`.
    back: Option<Operand<R>>,
    form: Form<R>,
}

/// `leftᵀ right`, `N × N`, column by column.
fn gram(left: &Design, right: &Design) -> Vec<f64> {
    let n = left.columns();
    let mut product = vec![0.0; n * n];
    for (k, column) in product.chunks_exact_mut(n).enumerate() {
        left.tmul(right.column(k), column);
    }
    product
}

impl<R: Real> Correlation<R> {
    /// `W = weights`, or `A` for `None`. `WᵀA` is formed where `M ≥ N/2`:
    /// then its product with a dense `x` costs no more than the two factors do.
    pub(super) fn new(sensing: &Sensing<R>, weights: Option<&Design>) -> Self {
        let a = sensing.design();
        let (m, n) = (a.rows(), a.columns());
        let back = weights.map(|w| Operand::from_fn(n, m, |i, k| w.column(i)[k]));
        let form = if 2 * m >= n {
            let product = gram(weights.unwrap_or(a), a);
            Form::Product {
                forth: Operand::from_fn(n, n, |i, k| product[k * n + i]),
                back: weights.map(|_| Operand::from_fn(n, n, |i, k| product[i * n + k])),
            }
        } else {
            Form::Factors { forth: weights.map(|w| Operand::from_fn(m, n, |i, k| w.column(k)[i])) }
        };
        Self { back, form }
    }

    /// Computes what depends only on the responses: `Wᵀy`, into `fixed`, if it is used.
    pub(super) fn begin(
        &self,
        sensing: &Sensing<R>,
        responses: &Block<R>,
        (lists, fixed): (&mut Lists<R>, &mut Block<R>),
        count: usize,
    ) {
        if let Form::Product { .. } = self.form {
            for b in 0..count {
                compress(responses, R::ONE, lists, b);
            }
            combine(self.back.as_ref().unwrap_or(&sensing.back), lists, Start::Zero, fixed, count);
        }
    }

    /// `out ← Wᵀ(y − A x)` from the sparse lists of `−x`.
    pub(super) fn forth(
        &self,
        sensing: &Sensing<R>,
        negative: &Lists<R>,
        (responses, fixed): (&Block<R>, &Block<R>),
        (narrow, narrow_lists): (&mut Block<R>, &mut Lists<R>),
        out: &mut Block<R>,
        count: usize,
    ) {
        match &self.form {
            Form::Product { forth, .. } => combine(forth, negative, Start::From(fixed), out, count),
            Form::Factors { .. } => {
                combine(&sensing.forth, negative, Start::From(responses), narrow, count);
                for b in 0..count {
                    compress(narrow, R::ONE, narrow_lists, b);
                }
                combine(self.back.as_ref().unwrap_or(&sensing.back), narrow_lists, Start::Zero, out, count);
            }
        }
    }

    /// `out ← out + AᵀW v` from the sparse lists of `v`.
    pub(super) fn back(
        &self,
        sensing: &Sensing<R>,
        lists: &Lists<R>,
        (narrow, narrow_lists): (&mut Block<R>, &mut Lists<R>),
        out: &mut Block<R>,
        count: usize,
    ) {
        match &self.form {
            Form::Product { forth, back } => {
                combine(back.as_ref().unwrap_or(forth), lists, Start::Here, out, count);
            }
            Form::Factors { forth } => {
                combine(forth.as_ref().unwrap_or(&sensing.forth), lists, Start::Zero, narrow, count);
                for b in 0..count {
                    compress(narrow, R::ONE, narrow_lists, b);
                }
                combine(&sensing.back, narrow_lists, Start::Here, out, count);
            }
        }
    }
}

/// The analytic weights of ALISTA, `w_j = (AAᵀ)⁻¹a_j / a_jᵀ(AAᵀ)⁻¹a_j`; `None` if `AAᵀ` is
/// singular or a column of `A` is zero.
pub(super) fn analytic_weights(a: &Design) -> Option<Design> {
    use faer::linalg::solvers::Solve;
    let (m, n) = (a.rows(), a.columns());
    let rows: Vec<Vec<f64>> = (0..m).map(|i| (0..n).map(|j| a.column(j)[i]).collect()).collect();
    let outer = faer::Mat::from_fn(m, m, |i, k| kernels::dot(&rows[i], &rows[k]));
    let largest = (0..m).fold(0.0_f64, |most, i| most.max(outer[(i, i)]));
    let factor = outer.llt(faer::Side::Lower).ok()?;
    // A pivot at rounding level means that the matrix is singular although the factorisation succeeded.
    let least = (0..m).map(|i| factor.L()[(i, i)].powi(2)).fold(f64::INFINITY, f64::min);
    if !(least > 1e-12 * largest) {
        return None;
    }
    let solved = factor.solve(&faer::Mat::from_fn(m, n, |i, j| a.column(j)[i]));
    let mut weights = Vec::with_capacity(m * n);
    for j in 0..n {
        let along: f64 = (0..m).map(|i| a.column(j)[i] * solved[(i, j)]).sum();
        if !(along > 0.0) {
            return None;
        }
        weights.extend((0..m).map(|i| solved[(i, j)] / along));
    }
    Some(Design::from_columns(m, n, weights))
}
