//! Neither rounding nor a single value is evidence, and no digit is lost.

use remeasure::harness::claims::{Finding, Verdict};
use remeasure::harness::records::Store;

use crate::world::{judge_one, noise, replicates, world};

const BELOW: &str = "form = 'below'\nmetric = 'metric'\na = 'a'\nb = 'b'";

/// `a` lies below `b` by `gap`, give or take a tenth of it, on numbers of about `size`.
fn apart(size: f64, gap: f64) -> Store {
    world(&[("n", &[1.0, 2.0])], &["a", "b"], 30, |_, r, e| {
        let shared = size * (1.0 + 0.3 * noise(r, 30, 7));
        if e == "a" { shared - gap * (1.0 + 0.1 * noise(r, 30, 11)) } else { shared }
    })
}

fn undecided(f: &Finding) -> bool {
    matches!(f.verdict, Verdict::Undecided { replicates: None })
}

#[test]
fn differences_below_rounding_are_none() {
    for (size, gap) in [(1.0, 4e-14), (1e6, 1e-7), (1e-3, 3e-16), (1e-16, 1e-17), (1e-30, 1e-31)] {
        for keys in [BELOW.to_string(), format!("{BELOW}\nover = 'pooled'")] {
            let f = judge_one(&apart(size, gap), &keys);
            assert!(undecided(&f), "{size} {gap}: {f:?}");
            assert_eq!((f.p_support, f.p_against), (Some(1.0), Some(1.0)));
            assert!(f.note.contains(" as zero: at most "), "{}", f.note);
            // The opposite direction is not a contradiction either.
            assert!(undecided(&judge_one(&apart(size, -gap), &keys)));
        }
    }
    let note = judge_one(&apart(1e-16, 1e-17), BELOW).note;
    assert!(note.contains("2 of 2 differences count as zero: at most 2.22e-16"), "{note}");
}

#[test]
fn differences_above_rounding_are_some() {
    for (size, gap) in [(1.0, 4e-12), (1e6, 1e-5), (1e-14, 1e-15)] {
        assert_eq!(judge_one(&apart(size, gap), BELOW).verdict, Verdict::Reproduced, "{size} {gap}");
        assert_eq!(judge_one(&apart(size, -gap), BELOW).verdict, Verdict::Contradicted, "{size} {gap}");
    }
    // One large pair does not hide what all the others show.
    let store =
        world(
            &[],
            &["a", "b"],
            30,
            |_, r, e| {
                if r == 0 { 1e6 } else { 1.0 - if e == "a" { 1e-6 } else { 0.0 } }
            },
        );
    assert_eq!(judge_one(&store, BELOW).verdict, Verdict::Reproduced);
}

#[test]
fn a_claim_may_say_what_it_resolves() {
    let with = |resolution: &str| format!("{BELOW}\nresolution = {resolution}");
    assert!(undecided(&judge_one(&apart(1.0, 1e-6), &with("1e-5"))));
    assert_eq!(judge_one(&apart(1.0, 1e-6), &with("1e-7")).verdict, Verdict::Reproduced);
    // Tiny units.
    assert_eq!(judge_one(&apart(1e-20, 1e-21), &with("0")).verdict, Verdict::Reproduced);
    // Rounding relative to the numbers is still rounding.
    assert!(undecided(&judge_one(&apart(1.0, 1e-13), &with("0"))));
    // With a margin, the distance from the margin counts.
    let margin = |m: &str| format!("{BELOW}\nmargin = {m}");
    assert_eq!(judge_one(&apart(1.0, 1e-13), &margin("0.1")).verdict, Verdict::Contradicted);
    assert!(undecided(&judge_one(&apart(1.0, 0.1), &format!("{}\nresolution = 0.01", margin("0.1")))));
}

