//! The simulations of Faletto and Bien (2023, "Predicting rare events by shrinking towards
//! proportional odds", ICML): ordered labels from nearly proportional odds.

use rand::Rng;
use rand::distributions::{Distribution, Uniform};
use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::params::{self, Check, Kind};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use super::problem::{DrawError, Instance, Redraws, role};
use super::sample::Sample;

/// Maximum number of draws of slopes and features to get positive true probabilities.
const MOST_CROSSING: usize = 100;

/// Maximum number of draws of features and labels to get all classes.
const MOST_UNSEEN: usize = 1000;

/// Maximum number of entries of a design: 8 GB.
const LARGEST_DESIGN: f64 = 1e9;

/// How the slopes differ between boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Slopes {
    /// `β_1j` is `bound` with probability `q`, else 0. Each difference `β_kj − β_{k−1,j}` is ±`bound`, with
    /// equal probabilities, with probability `q`, else 0.
    SparseDifferences,
    /// `β_1j` and all differences are uniform on (−`bound`, `bound`).
    DenseDifferences,
}

/// A simulation: features uniform on (−1, 1), slopes drawn in each replicate,
/// `logit P(y ≤ k | x) = α_k + xᵀβ_k`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SimulationWire {
    /// Number of rows, at least the number of classes.
    n: usize,
    /// Number of features, at least 1.
    p: usize,
    /// Intercepts of the boundaries, strictly increasing: a list of numbers, or a string of numbers, which a
    /// sweep can use as one value.
    #[schemars(schema_with = "params::list_or_text")]
    intercepts: Value,
    /// How the slopes differ between boundaries.
    design: Slopes,
    /// Probability of a non-zero difference, as a number or a string such as "1/3" (required with
    /// `design = "sparse-differences"`; not otherwise).
    #[serde(default, deserialize_with = "share")]
    #[schemars(schema_with = "params::number_or_text")]
    q: Option<f64>,
    /// Size of the differences, above 0.
    #[serde(default = "default_bound")]
    bound: f64,
}

fn share<'de, D: Deserializer<'de>>(source: D) -> Result<Option<f64>, D::Error> {
    let value = Value::deserialize(source)?;
    let ratio = |text: &str| {
        let (a, b) = text.split_once('/')?;
        Some(a.trim().parse::<f64>().ok()? / b.trim().parse::<f64>().ok()?)
    };
    let number = value.as_float().or(value.as_integer().map(|i| i as f64));
    let read = number.or_else(|| value.as_str().and_then(ratio));
    let expected =
        || D::Error::custom(format!("expected a number or a string such as \"1/3\", found {value}"));
    read.map(Some).ok_or_else(expected)
}

fn default_bound() -> f64 {
    0.5
}

/// A simulation: features uniform on (−1, 1), slopes drawn in each replicate, labels from
/// `logit P(y ≤ k | x) = α_k + xᵀβ_k`.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Number of rows.
    pub n: usize,
    /// Number of features.
    pub p: usize,
    /// Intercepts `α_1 < … < α_{K−1}`, one for each boundary.
    pub intercepts: Vec<f64>,
    /// How the slopes differ between boundaries.
    pub slopes: Slopes,
    /// Probability that a slope or difference is not zero; 1 for dense differences.
    pub q: f64,
    /// Largest absolute value of `β_1j` and of a difference.
    pub bound: f64,
}

impl SimulationWire {
    fn intercepts(&self) -> Result<Vec<f64>, Invalid> {
        let fail = |found: String| {
            let message = format!(
                "expected numbers, a list such as [0, 3, 5] or a string such as \"0 3 5\", found {found}"
            );
            Invalid::new("intercepts", message)
        };
        match &self.intercepts {
            Value::Array(list) => {
                let number = |v: &Value| v.as_float().or(v.as_integer().map(|i| i as f64));
                list.iter().map(|v| number(v).ok_or_else(|| fail(v.to_string()))).collect()
            }
            Value::String(text) => {
                let number = |word: &str| word.parse().map_err(|_| fail(format!("`{word}`")));
                text.split_whitespace().map(number).collect()
            }
            other => Err(fail(other.to_string())),
        }
    }
}

