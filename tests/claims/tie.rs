//! Undecided comparisons of two sides that are equal for practical purposes.

use remeasure::harness::claims::Verdict;

use crate::world::{judge_one, noise, world};

/// Two estimators whose means differ by a share of 10 and whose replicates spread by `spread`.
fn verdict(share: f64, spread: f64, replicates: u32, keys: &str) -> (Verdict, Option<f64>) {
    let store = world(&[("n", &[1.0, 2.0])], &["a", "b"], replicates, |_, r, e| {
        let shift = if e == "a" { 10.0 * share } else { 0.0 };
        let seed = if e == "a" { 3 } else { 7 };
        10.0 + shift + spread * noise(r, replicates, seed)
    });
    let f = judge_one(&store, &format!("form = 'below'\nmetric = 'metric'\na = 'a'\nb = 'b'\n{keys}"));
    (f.verdict, f.p_tie)
}

#[test]
fn equal_sides_are_tied_where_the_claim_says_what_a_tie_is() {
    for keys in [
        "tie = 0.05",
        "tie = 0.05\nscale = 'ratio'",
        "tie = 0.05\nover = 'pooled'",
        "tie = 0.05\nfactor = 0.999",
    ] {
        let (found, p) = verdict(0.0, 0.1, 40, keys);
        assert_eq!(found, Verdict::Tied, "{keys}");
        assert!(p.unwrap() < 1e-6, "{keys}: {p:?}");
        // Too few or too noisy data show nothing.
        let (found, p) = verdict(0.0, 4.0, 12, keys);
        assert!(matches!(found, Verdict::Undecided { .. }) && p.unwrap() > 0.05, "{keys}: {found:?} {p:?}");
    }
    let (found, p) = verdict(0.0, 0.1, 40, "");
    assert!(matches!(found, Verdict::Undecided { .. }) && p.is_none());
}

#[test]
fn a_decided_claim_stays_decided() {
    assert_eq!(verdict(-0.01, 0.01, 40, "tie = 0.05").0, Verdict::Reproduced);
    assert_eq!(verdict(0.01, 0.01, 40, "tie = 0.05").0, Verdict::Contradicted);
}