#[test]
fn rounding_on_the_ratio_scale() {
    let ratio = format!("{BELOW}\nscale = 'ratio'");
    assert!(undecided(&judge_one(&apart(1.0, 1e-13), &ratio)));
    assert!(undecided(&judge_one(&apart(1e-16, 1e-17), &ratio)));
    assert_eq!(
        judge_one(&apart(1e-16, 1e-17), &format!("{ratio}\nresolution = 0")).verdict,
        Verdict::Reproduced
    );
    assert_eq!(judge_one(&apart(1.0, 1e-3), &ratio).verdict, Verdict::Reproduced);
    let twice = world(&[], &["a", "b"], 30, |_, r, e| {
        let shared = 1.0 + 0.3 * noise(r, 30, 7);
        if e == "a" { 0.3 * shared - 1e-14 * (2.0 + noise(r, 30, 11)) } else { shared }
    });
    assert!(undecided(&judge_one(&twice, &format!("{ratio}\nfactor = 0.3"))));
}

const RISES: &str =
    "form = 'monotone'\nmetric = 'metric'\nestimator = 'a'\naxis = 'n'\ndirection = 'increasing'";

#[test]
fn a_step_of_rounding_is_no_step() {
    // Constant up to the last digits: neither Welch's test nor the permutation test may find a step.
    for spread in [0.0, 1e-14] {
        let store =
            world(&[("n", &[1.0, 2.0])], &["a"], 30, |c, r, _| 0.1 + 5e-14 * c[0] + spread * noise(r, 30, 7));
        let f = judge_one(&store, RISES);
        assert!(undecided(&f), "{f:?}");
        assert!(f.note.contains("the difference counts as zero"), "{}", f.note);
    }
    let step = world(&[("n", &[1.0, 2.0])], &["a"], 30, |c, r, _| c[0] * 1e-6 + 1e-8 * noise(r, 30, 7));
    assert_eq!(judge_one(&step, RISES).verdict, Verdict::Reproduced);
    assert!(undecided(&judge_one(&step, &format!("{RISES}\nresolution = 1e-5"))));
}

#[test]
fn a_flat_line_has_no_slope() {
    let rate = "form = 'rate'\nmetric = 'metric'\nestimator = 'a'\naxis = 'n'\nupper = 0";
    // 1 + 1e-15 at one end: a slope of about -1e-16.
    let store = world(&[("n", &[10.0, 20.0, 70.0])], &["a"], 30, |c, _, _| {
        0.3 * (1.0 + if c[0] == 10.0 { 1e-15 } else { 0.0 })
    });
    let f = judge_one(&store, rate);
    assert!(undecided(&f), "{f:?}");
    let falls = world(&[("n", &[10.0, 20.0, 70.0])], &["a"], 30, |c, _, _| 0.3 * c[0].powf(-1e-6));
    assert_eq!(judge_one(&falls, rate).verdict, Verdict::Reproduced);
}

#[test]
fn a_ratio_or_a_threshold_met_but_for_rounding() {
    let store = world(&[], &["a", "b"], 30, |_, r, e| {
        let shared = 1.0 + 0.3 * noise(r, 30, 7);
        if e == "a" { shared * (1.0 + 3e-13 + 1e-14 * noise(r, 30, 11)) } else { shared }
    });
    let f = judge_one(
        &store,
        "form = 'within'\nmetric = 'metric'\nestimator = 'a'\nrelative_to = 'b'\nupper = 1",
    );
    assert!(matches!(f.verdict, Verdict::Undecided { .. }), "{f:?}");
    // An F1 score of 2 · p · r / (p + r) may come out as 1 − 2⁻⁵³.
    let score = world(&[], &["a"], 100, |_, _, _| 1.0 - f64::EPSILON / 2.0);
    let keys = "form = 'at-most'\nestimator = 'a'\nmetric = 'metric'\nbelow = 1\nlimit = 0.05";
    assert_eq!(judge_one(&score, keys).verdict, Verdict::Reproduced);
}

