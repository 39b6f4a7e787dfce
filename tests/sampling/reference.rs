//! Enumeration and dynamic programming compared with an independent program.

use remeasure_sampling::automaton::{Automaton, Constraint};
use remeasure_sampling::chain::Chain;
use remeasure_sampling::exact::{Forms, enumerate};
use remeasure_sampling::laws::Laws;
use remeasure_sampling::token::Method;
use serde_json::Value;

use super::geometric;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn near(found: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().expect("a number");
    assert!((found - expected).abs() <= tolerance, "{found} and {expected}");
}

fn all_near(found: &[f64], expected: &Value, tolerance: f64) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len());
    let apart = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(apart <= tolerance, "{found:?} and {expected:?}");
}

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn one_step_is_that_of_an_independent_enumeration() {
    let cases = cases(include_str!("../data/sampling/one_step.json"));
    assert_eq!(cases.len(), 6);
    for case in &cases {
        let p = numbers(&case["p"]);
        let accepted: Vec<bool> = numbers(&case["accept"]).iter().map(|a| *a == 1.0).collect();
        for (method, name) in [(Method::TwoLoop, "two_loop"), (Method::Recursive, "recursive")] {
            let found = enumerate(method, &p, &accepted);
            all_near(&found.weight, &case[name]["mean_weight_by_token"], 1e-13);
            near(found.variance, &case[name]["variance"], 1e-13);
            near(found.calls, &case[name]["mean_calls"], 1e-12);
        }
        let forms = Forms::of(&p, &accepted);
        near(forms.z, &case["Z"], 1e-15);
        near(forms.one_loop, &case["mean_rejects_one_loop"], 1e-12);
        near(forms.two_loops, &case["mean_rejects_two_loops"], 1e-12);
        let variance = forms.geometric_variance() * forms.z * forms.z;
        near(variance, &case["geometric"]["variance_max_accepts_2"], 1e-13);
        for accepts in [2.0, 3.0] {
            let found = enumerate(geometric(accepts), &p, &accepted);
            let apart = |x: usize| (found.weight[x] - if accepted[x] { p[x] } else { 0.0 }).abs();
            assert!((0..p.len()).all(|x| apart(x) < 1e-12), "{found:?}");
            if let Some(calls) = forms.calls(geometric(accepts)) {
                assert!((found.calls - calls).abs() < 1e-12, "{} and {calls}", found.calls);
            }
        }
    }
}

#[test]
fn laws_of_strings_are_those_of_brute_force() {
    let cases = cases(include_str!("../data/sampling/sequences.json"));
    assert_eq!(cases.len(), 3);
    for case in &cases {
        let tokens = case["V"].as_u64().expect("V") as usize;
        let longest = case["T"].as_u64().expect("T") as usize;
        let end = case["eos"].as_f64().expect("eos");
        let rows = case["trans"].as_array().expect("rows").iter().chain([&case["init"]]);
        let law = |row: &Value| {
            let mut law: Vec<f64> = numbers(row).iter().map(|p| p * (1.0 - end)).collect();
            law.push(end);
            law
        };
        let chain = Chain::new(tokens, rows.flat_map(law).collect(), longest);
        let allow = case["allow"].as_array().expect("rows").iter().flat_map(numbers);
        let next = case["next_state"].as_array().expect("rows").iter().flat_map(numbers);
        let table: Vec<Option<u32>> = allow.zip(next).map(|(a, s)| (a == 1.0).then_some(s as u32)).collect();
        let accepting = numbers(&case["accepting"]).iter().map(|a| *a == 1.0).collect();
        let constraint = Constraint::new(Automaton::new(tokens, &table, accepting), longest);
        let laws = Laws::of(&chain, &constraint).expect("strings");
        near(laws.z, &case["Z"], 1e-11);
        all_near(&laws.length, &case["length_dist"], 1e-9);
        all_near(&laws.first, &case["first_token_dist"], 1e-9);
        all_near(&laws.local_length, &case["lcd_length_dist"], 1e-9);
        all_near(&laws.local_first, &case["lcd_first_token_dist"], 1e-9);
        near(laws.divergence, &case["KL_target_LCD"], 1e-9);
        near(laws.divergence, &case["KL_dp"], 1e-9);
    }
}
