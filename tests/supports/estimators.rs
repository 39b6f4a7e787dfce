//! The problems and the estimators in cases with a known answer.

use remeasure_core::numerics::dense::Cholesky;
use remeasure_supports::Basis;

use super::*;

const DESIGNS: [&str; 6] = ["iid", "common", "twoscale", "lowrank2", "tree", "pairs"];

#[test]
fn columns_and_signals_have_the_norm_that_they_should() {
    for design in DESIGNS {
        for coefficients in ["white", "worst", "gauss"] {
            let problem = valid(&format!("design = \"{design}\"\ncoefficients = \"{coefficients}\""));
            let instance = problem.draw(&streams(1)).unwrap();
            for square in instance.design.column_squared_norms() {
                assert!((square / 60.0 - 1.0).abs() < 1e-12);
            }
            assert!((error(&instance.signal, &[0.0; 60]) - 1.0).abs() < 1e-12);
            let back = combine(&instance.design, &instance.support, &instance.weights);
            assert!(error(&back, &instance.signal).sqrt() < 1e-8, "{design} {coefficients}");
            assert!(instance.support.is_sorted() && instance.support.len() == 3);
        }
    }
}

#[test]
fn close_columns_are_as_close_as_delta() {
    let draw =
        |lines: &str| valid(&format!("n = 4000\nd = 8\nk = 2\n{lines}")).draw(&streams(0)).unwrap().design;
    let angle = |design: &Design, a: usize, b: usize| {
        let dot: f64 = design.column(a).iter().zip(design.column(b)).map(|(a, b)| a * b).sum();
        dot / 4000.0
    };
    // cos = 1/(1 + δ²) for u + δz, and 1/√(1 + δ²) for z and z + δz'.
    let near = |value: f64, expected: f64| assert!((value - expected).abs() < 0.06, "{value} {expected}");
    near(angle(&draw("design = \"common\"\ndelta = 0.5"), 0, 5), 0.8);
    let two = draw("design = \"twoscale\"\ndelta = 0.5");
    near(angle(&two, 1, 3), 0.8);
    near(angle(&two, 0, 2), 0.0);
    near(angle(&two, 0, 1), 0.0);
    let pairs = draw("design = \"pairs\"\ndelta = 0.5");
    near(angle(&pairs, 2, 3), 1.25_f64.sqrt().recip());
    near(angle(&pairs, 1, 2), 0.0);
    near(angle(&draw("design = \"iid\""), 0, 1), 0.0);
    // Of rank 2 without δ: three columns nearly depend on each other.
    let low = draw("design = \"lowrank2\"\ndelta = 0.001");
    let basis = Basis::of(4000, 4000, [0, 1].into_iter().map(|j| low.column(j)));
    assert!(basis.reduce(&mut low.column(2).to_vec()) < 0.05 * 4000_f64.sqrt());
}

#[test]
fn the_worst_coefficients_lie_along_the_least_singular_value() {
    let problem = valid("design = \"pairs\"\nk = 2\nblock = 2\ncoefficients = \"worst\"");
    let instance = problem.draw(&streams(0)).unwrap();
    let &[a, b] = &instance.support[..] else { panic!("two columns") };
    assert_eq!((a % 2, b), (0, a + 1));
    // For two columns of the same norm it is their difference.
    assert!((instance.weights[0] + instance.weights[1]).abs() < 1e-6 * instance.weights[0].abs());
}

#[test]
fn ridge_is_the_solution_of_its_normal_equations() {
    let problem = valid("n = 40\nd = 12\ndesign = \"iid\"");
    let instance = problem.draw(&streams(3)).unwrap();
    let ridge = fit("kind = \"ridge\"\nchoose = \"oracle\"", &problem, &instance, 3);
    let (lambda, design) = (ridge.level.unwrap(), &instance.design);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let square: Vec<f64> = (0..144)
        .map(|at| {
            dot(design.column(at / 12), design.column(at % 12)) + if at % 13 == 0 { lambda } else { 0.0 }
        })
        .collect();
    let mut b: Vec<f64> = (0..12).map(|j| dot(design.column(j), &instance.response)).collect();
    Cholesky::new(12, &square).unwrap().solve(&mut b);
    let mut prediction = vec![0.0; 40];
    design.mul(&b, &mut prediction);
    assert!(error(&prediction, &ridge.prediction).sqrt() < 1e-10);
}

