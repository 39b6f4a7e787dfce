//! Box constraints of the hyperparameters.

use remeasure_core::Invalid;

/// The box `lower_i ≤ θ_i ≤ upper_i`; open ends are infinite.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl Bounds {
    /// No bounds for `parameters` hyperparameters.
    #[must_use]
    pub fn free(parameters: usize) -> Self {
        Self { lower: vec![f64::NEG_INFINITY; parameters], upper: vec![f64::INFINITY; parameters] }
    }

    /// The same interval for each of `parameters` hyperparameters.
    ///
    /// # Errors
    /// Names `bounds`: the interval is empty or an end is NaN.
    pub fn cube(parameters: usize, [lower, upper]: [f64; 2]) -> Result<Self, Invalid> {
        if !(lower < upper) {
            let message = format!("expected a lower end below the upper one, found [{lower}, {upper}]");
            return Err(Invalid::new("bounds", message));
        }
        Ok(Self { lower: vec![lower; parameters], upper: vec![upper; parameters] })
    }

    /// Appends `other`, the bounds of further hyperparameters.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        self.lower.extend(&other.lower);
        self.upper.extend(&other.upper);
        self
    }

    /// Lower ends.
    #[must_use]
    pub fn lower(&self) -> &[f64] {
        &self.lower
    }

    /// Upper ends.
    #[must_use]
    pub fn upper(&self) -> &[f64] {
        &self.upper
    }

    /// Whether all ends are finite, as searches require.
    #[must_use]
    pub fn finite(&self) -> bool {
        self.lower.iter().chain(&self.upper).all(|v| v.is_finite())
    }

    /// Moves `theta` to the nearest point of the box.
    pub fn project(&self, theta: &mut [f64]) {
        for ((t, l), u) in theta.iter_mut().zip(&self.lower).zip(&self.upper) {
            *t = t.max(*l).min(*u);
        }
    }

    /// Whether `theta` lies in the box.
    #[must_use]
    pub fn contain(&self, theta: &[f64]) -> bool {
        theta.iter().zip(&self.lower).zip(&self.upper).all(|((t, l), u)| l <= t && t <= u)
    }

    /// `θ − P(θ − z)`: the part of a gradient `z` at `theta` that the box does not block.
    #[must_use]
    pub fn projected_gradient(&self, theta: &[f64], gradient: &[f64]) -> Vec<f64> {
        let mut moved: Vec<f64> = theta.iter().zip(gradient).map(|(t, z)| t - z).collect();
        self.project(&mut moved);
        moved.iter().zip(theta).map(|(m, t)| t - m).collect()
    }
}
