//! Laws of the noise, each with a given variance.

use rand::Rng;
use rand_distr::{Exp1, Open01, StandardNormal};
use remeasure_core::stream::Stream;
use schemars::JsonSchema;
use serde::Deserialize;

/// The law of the noise. Means are not 0 throughout, but the data are centred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// Normal.
    #[default]
    Gaussian,
    /// Exponential.
    Exponential,
    /// Laplace.
    Laplace,
    /// Gumbel.
    Gumbel,
}

impl Law {
    /// A number with this variance.
    #[must_use]
    pub fn draw(self, variance: f64, stream: &mut Stream) -> f64 {
        let sd = variance.sqrt();
        match self {
            Self::Gaussian => sd * stream.sample::<f64, _>(StandardNormal),
            Self::Exponential => sd * stream.sample::<f64, _>(Exp1),
            Self::Laplace => {
                let size: f64 = stream.sample(Exp1);
                let signed = if stream.r#gen() { size } else { -size };
                signed * (variance / 2.0).sqrt()
            }
            Self::Gumbel => {
                let uniform: f64 = stream.sample(Open01);
                let scale = (6.0 * variance).sqrt() / std::f64::consts::PI;
                -scale * (-uniform.ln()).ln()
            }
        }
    }
}
