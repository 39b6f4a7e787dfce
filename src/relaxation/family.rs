//! The relaxation family as the harness sees it: what is drawn, chosen and measured.

use remeasure_core::Invalid;
use remeasure_core::family::Outcome;
use remeasure_core::family::{Better, Family, Kind, Metric, Recorder};
use remeasure_core::stream::Streams;
use toml::Table;

use crate::estimators::ENTRIES;
use crate::{Estimator, Fit, Problem, Sequence, Task, regret, theory};

/// Sequences of linear systems whose solver has a parameter to choose.
#[derive(Clone, Copy, Debug)]
pub struct Relaxation;

pub(super) const METRICS: &[Metric] = &[
    Metric { name: "total_iterations", about: "iterations of all solves of the sequence" },
    Metric { name: "mean_iterations", about: "iterations a system; at a coordinate t, of the first t" },
    Metric {
        name: "iterations_near",
        about: "iterations a system, of the fiftieth of the sequence that ends at t",
    },
    Metric { name: "omega_near", about: "mean ω of the fiftieth of the sequence that ends at t" },
    Metric { name: "mean_omega", about: "mean ω of the sequence" },
    Metric { name: "mean_at_omega", about: "best-fixed: iterations a system under each ω of the grid" },
    Metric {
        name: "over_best_fixed",
        about: "total_iterations / those of the best fixed ω of the grid in hindsight",
    },
    Metric { name: "over_optimal", about: "total_iterations / those of each system's ω* (SOR)" },
    Metric { name: "over_oracle", about: "total_iterations / those of each system's best ω of the grid" },
    Metric {
        name: "regret_best_fixed",
        about: "total_iterations − those of the ω of the grid that is best for the systems so far",
    },
    Metric { name: "regret_optimal", about: "total_iterations − those of each system's ω* (SOR)" },
    Metric {
        name: "exponent_best_fixed",
        about: "slope of log regret_best_fixed on log t over the last decade, where it is above 0",
    },
    Metric { name: "exponent_optimal", about: "the same of regret_optimal" },
    Metric {
        name: "asymptotic",
        about: "mean of 1 + ln ε / ln ρ at the ω chosen: the asymptotic estimate (SOR)",
    },
    Metric { name: "capped", about: "solves given up at the cap" },
    Metric { name: "improper", about: "rounds in which a bandit's probabilities did not sum to one" },
];

/// Metrics that are better low.
pub(super) const LOWER: &[&str] = &[
    "total_iterations",
    "mean_iterations",
    "iterations_near",
    "mean_at_omega",
    "over_best_fixed",
    "over_optimal",
    "over_oracle",
    "regret_best_fixed",
    "regret_optimal",
    "exponent_best_fixed",
    "exponent_optimal",
    "capped",
    "improper",
];

/// Metrics that are better high.
pub(super) const HIGHER: &[&str] = &[];

/// Parts of the sequence that `iterations_near` and `omega_near` are means of.
const PARTS: usize = 50;

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// What the whole grid, known afterwards, says of a fit.
fn record_regret(data: &Sequence, fit: &Fit, out: &mut Recorder) {
    let marks = regret::marks(data.steps());
    let sums = regret::sums(&fit.counts, &marks);
    let total = sums[sums.len() - 1];
    out.record("total_iterations", total);
    out.record("mean_iterations", total / data.steps() as f64);
    for (t, sum) in marks.iter().zip(&sums) {
        out.record_at("mean_iterations", *t as f64, sum / *t as f64);
    }
    let oracle: u64 =
        (0..data.steps()).map(|t| u64::from(data.table.step(t).iter().copied().min().unwrap_or(0))).sum();
    if oracle > 0 {
        out.record("over_oracle", total / oracle as f64);
    }
    let optimal = data.optimal.as_ref().map(|o| regret::sums(&o.counts, &marks));
    let references =
        [(Some(regret::best_fixed_sums(&data.table, &marks)), "best_fixed"), (optimal, "optimal")];
    for (reference, name) in references {
        let Some(reference) = reference else { continue };
        let regret: Vec<f64> = sums.iter().zip(&reference).map(|(a, b)| a - b).collect();
        let metric = format!("regret_{name}");
        for (t, r) in marks.iter().zip(&regret) {
            out.record_at(&metric, *t as f64, *r);
        }
        out.record(&metric, regret[regret.len() - 1]);
        if reference[reference.len() - 1] > 0.0 {
            out.record(&format!("over_{name}"), total / reference[reference.len() - 1]);
        }
        if let Some(exponent) = regret::exponent(&marks, &regret) {
            out.record(&format!("exponent_{name}"), exponent);
        }
    }
}

/// How the choices move along the sequence.
fn record_parts(data: &Sequence, fit: &Fit, out: &mut Recorder) {
    let steps = data.steps();
    let parts = PARTS.min(steps);
    for part in 0..parts {
        let (from, to) = (part * steps / parts, (part + 1) * steps / parts);
        let counts = &fit.counts[from..to];
        out.record_at("iterations_near", to as f64, mean(counts.iter().map(|c| f64::from(*c))));
        if let Some(omegas) = &fit.omegas {
            out.record_at("omega_near", to as f64, mean(omegas[from..to].iter().copied()));
        }
    }
}

impl Family for Relaxation {
    type Problem = Problem;
    type Data = Sequence;
    type Estimator = Box<dyn Estimator>;

    fn name(&self) -> &'static str {
        "relaxation"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
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

    fn draw(&self, problem: &Problem, streams: &Streams) -> anyhow::Result<Sequence> {
        problem.draw(streams)
    }

    /// The seconds are those of the decisions: what a policy chooses among has been solved already, for all of them.
    fn measure(
        &self,
        _: &Problem,
        data: &Sequence,
        estimator: &Box<dyn Estimator>,
        streams: &Streams,
        out: &mut Recorder,
    ) -> anyhow::Result<Outcome> {
        let fit = out.timed(|| estimator.fit(Task { sequence: data, streams }))?;
        anyhow::ensure!(fit.counts.len() == data.steps(), "the policy stopped before the sequence ended");
        record_regret(data, &fit, out);
        record_parts(data, &fit, out);
        for (omega, mean) in &fit.profile {
            out.record_at("mean_at_omega", *omega, *mean);
        }
        if let Some(omegas) = &fit.omegas {
            out.record("mean_omega", mean(omegas.iter().copied()));
            if let Some(systems) = &data.systems {
                let estimate = |(omega, offset): (&f64, &f64)| {
                    let radius = theory::sor_radius(*omega, systems.laplacian().jacobi_radius(*offset));
                    theory::iterations(data.stopping.tolerance, radius, 0.0)
                };
                let asymptotic = mean(omegas.iter().zip(systems.offsets()).map(estimate));
                if asymptotic.is_finite() {
                    out.record("asymptotic", asymptotic);
                }
            }
        }
        let capped = fit.counts.iter().filter(|c| **c >= data.stopping.cap).count();
        out.record("capped", capped as f64);
        if let Some(improper) = fit.improper {
            out.record("improper", improper as f64);
        }
        Ok(match capped {
            0 => Outcome::Ok,
            _ => Outcome::NotConverged(format!(
                "{capped} of {} solves were given up at {} iterations",
                data.steps(),
                data.stopping.cap
            )),
        })
    }
}