#[test]
fn held_out_rows_are_predicted_by_the_coefficients_of_the_fitted_ones() {
    let problem = valid("n = 40\nd = 6\nk = 2\ndesign = \"iid\"");
    let instance = problem.draw(&streams(0)).unwrap();
    let design = &instance.design;
    let prediction = Basis::of(40, 30, (0..6).map(|j| design.column(j))).project(&instance.response[..30]);
    let dot = |a: &[f64], b: &[f64]| a[..30].iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let square: Vec<f64> = (0..36).map(|at| dot(design.column(at / 6), design.column(at % 6))).collect();
    let mut b: Vec<f64> = (0..6).map(|j| dot(design.column(j), &instance.response)).collect();
    Cholesky::new(6, &square).unwrap().solve(&mut b);
    let mut direct = vec![0.0; 40];
    design.mul(&b, &mut direct);
    assert!(error(&direct, &prediction).sqrt() < 1e-10);
}

#[test]
fn without_noise_an_easy_signal_is_found() {
    let problem = valid("design = \"iid\"\nsigma = 0.0");
    let instance = problem.draw(&streams(0)).unwrap();
    for (text, tolerance) in [
        ("kind = \"omp\"\nchoose = \"oracle\"", 1e-20),
        ("kind = \"oracle\"", 1e-20),
        ("kind = \"lasso\"\nchoose = \"oracle\"", 1e-4),
        ("kind = \"lasso\"\nchoose = \"cv\"", 1e-4),
        ("kind = \"preconditioned\"\nsubsets = 4\nchoose = \"oracle\"", 1e-4),
        ("kind = \"preconditioned\"\nsubsets = 4\nchoose = \"cv\"", 1e-4),
        ("kind = \"preconditioned\"\nsubsets = 4\nchoose = \"oracle\"\npenalise_reference = true", 1e-4),
    ] {
        let fit = fit(text, &problem, &instance, 0);
        let error = error(&fit.prediction, &instance.signal);
        assert!(error < tolerance, "{text}: {error}");
        assert!(fit.shortfall.is_none() && fit.gap.is_none_or(|gap| gap <= 1e-8), "{text}");
    }
    let zero = fit("kind = \"zero\"", &problem, &instance, 0);
    assert!((error(&zero.prediction, &instance.signal) - 1.0).abs() < 1e-12);
}

#[test]
fn the_oracle_level_is_no_worse_than_that_of_cross_validation() {
    let problem = valid("n = 100");
    let instance = problem.draw(&streams(6)).unwrap();
    for kind in ["lasso", "ridge", "omp", "preconditioned"] {
        let subsets = if kind == "preconditioned" { "\nsubsets = 6" } else { "" };
        let of = |choose: &str| {
            let fit =
                fit(&format!("kind = \"{kind}\"\nchoose = \"{choose}\"{subsets}"), &problem, &instance, 6);
            error(&fit.prediction, &instance.signal)
        };
        assert!(of("oracle") <= of("cv"), "{kind}");
        assert!(of("cv") < 1.0, "{kind}");
    }
}

#[test]
fn near_duplicates_are_solved_to_the_gap() {
    for design in DESIGNS {
        let problem = valid(&format!("n = 80\ndesign = \"{design}\"\ndelta = 0.001"));
        let instance = problem.draw(&streams(8)).unwrap();
        let lasso = fit("kind = \"lasso\"\nchoose = \"oracle\"", &problem, &instance, 8);
        assert!(lasso.gap.unwrap() <= 1e-8, "{design}: {:?}", lasso.shortfall);
    }
}

#[test]
fn the_same_streams_give_the_same_bits() {
    let problem = valid("design = \"tree\"");
    let run = |replicate| {
        let instance = problem.draw(&streams(replicate)).unwrap();
        fit("kind = \"preconditioned\"\nsubsets = 6\nchoose = \"cv\"", &problem, &instance, replicate)
            .prediction
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
