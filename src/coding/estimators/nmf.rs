//! Factors that are not negative.

use rand::Rng;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{at_least, positive};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(Nmf, "nmf", "atoms and codes that are not negative, of least squared error (HALS)");

/// `min ‖Y₊ − W A‖²` over `W, A ≥ 0`, atom by atom (Cichocki and Phan 2009), where `Y₊` are the data with 0 in place of
/// negative numbers. The residual is the norm of the projected gradient relative to that of the start (Lin 2007).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nmf {
    /// Most sweeps over atoms and codes, at least 1.
    #[serde(default = "sweeps")]
    max_iterations: usize,
    /// Residual at which it stops, above 0.
    #[serde(default = "tolerance")]
    tolerance: f64,
}

fn sweeps() -> usize {
    500
}

fn tolerance() -> f64 {
    1e-4
}

impl Check for Nmf {
    fn check(&self) -> Result<(), Invalid> {
        at_least("max_iterations", 1, self.max_iterations)?;
        positive("tolerance", self.tolerance)
    }
}

/// One sweep over the columns of `x`, which has columns `x_h ≥ 0` of the least `‖Z − X Cᵀ‖²`, given `Z C` and `CᵀC`.
/// Returns the squared norm of the projected gradient before the sweep.
fn sweep(x: &mut Design, cross: &Design, gram: &[f64], gradient: &mut [f64]) -> f64 {
    let units = x.columns();
    let mut norm = 0.0;
    for h in 0..units {
        // X CᵀC e_h − Z C e_h.
        gradient.copy_from_slice(cross.column(h));
        gradient.iter_mut().for_each(|g| *g = -*g);
        x.add_mul(1.0, (0..units).map(|j| (j, gram[h * units + j])), gradient);
        let power = gram[h * units + h];
        for (x, g) in x.column_mut(h).iter_mut().zip(&*gradient) {
            norm += if *x > 0.0 || *g < 0.0 { g * g } else { 0.0 };
            if power > 0.0 {
                *x = (*x - g / power).max(0.0);
            }
        }
    }
    norm
}

/// `XᵀX`, row by row.
fn gram(x: &Design, out: &mut [f64]) {
    for (h, row) in out.chunks_exact_mut(x.columns()).enumerate() {
        x.tmul(x.column(h), row);
    }
}

impl Estimator for Nmf {
    fn admit(&self, _: &Problem) -> Result<(), Invalid> {
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let (y, units) = (&task.data.y, task.data.units);
        let (pixels, n) = (y.rows(), y.columns());
        let values: Vec<f64> = y.as_slice().iter().map(|v| v.max(0.0)).collect();
        let positive = Design::from_columns(pixels, n, values);
        let mean = positive.as_slice().iter().sum::<f64>() / (pixels * n) as f64;
        // Uniform numbers such that the product has the mean of the data.
        let largest = 2.0 * (mean / units as f64).sqrt();
        let mut stream = task.streams.stream("nmf");
        let mut draw = |rows: usize| {
            let values = (0..rows * units).map(|_| largest * stream.r#gen::<f64>()).collect();
            Design::from_columns(rows, units, values)
        };
        let (mut atoms, mut codes) = (draw(pixels), draw(n));
        let mut of_atoms = Design::from_columns(pixels, units, vec![0.0; pixels * units]);
        let mut of_codes = Design::from_columns(n, units, vec![0.0; n * units]);
        let (mut square, mut gradient) = (vec![0.0; units * units], vec![0.0; n.max(pixels)]);
        let (mut first, mut residual, mut iterations) = (0.0, f64::INFINITY, 0);
        while iterations < self.max_iterations && residual > self.tolerance && !deadline::passed() {
            for h in 0..units {
                positive.mul(codes.column(h), of_atoms.column_mut(h));
            }
            gram(&codes, &mut square);
            let mut norm = sweep(&mut atoms, &of_atoms, &square, &mut gradient[..pixels]);
            for h in 0..units {
                positive.tmul(atoms.column(h), of_codes.column_mut(h));
            }
            gram(&atoms, &mut square);
            norm += sweep(&mut codes, &of_codes, &square, &mut gradient[..n]);
            first = if iterations == 0 { norm } else { first };
            residual = if first > 0.0 { (norm / first).sqrt() } else { 0.0 };
            iterations += 1;
        }
        // Atoms whose codes have mean square 1.
        for h in 0..units {
            let size = (kernels::squared_norm(codes.column(h)) / n as f64).sqrt();
            atoms.column_mut(h).iter_mut().for_each(|w| *w *= size);
        }
        let shortfall = (residual > self.tolerance).then(|| {
            format!("the residual is {residual:.1e} after {iterations} sweeps, above {:e}", self.tolerance)
        });
        let fit =
            Fit { free: true, residual: Some(residual), iterations: Some(iterations), ..Fit::of(atoms) };
        Ok(Fit { shortfall, ..fit })
    }
}
