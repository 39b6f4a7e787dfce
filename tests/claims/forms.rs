//! `below`, `within`, `rate`, `monotone` of means, `at-most`.

use approx::assert_relative_eq;
use remeasure::core::family::Outcome;
use remeasure::core::numerics::statistics::holm;
use remeasure::harness::claims::{Verdict, judge};
use remeasure::harness::records::Store;

use crate::world::{claim, edit, fail, judge_one, noise, reason, replicates, world};

const BELOW: &str = "form = 'below'\nmetric = 'metric'\na = 'a'\nb = 'b'";

/// Two estimators whose shared data vary a hundred times more than they differ.
fn pair(n: u32, effect: f64) -> Store {
    world(&[("snr", &[1.0, 5.0])], &["a", "b"], n, |_, r, e| {
        let own = if e == "a" { effect + 0.1 * noise(r, n, 7) } else { 0.1 * noise(r, n, 11) };
        10.0 + 10.0 * noise(r, n, 1) + own
    })
}

#[test]
fn below_is_paired() {
    let f = judge_one(&pair(50, -0.1), BELOW);
    assert_eq!(f.verdict, Verdict::Reproduced);
    assert_relative_eq!(f.measured.unwrap().value, -0.1, max_relative = 1e-9);
    assert_eq!(f.groups.len(), 2);
    assert_eq!(f.groups[0].label, "snr = 1");
    assert!(f.test.contains("a < b") && f.test.contains("paired t test, n = 50"), "{}", f.test);
    assert_eq!(judge_one(&pair(50, 0.1), BELOW).verdict, Verdict::Contradicted);
}

#[test]
fn too_few_replicates_leave_it_undecided_and_enough_decide_it() {
    let small = judge_one(&pair(10, -0.03), BELOW);
    let n = replicates(&small).unwrap();
    assert!(n > 10, "{n}");
    // A number near the requested one that is coprime to the shuffles.
    let n = (n as u32..).find(|n| n % 7 != 0 && n % 11 != 0).unwrap();
    assert_eq!(judge_one(&pair(n, -0.03), BELOW).verdict, Verdict::Reproduced);
    let against = judge_one(&pair(10, 0.03), BELOW);
    let n = (replicates(&against).unwrap() as u32..).find(|n| n % 7 != 0 && n % 11 != 0).unwrap();
    assert_eq!(judge_one(&pair(n, 0.03), BELOW).verdict, Verdict::Contradicted);
    assert_eq!(replicates(&judge_one(&pair(50, 0.0), BELOW)), None);
}

#[test]
fn margin_and_factor_move_the_threshold() {
    let store =
        world(&[], &["a", "b"], 20, |_, r, e| if e == "a" { 4.0 } else { 10.0 } + 0.1 * noise(r, 20, 3));
    let store = edit(&store, |r| {
        Some(*r).map(|mut r| {
            r.value *= 1.0 + 1e-3 * noise(r.replicate, 20, 7);
            r
        })
    });
    for (extra, reproduced) in
        [("margin = 5.9", true), ("margin = 6.1", false), ("factor = 0.45", true), ("factor = 0.35", false)]
    {
        let verdict = judge_one(&store, &format!("{BELOW}\n{extra}")).verdict;
        let expected = if reproduced { Verdict::Reproduced } else { Verdict::Contradicted };
        assert_eq!(verdict, expected, "{extra}");
    }
}

