//! Ridge, group ridge, Lasso and elastic net: functions, hypergradients, minima, and what cannot be solved.

use std::io::Write;

use remeasure_bilevel::data::{Part, Regression, Synthetic};
use remeasure_bilevel::problem::Model;
use remeasure_bilevel::problems::lasso::{LassoModel, Segment, segments};
use remeasure_bilevel::{Instance, LowerSolver, Problem};
use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::numerics::splitmix::SplitMix64;
use remeasure_optim::{ElasticNet, LassoProblem, LassoSolver, ProximalGradient, Quadratic};

use crate::derivatives::check;
use remeasure_core::stream::Streams;

use crate::tools::{STREAMS, distance, draw, fit, norm, table};

const RIDGE: &str = "kind = \"ridge\"\nbudget = 1e6\ndata = { n = 40, p = 15, k = 5, validation = 30 }";
const GROUPS: &str =
    "kind = \"group-ridge\"\ngroups = 3\nbudget = 1e6\ndata = { n = 20, p = 30, validation = 25 }";
const LASSO: &str = "kind = \"lasso\"\nbudget = 1e6\ndata = { n = 60, p = 100, k = 8, validation = 50 }";
const NET: &str = "kind = \"elastic-net\"\nbudget = 1e6\ndata = { n = 60, p = 100, k = 8, validation = 50 }";

fn refused(text: &str) -> Invalid {
    Problem::read(table(text)).err().unwrap()
}

#[test]
fn functions_of_ridge_and_group_ridge() {
    let mut generator = SplitMix64::new(4);
    for text in [RIDGE, GROUPS] {
        let drawn = draw(text);
        let mut functions = drawn.model.smooth().unwrap();
        let (d, p) = (functions.dimension(), functions.parameters());
        for _ in 0..3 {
            let theta = generator.normals(p);
            // A small step down the gradient from 0, where the constants are valid.
            let mut x = vec![0.0; d];
            functions.gradient(&vec![0.0; d], &theta, &mut x);
            let lipschitz = functions.constants(&theta).lipschitz;
            x.iter_mut().for_each(|x| *x /= -lipschitz);
            check(functions.as_mut(), &x, &theta);
        }
    }
}

/// `∂f/∂θ` by central differences of the exact `f`.
fn differences(instance: &Instance, theta: &[f64], h: f64) -> Vec<f64> {
    let mut truth = instance.model.truth();
    let mut at = |i: usize, h: f64| {
        let mut moved = theta.to_vec();
        moved[i] += h;
        truth.exact(&moved, false).unwrap().value
    };
    (0..theta.len()).map(|i| (at(i, h) - at(i, -h)) / (2.0 * h)).collect()
}

/// Truth and oracle against differences of the reduced objective, and bounds against the truth.
#[test]
fn hypergradients_of_ridge_are_those_of_the_reduced_objective() {
    let mut generator = SplitMix64::new(8);
    for text in [RIDGE, GROUPS] {
        let drawn = draw(text);
        for _ in 0..4 {
            let theta = generator.normals(drawn.start.len());
            let exact = drawn.model.truth().exact(&theta, true).unwrap();
            let gradient = exact.gradient.unwrap();
            let found = differences(&drawn, &theta, 1e-4);
            assert!(distance(&gradient, &found) < 1e-7 * (1.0 + norm(&gradient)), "{gradient:?} {found:?}");
            for accuracy in [1.0, 1e-1, 1e-3, 1e-6, 1e-9] {
                let mut oracle = drawn.model.oracle(LowerSolver::Fista, f64::INFINITY);
                let at = oracle.evaluate(&theta, accuracy).unwrap();
                let slack = 1e-12 * exact.value;
                assert!(at.least() <= exact.value + slack && exact.value <= at.most() + slack);
                let z = oracle.hypergradient(accuracy).unwrap();
                let error = distance(&z.vector, &gradient);
                assert!(error <= z.bound * (1.0 + 1e-9) + 1e-12, "ε = {accuracy}: {error} > {}", z.bound);
                // Make sure that the bound is not trivially large.
                assert!(z.bound < 1e4 * accuracy * (1.0 + norm(&gradient)), "{} for ε = {accuracy}", z.bound);
            }
        }
    }
}

