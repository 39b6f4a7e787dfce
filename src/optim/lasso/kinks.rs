//! The minimum of a quadratic with an ℓ1 norm along a direction.

/// The minimum along a direction.
pub(crate) struct Search {
    /// Step length.
    pub(crate) length: f64,
    /// Decrease of the objective (times `n`).
    pub(crate) decrease: f64,
    /// The coefficient that becomes 0, if the minimum is at its kink.
    pub(crate) landed: Option<usize>,
}

/// Minimises the objective along `direction`: its derivative is
/// `descent·(t − 1)` plus a jump of `2nλ₁|d_k|` at each kink passed.
pub(crate) fn search_kinks(kinks: &mut [(f64, usize)], descent: f64, l1: f64, direction: &[f64]) -> Search {
    kinks.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // The objective at t is descent·(t²/2 − t) + Σ passed jumps · (t − their position).
    let (mut jump, mut moment) = (0.0, 0.0);
    let decrease = |t: f64, jump: f64, moment: f64| descent * (t - 0.5 * t * t) - (jump * t - moment);
    for &(at, k) in kinks.iter() {
        let free = 1.0 - jump / descent;
        if free <= at {
            return Search { length: free, decrease: decrease(free, jump, moment), landed: None };
        }
        let own = 2.0 * l1 * direction[k].abs();
        jump += own;
        moment += own * at;
        if descent * (at - 1.0) + jump >= 0.0 {
            return Search { length: at, decrease: decrease(at, jump, moment), landed: Some(k) };
        }
    }
    let free = 1.0 - jump / descent;
    Search { length: free, decrease: decrease(free, jump, moment), landed: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_the_minimum_along_the_direction() {
        // Kinks as (position, |d|); the objective changes by q(t²/2 − t) + Σ 2λ|d|(t − position)₊.
        let cases: [(f64, &[(f64, f64)]); 5] = [
            (4.0, &[]),
            (4.0, &[(0.9, 0.1), (2.0, 5.0)]),
            (4.0, &[(0.5, 0.2), (0.1, 0.3), (0.3, 0.1)]),
            (4.0, &[(0.2, 3.0), (0.1, 0.1)]),
            (0.5, &[(0.01, 1e-3), (0.4, 0.05), (0.7, 0.2)]),
        ];
        let l1 = 0.8;
        for (descent, places) in cases {
            let direction: Vec<f64> = places.iter().map(|p| p.1).collect();
            let mut kinks: Vec<(f64, usize)> = places.iter().enumerate().map(|(k, p)| (p.0, k)).collect();
            let found = search_kinks(&mut kinks, descent, l1, &direction);
            let change = |t: f64| {
                let jumps: f64 = places.iter().map(|p| 2.0 * l1 * p.1 * (t - p.0).max(0.0)).sum();
                descent * (0.5 * t * t - t) + jumps
            };
            assert!((change(found.length) + found.decrease).abs() < 1e-12);
            for step in 0..=2000 {
                let t = f64::from(step) * 1e-3;
                assert!(change(found.length) <= change(t) + 1e-12, "{places:?}: {t} beats {}", found.length);
            }
            if let Some(k) = found.landed {
                assert_eq!(found.length, places[k].0);
            }
        }
    }
}
