//! The ordinal family as the harness sees it: what is drawn, fitted and measured.

use remeasure_core::Invalid;
use remeasure_core::family::Outcome;
use remeasure_core::family::{Better, Family, Kind, Metric, Recorder};
use remeasure_core::numerics::statistics::mean;
use remeasure_core::stream::Streams;
use toml::Table;

use crate::estimators::ENTRIES;
use crate::metrics;
use crate::metrics::{BINS, Pairing};
use crate::{Certificate, Estimator, Fit, Instance, Problem, Sample, Task};

/// Ordered classes, the last one rare.
#[derive(Clone, Copy, Debug)]
pub struct Ordinal;

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "rare_mse", about: "mean over the training rows of (π̂_K − π_K)², the truth being known"
    },
    Metric {
        name: "binned_mse",
        about: "mean over the test rows of (π̂_K − event rate of its bin)², 10 bins of sorted predictions",
    },
    Metric {
        name: "binned_mse_as_published",
        about: "the same with predictions in row order against the rates of sorted bins, as in the authors' code",
    },
    Metric { name: "brier", about: "Brier score over all classes: mean of Σ_k (π̂_k − 1{y = k})²" },
    Metric { name: "log_score", about: "mean of −log π̂_y (natural; π̂ at least 1e-15)" },
    Metric { name: "rare_brier", about: "Brier score of the rare class: mean of (π̂_K − 1{y = K})²" },
    Metric { name: "rare_log_score", about: "log score of the rare class against all others" },
    Metric {
        name: "calibration_error", about: "mean of |event rate − mean prediction| over 10 bins of π̂_K"
    },
    Metric { name: "mean_prediction", about: "mean of π̂_K" },
    Metric { name: "event_rate", about: "share of the rare class among the rows predicted" },
    Metric {
        name: "predicted",
        about: "mean of π̂_K in a bin of sorted predictions; coordinate: the bin, from 1",
    },
    Metric { name: "observed", about: "event rate in that bin" },
    Metric {
        name: "overprediction", about: "predicted − observed in that bin: 0 where π̂_K is calibrated"
    },
    Metric {
        name: "crossed",
        about: "rows predicted whose cumulative curves cross, so that π̂ had to be mended",
    },
    Metric { name: "crossed_training", about: "the same among the training rows" },
    Metric { name: "lambda", about: "penalty used, on the mean loss and standardised features" },
    Metric { name: "kkt", about: "KKT residual of the penalised problem, domain included" },
    Metric { name: "gradient", about: "largest derivative of the mean loss of an unpenalised fit" },
    Metric { name: "iterations", about: "Newton steps" },
    Metric { name: "rare_rows", about: "training rows of the rare class" },
    Metric { name: "redraws_crossing", about: "draws thrown away because true curves crossed" },
    Metric { name: "redraws_unseen", about: "draws thrown away because a class was not seen" },
];

/// Metrics that are better low.
pub(super) const LOWER: &[&str] = &[
    "rare_mse",
    "binned_mse",
    "binned_mse_as_published",
    "brier",
    "log_score",
    "rare_brier",
    "rare_log_score",
    "calibration_error",
    "crossed",
    "crossed_training",
    "kkt",
    "gradient",
    "iterations",
];

/// Metrics that are better high.
pub(super) const HIGHER: &[&str] = &[];

/// Scores of predictions on rows with known labels.
fn record_scores(fit: &Fit, rows: &Sample, out: &mut Recorder) {
    let events = metrics::events(rows);
    let rare = fit.model.rare(&rows.design);
    if let Some(probabilities) = fit.model.probabilities(&rows.design) {
        out.record("brier", metrics::brier_score(&probabilities, &rows.labels));
        out.record("log_score", metrics::log_score(&probabilities, &rows.labels));
        out.record("crossed", probabilities.crossed as f64);
    }
    out.record("rare_brier", metrics::rare_brier_score(&rare, &events));
    out.record("rare_log_score", metrics::rare_log_score(&rare, &events));
    out.record("mean_prediction", mean(&rare));
    let happened: Vec<f64> = events.iter().map(|e| f64::from(u8::from(*e))).collect();
    out.record("event_rate", mean(&happened));
    let curve = metrics::calibration_curve(&rare, &events, BINS);
    out.record("calibration_error", metrics::expected_calibration_error(&curve));
    for (bin, at) in curve.iter().zip(1..) {
        out.record_at("predicted", f64::from(at), bin.predicted);
        out.record_at("observed", f64::from(at), bin.observed);
        out.record_at("overprediction", f64::from(at), bin.predicted - bin.observed);
    }
}

impl Family for Ordinal {
    type Problem = Problem;
    type Data = Instance;
    type Estimator = Box<dyn Estimator>;

    fn name(&self) -> &'static str {
        "ordinal"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn certificates(&self) -> &'static [&'static str] {
        &["kkt", "gradient"]
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

    fn admit(&self, _: &Problem, _: &Box<dyn Estimator>) -> Result<(), Invalid> {
        Ok(())
    }

    fn inputs(&self, problem: &Problem) -> Vec<(String, String)> {
        problem.inputs().to_vec()
    }

    fn draw(&self, problem: &Problem, streams: &Streams) -> anyhow::Result<Instance> {
        Ok(problem.draw(streams)?)
    }

    fn measure(
        &self,
        _: &Problem,
        data: &Instance,
        estimator: &Box<dyn Estimator>,
        streams: &Streams,
        out: &mut Recorder,
    ) -> anyhow::Result<Outcome> {
        let train = &data.train;
        let fit = out.timed(|| estimator.fit(&Task { sample: train, streams }))?;
        anyhow::ensure!(fit.model.is_finite(), "the estimate is not finite");
        if let Some(truth) = &data.truth {
            let truth = metrics::rare(truth, train.classes);
            out.record("rare_mse", metrics::rare_probability_mse(&fit.model.rare(&train.design), &truth));
        }
        if let Some(test) = &data.test {
            let (rare, events) = (fit.model.rare(&test.design), metrics::events(test));
            out.record("binned_mse", metrics::binned_rare_mse(&rare, &events, Pairing::Matched));
            let published = metrics::binned_rare_mse(&rare, &events, Pairing::AsPublished);
            out.record("binned_mse_as_published", published);
        }
        record_scores(&fit, data.test.as_ref().unwrap_or(train), out);
        out.record("crossed_training", fit.crossed_training as f64);
        if let Some(lambda) = fit.lambda {
            out.record("lambda", lambda);
        }
        match fit.certificate {
            Certificate::Kkt(value) => out.record("kkt", value),
            Certificate::Gradient(value) => out.record("gradient", value),
        }
        out.record("iterations", fit.iterations as f64);
        let rare_rows = metrics::events(train).into_iter().filter(|e| *e).count();
        out.record("rare_rows", rare_rows as f64);
        if data.truth.is_some() {
            out.record("redraws_crossing", data.redraws.crossing as f64);
            out.record("redraws_unseen", data.redraws.unseen as f64);
        }
        Ok(fit.shortfall.map_or(Outcome::Ok, Outcome::NotConverged))
    }
}
