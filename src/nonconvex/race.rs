//! Gradient methods on one problem, each until it is close to the best objective that any of them reached.

use anyhow::Context;
use remeasure_core::numerics::Design;
use remeasure_optim::nonconvex::{
    Accelerated, Folded, Loss, Mcp, Method, Observations, Scad, published_descent,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::Run;
use crate::problem::{Regression, Rows};

pub use crate::problem::Penalty;

/// Stopping tolerance of the published code.
const TOLERANCE: f64 = 1e-4;

/// The methods, in the order of a race.
const METHODS: [Method; 3] = [Method::Proposed, Method::Original, Method::ProximalGradient];

/// Where all methods start.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// The signs of the covariances of features and response, with intercept 0.
    #[default]
    Signs,
    /// 0.
    Zero,
}

/// What is raced for, and from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// The start.
    pub start: Start,
    /// Whether the logistic loss counts half: divided by 2n.
    pub halved: bool,
}

impl Setting {
    /// Number of settings.
    pub const COUNT: usize = 4;

    /// Its place among all.
    #[must_use]
    pub fn index(self) -> usize {
        2 * self.start as usize + usize::from(self.halved)
    }

    fn loss(self, problem: &Regression) -> Loss {
        match problem.loss() {
            Loss::Logistic if self.halved => Loss::HalfLogistic,
            loss => loss,
        }
    }
}

/// The runs of all methods.
#[derive(Clone, Debug, PartialEq)]
pub struct Race {
    runs: [Run; 3],
}

impl Race {
    /// Runs all methods.
    ///
    /// # Errors
    /// A number is not finite, or the time limit passed.
    pub fn new(problem: &Regression, setting: Setting, rows: &Rows) -> anyhow::Result<Self> {
        match problem.penalty {
            Penalty::Scad => Self::of(problem, setting, rows, &Scad::new(problem.lambda, problem.a)?),
            Penalty::Mcp => Self::of(problem, setting, rows, &Mcp::new(problem.lambda, problem.gamma)?),
        }
    }

    fn of(
        problem: &Regression,
        setting: Setting,
        rows: &Rows,
        penalty: &impl Folded,
    ) -> anyhow::Result<Self> {
        let design = with_ones(&rows.x);
        let data = Observations::new(setting.loss(problem), &design, &rows.y, None, 1)?;
        let lipschitz = data.lipschitz();
        let features: Vec<usize> = (0..design.columns()).collect();
        let start = match setting.start {
            Start::Signs => signs(rows),
            Start::Zero => vec![0.0; design.columns()],
        };
        let mut traces: [Vec<f64>; 3] = Default::default();
        let mut ends = Vec::with_capacity(3);
        for (method, trace) in METHODS.into_iter().zip(&mut traces) {
            let solver = Accelerated::new(method, TOLERANCE, problem.max_iterations)?;
            let record =
                &mut |iterate: remeasure_optim::nonconvex::Iterates<'_>| trace.push(iterate.objective);
            ends.push(solver.solve(&data, penalty, lipschitz, &features, &start, record)?);
        }
        let least = |trace: &[f64]| trace.iter().copied().fold(f64::INFINITY, f64::min);
        let best = traces.iter().map(|trace| least(trace)).fold(f64::INFINITY, f64::min);
        anyhow::ensure!(best.is_finite(), "an objective is not finite");
        let target = best + problem.target.exp();
        let run = |k: usize| {
            let trace = &traces[k];
            let at = trace.iter().position(|value| *value <= target);
            Run {
                to_target: at.unwrap_or(problem.max_iterations + 1),
                reached: at.is_some(),
                objective: least(trace),
                above_best: least(trace) - best,
                iterations: ends[k].iterations,
                stationarity: ends[k].stationarity / problem.lambda,
                rise: trace.windows(2).map(|v| v[1] - v[0]).fold(0.0, f64::max) / trace[0],
            }
        };
        Ok(Self { runs: [run(0), run(1), run(2)] })
    }

    /// The run of a method.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn run(&self, method: Method) -> anyhow::Result<&Run> {
        let at = METHODS.iter().position(|m| *m == method).context("a method of the race")?;
        Ok(&self.runs[at])
    }
}

/// A column of ones, and the features.
fn with_ones(x: &Design) -> Design {
    let mut values = vec![1.0; x.rows()];
    values.extend_from_slice(x.as_slice());
    Design::from_columns(x.rows(), x.columns() + 1, values)
}

/// 0, and the signs of the covariances of features and response.
fn signs(rows: &Rows) -> Vec<f64> {
    let mean = rows.y.iter().sum::<f64>() / rows.y.len() as f64;
    let centred: Vec<f64> = rows.y.iter().map(|y| y - mean).collect();
    let mut covariances = vec![0.0; rows.x.columns()];
    rows.x.tmul(&centred, &mut covariances);
    std::iter::once(0.0).chain(covariances.into_iter().map(f64::signum)).collect()
}

/// Coordinate descent as published, at the problem's λ; `best` is the smallest objective of a race.
///
/// # Errors
/// The response is binary, or as [`Race::new`].
pub fn published_coordinates(problem: &Regression, rows: &Rows, best: f64) -> anyhow::Result<Run> {
    fn of(problem: &Regression, rows: &Rows, penalty: &impl Folded, best: f64) -> anyhow::Result<Run> {
        let design = with_ones(&rows.x);
        let data = Observations::new(problem.loss(), &design, &rows.y, None, 1)?;
        let found = published_descent(&data, penalty, &signs(rows), TOLERANCE, 1000)?;
        let reached = found.objective <= best + problem.target.exp();
        Ok(Run {
            to_target: if reached { found.iterations } else { problem.max_iterations + 1 },
            reached,
            objective: found.objective,
            above_best: found.objective - best,
            iterations: found.iterations,
            stationarity: found.stationarity / problem.lambda,
            rise: 0.0,
        })
    }
    match problem.penalty {
        Penalty::Scad => of(problem, rows, &Scad::new(problem.lambda, problem.a)?, best),
        Penalty::Mcp => of(problem, rows, &Mcp::new(problem.lambda, problem.gamma)?, best),
    }
}
