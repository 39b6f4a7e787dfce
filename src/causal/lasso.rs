//! The Lasso from a small Gram matrix, solved to working precision.

use remeasure_core::numerics::kernels;

use crate::stage;

/// Number of sweeps between two attempts to solve for the support exactly.
const SWEEPS: usize = 20;

/// Maximum number of attempts.
const ATTEMPTS: usize = 1000;

/// Violation of the optimality conditions, relative to `max |c|`, that is left to rounding.
const TOLERANCE: f64 = 1e-9;

/// The minimiser of `½hᵀAh − cᵀh + λ‖h‖₁` and the largest violation of its optimality conditions, relative to
/// `max |c|`.
#[derive(Clone, Debug)]
pub struct Lasso {
    /// Coefficients, length `m`.
    pub h: Vec<f64>,
    /// `max_i |violation_i| / max |c|`.
    pub violation: f64,
}

fn violation(gram: &[f64], right: &[f64], lambda: f64, h: &[f64]) -> f64 {
    let slope = |(row, c): (&[f64], &f64)| c - kernels::dot(row, h);
    let slopes = gram.chunks_exact(h.len().max(1)).zip(right).map(slope);
    let of = |(s, x): (f64, &f64)| {
        if *x == 0.0 { (s.abs() - lambda).max(0.0) } else { (s - lambda.copysign(*x)).abs() }
    };
    slopes.zip(h).map(of).fold(0.0, f64::max)
}

/// The solution with the support and the signs of `h`, if it has these signs.
fn exact(gram: &[f64], right: &[f64], lambda: f64, h: &[f64]) -> Option<Vec<f64>> {
    let m = h.len();
    let support: Vec<usize> = (0..m).filter(|&i| h[i] != 0.0).collect();
    let part: Vec<f64> =
        support.iter().flat_map(|&i| support.iter().map(move |&j| gram[i * m + j])).collect();
    let shifted: Vec<f64> = support.iter().map(|&i| right[i] - lambda.copysign(h[i])).collect();
    let solved = stage::solve(&part, &shifted).ok()?.h;
    let mut out = vec![0.0; m];
    for (&i, value) in support.iter().zip(&solved) {
        if value * h[i] <= 0.0 {
            return None;
        }
        out[i] = *value;
    }
    Some(out)
}

/// Minimises `½hᵀAh − cᵀh + λ‖h‖₁` by coordinate descent, and exactly once the support is known. `A` is `m × m` and
/// symmetric, `c` has length `m`.
///
/// # Errors
/// The optimality conditions are not met in the end.
pub fn lasso(gram: &[f64], right: &[f64], lambda: f64) -> anyhow::Result<Lasso> {
    let m = right.len();
    let scale = kernels::max_abs(right);
    let mut h = vec![0.0; m];
    for _ in 0..ATTEMPTS {
        for _ in 0..SWEEPS {
            for i in 0..m {
                let row = &gram[i * m..(i + 1) * m];
                if row[i] > 0.0 {
                    let slope = right[i] - kernels::dot(row, &h) + row[i] * h[i];
                    h[i] = (slope.abs() - lambda).max(0.0).copysign(slope) / row[i];
                }
            }
        }
        let candidate = exact(gram, right, lambda, &h);
        for found in candidate.iter().chain([&h]) {
            let violation = violation(gram, right, lambda, found);
            if violation <= TOLERANCE * scale {
                let violation = if scale > 0.0 { violation / scale } else { 0.0 };
                return Ok(Lasso { h: found.clone(), violation });
            }
        }
    }
    anyhow::bail!("the Lasso did not converge in {} sweeps", SWEEPS * ATTEMPTS)
}
