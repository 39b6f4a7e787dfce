//! Lasso and ridge regression whose weight is chosen by the estimated confounding.

use anyhow::Context;
use rand::Rng;
use rand_distr::Exp1;
use remeasure_core::Invalid;
use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Fit, Method, Task, check_draws, entry, is_largest, smallest, ten};
use crate::confounding::{Search, confounding};
use crate::lasso;
use crate::moments::{Features, Moments};
use crate::stage::{self, Solution};

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Method::Regression,
    Janzing,
    "janzing",
    "Lasso or ridge regression on the original data, λ chosen by the estimated confounding"
);

/// The penalty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Penalty {
    /// `(1/2n)‖y − Xh‖² + λ‖h‖₁`.
    L1,
    /// `‖y − Xh‖² + λ‖h‖²`.
    L2,
}

/// Causal regularisation (Janzing 2019): of the λ drawn, the one whose solution has the norm nearest to that of the
/// effect, as estimated from least squares. Scales as in the code of Akbar et al.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Janzing {
    /// The penalty.
    penalty: Penalty,
    /// Number of λ drawn from Exp(1), from 1 to 1000.
    #[serde(default = "ten")]
    draws: usize,
    /// How the estimate of the confounding maximises its density.
    #[serde(default)]
    search: Search,
}

impl Check for Janzing {
    fn check(&self) -> Result<(), Invalid> {
        check_draws(self.draws)
    }
}

impl Penalty {
    fn solve(self, moments: &Moments, lambda: f64) -> anyhow::Result<Solution> {
        let (mut gram, right) = (moments.gram(Features::Original), moments.right(Features::Original));
        match self {
            Self::L1 => {
                let found = lasso::lasso(&gram, &right, lambda * moments.rows())?;
                Ok(Solution { h: found.h, residual: found.violation })
            }
            Self::L2 => {
                let m = right.len();
                (0..m).for_each(|i| gram[i * m + i] += lambda);
                stage::solve(&gram, &right)
            }
        }
    }
}

impl Estimator for Janzing {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let moments = &task.instance.moments;
        let mut stream = task.streams.stream("lambdas");
        let lambdas: Vec<f64> = (0..self.draws).map(|_| stream.sample(Exp1)).collect();
        let w = stage::least_squares(moments, Features::Original)?.h;
        let found = confounding(&moments.covariance(Features::Original), &w, self.search)?;
        let norm = found.squared_norm.sqrt();
        let fits: anyhow::Result<Vec<Solution>> =
            lambdas.iter().map(|l| self.penalty.solve(moments, *l)).collect();
        let mut fits = fits?;
        let distance = |fit: &Solution| (kernels::squared_norm(&fit.h).sqrt() - norm).abs();
        let at = smallest(fits.iter().map(distance)).context("no λ was drawn")?;
        let fit = Fit::of(fits.swap_remove(at));
        let largest = Some(is_largest(&lambdas, at));
        Ok(Fit { weight: Some(lambdas[at]), largest, beta: Some(found.beta), ..fit })
    }
}
