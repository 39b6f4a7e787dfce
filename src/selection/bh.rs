//! The procedures of Benjamini and Hochberg (1995) for p-values and of Wang and Ramdas (2022) for e-values.

/// Relative slack in comparisons with a threshold: equality up to rounding counts as met. For e-values, equality is the
/// rule rather than the exception.
const SLACK: f64 = 1e-12;

/// Whether `value ≤ bound` up to rounding.
#[must_use]
pub fn at_most(value: f64, bound: f64) -> bool {
    value <= bound * (1.0 + SLACK)
}

/// Positions of the hypotheses rejected at level `q`, ascending: with the p-values `p` sorted, the `k` smallest for the
/// largest `k` with `p_(k) ≤ q k / m`. Ties at the threshold are broken by position, which changes nothing, because equal
/// p-values are rejected together.
#[must_use]
pub fn benjamini_hochberg(p: &[f64], q: f64) -> Vec<usize> {
    let m = p.len() as f64;
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_unstable_by(|&a, &b| p[a].total_cmp(&p[b]).then(a.cmp(&b)));
    let met = |i: &usize| at_most(p[order[*i]], q * (*i + 1) as f64 / m);
    let count = (0..p.len()).rev().find(met).map_or(0, |i| i + 1);
    order.truncate(count);
    order.sort_unstable();
    order
}

/// Positions of the hypotheses rejected at level `q` by e-BH, ascending: the largest set in which each e-value is at
/// least `m / (q · size)`. E-values are at least 0.
#[must_use]
pub fn e_benjamini_hochberg(e: &[f64], q: f64) -> Vec<usize> {
    let inverse: Vec<f64> = e.iter().map(|v| 1.0 / v).collect();
    benjamini_hochberg(&inverse, q)
}
