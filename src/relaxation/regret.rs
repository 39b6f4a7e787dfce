//! Regret as a function of the length of a sequence.

use super::problem::Table;

/// Lengths at which sums are recorded: about eight per decade from 10, and the last.
#[must_use]
pub fn marks(steps: usize) -> Vec<usize> {
    let lengths = (8..).map(|k| 10f64.powf(f64::from(k) / 8.0).round() as usize);
    let mut marks: Vec<usize> = lengths.take_while(|t| *t < steps).collect();
    marks.push(steps);
    marks
}

/// For each of the `marks` `t`, the sum of the first `t` counts.
#[must_use]
pub fn sums(counts: &[u32], marks: &[usize]) -> Vec<f64> {
    let mut sum = 0_u64;
    let mut at = 0;
    let sum_to = |&mark: &usize| {
        sum += counts[at..mark].iter().map(|c| u64::from(*c)).sum::<u64>();
        at = mark;
        sum as f64
    };
    marks.iter().map(sum_to).collect()
}

/// For each of the `marks` `t`, the least sum of the first `t` counts for a fixed ω of the grid.
#[must_use]
pub fn best_fixed_sums(table: &Table, marks: &[usize]) -> Vec<f64> {
    let mut totals = vec![0_u64; table.omegas().len()];
    let mut at = 0;
    let sum_to = |&mark: &usize| {
        for t in at..mark {
            totals.iter_mut().zip(table.step(t)).for_each(|(sum, c)| *sum += u64::from(*c));
        }
        at = mark;
        totals.iter().copied().min().unwrap_or(0) as f64
    };
    marks.iter().map(sum_to).collect()
}

/// The exponent `e` of regret `∝ t^e` over the last decade of `marks`: the least-squares slope on logarithms;
/// `None` if there are fewer than three marks, or if regret is not always above 0.
#[must_use]
pub fn exponent(marks: &[usize], regret: &[f64]) -> Option<f64> {
    let last = *marks.last()?;
    let decade = || marks.iter().zip(regret).filter(|(t, _)| **t * 10 >= last);
    if decade().count() < 3 || decade().any(|(_, r)| !(*r > 0.0)) {
        return None;
    }
    let points: Vec<(f64, f64)> = decade().map(|(t, r)| ((*t as f64).ln(), r.ln())).collect();
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
    let cross: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let square: f64 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    Some(cross / square)
}
