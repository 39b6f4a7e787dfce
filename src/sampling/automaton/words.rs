//! Lists of allowed strings, as automata over tokens.

use std::collections::HashMap;

use super::Automaton;

/// The automaton of a list of strings, each a sequence of tokens: the tree of their prefixes.
#[must_use]
pub fn words(tokens: usize, strings: &[Vec<usize>]) -> Automaton {
    let mut children: Vec<HashMap<usize, u32>> = vec![HashMap::new()];
    let mut accepting = vec![false];
    for string in strings {
        let mut state = 0;
        for &token in string {
            let new = children.len() as u32;
            let child = *children[state].entry(token).or_insert(new);
            if child == new {
                children.push(HashMap::new());
                accepting.push(false);
            }
            state = child as usize;
        }
        accepting[state] = true;
    }
    let row = |nodes: &HashMap<usize, u32>| -> Vec<Option<u32>> {
        (0..tokens).map(|token| nodes.get(&token).copied()).collect()
    };
    Automaton::new(tokens, &children.iter().flat_map(row).collect::<Vec<_>>(), accepting)
}
