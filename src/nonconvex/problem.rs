//! `[problem]` of the nonconvex family, and the data of a replicate.

mod regression;
mod screening;

use remeasure_core::Invalid;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use toml::Table;

pub use regression::{Penalty, Regression, Response, Rows, Sample, Scaling};
pub use screening::{Features, Measure, Screening, Signal};

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// A regression with groups of nonzero coefficients.
    Regression(Regression),
    /// Features of which few are relevant.
    Screening(Screening),
}

/// The data of a replicate.
pub enum Data {
    /// Of a regression.
    Regression(Box<Sample>),
    /// Of a screening problem.
    Screening(Features),
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Kind::of::<Regression>(
                "regression",
                "autoregressive features, groups of nonzero coefficients; the default",
            ),
            Kind::of::<Screening>("screening", "features with a common factor, of which few are relevant"),
        ]
    }

    /// Reads a `[problem]` table; `kind` is `"regression"` (default) or `"screening"`.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        let kind = table.remove("kind");
        match kind.as_ref().map(|k| k.as_str().unwrap_or("")) {
            None | Some("regression") => Ok(Self::Regression(params::read(table)?)),
            Some("screening") => Ok(Self::Screening(params::read(table)?)),
            Some(_) => Err(Invalid::new("kind", "expected \"regression\" or \"screening\"")),
        }
    }

    /// Draws one replicate.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Data {
        match self {
            Self::Regression(problem) => Data::Regression(Box::new(problem.draw(streams))),
            Self::Screening(problem) => Data::Screening(problem.draw(streams)),
        }
    }
}

/// Refuses a number outside an interval; NaN too.
pub(crate) fn check_range(key: &str, value: f64, inside: bool, expected: &str) -> Result<(), Invalid> {
    if inside && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected {expected}, found {value}")))
}

/// Subtracts the mean and divides by the root of the sum of squares over `divisor`; a constant becomes 0. Returns mean and
/// scale.
pub(crate) fn standardise(values: &mut [f64], divisor: f64) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let scale = (square / divisor).sqrt();
    let factor = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    values.iter_mut().for_each(|v| *v = (*v - mean) * factor);
    (mean, scale)
}

/// `eˣ/(1 + eˣ)`.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + remeasure_core::numerics::kernels::elementary::exp(-x))
}
