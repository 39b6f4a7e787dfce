//! Which causes are candidates, and which data are used.

use super::states::truncation;

/// Puts the `count` causes with the largest scores first in `order`, ascending; of equal ones, the first.
pub(super) fn candidates(scores: &[f64], count: usize, order: &mut [usize]) {
    for (h, place) in order.iter_mut().enumerate() {
        *place = h;
    }
    if count < order.len() {
        order.select_nth_unstable_by(count, |a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    }
    order[..count].sort_unstable();
}

/// The least evidence of a datum that is used: as many are used as, by the prior, have at most `γ` causes, and more if
/// there are ties. `cut` says how far this is carried out.
pub(super) fn threshold(
    evidence: &[f64],
    (units, gamma, prior): (usize, usize, f64),
    cut: f64,
    scratch: &mut [f64],
) -> f64 {
    let n = evidence.len();
    let (a, _) = truncation(units, gamma, prior);
    let used = ((n as f64 * (1.0 - (1.0 - a) * cut)) as usize).clamp(1, n);
    if used == n {
        return f64::NEG_INFINITY;
    }
    scratch.copy_from_slice(evidence);
    *scratch.select_nth_unstable_by(n - used, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_scores_are_candidates() {
        let mut order = [0; 5];
        candidates(&[1.0, 5.0, 3.0, 5.0, 3.0], 3, &mut order);
        assert_eq!(order[..3], [1, 2, 3]);
        candidates(&[1.0, 5.0, 3.0, 5.0, 3.0], 5, &mut order);
        assert_eq!(order, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn ties_are_kept() {
        // A = .5² of two causes: one datum of four.
        let sizes = (2, 0, 0.5);
        let mut scratch = [0.0; 4];
        let least = threshold(&[-3.0, -1.0, -2.0, -4.0], sizes, 1.0, &mut scratch);
        assert_eq!(least, -1.0);
        let evidence = [f64::NEG_INFINITY; 4];
        let least = threshold(&evidence, sizes, 1.0, &mut scratch);
        assert!(evidence.iter().all(|e| *e >= least));
        assert_eq!(threshold(&[-3.0, -1.0, -2.0, -4.0], sizes, 0.0, &mut scratch), f64::NEG_INFINITY);
    }
}