#[test]
fn the_ratio_scale_is_a_geometric_mean() {
    // log(a/b) = log ½ + noise: the arithmetic means would be dominated by the largest values.
    let store = world(&[], &["a", "b"], 30, |_, r, e| {
        let size = (3.0 * noise(r, 30, 1)).exp();
        if e == "a" { 0.5 * size * (0.2 * noise(r, 30, 7)).exp() } else { size }
    });
    let f = judge_one(&store, &format!("{BELOW}\nscale = 'ratio'"));
    assert_eq!(f.verdict, Verdict::Reproduced);
    let m = f.measured.unwrap();
    assert_relative_eq!(m.value, 0.5, max_relative = 1e-9);
    let (low, high) = f.interval.unwrap();
    // An interval computed on the log scale is symmetric as a ratio.
    assert_relative_eq!(low * high, 0.25, max_relative = 1e-9);
    assert_eq!(
        judge_one(&store, &format!("{BELOW}\nscale = 'ratio'\nfactor = 0.4")).verdict,
        Verdict::Contradicted
    );
    // The paired test on log ratios, SciPy 1.17: ttest_1samp(log(a/b), 0, alternative="less").
    let (a, b) = ([1.2, 1.5, 0.9, 1.1, 1.8, 1.3], [2.1, 2.7, 2.0, 1.8, 3.3, 2.4]);
    let store = world(&[], &["a", "b"], 6, |_, r, e| if e == "a" { a[r as usize] } else { b[r as usize] });
    let f = judge_one(&store, &format!("{BELOW}\nscale = 'ratio'"));
    assert_relative_eq!(f.p_support.unwrap(), 1.367_680_342_307_549_6e-5, max_relative = 1e-9);
}

/// `a` below `b` by 1 at snr 1 and 2, by `third` at snr 3.
fn three_cells(third: f64) -> Store {
    world(&[("snr", &[1.0, 2.0, 3.0])], &["a", "b"], 20, |c, r, e| {
        let effect = if c[0] == 3.0 { third } else { -1.0 };
        if e == "a" { effect + 0.5 * noise(r, 20, 3) } else { 0.5 * noise(r, 20, 7) }
    })
}

#[test]
fn every_group_must_show_it_and_one_can_contradict_it() {
    let pooled = format!("{BELOW}\nover = 'pooled'");
    let weak = judge_one(&three_cells(0.05), BELOW);
    assert!(matches!(weak.verdict, Verdict::Undecided { .. }));
    assert!(weak.test.contains("weakest of 3: snr = 3"), "{}", weak.test);
    assert_eq!(weak.group.as_deref(), Some("snr = 3"));
    let average = judge_one(&three_cells(0.05), &pooled);
    assert_eq!(average.verdict, Verdict::Reproduced);
    assert_eq!(average.group, None);
    assert_relative_eq!(average.measured.unwrap().value, -1.95 / 3.0, max_relative = 1e-9);
    let one = judge_one(&three_cells(1.0), BELOW);
    assert_eq!(one.verdict, Verdict::Contradicted);
    assert!(one.test.contains("; strongest against, of 3: snr = 3"), "{}", one.test);
    assert_eq!(one.group.as_deref(), Some("snr = 3"));
    assert_relative_eq!(one.measured.unwrap().value, 1.0, max_relative = 1e-9);
    // Bonferroni over the three groups.
    assert_relative_eq!(one.p_against_raw.unwrap(), 3.0 * one.groups[2].p_against, max_relative = 1e-12);
    // With two groups against it, the one with the stronger evidence is shown.
    let two = edit(&three_cells(9.0), |r| {
        Some(*r).map(|mut r| {
            r.value += if (r.cell, r.estimator) == (0, 0) { 4.0 } else { 0.0 };
            r
        })
    });
    let f = judge_one(&two, BELOW);
    assert_relative_eq!(f.measured.unwrap().value, 9.0, max_relative = 1e-9);
    let selected = format!("{BELOW}\nwhere = {{ snr = [1, 2.0] }}");
    assert_eq!(judge_one(&three_cells(1.0), &selected).verdict, Verdict::Reproduced);
}