#[test]
fn hypergradients_on_the_support_are_those_of_the_reduced_objective() {
    let mut generator = SplitMix64::new(8);
    for text in [LASSO, NET] {
        let drawn = draw(text);
        let mut checked = 0;
        for _ in 0..12 {
            let theta: Vec<f64> = drawn.start.iter().map(|_| -0.3 - 3.5 * generator.uniform()).collect();
            let h = 1e-6;
            // Away from kinks: the support is the same on both sides.
            let supports = [-h, 0.0, h].map(|h| {
                let moved: Vec<f64> = theta.iter().map(|t| t + h).collect();
                drawn.model.truth().measures(&moved).unwrap()[1]
            });
            assert_eq!(supports[0].0.name, "nonzeros");
            if supports[0] != supports[1] || supports[1] != supports[2] {
                continue;
            }
            checked += 1;
            let gradient = drawn.model.truth().exact(&theta, true).unwrap().gradient.unwrap();
            let found = differences(&drawn, &theta, h);
            assert!(distance(&gradient, &found) < 2e-6 * (1.0 + norm(&gradient)), "{gradient:?} {found:?}");
            let mut oracle = drawn.model.oracle(LowerSolver::Fista, f64::INFINITY);
            let at = oracle.evaluate(&theta, 1e-9).unwrap();
            // A gap of 1e-13 only bounds the error by its square root.
            assert!(at.accuracy <= 1e-4, "{}", at.accuracy);
            let z = oracle.hypergradient(1e-9).unwrap();
            let error = distance(&z.vector, &gradient);
            assert!(
                error <= 1e-4 * (1.0 + norm(&gradient)) && error <= z.bound + 1e-9,
                "{error} {}",
                z.bound
            );
        }
        assert!(checked >= 6, "{checked} places away from kinks");
    }
}

/// The least of the piecewise quadratic, against a fine grid and against an independent solver.
#[test]
fn the_path_of_the_lasso_is_exact() {
    let sizes = Synthetic { rows: [50, 40, 1], p: 80, k: 6, snr: 5.0, correlation: 0.3, seed: None };
    for seed in 0..4 {
        let Regression { train, validation, test } = sizes.draw(seed, 1);
        let greatest = LassoProblem::new(&train.design, &train.response).unwrap().lambda_max();
        let pieces = segments(&train, &validation, [0.01 * greatest, 1.2 * greatest]).unwrap().unwrap();
        assert!(pieces.len() > 40, "{} pieces", pieces.len());
        assert_eq!((pieces[0].start, pieces[0].support), (1.2 * greatest, 0));
        let at = |lambda: f64| -> &Segment { pieces.iter().find(|s| s.end <= lambda).unwrap() };
        for pair in pieces.windows(2) {
            let (before, after) = (pair[0].at(pair[0].end), pair[1].at(pair[1].start));
            assert!((before - after).abs() < 1e-6 * before, "a jump of {} at a kink", before - after);
        }
        for share in [0.9, 0.5, 0.2, 0.07, 0.02] {
            let lambda = share * greatest;
            let penalty = ElasticNet::l1(lambda).unwrap();
            let mut fit = Quadratic::new(&train.design, &train.response).unwrap();
            let solution = ProximalGradient::fista()
                .tolerance(1e-11)
                .unwrap()
                .max_iterations(400_000)
                .solve(&mut fit, &penalty, None, &mut |_| {})
                .unwrap();
            let error = validation.mean_squared_error(&solution.coefficients);
            let found = at(lambda).at(lambda);
            assert!((error - found).abs() < 1e-4 * error, "{share}: {found} for {error}");
        }
        let least = pieces.iter().map(|s| s.minimum().1).fold(f64::INFINITY, f64::min);
        let data = Regression { train: train.clone(), validation: validation.clone(), test };
        let model = LassoModel::new(data, 1).unwrap();
        let mut truth = model.truth();
        let mut on_grid = f64::INFINITY;
        for i in 0..4000 {
            on_grid = on_grid.min(truth.exact(&[-4.6 * f64::from(i) / 4000.0], false).unwrap().value);
        }
        assert!(least <= on_grid * (1.0 + 1e-9) && on_grid <= least * (1.0 + 1e-4), "{least} {on_grid}");
    }
}

/// The adaptive method reaches the optimum whatever its initial accuracy; coarse fixed accuracies do not.
#[test]
fn adaptive_accuracies_reach_the_minimum_of_group_ridge() {
    let text = "kind = \"group-ridge\"\nbudget = 2e5\ndata = { n = 60, p = 40, validation = 60 }";
    let drawn = draw(text);
    let least = drawn.minimum.unwrap();
    let mut truth = drawn.model.truth();
    let mut loss = |kind: &str, parameters: &str| {
        let found = fit(&drawn, kind, parameters);
        let last = &found.steps[found.answer];
        assert!(drawn.bounds.contain(&last.theta));
        truth.exact(&last.theta, false).unwrap().value / least
    };
    for accuracy in ["1e-1", "1e-3", "1e-5"] {
        let ratio = loss("maid", &format!("accuracy = {accuracy}\nstep = 0.1"));
        assert!((1.0 - 1e-9..1.0 + 1e-3).contains(&ratio), "MAID from {accuracy}: {ratio}");
    }
    assert!(loss("implicit-gradient", "accuracy = 1e-1\nstep = 0.1") > 1.0 + 1e-3);
}

