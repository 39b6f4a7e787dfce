//! Multinomial logistic regression with learned penalties: losses, derivatives, constants, hypergradients, data, errors.

use std::io::Write;

use remeasure_bilevel::newton::Newton;
use remeasure_bilevel::problem::Model;
use remeasure_bilevel::problems::logistic::Weights;
use remeasure_bilevel::problems::logistic::loss::{CrossEntropy, Sample};
use remeasure_bilevel::problems::logistic::model::Logistic;
use remeasure_bilevel::{LowerSolver, Task};
use remeasure_core::numerics::Design;
use remeasure_core::numerics::splitmix::SplitMix64;

use super::derivatives::check;
use crate::tools::{instance, method, problem, streams};

const SMALL: &str = "kind = \"logistic\"\nsource = \"synthetic\"\nfeatures = 4\nclasses = 3\ntrain = 30\n\
                     validation = 25\ntest = 40\nbudget = 1e6\n";

/// The same rows on every call: `n × p` features, labels below `classes`.
fn sample(rows: usize, features: usize, classes: usize, seed: u64) -> Sample {
    let mut generator = SplitMix64::new(seed);
    let design = Design::from_columns(rows, features, generator.normals(rows * features));
    let labels = (0..rows).map(|_| (generator.uniform() * classes as f64) as usize).collect();
    Sample { design, labels }
}

/// Directly from the definition, row by row, in another order of operations: `−log` of the probability of the class.
fn naive(sample: &Sample, classes: usize, weights: &[f64], mean: bool) -> f64 {
    let (rows, features) = (sample.design.rows(), sample.design.columns());
    let mut total = 0.0;
    for i in 0..rows {
        let score = |k: usize| -> f64 {
            (0..features).map(|j| weights[k * features + j] * sample.design.column(j)[i]).sum()
        };
        let own = score(sample.labels[i]);
        total += (0..classes).map(|k| (score(k) - own).exp()).sum::<f64>().ln();
    }
    if mean { total / rows as f64 } else { total }
}

#[test]
fn cross_entropy_is_that_of_the_definition() {
    let drawn = sample(23, 5, 4, 1);
    let mut generator = SplitMix64::new(2);
    for mean in [true, false] {
        let loss = CrossEntropy::new(drawn.clone(), 4, mean).unwrap();
        let mut scratch = loss.scratch();
        for scale in [0.0, 1.0, 5.0] {
            let weights: Vec<f64> = generator.normals(20).iter().map(|w| scale * w).collect();
            let (got, want) = (loss.value(&weights, &mut scratch), naive(&drawn, 4, &weights, mean));
            assert!((got - want).abs() <= 1e-12 * want, "{got} {want}");
            let mut gradient = vec![0.0; 20];
            assert_eq!(loss.gradient(&weights, &mut scratch, &mut gradient), got);
            let (assessed, wrong) = loss.assess(&weights, &mut scratch);
            assert!((assessed - naive(&drawn, 4, &weights, true)).abs() <= 1e-12 * assessed);
            assert!((0.0..=1.0).contains(&wrong));
        }
        assert!((loss.at_zero() - naive(&drawn, 4, &[0.0; 20], mean)).abs() < 1e-12 * loss.at_zero());
        // Scores too large for exp must neither overflow nor make the loss inexact.
        let mut steep = vec![0.0; 20];
        steep[0] = 1e4;
        let value = loss.value(&steep, &mut scratch);
        assert!(value.is_finite() && value > 1e2);
    }
    // With equal scores no class stands out, so every answer counts as wrong.
    let loss = CrossEntropy::new(drawn, 4, true).unwrap();
    assert_eq!(loss.assess(&[0.0; 20], &mut loss.scratch()).1, 1.0);
}

#[test]
fn functions_agree_with_differences_and_constants_are_bounds() {
    let mut generator = SplitMix64::new(4);
    for weights in ["parameter", "feature", "class", "one"] {
        for (reduction, intercept) in [("mean", true), ("sum", false)] {
            let text = format!(
                "{SMALL}weights = \"{weights}\"\nreduction = \"{reduction}\"\nintercept = {intercept}"
            );
            let drawn = instance(&text, 0);
            let mut functions = drawn.model.smooth().unwrap();
            let (d, p) = (functions.dimension(), functions.parameters());
            assert_eq!((d, p), (3 * (4 + usize::from(intercept)), drawn.start.len()));
            for share in [0.3, 0.8] {
                let theta: Vec<f64> = generator.normals(p).iter().map(|v| v - 3.0).collect();
                let mut newton = Newton::new(drawn.model.smooth().unwrap());
                let x: Vec<f64> = newton.solve(&theta).unwrap().iter().map(|v| share * v).collect();
                // The bound on ‖J‖ holds here.
                assert!(functions.value(&x, &theta) < functions.value(&vec![0.0; d], &theta));
                check(functions.as_mut(), &x, &theta);
            }
        }
    }
}

