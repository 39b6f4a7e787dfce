//! Regular expressions, compiled to automata over tokens.

use std::collections::HashMap;

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};

use super::Automaton;

/// Memory for an automaton over bytes.
const BYTES: usize = 64 << 20;

/// Most states of an automaton over tokens.
const STATES: usize = 5000;

/// The automaton of strings that the whole of a regular expression matches. `first` has the bytes of each token at the
/// start of a string, `later` those behind another token; a token without bytes is never allowed.
///
/// # Errors
/// The expression is invalid, has what no finite automaton has (such as a boundary of Unicode words), or is too large.
pub fn pattern(expression: &str, first: &[Vec<u8>], later: &[Vec<u8>]) -> Result<Automaton, String> {
    // Only a match that ends with the string counts, so that all alternatives must be kept.
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .match_kind(MatchKind::All)
        .dfa_size_limit(Some(BYTES))
        .determinize_size_limit(Some(BYTES));
    // Alone first, so that a parenthesis too many does not pass.
    dense::Builder::new()
        .configure(config.clone())
        .thompson(thompson::Config::new().nfa_size_limit(Some(BYTES)))
        .build(expression)
        .map_err(|error| reason(&error))?;
    let dfa = dense::Builder::new()
        .configure(config)
        .build(&format!("(?:{expression})\\z"))
        .map_err(|error| reason(&error))?;
    let begin = dfa
        .start_state(&start::Config::new().anchored(Anchored::Yes))
        .map_err(|error| format!("it has no start: {error}"))?;
    let walk = |state: StateID, bytes: &[u8]| -> Option<StateID> {
        let end = bytes.iter().fold(state, |state, byte| dfa.next_state(state, *byte));
        (!bytes.is_empty() && !dfa.is_dead_state(end) && !dfa.is_quit_state(end)).then_some(end)
    };
    // State 0 is the start, before the first token. A start within a string has other tokens.
    let mut known: HashMap<StateID, u32> = HashMap::new();
    let mut queue = vec![begin];
    let mut table = Vec::new();
    let mut at = 0;
    while at < queue.len() {
        for bytes in if at == 0 { first } else { later } {
            let next = walk(queue[at], bytes).map(|end| {
                *known.entry(end).or_insert_with(|| {
                    queue.push(end);
                    queue.len() as u32 - 1
                })
            });
            table.push(next);
        }
        at += 1;
        if queue.len() > STATES {
            return Err(format!("its automaton has more than {STATES} states: simplify it"));
        }
    }
    let accepting = queue.iter().map(|state| dfa.is_match_state(dfa.next_eoi_state(*state))).collect();
    Ok(Automaton::new(first.len(), &table, accepting))
}

/// An error with its causes, in one line.
fn reason(error: &dense::BuildError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
