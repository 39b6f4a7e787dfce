//! Energies of the states of the candidates, and expectations over them.

use remeasure_core::multiversion;
use remeasure_core::numerics::Design;
use remeasure_core::numerics::kernels::level;

use super::states::{for_each_set, local_states};

/// All states with 2 to `γ` of `C` causes, each with one of some values. Their energies depend linearly on the features
/// `s_i`, `s_i²` (left out if 1 is the only value) and `s_i s_j` by `i`, then `j > i`.
#[derive(Clone, Debug)]
pub(super) struct Table {
    causes: usize,
    binary: bool,
    rows: Rows,
    /// Number of causes with each value, one column for each; of states that are left out, 0.
    pub(super) counts: Design,
}

#[derive(Clone, Debug)]
enum Rows {
    /// The features of each state, one column for each feature.
    Listed(Design),
    /// The states are all subsets of `C` binary causes, in the order of their bits; some are left out. An energy is a sum
    /// over subsets and an expectation one over supersets, which `C` passes compute for all states at once.
    Subsets {
        /// Whether the subset has 2 to `γ` causes.
        is_in: Vec<bool>,
        scratch: Vec<f64>,
    },
}

/// Subsets are used where they are at most this many times the states.
const WASTE: usize = 4;

impl Table {
    pub(super) fn new(causes: usize, gamma: usize, values: &[f64]) -> Self {
        let binary = *values == [1.0];
        let states = local_states(causes, 2, gamma, values.len()).unwrap_or(0);
        if binary && causes < 20 && states > 0 && 1 << causes <= WASTE * states {
            let size = |s: usize| s.count_ones() as usize;
            let is_in: Vec<bool> = (0..1 << causes).map(|s| (2..=gamma).contains(&size(s))).collect();
            let counts = is_in.iter().enumerate().map(|(s, is_in)| if *is_in { size(s) as f64 } else { 0.0 });
            let counts = Design::from_columns(is_in.len(), 1, counts.collect());
            let scratch = vec![0.0; is_in.len()];
            return Self { causes, binary, rows: Rows::Subsets { is_in, scratch }, counts };
        }
        let mut states: Vec<f64> = Vec::new();
        for_each_set(causes, 2, gamma, |members| {
            let mut which = vec![0_usize; members.len()];
            loop {
                let at = states.len();
                states.resize(at + causes, 0.0);
                for (&member, &v) in members.iter().zip(&which) {
                    states[at + member] = values[v];
                }
                let Some(digit) = which.iter().position(|&v| v + 1 < values.len()) else { break };
                which[..digit].fill(0);
                which[digit] += 1;
            }
        });
        let rows = states.len() / causes;
        let cause = |s: usize, i: usize| states[s * causes + i];
        let mut features = Vec::new();
        (0..causes).for_each(|i| features.extend((0..rows).map(|s| cause(s, i))));
        for i in (0..causes).filter(|_| !binary) {
            features.extend((0..rows).map(|s| cause(s, i) * cause(s, i)));
        }
        for i in 0..causes {
            for j in i + 1..causes {
                features.extend((0..rows).map(|s| cause(s, i) * cause(s, j)));
            }
        }
        let number = |s: usize, v: f64| (0..causes).filter(|i| cause(s, *i) == v).count() as f64;
        let counts = values.iter().flat_map(|v| (0..rows).map(move |s| number(s, *v))).collect();
        let columns = width(causes, binary);
        let counts = Design::from_columns(rows, values.len(), counts);
        Self { causes, binary, rows: Rows::Listed(Design::from_columns(rows, columns, features)), counts }
    }

    /// Number of features.
    pub(super) fn width(&self) -> usize {
        width(self.causes, self.binary)
    }

    /// Number of rows, some of which may be left out.
    pub(super) fn len(&self) -> usize {
        self.counts.rows()
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

    /// `log p(s)` from the logarithms of the odds of each value; −∞ for states that are left out.
    pub(super) fn prior(&self, odds: &[f64], out: &mut [f64]) {
        self.counts.mul(odds, out);
        if let Rows::Subsets { is_in, .. } = &self.rows {
            for (out, _) in out.iter_mut().zip(is_in).filter(|(_, is_in)| !**is_in) {
                *out = f64::NEG_INFINITY;
            }
        }
    }

    /// The energies of all states from the coefficients of the features.
    pub(super) fn energies(&self, coefficients: &[f64], out: &mut [f64]) {
        match &self.rows {
            Rows::Listed(features) => features.mul(coefficients, out),
            Rows::Subsets { .. } => {
                out.fill(0.0);
                for_each_feature(self.causes, |feature, subset| out[subset] = coefficients[feature]);
                sum_subsets(out);
            }
        }
    }

    /// The features, each summed over the states with the weights.
    pub(super) fn expectations(&mut self, weights: &[f64], out: &mut [f64]) {
        match &mut self.rows {
            Rows::Listed(features) => features.tmul(weights, out),
            Rows::Subsets { scratch, .. } => {
                scratch.copy_from_slice(weights);
                sum_supersets(scratch);
                for_each_feature(self.causes, |feature, subset| out[feature] = scratch[subset]);
            }
        }
    }
}

/// Number of features: values, squares unless they are the same, and products.
fn width(causes: usize, binary: bool) -> usize {
    causes * if binary { 1 } else { 2 } + causes * (causes - 1) / 2
}

/// Calls `each` with each feature of binary causes and the subset of one or two causes that it stands for.
fn for_each_feature(causes: usize, mut each: impl FnMut(usize, usize)) {
    let mut at = causes;
    for i in 0..causes {
        each(i, 1 << i);
        for j in i + 1..causes {
            each(at, 1 << i | 1 << j);
            at += 1;
        }
    }
}

/// `x_s ← Σ x_t` over the subsets `t` of `s`, both as bits.
fn sum_subsets(x: &mut [f64]) {
    #[inline(always)]
    fn body(x: &mut [f64]) {
        let mut half = 1;
        if x.len() >= 8 {
            for x in x.as_chunks_mut::<8>().0 {
                (x[1], x[3], x[5], x[7]) = (x[1] + x[0], x[3] + x[2], x[5] + x[4], x[7] + x[6]);
                (x[2], x[3], x[6], x[7]) = (x[2] + x[0], x[3] + x[1], x[6] + x[4], x[7] + x[5]);
                (x[4], x[5], x[6], x[7]) = (x[4] + x[0], x[5] + x[1], x[6] + x[2], x[7] + x[3]);
            }
            half = 8;
        }
        while half < x.len() {
            for block in x.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                high.iter_mut().zip(low).for_each(|(high, low)| *high += *low);
            }
            half *= 2;
        }
    }
    multiversion!(level(), [] (x: &mut [f64]) -> (), body(x));
}

