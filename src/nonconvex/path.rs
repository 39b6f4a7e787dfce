//! Paths over 50 values of λ, the last chosen by the error on test rows.

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;
use remeasure_optim::lasso::{LassoProblem, Path};
use remeasure_optim::nonconvex::{
    Accelerated, Folded, Loss, Mcp, Method, Observations, Scad, Separable, Stationary, Working,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::Fit;
use crate::problem::{Penalty, Regression, Rows, Sample, standardise};

/// Number of λ of a path.
pub const STEPS: usize = 50;

/// Which features a path leaves out at the next λ. Without a check of the optimality conditions.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Those with half the size of the derivative below 2λ − λ_before, until they pass once: the published code.
    Published,
    /// Those with the size of the derivative below 2λ − λ_before (Tibshirani et al. 2012), until they pass once.
    Right,
    /// None.
    None,
}

/// The λ of a path: `λ_max (1 − j/steps)`.
#[must_use]
pub fn lambdas(lambda_max: f64, steps: usize) -> Vec<f64> {
    (0..steps).map(|j| lambda_max * (1.0 - j as f64 / steps as f64)).collect()
}

/// A step of a path: the solution, and what is known of the features left out.
#[derive(Clone, Debug)]
pub struct Step {
    /// The solution.
    pub solution: Stationary,
    /// Distance from stationarity over the features that were not left out.
    pub kept_stationarity: f64,
    /// Features left out whose derivative exceeds λ by more than 1 %.
    pub violations: usize,
}

/// The accelerated gradient along `lambdas`, from 0 and then from the solution before.
///
/// # Errors
/// A number is not finite.
pub fn accelerated<P: Folded>(
    data: &Observations<'_>,
    lambdas: &[f64],
    penalty: impl Fn(f64) -> anyhow::Result<P>,
    rule: Rule,
    solver: &Accelerated,
) -> anyhow::Result<Vec<Step>> {
    let p = data.columns();
    let lipschitz = data.lipschitz();
    let (mut current, mut gradient) = (vec![0.0; p], vec![0.0; p]);
    data.value_and_gradient(&current, &mut gradient)?;
    let mut kept = vec![rule == Rule::None; p];
    let mut steps = Vec::with_capacity(lambdas.len());
    let mut before = lambdas.first().copied().unwrap_or(0.0);
    for &lambda in lambdas.iter().take_while(|_| !deadline::passed()) {
        let share = if rule == Rule::Published { 0.5 } else { 1.0 };
        for (kept, g) in kept.iter_mut().zip(&gradient) {
            *kept |= share * g.abs() >= 2.0 * lambda - before;
        }
        let features: Vec<usize> = (0..p).filter(|&j| kept[j]).collect();
        let start: Vec<f64> = features.iter().map(|&j| current[j]).collect();
        let penalty = penalty(lambda)?;
        let solution = solver.solve(data, &penalty, lipschitz, &features, &start, &mut |_| {})?;
        data.value_and_gradient(&solution.coefficients, &mut gradient)?;
        let distance = |&j: &usize| penalty.distance_at(j, solution.coefficients[j], gradient[j]);
        let violates = |&j: &usize| !kept[j] && gradient[j].abs() > 1.01 * lambda;
        current.clone_from(&solution.coefficients);
        steps.push(Step {
            kept_stationarity: features.iter().map(distance).fold(0.0, f64::max),
            violations: (0..p).filter(violates).count(),
            solution,
        });
        before = lambda;
    }
    Ok(steps)
}

/// Coordinate descent along `lambdas`.
///
/// # Errors
/// A number is not finite.
pub fn coordinates<P: Separable>(
    data: &Observations<'_>,
    lambdas: &[f64],
    penalty: impl Fn(f64) -> anyhow::Result<P>,
    tolerance: f64,
) -> anyhow::Result<Vec<Step>> {
    let mut solver = Working::new(data)?;
    let mut steps = Vec::with_capacity(lambdas.len());
    for &lambda in lambdas.iter().take_while(|_| !deadline::passed()) {
        let solution = solver.solve(&penalty(lambda)?, tolerance, 10_000);
        steps.push(Step { kept_stationarity: solution.stationarity, violations: 0, solution });
    }
    Ok(steps)
}

/// How a path is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Solver {
    /// The accelerated gradient with a rule.
    Accelerated(Rule),
    /// Coordinate descent on working sets.
    Coordinates,
    /// The Lasso.
    Lasso,
}

/// Standardised training rows, and the way back.
struct Standardised {
    rows: Rows,
    columns: Vec<(f64, f64)>,
    response: (f64, f64),
}

