//! Your own estimator, compared with the shipped ones on a shipped experiment.
//!
//! ```sh
//! cargo run --release --example own_estimator -- show sparse-recovery --toml > mine.toml
//! printf '[[estimator]]\nkind = "marginal"\nkeep = 10\n' >> mine.toml
//! cargo run --release --example own_estimator -- run --config mine.toml
//! ```

use std::num::NonZeroUsize;
use std::process::ExitCode;

use remeasure::core::entry;
use remeasure::core::params::Check;
use remeasure::external::Reported;
use remeasure::sparse::estimator::Entry;
use remeasure::sparse::{Certificate, Estimator, Fit, SPARSE, Task};

/// Marginal regression (Genovese et al. 2012): regresses on each feature separately and keeps the largest
/// coefficients.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Marginal {
    /// Number of features to keep, at least 1.
    keep: NonZeroUsize,
}

impl Check for Marginal {}

impl Estimator for Marginal {
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let (norms, p) = (task.design.column_squared_norms(), task.design.columns());
        let mut x = vec![0.0; p];
        task.design.tmul(task.response, &mut x);
        x.iter_mut().zip(&norms).for_each(|(x, norm)| *x /= norm.max(f64::MIN_POSITIVE));
        let mut order: Vec<usize> = (0..p).collect();
        order.sort_by(|&a, &b| (x[b].powi(2) * norms[b]).total_cmp(&(x[a].powi(2) * norms[a])));
        order.iter().skip(self.keep.get()).for_each(|&j| x[j] = 0.0);
        // Distance from least squares on the same features.
        let mut residual = task.response.to_vec();
        task.design.add_mul(-1.0, x.iter().copied().enumerate(), &mut residual);
        let mut left = vec![0.0; p];
        task.design.tmul(&residual, &mut left);
        let total = task.response.iter().map(|y| y * y).sum::<f64>().sqrt();
        let worst = order.iter().take(self.keep.get()).map(|&j| left[j].abs() / (norms[j].sqrt() * total));
        let certificate = Certificate::Orthogonality(worst.fold(0.0, f64::max));
        let (lambda, shortfall, trajectory) = (None, None, Vec::new());
        let reported = Reported::default();
        Ok(Fit { coefficients: x, lambda, certificate, iterations: 1, shortfall, trajectory, reported })
    }
}

const MARGINAL: Entry = entry!(Marginal, "marginal", "marginal regression on the strongest features");

fn main() -> ExitCode {
    remeasure::main(&[SPARSE.with(&[MARGINAL])], remeasure::CONFIGS)
}
