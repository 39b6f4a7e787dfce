//! Dictionaries learnt with codes of the proximal gradient.

use rand::seq::index;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::deadline;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::Stream;

use super::{Coder, Gram, Shrinkage};

/// How a dictionary is learnt: in each round, the codes of a batch of data, then an update of the atoms.
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
    /// The update.
    pub update: Update,
}

/// How atoms follow the codes of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Update {
    /// So many steps of the gradient `W ← W + (Y − W A) Aᵀ / ‖A Aᵀ‖`, after each of which the atoms are scaled to norm 1.
    Gradient(usize),
    /// The sums `Y Aᵀ` and `A Aᵀ` of all batches, weighted by this share to the power of their age; each atom in turn becomes
    /// the best of norm 1 (Mairal et al. 2010). Learns faster.
    Sums(f64),
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
        let kept = if let Update::Sums(share) = self.update { share } else { 0.0 };
        for _ in 0..self.rounds {
            if deadline::passed() {
                break;
            }
            let chosen = index::sample(stream, n, batch);
            let gram = Gram::new(atoms);
            let mut coder = Coder::new(atoms, &gram, self.shrinkage, self.lambda)?;
            for sums in [&mut cross, &mut squares] {
                sums.as_mut_slice().iter_mut().for_each(|v| *v *= kept);
            }
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
            match self.update {
                Update::Gradient(steps) => {
                    let norm = codes.spectral_norm();
                    for _ in (0..steps).take_while(|_| norm > 0.0) {
                        descend(atoms, (&cross, &squares), 1.0 / (norm * norm), &mut change);
                    }
                }
                Update::Sums(_) => replace(atoms, (&cross, &squares), change.column_mut(0)),
            }
        }
        Ok(())
    }
}

/// A step of the gradient, from `Y Aᵀ` and `A Aᵀ`.
fn descend(atoms: &mut Design, (cross, squares): (&Design, &Design), rate: f64, change: &mut Design) {
    change.as_mut_slice().copy_from_slice(cross.as_slice());
    for j in 0..atoms.columns() {
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

/// Squared codes of an atom, relative to those of the atom that is used most, below which it stays.
const UNUSED: f64 = 1e-9;

/// Replaces each atom in turn by the best of norm 1.
fn replace(atoms: &mut Design, (cross, squares): (&Design, &Design), atom: &mut [f64]) {
    let most = (0..atoms.columns()).fold(0.0, |most: f64, j| most.max(squares.column(j)[j]));
    for j in 0..atoms.columns() {
        let column = squares.column(j);
        if column[j] <= UNUSED * most {
            continue;
        }
        atom.copy_from_slice(cross.column(j));
        atoms.add_mul(-1.0, column.iter().copied().enumerate().filter(|(i, _)| *i != j), atom);
        let norm = kernels::squared_norm(atom).sqrt();
        if norm > 0.0 {
            atoms.column_mut(j).iter_mut().zip(&*atom).for_each(|(w, v)| *w = v / norm);
        }
    }
}