#[test]
fn pairs_of_zeros_and_ones_get_mcnemars_test() {
    // 3 of 20 pairs are discordant, all in one direction: a t test would give p = .041; the exact value is 1/8.
    let store = world(&[], &["a", "b"], 20, |_, r, e| f64::from(u8::from(e == "b" && r < 3)));
    let f = judge_one(&store, BELOW);
    assert_relative_eq!(f.p_support.unwrap(), 0.125, max_relative = 1e-12);
    assert!(matches!(f.verdict, Verdict::Undecided { .. }));
    let store = world(&[], &["a", "b"], 20, |_, r, e| f64::from(u8::from(e == "b" && r < 6)));
    assert_eq!(judge_one(&store, BELOW).verdict, Verdict::Reproduced);
    // Pooled, the discordant pairs of all cells are counted together.
    let cells = |k: u32| {
        world(&[("n", &[1.0, 2.0])], &["a", "b"], 20, move |c, r, e| {
            f64::from(u8::from(e == "b" && c[0] == 2.0 && r < k))
        })
    };
    let pooled = format!("{BELOW}\nover = 'pooled'");
    let f = judge_one(&cells(3), &pooled);
    assert_relative_eq!(f.p_support.unwrap(), 0.125, max_relative = 1e-12);
    assert_relative_eq!(f.measured.unwrap().value, -0.075, max_relative = 1e-12);
    assert!(replicates(&f).unwrap() > 20);
    assert_eq!(judge_one(&cells(6), &pooled).verdict, Verdict::Reproduced);
}

#[test]
fn constant_differences_get_the_sign_test() {
    let store = world(&[], &["a", "b"], 10, |_, _, e| if e == "a" { 0.25 } else { 0.75 });
    let f = judge_one(&store, BELOW);
    assert_eq!((f.p_support_raw, f.p_against_raw), (Some(0.5_f64.powi(10)), Some(1.0)));
    assert_eq!((f.verdict.clone(), f.interval), (Verdict::Reproduced, None));
    let same = world(&[], &["a", "b"], 10, |_, r, _| f64::from(r));
    let f = judge_one(&same, BELOW);
    assert_eq!((f.p_support, f.p_against), (Some(1.0), Some(1.0)));
    assert_eq!(replicates(&f), None);
    assert!(f.note.contains("all 10 values are equal"), "{}", f.note);
    let once = world(&[], &["a", "b"], 1, |_, _, e| if e == "a" { 0.0 } else { 9.5 });
    let f = judge_one(&once, BELOW);
    assert_eq!((replicates(&f), f.p_support), (None, Some(1.0)));
}

fn mean_of(value: f64, n: u32) -> Store {
    world(&[("n", &[1.0, 2.0])], &["a", "b"], n, |_, r, e| {
        if e == "a" { value + noise(r, n, 3) * 0.1 } else { 2.0 + 0.01 * noise(r, n, 7) }
    })
}

const WITHIN: &str = "form = 'within'\nmetric = 'metric'\nestimator = 'a'";

#[test]
fn within_is_equivalence() {
    let near = format!("{WITHIN}\npublished = 1.0\ntolerance = 0.1");
    let f = judge_one(&mean_of(1.02, 50), &near);
    assert_eq!((f.verdict, f.published.as_str()), (Verdict::Reproduced, "1"));
    let (low, high) = f.interval.unwrap();
    assert!(low > 0.9 && high < 1.1);
    assert_relative_eq!(f.interval_level, 0.9, max_relative = 1e-12);
    assert_eq!(judge_one(&mean_of(1.3, 50), &near).verdict, Verdict::Contradicted);
    // Exactly between the bounds, but too noisy to decide.
    let few = judge_one(&mean_of(1.0, 4), &near);
    assert!(replicates(&few).unwrap() > 4);
    // Just outside and too noisy to decide; more replicates would contradict it.
    let edge = judge_one(&mean_of(1.11, 20), &near);
    assert!(replicates(&edge).unwrap() > 20);
    // Contradiction tests each of two bounds at α/2, so it needs more than for one.
    let one = judge_one(&mean_of(1.11, 20), &format!("{WITHIN}\nupper = 1.1"));
    assert!(replicates(&one).unwrap() < replicates(&edge).unwrap());
    // At the bound, no number of replicates decides.
    assert_eq!(replicates(&judge_one(&mean_of(1.1, 20), &format!("{WITHIN}\nupper = 1.1"))), None);
}

