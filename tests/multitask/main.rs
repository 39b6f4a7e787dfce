//! The multitask family compared with independent computations and cases with a known solution.

mod edges;
mod estimators;
mod relevance;
mod representation;
mod statistics;
mod theory;

use remeasure_core::Invalid;
use remeasure_core::numerics::kernels;
use remeasure_core::stream::Streams;
use remeasure_multitask::estimators::ENTRIES;
use remeasure_multitask::{Estimator, Fit, Instance, Problem, Task};

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 11, cell: 5, replicate }
}

/// A problem from TOML.
fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(text.parse().expect("TOML"))
}

/// An estimator from TOML.
fn estimator(text: &str) -> Result<Box<dyn Estimator>, Invalid> {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    (entry.read)(table)
}

/// `½‖(I − P_B̂) B w‖²`.
fn representation_error(instance: &Instance, fit: &Fit) -> f64 {
    let truth = instance.truth.as_ref().expect("a known truth");
    let basis = &fit.representation.basis;
    let mut rest = truth.coefficients(&truth.target);
    let mut projected = vec![0.0; basis.columns()];
    basis.tmul(&rest, &mut projected);
    basis.add_mul(-1.0, projected.iter().copied().enumerate(), &mut rest);
    0.5 * kernels::squared_norm(&rest)
}

/// The errors of `replicates` fits.
fn errors(problem: &Problem, estimator: &dyn Estimator, replicates: u32) -> Vec<f64> {
    (0..replicates)
        .map(|r| {
            let instance = problem.draw(&streams(r)).expect("a draw");
            let fit = estimator.fit(Task { instance: &instance, streams: &streams(r) }).expect("a fit");
            assert_eq!(fit.shortfall, None, "replicate {r}");
            representation_error(&instance, &fit)
        })
        .collect()
}
