//! The sparse family as the harness sees it: what is drawn, fitted and measured.

use crate::harness::family::{Family, Kind, Metric, Recorder};
use crate::harness::records::Outcome;
use crate::numerics::stream::Streams;
use crate::numerics::{Invalid, deadline};
use crate::optim::{self, ElasticNet};
use crate::sparse::estimators::ENTRIES;
use crate::sparse::metrics::{self, SupportCounts};
use crate::sparse::{Certificate, Estimator, Fit, Instance, Problem, Task};
use toml::Table;

/// `y = A x + w` with a sparse `x`.
#[derive(Clone, Copy, Debug)]
pub struct Sparse;

const METRICS: &[Metric] = &[
    Metric { name: "nmse", about: "‖x̂ − x‖² / ‖x‖²" },
    Metric { name: "success", about: "1 where nmse ≤ success_nmse, else 0" },
    Metric { name: "prediction_error", about: "‖A(x̂ − x)‖² / ‖A x‖²" },
    Metric { name: "test_mse", about: "mean squared error on held-out rows, 1 = predicting the mean" },
    Metric { name: "support_precision", about: "share of the selected features that are in the support" },
    Metric { name: "support_recall", about: "share of the support that is selected" },
    Metric { name: "support_f1", about: "harmonic mean of precision and recall" },
    Metric { name: "nonzeros", about: "number of non-zero coefficients" },
    Metric { name: "lambda", about: "penalty used, 1/(2n) convention" },
    Metric { name: "objective", about: "1/(2n)‖y − A x̂‖² + λ‖x̂‖₁" },
    Metric { name: "gap", about: "duality gap relative to P(0)" },
    Metric { name: "fixed_point", about: "relative change of the last iteration" },
    Metric { name: "orthogonality", about: "largest correlation of a selected feature with the residual" },
    Metric { name: "iterations", about: "iterations, in the method's own unit" },
];

/// Records error and, where there is a penalty, the duality gap relative to `P(0)` along the way.
fn record_trajectory(data: &Instance, fit: &Fit, out: &mut Recorder) -> anyhow::Result<()> {
    let penalty = fit.lambda.map(ElasticNet::l1).transpose()?;
    let n = data.response.len() as f64;
    let null = data.response.iter().map(|y| y * y).sum::<f64>() / (2.0 * n);
    for snapshot in fit.trajectory.iter().take_while(|_| !deadline::passed()) {
        let (at, x) = (snapshot.iteration as f64, &snapshot.coefficients);
        if let Some(truth) = &data.truth {
            out.record_at("nmse", at, metrics::nmse(x, &truth.coefficients));
        }
        if let Some(penalty) = &penalty {
            let certificate = optim::Certificate::least_squares(&data.design, &data.response, penalty, x);
            out.record_at("gap", at, certificate.gap / null);
        }
    }
    Ok(())
}

impl Family for Sparse {
    type Problem = Problem;
    type Data = Instance;
    type Estimator = Box<dyn Estimator>;

    fn name(&self) -> &'static str {
        "sparse"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn kinds(&self) -> Vec<Kind> {
        super::kinds(ENTRIES)
    }

    fn problem(&self, table: Table) -> Result<Problem, Invalid> {
        Problem::read(table)
    }

    fn estimator(&self, kind: &str, table: Table) -> Result<Box<dyn Estimator>, Invalid> {
        super::read_estimator(ENTRIES, kind, table)
    }

    fn admit(&self, problem: &Problem, estimator: &Box<dyn Estimator>) -> Result<(), Invalid> {
        estimator.admit(problem)
    }

    fn inputs(&self, problem: &Problem) -> Vec<(String, String)> {
        match problem {
            Problem::Csv(observations) => observations.files.clone(),
            Problem::Synthetic(_) => Vec::new(),
        }
    }

    fn draw(&self, problem: &Problem, streams: &Streams) -> anyhow::Result<Instance> {
        Ok(problem.draw(streams))
    }

    fn measure(
        &self,
        problem: &Problem,
        data: &Instance,
        estimator: &Box<dyn Estimator>,
        streams: &Streams,
        out: &mut Recorder,
    ) -> anyhow::Result<Outcome> {
        let task =
            Task { design: &data.design, response: &data.response, truth: data.truth.as_ref(), streams };
        let fit = out.timed(|| estimator.fit(&task))?;
        anyhow::ensure!(fit.coefficients.iter().all(|v| v.is_finite()), "the estimate is not finite");
        if let Some(truth) = &data.truth {
            let nmse = metrics::nmse(&fit.coefficients, &truth.coefficients);
            out.record("nmse", nmse);
            if let Problem::Synthetic(synthetic) = problem {
                out.record("success", f64::from(u8::from(nmse <= synthetic.success_nmse)));
            }
            let error = metrics::prediction_error(&data.design, &fit.coefficients, &truth.coefficients);
            out.record("prediction_error", error);
            let counts = SupportCounts::of(&fit.coefficients, truth);
            out.record("support_precision", counts.precision());
            out.record("support_recall", counts.recall());
            out.record("support_f1", counts.f1());
        }
        if let Some((design, response)) = &data.held_out {
            out.record("test_mse", metrics::mean_squared_error(design, response, &fit.coefficients));
        }
        out.record("nonzeros", fit.coefficients.iter().filter(|v| **v != 0.0).count() as f64);
        if let Some(lambda) = fit.lambda {
            let objective = metrics::lasso_objective(&data.design, &data.response, &fit.coefficients, lambda);
            out.record("lambda", lambda);
            out.record("objective", objective);
        }
        match fit.certificate {
            Certificate::RelativeGap(value) => out.record("gap", value),
            Certificate::FixedPoint(value) => out.record("fixed_point", value),
            Certificate::Orthogonality(value) => out.record("orthogonality", value),
        }
        out.record("iterations", fit.iterations as f64);
        record_trajectory(data, &fit, out)?;
        Ok(fit.shortfall.map_or(Outcome::Ok, Outcome::NotConverged))
    }
}
