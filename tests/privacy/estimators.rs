//! The estimators in cases with a known answer.

use remeasure_privacy::gaussian::deviation;

use super::*;

#[test]
fn without_noise_and_privacy_every_method_finds_the_truth() {
    let problem = valid("sigma = 0.0\nn = 60000\npublic = 100");
    let users = problem.draw(&streams(0));
    for (text, tolerance) in [
        ("kind = \"least-squares\"", 1e-12),
        ("kind = \"nldp\"\ncovariance = \"private\"\nlambda = { value = 0.0 }\nprivate = false", 1e-12),
        ("kind = \"nldp\"\ncovariance = \"known\"\nlambda = { value = 0.0 }\nprivate = false", 0.05),
        ("kind = \"ldp-iht\"\nrounds = 6\nprivate = false", 1e-9),
    ] {
        let error = distance(theta(&fit(text, &problem, &users, 0)), &users.truth);
        assert!(error < tolerance, "{text}: {error}");
    }
    let zero = fit("kind = \"zero\"", &problem, &users, 0);
    assert!((distance(theta(&zero), &users.truth) - 1.0).abs() < 1e-12);
}

#[test]
fn the_noise_of_the_closed_form_is_that_of_its_calibration() {
    // With Σ known to be I and no threshold, θ̃ − h is the noise itself.
    let problem = valid("k = 4\nn = 500");
    let users = problem.draw(&streams(0));
    let with = |noise: &str, replicate| {
        let text = format!("kind = \"nldp\"\ncovariance = \"known\"\nlambda = {{ value = 0.0 }}{noise}");
        fit(&text, &problem, &users, replicate).coefficients.unwrap()
    };
    let plain = with("\nprivate = false", 0);
    let sd = deviation(2.0 * 8f64.sqrt() * 2.0, 2.0, 1e-3) / 500f64.sqrt();
    let draws = 2000;
    let squares: f64 = (0..draws).map(|r| distance(&with("", r), &plain).powi(2)).sum();
    let ratio = squares / (8.0 * f64::from(draws)) / (sd * sd);
    // A mean of 16,000 squares.
    assert!((ratio - 1.0).abs() < 4.0 * (2.0 / 16_000.0_f64).sqrt(), "{ratio}");
    // Half of the budget each, where the moments of the features are private too.
    let theory = |covariance: &str| {
        let text = format!("kind = \"nldp\"\ncovariance = \"{covariance}\"\nlambda = {{ theory = 1.0 }}");
        fit(&text, &problem, &users, 0).lambda.unwrap()
    };
    assert!((theory("known") / (sd * 8f64.ln().sqrt()) - 1.0).abs() < 1e-9);
    let halves = deviation(2.0 * 8f64.sqrt() * 2.0, 1.0, 5e-4) / 500f64.sqrt();
    // The floor of ½ bounds Σ̂⁻¹.
    assert!(theory("private") <= 2.0 * halves * 8f64.ln().sqrt() * (1.0 + 1e-9));
}

#[test]
fn the_oracle_threshold_is_no_worse_than_any_other() {
    let problem = valid("n = 20000\npublic = 5000");
    let users = problem.draw(&streams(4));
    let error = |lambda: &str| {
        let text = format!("kind = \"nldp\"\ncovariance = \"public\"\nlambda = {lambda}");
        distance(theta(&fit(&text, &problem, &users, 4)), &users.truth)
    };
    let best = error("\"oracle\"");
    for lambda in ["{ value = 0.0 }", "{ value = 0.01 }", "{ value = 1.0 }"] {
        assert!(best <= error(lambda), "{lambda}");
    }
}

#[test]
fn features_have_the_covariance_that_is_known() {
    for (lines, tolerance) in [
        ("design = \"signs\"", 0.03),
        ("design = \"gaussian\"", 0.03),
        ("design = \"toeplitz\"\ncorrelation = 0.5", 0.04),
    ] {
        let problem = valid(&format!("n = 64\npublic = 40000\n{lines}"));
        let users = problem.draw(&streams(0));
        assert!(apart(users.public.as_ref().unwrap(), &users.covariance) < tolerance, "{lines}");
        assert!((distance(&users.truth, &[0.0; 8]) - 1.0).abs() < 1e-12);
        assert_eq!(users.truth.iter().filter(|v| **v != 0.0).count(), 2);
    }
}

#[test]
fn every_user_answers_at_most_once_and_no_gradient_is_too_long() {
    let problem = valid("n = 2003\ndesign = \"gaussian\"");
    let users = problem.draw(&streams(0));
    for (rounds, used) in [("1", 2003), ("3", 2001), ("\"log-n\"", 2000), ("2003", 2003)] {
        let fit = fit(&format!("kind = \"ldp-iht\"\nrounds = {rounds}"), &problem, &users, 0);
        assert_eq!(fit.used.unwrap(), f64::from(used) / 2003.0);
        assert!(fit.reach.unwrap() <= 1.0);
        assert!((distance(theta(&fit), &[0.0; 8])) <= 1.0 + 1e-12);
        assert!(theta(&fit).iter().filter(|v| **v != 0.0).count() <= 2);
    }
}

#[test]
fn the_same_streams_give_the_same_bits() {
    let problem = valid("public = 50");
    for text in
        ["kind = \"ldp-iht\"\nrounds = 3", "kind = \"nldp\"\ncovariance = \"private\"\nlambda = \"oracle\""]
    {
        let run = |replicate| fit(text, &problem, &problem.draw(&streams(replicate)), replicate).coefficients;
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
    }
}