#[test]
fn norm_of_the_cross_derivative_is_its_largest_singular_value() {
    let mut generator = SplitMix64::new(6);
    for weights in ["parameter", "feature", "class", "one"] {
        let drawn = instance(&format!("{SMALL}weights = \"{weights}\""), 0);
        let mut functions = drawn.model.smooth().unwrap();
        let (d, p) = (functions.dimension(), functions.parameters());
        let (x, theta) = (generator.normals(d), generator.normals(p));
        functions.linearise(&x, &theta);
        let mut transposed = Design::from_columns(p, d, vec![0.0; p * d]);
        for a in 0..d {
            let unit: Vec<f64> = (0..d).map(|b| f64::from(u8::from(a == b))).collect();
            functions.cross_product(&unit, transposed.column_mut(a));
        }
        let largest = transposed.singular_values().unwrap()[0];
        let norm = functions.cross_norm().unwrap();
        assert!((norm - largest).abs() <= 1e-12 * largest, "{weights}: {norm} {largest}");
    }
}

/// Two classes and one feature: by symmetry `w = (−a/2, a/2)`, and `a` is the root of a monotone function.
#[test]
fn solution_of_a_scalar_problem_is_the_root_found_by_bisection() {
    let rows = 17;
    let drawn = sample(rows, 1, 2, 9);
    let signs: Vec<f64> = drawn.labels.iter().map(|&l| if l == 1 { 1.0 } else { -1.0 }).collect();
    let xs = drawn.design.column(0).to_vec();
    for theta in [-6.0, -3.0, 1.0] {
        let slope = |a: f64| -> f64 {
            let fit: f64 = xs.iter().zip(&signs).map(|(x, s)| -s * x / (1.0 + (s * a * x).exp())).sum();
            fit / rows as f64 + 0.5 * f64::exp(theta) * a
        };
        let (mut low, mut high) = (-1e3, 1e3);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if slope(middle) > 0.0 { high = middle } else { low = middle }
        }
        let want: f64 = xs.iter().zip(&signs).map(|(x, s)| (1.0 + (-s * low * x).exp()).ln()).sum();
        let loss = || CrossEntropy::new(drawn.clone(), 2, true).unwrap();
        let model = Logistic::new(loss(), loss(), loss(), Weights::One);
        let exact = model.truth().exact(&[theta], false).unwrap();
        assert!((exact.value - want / rows as f64).abs() < 1e-10, "{} {want}", exact.value);
        for solver in [LowerSolver::Fista, LowerSolver::Gradient] {
            let mut oracle = model.oracle(solver, 1e6);
            let at = oracle.evaluate(&[theta], 1e-6).unwrap();
            assert!(at.least() <= exact.value + 1e-13 && exact.value <= at.most() + 1e-13);
            assert!((at.value - exact.value).abs() < 1e-5);
        }
    }
}

#[test]
fn hypergradient_is_the_slope_of_the_reduced_objective_and_its_bound_holds() {
    for weights in ["parameter", "feature", "one"] {
        let text = format!("{SMALL}weights = \"{weights}\"");
        let drawn = instance(&text, 1);
        let p = drawn.start.len();
        let mut generator = SplitMix64::new(11);
        let theta: Vec<f64> = generator.normals(p).iter().map(|v| v - 2.0).collect();
        let mut truth = drawn.model.truth();
        let exact = truth.exact(&theta, true).unwrap().gradient.unwrap();
        for i in 0..p {
            let mut at = |by: f64| {
                let mut moved = theta.clone();
                moved[i] += by;
                truth.exact(&moved, false).unwrap().value
            };
            let difference = (at(1e-4) - at(-1e-4)) / 2e-4;
            assert!((exact[i] - difference).abs() < 1e-7, "{weights} {i}: {} {difference}", exact[i]);
        }
        for accuracy in [1e-1, 1e-3, 1e-6] {
            let mut oracle = drawn.model.oracle(LowerSolver::Fista, 1e7);
            oracle.evaluate(&theta, accuracy).unwrap();
            let z = oracle.hypergradient(accuracy).unwrap();
            let error: f64 = z.vector.iter().zip(&exact).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            assert!(error <= z.bound, "{weights} at {accuracy}: {error} above {}", z.bound);
            assert!(z.residual <= accuracy);
            // Make sure that the bound is not trivially large.
            assert!(accuracy > 1e-5 || z.bound < 0.5, "{}", z.bound);
        }
    }
}

