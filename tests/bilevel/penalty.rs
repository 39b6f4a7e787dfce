//! The penalty function and the methods on it, and L-BFGS.

use approx::assert_relative_eq;
use remeasure_bilevel::methods::ENTRIES;
use remeasure_bilevel::problem::Model;
use remeasure_bilevel::problems::quadratic::Data;
use remeasure_bilevel::{Estimator, Fit, Instance, Penalised, Problem, Task};
use remeasure_core::Invalid;
use remeasure_core::stream::Streams;

use crate::tools::reference;

const QUADRATIC: &str = "kind = \"quadratic\"\ndata = \"documented\"\nbudget = 1e7";

fn problem(text: &str) -> Problem {
    Problem::read(text.parse().expect("TOML")).expect("a problem")
}

fn method(text: &str) -> Result<Box<dyn Estimator>, Invalid> {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    (entry.read)(table)
}

fn streams(replicate: u32) -> Streams {
    Streams { seed: 3, cell: 8, replicate }
}

fn fit_on(instance: &Instance, text: &str, replicate: u32) -> anyhow::Result<Fit> {
    method(text)?.fit(Task { instance, streams: &streams(replicate) })
}

fn fit(problem_text: &str, text: &str) -> Fit {
    let instance = problem(problem_text).draw(&streams(0)).unwrap();
    fit_on(&instance, text, 0).unwrap()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// Closed forms of `scripts/reference/bilevel_quadratic.py` on the same data.
#[test]
fn errors_on_the_quadratic_are_those_of_the_closed_form() {
    let data = Data::new(1000, 10, 0.01, 29).unwrap();
    let (value, gradient) = data.outer(&[1.0; 10]);
    let errors = reference("value_error").into_iter().zip(reference("gradient_error"));
    for ((_, sigma, off), (_, same, apart)) in errors {
        assert_eq!(sigma, same);
        let found = fit(QUADRATIC, &format!("kind = \"penalty-function\"\nsigma = {sigma}"));
        let step = &found.steps[found.answer];
        let z = step.hypergradient.as_ref().unwrap();
        let error = distance(&z.vector, &gradient);
        assert_relative_eq!((step.value - value).abs(), off, max_relative = 5e-3);
        assert_relative_eq!(error, apart, max_relative = 5e-3);
        assert!(error <= z.bound, "σ = {sigma}: {error} exceeds {}", z.bound);
    }
}

#[test]
fn the_gradient_is_that_of_the_penalty_function() {
    let data = Data::new(40, 4, 0.1, 5).unwrap();
    let functions = data.smooth().unwrap();
    let mut penalised = Penalised::new(functions, f64::INFINITY, data.currency());
    let theta = [0.3, -1.0, 0.8, 2.0];
    for sigma in [0.5, 0.01] {
        penalised.value(&theta, sigma, 1e-10).unwrap();
        let z = penalised.gradient().unwrap().vector;
        for i in 0..4 {
            let mut at = |by: f64| {
                let mut moved = theta;
                moved[i] += by;
                penalised.value(&moved, sigma, 1e-10).unwrap()
            };
            // Central differences are exact on a quadratic up to rounding.
            let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
            assert_relative_eq!(slope, z[i], max_relative = 1e-6, epsilon = 1e-6);
        }
    }
}

/// With one hyperparameter, and so without ill-conditioned directions, the minimiser of ψ_σ converges to that
/// of f.
#[test]
fn descent_on_the_penalty_function_reaches_the_minimum_as_sigma_falls() {
    let text = "kind = \"quadratic\"\nrows = 30\nsize = 1\nnoise = 0.3\ndata = \"documented\"\ndata_seed = 4\nbudget = 1e7";
    let instance = problem(text).draw(&streams(0)).unwrap();
    let exact = fit_on(&instance, "kind = \"lbfgs\"", 0).unwrap();
    let best = &exact.steps[exact.answer].theta;
    let truth = instance.model.truth().exact(best, false).unwrap().value;
    assert_relative_eq!(truth, instance.minimum.unwrap(), max_relative = 1e-9);
    let mut before = f64::INFINITY;
    for sigma in [1.0, 1e-2, 1e-4] {
        let text = format!("kind = \"penalty\"\nsigma = {sigma}\naccuracy = 1e-6\niterations = 5000");
        let found = fit_on(&instance, &text, 0).unwrap();
        assert!(found.shortfall.is_none(), "{:?}", found.shortfall);
        let apart = distance(&found.steps[found.answer].theta, best);
        assert!(apart < 0.2 * before || apart < 1e-4, "σ = {sigma}: {apart} after {before}");
        before = apart;
    }
    assert!(before < 1e-2, "{before}");
    let text = "kind = \"penalty\"\nsigma = 0.1\ndecay = 0.333\niterations = 300";
    let found = fit_on(&instance, text, 0).unwrap();
    let last = instance.model.truth().exact(&found.steps[found.answer].theta, false).unwrap().value;
    assert!(last < 1.05 * truth + 1e-3, "{last} for {truth}");
}

/// Without noise and with weight 1 throughout, the momentum variant equals the plain one with its exponents.
#[test]
fn momentum_with_full_weight_is_plain_descent() {
    let common = "kind = \"f2sa\"\nsigma = 0.01\nstep = 1e-5\nnoise = 0.5\niterations = 500\n";
    let averaged = fit(QUADRATIC, &format!("{common}variant = \"momentum\"\naveraging_exponent = 0.0"));
    let plain = format!("{common}variant = \"stochastic\"\nouter_exponent = 0.6\ninner_exponent = 0.4");
    let plain = fit(QUADRATIC, &plain);
    assert_eq!(averaged.steps.last().unwrap().theta, plain.steps.last().unwrap().theta);
    assert_eq!(averaged.cost.gradients, 2 * plain.cost.gradients);
    assert_eq!(plain.cost.gradients, 5 * 500);
    let storm = fit(QUADRATIC, &format!("{common}variant = \"momentum\""));
    assert_ne!(storm.steps.last().unwrap().theta, plain.steps.last().unwrap().theta);
}

#[test]
fn noise_is_a_function_of_the_trial_alone() {
    let instance = problem(QUADRATIC).draw(&streams(0)).unwrap();
    let text =
        "kind = \"f2sa\"\nvariant = \"stochastic\"\nsigma = 0.01\nstep = 1e-5\nnoise = 1.0\niterations = 200";
    let last = |replicate| fit_on(&instance, text, replicate).unwrap().steps.pop().unwrap().theta;
    assert_eq!(last(0), last(0));
    assert_ne!(last(0), last(1));
}

#[test]
fn the_iterates_shown_are_told_by_iteration() {
    let text = "kind = \"f2sa\"\nvariant = \"deterministic\"\nsigma = 0.01\nstep = 1e-5\niterations = 1234";
    let found = fit(QUADRATIC, text);
    assert_eq!(found.iterations.len(), found.steps.len());
    assert_eq!((found.iterations[0], *found.iterations.last().unwrap()), (0, 1234));
    assert!(found.iterations.windows(2).all(|w| w[0] < w[1]));
    for (iteration, step) in found.iterations.iter().zip(&found.steps) {
        assert_eq!(step.cost.gradients, 5 * *iteration as u64);
    }
    assert!([10, 14, 100, 134, 1000].iter().all(|i| found.iterations.contains(i)), "{:?}", found.iterations);
}

#[test]
fn a_step_too_long_is_an_outcome_with_a_reason() {
    let text = "kind = \"f2sa\"\nvariant = \"deterministic\"\nsigma = 0.01\nstep = 1.0\niterations = 20000";
    let found = fit(QUADRATIC, text);
    assert!(found.shortfall.as_ref().unwrap().contains("diverges"), "{:?}", found.shortfall);
    assert!(found.steps.iter().all(|s| s.theta.iter().all(|t| t.is_finite())));
}

#[test]
fn a_spent_budget_ends_a_method_with_what_it_has() {
    let text = QUADRATIC.replace("1e7", "3000.0");
    for method in [
        "kind = \"f2sa\"\nvariant = \"deterministic\"\nsigma = 0.01\nstep = 1e-5",
        "kind = \"penalty\"\nsigma = 0.01",
        "kind = \"lbfgs\"",
    ] {
        let found = fit(&text, method);
        assert!(found.shortfall.is_none() && found.steps.len() > 1, "{method}: {:?}", found.shortfall);
        let cost = found.cost.gradients + found.cost.hessian_products;
        assert!((3000..3030).contains(&cost), "{method}: {cost}");
    }
}

/// Below the noise level of a value the descent ends; the gradient at the minimum of noiseless data is 0.
#[test]
fn a_zero_gradient_ends_quietly() {
    let instance =
        problem("kind = \"quadratic\"\nrows = 30\nsize = 2\nnoise = 0.0\ndata = \"documented\"\ndata_seed = 4\nbudget = 1e6")
            .draw(&streams(0))
            .unwrap();
    let minimiser = {
        let found = fit_on(&instance, "kind = \"lbfgs\"\ntolerance = 1e-9", 0).unwrap();
        found.steps[found.answer].theta.clone()
    };
    let settled = Instance { start: minimiser, ..instance };
    for text in ["kind = \"lbfgs\"\ntolerance = 1e-4", "kind = \"penalty\"\nsigma = 1e-3"] {
        let found = fit_on(&settled, text, 0).unwrap();
        assert!(found.shortfall.is_none() && found.cost.gradients < 100_000, "{text}: {:?}", found.cost);
    }
}

#[test]
fn what_cannot_be_is_refused_by_key() {
    let refused = |text: &str| method(text).err().map(|e| e.to_string()).unwrap_or_default();
    for (text, expected) in [
        ("kind = \"penalty\"\nsigma = 0.0", "sigma: expected a number above 0"),
        ("kind = \"penalty-function\"\nsigma = -1.0", "sigma: expected a number above 0"),
        ("kind = \"f2sa\"\nvariant = \"deterministic\"\nsigma = nan\nstep = 1.0", "sigma: expected"),
        ("kind = \"f2sa\"\nvariant = \"momentum\"\nsigma = 0.1\nstep = 0.0", "step: expected"),
        ("kind = \"f2sa\"\nvariant = \"momentum\"\nsigma = 0.1\nstep = 1.0\nnoise = -1.0", "noise: expected"),
        (
            "kind = \"f2sa\"\nvariant = \"momentum\"\nsigma = 0.1\nstep = 1.0\ninner_exponent = 0.9",
            "inner_exponent: σ must not grow",
        ),
        ("kind = \"penalty\"\nsigma = 0.1\ndecay = 1.0", "decay: expected an exponent"),
        ("kind = \"lbfgs\"\nmemory = 0", "memory: expected at least 1"),
        ("kind = \"lbfgs\"\ntolerance = 0.0", "tolerance: expected a number above 0"),
    ] {
        assert!(refused(text).starts_with(expected), "{text}: {}", refused(text));
    }
    let bilinear = problem("kind = \"bilinear\"\nbudget = 1e3");
    for text in [
        "kind = \"penalty\"\nsigma = 0.1",
        "kind = \"f2sa\"\nvariant = \"momentum\"\nsigma = 0.1\nstep = 1.0",
    ] {
        let refusal = method(text).unwrap().admit(&bilinear).unwrap_err();
        assert!(refusal.to_string().starts_with("kind: penalty methods need a lower level"), "{refusal}");
    }
    method("kind = \"penalty-function\"\nsigma = 0.1").unwrap().admit(&bilinear).unwrap();
    let instance = bilinear.draw(&streams(0)).unwrap();
    let message = fit_on(&instance, "kind = \"maid\"", 0).unwrap_err().to_string();
    assert!(message.contains("not strongly convex"), "{message}");
}

/// The error of the value does not decrease with σ if the lower level is not strongly convex: its supremum is 2.25,
/// at a θ of 0, and the grid closes in on that.
#[test]
fn the_failure_case_stays_where_it_is() {
    for sigma in [1e-2, 1e-4, 1e-5] {
        let instance = problem("kind = \"bilinear\"\nbudget = 1e3").draw(&streams(0)).unwrap();
        let found = fit_on(&instance, &format!("kind = \"penalty-function\"\nsigma = {sigma}"), 0).unwrap();
        let mut truth = instance.model.truth();
        let worst = found
            .steps
            .iter()
            .map(|s| (s.value - truth.exact(&s.theta, false).unwrap().value).abs())
            .fold(0.0, f64::max);
        assert!((2.2..=2.25).contains(&worst), "σ = {sigma}: {worst}");
        assert_eq!(found.steps[found.answer].theta, [0.5]);
    }
}
