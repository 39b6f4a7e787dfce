//! Sets of causes.

/// Most states of a table.
pub const MOST_STATES: usize = 100_000;

/// `(A, B)`: the probability that at most `gamma` of `units` causes are active, each with probability `prior`, and the
/// mean number of causes times the indicator of that.
#[must_use]
pub fn truncation(units: usize, gamma: usize, prior: f64) -> (f64, f64) {
    let odds = prior / (1.0 - prior);
    let mut term = (1.0 - prior).powi(units as i32);
    let (mut a, mut b) = (term, 0.0);
    for g in 1..=gamma.min(units) {
        term *= odds * (units + 1 - g) as f64 / g as f64;
        a += term;
        b += g as f64 * term;
    }
    (a, b)
}

/// Number of states with `least` to `gamma` active of `of` causes, each with one of `values` values; `None` if there are
/// more than [`MOST_STATES`].
#[must_use]
pub fn local_states(of: usize, least: usize, gamma: usize, values: usize) -> Option<usize> {
    let (mut term, mut sum) = (1_u128, 0_u128);
    for g in 0..=gamma.min(of) {
        if g > 0 {
            term = term.checked_mul(((of + 1 - g) * values) as u128)? / g as u128;
        }
        sum += if g >= least { term } else { 0 };
        if sum > MOST_STATES as u128 {
            return None;
        }
    }
    Some(sum as usize)
}

/// All sets of `least` to `gamma` of `of` causes, by size, then in order. Calls `each` with the members, ascending.
pub(super) fn for_each_set(of: usize, least: usize, gamma: usize, mut each: impl FnMut(&[usize])) {
    for size in least..=gamma.min(of) {
        let mut members: Vec<usize> = (0..size).collect();
        loop {
            each(&members);
            // The last member that can still move up.
            let Some(at) = (0..size).rev().find(|&i| members[i] < of - size + i) else { break };
            members[at] += 1;
            for i in at + 1..size {
                members[i] = members[i - 1] + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_the_library_have_638_states() {
        assert_eq!(local_states(10, 0, 5, 1), Some(638));
        assert_eq!(local_states(50, 0, 25, 2), None);
    }

    #[test]
    fn sets_come_by_size_and_in_order() {
        let mut found = Vec::new();
        for_each_set(3, 1, 2, |set| found.push(set.to_vec()));
        assert_eq!(found, [vec![0], vec![1], vec![2], vec![0, 1], vec![0, 2], vec![1, 2]]);
        let mut count = 0;
        for_each_set(2, 0, 5, |_| count += 1);
        assert_eq!(count, 4);
    }

    #[test]
    fn the_truncated_binomial_sums_to_one_with_all_causes() {
        let (a, b) = truncation(10, 10, 0.2);
        assert!((a - 1.0).abs() < 1e-14 && (b - 2.0).abs() < 1e-14);
        // Two causes, at most one: (1 − π)² + 2π(1 − π), and 2π(1 − π).
        let (a, b) = truncation(2, 1, 0.3);
        assert!((a - 0.91).abs() < 1e-15 && (b - 0.42).abs() < 1e-15);
    }
}
