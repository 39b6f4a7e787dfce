//! Plain ISTA as a yardstick: how many iterations it needs to reach an objective.

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;
use remeasure_optim::penalty::soft_threshold;

use super::problem::Ensemble;
use super::thresholding::NormalEquations;

/// Iterations after which the search for an objective gives up.
const MOST_ITERATIONS: usize = 5_000;

/// ISTA at step `1/L` on all signals of an ensemble, run as far as needed so far.
#[derive(Clone, Debug)]
pub(super) struct IstaCurve {
    lambda: f64,
    step: f64,
    normal: NormalEquations,
    /// `½ Σ‖y‖²`.
    null: f64,
    iterates: Vec<f64>,
    /// Mean objective after 0, 1, 2, … iterations.
    objectives: Vec<f64>,
}

impl IstaCurve {
    pub(super) fn new(ensemble: &Ensemble, lambda: f64) -> Self {
        let normal = NormalEquations::new(&ensemble.design, &ensemble.responses);
        let lipschitz = ensemble.design.spectral_norm().powi(2);
        Self {
            lambda,
            step: if lipschitz > 0.0 { lipschitz.recip() } else { 0.0 },
            iterates: vec![0.0; ensemble.signals.len()],
            normal,
            null: 0.5 * kernels::squared_norm(&ensemble.responses),
            objectives: Vec::new(),
        }
    }

    /// The λ of the objective.
    pub(super) fn lambda(&self) -> f64 {
        self.lambda
    }

    /// The first iteration at which the mean objective is at most `target`.
    pub(super) fn iterations_to(&mut self, target: f64) -> Option<usize> {
        let mut at = 0;
        loop {
            if at == self.objectives.len() {
                if at > MOST_ITERATIONS || deadline::passed() {
                    return None;
                }
                self.advance();
            }
            // FISTA and similar methods come so close to the minimum that rounding decides.
            if self.objectives[at] <= target * (1.0 + 1e-12) {
                return Some(at);
            }
            at += 1;
        }
    }

    /// Returns the objective of the iterates and advances them by one iteration.
    ///
    /// With `b = Aᵀy` and `g = b − Gx` the objective is `½‖y‖² − ½xᵀ(b + g) + λ‖x‖₁`.
    fn advance(&mut self) {
        let p = self.normal.features();
        let threshold = self.lambda * self.step;
        let mut gradient = vec![0.0; p];
        let mut objective = self.null;
        for (s, x) in self.iterates.chunks_exact_mut(p).enumerate() {
            self.normal.descent(s, x, &mut gradient);
            for ((x, b), g) in x.iter_mut().zip(self.normal.correlations(s)).zip(&gradient) {
                objective += self.lambda * x.abs() - 0.5 * *x * (b + g);
                *x = soft_threshold(*x + self.step * g, threshold);
            }
        }
        self.objectives.push(objective * p as f64 / self.iterates.len() as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;
    use crate::problem::Problem;
    use crate::testing::STREAMS;

    #[test]
    fn the_objective_is_that_of_the_iterates_and_falls() {
        let text = "kind = 'ensemble'\np = 40\nn = 20\nk = 4\nsnr_db = 20\nsignals = 7\ncolumns = 'unit-power'\nsignal = 'bernoulli-gaussian'";
        let problem = Problem::read(toml::from_str(text).unwrap()).unwrap();
        let ensemble = problem.draw(&STREAMS).unwrap().ensemble().unwrap();
        let mut curve = IstaCurve::new(&ensemble, 0.1);
        for t in 0..50 {
            let direct = metrics::objectives(&ensemble, &curve.iterates, 0.1).l1;
            curve.advance();
            assert!((curve.objectives[t] - direct).abs() < 1e-12 * direct);
        }
        assert!(curve.objectives.windows(2).all(|w| w[1] < w[0]));
        let target = 0.5 * (curve.objectives[9] + curve.objectives[10]);
        assert_eq!(curve.iterations_to(target), Some(10));
        assert_eq!(curve.iterations_to(0.0), None);
    }
}
