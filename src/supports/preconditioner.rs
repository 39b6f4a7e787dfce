//! The preconditioner: residuals against random reference columns. It is ours, and so is the proof.
//!
//! Draw `L` independent uniform sets of `k − 1` columns; `R` is their union, `Q` an orthonormal basis of their span,
//! `r_j = (I − QQᵀ)x_j`. If `T` is a uniform set of `k` columns and `j ∈ T`, then `T∖{j}` and the `L` sets are
//! exchangeable, and the distance of `x_j` to `span X_R` is at most its distance to the span of any of the `L`. So
//! `P[‖r_j‖ > dist(x_j, span X_{T∖j})] ≤ 1/(L + 1)`. Where this fails for no `j ∈ T`, every `v = Σ w_j x_j` has
//! `|w_j|‖r_j‖ ≤ |w_j| dist(x_j, span X_{T∖j}) ≤ ‖v‖`, and in the dictionary `ã_j = √n r_j/‖r_j‖` the part of `v` outside of
//! the span has an ℓ1 weight of at most `k‖v‖/√n`. The slow rate of the Lasso at a `λ ≥ ‖ãᵀξ‖∞/n`, with noise `ξ`, then
//! gives `‖error‖²/n ≤ 4λk‖v‖/√n + ‖QQᵀξ‖²/n`, whatever the condition number of `X`.

use rand::seq::index;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::Stream;

use crate::basis::Basis;

/// The union of `subsets` uniform sets of `size` of `d` columns, ascending.
#[must_use]
pub fn reference(d: usize, size: usize, subsets: usize, stream: &mut Stream) -> Vec<usize> {
    let mut union: Vec<usize> =
        (0..subsets).flat_map(|_| index::sample(stream, d, size.min(d)).into_vec()).collect();
    union.sort_unstable();
    union.dedup();
    union
}

/// A basis of the reference columns, and the dictionary of scaled residuals of all others.
#[derive(Clone, Debug)]
pub struct Preconditioner {
    /// `Q`, an orthonormal basis of the reference columns.
    pub basis: Basis,
    /// `‖r_j‖` in the fitted rows for all columns; 0 where it is rounding.
    pub residuals: Vec<f64>,
    /// `ã_j` of the columns whose residuals are not 0, in order, with norm `√fitted` in the fitted rows.
    pub dictionary: Design,
}

impl Preconditioner {
    /// Takes the span of the `reference` columns out of all columns of `design`, fitted on its first rows.
    #[must_use]
    pub fn new(design: &Design, fitted: usize, reference: &[usize]) -> Self {
        let rows = design.rows();
        let basis = Basis::of(rows, fitted, reference.iter().map(|&j| design.column(j)));
        let (mut residuals, mut values) = (Vec::with_capacity(design.columns()), Vec::new());
        let mut column = vec![0.0; rows];
        for j in 0..design.columns() {
            column.copy_from_slice(design.column(j));
            let norm = basis.reduce(&mut column);
            if basis.negligible(norm) {
                residuals.push(0.0);
                continue;
            }
            residuals.push(norm);
            let scale = (fitted as f64).sqrt() / norm;
            values.extend(column.iter().map(|v| scale * v));
        }
        let dictionary = Design::from_columns(rows, values.len() / rows.max(1), values);
        Self { basis, residuals, dictionary }
    }

    /// The largest `|qᵀã|`, which would be 0 without rounding.
    #[must_use]
    pub fn orthogonality(&self) -> f64 {
        let mut products = vec![0.0; self.dictionary.columns()];
        self.basis.vectors().fold(0.0, |worst: f64, q| {
            self.dictionary.tmul(q, &mut products);
            worst.max(kernels::max_abs(&products))
        })
    }
}
