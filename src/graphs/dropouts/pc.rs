//! The PC algorithm in the form of causal-learn.
//!
//! It differs from the textbook: within a depth the adjacencies are frozen, and *all* conditioning sets of a pair are
//! tested, so that its separating set is the union of all that separate it at that depth, from both sides.
//! As the adjacencies are frozen, the order of the tests does not matter, and they are made set by set.

use super::orient::{colliders, meek};
use super::sets::{Set, has, members, one, size, subsets};
use crate::dag::Pdag;

/// Decides which pairs a set separates.
pub trait Separation {
    /// Adds to `out`, for each of the pairs, whether `s` (ascending, without the pair) separates it.
    ///
    /// # Errors
    /// A test cannot be computed.
    fn separated(&mut self, s: &[usize], pairs: &[(usize, usize)], out: &mut Vec<bool>)
    -> anyhow::Result<()>;
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The estimated equivalence class.
    pub graph: Pdag,
    /// Different tests made.
    pub tests: u64,
    /// Size of the largest conditioning set; 0 if nothing was tested.
    pub depth: usize,
    /// Why the search ended early.
    pub shortfall: Option<String>,
}

/// The tests of a depth.
#[derive(Default)]
struct Round {
    sets: Vec<Set>,
    pairs: Vec<(usize, usize)>,
    given: Vec<usize>,
    separated: Vec<bool>,
}

impl Round {
    /// Collects the conditioning sets of size `k`; false if there are more than `most`.
    fn collect(&mut self, adjacent: &[Set], k: usize, most: u64) -> bool {
        self.sets.clear();
        for near in adjacent.iter().filter(|near| size(**near) > k) {
            let before = self.sets.len();
            let all = subsets(*near, k, &mut |s| {
                self.sets.push(s);
                // Sets of different variables may be the same, so this is not yet one too many.
                (self.sets.len() - before) as u64 <= most
            });
            if !all {
                return false;
            }
            // So the list does not outgrow the limit by more than one variable's sets.
            self.sets.sort_unstable();
            self.sets.dedup();
            if self.sets.len() as u64 > most {
                return false;
            }
        }
        true
    }

    /// The adjacent pairs for which `s` is to be tested: those in which it is adjacent to one of both.
    fn pairs(&mut self, adjacent: &[Set], s: Set) {
        self.pairs.clear();
        for (x, near) in adjacent.iter().enumerate().filter(|(x, _)| !has(s, *x)) {
            let own = near & s == s;
            let later = near & !s & !(one(x) | (one(x) - 1));
            self.pairs.extend(members(later).filter(|&y| own || adjacent[y] & s == s).map(|y| (x, y)));
        }
    }
}

/// Searches for the equivalence class of `d` variables, with at most `most` tests: a depth that would exceed them is
/// not begun.
///
/// # Errors
/// Those of `separation`.
pub fn pc(d: usize, most: u64, separation: &mut dyn Separation) -> anyhow::Result<Found> {
    let everything = if d == 128 { !0 } else { (1 << d) - 1 };
    let mut adjacent: Vec<Set> = (0..d).map(|i| everything & !one(i)).collect();
    let mut separators: Vec<Set> = vec![0; d * d];
    let (mut round, mut tests, mut depth, mut k) = (Round::default(), 0_u64, 0, 0);
    let mut shortfall = None;
    while adjacent.iter().any(|near| size(*near) > k) {
        let left = most - tests;
        let mut due = 0;
        if round.collect(&adjacent, k, left) {
            for at in 0..round.sets.len() {
                round.pairs(&adjacent, round.sets[at]);
                due += round.pairs.len() as u64;
                if due > left {
                    break;
                }
            }
        } else {
            due = left + 1;
        }
        if due > left {
            shortfall = Some(format!(
                "conditioning on {k} variables would need more than most_tests = {most} tests; the edges are those left \
                 before"
            ));
            break;
        }
        let mut removed: Vec<(usize, usize)> = Vec::new();
        for at in 0..round.sets.len() {
            let s = round.sets[at];
            round.pairs(&adjacent, s);
            round.given.clear();
            round.given.extend(members(s));
            round.separated.clear();
            separation.separated(&round.given, &round.pairs, &mut round.separated)?;
            for (&(x, y), _) in round.pairs.iter().zip(&round.separated).filter(|(_, apart)| **apart) {
                separators[x * d + y] |= s;
                separators[y * d + x] |= s;
                removed.push((x, y));
            }
        }
        for (x, y) in removed {
            adjacent[x] &= !one(y);
            adjacent[y] &= !one(x);
        }
        tests += due;
        (depth, k) = (k, k + 1);
    }
    let mut graph = Pdag::empty(d);
    for (x, near) in adjacent.iter().enumerate() {
        members(*near).filter(|&y| y > x).for_each(|y| graph.connect(x, y));
    }
    colliders(&mut graph, |x, y, z| has(separators[x * d + z], y));
    meek(&mut graph);
    Ok(Found { graph, tests, depth, shortfall })
}
