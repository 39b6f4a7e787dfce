//! Constraints: deterministic finite automata over tokens.

mod pattern;
mod words;

use rand::Rng;
use rand_distr::{Distribution, Uniform};
use remeasure_core::stream::Stream;

pub use pattern::pattern;
pub use words::words;

/// The next state of a token that is not allowed.
const NONE: u32 = u32::MAX;

/// An automaton over tokens; it begins in state 0.
#[derive(Clone, Debug)]
pub struct Automaton {
    tokens: usize,
    /// The state after each token, by state.
    next: Vec<u32>,
    accepting: Vec<bool>,
    /// The tokens that each state allows, with the states after them.
    edges: Vec<Vec<(u32, u32)>>,
}

impl Automaton {
    /// An automaton from its table: for each state, the state after each token, or `None` if the token is not allowed.
    ///
    /// # Panics
    /// If the table does not have an entry for each state and token.
    #[must_use]
    pub fn new(tokens: usize, table: &[Option<u32>], accepting: Vec<bool>) -> Self {
        assert_eq!(table.len(), tokens * accepting.len());
        let edges = table.chunks(tokens).map(|row| {
            row.iter().enumerate().filter_map(|(y, next)| next.map(|next| (y as u32, next))).collect()
        });
        let edges = edges.collect();
        Self { tokens, next: table.iter().map(|next| next.unwrap_or(NONE)).collect(), accepting, edges }
    }

    /// Draws an automaton: in each state each token is allowed with a probability `a`, `log a ~ U(log .05, log .6)` (one at
    /// least), and leads to a state drawn uniformly; state 0 is not accepting, each other is with probability ½ (one at
    /// least).
    #[must_use]
    pub fn random(tokens: usize, states: usize, stream: &mut Stream) -> Self {
        let mut table = vec![None; tokens * states];
        for row in table.chunks_mut(tokens) {
            let allowed = Uniform::new(0.05_f64.ln(), 0.6_f64.ln()).sample(stream).exp();
            let (mut any, spare) = (false, stream.gen_range(0..tokens));
            for next in &mut *row {
                let to = stream.gen_range(0..states as u32);
                *next = stream.gen_bool(allowed).then_some(to);
                any |= next.is_some();
            }
            if !any {
                row[spare] = Some(stream.gen_range(0..states as u32));
            }
        }
        let mut accepting: Vec<bool> = (0..states).map(|s| s > 0 && stream.gen_bool(0.5)).collect();
        let spare = stream.gen_range(0..states.max(2) - 1) + 1;
        if states > 1 && !accepting.contains(&true) {
            accepting[spare] = true;
        }
        Self::new(tokens, &table, accepting)
    }

    /// Number of tokens.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Number of states.
    #[must_use]
    pub fn states(&self) -> usize {
        self.accepting.len()
    }

    /// Whether a string may end in a state.
    #[must_use]
    pub fn accepts(&self, state: usize) -> bool {
        self.accepting[state]
    }

    /// The tokens that a state allows, ascending, with the states after them.
    #[must_use]
    pub fn edges(&self, state: usize) -> &[(u32, u32)] {
        &self.edges[state]
    }
}

/// An automaton for strings of at most `T` tokens, which knows from where an accepting state can still be reached.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// The automaton.
    pub automaton: Automaton,
    /// For each number of tokens, 0 to `T + 1` (where nothing is), and state.
    viable: Vec<bool>,
}

impl Constraint {
    /// Computes what can still be completed, backwards from strings of `longest` tokens.
    #[must_use]
    pub fn new(automaton: Automaton, longest: usize) -> Self {
        let states = automaton.states();
        let mut viable = vec![false; (longest + 2) * states];
        for t in (0..=longest).rev() {
            for s in 0..states {
                let on = || automaton.edges[s].iter().any(|(_, to)| viable[(t + 1) * states + *to as usize]);
                viable[t * states + s] = automaton.accepting[s] || on();
            }
        }
        Self { automaton, viable }
    }

    /// Whether any string is accepted.
    #[must_use]
    pub fn can_be_met(&self) -> bool {
        self.viable[0]
    }

    /// Whether a prefix of `t` tokens that led to `state` can be completed within the longest length.
    #[must_use]
    pub fn viable(&self, t: usize, state: usize) -> bool {
        self.viable[t * self.automaton.states() + state]
    }

    /// The constraint evaluation: whether `token` (the end if it is `V`) may follow a prefix of `t` tokens that led to
    /// `state`.
    #[must_use]
    pub fn accepts(&self, t: usize, state: usize, token: usize) -> bool {
        if token == self.automaton.tokens {
            return self.automaton.accepting[state];
        }
        let next = self.automaton.next[state * self.automaton.tokens + token];
        next != NONE && self.viable(t + 1, next as usize)
    }

    /// The state after a token that is allowed.
    #[must_use]
    pub fn after(&self, state: usize, token: usize) -> usize {
        self.automaton.next[state * self.automaton.tokens + token] as usize
    }

    /// The state after a token; `None` if it is not allowed.
    #[must_use]
    pub fn step(&self, state: usize, token: usize) -> Option<usize> {
        let next = self.automaton.next[state * self.automaton.tokens + token];
        (next != NONE).then_some(next as usize)
    }
}