#[test]
fn within_as_a_ratio_of_means() {
    let keys = |t: &str| format!("{WITHIN}\nrelative_to = 'b'\npublished = 0.5\nrelative_tolerance = {t}");
    let f = judge_one(&mean_of(1.02, 50), &keys("0.1"));
    assert_eq!(f.verdict, Verdict::Reproduced);
    assert_relative_eq!(f.measured.unwrap().value, 0.51, max_relative = 1e-9);
    assert_eq!(judge_one(&mean_of(1.3, 50), &keys("0.1")).verdict, Verdict::Contradicted);
    // NumPy 2: std(a − R b, ddof=1) / √6 / mean(b).
    let (a, b) = ([1.2, 1.5, 0.9, 1.1, 1.8, 1.3], [2.1, 2.7, 2.0, 1.8, 3.3, 2.4]);
    let store = world(&[], &["a", "b"], 6, |_, r, e| if e == "a" { a[r as usize] } else { b[r as usize] });
    let m = judge_one(&store, &keys("0.1")).measured.unwrap();
    assert_relative_eq!(m.value, 0.545_454_545_454_545_4, max_relative = 1e-12);
    assert_relative_eq!(m.se, 0.017_836_671_752_574_876, max_relative = 1e-9);
}

#[test]
fn rates_near_one_are_tested_exactly() {
    let all = |n| world(&[], &["a"], n, |_, _, _| 1.0);
    let keys = format!("{WITHIN}\nlower = 0.9");
    let few = judge_one(&all(20), &keys);
    // A sign test would be certain after 20 successes; the binomial probability at .9 is .9^20.
    assert_relative_eq!(few.p_support.unwrap(), 0.9_f64.powi(20), max_relative = 1e-9);
    assert_eq!(replicates(&few), Some(29));
    assert_eq!(judge_one(&all(29), &keys).verdict, Verdict::Reproduced);
    let half = world(&[], &["a"], 20, |_, r, _| f64::from(r % 2));
    assert_eq!(judge_one(&half, &keys).verdict, Verdict::Contradicted);
    // The bound 1 of a rate does not restrict anything.
    assert_eq!(
        judge_one(&all(29), &format!("{WITHIN}\nlower = 0.9\nupper = 1")).verdict,
        Verdict::Reproduced
    );
    // Pooled, twice 10 successes are 20, whether or not one is missing.
    let cells = world(&[("n", &[1.0, 2.0])], &["a"], 10, |_, _, _| 1.0);
    let pooled = format!("{keys}\nover = 'pooled'\nmax_missing = 0.5");
    let f = judge_one(&cells, &pooled);
    assert_relative_eq!(f.p_support.unwrap(), 0.9_f64.powi(20), max_relative = 1e-9);
    // 29 trials in two cells.
    assert_eq!(replicates(&f), Some(15));
    let f = judge_one(&fail(&cells, 0, 0, 0..1), &pooled);
    assert_relative_eq!(f.p_support.unwrap(), 0.9_f64.powi(19), max_relative = 1e-9);
    let cells = world(&[("n", &[1.0, 2.0])], &["a"], 15, |_, _, _| 1.0);
    assert_eq!(judge_one(&cells, &format!("{keys}\nover = 'pooled'")).verdict, Verdict::Reproduced);
    assert!(matches!(judge_one(&cells, &keys).verdict, Verdict::Undecided { .. }));
}

