//! Expectation truncation: expectation maximisation over the states that can matter (Lücke and Eggert 2010), as the library
//! ProSper does it (Exarchakis et al., arXiv 1908.06843).
//!
//! A state says which of the `H` causes are active. For each datum only these states are looked at: no cause, each cause
//! alone, and all sets of 2 to `γ` of its `H′` candidates. With `H′ = γ = H` these are all states, and the step is exact.
//! Annealing divides the log-likelihood by a temperature, and lets the step forget those data that, by the prior, have more
//! than `γ` causes: the ones with the least evidence.
//!
//! [`Linear`] is for atoms that add, [`Maximal`] for atoms of which the largest wins, [`Slab`] for the spike-and-slab model.

mod choice;
mod least_squares;
mod linear;
mod maximal;
mod schedule;
mod slab;
mod states;
mod table;
mod weights;

use remeasure_core::numerics::Design;

pub use linear::{Kind, Linear};
pub(crate) use maximal::MOST_UNITS;
pub use maximal::{Maximal, Singletons};
pub use schedule::{Anneal, Schedule};
pub(crate) use slab::MOST_CAUSES;
pub use slab::Slab;
pub use states::{MOST_STATES, local_states, truncation};

/// What is learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// The atoms `W`, `D × H`.
    pub dictionary: Design,
    /// Probability `π` that a cause is active.
    pub prior: f64,
    /// Standard deviation `σ` of the noise.
    pub sigma: f64,
    /// Shares of the values of an active cause, of sum 1; empty in the spike-and-slab model.
    pub shares: Vec<f64>,
    /// Means of the active causes in the spike-and-slab model, whose variances are 1; else empty.
    pub means: Vec<f64>,
}

/// What a step says about the parameters that it began with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Mean over the data of `log Σ_s p(y, s)` over the states looked at, at temperature 1: a lower bound of the
    /// log-likelihood. At other temperatures, without meaning.
    pub likelihood: f64,
    /// Number of data that the step was fitted to.
    pub kept: usize,
}

/// A model with its data and memory, of which a step allocates nothing.
pub trait Learner {
    /// One step of expectation and maximisation.
    ///
    /// # Errors
    /// A parameter is no longer finite.
    fn step(&mut self, parameters: &mut Parameters, anneal: Anneal) -> anyhow::Result<Step>;
}

/// Sizes that all models share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truncation {
    /// `H′`: causes that may be active together with others.
    pub candidates: usize,
    /// `γ`: most causes of a state.
    pub causes: usize,
}

/// How data are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ranking {
    /// By the sum of the exponentials as they are: where all of them are below the least number, the datum ties with all
    /// others of its kind, and ties are kept.
    AsPublished,
    /// By the logarithm of the sum, computed without underflow.
    #[default]
    Corrected,
}

impl Ranking {
    /// What a datum is ranked by, from the logarithm of the sum.
    fn of(self, log_sum: f64) -> f64 {
        /// Logarithm of half the least number above 0.
        const UNDERFLOW: f64 = -745.133_219_101_941_1;
        if self == Self::AsPublished && log_sum < UNDERFLOW { f64::NEG_INFINITY } else { log_sum }
    }
}

/// `log` of the part of `p(y, s)` that does not depend on the state, without the temperature.
fn constant(pixels: usize, units: usize, prior: f64, sigma: f64) -> f64 {
    let noise = (2.0 * std::f64::consts::PI * sigma * sigma).ln();
    units as f64 * (1.0 - prior).ln() - 0.5 * pixels as f64 * noise
}

/// Least variance of the noise, as a share of the mean square of the data, and least distance of `π` from 0 and 1.
const LEAST: f64 = 1e-12;

/// The new `π` and `σ`, of causes and squared errors summed over the `kept` data, with `π` corrected for the states that
/// are left out.
fn update(parameters: &mut Parameters, (causes, squares): (f64, f64), kept: usize, gamma: usize, scale: f64) {
    let Parameters { dictionary, prior, sigma, .. } = parameters;
    let (a, b) = truncation(dictionary.columns(), gamma, *prior);
    *prior = (*prior * a / b * causes / kept as f64).clamp(LEAST, 1.0 - LEAST);
    let variance = squares / (dictionary.rows() * kept) as f64;
    *sigma = variance.max(LEAST * scale).sqrt();
}

/// Mean square of all numbers of the data.
fn mean_square(y: &Design) -> f64 {
    remeasure_core::numerics::kernels::squared_norm(y.as_slice()) / y.as_slice().len() as f64
}
