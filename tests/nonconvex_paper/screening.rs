//! Scores with known answers.

use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;
use remeasure_nonconvex::problem::Features;
use remeasure_nonconvex::screening::{Density, Fault, auroc, neighbours_of_numbers};
use remeasure_nonconvex::{Data, Problem};

use crate::{trials, value};

/// Two standard normal columns of correlation near `rho`.
fn pair(n: usize, rho: f64) -> (Vec<f64>, Vec<f64>) {
    let text = format!("kind = \"screening\"\nn = {n}\np = 2\nrelevant = 1\ncorrelation = 0.0");
    let problem = Problem::read(toml::from_str(&text).unwrap()).unwrap();
    let Data::Screening(features) = problem.draw(&Streams { seed: 5, cell: 0, replicate: 0 }) else {
        panic!("a screening problem");
    };
    let (x, z) = (features.x.column(0).to_vec(), features.x.column(1));
    let y = x.iter().zip(z).map(|(x, z)| rho * x + (1.0 - rho * rho).sqrt() * z).collect();
    (x, y)
}

#[test]
fn normal_numbers_have_the_information_of_their_correlation() {
    for rho in [0.0, 0.6, 0.9] {
        let (x, y) = pair(2000, rho);
        let expected = -0.5 * (1.0 - rho * rho).ln();
        let found = neighbours_of_numbers(&x, &y);
        assert!((found - expected).abs() < 0.06, "{rho}: {found} {expected}");
        // A kernel of standard deviation h adds h² to each variance.
        let h = 0.3;
        let blurred = rho / (1.0 + h * h);
        let expected = -0.5 * (1.0 - blurred * blurred).ln();
        let features =
            Features { x: Design::from_columns(2000, 1, x), y, relevant: vec![true], binary: false };
        let found = Density { points: 60, bandwidth: h, fault: Fault::None }.scores(&features)[0];
        assert!((found - expected).abs() < 0.03, "{rho}: {found} {expected}");
    }
}

#[test]
fn the_area_is_the_share_of_pairs() {
    assert_eq!(auroc(&[3.0, 1.0, 2.0], &[true, false, false]), 1.0);
    assert_eq!(auroc(&[1.0, 1.0, 2.0, 0.0], &[true, false, false, false]), 0.5);
}

#[test]
fn only_information_sees_squares_and_the_fault_sees_nothing() {
    let estimators = [
        "kind = \"pearson\"",
        "kind = \"binning\"",
        "kind = \"kde\"\npoints = 40\nbandwidth = 0.3",
        "kind = \"kde\"\npoints = 40\nbandwidth = 0.3\nfault = \"first-point\"",
        "kind = \"knn\"",
    ];
    let mean = |problem: &str| -> Vec<f64> {
        let rows = trials(problem, &estimators, 4);
        (0..5).map(|k| rows.iter().map(|r| value(&r[k], "auroc")).sum::<f64>() / 4.0).collect()
    };
    let base = "kind = \"screening\"\nn = 300\np = 60\nrelevant = 6\n";
    let linear = mean(&format!("{base}outcome = \"binary\""));
    assert!(linear[0] > 0.9 && linear[2] > 0.8, "{linear:?}");
    assert!((linear[3] - 0.5).abs() < 0.2, "{linear:?}");
    let squared = mean(&format!("{base}signal = \"squared\""));
    assert!(squared[2] > 0.85 && squared[4] > squared[0], "{squared:?}");
}
