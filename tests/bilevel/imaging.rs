//! Total variation and fields of experts.

use remeasure_bilevel::problem::Truth;
use remeasure_bilevel::{Inexact, Instance, LowerSolver, Oracle, Problem};
use remeasure_core::numerics::splitmix::SplitMix64;

use crate::derivatives::check;
use crate::tools::instance;

const TV_1D: &str = "kind = \"tv\"\ndimension = 1\nlength = 40\nbudget = 1e4";
const TV_2D: &str = "kind = \"tv\"\nsize = 7\nbudget = 1e4";
const EXPERTS: &str =
    "kind = \"field-of-experts\"\nsize = 7\nfilters = 3\ntaps = 3\nimages = 1\nbudget = 1e4";
const WIDE_EXPERTS: &str =
    "kind = \"field-of-experts\"\nsize = 10\nfilters = 2\ntaps = 8\nimages = 2\nbudget = 1e4";

/// Points with responses of the size of the smoothing and larger, and taps away from their start.
fn points(drawn: &Instance, exponent: f64) -> Vec<(Vec<f64>, Vec<f64>)> {
    let mut generator = SplitMix64::new(5);
    let (d, p) = {
        let functions = drawn.model.smooth().unwrap();
        (functions.dimension(), functions.parameters())
    };
    let mut point = |spread: f64| {
        let x = generator.normals(d).iter().map(|v| 0.5 + spread * v).collect();
        let noise = generator.normals(p);
        let theta = drawn.start.iter().zip(noise).map(|(s, v)| s.max(exponent) + 0.2 * v).collect();
        (x, theta)
    };
    vec![point(0.02), point(0.3), point(1.0)]
}

#[test]
fn derivatives_and_constants_of_total_variation() {
    for table in [TV_1D, TV_2D] {
        let drawn = instance(table, 0);
        let mut functions = drawn.model.smooth().unwrap();
        for exponent in [-2.5, 0.0] {
            for (x, theta) in points(&drawn, exponent) {
                check(functions.as_mut(), &x, &theta);
            }
        }
    }
}

#[test]
fn derivatives_and_constants_of_fields_of_experts() {
    for table in [EXPERTS, WIDE_EXPERTS] {
        let drawn = instance(table, 0);
        let mut functions = drawn.model.smooth().unwrap();
        for exponent in [-2.5, -1.0] {
            for (x, theta) in points(&drawn, exponent) {
                check(functions.as_mut(), &x, &theta);
            }
        }
    }
}

/// Largest eigenvalue of the Hessian at a constant picture, by power iteration: there `L` is attained, except
/// for the rounding up of the filters' symbols and the effect of the border.
#[test]
fn the_lipschitz_constants_are_close_where_they_can_be() {
    let attained = |table: &str| {
        let drawn = instance(table, 0);
        let mut functions = drawn.model.smooth().unwrap();
        let d = functions.dimension();
        functions.linearise(&vec![0.5; d], &drawn.start);
        let mut v = SplitMix64::new(1).normals(d);
        let mut image = vec![0.0; d];
        let mut value = 0.0;
        for _ in 0..4000 {
            functions.hessian_product(&v, &mut image);
            value = image.iter().map(|v| v * v).sum::<f64>().sqrt();
            v.iter_mut().zip(&image).for_each(|(v, i)| *v = i / value);
        }
        value / functions.constants(&drawn.start).lipschitz
    };
    for table in [TV_1D, TV_2D] {
        let ratio = attained(table);
        assert!((0.999..=1.0 + 1e-9).contains(&ratio), "{table}: {ratio}");
    }
    let ratio =
        attained("kind = \"field-of-experts\"\nsize = 24\nfilters = 3\ntaps = 5\nstart = -5\nbudget = 1e4");
    assert!((0.8..=1.0).contains(&ratio), "{ratio}");
}

/// The hypergradient of `truth`, and that of an oracle with its bound, against central differences of `f`.
#[test]
fn the_hypergradient_is_that_of_the_reduced_objective() {
    let small = "kind = \"field-of-experts\"\nsize = 8\nfilters = 2\ntaps = 3\nbudget = 1e6";
    for table in [TV_1D, TV_2D, small] {
        let drawn = instance(table, 1);
        let theta: Vec<f64> = drawn.start.iter().map(|s| if *s <= -4.0 { -2.0 } else { *s }).collect();
        let functions = || drawn.model.smooth().unwrap();
        let mut oracle = Inexact::new(functions(), LowerSolver::Fista, f64::INFINITY, drawn.model.currency());
        let mut value = |theta: &[f64]| oracle.evaluate(theta, 1e-11).unwrap().value;
        let h = 1e-4;
        let differences: Vec<f64> = (0..theta.len())
            .map(|i| {
                let mut at = |by: f64| {
                    let mut moved = theta.clone();
                    moved[i] += by;
                    value(&moved)
                };
                // A fourth-order difference.
                (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h)
            })
            .collect();
        let scale = differences.iter().map(|d| d * d).sum::<f64>().sqrt();
        assert!(scale > 1e-3, "{table}: {differences:?}");
        let exact = drawn.model.truth().exact(&theta, true).unwrap();
        let gradient = exact.gradient.unwrap();
        for (given, expected) in gradient.iter().zip(&differences) {
            assert!((given - expected).abs() < 2e-6 * scale, "{table}: {gradient:?} {differences:?}");
        }
        for accuracy in [1e-1, 1e-2, 1e-4] {
            let mut oracle = drawn.model.oracle(LowerSolver::Fista, f64::INFINITY);
            let at = oracle.evaluate(&theta, accuracy).unwrap();
            assert!(at.least() <= exact.value && exact.value <= at.most());
            let z = oracle.hypergradient(accuracy).unwrap();
            let error: f64 =
                z.vector.iter().zip(&differences).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
            assert!(error <= z.bound + 1e-6 * scale, "{table}: {error} above {}", z.bound);
        }
    }
}

