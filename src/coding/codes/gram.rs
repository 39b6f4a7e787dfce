//! Inner products of atoms.

use remeasure_core::numerics::{Design, dense, kernels};

/// `WᵀW` of a dictionary, and least squares on a part of its atoms.
#[derive(Clone, Debug)]
pub struct Gram {
    products: Design,
    factor: dense::Cholesky,
    part: Vec<f64>,
}

impl Gram {
    /// Of the atoms, `D × K`.
    #[must_use]
    pub fn new(atoms: &Design) -> Self {
        let products = dense::inner(atoms, atoms);
        let factor = dense::Cholesky::new(1, &[1.0]).unwrap_or_else(|| unreachable!("1 is positive"));
        Self { products, factor, part: Vec::new() }
    }

    /// Number of atoms, `K`.
    #[must_use]
    pub fn units(&self) -> usize {
        self.products.columns()
    }

    /// `Wᵀw_j`.
    #[must_use]
    pub fn column(&self, j: usize) -> &[f64] {
        self.products.column(j)
    }

    /// `‖W a‖² − 2 aᵀWᵀy`, with `along = Wᵀy` and the units at which `code` is not 0.
    #[must_use]
    pub fn energy(&self, along: &[f64], code: &[f64], active: &[usize]) -> f64 {
        let mut sum = 0.0;
        for &i in active {
            let row = self.column(i);
            let inner: f64 = active.iter().map(|&j| row[j] * code[j]).sum();
            sum += code[i] * (inner - 2.0 * along[i]);
        }
        sum
    }

    /// The largest `|W_jᵀ(y − W a)|` over all units.
    #[must_use]
    pub fn correlation(&self, along: &[f64], code: &[f64], active: &[usize], scratch: &mut [f64]) -> f64 {
        scratch.copy_from_slice(along);
        self.products.add_mul(-1.0, active.iter().map(|&j| (j, code[j])), scratch);
        kernels::max_abs(scratch)
    }

    /// Replaces the entries of `code` at the `active` units by those of the least squares on them; of the least norm, if
    /// these atoms depend on each other.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn refit(&mut self, along: &[f64], code: &mut [f64], active: &[usize]) -> anyhow::Result<()> {
        let m = active.len();
        self.part.clear();
        for &i in active {
            let row = self.products.column(i);
            self.part.extend(active.iter().map(|&j| row[j]));
        }
        let mut right: Vec<f64> = active.iter().map(|&j| along[j]).collect();
        if self.factor.replace(m, &self.part) {
            self.factor.solve(&mut right);
        } else {
            right = dense::pseudo_solve(m, &self.part, &right)?.0;
        }
        for (&j, value) in active.iter().zip(&right) {
            code[j] = *value;
        }
        Ok(())
    }
}
