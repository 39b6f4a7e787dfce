//! The sparse family as the harness sees it: what is drawn, fitted and measured.

mod ensemble;
mod instance;

use remeasure_core::Invalid;
use remeasure_core::family::Outcome;
use remeasure_core::family::{Better, Family, Kind, Metric, Recorder};
use remeasure_core::stream::Streams;
use toml::Table;

use crate::estimators::ENTRIES;
use crate::{Certificate, Draw, Estimator, Problem};

/// `y = A x + w` with a sparse `x`.
#[derive(Clone, Copy, Debug)]
pub struct Sparse;

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "nmse", about: "‖x̂ − x‖² / ‖x‖²; of an ensemble, a ratio of sums over its signals"
    },
    Metric { name: "nmse_db", about: "the same in decibels, 10 log₁₀" },
    Metric { name: "success", about: "1 where nmse ≤ success_nmse, else 0; of an ensemble, the share" },
    Metric { name: "prediction_error", about: "‖A(x̂ − x)‖² / ‖A x‖²" },
    Metric { name: "test_mse", about: "mean squared error on held-out rows, 1 = predicting the mean" },
    Metric { name: "support_precision", about: "share of the selected features that are in the support" },
    Metric { name: "support_recall", about: "share of the support that is selected" },
    Metric { name: "support_f1", about: "harmonic mean of precision and recall" },
    Metric { name: "nonzeros", about: "number of non-zero coefficients" },
    Metric { name: "lambda", about: "penalty used, 1/(2n) convention" },
    Metric { name: "objective", about: "1/(2n)‖y − A x̂‖² + λ‖x̂‖₁" },
    Metric {
        name: "objective_l1",
        about: "½‖y − A x̂‖² + λ‖x̂‖₁ with the ensemble's λ, mean over its signals",
    },
    Metric {
        name: "objective_l0",
        about: "½‖y − A x̂‖² + λ‖x̂‖₀ with the ensemble's λ, mean over its signals",
    },
    Metric { name: "ista_iterations", about: "iterations of ISTA at 1/L to the same objective_l1" },
    Metric { name: "step", about: "learned step of a layer, in units of 1/L" },
    Metric { name: "threshold", about: "learned threshold of a layer" },
    Metric { name: "training_loss", about: "loss of the training batch, by number of batches" },
    Metric { name: "skipped_batches", about: "training batches left out because they were not finite" },
    Metric { name: "gap", about: "duality gap relative to P(0)" },
    Metric { name: "fixed_point", about: "relative change of the last iteration" },
    Metric { name: "orthogonality", about: "largest correlation of a selected feature with the residual" },
    Metric { name: "iterations", about: "iterations, in the method's own unit" },
];

/// Metrics that are better low.
pub(super) const LOWER: &[&str] = &[
    "nmse",
    "nmse_db",
    "prediction_error",
    "test_mse",
    "objective_l1",
    "objective_l0",
    "training_loss",
    "skipped_batches",
    "gap",
    "fixed_point",
    "iterations",
];

/// Metrics that are better high.
pub(super) const HIGHER: &[&str] =
    &["success", "support_precision", "support_recall", "support_f1", "ista_iterations"];

impl Family for Sparse {
    type Problem = Problem;
    type Data = Draw;
    type Estimator = Box<dyn Estimator>;

    fn name(&self) -> &'static str {
        "sparse"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn certificates(&self) -> &'static [&'static str] {
        &["gap"]
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
        match problem {
            Problem::Csv(observations) => observations.files.clone(),
            Problem::Synthetic(_) | Problem::Ensemble(_) => Vec::new(),
        }
    }

    fn draw(&self, problem: &Problem, streams: &Streams) -> anyhow::Result<Draw> {
        Ok(problem.draw(streams))
    }

    fn measure(
        &self,
        problem: &Problem,
        data: &Draw,
        estimator: &Box<dyn Estimator>,
        streams: &Streams,
        out: &mut Recorder,
    ) -> anyhow::Result<Outcome> {
        let success = problem.model().map(|model| model.success_nmse);
        let shortfall = match data {
            Draw::Instance(data) => instance::measure(data, estimator.as_ref(), streams, success, out)?,
            Draw::Ensemble(data) => ensemble::measure(data, estimator.as_ref(), streams, success, out)?,
        };
        Ok(shortfall.map_or(Outcome::Ok, Outcome::NotConverged))
    }
}

/// Records the proof of quality that came with a fit.
fn record_certificate(certificate: Certificate, out: &mut Recorder) {
    match certificate {
        Certificate::RelativeGap(value) => out.record("gap", value),
        Certificate::FixedPoint(value) => out.record("fixed_point", value),
        Certificate::Orthogonality(value) => out.record("orthogonality", value),
    }
}
