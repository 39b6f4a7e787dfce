//! Independent components, by linfa.

use anyhow::{Context, ensure};
use linfa::DatasetBase;
use linfa::ParamGuard as _;
use linfa::traits::{Fit as _, Predict as _};
use linfa_ica::fast_ica::FastIca;
use ndarray::Array2;
use rand::RngCore;
use remeasure_core::numerics::{Design, dense, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::at_least;
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(Ica, "ica", "linfa-ica's FastICA on the principal components: atoms of independent codes");

/// FastICA (Hyvärinen and Oja 2000) with the contrast log cosh, of as many principal components as there are units. linfa's
/// own reduction keeps the first singular vectors, which need not be the largest, so the principal components are
/// computed here. It does not say whether it converged, and gives sources only: the atoms are the regression of the data on
/// them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ica {
    /// Most iterations, at least 1.
    #[serde(default = "iterations")]
    max_iterations: usize,
}

fn iterations() -> usize {
    500
}

impl Check for Ica {
    fn check(&self) -> Result<(), Invalid> {
        at_least("max_iterations", 1, self.max_iterations)
    }
}

impl Estimator for Ica {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let (pixels, n) = problem.size();
        if problem.units() > pixels.min(n - 1) {
            let message = format!(
                "independent components are at most as many as the {pixels} numbers of a datum and as the data less \
                 one, {}; the problem has {} units",
                n - 1,
                problem.units()
            );
            return Err(Invalid::new("kind", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let (y, units) = (&task.data.y, task.data.units);
        let (pixels, n) = (y.rows(), y.columns());
        let (mean, _) = super::truncation::moments(y);
        // N × D, centred.
        let mut centred = Design::from_columns(n, pixels, vec![0.0; n * pixels]);
        for (d, mean) in mean.iter().enumerate() {
            for (i, v) in centred.column_mut(d).iter_mut().enumerate() {
                *v = y.column(i)[d] - mean;
            }
        }
        let (_, vectors) = dense::eigen(pixels, dense::inner(&centred, &centred).as_slice())?;
        // The last eigenvalues are the largest.
        let mut scores = Array2::zeros((n, units));
        let mut score = vec![0.0; n];
        for h in 0..units {
            centred.mul(vectors.column(pixels - 1 - h), &mut score);
            scores.column_mut(h).iter_mut().zip(&score).for_each(|(to, v)| *to = *v);
        }
        let seed = task.streams.stream("ica").next_u32() as usize;
        let settings = FastIca::params().ncomponents(units).max_iter(self.max_iterations).random_state(seed);
        let model = settings.check().context("settings of linfa")?.fit(&DatasetBase::from(scores.clone()));
        let sources: Array2<f64> = model.context("FastICA")?.predict(&scores);
        // The sources are uncorrelated, with the same variance, so that the regression is an inner product.
        let mut atoms = Design::from_columns(pixels, units, vec![0.0; pixels * units]);
        for h in 0..units {
            let mut source: Vec<f64> = sources.column(h).to_vec();
            let size = (kernels::squared_norm(&source) / n as f64).sqrt();
            ensure!(size > 0.0 && size.is_finite(), "component {} of FastICA is not a number", h + 1);
            source.iter_mut().for_each(|s| *s /= size * n as f64);
            centred.tmul(&source, atoms.column_mut(h));
        }
        Ok(Fit { free: true, ..Fit::of(atoms) })
    }
}