#[test]
fn one_value_is_no_evidence_in_any_form() {
    let once = world(&[("n", &[1.0, 2.0, 4.0])], &["a", "b"], 1, |c, _, e| if e == "a" { c[0] } else { 9.5 });
    let zero = world(&[("n", &[1.0, 2.0, 4.0])], &["a", "b"], 1, |c, _, _| f64::from(u8::from(c[0] > 1.0)));
    for store in [&once, &zero] {
        for keys in [
            BELOW,
            "form = 'below'\nmetric = 'metric'\na = 'a'\nb = 'b'\nscale = 'ratio'\nwhere = { n = [2, 4] }",
            "form = 'within'\nmetric = 'metric'\nestimator = 'a'\nupper = 0.97\nconfidence = 0.6",
            "form = 'within'\nmetric = 'metric'\nestimator = 'a'\nrelative_to = 'b'\nupper = 3\nwhere = { n = 4 }",
            "form = 'rate'\nmetric = 'metric'\nestimator = 'a'\naxis = 'n'\nlower = -3\nwhere = { n = [2, 4] }",
            RISES,
            "form = 'at-most'\nestimator = 'a'\nlimit = 0.97",
            "form = 'at-most'\nestimator = 'b'\nlimit = 0.02\nmetric = 'metric'\nabove = 0.5",
            "form = 'midpoint'\nmetric = 'metric'\nestimator = 'a'\nalong = 'n'\ncurve = 'c'\ntolerance = 99",
        ] {
            let curve = remeasure::core::curve::Curve {
                name: "c",
                label: "c",
                source: "-",
                arguments: &[],
                evaluate: |_| 1.5,
            };
            let f = crate::world::judge_with(store, keys, &[curve]);
            if matches!(f.verdict, Verdict::NotTestable { .. }) {
                assert!(keys.contains("midpoint"), "{f:?}");
                continue;
            }
            assert_eq!((replicates(&f), f.p_support, f.p_against), (None, Some(1.0), Some(1.0)), "{keys}");
            assert!(f.interval.is_none() && !f.measured_text().contains('±'), "{f:?}");
            assert!(f.verdict_text().starts_with("undecided (one value cannot tell"), "{}", f.verdict_text());
            assert!(f.note.contains("one value per cell cannot decide a claim"), "{}", f.note);
        }
    }
    // Many cells with one trial each, counted together, are many trials.
    let n: Vec<f64> = (0..40).map(f64::from).collect();
    let many = world(&[("n", &n)], &["a", "b"], 1, |_, _, e| f64::from(u8::from(e == "b")));
    let pooled = "form = 'at-most'\nestimator = 'a'\nlimit = 0.1\nover = 'pooled'";
    assert_eq!(judge_one(&many, pooled).verdict, Verdict::Reproduced);
    let f = judge_one(&many, &format!("{BELOW}\nover = 'pooled'"));
    assert_eq!(f.verdict, Verdict::Reproduced);
    assert!(f.test.contains("n = 40"), "{}", f.test);
}

#[test]
fn bounds_keep_their_digits() {
    let store = world(&[], &["a", "b"], 20, |_, r, _| 1.0 + 1e-7 * noise(r, 20, 7));
    let within = "form = 'within'\nmetric = 'metric'\nestimator = 'a'";
    for (keys, text) in [
        (format!("{within}\npublished = 1\ntolerance = 1e-5"), "within [0.99999, 1.00001]: "),
        (
            format!("{within}\nexpected = 5.2381e-4\nrelative_tolerance = 0.1"),
            "within [4.71429e-4, 5.76191e-4]: ",
        ),
        (format!("{within}\nlower = 0.999995"), "above 0.999995: "),
        (format!("{BELOW}\nfactor = 1.00005\nmargin = 1.23456e-7"), "a < 1.00005 · b − 1.23456e-7: "),
        (
            "form = 'at-most'\nestimator = 'a'\nmetric = 'metric'\nbelow = 0.999995\nlimit = 0.012345".into(),
            "at most 0.012345: ",
        ),
    ] {
        let f = judge_one(&store, &keys);
        assert!(f.test.starts_with(text), "{}", f.test);
    }
}
