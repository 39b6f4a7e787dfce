//! Bad input, and extreme but valid input.

use proptest::prelude::*;

use super::*;

fn refused(lines: &str) -> String {
    problem(lines).expect_err(lines).to_string()
}

#[test]
fn a_bad_problem_is_refused_by_its_key() {
    for (lines, key, found) in [
        ("n = 0", "n", "0"),
        ("d = 1", "d", "1"),
        ("k = 9", "k", "9"),
        ("k = 0", "k", "0"),
        ("epsilon = 0.0", "epsilon", "0"),
        ("epsilon = -1.0", "epsilon", "-1"),
        ("epsilon = nan", "epsilon", "NaN"),
        ("epsilon = 101.0", "epsilon", "101"),
        ("delta = 0.0", "delta", "0"),
        ("delta = 1.0", "delta", "1"),
        ("sigma = -0.1", "sigma", "-0.1"),
        ("design = \"toeplitz\"", "correlation", "needs one"),
        ("design = \"toeplitz\"\ncorrelation = 1.0", "correlation", "1"),
        ("correlation = 0.5", "correlation", "toeplitz"),
        ("public = 7", "public", "7"),
        ("n = 200000000", "n", "exceed"),
    ] {
        let text = refused(lines);
        assert!(text.starts_with(&format!("{key}: ")) && text.contains(found), "{lines}: {text}");
    }
}

#[test]
fn a_bad_estimator_is_refused_by_its_key() {
    for (text, key) in [
        ("kind = \"ldp-iht\"\nrounds = 0", "rounds"),
        ("kind = \"ldp-iht\"\nrounds = 3\nkeep = 0", "keep"),
        ("kind = \"ldp-iht\"\nrounds = 3\nclip_x = 0.0", "clip_x"),
        ("kind = \"ldp-iht\"\nrounds = 3\nclip_y = -1.0", "clip_y"),
        ("kind = \"ldp-iht\"\nrounds = 3\nstep = inf", "step"),
        ("kind = \"nldp\"\ncovariance = \"known\"\nlambda = { theory = -1.0 }", "lambda.theory"),
        ("kind = \"nldp\"\ncovariance = \"known\"\nlambda = { value = nan }", "lambda.value"),
        ("kind = \"nldp\"\ncovariance = \"known\"\nlambda = \"oracle\"\nfloor = 0.0", "floor"),
        ("kind = \"randomizer\"\nmessages = 1", "messages"),
    ] {
        let error = estimator(text).err().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(error.key, key, "{text}");
    }
    let small = valid("n = 5");
    for (text, key) in [
        ("kind = \"ldp-iht\"\nrounds = 6", "rounds"),
        ("kind = \"ldp-iht\"\nrounds = 3\nkeep = 9", "keep"),
        ("kind = \"nldp\"\ncovariance = \"public\"\nlambda = \"oracle\"", "covariance"),
        ("kind = \"least-squares\"", "kind"),
    ] {
        assert_eq!(estimator(text).unwrap().admit(&small).expect_err(text).key, key, "{text}");
    }
}

proptest! {
    #[test]
    fn estimates_are_finite_and_in_the_unit_ball(
        n in 1_usize..200,
        d in 2_usize..12,
        k in 1_usize..12,
        rounds in 1_usize..20,
        epsilon in 0.01_f64..100.0,
        sigma in 0.0_f64..10.0,
        design in prop::sample::select(vec!["signs", "gaussian"]),
        replicate in 0_u32..1000,
    ) {
        prop_assume!(k <= d && rounds <= n);
        let problem = valid(&format!(
            "n = {n}\nd = {d}\nk = {k}\nepsilon = {epsilon:?}\nsigma = {sigma:?}\ndesign = \"{design}\""
        ));
        let users = problem.draw(&streams(replicate));
        let iht = fit(&format!("kind = \"ldp-iht\"\nrounds = {rounds}"), &problem, &users, replicate);
        prop_assert!(distance(theta(&iht), &vec![0.0; d]) <= 1.0 + 1e-12);
        prop_assert!(theta(&iht).iter().filter(|v| **v != 0.0).count() <= k);
        prop_assert!(iht.reach.unwrap() <= 1.0 + 1e-12);
        let text = "kind = \"nldp\"\ncovariance = \"private\"\nlambda = \"oracle\"";
        let nldp = fit(text, &problem, &users, replicate);
        prop_assert!(theta(&nldp).iter().all(|v| v.is_finite()));
        // λ = 1 is among the thresholds, but none makes the zero estimate worse than the truth's norm by choice alone.
        prop_assert!((0.0..=1.0).contains(&nldp.lambda.unwrap()));
    }
}