/// `x_s ← Σ x_t` over the supersets `t` of `s`, both as bits.
fn sum_supersets(x: &mut [f64]) {
    #[inline(always)]
    fn body(x: &mut [f64]) {
        let mut half = 1;
        if x.len() >= 8 {
            for x in x.as_chunks_mut::<8>().0 {
                (x[0], x[2], x[4], x[6]) = (x[0] + x[1], x[2] + x[3], x[4] + x[5], x[6] + x[7]);
                (x[0], x[1], x[4], x[5]) = (x[0] + x[2], x[1] + x[3], x[4] + x[6], x[5] + x[7]);
                (x[0], x[1], x[2], x[3]) = (x[0] + x[4], x[1] + x[5], x[2] + x[6], x[3] + x[7]);
            }
            half = 8;
        }
        while half < x.len() {
            for block in x.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
            }
            half *= 2;
        }
    }
    multiversion!(level(), [] (x: &mut [f64]) -> (), body(x));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datum_sees_221_states() {
        let table = Table::new(8, 5, &[1.0]);
        let mut prior = vec![0.0; table.len()];
        table.prior(&[-1.5], &mut prior);
        assert_eq!(prior.iter().filter(|p| p.is_finite()).count() + 10 + 1, 221);
        assert_eq!(local_states(7, 2, 5, 2), Some(Table::new(7, 5, &[-1.0, 1.0]).len()));
        assert_eq!(Table::new(3, 1, &[1.0]).width(), 6);
    }

    /// The energy of a state by its definition.
    fn energy(state: &[f64], coefficients: &[f64], binary: bool) -> f64 {
        let c = state.len();
        let mut sum: f64 = state.iter().zip(coefficients).map(|(s, a)| s * a).sum();
        let mut at = c;
        if !binary {
            sum += state.iter().zip(&coefficients[c..]).map(|(s, a)| s * s * a).sum::<f64>();
            at = 2 * c;
        }
        for i in 0..c {
            for j in i + 1..c {
                sum += state[i] * state[j] * coefficients[at];
                at += 1;
            }
        }
        sum
    }

    #[test]
    fn subsets_and_lists_have_the_energies_and_expectations_of_their_states() {
        for causes in [2, 3, 4, 6] {
            let mut table = Table::new(causes, 3, &[1.0]);
            assert!(matches!(table.rows, Rows::Subsets { .. }), "{causes}");
            let coefficients: Vec<f64> = (0..table.width()).map(|i| (i as f64 * 0.7).sin()).collect();
            let weights: Vec<f64> = (0..table.len())
                .map(|s| if (2..4).contains(&s.count_ones()) { (s as f64).cos() } else { 0.0 })
                .collect();
            let (mut energies, mut features) = (vec![0.0; table.len()], vec![0.0; table.width()]);
            table.energies(&coefficients, &mut energies);
            table.expectations(&weights, &mut features);
            let mut expected = vec![0.0; table.width()];
            for s in 0..table.len() {
                let state: Vec<f64> = (0..causes).map(|i| (s >> i & 1) as f64).collect();
                assert!((energies[s] - energy(&state, &coefficients, true)).abs() < 1e-13);
                for (f, expected) in expected.iter_mut().enumerate() {
                    let mut unit = vec![0.0; table.width()];
                    unit[f] = 1.0;
                    *expected += weights[s] * energy(&state, &unit, true);
                }
            }
            assert!(features.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13), "{causes}");
        }
        // With two values, all of whose states are listed.
        let table = Table::new(2, 2, &[1.0, 2.0]);
        let mut energies = vec![0.0; 4];
        let coefficients = [0.3, -1.0, 0.5, 2.0, 0.7];
        table.energies(&coefficients, &mut energies);
        let mut expected: Vec<f64> = [[1.0, 1.0], [2.0, 1.0], [1.0, 2.0], [2.0, 2.0]]
            .iter()
            .map(|state| energy(state, &coefficients, false))
            .collect();
        energies.sort_by(f64::total_cmp);
        expected.sort_by(f64::total_cmp);
        assert!(energies.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-14), "{energies:?}");
    }

    #[test]
    fn too_many_subsets_are_listed_instead() {
        assert!(matches!(Table::new(12, 2, &[1.0]).rows, Rows::Listed(_)));
        assert_eq!(Table::new(12, 2, &[1.0]).len(), 66);
    }
}
