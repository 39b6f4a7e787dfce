//! Values and dropouts of the simulated expression levels (Dai et al., arXiv 2403.15500, authors' code).

use anyhow::ensure;
use rand::Rng;
use rand::distributions::Distribution;
use rand_distr::{Poisson, StandardNormal};
use remeasure_core::numerics::kernels::elementary;
use remeasure_core::numerics::{Design, Standard, kernels, statistics};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::dag::Dag;
use crate::generate;

/// Attempts to draw a Poisson variable that is not nearly constant.
const ATTEMPTS: usize = 1000;

/// How the true expression levels come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Values {
    /// Linear with Gaussian noise, so that levels can be negative: weights ±U(¼, 1), noise N(m, s²) with m ~ U(−1, 1) and
    /// s ~ U(1, 2) for each variable.
    #[default]
    Gaussian,
    /// The same, each variable standardised, then its exponential.
    Lognormal,
    /// Counts with mean exp(Σ w·parent + γ) + ½, weights U(−1, −0.3) and γ ~ U(1, 3).
    Poisson,
}

/// Which values are replaced by 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dropout {
    /// None: the true levels, or your own data as they are.
    #[default]
    None,
    /// At random: each value with the probability of its variable, U(0.4, 0.7) for Gaussian levels, else U(0.3, 0.6).
    Car,
    /// Those up to a quantile of the variable, of order U(0.2, 0.5) for Gaussian levels, else U(0.2, 0.4).
    Truncated,
    /// Each value `z` with probability 1/(1 + exp(−a − bz)): a = −½, b = −1½ for Gaussian levels, else ½ and −½.
    Logistic,
}

impl Dropout {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::None, Self::Car, Self::Truncated, Self::Logistic];
}

/// Draws the true levels of `n` rows.
///
/// # Errors
/// A Poisson variable stays nearly constant.
pub(super) fn levels(values: Values, dag: &Dag, n: usize, streams: &Streams) -> anyhow::Result<Design> {
    let d = dag.nodes();
    let mut data = Design::from_columns(n, d, vec![0.0; n * d]);
    let (mut weights, mut noise) = (streams.stream("weights"), streams.stream("noise"));
    let mut column = vec![0.0; n];
    for &j in dag.order() {
        column.fill(0.0);
        for i in dag.parents(j) {
            let weight = match values {
                Values::Poisson => weights.gen_range(-1.0..-0.3),
                Values::Gaussian | Values::Lognormal => generate::signed_uniform(0.25, 1.0, &mut weights),
            };
            kernels::axpy(weight, data.column(i), &mut column);
        }
        if values == Values::Poisson {
            counts(&mut column, &mut noise)?;
        } else {
            let (mean, deviation) = (noise.gen_range(-1.0..1.0), noise.gen_range(1.0..2.0));
            for value in &mut column {
                let draw: f64 = noise.sample(StandardNormal);
                *value += mean + deviation * draw;
            }
        }
        data.column_mut(j).copy_from_slice(&column);
    }
    if values == Values::Lognormal {
        for j in 0..d {
            let column = data.column_mut(j);
            let standard = Standard::of_slice(column);
            column.iter_mut().for_each(|v| *v = elementary::exp(standard.apply(*v)));
        }
    }
    Ok(data)
}

/// Turns the sums of the parents into counts whose variance is above 0.1.
fn counts(column: &mut [f64], stream: &mut Stream) -> anyhow::Result<()> {
    for _ in 0..ATTEMPTS {
        let gamma = stream.gen_range(1.0..3.0);
        let mut drawn = Vec::with_capacity(column.len());
        for sum in column.iter() {
            drawn.push(Poisson::new(elementary::exp(sum + gamma) + 0.5)?.sample(stream));
        }
        let mean = statistics::mean(&drawn);
        let variance = drawn.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
        if variance > 0.1 {
            column.copy_from_slice(&drawn);
            return Ok(());
        }
    }
    anyhow::bail!("a Poisson variable stayed nearly constant in {ATTEMPTS} attempts: raise n")
}

/// The levels with zeros in the place of what dropped out.
///
/// # Errors
/// A level is not a finite number.
pub(super) fn dropped(
    dropout: Dropout,
    values: Values,
    levels: &Design,
    streams: &Streams,
) -> anyhow::Result<Design> {
    let mut data = levels.clone();
    let gaussian = values == Values::Gaussian;
    let mut stream = streams.stream(match dropout {
        Dropout::None => return Ok(data),
        Dropout::Car => "car",
        Dropout::Truncated => "truncated",
        Dropout::Logistic => "logistic",
    });
    let mut uniform = |low: f64, high: f64| stream.gen_range(low..high);
    let mut sorted = Vec::new();
    for j in 0..levels.columns() {
        let column = data.column_mut(j);
        ensure!(column.iter().all(|v| v.is_finite()), "a level is not a finite number");
        match dropout {
            Dropout::None => {}
            Dropout::Car => {
                let share = if gaussian { uniform(0.4, 0.7) } else { uniform(0.3, 0.6) };
                column.iter_mut().for_each(|v| *v = if uniform(0.0, 1.0) < share { 0.0 } else { *v });
            }
            Dropout::Truncated => {
                let order = uniform(0.2, if gaussian { 0.5 } else { 0.4 });
                sorted.clear();
                sorted.extend_from_slice(column);
                sorted.sort_by(f64::total_cmp);
                let least = statistics::quantile(&sorted, order);
                column.iter_mut().for_each(|v| *v = if *v > least { *v } else { 0.0 });
            }
            Dropout::Logistic => {
                let (a, b) = if gaussian { (-0.5, -1.5) } else { (0.5, -0.5) };
                for value in column.iter_mut() {
                    let share = 1.0 / (1.0 + elementary::exp(-(a + b * *value)));
                    *value = if uniform(0.0, 1.0) < share { 0.0 } else { *value };
                }
            }
        }
    }
    Ok(data)
}
