//! The estimators, one file each; a new one needs a line in [`ENTRIES`].

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
use remeasure_optim::{Solution, Termination};

use crate::estimator::{Certificate, Entry, Fit, Task};
use crate::problem::Problem;

/// All estimators that a config can name.
pub const ENTRIES: &[Entry] = &[
    lasso::ENTRY,
    relaxed::ENTRY,
    linfa::ENTRY,
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
];

/// Relative gap that the Lasso solvers aim at unless told otherwise.
fn default_tolerance() -> f64 {
    1e-6
}

/// Iterations that they may take unless told otherwise.
fn default_iterations() -> usize {
    100_000
}

/// Conditions shared by the iterative methods.
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

/// Refuses a `penalty` that is no number of at least 0.
fn check_penalty(penalty: Option<f64>) -> Result<(), Invalid> {
    match penalty.filter(|l| !(l.is_finite() && *l >= 0.0)) {
        Some(l) => Err(Invalid::new("penalty", format!("expected a number of at least 0, found {l}"))),
        None => Ok(()),
    }
}

/// Refuses a problem without a penalty to an estimator without one.
fn admit_penalty(penalty: Option<f64>, problem: &Problem) -> Result<(), Invalid> {
    if penalty.or(problem.penalty()).is_none() {
        return Err(Invalid::new("penalty", "neither the estimator nor the problem names one: give it here"));
    }
    Ok(())
}

/// The fit of a problem whose λ_max is 0: nothing to explain.
fn zero_fit(task: &Task<'_>) -> Fit {
    Fit {
        coefficients: vec![0.0; task.design.columns()],
        lambda: None,
        certificate: Certificate::RelativeGap(0.0),
        iterations: 0,
        shortfall: None,
        trajectory: Vec::new(),
    }
}

/// Why an iterative Lasso stopped short of its tolerance, if it did.
fn shortfall(solution: &Solution, gap: f64, tolerance: f64) -> Option<String> {
    let why = match solution.termination {
        Termination::Converged => return None,
        Termination::MaxIterations => "the iterations allowed are used up",
        Termination::Stalled => "no further progress in floating point",
        Termination::Deadline => "the time allowed is used up",
    };
    Some(format!(
        "relative gap {gap:.1e} above {tolerance:.1e} after {} iterations: {why}",
        solution.iterations
    ))
}
