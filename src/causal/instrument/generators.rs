//! Drawn problems with an invalid instrument.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::params::{Check, Kind};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use super::algebra::expit;
use super::robust::Nuisances;
use super::{Hidden, Observed, Shape};

/// Number of rows that a drawn problem may have.
const ROWS: std::ops::RangeInclusive<usize> = 50..=1_000_000;

fn check_rows(n: usize) -> Result<(), Invalid> {
    if !ROWS.contains(&n) {
        return Err(Invalid::new("n", format!("expected between 50 and 1000000 rows, found {n}")));
    }
    Ok(())
}

fn a_tenth() -> f64 {
    0.1
}

fn half() -> f64 {
    0.5
}

/// A binary treatment with an instrument that changes the outcome directly, and a confounder.
///
/// `X ~ U(−1, 1)²`, `P(Z = 1 | X) = expit((X₁ − X₂)/2)`, `U ~ U(−.1, .1)`, `A ~ Bernoulli(p_Z(X) + U)` with
/// `p₁ = .5 + slope · X₂` and `p₀ = .12 + .02 X₁`, and
/// `Y = direct · Z + (1 + X₁/2) A + X₁ − X₂/2 + 10 U + N(0, 1)`. The average effect is 1. The conditions hold by
/// construction: `cov(A, U | Z, X) = var(U)` for every `Z` and `X`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Direct {
    /// Number of rows, from 50 to 1,000,000.
    pub n: usize,
    /// How the probability of treatment depends on the second covariate where Z = 1, from 0 to 0.35.
    #[serde(default = "a_tenth")]
    pub slope: f64,
    /// Direct effect of the instrument on the outcome, from −10 to 10; 0 for a valid instrument.
    #[serde(default = "half")]
    pub direct: f64,
}

impl Check for Direct {
    fn check(&self) -> Result<(), Invalid> {
        check_rows(self.n)?;
        if !(0.0..=0.35).contains(&self.slope) {
            let message = format!("expected a number from 0 to 0.35, found {}", self.slope);
            return Err(Invalid::new("slope", message));
        }
        if !(-10.0..=10.0).contains(&self.direct) {
            let message = format!("expected a number from −10 to 10, found {}", self.direct);
            return Err(Invalid::new("direct", message));
        }
        Ok(())
    }
}

/// Functions of the covariates that define [`Direct`].
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    /// `P(Z = 1 | X)`.
    pub pi: f64,
    /// `P(A = 1 | z, X)`.
    pub p: [f64; 2],
    /// `E(Y | z, X)`.
    pub m: [f64; 2],
    /// `β(X)`.
    pub beta: f64,
}

impl Direct {
    /// Average effect.
    pub const EFFECT: f64 = 1.0;

    /// `η = cov(A, 10 U | Z, X) = 10 · .2²/12`.
    pub const ETA: f64 = 10.0 * 0.04 / 12.0;

    /// Its kind of problem.
    #[must_use]
    pub fn kind() -> Kind {
        Kind::of::<Self>(
            "invalid-instrument",
            "a treatment with an instrument that changes the outcome directly",
        )
    }

    /// What estimators must know of it.
    pub const SHAPE: Shape =
        Shape { covariates: 2, instruments: 1, binary: true, confounder: true, nuisances: true };

    /// The functions at `X = (x1, x2)`.
    #[must_use]
    pub fn truth(&self, x1: f64, x2: f64) -> Truth {
        let p = [0.12 + 0.02 * x1, 0.5 + self.slope * x2];
        let beta = 1.0 + 0.5 * x1;
        let m = [0.0, self.direct].map(|direct| direct + x1 - 0.5 * x2);
        Truth { pi: expit(0.5 * x1 - 0.5 * x2), p, m: [m[0] + beta * p[0], m[1] + beta * p[1]], beta }
    }

