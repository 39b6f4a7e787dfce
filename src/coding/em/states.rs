//! Sets of causes.

use remeasure_core::numerics::Design;

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

/// All states with 2 to `γ` of `C` causes, each with one of some values, as a matrix whose row `s` has the numbers on which
/// an energy `Σ_i a_i s_i + Σ_i b_i s_i² + Σ_(i<j) c_ij s_i s_j` depends linearly.
#[derive(Clone, Debug)]
pub(super) struct Table {
    causes: usize,
    /// Whether 1 is the only value: then squares are left out, as they are the values themselves.
    binary: bool,
    /// First the values, then the squares, then the products by `i`, then `j`.
    pub(super) features: Design,
    /// Number of causes with each value, one column for each.
    pub(super) counts: Design,
}

impl Table {
    pub(super) fn new(causes: usize, gamma: usize, values: &[f64]) -> Self {
        let mut states: Vec<f64> = Vec::new();
        let mut counts: Vec<usize> = Vec::new();
        for_each_set(causes, 2, gamma, |members| {
            let mut which = vec![0; members.len()];
            loop {
                let at = states.len();
                states.resize(at + causes, 0.0);
                let first = counts.len();
                counts.resize(first + values.len(), 0);
                for (&member, &v) in members.iter().zip(&which) {
                    states[at + member] = values[v];
                    counts[first + v] += 1;
                }
                let Some(digit) = which.iter().position(|&v| v + 1 < values.len()) else { break };
                which[..digit].fill(0);
                which[digit] += 1;
            }
        });
        let binary = *values == [1.0];
        let rows = states.len() / causes;
        let state = |s: usize| &states[s * causes..(s + 1) * causes];
        let mut features = Vec::new();
        for i in 0..causes {
            features.extend((0..rows).map(|s| state(s)[i]));
        }
        for i in (0..causes).filter(|_| !binary) {
            features.extend((0..rows).map(|s| state(s)[i] * state(s)[i]));
        }
        for i in 0..causes {
            for j in i + 1..causes {
                features.extend((0..rows).map(|s| state(s)[i] * state(s)[j]));
            }
        }
        let columns = features.len().checked_div(rows).unwrap_or_else(|| Self::width(causes, binary));
        let per_value = (0..values.len()).flat_map(|v| {
            let counts = &counts;
            (0..rows).map(move |s| counts[s * values.len() + v] as f64)
        });
        Self {
            causes,
            binary,
            features: Design::from_columns(rows, columns, features),
            counts: Design::from_columns(rows, values.len(), per_value.collect()),
        }
    }

    fn width(causes: usize, binary: bool) -> usize {
        causes * if binary { 1 } else { 2 } + causes * (causes - 1) / 2
    }

    /// Number of states.
    pub(super) fn len(&self) -> usize {
        self.features.rows()
    }

    /// Where the squares are among the features.
    pub(super) fn squares(&self) -> std::ops::Range<usize> {
        if self.binary { 0..self.causes } else { self.causes..2 * self.causes }
    }

    /// Where the products begin among the features.
    pub(super) fn products(&self) -> usize {
        self.squares().end
    }

    /// Whether 1 is the only value.
    pub(super) fn binary(&self) -> bool {
        self.binary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_the_library_have_638_states_of_which_a_datum_sees_221() {
        assert_eq!(local_states(10, 0, 5, 1), Some(638));
        assert_eq!(Table::new(8, 5, &[1.0]).len() + 10 + 1, 221);
        assert_eq!(local_states(7, 2, 5, 2), Some(Table::new(7, 5, &[-1.0, 1.0]).len()));
        assert_eq!(local_states(50, 0, 25, 2), None);
        assert_eq!(Table::new(3, 1, &[1.0]).features.columns(), 6);
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
    fn features_are_products_of_values() {
        let table = Table::new(2, 2, &[1.0, 2.0]);
        let row = |s: usize| (0..5).map(|f| table.features.column(f)[s]).collect::<Vec<_>>();
        let mut rows: Vec<Vec<f64>> = (0..4).map(row).collect();
        rows.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let expected = [
            [1.0, 1.0, 1.0, 1.0, 1.0],
            [1.0, 2.0, 1.0, 4.0, 2.0],
            [2.0, 1.0, 4.0, 1.0, 2.0],
            [2.0, 2.0, 4.0, 4.0, 4.0],
        ];
        assert_eq!(rows, expected);
        assert_eq!(table.counts.column(0).iter().sum::<f64>(), 4.0);
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
