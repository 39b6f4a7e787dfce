//! Your own family of problems: estimating the mean of a skewed distribution from a few numbers.
//!
//! ```sh
//! cargo run --release --example own_family -- run
//! ```

use std::process::ExitCode;

use rand::Rng;
use rand_distr::Exp1;
use remeasure::core::curve::Curve;
use remeasure::core::family::Family;
use remeasure::core::params::{self, Check, Kind};
use remeasure::core::{Invalid, entry, metrics};
use remeasure::harness::registry::Embedded;
use schemars::JsonSchema;
use serde::Deserialize;

metrics! {
    /// Their order is part of the stored format: add new ones at the end.
    METRICS:
    ERROR = Lower, "error", "(x̂ − μ)²";
    BIAS = Neither, "bias", "x̂ − μ";
}

/// Estimating the mean of `n` numbers μ·E, with E exponential with mean 1.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Problem {
    /// Number of drawn numbers, at least 1.
    n: usize,
    /// Their mean μ.
    mean: f64,
}

impl Check for Problem {
    fn check(&self) -> Result<(), Invalid> {
        if self.n == 0 { Err(Invalid::new("n", "expected at least 1, found 0")) } else { Ok(()) }
    }
}

/// An estimator maps numbers to an estimate of their mean.
trait Estimator: Send + Sync {
    fn estimate(&self, numbers: &[f64]) -> f64;
}

/// The mean without the smallest and largest numbers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Trimmed {
    /// Share of numbers left out at each end, from 0 to below ½.
    #[serde(default)]
    share: f64,
}

impl Check for Trimmed {
    fn check(&self) -> Result<(), Invalid> {
        let message = || format!("expected a share from 0 to below 0.5, found {}", self.share);
        if (0.0..0.5).contains(&self.share) { Ok(()) } else { Err(Invalid::new("share", message())) }
    }
}

impl Estimator for Trimmed {
    fn estimate(&self, numbers: &[f64]) -> f64 {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        let out = (self.share * sorted.len() as f64) as usize;
        let kept = &sorted[out..sorted.len() - out];
        kept.iter().sum::<f64>() / kept.len() as f64
    }
}

static MEANS: Family<Problem, Vec<f64>, dyn Estimator> = Family {
    name: "means",
    metrics: METRICS,
    estimators: &[entry!(Trimmed, "trimmed", "trimmed mean")],
    // The arguments are axes of the sweep or keys of the problem, so the curve follows `--set problem.mean=3`.
    curves: &[Curve {
        name: "variance",
        label: "μ²/n",
        source: "variance of the mean of n exponential numbers",
        arguments: &["n", "mean"],
        evaluate: |x| x[1] * x[1] / x[0],
    }],
    study: "",
    problems: || vec![Kind::of::<Problem>("", "exponential numbers")],
    problem: params::read,
    admit: |_, _| Ok(()),
    inputs: |_| &[],
    never: |_| Vec::new(),
    ready: |_| (),
    draw: |problem, streams| {
        let mut stream = streams.stream("numbers");
        Ok((0..problem.n).map(|_| problem.mean * stream.sample::<f64, _>(Exp1)).collect())
    },
    measure: |problem, numbers, estimator, _, out| {
        let difference = out.timed(|| estimator.estimate(numbers)) - problem.mean;
        out.record(ERROR, difference * difference);
        out.record(BIAS, difference);
        Ok(None)
    },
};

fn main() -> ExitCode {
    let file = |file, text| Embedded { paper: "means", file, text, path: "examples/own_family.toml" };
    let paper = "title = \"Means of skewed numbers\"\nread = \"Nothing: this is an example.\"\nfindings = []";
    let config = include_str!("own_family.toml");
    remeasure::main(&[&MEANS], &[file("paper.toml", paper), file("skewed-means.toml", config)])
}
