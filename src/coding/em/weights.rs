//! Weights of states.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::{self, elementary::exp, level};

const LANES: usize = 8;

/// The largest of `prior − rate · energy` and `least`.
pub(super) fn top(prior: &[f64], energy: &[f64], rate: f64, least: f64) -> f64 {
    #[inline(always)]
    fn body(prior: &[f64], energy: &[f64], rate: f64, least: f64) -> f64 {
        let mut most = [least; LANES];
        let larger = |a: f64, b: f64| if a > b { a } else { b };
        let ((p, p_rest), (e, e_rest)) = (prior.as_chunks::<LANES>(), energy.as_chunks::<LANES>());
        for (p, e) in p.iter().zip(e) {
            for i in 0..LANES {
                most[i] = larger(p[i] - rate * e[i], most[i]);
            }
        }
        let rest = p_rest.iter().zip(e_rest).map(|(p, e)| p - rate * e);
        most.into_iter().chain(rest).fold(least, larger)
    }
    assert_eq!(prior.len(), energy.len(), "a prior and an energy for each state");
    multiversion!(level(), [] (prior: &[f64], energy: &[f64], rate: f64, least: f64) -> f64, body(prior, energy, rate, least))
}

/// `weights ← exp(prior − rate · energy − top)`.
pub(super) fn weigh(prior: &[f64], energy: &[f64], rate: f64, top: f64, weights: &mut [f64]) {
    #[inline(always)]
    fn body(prior: &[f64], energy: &[f64], rate: f64, top: f64, weights: &mut [f64]) {
        for ((w, p), e) in weights.iter_mut().zip(prior).zip(energy) {
            *w = exp(p - rate * e - top);
        }
    }
    assert!(prior.len() == energy.len() && weights.len() == energy.len(), "a number for each state");
    multiversion!(
        level(),
        [] (prior: &[f64], energy: &[f64], rate: f64, top: f64, weights: &mut [f64]) -> (),
        body(prior, energy, rate, top, weights)
    );
}

/// `Σ x`, with `ones` as long as `x`.
pub(super) fn sum(x: &[f64], ones: &[f64]) -> f64 {
    kernels::dot(x, ones)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_relative_to_the_largest() {
        let (prior, energy): (Vec<f64>, Vec<f64>) =
            (0..21).map(|i| (f64::from(i), (f64::from(i) * 1.3).sin() * 40.0)).unzip();
        let logs: Vec<f64> = prior.iter().zip(&energy).map(|(p, e)| p - 0.5 * e).collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(top(&prior, &energy, 0.5, 0.0), most);
        assert_eq!(top(&prior, &energy, 0.5, 99.0), 99.0);
        let mut weights = vec![0.0; 21];
        weigh(&prior, &energy, 0.5, most, &mut weights);
        for (w, l) in weights.iter().zip(&logs) {
            assert!((w - (l - most).exp()).abs() < 1e-15);
        }
        // A state that is left out.
        weigh(&[f64::NEG_INFINITY], &[1.0], 1.0, 0.0, &mut weights[..1]);
        assert_eq!(weights[0], 0.0);
        assert_eq!(sum(&[1.0, 2.0, 4.0], &[1.0; 3]), 7.0);
    }
}
