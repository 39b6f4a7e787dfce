//! Exact relevance if many bases meet in one vertex.

use remeasure_multitask::relevance;

use crate::{problem, streams};

#[test]
fn a_target_among_the_sources_is_found() {
    for k in [2, 3, 5, 8] {
        let text = format!(
            "kind = \"target-among-sources\"\nd = 20\nk = {k}\ntasks = 50\nsigma = 1.0\ntarget_samples = 100\nbudget = 1000"
        );
        let problem = problem(&text).unwrap();
        for replicate in 0..50 {
            let truth = problem.draw(&streams(replicate)).unwrap().truth.unwrap();
            let found = relevance::l1(&truth.heads, &truth.target).unwrap();
            assert!(found.residual < 1e-9 && found.certificate < 1e-9, "k = {k}, {replicate}: {found:?}");
            let length: f64 = found.weights.iter().map(|v| v.abs()).sum();
            assert!((length - 1.0).abs() < 1e-9, "{length}");
            let large = found.weights.iter().filter(|v| v.abs() > 1e-6).count();
            assert_eq!(large, 1, "k = {k}, {replicate}");
        }
    }
}