#[test]
fn rate_is_a_log_log_slope() {
    let law = |power: f64| {
        world(&[("n", &[10.0, 20.0, 40.0, 80.0]), ("snr", &[1.0, 2.0])], &["a"], 20, move |c, r, _| {
            c[1] * c[0].powf(power) * (1.0 + 0.1 * noise(r, 20, 3))
        })
    };
    let keys =
        "form = 'rate'\nmetric = 'metric'\nestimator = 'a'\naxis = 'n'\npublished = -1\ntolerance = 0.1";
    let f = judge_one(&law(-1.0), keys);
    assert_eq!((f.verdict.clone(), f.groups.len(), f.note.as_str()), (Verdict::Reproduced, 2, ""));
    assert_relative_eq!(f.measured.unwrap().value, -1.0, max_relative = 1e-9);
    // Each log mean has standard error s/20^½ with s the relative sd; the four x are ln 2 apart.
    let sd = 0.1
        * remeasure::core::numerics::statistics::sd(&(0..20).map(|r| noise(r, 20, 3)).collect::<Vec<_>>());
    let expected = sd / 20.0_f64.sqrt() / (5.0_f64.sqrt() * 2.0_f64.ln());
    assert_relative_eq!(f.measured.unwrap().se, expected, max_relative = 1e-9);
    assert_eq!(judge_one(&law(-0.5), keys).verdict, Verdict::Contradicted);
    let bent = edit(&law(-1.0), |r| {
        Some(*r).map(|mut r| {
            if r.cell >= 6 {
                r.value *= 1.6;
            }
            r
        })
    });
    assert!(judge_one(&bent, keys).note.contains("depart from a power law"));
    let zero = edit(&law(-1.0), |r| {
        Some(*r).map(|mut r| {
            r.value -= 1.0;
            r
        })
    });
    assert!(reason(&judge_one(&zero, keys)).contains("not positive"));
}

#[test]
fn monotone_needs_every_step() {
    let course = |middle: f64| {
        world(&[("n", &[4.0, 1.0, 2.0])], &["a"], 30, move |c, r, _| {
            let mean = if c[0] == 1.0 {
                3.0
            } else if c[0] == 2.0 {
                middle
            } else {
                1.0
            };
            mean + 0.5 * noise(r, 30, 7)
        })
    };
    let keys = |d: &str| {
        format!("form = 'monotone'\nmetric = 'metric'\nestimator = 'a'\naxis = 'n'\ndirection = '{d}'")
    };
    let f = judge_one(&course(2.0), &keys("decreasing"));
    assert_eq!(f.verdict, Verdict::Reproduced);
    // Ordered by number, not in the order of the sweep.
    assert_eq!(f.groups.iter().map(|g| g.label.as_str()).collect::<Vec<_>>(), ["n = 1 → 2", "n = 2 → 4"]);
    assert_eq!(judge_one(&course(2.0), &keys("increasing")).verdict, Verdict::Contradicted);
    // Falls overall, but not at the second step.
    assert!(matches!(judge_one(&course(1.0), &keys("decreasing")).verdict, Verdict::Undecided { .. }));
    assert_eq!(judge_one(&course(0.0), &keys("decreasing")).verdict, Verdict::Contradicted);
}

#[test]
fn steps_between_rates_and_constants_are_exact() {
    let keys = "form = 'monotone'\nmetric = 'metric'\nestimator = 'a'\naxis = 'n'\ndirection = 'increasing'";
    let hits = world(&[("n", &[1.0, 2.0])], &["a"], 20, |c, r, _| {
        f64::from(u8::from(if c[0] == 1.0 { r < 3 } else { r < 11 }))
    });
    let f = judge_one(&hits, keys);
    // SciPy 1.17, fisher_exact([[3, 17], [11, 9]], "less").
    assert_relative_eq!(f.p_support.unwrap(), 0.009_350_563_021_308_293, max_relative = 1e-9);
    let constant = world(&[("n", &[1.0, 2.0])], &["a"], 4, |c, _, _| 5.0 * c[0]);
    let f = judge_one(&constant, keys);
    assert_relative_eq!(f.p_support.unwrap(), 1.0 / 70.0, max_relative = 1e-9);
    assert_eq!(f.p_against, Some(1.0));
    // The opposite direction.
    let keys = keys.replace("increasing", "decreasing");
    let f = judge_one(&hits, &keys);
    assert_relative_eq!(f.p_against.unwrap(), 0.009_350_563_021_308_293, max_relative = 1e-9);
    let f = judge_one(&constant, &keys);
    assert_eq!(f.p_support, Some(1.0));
    assert_relative_eq!(f.p_against.unwrap(), 1.0 / 70.0, max_relative = 1e-9);
}

