//! The estimators, one file each. To add one, add it to [`ENTRIES`].

mod command;
mod elastic_net;
mod iht;
mod lasso;
mod linfa;
mod omp;
mod oracle;
mod proximal;
mod relaxed;
mod sparsity;
mod unfolded;
mod unrolled;

use remeasure_core::Invalid;
use remeasure_external::Reported;
use remeasure_optim::{ElasticNet, Solution, Termination};

use crate::estimator::{Certificate, Entry, Fit, Task};
use crate::problem::Problem;

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    lasso::ENTRY,
    relaxed::ENTRY,
    elastic_net::ENTRY,
    linfa::LASSO,
    linfa::ELASTIC_NET,
    proximal::ISTA,
    proximal::FISTA,
    iht::ENTRY,
    unrolled::ISTA,
    unrolled::IHT,
    unfolded::ISTA,
    unfolded::IHT,
    unfolded::LISTA,
    unfolded::LISTA_CP,
    unfolded::ALISTA,
    omp::ENTRY,
    oracle::ENTRY,
    command::ENTRY,
];

/// Default relative gap of the Lasso solvers.
fn default_tolerance() -> f64 {
    1e-6
}

/// Default iteration limit of the Lasso solvers.
fn default_iterations() -> usize {
    100_000
}

/// Checks the stopping rule of an iterative method.
fn check_stopping(tolerance: f64, max_iterations: usize, trace_every: Option<usize>) -> Result<(), Invalid> {
    if !(tolerance.is_finite() && tolerance > 0.0) {
        return Err(Invalid::new("tolerance", format!("expected a number above 0, found {tolerance}")));
    }
    if max_iterations == 0 {
        return Err(Invalid::new("max_iterations", "expected at least 1, found 0"));
    }
    if trace_every == Some(0) {
        return Err(Invalid::new("trace_every", "expected at least 1, found 0"));
    }
    Ok(())
}

/// Rejects a share `mixing` of the ℓ1 norm that is not above 0 and at most 1.
fn check_mixing(mixing: f64) -> Result<(), Invalid> {
    ElasticNet::new(1.0, mixing).map(drop)
}

/// Rejects a `penalty` that is not a number of at least 0.
fn check_penalty(penalty: Option<f64>) -> Result<(), Invalid> {
    match penalty.filter(|l| !(l.is_finite() && *l >= 0.0)) {
        Some(l) => Err(Invalid::new("penalty", format!("expected a number of at least 0, found {l}"))),
        None => Ok(()),
    }
}

/// Rejects a problem if neither it nor the estimator sets a penalty.
fn admit_penalty(penalty: Option<f64>, problem: &Problem) -> Result<(), Invalid> {
    if penalty.or(problem.penalty()).is_none() {
        return Err(Invalid::new("penalty", "neither the estimator nor the problem sets one: set it here"));
    }
    Ok(())
}

/// The fit if λ_max is 0, so that zero is the solution.
fn zero_fit(task: &Task<'_>) -> Fit {
    Fit {
        reported: Reported::default(),
        coefficients: vec![0.0; task.design.columns()],
        lambda: None,
        certificate: Certificate::RelativeGap(0.0),
        iterations: 0,
        shortfall: None,
        trajectory: Vec::new(),
    }
}

/// Why an iterative Lasso stopped before reaching its tolerance; `None` if it did not.
fn shortfall(solution: &Solution, gap: f64, tolerance: f64) -> Option<String> {
    let why = match solution.termination {
        Termination::Converged => return None,
        Termination::MaxIterations => "the iteration limit was reached",
        Termination::Stalled => "no further progress is possible in floating point",
        Termination::Deadline => "the time limit was reached",
    };
    Some(format!(
        "relative gap {gap:.1e} is above {tolerance:.1e} after {} iterations: {why}",
        solution.iterations
    ))
}
