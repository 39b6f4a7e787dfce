//! Generators of strings, patterns and lists.

use remeasure_sampling::automaton::{Automaton, Constraint, pattern, words};
use remeasure_sampling::laws::total_variation;
use remeasure_sampling::smc::Runs;
use remeasure_sampling::{Data, Figures};

use super::{agrees, data, figures};

const MODEL: &str = "kind = \"markov\"\ntokens = 15\nstates = 3\nlongest = 5";

fn runs(estimator: &str, data: &Data, draws: usize) -> Runs {
    match figures(estimator, data, draws) {
        Figures::Strings(runs) => runs,
        other => panic!("{other:?}"),
    }
}

#[test]
fn evidence_is_unbiased_and_laws_are_near_the_exact_ones() {
    let data = data(MODEL);
    let Data::Strings(strings) = &data else { panic!("strings") };
    let laws = &strings.laws;
    for (estimator, distance) in [
        ("kind = \"awrs-smc\"\nparticles = 50", 0.03),
        ("kind = \"awrs-smc\"\nparticles = 50\ntoken = \"recursive\"", 0.03),
        ("kind = \"awrs-smc\"\nparticles = 50\ntoken = \"geometric\"", 0.03),
        ("kind = \"awrs-smc\"\nparticles = 50\ntoken = \"library\"\ness = 1.0", 0.03),
        ("kind = \"full-mask\"\nparticles = 50", 0.03),
        ("kind = \"twisted-smc\"\nparticles = 100", 0.06),
        ("kind = \"sample-rerank\"\nparticles = 100", 0.06),
    ] {
        let found = runs(estimator, &data, 4000);
        assert!(agrees(&found.evidence, laws.z), "{estimator}: Z = {}", laws.z);
        for (p, q) in [(&found.length, &laws.length), (&found.first, &laws.first)] {
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{p:?}");
            let apart = total_variation(p, q);
            assert!(apart < distance, "{estimator}: {apart}");
        }
    }
    let target = runs("kind = \"target\"", &data, 20_000);
    assert!(target.dead == 0 && target.calls == 0);
    assert!(total_variation(&target.length, &laws.length) < 0.01);
    assert!(total_variation(&target.first, &laws.first) < 0.02);
}

#[test]
fn locally_constrained_decoding_has_the_law_of_the_recursion() {
    let data = data(MODEL);
    let Data::Strings(strings) = &data else { panic!("strings") };
    let found = runs("kind = \"lcd\"", &data, 20_000);
    assert_eq!(found.dead, 0);
    assert!(total_variation(&found.length, &strings.laws.local_length) < 0.01);
    assert!(total_variation(&found.first, &strings.laws.local_first) < 0.02);
    // The model alone meets the constraint as often as Z says, and masking counts all tokens.
    let base = runs("kind = \"base-model\"", &data, 20_000);
    let met = 1.0 - base.dead as f64 / 20_000.0;
    let se = (strings.laws.z * (1.0 - strings.laws.z) / 20_000.0).sqrt();
    assert!((met - strings.laws.z).abs() < 4.0 * se, "{met}");
    let mask = runs("kind = \"full-mask\"", &data, 10);
    assert_eq!(mask.calls, mask.steps * 16);
}

#[test]
fn a_state_from_which_nothing_can_be_completed_is_not_viable() {
    // State 1 leads to itself only, and state 2 accepts, one token too late for strings of one token.
    let table = [Some(1), Some(2), Some(1), None, None, None];
    let automaton = Automaton::new(2, &table, vec![false, false, true]);
    let constraint = Constraint::new(automaton.clone(), 3);
    assert!(!constraint.accepts(0, 0, 0) && constraint.accepts(0, 0, 1));
    assert!(!constraint.accepts(0, 0, 2) && constraint.accepts(1, 2, 2));
    assert!(constraint.can_be_met());
    // Nothing follows the longest string.
    assert!(!constraint.accepts(3, 0, 1) && constraint.accepts(3, 2, 2));
    let never = Constraint::new(Automaton::new(2, &table, vec![false; 3]), 3);
    assert!(!never.can_be_met());
}

/// All strings over `tokens` of at most `longest` tokens that an automaton accepts.
fn language(automaton: &Automaton, longest: usize) -> Vec<Vec<usize>> {
    let constraint = Constraint::new(automaton.clone(), longest);
    let mut queue = vec![(Vec::new(), 0)];
    let mut found = Vec::new();
    while let Some((string, state)) = queue.pop() {
        if automaton.accepts(state) {
            found.push(string.clone());
        }
        for token in 0..automaton.tokens() {
            if string.len() < longest
                && let Some(next) = constraint.step(state, token)
            {
                queue.push(([&string[..], &[token]].concat(), next));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_pattern_accepts_the_strings_that_it_describes() {
    let tokens: Vec<Vec<u8>> = ["a", "b", "ab", ""].iter().map(|t| t.as_bytes().to_vec()).collect();
    let accepted = |expression: &str, described: fn(&str) -> bool| {
        let automaton = pattern(expression, &tokens, &tokens).unwrap_or_else(|e| panic!("{expression}: {e}"));
        let found = language(&automaton, 4);
        let mut expected = Vec::new();
        for length in 0..=4_u32 {
            for code in 0..3_usize.pow(length) {
                let string: Vec<usize> = (0..length).map(|i| code / 3_usize.pow(i) % 3).collect();
                let text: String = string.iter().map(|t| ["a", "b", "ab"][*t]).collect();
                if described(&text) {
                    expected.push(string);
                }
            }
        }
        expected.sort();
        assert!(!expected.is_empty());
        assert_eq!(found, expected, "{expression}");
    };
    accepted("a|ab", |s| s == "a" || s == "ab");
    accepted("ab|a", |s| s == "a" || s == "ab");
    accepted("(ab)*", |s| s.replace("ab", "").is_empty());
    accepted("a*?b", |s| s.ends_with('b') && s.matches('b').count() == 1);
    accepted("^a.*$", |s| s.starts_with('a'));
    accepted("[ab]{2,3}", |s| (2..=3).contains(&s.len()));
    // A character of another alphabet never comes.
    accepted("a|é", |s| s == "a");
}

#[test]
fn words_are_joined_by_single_spaces() {
    let first: Vec<Vec<u8>> = ["the", "cat"].iter().map(|t| t.as_bytes().to_vec()).collect();
    let later: Vec<Vec<u8>> = [" the", " cat"].iter().map(|t| t.as_bytes().to_vec()).collect();
    let automaton = pattern("(the cat ?)+", &first, &later).expect("an automaton");
    // A space at the end is part of no token.
    assert_eq!(language(&automaton, 5), [vec![0, 1], vec![0, 1, 0, 1]]);
}

#[test]
fn a_list_accepts_its_strings_alone() {
    let list = [vec![0, 1], vec![0, 1, 2], vec![2]];
    assert_eq!(language(&words(3, &list), 5), list);
    assert_eq!(language(&words(3, &list), 2), [vec![0, 1], vec![2]]);
}

#[test]
fn all_particles_may_die_and_the_run_counts_as_failed() {
    let data = data(MODEL);
    let found = runs("kind = \"twisted-smc\"\nparticles = 1", &data, 500);
    let positive = found.evidence.iter().filter(|e| **e > 0.0).count();
    assert_eq!(found.dead, 500 - positive);
    assert!(found.dead > 0);
}
