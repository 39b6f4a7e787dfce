//! Numbers that are the same in every replicate are one number, and only declared events are rates.

use remeasure::harness::claims::Verdict;
use remeasure::harness::records::Store;

use crate::world::{judge_one, noise, reason, replicates, world};

const BELOW: &str = "form = 'below'\nmetric = 'metric'\na = 'a'\nb = 'b'";
const WITHIN: &str = "form = 'within'\nmetric = 'metric'\nestimator = 'a'\nlower = 0.5\nupper = 1.5";

/// Whose metric is no event.
fn plain(value: impl FnMut(&[f64], u32, &str) -> f64, axes: &[(&str, &[f64])], n: u32) -> Store {
    let mut store = world(axes, &["a", "b"], n, value);
    store.events.clear();
    store
}

/// a is 1, b is 2, in every replicate.
fn copies(n: u32) -> Store {
    plain(|_, _, name| if name == "a" { 1.0 } else { 2.0 }, &[], n)
}

#[test]
fn copies_of_one_number_are_no_evidence_however_many() {
    for n in [2, 12, 1000] {
        for keys in [BELOW, WITHIN] {
            let found = judge_one(&copies(n), keys);
            assert!(matches!(found.verdict, Verdict::NotTestable { .. }), "{keys}: {:?}", found.verdict);
            assert!(
                reason(&found).contains(&format!("{n} replicates are one data set")),
                "{}",
                reason(&found)
            );
        }
    }
}

#[test]
fn a_claim_about_the_one_data_set_compares_its_numbers() {
    for (keys, verdict) in [
        (BELOW.to_owned(), Verdict::Reproduced),
        (BELOW.replace("a = 'a'\nb = 'b'", "a = 'b'\nb = 'a'"), Verdict::Contradicted),
        (WITHIN.to_owned(), Verdict::Reproduced),
        (WITHIN.replace("'a'", "'b'"), Verdict::Contradicted),
    ] {
        let found = judge_one(&copies(3), &format!("{keys}\nexact = true"));
        assert_eq!(found.verdict, verdict, "{keys}");
        assert!(found.test.contains("compared as they are, as nothing is drawn"), "{}", found.test);
        assert_eq!(found.interval, None);
    }
    // What varies is no single data set.
    let drawn = plain(|_, r, name| noise(r, 12, 1) + if name == "a" { 0.0 } else { 9.0 }, &[], 12);
    let found = judge_one(&drawn, &format!("{BELOW}\nexact = true"));
    assert!(reason(&found).contains("differ between replicates"), "{:?}", found.verdict);
    assert_eq!(judge_one(&drawn, BELOW).verdict, Verdict::Reproduced);
}

#[test]
fn one_side_that_varies_is_evidence() {
    let store = plain(|_, r, name| if name == "a" { 1.0 } else { 2.0 + 0.1 * noise(r, 12, 1) }, &[], 12);
    assert_eq!(judge_one(&store, BELOW).verdict, Verdict::Reproduced);
}

#[test]
fn a_cell_of_copies_decides_nothing_among_others() {
    // At n = 1 nothing is drawn, at n = 2 the values vary; in both a is below b.
    let value = |values: &[f64], r: u32, name: &str| {
        let spread = if values[0] == 1.0 { 0.0 } else { 0.1 * noise(r, 40, 1) };
        spread + if name == "a" { 1.0 } else { 2.0 + spread }
    };
    let store = plain(value, &[("n", &[1.0, 2.0])], 40);
    let found = judge_one(&store, BELOW);
    assert!(found.verdict.is_undecided(), "{:?}", found.verdict);
    assert_eq!(replicates(&found), None);
    assert_eq!(found.groups[0].n, 1);
}

#[test]
fn only_a_declared_event_is_a_rate() {
    // All values are 1 by chance, as an error may be; nothing is a copy, since another number varies.
    let store = |event: bool| {
        let mut store =
            world(&[], &["a", "b"], 30, |_, r, name| f64::from(u8::from(name == "a" || r % 3 > 0)));
        if !event {
            store.events.clear();
        }
        store
    };
    let keys = "form = 'below'\nmetric = 'metric'\na = 'b'\nb = 'a'";
    assert!(judge_one(&store(true), keys).test.contains("McNemar"));
    assert!(judge_one(&store(false), keys).test.contains("paired t test"));
    let within = "form = 'within'\nmetric = 'metric'\nestimator = 'b'\nlower = 0.4\nupper = 0.9";
    assert!(judge_one(&store(true), within).test.contains("exact binomial test"));
    assert!(judge_one(&store(false), within).test.contains("t test"));
}
