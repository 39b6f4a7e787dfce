//! The group Lasso.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_optim::group::{GroupProblem, GroupSolver, Groups};
use schemars::JsonSchema;
use serde::Deserialize;

use super::penalised::{PathRule, Penalised, Solved};
use crate::estimator::{Entry, Estimator, Fit, Step, Task};
use crate::metrics::mean_squared_error;
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    GroupFit,
    "group-lasso",
    "the group Lasso: features enter in groups; block coordinate descent and Newton steps to a certified duality gap"
);

/// `1/(2n)‖y − A x‖² + λ Σ_g √|g| ‖x_g‖` over groups of columns (Yuan and Lin 2006). Columns are used as they are: they are
/// not made orthonormal within a group.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GroupFit {
    /// How to choose the penalty λ.
    lambda: PathRule,
    /// The groups: every column is in one of them.
    groups: GroupsWire,
    /// Duality gap to reach, relative to the objective at zero, `P(0) = ‖y‖²/(2n)`; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of iterations at each λ.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
    /// Record the coefficients along a path of λ (that of the cross-validation, if there is one) on the data of the first
    /// replicate, for figures of `kind = "path"`.
    #[serde(default)]
    record_path: bool,
}

/// `{ size = 5 }`, neighbouring columns in groups of this size, or a list of lists of columns, which count from 1.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected { size = NUMBER } or a list of lists of columns")]
enum GroupsWire {
    Blocks(Blocks),
    Listed(Vec<Vec<usize>>),
}

/// Neighbouring columns in groups of one size.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Blocks {
    /// Number of columns in each group.
    size: usize,
}

impl GroupsWire {
    fn of(&self, columns: usize) -> Result<Groups, Invalid> {
        match self {
            Self::Blocks(Blocks { size }) => Groups::blocks(*size, columns),
            Self::Listed(groups) => {
                if groups.iter().flatten().any(|j| *j == 0) {
                    return Err(Invalid::new("groups", "columns count from 1, found 0"));
                }
                let from_zero = |group: &Vec<usize>| group.iter().map(|j| j - 1).collect();
                Groups::new(groups.iter().map(from_zero).collect(), columns)
            }
        }
    }
}

impl Check for GroupFit {
    fn check(&self) -> Result<(), Invalid> {
        self.lambda.check()?;
        super::check_stopping(self.tolerance, self.max_iterations, None)
    }
}

impl Penalised for GroupFit {
    type Ready<'t> = GroupProblem<'t>;

    fn prepare<'t>(&self, task: &Task<'t>) -> anyhow::Result<GroupProblem<'t>> {
        let groups = self.groups.of(task.design.columns())?;
        Ok(GroupProblem::new(task.design, task.response, groups)?)
    }

    fn largest(problem: &GroupProblem<'_>) -> f64 {
        problem.lambda_max()
    }

    fn along(
        &self,
        problem: &GroupProblem<'_>,
        grid: &[f64],
        tolerance: f64,
        visit: &mut dyn FnMut(usize, Solved),
    ) -> anyhow::Result<()> {
        let mut solver = GroupSolver::new(problem);
        for (k, &lambda) in grid.iter().enumerate().take_while(|_| !deadline::passed()) {
            let solution = solver.solve(lambda, tolerance, self.max_iterations)?;
            let gap = solution.certificate.gap / problem.data().null_objective();
            let shortfall = super::shortfall(&solution, gap, tolerance);
            let iterations = solution.iterations;
            visit(k, Solved { coefficients: solution.coefficients, gap, iterations, shortfall });
        }
        Ok(())
    }
}

impl Estimator for GroupFit {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        // The columns of a program's data are not known before they are drawn.
        if !problem.is_unseen() {
            self.groups.of(problem.shape().1)?;
        }
        self.lambda.admit(problem)
    }

    fn objective(&self, task: &Task<'_>, fit: &Fit) -> Option<f64> {
        let groups = self.groups.of(task.design.columns()).ok()?;
        let error = mean_squared_error(task.design, task.response, &fit.coefficients);
        Some(0.5 * error + fit.lambda? * groups.norm(&fit.coefficients))
    }

    fn path(&self, task: &Task<'_>, fit: &Fit) -> anyhow::Result<Vec<Step>> {
        self.steps(task, fit, Some(self.lambda), self.record_path)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let problem = self.prepare(task)?;
        let lambda = self.choose(task, &problem, self.lambda)?;
        self.fit_at(task, &problem, lambda, self.tolerance)
    }
}
