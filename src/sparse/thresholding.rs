//! Thresholding iterations on many responses that share a design.

use remeasure_core::numerics::Design;

/// `AᵀA` and `Aᵀy` of many responses.
///
/// Thresholded iterates have few non-zeros, so computing `Aᵀ(y − A x) = Aᵀy − (AᵀA)x` costs `p` times their
/// number instead of two products with `A`.
#[derive(Clone, Debug)]
pub(super) struct NormalEquations {
    gram: Design,
    correlations: Vec<f64>,
}

impl NormalEquations {
    /// For contiguous responses of length `n`.
    pub(super) fn new(design: &Design, responses: &[f64]) -> Self {
        let (n, p) = (design.rows(), design.columns());
        let mut gram = Design::from_columns(p, p, vec![0.0; p * p]);
        for j in 0..p {
            design.tmul(design.column(j), gram.column_mut(j));
        }
        let mut correlations = vec![0.0; responses.len() / n * p];
        for (y, b) in responses.chunks_exact(n).zip(correlations.chunks_exact_mut(p)) {
            design.tmul(y, b);
        }
        Self { gram, correlations }
    }

    /// Number of features `p`.
    pub(super) fn features(&self) -> usize {
        self.gram.columns()
    }

    /// `Aᵀy` of response `s`.
    pub(super) fn correlations(&self, s: usize) -> &[f64] {
        let p = self.features();
        &self.correlations[s * p..(s + 1) * p]
    }

    /// `out ← Aᵀ(y − A x)` for response `s`.
    pub(super) fn descent(&self, s: usize, x: &[f64], out: &mut [f64]) {
        out.copy_from_slice(self.correlations(s));
        self.gram.add_mul(-1.0, x.iter().copied().enumerate(), out);
    }
}

/// `H_θ(u)`: `u` where `|u| > θ`, else 0.
pub(super) fn hard(u: f64, threshold: f64) -> f64 {
    if u.abs() > threshold { u } else { 0.0 }
}

/// Steps `1/x` at the zeros `x` of the Chebyshev polynomial of degree `count` on `[smallest, largest]`,
/// interleaved.
///
/// Among all sequences of `count` steps, they minimise the worst-case error of gradient descent on a
/// quadratic (Young 1953). In the order of bit-reversed indices, small and large steps alternate on every
/// scale, which keeps intermediate errors from blowing up (Lebedev and Finogenov 1971).
pub(super) fn chebyshev_steps(count: usize, smallest: f64, largest: f64) -> Vec<f64> {
    let (centre, radius) = (0.5 * (largest + smallest), 0.5 * (largest - smallest));
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|k| k.reverse_bits());
    let zeros = order.into_iter().map(|k| {
        let angle = (2 * k + 1) as f64 / (2 * count) as f64 * std::f64::consts::PI;
        centre + radius * angle.cos()
    });
    zeros.map(f64::recip).collect()
}

#[cfg(test)]
mod tests {
    use remeasure_optim::penalty::soft_threshold;

    use super::*;

    #[test]
    fn chebyshev_steps_shrink_every_eigenvalue_as_the_theory_says() {
        let (smallest, largest, count) = (0.2, 5.0, 12);
        let steps = chebyshev_steps(count, smallest, largest);
        // The largest value of the polynomial on the interval is 1/T_n((L + μ)/(L − μ)).
        let ratio: f64 = (largest + smallest) / (largest - smallest);
        let bound = (count as f64 * ratio.acosh()).cosh().recip();
        let residual = |x: f64| steps.iter().map(|s| 1.0 - s * x).product::<f64>().abs();
        let worst = (0..=1000).map(|i| residual(smallest + (largest - smallest) * f64::from(i) / 1000.0));
        let worst = worst.fold(0.0, f64::max);
        assert!((worst / bound - 1.0).abs() < 1e-6, "{worst} {bound}");
        // No prefix of the product blows up, as would happen with the largest steps first.
        let peak = |steps: &[f64]| {
            (1..=count)
                .map(|t| steps[..t].iter().map(|s| (1.0 - s * largest).abs()).product::<f64>())
                .fold(0.0, f64::max)
        };
        let mut sorted = steps.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        assert!(peak(&steps) < 20.0 && peak(&sorted) > 1e3, "{} {}", peak(&steps), peak(&sorted));
    }

    #[test]
    fn thresholds_of_known_values() {
        assert_eq!([-3.0, -1.0, 0.5, 2.0].map(|u| soft_threshold(u, 1.0)), [-2.0, -0.0, 0.0, 1.0]);
        assert_eq!([-3.0, -1.0, 0.5, 2.0].map(|u| hard(u, 1.0)), [-3.0, 0.0, 0.0, 2.0]);
    }
}
