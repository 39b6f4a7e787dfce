//! Dictionaries learnt with codes of the proximal gradient.

use rand::seq::index;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::deadline;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::Stream;

use super::{Coder, Gram, Shrinkage};

/// How a dictionary is learnt: in each round, the codes of a batch of data, then some steps of the gradient
/// `W ← W + (Y − W A) Aᵀ / ‖A Aᵀ‖`, after each of which the atoms are scaled to norm 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// The penalty of the codes.
    pub shrinkage: Shrinkage,
    /// Its level.
    pub lambda: f64,
    /// Number of rounds.
    pub rounds: usize,
    /// Data in a batch, drawn without replacement.
    pub batch: usize,
    /// Steps of the proximal gradient from 0.
    pub steps: usize,
    /// Steps of the dictionary.
    pub updates: usize,
}

/// Atoms of independent normal numbers, scaled to norm 1, `D × K`.
#[must_use]
pub fn gaussian(pixels: usize, units: usize, stream: &mut Stream) -> Design {
    let values = (0..pixels * units).map(|_| StandardNormal.sample(stream)).collect();
    let mut atoms = Design::from_columns(pixels, units, values);
    normalise(&mut atoms);
    atoms
}

/// Scales atoms to norm 1; those that are 0 stay.
fn normalise(atoms: &mut Design) {
    for j in 0..atoms.columns() {
        let norm = kernels::squared_norm(atoms.column(j)).sqrt();
        if norm > 0.0 {
            atoms.column_mut(j).iter_mut().for_each(|w| *w /= norm);
        }
    }
}

impl Learning {
    /// Learns `atoms` from the columns of `y`.
    ///
    /// # Errors
    /// A level that is not a number above 0.
    pub fn run(&self, y: &Design, atoms: &mut Design, stream: &mut Stream) -> anyhow::Result<()> {
        let (pixels, units, n) = (y.rows(), atoms.columns(), y.columns());
        let batch = self.batch.min(n);
        let mut codes = Design::from_columns(units, batch, vec![0.0; units * batch]);
        let mut cross = Design::from_columns(pixels, units, vec![0.0; pixels * units]);
        let mut squares = Design::from_columns(units, units, vec![0.0; units * units]);
        let mut along = vec![0.0; units];
        let mut change = cross.clone();
        for _ in 0..self.rounds {
            if deadline::passed() {
                break;
            }
            let chosen = index::sample(stream, n, batch);
            let gram = Gram::new(atoms);
            let mut coder = Coder::new(atoms, &gram, self.shrinkage, self.lambda)?;
            cross.as_mut_slice().fill(0.0);
            squares.as_mut_slice().fill(0.0);
            for (at, datum) in chosen.iter().enumerate() {
                let datum = y.column(datum);
                atoms.tmul(datum, &mut along);
                coder.encode(&along, self.steps);
                codes.column_mut(at).copy_from_slice(&coder.code);
                for &i in &coder.active {
                    kernels::axpy(coder.code[i], datum, cross.column_mut(i));
                    let column = squares.column_mut(i);
                    coder.active.iter().for_each(|&j| column[j] += coder.code[i] * coder.code[j]);
                }
            }
            let norm = codes.spectral_norm();
            if norm == 0.0 {
                continue;
            }
            let rate = 1.0 / (norm * norm);
            for _ in 0..self.updates {
                change.as_mut_slice().copy_from_slice(cross.as_slice());
                for j in 0..units {
                    let column = squares.column(j);
                    if column[j] > 0.0 {
                        atoms.add_mul(-1.0, column.iter().copied().enumerate(), change.column_mut(j));
                    }
                }
                for (w, change) in atoms.as_mut_slice().iter_mut().zip(change.as_slice()) {
                    *w += rate * change;
                }
                normalise(atoms);
            }
        }
        Ok(())
    }
}