impl Check for SimulationWire {
    fn check(&self) -> Result<(), Invalid> {
        let intercepts = self.intercepts()?;
        if let Some(x) = intercepts.iter().find(|x| !x.is_finite()) {
            return Err(Invalid::new("intercepts", format!("expected finite numbers, found {x}")));
        }
        if intercepts.is_empty() {
            return Err(Invalid::new("intercepts", "expected at least 1 number, one for each boundary"));
        }
        if let Some(pair) = intercepts.windows(2).find(|w| w[0] >= w[1]) {
            let message = format!(
                "expected strictly increasing numbers, found {} before {}: the cumulative \
                 probabilities would cross at x = 0",
                pair[0], pair[1]
            );
            return Err(Invalid::new("intercepts", message));
        }
        let classes = intercepts.len() + 1;
        if self.n < classes {
            let message = format!("expected at least {classes} rows, one for each class, found {}", self.n);
            return Err(Invalid::new("n", message));
        }
        if self.p == 0 {
            return Err(Invalid::new("p", "expected at least 1 feature, found 0"));
        }
        // Use floating point, so that a huge size cannot overflow.
        if self.n as f64 * self.p.max(classes) as f64 > LARGEST_DESIGN {
            let message = format!(
                "{:.3e} rows of {} features and {classes} classes exceed the limit of \
                 {LARGEST_DESIGN:.0e} numbers",
                self.n as f64, self.p
            );
            return Err(Invalid::new("n", message));
        }
        match (self.design, self.q) {
            (Slopes::SparseDifferences, None) => {
                return Err(Invalid::new(
                    "q",
                    "sparse differences need `q`, the probability of a non-zero difference",
                ));
            }
            (Slopes::DenseDifferences, Some(_)) => {
                let message = "only design = \"sparse-differences\" has `q`, the probability of a non-zero difference: remove it";
                return Err(Invalid::new("q", message));
            }
            (_, Some(q)) if !(0.0..=1.0).contains(&q) => {
                return Err(Invalid::new("q", format!("expected a probability between 0 and 1, found {q}")));
            }
            _ => {}
        }
        if !(self.bound > 0.0 && self.bound.is_finite()) {
            return Err(Invalid::new(
                "bound",
                format!("expected a finite number above 0, found {}", self.bound),
            ));
        }
        Ok(())
    }
}

impl Simulation {
    /// The name and keys in configs.
    pub(super) fn kind() -> Kind {
        Kind::of::<SimulationWire>("simulation", "rows drawn from nearly proportional odds; the default")
    }

