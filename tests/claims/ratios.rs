//! `monotone` of the ratio of two estimators' means.

use approx::assert_relative_eq;
use remeasure::core::numerics::statistics::{mean, sd};
use remeasure::harness::claims::{Finding, Verdict};
use remeasure::harness::records::Store;

use crate::world::{judge_one, name, noise, reason, replicates, world};

const FALLS: &str = "form = 'monotone'\nmetric = 'metric'\nestimator = 'a'\nrelative_to = 'b'\naxis = 'cut'\n\
                     direction = 'decreasing'";

/// Three cells, listed from frequent to rare; a/b is the cell's ratio up to noise, and the size of both grows
/// tenfold from cell to cell.
fn cells(ratios: [f64; 3]) -> Store {
    let store = world(&[("cut", &[0.0, 1.0, 2.0])], &["a", "b"], 40, |c, r, e| {
        let size = 10_f64.powf(c[0]) * (1.0 + 0.3 * noise(r, 40, 7));
        if e == "b" { size } else { ratios[c[0] as usize] * size * (1.0 + 0.1 * noise(r, 40, 3)) }
    });
    name(store, 0, &["0 3 5", "0 3.5 5.5", "0 10 2"])
}

fn undecided(f: &Finding) -> bool {
    matches!(f.verdict, Verdict::Undecided { replicates: None })
}

#[test]
fn the_ratio_falls_though_both_means_rise() {
    let f = judge_one(&cells([0.9, 0.6, 0.3]), FALLS);
    assert_eq!((f.verdict.clone(), f.groups.len()), (Verdict::Reproduced, 2));
    // In the order of the config, not alphabetically.
    let labels: Vec<&str> = f.groups.iter().map(|g| g.label.as_str()).collect();
    assert_eq!(labels, ["cut = 0 3 5 → 0 3.5 5.5", "cut = 0 3.5 5.5 → 0 10 2"]);
    assert_relative_eq!(f.groups[0].measured.value, 2.0 / 3.0, max_relative = 1e-9);
    assert_relative_eq!(f.groups[1].measured.value, 0.5, max_relative = 1e-9);
    let (low, high) = f.groups[1].interval.unwrap();
    assert_relative_eq!(low * high, 0.25, max_relative = 1e-9);
    assert_eq!(f.measures, "factor of the step in mean metric of a / mean of b");
    assert_eq!(judge_one(&cells([0.3, 0.6, 0.9]), FALLS).verdict, Verdict::Contradicted);
    assert_eq!(judge_one(&cells([0.9, 0.3, 0.6]), FALLS).verdict, Verdict::Contradicted);
    let weak = judge_one(&cells([0.9, 0.89, 0.3]), FALLS);
    assert!(replicates(&weak).unwrap() > 40);
    // Steps of the means themselves all rise.
    let means = FALLS.replace("relative_to = 'b'\n", "");
    assert_eq!(judge_one(&cells([0.9, 0.6, 0.3]), &means).verdict, Verdict::Contradicted);
}

#[test]
fn the_error_is_that_of_the_delta_method() {
    let f = judge_one(&cells([0.9, 0.6, 0.3]), FALLS);
    // log(ā/b̄) has the standard error of mean(a/ā − b/b̄); both cells have the same shape.
    let shared: Vec<f64> = (0..40).map(|r| 1.0 + 0.3 * noise(r, 40, 7)).collect();
    let a: Vec<f64> = (0..40).map(|r| shared[r as usize] * (1.0 + 0.1 * noise(r, 40, 3))).collect();
    let (ma, mb) = (mean(&a), mean(&shared));
    let residuals: Vec<f64> = a.iter().zip(&shared).map(|(a, b)| a / ma - b / mb).collect();
    let se = sd(&residuals) / 40_f64.sqrt() * 2_f64.sqrt();
    let m = f.groups[0].measured;
    assert_relative_eq!(m.se / m.value, se, max_relative = 1e-9);
    assert_relative_eq!(m.df, 78.0, max_relative = 1e-9);
}

#[test]
fn equal_ratios_are_ties_and_constant_ones_are_permuted() {
    let exact = |ratios: [f64; 3], size: f64| {
        world(&[("cut", &[0.0, 1.0, 2.0])], &["a", "b"], 6, move |c, r, e| {
            let b = size * (1.0 + f64::from(r)) * (1.0 + c[0] / 3.0);
            if e == "b" { b } else { ratios[c[0] as usize] * b }
        })
    };
    let f = judge_one(&exact([0.9, 0.9 * (1.0 - 1e-14), 0.3], 1.0), FALLS);
    assert!(undecided(&f) && f.note.contains("1 of 2 differences count as zero"), "{f:?}");
    assert_eq!((f.groups[0].p_support, f.groups[0].p_against), (1.0, 1.0));
    // Of the 924 ways to distribute twelve constant pairs, one is as extreme.
    assert_relative_eq!(f.groups[1].p_support, 1.0 / 924.0, max_relative = 1e-9);
    // Numbers of the size of rounding errors are distinguished only if the claim requests it.
    let tiny = exact([0.9, 0.6, 0.3], 1e-17);
    assert!(undecided(&judge_one(&tiny, FALLS)));
    assert_eq!(judge_one(&tiny, &format!("{FALLS}\nresolution = 0")).verdict, Verdict::Reproduced);
}

#[test]
fn a_mean_that_is_not_positive_has_no_ratio() {
    let store = world(&[("cut", &[0.0, 1.0])], &["a", "b"], 5, |c, r, e| {
        if e == "b" && c[0] == 1.0 { 0.0 } else { 1.0 + f64::from(r) }
    });
    assert_eq!(reason(&judge_one(&store, FALLS)), "a mean of metric is not positive at cut = 1");
}