impl Standardised {
    fn new(problem: &Regression, rows: &Rows) -> Self {
        let mut rows = rows.clone();
        let columns = problem.standardised(&mut rows.x);
        let divisor = problem.divisor(rows.y.len());
        let response = standardise(&mut rows.y, divisor);
        Self { rows, columns, response }
    }

    /// Intercept and coefficients on the scale of the data.
    fn back(&self, coefficients: &[f64]) -> (f64, Vec<f64>) {
        let scaled = |(b, (_, scale)): (&f64, &(f64, f64))| match *b {
            0.0 => 0.0,
            b => b * self.response.1 / scale,
        };
        let coefficients: Vec<f64> = coefficients.iter().zip(&self.columns).map(scaled).collect();
        let shift: f64 = coefficients.iter().zip(&self.columns).map(|(b, (mean, _))| b * mean).sum();
        (self.response.0 - shift, coefficients)
    }
}

/// The fit of a path with the least squared error on the test rows.
///
/// # Errors
/// A number is not finite.
pub fn best(problem: &Regression, sample: &Sample, solver: Solver) -> anyhow::Result<Fit> {
    let standardised = Standardised::new(problem, &sample.train);
    let rows = &standardised.rows;
    let lasso = LassoProblem::new(&rows.x, &rows.y)?;
    let lambdas = lambdas(lasso.lambda_max(), STEPS);
    let steps = match solver {
        Solver::Lasso => lasso_steps(&lasso, &lambdas)?,
        _ => {
            let data = Observations::new(Loss::Gaussian, &rows.x, &rows.y, None, 0)?;
            match problem.penalty {
                Penalty::Scad => along(&data, &lambdas, |lambda| Ok(Scad::new(lambda, problem.a)?), solver)?,
                Penalty::Mcp => {
                    along(&data, &lambdas, |lambda| Ok(Mcp::new(lambda, problem.gamma)?), solver)?
                }
            }
        }
    };
    let mut chosen: Option<(f64, usize, f64, Vec<f64>)> = None;
    let mut predicted = vec![0.0; sample.test.y.len()];
    for (k, step) in steps.iter().enumerate() {
        let (intercept, coefficients) = standardised.back(&step.solution.coefficients);
        sample.test.x.mul(&coefficients, &mut predicted);
        predicted.iter_mut().zip(&sample.test.y).for_each(|(f, y)| *f += intercept - y);
        let error = kernels::squared_norm(&predicted);
        if chosen.as_ref().is_none_or(|chosen| error < chosen.0) {
            chosen = Some((error, k, intercept, coefficients));
        }
    }
    let Some((_, k, intercept, coefficients)) = chosen else { anyhow::bail!("no step of the path was made") };
    let step = &steps[k];
    Ok(Fit {
        intercept,
        coefficients,
        fraction: Some(lambdas[k] / lambdas[0]),
        stationarity: Some(step.kept_stationarity / lambdas[k]),
        violations: matches!(solver, Solver::Accelerated(_)).then_some(step.violations),
        iterations: Some(steps.iter().map(|s| s.solution.iterations).sum()),
        shortfall: (steps.len() < STEPS).then(|| "the time limit was reached".to_owned()),
    })
}

fn along<P: Folded>(
    data: &Observations<'_>,
    lambdas: &[f64],
    penalty: impl Fn(f64) -> anyhow::Result<P>,
    solver: Solver,
) -> anyhow::Result<Vec<Step>> {
    match solver {
        Solver::Accelerated(rule) => {
            accelerated(data, lambdas, penalty, rule, &Accelerated::new(Method::Proposed, 1e-5, 1000)?)
        }
        _ => coordinates(data, lambdas, penalty, 1e-7),
    }
}

fn lasso_steps(problem: &LassoProblem<'_>, lambdas: &[f64]) -> anyhow::Result<Vec<Step>> {
    let step = |(solution, lambda): (remeasure_optim::Solution, &f64)| Step {
        // Of the Lasso, the gap relative to the objective at 0 stands for the distance.
        kept_stationarity: lambda * solution.certificate.gap / problem.null_objective(),
        violations: 0,
        solution: Stationary {
            objective: solution.certificate.primal,
            stationarity: 0.0,
            coefficients: solution.coefficients,
            iterations: solution.iterations,
            termination: solution.termination,
        },
    };
    Ok(Path::new(lambdas, 1e-6)?.solve(problem).into_iter().zip(lambdas).map(step).collect())
}
