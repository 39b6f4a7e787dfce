//! Exact laws of constrained strings, by dynamic programming over the last token, the state and the position.

use crate::automaton::Constraint;
use crate::chain::Chain;

/// What is known exactly of a model under a constraint.
#[derive(Clone, Debug)]
pub struct Laws {
    /// Probability `Z` that a string of the model meets the constraint.
    pub z: f64,
    /// Law of the number of tokens, 0 to `T`, of strings that meet the constraint.
    pub length: Vec<f64>,
    /// Law of their first token; the last entry is the empty string.
    pub first: Vec<f64>,
    /// The same under locally constrained decoding.
    pub local_length: Vec<f64>,
    /// The same under locally constrained decoding.
    pub local_first: Vec<f64>,
    /// Divergence of locally constrained decoding from the target, KL(target ‖ LCD), in nats.
    pub divergence: f64,
    /// Mean number of tokens of a string of the target, its end included.
    pub steps: f64,
    /// Probability of meeting the constraint from here on, by number of tokens, token before and state.
    ahead: Vec<f64>,
    states: usize,
    tokens: usize,
}

impl Laws {
    /// Numbers that [`Laws::of`] holds.
    #[must_use]
    pub fn size(tokens: usize, states: usize, longest: usize) -> usize {
        (tokens + 1).saturating_mul(states).saturating_mul(longest + 1)
    }

    /// Computes the laws; `None` if the model has no string that meets the constraint, so that `Z = 0`.
    #[must_use]
    pub fn of(chain: &Chain, constraint: &Constraint) -> Option<Self> {
        let (tokens, longest) = (chain.tokens(), chain.longest);
        let automaton = &constraint.automaton;
        let states = automaton.states();
        let layer = (tokens + 1) * states;
        // Forwards: masses of viable prefixes, under the model and under locally constrained decoding.
        let mut global = vec![0.0; layer * (longest + 1)];
        let mut local = vec![0.0; layer * (longest + 1)];
        global[tokens * states] = 1.0;
        local[tokens * states] = 1.0;
        let end = |last: usize, t: usize, s: usize| {
            if automaton.accepts(s) { chain.laws.law(chain.follows(last, t))[tokens] } else { 0.0 }
        };
        // Mass of the tokens that may follow.
        let open = |last: usize, t: usize, s: usize| -> f64 {
            let law = chain.laws.law(chain.follows(last, t));
            let on = |(y, to): &&(u32, u32)| constraint.viable(t + 1, *to as usize) && law[*y as usize] > 0.0;
            let edges: f64 = automaton.edges(s).iter().filter(on).map(|(y, _)| law[*y as usize]).sum();
            edges + end(last, t, s)
        };
        let (mut length, mut local_length) = (vec![0.0; longest + 1], vec![0.0; longest + 1]);
        let mut local_first = vec![0.0; tokens + 1];
        let mut logs = vec![0.0; layer * (longest + 1)];
        for t in 0..=longest {
            for last in 0..=tokens {
                for s in 0..states {
                    let at = t * layer + last * states + s;
                    let (mass, local_mass) = (global[at], local[at]);
                    if mass <= 0.0 {
                        continue;
                    }
                    let z = open(last, t, s);
                    let share = if z > 0.0 { local_mass / z } else { 0.0 };
                    logs[at] = if z > 0.0 { z.ln() } else { 0.0 };
                    length[t] += mass * end(last, t, s);
                    local_length[t] += share * end(last, t, s);
                    if t == 0 {
                        local_first[tokens] = share * end(last, t, s);
                    }
                    if t == longest {
                        continue;
                    }
                    let law = chain.laws.law(last);
                    for &(y, to) in automaton.edges(s) {
                        if constraint.viable(t + 1, to as usize) {
                            let to = (t + 1) * layer + y as usize * states + to as usize;
                            global[to] += mass * law[y as usize];
                            local[to] += share * law[y as usize];
                            if t == 0 {
                                local_first[y as usize] = share * law[y as usize];
                            }
                        }
                    }
                }
            }
        }
        // Backwards.
        let mut ahead = vec![0.0; layer * (longest + 1)];
        for t in (0..=longest).rev() {
            for last in 0..=tokens {
                for s in 0..states {
                    let at = t * layer + last * states + s;
                    if global[at] <= 0.0 {
                        continue;
                    }
                    let mut sum = end(last, t, s);
                    if t < longest {
                        let law = chain.laws.law(last);
                        for &(y, to) in automaton.edges(s) {
                            sum +=
                                law[y as usize] * ahead[(t + 1) * layer + y as usize * states + to as usize];
                        }
                    }
                    ahead[at] = sum;
                }
            }
        }
        let z = ahead[tokens * states];
        if !(z > 0.0) {
            return None;
        }
        let mut first = vec![0.0; tokens + 1];
        first[tokens] = end(tokens, 0, 0) / z;
        if longest > 0 {
            for &(y, to) in automaton.edges(0) {
                let there = ahead[layer + y as usize * states + to as usize];
                first[y as usize] = chain.laws.law(tokens)[y as usize] * there / z;
            }
        }
        let weighted = global.iter().zip(&ahead).map(|(f, b)| f * b / z);
        let divergence = weighted.zip(&logs).map(|(p, log)| p * log).sum::<f64>() - z.ln();
        length.iter_mut().for_each(|p| *p /= z);
        let steps = length.iter().enumerate().map(|(t, p)| p * (t + 1) as f64).sum();
        Some(Self { z, length, first, local_length, local_first, divergence, steps, ahead, states, tokens })
    }

    /// Probability that a prefix of `t` tokens that ends with `last` (`V` for the empty one) in `state` is completed to a
    /// string that meets the constraint.
    #[must_use]
    pub fn ahead(&self, t: usize, last: usize, state: usize) -> f64 {
        self.ahead[(t * (self.tokens + 1) + last) * self.states + state]
    }
}

/// Total variation distance ½ Σ |p − q|.
#[must_use]
pub fn total_variation(p: &[f64], q: &[f64]) -> f64 {
    0.5 * p.iter().zip(q).map(|(p, q)| (p - q).abs()).sum::<f64>()
}
