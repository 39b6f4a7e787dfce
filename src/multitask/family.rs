//! The multitask family as the harness sees it: what is drawn, fitted and measured.

use remeasure_core::Invalid;
use remeasure_core::family::Outcome;
use remeasure_core::family::{Better, Family, Kind, Metric, Recorder};
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::Streams;
use toml::Table;

use crate::estimators::ENTRIES;
use crate::theory;
use crate::theory::Asymptotic;
use crate::{Estimator, Fit, Instance, Problem, Task, Truth, relevance};

/// Source tasks that share a representation with a target.
#[derive(Clone, Copy, Debug)]
pub struct Multitask;

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "excess_risk", about: "½‖B̂ŵ − B w‖², that is ½E(xᵀ(B̂ŵ − B w))² of the target"
    },
    Metric {
        name: "representation_error", about: "½‖(I − P_B̂) B w‖², the part due to the representation"
    },
    Metric {
        name: "asymptotic",
        about: "σ²/2 · (d − k) V(n): the theory's representation error for this plan",
    },
    Metric { name: "asymptotic_risk", about: "asymptotic + σ²/2 · k/n_target: the theory's excess risk" },
    Metric { name: "over_asymptotic", about: "representation_error / asymptotic" },
    Metric {
        name: "efficiency",
        about: "least V at this number of observations, ‖ν¹‖₁²/N, over V(n) of this plan",
    },
    Metric {
        name: "test_error",
        about: "share of held-out rows of the target whose sign is predicted wrongly",
    },
    Metric { name: "tasks_used", about: "source tasks with at least one observation" },
    Metric { name: "samples", about: "observations of the sources" },
    Metric { name: "cost", about: "what they cost; their number where nothing has a cost" },
    Metric { name: "epochs", about: "epochs of sampling" },
    Metric { name: "stationarity", about: "relative size of the step left to a stationary representation" },
    Metric { name: "iterations", about: "iterations of the final fit (alternations, then Newton steps)" },
    Metric {
        name: "relevance_residual",
        about: "‖Wν − w‖/‖w‖ of the last relevance, W and w as it was given them",
    },
    Metric { name: "relevance_gap", about: "relative duality gap of the last relevance" },
];

/// Metrics that are better low.
pub(super) const LOWER: &[&str] = &[
    "excess_risk",
    "representation_error",
    "over_asymptotic",
    "test_error",
    "cost",
    "stationarity",
    "iterations",
    "relevance_residual",
    "relevance_gap",
];

/// Metrics that are better high.
pub(super) const HIGHER: &[&str] = &["efficiency"];

/// What the truth says of a fit.
fn record_errors(data: &Instance, truth: &Truth, fit: &Fit, out: &mut Recorder) -> anyhow::Result<()> {
    let basis = &fit.representation.basis;
    let target = truth.coefficients(&truth.target);
    let distance = |head: &[f64]| {
        let mut difference = target.clone();
        basis.add_mul(-1.0, head.iter().copied().enumerate(), &mut difference);
        0.5 * kernels::squared_norm(&difference)
    };
    let mut projected = vec![0.0; basis.columns()];
    basis.tmul(&target, &mut projected);
    let (risk, missed) = (distance(&fit.head), distance(&projected));
    anyhow::ensure!(risk.is_finite() && missed.is_finite(), "the estimate is not finite");
    out.record("excess_risk", risk);
    out.record("representation_error", missed);
    let (dimension, samples) = (basis.rows(), data.target.count());
    let counts: Vec<f64> = fit.sizes.iter().map(|n| *n as f64).collect();
    let expected = Asymptotic::new(dimension, truth.sigma, &truth.heads, &truth.target, &counts, samples)?;
    if expected.representation.is_finite() {
        out.record("asymptotic", expected.representation);
        out.record("asymptotic_risk", expected.excess_risk());
        if expected.representation > 0.0 {
            out.record("over_asymptotic", missed / expected.representation);
        }
        let variance = theory::design_variance(&truth.heads, &truth.target, &counts)?;
        let least = relevance::l1(&truth.heads, &truth.target)?.weights.iter().map(|v| v.abs()).sum::<f64>();
        out.record("efficiency", least * least / (counts.iter().sum::<f64>() * variance));
    }
    Ok(())
}

/// Share of rows whose label, ±1, does not have the sign of the prediction.
fn sign_errors(design: &Design, labels: &[f64], fit: &Fit) -> f64 {
    let mut coefficients = vec![0.0; design.columns()];
    fit.representation.basis.mul(&fit.head, &mut coefficients);
    let mut predicted = vec![0.0; design.rows()];
    design.mul(&coefficients, &mut predicted);
    let wrong = predicted.iter().zip(labels).filter(|(p, y)| **p * **y <= 0.0).count();
    wrong as f64 / labels.len() as f64
}

impl Family for Multitask {
    type Problem = Problem;
    type Data = Instance;
    type Estimator = Box<dyn Estimator>;

    fn name(&self) -> &'static str {
        "multitask"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn certificates(&self) -> &'static [&'static str] {
        &["relevance_gap"]
    }

    fn better(&self, metric: &str) -> Option<Better> {
        remeasure_core::family::better(metric, LOWER, HIGHER)
    }

    fn kinds(&self) -> Vec<Kind> {
        remeasure_core::family::kinds(ENTRIES)
    }

    fn problem(&self, table: Table) -> Result<Problem, Invalid> {
        Problem::read(table)
    }

    fn estimator(&self, kind: &str, table: Table) -> Result<Box<dyn Estimator>, Invalid> {
        remeasure_core::family::read_estimator(ENTRIES, kind, table)
    }

    fn admit(&self, problem: &Problem, estimator: &Box<dyn Estimator>) -> Result<(), Invalid> {
        estimator.admit(problem)
    }

    fn inputs(&self, problem: &Problem) -> Vec<(String, String)> {
        problem.inputs().to_vec()
    }

    fn draw(&self, problem: &Problem, streams: &Streams) -> anyhow::Result<Instance> {
        problem.draw(streams)
    }

    fn measure(
        &self,
        _: &Problem,
        data: &Instance,
        estimator: &Box<dyn Estimator>,
        streams: &Streams,
        out: &mut Recorder,
    ) -> anyhow::Result<Outcome> {
        let fit = out.timed(|| estimator.fit(Task { instance: data, streams }))?;
        let numbers = fit.head.iter().chain(fit.representation.basis.as_slice());
        anyhow::ensure!(numbers.into_iter().all(|v| v.is_finite()), "the estimate is not finite");
        if let Some(truth) = &data.truth {
            record_errors(data, truth, &fit, out)?;
        }
        if let Some((design, labels)) = &data.held_out {
            out.record("test_error", sign_errors(design, labels, &fit));
        }
        out.record("tasks_used", fit.sizes.iter().filter(|n| **n > 0).count() as f64);
        out.record("samples", fit.sizes.iter().sum::<u64>() as f64);
        out.record("cost", data.budget.spent(&fit.sizes));
        out.record("epochs", fit.epochs as f64);
        out.record("stationarity", fit.representation.stationarity);
        out.record("iterations", fit.representation.iterations as f64);
        if let Some(relevance) = &fit.relevance {
            out.record("relevance_residual", relevance.residual);
            out.record("relevance_gap", relevance.certificate);
        }
        Ok(fit.shortfall.map_or(Outcome::Ok, Outcome::NotConverged))
    }
}
