//! A bigram model of the user's text, with the user's constraint.

use std::collections::HashMap;
use std::path::Path;

use remeasure_core::Invalid;
use remeasure_core::digest::sha256;
use remeasure_core::family::Input;
use remeasure_core::format::{count, number, thousands};
use remeasure_core::table::folder;

use super::Strings;
use super::wire::{TextWire, Unit, check_laws};
use crate::automaton::{Automaton, pattern, words};
use crate::chain::Chain;

/// Reads a text file; relative paths start at the folder of the config.
fn read(key: &str, path: &Path) -> Result<String, Invalid> {
    let fail = |why: String| Invalid::new(key, format!("cannot read {}: {why}", path.display()));
    let bytes = std::fs::read(folder().join(path)).map_err(|e| fail(e.to_string()))?;
    String::from_utf8(bytes).map_err(|_| fail("it is not UTF-8: convert it".to_owned()))
}

/// The tokens of a line.
fn split(line: &str, unit: Unit) -> Vec<&str> {
    match unit {
        Unit::Word => line.split_whitespace().collect(),
        Unit::Character => line.char_indices().map(|(i, c)| &line[i..i + c.len_utf8()]).collect(),
    }
}

/// The lines of a text that are not empty, without spaces at their ends.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// The tokens of a text, the most frequent first, and among equally frequent ones the earliest.
fn vocabulary(text: &str, unit: Unit) -> Vec<&str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut order = Vec::new();
    for token in lines(text).flat_map(|line| split(line, unit)) {
        *counts.entry(token).or_insert_with(|| {
            order.push(token);
            0
        }) += 1;
    }
    order.sort_by_key(|token| std::cmp::Reverse(counts[token]));
    order
}

/// Counts of pairs, smoothed, as laws. Tokens outside the vocabulary are one more token, the last.
fn chain(text: &str, wire: &TextWire, index: &HashMap<&str, usize>, tokens: usize) -> Chain {
    let width = tokens + 1;
    let mut masses = vec![wire.smoothing; width * width];
    for line in lines(text) {
        let mut last = tokens;
        for token in split(line, wire.unit) {
            let token = index.get(token).copied().unwrap_or(tokens - 1);
            masses[last * width + token] += 1.0;
            last = token;
        }
        masses[last * width + tokens] += 1.0;
    }
    for law in masses.chunks_exact_mut(width) {
        let sum: f64 = law.iter().sum();
        law.iter_mut().for_each(|p| *p /= sum);
    }
    Chain::new(tokens, masses, wire.longest)
}

/// The constraint of a list of strings.
fn listed(
    text: &str,
    wire: &TextWire,
    index: &HashMap<&str, usize>,
    tokens: usize,
) -> Result<(Automaton, usize), Invalid> {
    let of = |line| split(line, wire.unit).iter().map(|token| index.get(token).copied()).collect();
    let known: Vec<Vec<usize>> =
        lines(text).filter_map(of).filter(|s: &Vec<usize>| s.len() <= wire.longest).collect();
    let nodes = known.iter().map(Vec::len).sum::<usize>() + 1;
    check_laws("words", tokens, nodes, wire.longest)?;
    Ok((words(tokens, &known), known.len()))
}

/// Reads the text and the constraint.
pub(super) fn load(wire: &TextWire) -> Result<(Strings, Vec<Input>), Invalid> {
    let text = read("text", &wire.text)?;
    let mut kept = vocabulary(&text, wire.unit);
    if kept.is_empty() {
        return Err(Invalid::new("text", format!("{} has no line that is not empty", wire.text.display())));
    }
    let all = kept.len();
    kept.truncate(wire.vocabulary);
    let index: HashMap<&str, usize> = kept.iter().enumerate().map(|(i, token)| (*token, i)).collect();
    // One more token stands for all others.
    let tokens = kept.len() + 1;
    let chain = chain(&text, wire, &index, tokens);
    let mut inputs = Vec::new();
    let (key, automaton, holds) = match (&wire.pattern, &wire.words) {
        (_, Some(path)) => {
            let list = read("words", path)?;
            let (automaton, used) = listed(&list, wire, &index, tokens)?;
            let all = lines(&list).count();
            let holds =
                format!("{} strings, {} of them made of tokens of the text", thousands(all), thousands(used));
            inputs.push(Input { name: path.display().to_string(), digest: sha256(list.as_bytes()), holds });
            ("words", automaton, String::new())
        }
        (expression, None) => {
            let bytes = |space: &str| -> Vec<Vec<u8>> {
                let of = |token: &&str| [space.as_bytes(), token.as_bytes()].concat();
                let mut bytes: Vec<Vec<u8>> = kept.iter().map(of).collect();
                bytes.resize(tokens, Vec::new());
                bytes
            };
            let later = bytes(if wire.unit == Unit::Word { " " } else { "" });
            let expression = expression.as_deref().unwrap_or_default();
            let automaton = pattern(expression, &bytes(""), &later).map_err(|why| {
                Invalid::new("pattern", format!("the regular expression does not compile: {why}"))
            })?;
            check_laws("pattern", tokens, automaton.states(), wire.longest)?;
            let holds = format!("; the pattern has {}", count(automaton.states(), "state"));
            ("pattern", automaton, holds)
        }
    };
    let strings = Strings::new(chain, automaton).ok_or_else(|| {
        let message = format!(
            "no string of at most {} of the text meets it (Z = 0): allow longer ones by `longest`, or change it",
            count(wire.longest, "token")
        );
        Invalid::new(key, message)
    })?;
    let holds = format!(
        "{} lines, {} different tokens, {} of them kept{holds}; Z = {}",
        thousands(lines(&text).count()),
        thousands(all),
        thousands(kept.len()),
        number(strings.laws.z)
    );
    let name = wire.text.display().to_string();
    inputs.insert(0, Input { name, digest: sha256(text.as_bytes()), holds });
    Ok((strings, inputs))
}
