//! Bad input, and extreme but valid input.

use proptest::prelude::*;

use super::*;

#[test]
fn a_bad_problem_is_refused_by_its_key() {
    for (lines, key, found) in [
        ("n = 0", "n", "0"),
        ("d = 0", "d", "0"),
        ("k = 0", "k", "0"),
        ("k = 65", "k", "65"),
        ("n = 10\nk = 11", "k", "11"),
        ("delta = 0.0", "delta", "0"),
        ("delta = 1.0", "delta", "1"),
        ("delta = nan", "delta", "NaN"),
        ("block = 2", "block", "2"),
        ("block = 0", "block", "0"),
        ("sigma = -1.0", "sigma", "-1"),
        ("n = 1000000\nd = 1000000", "d", "exceeds"),
    ] {
        let text = problem(lines).expect_err(lines).to_string();
        assert!(text.starts_with(&format!("{key}: ")) && text.contains(found), "{lines}: {text}");
    }
}

#[test]
fn a_bad_estimator_is_refused_by_its_key() {
    for (text, key) in [
        ("kind = \"preconditioned\"\nsubsets = 0\nchoose = \"oracle\"", "subsets"),
        ("kind = \"reference-fit\"\nsubsets = 0", "subsets"),
        ("kind = \"lasso\"\nchoose = \"oracle\"\ntolerance = 0.0", "tolerance"),
        ("kind = \"lasso\"\nchoose = \"oracle\"\npoints = 0", "points"),
        ("kind = \"lasso\"\nchoose = \"oracle\"\nratio = 1.0", "ratio"),
        ("kind = \"lasso\"\nchoose = \"best\"", "choose"),
        ("kind = \"ridge\"\nchoose = \"theory\"", "choose"),
        ("kind = \"omp\"\nchoose = \"theory\"", "choose"),
        ("kind = \"omp\"\nchoose = \"cv\"\nsteps = 0", "steps"),
    ] {
        let error = estimator(text).err().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(error.key, key, "{text}");
    }
    for (text, lines, key) in [
        ("kind = \"preconditioned\"\nsubsets = 40\nchoose = \"oracle\"", "k = 3", "subsets"),
        ("kind = \"reference-fit\"\nsubsets = 40", "k = 3", "subsets"),
        ("kind = \"lasso\"\nchoose = \"theory\"", "sigma = 0.0", "choose"),
        ("kind = \"ridge\"\nchoose = \"cv\"", "n = 9", "choose"),
    ] {
        assert_eq!(estimator(text).unwrap().admit(&valid(lines)).expect_err(text).key, key, "{text}");
    }
}

proptest! {
    #[test]
    fn the_proof_is_never_contradicted(
        n in 16_usize..40,
        half in 4_usize..20,
        k in 1_usize..4,
        block in 1_usize..3,
        subsets in 1_usize..4,
        design in prop::sample::select(vec!["iid", "common", "twoscale", "lowrank2", "tree", "pairs"]),
        coefficients in prop::sample::select(vec!["white", "worst", "gauss"]),
        delta in 0.02_f64..0.9,
        sigma in 0.01_f64..3.0,
        replicate in 0_u32..10_000,
    ) {
        prop_assume!(k % block == 0 && subsets * (k - 1) * 2 <= n);
        let problem = valid(&format!(
            "n = {n}\nd = {}\nk = {k}\nblock = {block}\ndesign = \"{design}\"\ndelta = {delta:?}\nsigma = {sigma:?}\n\
             coefficients = \"{coefficients}\"",
            2 * half
        ));
        let instance = problem.draw(&streams(replicate)).unwrap();
        let text = format!("kind = \"preconditioned\"\nsubsets = {subsets}\nchoose = \"theory\"\ntolerance = 1e-6");
        let fit = fit(&text, &problem, &instance, replicate);
        let found = fit.guarantee.unwrap();
        prop_assert_eq!(found.contradictions, 0);
        prop_assert!(found.orthogonality < 1e-10);
        prop_assert!(found.failures > 0.0 || found.weight <= k as f64 * (1.0 + 1e-6));
        let power = error(&instance.response, &vec![0.0; n]);
        let slack = 1e-5 * power + 1e-12;
        let error = error(&fit.prediction, &instance.signal);
        prop_assert!(!found.applies || error <= found.bound + slack, "{error} {found:?}");
    }
}