#[test]
fn at_most_counts_outcomes_and_thresholds() {
    let mut store = world(&[("n", &[1.0, 2.0])], &["a"], 100, |_, r, _| f64::from(r));
    for o in store.outcomes.iter_mut().filter(|o| o.cell == 0 && o.replicate < 10) {
        o.outcome =
            if o.replicate < 6 { Outcome::Failed("x".into()) } else { Outcome::NotConverged("y".into()) };
    }
    let rate = |extra: &str| {
        let f = judge_one(&store, &format!("form = 'at-most'\nestimator = 'a'\n{extra}"));
        let worst = f.groups.iter().map(|g| g.measured.value).fold(0.0, f64::max);
        (f.verdict, worst)
    };
    assert_eq!(rate("limit = 0.2"), (Verdict::Reproduced, 0.1));
    assert_eq!(rate("limit = 0.2\nevent = 'failed'"), (Verdict::Reproduced, 0.06));
    assert_eq!(
        rate("limit = 0.03\nevent = 'not-converged'"),
        (Verdict::Undecided { replicates: Some(2493) }, 0.04)
    );
    assert_eq!(rate("limit = 0.02"), (Verdict::Contradicted, 0.1));
    // Pooled, 10 of 200.
    assert_eq!(rate("limit = 0.1\nover = 'pooled'"), (Verdict::Reproduced, 0.05));
    // With six failed fits only survivors are left, which must be allowed explicitly.
    let above = "metric = 'metric'\nabove = 94.5\nlimit = 0.2";
    assert!(matches!(rate(above).0, Verdict::NotTestable { .. }));
    assert_eq!(rate(&format!("{above}\nmax_missing = 0.06")), (Verdict::Reproduced, 5.0 / 94.0));
    assert_eq!(
        rate("metric = 'metric'\nbelow = 50\nlimit = 0.2\nmax_missing = 0.1").0,
        Verdict::Contradicted
    );
}

#[test]
fn holm_goes_across_claims() {
    // Alone p is about .03; among five claims that is not enough.
    let store = world(&[], &["a", "b", "c", "d"], 15, |_, r, e| match e {
        "a" => -0.5 + noise(r, 15, 1),
        "c" => -9.0 + noise(r, 15, 2),
        "d" => 0.2 * noise(r, 15, 4),
        _ => 0.0,
    });
    let below = |id: &str, a: &str, b: &str| {
        claim(&format!("id = '{id}'\nform = 'below'\nmetric = 'metric'\na = '{a}'\nb = '{b}'"))
    };
    let alone = judge(&store, &[below("one", "a", "b")], &[]);
    assert_eq!(alone[0].verdict, Verdict::Reproduced);
    assert!(alone[0].p_support.unwrap() > 0.025);
    let claims = [
        below("one", "a", "b"),
        below("two", "c", "b"),
        below("three", "d", "b"),
        below("four", "b", "d"),
        below("five", "b", "c"),
        claim("id = 'six'\nform = 'untestable'\nreason = 'needs their data'"),
    ];
    let all = judge(&store, &claims, &[]);
    let raw = |side: fn(&remeasure::harness::claims::Finding) -> Option<f64>| -> Vec<f64> {
        all.iter().filter_map(side).collect()
    };
    assert_eq!(raw(|f| f.p_support), holm(&raw(|f| f.p_support_raw)));
    assert_eq!(raw(|f| f.p_against), holm(&raw(|f| f.p_against_raw)));
    assert_eq!(raw(|f| f.p_support_raw).len(), 5);
    let words: Vec<&str> = all.iter().map(|f| f.verdict.word()).collect();
    let undecided = "undecided";
    assert_eq!(words, [undecided, "reproduced", undecided, undecided, "contradicted", "not testable"]);
    assert_eq!(reason(&all[5]), "needs their data");
    // Among more claims, deciding one takes more replicates.
    let pair =
        [below("one", "a", "b"), below("two", "d", "b"), below("three", "b", "d"), below("four", "b", "a")];
    let (two, four) = (judge(&store, &pair[..2], &[]), judge(&store, &pair, &[]));
    assert!(replicates(&two[0]).unwrap() < replicates(&four[0]).unwrap());
}
