//! The dictionary of a linear model.

use remeasure_core::numerics::Design;
use remeasure_core::numerics::dense::{Cholesky, pseudo_solve};

/// Memory for the least-squares problem `min_W Σ ‖y − W s‖²` in expectation.
#[derive(Clone, Debug)]
pub(super) struct LeastSquares {
    /// `Σ y⟨s⟩ᵀ`, `D × H`.
    pub(super) cross: Design,
    /// `Σ⟨ssᵀ⟩`, `H × H`; only entries with the row at most the column are added to.
    pub(super) gram: Vec<f64>,
    factor: Cholesky,
    row: Vec<f64>,
}

impl LeastSquares {
    pub(super) fn new(pixels: usize, units: usize) -> Self {
        let mut identity = vec![0.0; units * units];
        identity.iter_mut().step_by(units + 1).for_each(|v| *v = 1.0);
        Self {
            cross: Design::from_columns(pixels, units, vec![0.0; pixels * units]),
            factor: Cholesky::new(units, &identity)
                .unwrap_or_else(|| unreachable!("the identity is definite")),
            gram: identity,
            row: vec![0.0; units],
        }
    }

    pub(super) fn clear(&mut self) {
        self.cross.as_mut_slice().fill(0.0);
        self.gram.fill(0.0);
    }

    /// Overwrites the dictionary by the solution, of least norm if a cause is never active.
    ///
    /// # Errors
    /// A sum is not finite.
    pub(super) fn solve(&mut self, dictionary: &mut Design) -> anyhow::Result<()> {
        let units = dictionary.columns();
        for i in 0..units {
            for j in 0..i {
                self.gram[i * units + j] = self.gram[j * units + i];
            }
        }
        let definite = self.factor.replace(units, &self.gram);
        for d in 0..dictionary.rows() {
            for (h, v) in self.row.iter_mut().enumerate() {
                *v = self.cross.column(h)[d];
            }
            if definite {
                self.factor.solve(&mut self.row);
            } else {
                self.row = pseudo_solve(units, &self.gram, &self.row)?.0;
            }
            for (h, v) in self.row.iter().enumerate() {
                dictionary.column_mut(h)[d] = *v;
            }
        }
        let finite = dictionary.as_slice().iter().all(|w| w.is_finite());
        anyhow::ensure!(finite, "an atom is not finite");
        Ok(())
    }
}