/// If 0 is the solution there is no hypergradient to follow.
#[test]
fn a_zero_gradient_ends_a_method() {
    let text = format!("{LASSO}\nstart = 0.0");
    let drawn = draw(&text);
    for (kind, parameters) in
        [("maid", ""), ("implicit-gradient", "accuracy = 1e-3"), ("hoag", "schedule = \"cubic\"")]
    {
        let found = fit(&drawn, kind, parameters);
        assert_eq!((found.steps.len(), found.answer), (1, 0), "{kind}");
        assert_eq!(found.steps[0].theta, [0.0]);
        assert!(found.shortfall.is_none());
    }
}

/// Two copies of a feature: either can have the weight, but not both.
#[test]
fn a_singular_support_is_told() {
    let mut generator = SplitMix64::new(1);
    let column = generator.normals(10);
    let other = generator.normals(10);
    let design = Design::from_columns(10, 3, [column.clone(), column, other].concat());
    let response = generator.normals(10);
    let problem = LassoProblem::new(&design, &response).unwrap();
    let mut solver = LassoSolver::new(&problem);
    solver.start_from(&[1.0, 0.5, 0.0]).unwrap();
    assert!(solver.support(0.0).is_none());
    let mut support = solver.support(0.1).unwrap();
    assert!((support.strong_convexity() - 0.1).abs() < 0.02);
    let mut solution = [1.0, 0.0];
    assert!(support.solve(&mut solution) < 1e-12);

    // More coefficients than rows at a low accuracy: there must be a value, and a hypergradient or a reason.
    let sizes = Synthetic { rows: [8, 8, 8], p: 60, k: 5, snr: 5.0, correlation: 0.0, seed: None };
    let model = LassoModel::new(sizes.draw(3, 1), 1).unwrap();
    for theta in [-1.0, -4.0, -9.0] {
        for accuracy in [1e3, 1.0, 1e-6] {
            let mut oracle = model.oracle(LowerSolver::Fista, f64::INFINITY);
            assert!(oracle.evaluate(&[theta], accuracy).unwrap().value.is_finite());
            match oracle.hypergradient(accuracy) {
                Ok(z) => assert!(z.vector[0].is_finite()),
                Err(halt) => assert!(halt.to_string().contains("singular"), "{halt}"),
            }
        }
    }
    assert!(model.minimum([-6.0, 0.0]).unwrap().unwrap().is_finite());
}

/// Multiplications divided by the size of the design: more than one pass, fewer than a dense solver's.
#[test]
fn products_are_counted() {
    let drawn = draw(LASSO);
    let mut oracle = drawn.model.oracle(LowerSolver::Fista, f64::INFINITY);
    assert_eq!(oracle.spent(), 2.0, "Xᵀy and the lengths of the columns");
    oracle.evaluate(&[-1.0], 1e-6).unwrap();
    let first = oracle.spent();
    assert!(first > 3.0 && first < 100.0, "{first}");
    oracle.evaluate(&[-1.0], 1e-6).unwrap();
    assert!(oracle.spent() > first && oracle.spent() - first < 0.5 * first, "warm start");
    let mut poor = drawn.model.oracle(LowerSolver::Fista, 2.5);
    assert!(poor.evaluate(&[-1.0], 1e-6).is_err());
}

#[test]
fn unusable_settings_are_named() {
    for (text, key) in [
        ("kind = \"ridge\"\nbudget = 1\nbounds = [1, -1]", "bounds"),
        ("kind = \"lasso\"\nbudget = 1\nbounds = [nan, 0]", "bounds"),
        ("kind = \"lasso\"\nbudget = 1\nstart = 1", "start"),
        ("kind = \"ridge\"\nbudget = 1\ngroups = 2", "groups"),
        ("kind = \"group-ridge\"\nbudget = 1\ngroups = 7\ndata = { p = 5 }", "groups"),
        ("kind = \"group-ridge\"\nbudget = 1\ndata = { k = 5 }", "data.k"),
        ("kind = \"lasso\"\nbudget = 0", "budget"),
        ("kind = \"lasso\"\nbudget = 1\nthreshold_ratios = [0.9]", "threshold_ratios"),
        ("kind = \"lasso\"\nbudget = 1\ndata = { k = 9, p = 8 }", "data.k"),
        ("kind = \"lasso\"\nbudget = 1\ndata = { n = 1 }", "data.n"),
        ("kind = \"lasso\"\nbudget = 1\ndata = { seed = 1 }", "data.seed"),
        ("kind = \"lasso\"\nbudget = 1\ndata = { snr = 0 }", "data.snr"),
        ("kind = \"lasso\"\nbudget = 1\ndata = { x = \"a.csv\" }", "data.y"),
        ("kind = \"lasso\"\nbudget = 1\ndata = { x = \"a.csv\", y = \"b.csv\", n = 3 }", "data.n"),
        ("kind = \"lasso\"\nbudget = 1\ndata = { test_fraction = 0.2 }", "data.test_fraction"),
        ("kind = \"lasso\"\nbudget = 1\ndata = { p = 100000000 }", "data.p"),
    ] {
        assert_eq!(refused(text).key, key, "{text}: {}", refused(text));
    }
    let curve = crate::tools::method("validation-curve", "points = 3");
    let problem = Problem::read(table(NET)).unwrap();
    assert_eq!(curve.admit(&problem).unwrap_err().key, "kind");
}

