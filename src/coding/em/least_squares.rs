//! The dictionary of a linear model.

use remeasure_core::numerics::dense::{Cholesky, eigen};
use remeasure_core::numerics::{Design, kernels};

/// Eigenvalue, relative to the largest, below which it counts as zero.
const RANK: f64 = 1e-12;

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
        // Rare: a cause that is never active.
        let spectrum = if definite { None } else { Some(eigen(units, &self.gram)?) };
        let mut solution = vec![0.0; if definite { 0 } else { units }];
        for d in 0..dictionary.rows() {
            for (h, v) in self.row.iter_mut().enumerate() {
                *v = self.cross.column(h)[d];
            }
            match &spectrum {
                None => self.factor.solve(&mut self.row),
                Some((values, vectors)) => {
                    let least = RANK * values.last().copied().unwrap_or(0.0);
                    solution.fill(0.0);
                    for (j, value) in values.iter().enumerate().filter(|(_, value)| **value > least) {
                        let vector = vectors.column(j);
                        kernels::axpy(kernels::dot(vector, &self.row) / value, vector, &mut solution);
                    }
                    self.row.copy_from_slice(&solution);
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_is_never_active_has_an_atom_of_zeros() {
        // Two data [1, 2] and [3, −1], which cause 0 explains with sizes 1 and 2; cause 2 is its copy.
        let mut solver = LeastSquares::new(2, 3);
        solver.clear();
        for (y, size) in [([1.0, 2.0], 1.0), ([3.0, -1.0], 2.0)] {
            for h in [0, 2] {
                kernels::axpy(size, &y, solver.cross.column_mut(h));
                solver.gram[h * 3 + 2] += size * size;
            }
            solver.gram[0] += size * size;
        }
        let mut w = Design::from_columns(2, 3, vec![9.0; 6]);
        solver.solve(&mut w).unwrap();
        // [7, 0] / 5, half of it for each copy.
        for (found, expected) in w.as_slice().iter().zip([0.7, 0.0, 0.0, 0.0, 0.7, 0.0]) {
            assert!((found - expected).abs() < 1e-14, "{w:?}");
        }
    }
}
