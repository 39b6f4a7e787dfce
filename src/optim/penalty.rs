//! Penalties: value, proximal operator and distance to the subdifferential.

use remeasure_core::Invalid;

/// A penalty `g(w)`; the duality gaps of this crate need a convex one.
pub trait Penalty {
    /// `g(w)`.
    fn value(&self, coefficients: &[f64]) -> f64;

    /// `w ← argmin_v ½‖v − w‖² + step · g(v)`, in place.
    fn prox(&self, step: f64, coefficients: &mut [f64]);

    /// `max_j dist(−gradient_j, ∂g(w)_j)`: the residual of the optimality conditions if `gradient` is the
    /// datafit's gradient at `w`.
    fn subdifferential_distance(&self, coefficients: &[f64], gradient: &[f64]) -> f64;
}

/// `sign(x) · max(|x| − threshold, 0)`, the proximal operator of `threshold · |·|`.
#[inline]
#[must_use]
pub fn soft_threshold(x: f64, threshold: f64) -> f64 {
    if x > threshold {
        x - threshold
    } else if x < -threshold {
        x + threshold
    } else {
        0.0
    }
}

/// The elastic net `λ (μ‖w‖₁ + (1 − μ)/2 ‖w‖²)` with `λ > 0` and mixing `0 < μ ≤ 1`
/// (Zou and Hastie 2005, in the scaling of Friedman, Hastie and Tibshirani 2010);
/// the Lasso's `λ‖w‖₁` at `μ = 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ElasticNet {
    lambda: f64,
    mixing: f64,
}

impl ElasticNet {
    /// The Lasso's penalty `λ‖w‖₁`.
    ///
    /// # Errors
    /// If `lambda` is not a finite number above 0.
    pub fn l1(lambda: f64) -> Result<Self, Invalid> {
        Self::new(lambda, 1.0)
    }

    /// The elastic net with weight `lambda` and share `mixing` of the ℓ1 norm.
    ///
    /// # Errors
    /// If `lambda` is not a finite number above 0, or `mixing` is not in `(0, 1]`.
    pub fn new(lambda: f64, mixing: f64) -> Result<Self, Invalid> {
        if !(lambda.is_finite() && lambda > 0.0) {
            return Err(Invalid::new("lambda", format!("expected a finite number above 0, found {lambda}")));
        }
        if !(mixing > 0.0 && mixing <= 1.0) {
            return Err(Invalid::new("mixing", format!("expected a number in (0, 1], found {mixing}")));
        }
        Ok(Self { lambda, mixing })
    }

    /// Overall weight `λ`.
    #[must_use]
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// Share `μ` of the ℓ1 norm.
    #[must_use]
    pub fn mixing(&self) -> f64 {
        self.mixing
    }

    /// Weight `λμ` of the ℓ1 norm.
    #[must_use]
    pub fn l1_weight(&self) -> f64 {
        self.lambda * self.mixing
    }

    /// Weight `λ(1 − μ)` of `½‖w‖²`.
    #[must_use]
    pub fn ridge_weight(&self) -> f64 {
        self.lambda * (1.0 - self.mixing)
    }

    /// The smallest `λ` at which `w = 0` is optimal, given the datafit's gradient at `w = 0`.
    #[must_use]
    pub fn lambda_max(gradient_at_zero: &[f64], mixing: f64) -> f64 {
        remeasure_core::numerics::kernels::max_abs(gradient_at_zero) / mixing
    }
}

impl Penalty for ElasticNet {
    fn value(&self, coefficients: &[f64]) -> f64 {
        let norm: f64 = coefficients.iter().map(|w| w.abs()).sum();
        let ridge: f64 = coefficients.iter().map(|w| w * w).sum();
        self.l1_weight() * norm + 0.5 * self.ridge_weight() * ridge
    }

    fn prox(&self, step: f64, coefficients: &mut [f64]) {
        let threshold = step * self.l1_weight();
        let shrink = 1.0 / (1.0 + step * self.ridge_weight());
        for w in coefficients {
            *w = soft_threshold(*w, threshold) * shrink;
        }
    }

    fn subdifferential_distance(&self, coefficients: &[f64], gradient: &[f64]) -> f64 {
        let (l1, ridge) = (self.l1_weight(), self.ridge_weight());
        coefficients.iter().zip(gradient).fold(0.0, |worst: f64, (&w, &gradient)| {
            let slope = gradient + ridge * w;
            let distance =
                if w == 0.0 { (slope.abs() - l1).max(0.0) } else { (slope + l1 * w.signum()).abs() };
            worst.max(distance)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_weights_are_refused() {
        for lambda in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(ElasticNet::l1(lambda).map_err(|e| e.key), Err("lambda".to_owned()));
        }
        for mixing in [0.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(ElasticNet::new(1.0, mixing).map_err(|e| e.key), Err("mixing".to_owned()));
        }
    }

    #[test]
    fn prox_minimises_its_objective() -> Result<(), Invalid> {
        let penalty = ElasticNet::new(0.7, 0.6)?;
        let step = 1.3;
        for start in [-2.0, -0.5, 0.0, 0.1, 0.9, 3.0] {
            let objective = |v: f64| 0.5 * (v - start) * (v - start) + step * penalty.value(&[v]);
            let mut found = [start];
            penalty.prox(step, &mut found);
            for k in -400..=400 {
                let other = f64::from(k) * 0.01;
                assert!(objective(found[0]) <= objective(other) + 1e-12, "{start}: {other}");
            }
            // v − start takes the role of the datafit's gradient, scaled by the step.
            let gradient = [(found[0] - start) / step];
            assert!(penalty.subdifferential_distance(&found, &gradient) < 1e-12);
        }
        Ok(())
    }
}
