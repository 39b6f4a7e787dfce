//! Dictionary learning with an ℓ1 penalty.

use rand::Rng;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::stream::Stream;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_optim::{Lasso, LassoProblem};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{at_least, positive};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(L1, "l1", "atoms of norm 1 and codes of any sign, of least squared error plus an ℓ1 penalty");

/// `min Σ ½‖y − W a‖² + λ‖a‖₁` over `‖w_h‖ = 1`, in turns: the codes by the Lasso to a duality gap, the atoms one after the
/// other (Mairal et al. 2010), from random data. An atom that no datum uses becomes a random datum. The residual is the
/// largest relative duality gap of the last codes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct L1 {
    /// λ as a share of the root mean squared norm of the data, above 0.
    #[serde(default = "tenth")]
    penalty: f64,
    /// Number of turns, at least 1.
    #[serde(default = "turns")]
    iterations: usize,
}

fn tenth() -> f64 {
    0.1
}

fn turns() -> usize {
    50
}

/// Relative duality gap of the codes.
const GAP: f64 = 1e-6;
/// Squared codes of an atom, relative to those of the atom that is used most, below which it counts as unused.
const UNUSED: f64 = 1e-6;

impl Check for L1 {
    fn check(&self) -> Result<(), Invalid> {
        positive("penalty", self.penalty)?;
        at_least("iterations", 1, self.iterations)
    }
}

/// A random datum, scaled to norm 1.
fn seed(y: &Design, stream: &mut Stream, atom: &mut [f64]) {
    atom.copy_from_slice(y.column(stream.gen_range(0..y.columns())));
    normalise(atom);
}

/// Scales an atom to norm 1. False if it is 0.
fn normalise(atom: &mut [f64]) -> bool {
    let norm = kernels::squared_norm(atom).sqrt();
    if norm > 0.0 {
        atom.iter_mut().for_each(|w| *w /= norm);
    }
    norm > 0.0
}

impl Estimator for L1 {
    fn admit(&self, _: &Problem) -> Result<(), Invalid> {
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let (y, units) = (&task.data.y, task.data.units);
        let (pixels, n) = (y.rows(), y.columns());
        let size = (kernels::squared_norm(y.as_slice()) / n as f64).sqrt();
        // The solver divides the squared error by the number of rows.
        let lasso = Lasso::new(self.penalty * size / pixels as f64)?.tolerance(GAP)?;
        let mut stream = task.streams.stream("l1");
        let mut atoms = Design::from_columns(pixels, units, vec![0.0; pixels * units]);
        for h in 0..units {
            seed(y, &mut stream, atoms.column_mut(h));
        }
        let mut codes = vec![vec![0.0; units]; n];
        let (mut cross, mut gram) = (atoms.clone(), vec![0.0; units * units]);
        let mut atom = vec![0.0; pixels];
        let mut gap = 0.0;
        for _ in 0..self.iterations {
            cross.as_mut_slice().fill(0.0);
            gram.fill(0.0);
            gap = 0.0;
            for (datum, code) in codes.iter_mut().enumerate() {
                if deadline::passed() {
                    break;
                }
                let problem = LassoProblem::new(&atoms, y.column(datum))?;
                let solution = lasso.solve(&problem, Some(code))?;
                let null = problem.null_objective();
                gap = f64::max(gap, if null > 0.0 { solution.certificate.gap / null } else { 0.0 });
                code.copy_from_slice(&solution.coefficients);
                for (h, a) in code.iter().enumerate().filter(|(_, a)| **a != 0.0) {
                    kernels::axpy(*a, y.column(datum), cross.column_mut(h));
                    kernels::axpy(*a, code, &mut gram[h * units..(h + 1) * units]);
                }
            }
            let most = (0..units).fold(0.0, |most: f64, h| most.max(gram[h * units + h]));
            for h in 0..units {
                let is_used = gram[h * units + h] > UNUSED * most;
                atom.copy_from_slice(cross.column(h));
                atoms.add_mul(
                    -1.0,
                    (0..units).filter(|j| *j != h).map(|j| (j, gram[h * units + j])),
                    &mut atom,
                );
                if is_used && normalise(&mut atom) {
                    atoms.column_mut(h).copy_from_slice(&atom);
                } else {
                    seed(y, &mut stream, atoms.column_mut(h));
                }
            }
        }
        Ok(Fit { free: true, residual: Some(gap), iterations: Some(self.iterations), ..Fit::of(atoms) })
    }
}