/// The residual that conjugate gradients report is that of the system, computed apart.
#[test]
fn the_adjoint_residual_is_recomputed() {
    let drawn = instance(SMALL, 2);
    let mut oracle = drawn.model.oracle(LowerSolver::Fista, 1e7);
    oracle.evaluate(&drawn.start, 1e-8).unwrap();
    let mut functions = drawn.model.smooth().unwrap();
    let (d, p) = (functions.dimension(), functions.parameters());
    // With one hyperparameter per weight, Jᵀq = e^θ x q determines q if x is known.
    let z = oracle.hypergradient(1e-5).unwrap();
    let mut reference = Newton::new(drawn.model.smooth().unwrap());
    let x = reference.solve(&drawn.start).unwrap().to_vec();
    let q: Vec<f64> = (0..d).map(|a| -z.vector[a] / (drawn.start[a].exp() * x[a])).collect();
    assert_eq!(d, p);
    let (mut image, mut right) = (vec![0.0; d], vec![0.0; d]);
    functions.linearise(&x, &drawn.start);
    functions.hessian_product(&q, &mut image);
    functions.upper_gradient(&x, &drawn.start, &mut right);
    let residual: f64 = image.iter().zip(&right).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    assert!(z.residual <= 1e-5);
    assert!((residual - z.residual).abs() < 1e-6, "{residual} {}", z.residual);
}

#[test]
fn digits_have_640_hyperparameters_and_replicates_split_them_anew() {
    let text = "kind = \"logistic\"\nsource = \"digits\"\nbudget = 1e3\nthreshold_shares = [1.0, 0.9]";
    let drawn = instance(text, 0);
    assert_eq!(drawn.start, vec![-3.0; 640]);
    let measures = drawn.model.truth().measures(&drawn.start).unwrap();
    let value = |name: &str| measures.iter().find(|m| m.0.name == name).unwrap().1;
    assert!(value("test_error") < 0.12, "{measures:?}");
    assert!((0.1..1.0).contains(&value("test_loss")), "{measures:?}");
    let first = drawn.model.truth().exact(&drawn.start, false).unwrap().value;
    assert_eq!(drawn.thresholds[0].value, first);
    assert_eq!(drawn.thresholds[1].name, 0.9);
    let again = instance(text, 0).model.truth().exact(&drawn.start, false).unwrap().value;
    let other = instance(text, 1).model.truth().exact(&drawn.start, false).unwrap().value;
    assert_eq!(first, again);
    assert!((first - other).abs() > 1e-6);
    assert_eq!(problem(text).unwrap().inputs().len(), 1);
}

#[test]
fn methods_lower_the_validation_loss() {
    let text = SMALL.replace("budget = 1e6", "budget = 2e4\nbounds = [-6.0, 6.0]");
    for (kind, settings) in [
        ("maid", "step = 0.1"),
        ("maid", "step = 0.1\nlower = \"gradient\""),
        ("implicit-gradient", "accuracy = 1e-6"),
        ("hoag", "schedule = \"geometric\""),
        ("grid", "points = 10\nshared = true"),
        ("random", "points = 30"),
        ("gaussian-process", "points = 12\nshared = true"),
    ] {
        let drawn = instance(&text, 0);
        let first = drawn.model.truth().exact(&drawn.start, false).unwrap().value;
        let method = method(kind, settings);
        let fit = method.fit(Task { instance: &drawn, streams: &streams(0) }).unwrap();
        let last = drawn.model.truth().exact(&fit.steps[fit.answer].theta, false).unwrap().value;
        assert!(last < first, "{kind} {settings}: {first} to {last}");
        assert!(fit.shortfall.is_none(), "{kind}: {:?}", fit.shortfall);
    }
}