/// The quantity that methods are compared by.
#[test]
fn denoising_gains_on_the_noisy_pictures() {
    for (table, gain) in [
        ("kind = \"tv\"\nstart = [-2.5, -5]\nbudget = 1e4", 5.0),
        ("kind = \"tv\"\ndimension = 1\nstart = [-2.0, -5]\nbudget = 1e4", 3.0),
        ("kind = \"field-of-experts\"\nbudget = 1e4", 4.0),
    ] {
        let drawn = instance(table, 2);
        let mut truth = drawn.model.truth();
        let measures = truth.measures(&drawn.start).unwrap();
        let of = |name: &str| measures.iter().find(|m| m.0.name == name).unwrap().1;
        assert!((of("psnr_noisy") - 20.0).abs() < 0.5, "{measures:?}");
        assert!(of("psnr") > of("psnr_noisy") + gain, "{table}: {measures:?}");
        assert!(of("psnr_training") > 19.6 + gain, "{table}: {measures:?}");
        assert!(of("test_loss") > 0.0);
    }
}

fn picture(truth: &mut dyn Truth, theta: &[f64]) -> remeasure_bilevel::problem::Picture {
    truth.picture(theta).unwrap().unwrap()
}

#[test]
fn the_picture_is_the_first_test_picture() {
    let drawn = instance("kind = \"tv\"\nsize = 12\ntest_images = 1\nbudget = 1e4", 0);
    let shown = picture(drawn.model.truth().as_mut(), &[-3.0, -5.0]);
    assert_eq!((shown.width, shown.original.len()), (12, 144));
    let squares = |a: &[f64]| a.iter().zip(&shown.original).map(|(a, t)| (a - t) * (a - t)).sum::<f64>();
    let measures = drawn.model.truth().measures(&[-3.0, -5.0]).unwrap();
    for (name, pixels) in [("psnr", &shown.recovered), ("psnr_noisy", &shown.noisy)] {
        let expected = measures.iter().find(|m| m.0.name == name).unwrap().1;
        let found = -10.0 * (squares(pixels) / 144.0).log10();
        assert!((found - expected).abs() < 1e-3, "{name}: {found} for {expected}");
    }
    let signals = instance("kind = \"tv\"\ndimension = 1\nbudget = 1e4", 0);
    assert_eq!(signals.model.truth().picture(&[-3.0, -5.0]).unwrap(), None);
}

#[test]
fn sizes_that_make_no_problem_are_refused() {
    let refused = |table: &str| {
        let error = Problem::read(toml::from_str(table).unwrap()).unwrap_err();
        format!("{}: {}", error.key, error.message)
    };
    let tv = |line: &str| refused(&format!("kind = \"tv\"\nbudget = 1e4\n{line}"));
    assert_eq!(tv("dimension = 3"), "dimension: expected 1 or 2, found 3");
    assert_eq!(tv("size = 3"), "size: expected 4 to 4096, found 3");
    assert_eq!(tv("images = 0"), "images: expected at least 1, found 0");
    assert_eq!(tv("test_images = 0"), "test_images: expected at least 1, found 0");
    assert_eq!(tv("noise = -1.0"), "noise: expected a number of at least 0, found -1");
    assert!(tv("start = [-20, 0]").starts_with("start: expected to lie within"));
    assert!(tv("bounds = [2, 1]").starts_with("bounds: "));
    assert!(tv("bounds = [-100, 1]").starts_with("bounds: "));
    assert!(tv("filters = 2").contains("unknown field"));
    let experts = |line: &str| refused(&format!("kind = \"field-of-experts\"\nbudget = 1e4\n{line}"));
    assert_eq!(experts("taps = 25"), "taps: expected 2 to size = 24, found 25");
    assert!(experts("filters = 9").starts_with("filters: expected 1 to taps² − 1 = 8"));
    assert!(experts("bounds = [-10, -1]").starts_with("bounds: expected to hold 0"));
}
