//! Activations.

use remeasure_core::numerics::kernels::elementary::{exp_m1, softplus, tanh};
use remeasure_core::numerics::kernels::{Level, level};
use remeasure_core::{Invalid, multiversion};

use crate::Real;

/// A function of one number, applied to each output of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// `x`.
    Identity,
    /// `max(x, 0)`, with derivative 0 at 0.
    #[default]
    Relu,
    /// `x` if positive, otherwise `slope · x`, with derivative `slope` at 0.
    LeakyRelu {
        /// At least 0.
        slope: f64,
    },
    /// `tanh x`.
    Tanh,
    /// `ln(1 + eˣ)`.
    Softplus,
}

impl Activation {
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        match *self {
            Self::LeakyRelu { slope } if !(slope.is_finite() && slope >= 0.0) => {
                let message = format!("expected a finite number of at least 0 (leaky ReLU), found {slope}");
                Err(Invalid::new("slope", message))
            }
            _ => Ok(()),
        }
    }

    /// Applies the function to each value.
    pub(crate) fn apply<R: Real>(self, values: &mut [R]) {
        self.apply_at(level(), values);
    }

    fn apply_at<R: Real>(self, level: Level, values: &mut [R]) {
        #[inline(always)]
        fn body<R: Real>(activation: Activation, values: &mut [R]) {
            match activation {
                Activation::Identity => {}
                // Written such that NaN stays NaN.
                Activation::Relu => {
                    values.iter_mut().for_each(|v| *v = if *v < R::ZERO { R::ZERO } else { *v });
                }
                Activation::LeakyRelu { slope } => {
                    let slope = R::of(slope);
                    values.iter_mut().for_each(|v| *v = if *v < R::ZERO { slope * *v } else { *v });
                }
                Activation::Tanh => values.iter_mut().for_each(|v| *v = R::of(tanh(v.widen()))),
                Activation::Softplus => values.iter_mut().for_each(|v| *v = R::of(softplus(v.widen()))),
            }
        }
        if self != Self::Identity {
            let activation = self;
            multiversion!(
                level,
                [R: Real] (activation: Activation, values: &mut [R]) -> (),
                body(activation, values)
            );
        }
    }

    /// Multiplies each slope by the derivative of the function where its value is `output`.
    pub(crate) fn pull<R: Real>(self, outputs: &[R], slopes: &mut [R]) {
        self.pull_at(level(), outputs, slopes);
    }

    fn pull_at<R: Real>(self, level: Level, outputs: &[R], slopes: &mut [R]) {
        #[inline(always)]
        fn body<R: Real>(activation: Activation, outputs: &[R], slopes: &mut [R]) {
            let pairs = slopes.iter_mut().zip(outputs);
            match activation {
                Activation::Identity => {}
                Activation::Relu => pairs.for_each(|(s, y)| *s = if *y > R::ZERO { *s } else { R::ZERO }),
                Activation::LeakyRelu { slope } => {
                    let slope = R::of(slope);
                    pairs.for_each(|(s, y)| *s = if *y > R::ZERO { *s } else { slope * *s });
                }
                Activation::Tanh => pairs.for_each(|(s, y)| *s = *s * (R::ONE - *y * *y)),
                // The derivative is 1/(1 + e⁻ˣ) = 1 − e⁻ʸ.
                Activation::Softplus => pairs.for_each(|(s, y)| *s = *s * R::of(-exp_m1(-y.widen()))),
            }
        }
        if self != Self::Identity {
            let activation = self;
            multiversion!(
                level,
                [R: Real] (activation: Activation, outputs: &[R], slopes: &mut [R]) -> (),
                body(activation, outputs, slopes)
            );
        }
    }
}
