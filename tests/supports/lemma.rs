//! What the proof says.

use remeasure_supports::{Guarantee, preconditioner};

use super::*;

fn guarantee(problem: &Problem, subsets: usize, replicate: u32) -> Guarantee {
    let instance = problem.draw(&streams(replicate)).unwrap();
    let text = format!("kind = \"preconditioned\"\nsubsets = {subsets}\nchoose = \"theory\"");
    fit(&text, problem, &instance, replicate).guarantee.unwrap()
}

#[test]
fn failures_are_as_rare_as_exchangeability_makes_them() {
    for design in ["iid", "lowrank2", "pairs"] {
        let problem = valid(&format!("n = 40\nd = 48\ndesign = \"{design}\"\ndelta = 0.1"));
        for subsets in [1, 4] {
            let draws = 300;
            let found: Vec<f64> = (0..draws).map(|r| guarantee(&problem, subsets, r).failures).collect();
            let mean = found.iter().sum::<f64>() / f64::from(draws);
            let square = found.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / f64::from(draws);
            let bound = 1.0 / (subsets + 1) as f64;
            assert!(mean < bound + 4.0 * (square / f64::from(draws)).sqrt(), "{design} {subsets}: {mean}");
            // Independent columns are exchangeable in a stronger sense: no subset is better than another.
            assert!(design != "iid" || subsets > 1 || mean > 0.2, "{mean}");
        }
    }
}

#[test]
fn whole_pairs_always_fail() {
    let problem = valid("d = 256\nn = 80\nk = 4\nblock = 2\ndesign = \"pairs\"");
    let mut all = 0.0;
    for replicate in 0..20 {
        let found = guarantee(&problem, 8, replicate);
        all += found.failures / 20.0;
        assert_eq!(found.contradictions, 0);
    }
    // A partner is among some 24 of 256 columns with a probability of .09.
    assert!(all > 0.8, "{all}");
}

#[test]
fn reference_columns_are_a_union_of_sets() {
    let stream = &mut streams(0).stream("reference");
    for (d, size, subsets) in [(20, 3, 5), (3, 2, 9), (10, 0, 4)] {
        let columns = preconditioner::reference(d, size, subsets, stream);
        assert!(columns.is_sorted_by(|a, b| a < b) && columns.iter().all(|&j| j < d));
        assert!(columns.len() <= (size * subsets).min(d) && columns.len() >= size);
    }
}
