//! The fast counts against direct ones, and properties of the selected sets.

use rand::Rng;
use remeasure_core::stream::Stream;
use remeasure_selection::bh::{benjamini_hochberg, e_benjamini_hochberg};
use remeasure_selection::msel::{Candidates, Final, Pruning, Ties};
use remeasure_selection::scores::Scores;

use crate::{mean, streams, trials};

/// Scores with many ties.
fn scores(k: usize, n: usize, m: usize, stream: &mut Stream) -> Scores {
    let mut draw = |rows: usize, coarse: f64| -> Vec<f64> {
        (0..rows).map(|_| (stream.r#gen::<f64>() * coarse).round() / coarse).collect()
    };
    let coarse = |k: usize| [3.0, 10.0, 1e6][k % 3];
    Scores {
        calibration: (0..k).map(|k| draw(n, coarse(k))).collect(),
        test: (0..k).map(|k| draw(m, coarse(k))).collect(),
        positive: draw(n, 1e6).iter().map(|u| *u > 0.5).collect(),
        offset: 1000.0,
    }
}

/// `R_jk` by its definition.
fn direct(scores: &Scores, k: usize, j: usize, q: f64) -> usize {
    let (v, n) = (scores.conformity(k), scores.rows());
    let test = &scores.test[k];
    let p = |l: usize| {
        let count = v.iter().filter(|c| **c <= -test[l]).count() + usize::from(-test[j] <= -test[l]);
        if l == j { 0.0 } else { count as f64 / (n + 1) as f64 }
    };
    benjamini_hochberg(&(0..test.len()).map(p).collect::<Vec<f64>>(), q).len().max(1)
}

#[test]
fn auxiliary_rejections_are_those_of_bh_point_by_point() {
    let mut compared = std::collections::BTreeSet::new();
    // With n + 1 = 20, 50 and 100, p-values often equal thresholds.
    for (replicate, (n, m)) in [(19, 10), (49, 25), (99, 20), (7, 3), (40, 1)].into_iter().enumerate() {
        let scores = scores(6, n, m, &mut streams(replicate as u32).stream("scores"));
        let candidates = Candidates::new(&scores, Final::Strict);
        for q in [0.2, 0.3, 0.5, 0.7] {
            let found = candidates.rejections(q);
            for (k, found) in found.iter().enumerate() {
                for (j, count) in found.iter().enumerate() {
                    assert_eq!(*count, direct(&scores, k, j, q), "n = {n}, q = {q}, k = {k}, j = {j}");
                    compared.insert(*count);
                }
            }
        }
    }
    assert!(compared.len() > 10, "{compared:?}");
}

#[test]
fn bh_rejects_by_the_textbook() {
    // Benjamini and Hochberg (1995), section 3.2: 15 p-values, of which 4 are rejected at .05.
    let p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
        0.6528, 0.7590, 1.0,
    ];
    assert_eq!(benjamini_hochberg(&p, 0.05), [0, 1, 2, 3]);
    let reversed: Vec<f64> = p.iter().rev().copied().collect();
    assert_eq!(benjamini_hochberg(&reversed, 0.05), [11, 12, 13, 14]);
    assert_eq!(benjamini_hochberg(&[0.3, 0.9], 0.05), [0; 0]);
}

#[test]
fn e_bh_is_the_largest_consistent_set() {
    let mut stream = streams(0).stream("e");
    let mut sizes = [0; 9];
    for _ in 0..300 {
        let q = [0.2, 0.5][stream.gen_range(0..2)];
        // Thresholds m / (q · size) themselves are among the values.
        let value = |stream: &mut Stream| 8.0 / (q * f64::from(stream.gen_range(1..16)));
        let e: Vec<f64> = (0..8).map(|_| value(&mut stream)).collect();
        let consistent = |set: u32| {
            let size = f64::from(set.count_ones());
            (0..8).filter(|j| set >> j & 1 == 1).all(|j| e[j] >= 8.0 / (q * size) * (1.0 - 1e-12))
        };
        let largest = (0..256u32).filter(|s| consistent(*s)).map(u32::count_ones).max().unwrap();
        let found = e_benjamini_hochberg(&e, q);
        assert_eq!(found.len(), largest as usize, "{e:?}");
        assert!(consistent(found.iter().map(|j| 1 << j).sum()));
        sizes[found.len()] += 1;
    }
    assert!(sizes.iter().filter(|s| **s > 0).count() > 3, "{sizes:?}");
}

#[test]
fn a_monotone_map_of_the_scores_changes_nothing() {
    let mut stream = streams(3).stream("scores");
    let mut plain = scores(4, 60, 40, &mut stream);
    plain.offset = f64::INFINITY;
    let map =
        |rows: &[Vec<f64>]| rows.iter().map(|r| r.iter().map(|s| (3.0 * s).exp() - 7.0).collect()).collect();
    let mapped = Scores { calibration: map(&plain.calibration), test: map(&plain.test), ..plain.clone() };
    for which in [Final::Strict, Final::Weak] {
        let of = |scores: &Scores| {
            Candidates::new(scores, which).evalues(0.4, 1.0, Ties::Random, &mut streams(1).stream("ties"))
        };
        assert_eq!(of(&plain), of(&mapped));
        // For labels and scores of this range, the authors' 1000 is as good as infinity.
        assert_eq!(of(&plain), of(&Scores { offset: 1000.0, ..plain.clone() }));
    }
}

#[test]
fn pruning_by_uniform_numbers_only_adds_rows() {
    let scores = scores(5, 99, 60, &mut streams(8).stream("scores"));
    let found = Candidates::new(&scores, Final::Strict).evalues(
        0.5,
        1.0,
        Ties::Random,
        &mut streams(8).stream("ties"),
    );
    let set = |pruning| found.pruned(0.5, pruning, &mut || 0.4);
    let (det, het, hom) =
        (set(Pruning::Deterministic), set(Pruning::Heterogeneous), set(Pruning::Homogeneous));
    assert!(det.iter().all(|j| het.contains(j)) && het == hom);
}

#[test]
fn with_one_model_and_no_label_of_interest_p_values_are_uniform_and_e_values_have_mean_one() {
    let rows = trials(
        "kind = \"null\"\nmodels = 1\nn = 39\nm = 20\nlevels = [0.2, 0.5]",
        &["kind = \"optcs\"\npruning = \"homogeneous\"", "kind = \"select-all\""],
        400,
    );
    // Uniform on {1, …, 40}/40.
    for (metric, expected) in [("p_mean", 41.0 / 80.0), ("p_tenth", 0.1)] {
        let (found, se) = mean(&rows[0], metric, None);
        assert!((found - expected).abs() < 4.0 * se && se < 0.02, "{metric}: {found} ± {se}");
    }
    for q in [0.2, 0.5] {
        let (fdp, se) = mean(&rows[0], "fdp", Some(q));
        assert!(fdp < q + 3.0 * se && fdp > 0.0, "{fdp} ± {se}");
    }
    assert_eq!(mean(&rows[1], "fdp", Some(0.2)).0, 1.0);
    // Where all thresholds q R / m are multiples of 1/(n + 1), e-values have mean 1; elsewhere less.
    let exact = "kind = \"null\"\nmodels = 1\nn = 199\nm = 5\nlevels = [0.25, 0.5]";
    let rows = trials(exact, &["kind = \"optcs\"\npruning = \"deterministic\""], 1500);
    for q in [0.25, 0.5] {
        let (found, se) = mean(&rows[0], "null_e", Some(q));
        assert!((found - 1.0).abs() < 4.0 * se && se < 0.07, "{found} ± {se}");
    }
}