    /// Draws one replicate.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Observed {
        let n = self.n;
        let mut stream = streams.stream("data");
        let mut x = Design::from_columns(n, 2, vec![0.0; 2 * n]);
        let [mut z, mut a, mut y, mut u] = [(); 4].map(|()| vec![0.0; n]);
        let mut effects = vec![0.0; n];
        let mut known = Nuisances::zeros(n);
        for i in 0..n {
            let (x1, x2) = (stream.gen_range(-1.0..1.0), stream.gen_range(-1.0..1.0));
            let truth = self.truth(x1, x2);
            let arm = usize::from(stream.gen_range(0.0..1.0) < truth.pi);
            u[i] = stream.gen_range(-0.1..0.1);
            z[i] = arm as f64;
            a[i] = bernoulli(truth.p[arm] + u[i], &mut stream);
            let noise: f64 = stream.sample(StandardNormal);
            y[i] = self.direct * z[i] + truth.beta * a[i] + x1 - 0.5 * x2 + 10.0 * u[i] + noise;
            (x.column_mut(0)[i], x.column_mut(1)[i]) = (x1, x2);
            (known.pi[i], known.p[0][i], known.p[1][i]) = (truth.pi, truth.p[0], truth.p[1]);
            (known.m[i], known.inner[i], effects[i]) = (truth.m[arm], truth.p[arm], truth.beta);
        }
        let mut data = Observed::new(x, Design::from_columns(n, 1, z), a, y);
        data.hidden =
            Some(Hidden { confounder: u, nuisances: Some(known), effects: Some((effects, Self::ETA)) });
        data
    }
}

fn bernoulli(probability: f64, stream: &mut Stream) -> f64 {
    f64::from(u8::from(stream.gen_range(0.0..1.0) < probability))
}

/// The treatment of [`Many`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// 0 or 1.
    Binary,
    /// A number.
    Continuous,
}

/// Ten instruments that change the outcome directly: the example of the package MR-GENIUS.
///
/// `G_j = 1{N(0, 1) > 0}`. Binary: `U = Σ φG + T` with `T` normal with mean .35 and standard deviation 1, truncated to
/// `[.2, .5]`, `A ~ Bernoulli(expit(Σ γG) + T − .35)`, `Y = Σ αG + A + U + N(0, 1)`, `φ = −.02`, `γ = −.15`,
/// `α = −.5`. Continuous: `U = Σ φG + N(0, 1)`, `A = Σ γG + U + |1 + Σ G/2| N(0, 1)`, the same `Y`, `φ = −.5`,
/// `γ = −2`, `α = −.5`. The effect is 1.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// Number of rows, from 50 to 1,000,000.
    pub n: usize,
    /// Whether the treatment is 0 or 1, or a number.
    pub exposure: Exposure,
}

impl Check for Many {
    fn check(&self) -> Result<(), Invalid> {
        check_rows(self.n)
    }
}

/// Number of instruments of [`Many`].
const INSTRUMENTS: usize = 10;

impl Many {
    /// Its kind of problem.
    #[must_use]
    pub fn kind() -> Kind {
        Kind::of::<Self>("many-instruments", "ten invalid instruments, the example of the package MR-GENIUS")
    }

    /// What estimators must know of it.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape {
            covariates: 0,
            instruments: INSTRUMENTS,
            binary: self.exposure == Exposure::Binary,
            confounder: true,
            nuisances: false,
        }
    }

    /// Draws one replicate.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Observed {
        let n = self.n;
        let mut stream = streams.stream("data");
        let mut z = Design::from_columns(n, INSTRUMENTS, vec![0.0; n * INSTRUMENTS]);
        let [mut a, mut y, mut u] = [(); 3].map(|()| vec![0.0; n]);
        for i in 0..n {
            let mut sum = 0.0;
            for j in 0..INSTRUMENTS {
                let draw: f64 = stream.sample(StandardNormal);
                let value = f64::from(u8::from(draw > 0.0));
                z.column_mut(j)[i] = value;
                sum += value;
            }
            (u[i], a[i]) = match self.exposure {
                Exposure::Binary => {
                    let part = truncated(&mut stream);
                    (part - 0.02 * sum, bernoulli(expit(-0.15 * sum) + part - 0.35, &mut stream))
                }
                Exposure::Continuous => {
                    let part: f64 = stream.sample(StandardNormal);
                    let noise: f64 = stream.sample(StandardNormal);
                    let u = part - 0.5 * sum;
                    (u, u - 2.0 * sum + (1.0 + 0.5 * sum) * noise)
                }
            };
            let noise: f64 = stream.sample(StandardNormal);
            y[i] = -0.5 * sum + a[i] + u[i] + noise;
        }
        let mut data = Observed::new(Design::from_columns(n, 0, Vec::new()), z, a, y);
        data.hidden = Some(Hidden { confounder: u, nuisances: None, effects: None });
        data
    }
}

/// A normal number with mean .35 and standard deviation 1, given that it lies in `[.2, .5]`, by rejection.
fn truncated(stream: &mut Stream) -> f64 {
    loop {
        let value = stream.gen_range(0.2..0.5);
        let distance: f64 = value - 0.35;
        if stream.gen_range(0.0..1.0) < (-0.5 * distance * distance).exp() {
            return value;
        }
    }
}