fn csv(content: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

fn csv_problem(file: &tempfile::NamedTempFile, more: &str) -> String {
    let path = toml::Value::from(file.path().to_str().unwrap());
    format!("kind = \"logistic\"\nsource = \"csv\"\ndata = {path}\nbudget = 1e4\n{more}")
}

/// Classes are names; a shift and scale of a feature has no effect, because features are standardised.
#[test]
fn a_file_is_read_split_and_standardised() {
    let mut generator = SplitMix64::new(3);
    let rows: Vec<(f64, f64, &str)> = (0..80)
        .map(|i| {
            let class = ["low", "high", "mid"][i % 3];
            let shift = [-2.0, 2.0, 0.0][i % 3];
            (generator.normal() + shift, generator.normal(), class)
        })
        .collect();
    let write = |scale: f64, shift: f64| {
        let lines: String = rows.iter().map(|(a, b, c)| format!("{},{c},{b}\n", scale * a + shift)).collect();
        csv(&format!("a,class,b\n{lines}"))
    };
    let (plain, scaled) = (write(1.0, 0.0), write(64.0, 1024.0));
    let losses = [&plain, &scaled].map(|file| {
        let text = csv_problem(file, "label = \"class\"");
        assert_eq!(problem(&text).unwrap().inputs().len(), 1);
        let drawn = instance(&text, 0);
        // Two features, the intercept, three classes.
        assert_eq!(drawn.start.len(), 9);
        let mut truth = drawn.model.truth();
        let measures = truth.measures(&drawn.start).unwrap();
        assert!(measures.iter().any(|m| m.0.name == "test_error" && m.1 < 0.4), "{measures:?}");
        truth.exact(&drawn.start, false).unwrap().value
    });
    assert!((losses[0] - losses[1]).abs() < 1e-9, "{losses:?}");
    let fewer =
        instance(&csv_problem(&plain, "label = \"class\"\nintercept = false\nweights = \"class\""), 0);
    assert_eq!(fewer.start.len(), 3);
}

#[test]
fn bad_input_is_refused_by_key() {
    let base = "kind = \"logistic\"\nbudget = 1e3\n";
    let synthetic = format!("{base}source = \"synthetic\"\n");
    let digits = format!("{base}source = \"digits\"\n");
    let good = csv("x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,a\n8,b\n");
    let nan = csv("x,y\n1,a\n2,b\nnan,a\n4,b\n");
    let one = csv("x,y\n1,a\n2,a\n3,a\n4,a\n");
    let bare = csv("y\na\nb\na\nb\n");
    let gap = csv("x,y\n1,a\n2,\n3,b\n4,a\n");
    let many: String = (0..200).map(|i| format!("{i},{i}\n")).collect();
    let many = csv(&format!("x,y\n{many}"));
    let of = |file: &tempfile::NamedTempFile, more: &str| csv_problem(file, more);
    for (text, key, part) in [
        (format!("{synthetic}classes = 1"), "classes", "at least 2"),
        (format!("{synthetic}features = 0"), "features", "at least 1"),
        (format!("{synthetic}features = 3\ninformative = 4"), "informative", "at most features = 3"),
        (format!("{synthetic}signal = nan"), "signal", "at least 0"),
        (format!("{synthetic}train = 0"), "train", "at least 1"),
        (format!("{synthetic}start = nan"), "start", "between"),
        (format!("{synthetic}bounds = [2.0, -2.0]"), "bounds", "lower end below"),
        (format!("{synthetic}bounds = [-2.0, 2.0]"), "start", "outside"),
        (format!("{synthetic}bounds = [-1000.0, 2.0]"), "bounds", "e^θ"),
        (format!("{synthetic}weights = \"row\""), "weights", "unknown variant"),
        (format!("{synthetic}label = \"y\""), "label", "remove it"),
        (format!("{digits}features = 3"), "features", "remove it"),
        (format!("{digits}train = 1000\nvalidation = 797"), "train", "do not fit"),
        (format!("{digits}test = 5000"), "test", "do not fit"),
        (format!("{base}source = \"csv\"\nlabel = \"y\""), "data", "missing"),
        (of(&good, ""), "label", "missing"),
        (of(&good, "label = \"z\""), "label", "no column `z`"),
        (of(&nan, "label = \"y\""), "data", "row 3 (line 4), column `x`"),
        (of(&one, "label = \"y\""), "label", "every row is `a`"),
        (of(&bare, "label = \"y\""), "data", "no column other than the label"),
        (of(&gap, "label = \"y\""), "data", "expected a class"),
        (of(&many, "label = \"y\""), "label", "at most 100 classes"),
        (of(&good, "label = \"y\"\ntrain = 7\nvalidation = 1"), "train", "do not fit"),
        (base.replace("1e3", "-1.0") + "source = \"digits\"", "budget", "above 0"),
    ] {
        let Err(error) = problem(&text) else { panic!("accepted: {text}") };
        assert_eq!(error.key, key, "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
    }
    // Without a box there is nothing to search.
    let free = problem(&synthetic).unwrap();
    let error = method("grid", "points = 5\nshared = true").admit(&free).unwrap_err();
    assert!(error.message.contains("give the problem `bounds`"), "{error}");
    let boxed = problem(&format!("{synthetic}bounds = [-6.0, 6.0]")).unwrap();
    let error = method("grid", "points = 5").admit(&boxed).unwrap_err();
    assert_eq!(error.key, "points");
    assert!(error.message.contains("shared = true"), "{error}");
    assert!(method("grid", "points = 5\nshared = true").admit(&boxed).is_ok());
}
