//! Designs found on a model of given designs.

use rand::Rng;
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Method};
use crate::checks::{check_positive, check_size};
use crate::estimator::{Found, Offline};
use crate::offline::{Combine, Designs, Dual, Flat, Training, ascend, evolve};

pub(super) const SURROGATE: Entry = entry!(
    Method::Offline,
    OnSurrogate,
    "surrogate",
    "a network of the given designs, searched for better ones"
);
pub(super) const BEST: Entry =
    entry!(Method::Offline, Best, "best-designs", "the best given designs themselves: the trivial answer");
pub(super) const ORACLE: Entry = entry!(
    Method::Offline,
    Oracle,
    "oracle-random",
    "uniform points that are evaluated: a yardstick that may ask"
);

/// Designs that a method ends with: as many as the authors report.
const DESIGNS: usize = 128;

/// The regulariser that lowers the norm of the gradient of the mean prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Regulariser {
    /// None.
    #[default]
    None,
    /// IGNITE: λ is a dual variable from .001, η = .001, ε = .1, ρ = r = .05. It may turn negative, as published.
    Ignite,
    /// The same with λ kept at least 0.
    IgniteClipped,
    /// IGNITE-2: λ is fixed, at .01 if not given, ρ = r = .2.
    Ignite2,
}

/// How the network is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Way {
    /// 200 steps of gradient ascent of size .01·√d from each of the 128 best given designs.
    #[default]
    Ascent,
    /// 200 generations of CMA-ES from the best given design, first standard deviation .5; the 128 points with the largest
    /// predictions (ours).
    CmaEs,
}

/// A network with two hidden layers (leaky ReLU, slope .3), ½ squared error and Adam, in single precision; in standardised
/// units.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OnSurrogate {
    /// The regulariser.
    #[serde(default)]
    regulariser: Regulariser,
    /// λ of IGNITE-2, at least 0.
    lambda: Option<f64>,
    /// What is added to the gradient, times all weights and biases; at least 0.
    #[serde(default)]
    weight_decay: f64,
    /// Units of each hidden layer.
    #[serde(default = "units")]
    units: usize,
    /// Passes over the training designs.
    #[serde(default = "epochs")]
    epochs: usize,
    /// Learning rate of Adam, above 0.
    #[serde(default = "rate")]
    rate: f64,
    /// Networks, each from its own first weights.
    #[serde(default = "one")]
    ensemble: usize,
    /// How their predictions are combined.
    #[serde(default)]
    combine: Combine,
    /// How the network is searched.
    #[serde(default)]
    search: Way,
}

fn units() -> usize {
    64
}

fn epochs() -> usize {
    60
}

fn rate() -> f64 {
    1e-3
}

fn one() -> usize {
    1
}

/// The 128 best given designs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Best {}

/// 128 uniform points of the box.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Oracle {}

impl Check for OnSurrogate {
    fn check(&self) -> Result<(), Invalid> {
        check_size("units", 1, 4096, self.units)?;
        check_size("epochs", 1, 10_000, self.epochs)?;
        check_size("ensemble", 1, 100, self.ensemble)?;
        check_positive("rate", self.rate)?;
        for (key, value) in [("weight_decay", Some(self.weight_decay)), ("lambda", self.lambda)] {
            if let Some(value) = value.filter(|v| !(*v >= 0.0 && v.is_finite())) {
                return Err(Invalid::new(
                    key,
                    format!("expected a finite number of at least 0, found {value}"),
                ));
            }
        }
        if self.lambda.is_some() && self.regulariser != Regulariser::Ignite2 {
            return Err(Invalid::new("lambda", "is fixed only with regulariser = \"ignite2\""));
        }
        Ok(())
    }
}

impl Check for Best {}

impl Check for Oracle {}

impl OnSurrogate {
    fn flat(&self) -> Option<Flat> {
        let dual = |clip| Some(Dual { rate: 1e-3, threshold: 0.1, clip });
        let ignite = |clip| Some(Flat { lambda: 1e-3, rho: 0.05, step: 0.05, dual: dual(clip) });
        match self.regulariser {
            Regulariser::None => None,
            Regulariser::Ignite => ignite(false),
            Regulariser::IgniteClipped => ignite(true),
            Regulariser::Ignite2 => {
                Some(Flat { lambda: self.lambda.unwrap_or(0.01), rho: 0.2, step: 0.2, dual: None })
            }
        }
    }
}

impl Offline for OnSurrogate {
    fn find(&self, designs: &Designs, streams: &Streams) -> anyhow::Result<Found> {
        let training = Training {
            units: self.units,
            epochs: self.epochs,
            batch: 128,
            rate: self.rate,
            flat: self.flat(),
            decay: self.weight_decay,
        };
        // All regularisers begin with the same weights and see the same batches.
        let train = |k: usize| training.run(designs, &mut streams.stream(&format!("network {k}")));
        let ensemble = (0..self.ensemble).map(train).collect::<anyhow::Result<Vec<_>>>()?;
        let d = designs.dimension();
        let points = match self.search {
            Way::Ascent => {
                let mut points = designs.best(DESIGNS);
                ascend(&ensemble, self.combine, &mut points, 200, 0.01 * (d as f64).sqrt());
                points
            }
            Way::CmaEs => {
                let mut stream = streams.stream("cma-es");
                evolve(&ensemble, self.combine, &designs.best(1), (200, 0.5), DESIGNS, &mut stream)?
            }
        };
        let predicted = self.combine.predict(&ensemble, &points);
        let held_out = self.combine.predict(&ensemble, &designs.held_out);
        Ok(Found { points, predicted: Some(predicted), held_out: Some(held_out), ensemble })
    }
}

impl Offline for Best {
    fn find(&self, designs: &Designs, _: &Streams) -> anyhow::Result<Found> {
        Ok(Found { points: designs.best(DESIGNS), predicted: None, held_out: None, ensemble: Vec::new() })
    }
}

impl Offline for Oracle {
    fn find(&self, designs: &Designs, streams: &Streams) -> anyhow::Result<Found> {
        let mut stream = streams.stream("oracle");
        let mut points = Vec::with_capacity(DESIGNS * designs.dimension());
        for _ in 0..DESIGNS {
            let u: Vec<f64> = (0..designs.dimension()).map(|_| stream.r#gen()).collect();
            points.extend(designs.standardised(&u));
        }
        Ok(Found { points, predicted: None, held_out: None, ensemble: Vec::new() })
    }
}