    /// Reads a `[problem]` table without its `kind`.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(table: Table) -> Result<Self, Invalid> {
        let wire: SimulationWire = params::read(table)?;
        Ok(Self {
            n: wire.n,
            p: wire.p,
            intercepts: wire.intercepts()?,
            slopes: wire.design,
            q: wire.q.unwrap_or(1.0),
            bound: wire.bound,
        })
    }

    /// Draws one replicate.
    ///
    /// Slopes and features are redrawn if a true class probability is negative at some row (at most 100 draws
    /// in total), features and labels if a class is missing (at most 1000).
    pub(super) fn draw(&self, streams: &Streams) -> Result<Instance, DrawError> {
        let classes = self.intercepts.len() + 1;
        let mut redraws = Redraws::default();
        loop {
            let slopes = self.draw_slopes(&mut streams.stream(&role("slopes", redraws.crossing)));
            let again = redraws.crossing + redraws.unseen;
            let design = self.draw_design(&mut streams.stream(&role("design", again)));
            let Some(truth) = class_probabilities(&self.intercepts, &slopes, &design) else {
                redraws.crossing += 1;
                if redraws.crossing == MOST_CROSSING {
                    return Err(DrawError::Crossing { tries: MOST_CROSSING });
                }
                continue;
            };
            let labels = draw_labels(&truth, classes, &mut streams.stream(&role("labels", again)));
            let train = Sample { design, labels, classes };
            if !train.counts().contains(&0) {
                let truth = Some(truth);
                return Ok(Instance { train, truth, model: None, groups: None, test: None, redraws });
            }
            redraws.unseen += 1;
            if redraws.unseen == MOST_UNSEEN {
                return Err(DrawError::Unseen { tries: MOST_UNSEEN });
            }
        }
    }

    /// Slopes `β_1, …, β_{K−1}`, each of length `p`.
    fn draw_slopes(&self, stream: &mut Stream) -> Vec<Vec<f64>> {
        let mut slopes: Vec<Vec<f64>> = Vec::with_capacity(self.intercepts.len());
        for k in 0..self.intercepts.len() {
            let difference = |_| match self.slopes {
                Slopes::DenseDifferences => stream.gen_range(-self.bound..self.bound),
                Slopes::SparseDifferences => {
                    // Always draw both, so that q does not change later draws.
                    let (non_zero, positive) = (stream.gen_bool(self.q), stream.gen_bool(0.5));
                    let signed = if k == 0 || positive { self.bound } else { -self.bound };
                    if non_zero { signed } else { 0.0 }
                }
            };
            let differences: Vec<f64> = (0..self.p).map(difference).collect();
            slopes.push(match slopes.last() {
                Some(before) => before.iter().zip(&differences).map(|(b, d)| b + d).collect(),
                None => differences,
            });
        }
        slopes
    }

    /// Independent features, uniform on (−1, 1), drawn column by column.
    fn draw_design(&self, stream: &mut Stream) -> Design {
        let values = Uniform::new(-1.0, 1.0).sample_iter(stream).take(self.n * self.p).collect();
        Design::from_columns(self.n, self.p, values)
    }
}

/// Class probabilities at every row, row-major `n × (boundaries + 1)`; `None` if the cumulative probabilities
/// cross at some row, so that a probability would be negative.
///
/// `intercepts` and `slopes` hold `α_k` and `β_k` (length `p`) of each boundary.
fn class_probabilities(intercepts: &[f64], slopes: &[Vec<f64>], design: &Design) -> Option<Vec<f64>> {
    let (n, classes) = (design.rows(), intercepts.len() + 1);
    let mut logits = vec![vec![0.0; n]; intercepts.len()];
    for ((column, slope), intercept) in logits.iter_mut().zip(slopes).zip(intercepts) {
        design.mul(slope, column);
        column.iter_mut().for_each(|v| *v += intercept);
    }
    let mut values = Vec::with_capacity(n * classes);
    for i in 0..n {
        let mut below = f64::NEG_INFINITY;
        for column in &logits {
            if column[i] < below {
                return None;
            }
            values.push(between(below, column[i]));
            below = column[i];
        }
        values.push(logistic(-below));
    }
    Some(values)
}

/// `1 / (1 + e^{−x})`, accurate in the lower tail.
fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        (1.0 + (-x).exp()).recip()
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// `logistic(b) − logistic(a)` for `a ≤ b`, computed in the tail with little cancellation.
fn between(a: f64, b: f64) -> f64 {
    if a > 0.0 { logistic(-a) - logistic(-b) } else { logistic(b) - logistic(a) }
}

/// One label for each row of class probabilities, by inversion of one uniform number each.
pub(super) fn draw_labels(probabilities: &[f64], classes: usize, stream: &mut Stream) -> Vec<usize> {
    let label = |row: &[f64]| {
        let mut left: f64 = stream.r#gen();
        let at = row[..classes - 1].iter().position(|p| {
            left -= p;
            left < 0.0
        });
        at.unwrap_or(classes - 1)
    };
    probabilities.chunks_exact(classes).map(label).collect()
}

#[cfg(test)]
mod tests;
