//! The plain Lasso.

use remeasure_core::numerics::Design;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_path, points, ratio, tolerance};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::lasso;
use crate::problem::Problem;
use crate::tuning::{Choose, Method, Predictions};

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(Lasso, "lasso", "plain Lasso, solved along a path to a certified gap");

/// `‖y − Xb‖²/(2n) + λ‖b‖₁`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Lasso {
    /// How λ is chosen: `"oracle"`, `"cv"` or `"theory"`.
    choose: Choose,
    /// Duality gap to reach, relative to the objective at 0; above 0.
    #[serde(default = "tolerance")]
    tolerance: f64,
    /// Number of values of λ, evenly spaced on a logarithmic scale.
    #[serde(default = "points")]
    points: usize,
    /// Least λ as a fraction of the largest.
    #[serde(default = "ratio")]
    ratio: f64,
}

impl Check for Lasso {
    fn check(&self) -> Result<(), Invalid> {
        check_path(self.tolerance, self.points, self.ratio)
    }
}

impl Method for Lasso {
    fn levels(&self, design: &Design, response: &[f64]) -> anyhow::Result<Vec<f64>> {
        lasso::levels(design, response, self.ratio, self.points)
    }

    fn path(&self, design: &Design, response: &[f64], levels: &[f64]) -> anyhow::Result<Predictions> {
        let whole = response.len() == design.rows();
        let fitted = (!whole).then(|| design.take_rows(&(0..response.len()).collect::<Vec<_>>()));
        let solved = lasso::solve(fitted.as_ref().unwrap_or(design), response, levels, self.tolerance)?;
        let predict = |b: &Vec<f64>| {
            let mut prediction = vec![0.0; design.rows()];
            design.mul(b, &mut prediction);
            prediction
        };
        Ok(Predictions {
            values: solved.coefficients.iter().map(predict).collect(),
            sizes: solved.coefficients.iter().map(|b| b.iter().filter(|v| **v != 0.0).count()).collect(),
            gap: Some(solved.gap),
            shortfall: solved.shortfall,
        })
    }
}

impl Estimator for Lasso {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.choose.admit(problem)
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        self.choose.fit(self, &task)
    }
}
