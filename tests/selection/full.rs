//! Selection without a split, against its definition by refitting.

use remeasure_core::numerics::Design;
use remeasure_selection::bh::benjamini_hochberg;
use remeasure_selection::full::FullSample;
use remeasure_selection::models::kernel::{Kernel, KernelRidge};
use remeasure_selection::problem::Data;

use crate::{mean, problem, streams, trials};

/// The prediction for a row by the learner fitted to others.
fn predicted(x: &Design, y: &[f64], row: &Design) -> f64 {
    let kernel = Kernel { gamma: 0.1 };
    KernelRidge::fit(&kernel.between(x, x), y, 1.0).unwrap().predict(&kernel.between(x, row))[0]
}

fn sample(text: &str) -> Box<FullSample> {
    match problem(text).unwrap().draw(&streams(0)).unwrap() {
        Data::Full(sample) => sample,
        Data::Split(_) => panic!("not split"),
    }
}

#[test]
fn e_values_are_those_of_refitting_for_every_test_point() {
    let sample = sample("kind = \"full\"\nsetting = 1\nn = 14\nm = 6\nlevels = [0.3, 0.6]");
    let labels: Vec<f64> = sample.labelled.y.iter().map(|y| f64::from(u8::from(*y > 0.0))).collect();
    let found = sample.evalues(&[0.3, 0.6], 1.0).unwrap();
    let alone: Vec<f64> =
        (0..6).map(|l| -predicted(&sample.labelled.x, &labels, &sample.test.take_rows(&[l]))).collect();
    for j in 0..6 {
        let pool = sample.labelled.x.stacked(Some(&sample.test.take_rows(&[j])));
        let joined = [labels.clone(), vec![0.0]].concat();
        let v: Vec<f64> = (0..15)
            .map(|i| {
                let kept: Vec<usize> = (0..15).filter(|r| *r != i).collect();
                let responses: Vec<f64> = kept.iter().map(|&r| joined[r]).collect();
                1000.0 * joined[i] - predicted(&pool.take_rows(&kept), &responses, &pool.take_rows(&[i]))
            })
            .collect();
        assert!((v[14] - alone[j]).abs() < 1e-12);
        let count = |l: usize| v.iter().filter(|c| **c <= alone[l] + 1e-12).count();
        let p: Vec<f64> = (0..6).map(|l| if l == j { 0.0 } else { count(l) as f64 / 15.0 }).collect();
        let below = v[..14].iter().filter(|c| **c < alone[j]).count();
        for (level, found) in [0.3, 0.6].iter().zip(&found) {
            assert_eq!(found.rejections[j], benjamini_hochberg(&p, *level).len().max(1), "{j} {level}");
            assert!((found.p[j] - (below + 1) as f64 / 15.0).abs() < 1e-15, "{j} {level}");
        }
    }
}

#[test]
fn a_smaller_beta_gives_other_sets() {
    let of = |beta: f64| {
        sample("kind = \"full\"\nsetting = 1\nlevels = [0.5]").evalues(&[0.5], beta).unwrap().remove(0).e()
    };
    assert_ne!(of(1.0), of(0.9));
}

#[test]
fn without_a_split_the_bound_holds_and_twice_the_labels_find_more() {
    let rows = trials(
        "kind = \"full\"\nsetting = 1\nlevels = [0.3]",
        &[
            "kind = \"full\"\npruning = \"homogeneous\"",
            "kind = \"sample-split\"\nshare = 0.5",
            "kind = \"fresh-labels\"",
        ],
        60,
    );
    for row in &rows {
        let (fdp, se) = mean(row, "fdp", Some(0.3));
        assert!(fdp < 0.3 + 3.0 * se, "{fdp} ± {se}");
    }
    assert!(mean(&rows[2], "power", Some(0.3)).0 > mean(&rows[1], "power", Some(0.3)).0);
}