/// Files with `rows` rows, written to a separate folder.
fn files(
    rows: usize,
    x: impl Fn(usize) -> String,
    y: impl Fn(usize) -> String,
) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, header: &str, line: &dyn Fn(usize) -> String| {
        let path = folder.path().join(name);
        let mut file = std::fs::File::create(&path).unwrap();
        writeln!(file, "{header}").unwrap();
        (0..rows).for_each(|i| writeln!(file, "{}", line(i)).unwrap());
        path.display().to_string()
    };
    let (x, y) = (write("x.csv", "a,b,c", &x), write("y.csv", "y", &y));
    let text = format!("budget = 1e4\ndata = {{ x = {x:?}, y = {y:?} }}");
    (folder, text)
}

#[test]
fn own_files() {
    let wave = |i: usize| (i as f64 * 1.7).sin();
    let (_folder, text) =
        files(40, |i| format!("{},{},5", i % 7, wave(i)), |i| format!("{}", 3.0 + 2.0 * wave(i)));
    for kind in ["ridge", "lasso", "elastic-net"] {
        let problem = Problem::read(table(&format!("kind = \"{kind}\"\n{text}"))).unwrap();
        assert_eq!(problem.inputs().len(), 2);
        let drawn = problem.draw(&STREAMS).unwrap();
        let found = fit(&drawn, "maid", "step = 0.1");
        let measured = drawn.model.truth().measures(&found.steps[found.answer].theta).unwrap();
        // The response is a feature: almost nothing remains of its variance of 1.
        assert!(measured[0].1 < 0.05, "{kind}: {measured:?}");
    }

    let (_folder, text) = files(40, |i| format!("{i},nan,5"), |i| format!("{i}"));
    let error = refused(&format!("kind = \"lasso\"\n{text}"));
    assert_eq!(error.key, "data.x");
    assert!(error.message.contains("row 1 (line 2), column `b`"), "{error}");

    let (_folder, text) = files(40, |i| format!("{i},{},5", wave(i)), |_| "2".to_owned());
    let error = refused(&format!("kind = \"ridge\"\n{text}"));
    assert!(error.message.contains("the response `y` is constant (2)"), "{error}");
    // One row differs, and may be among those held out.
    let (_folder, text) =
        files(40, |i| format!("{i},{},5", wave(i)), |i| f64::from(u8::from(i == 3)).to_string());
    let problem = Problem::read(table(&format!("kind = \"ridge\"\n{text}"))).unwrap();
    let drawn = (0..20).map(|replicate| problem.draw(&Streams { replicate, ..STREAMS }));
    let failed: Vec<String> = drawn.filter_map(|d| Some(d.err()?.to_string())).collect();
    assert!((1..20).contains(&failed.len()) && failed[0].contains("the response is constant"), "{failed:?}");

    let (_folder, text) = files(40, |_| "1,2,5".to_owned(), |i| format!("{i}"));
    let problem = Problem::read(table(&format!("kind = \"lasso\"\n{text}"))).unwrap();
    let error = problem.draw(&STREAMS).unwrap_err().to_string();
    assert!(error.contains("no feature is correlated"), "{error}");
    // With constant features, ridge predicts the mean for any weight.
    let problem = Problem::read(table(&format!("kind = \"ridge\"\n{text}"))).unwrap();
    let drawn = problem.draw(&STREAMS).unwrap();
    let found = fit(&drawn, "maid", "");
    assert_eq!(found.steps[found.answer].theta, drawn.start);
    let part: Part = Part { design: Design::from_columns(2, 1, vec![1.0, 2.0]), response: vec![1.0, 0.0] };
    assert_eq!(part.mean_squared_error(&[0.5]), 0.625);
}
