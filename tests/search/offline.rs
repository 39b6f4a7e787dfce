//! Regularised networks compared with an independent program, and cases with a known answer.

use remeasure_core::family::Outcome;
use remeasure_nets::{Activation, MeanOutput, Shape, SquaredError, Workspace};
use remeasure_search::offline::{Dual, Flat, Flattening, Training, sharpness};
use remeasure_search::{Data, Problem};
use serde_json::Value;

use crate::reference::{numbers, read};
use crate::{streams, trials, value};

/// The network of the reference file: its weights in our order, its rows and targets.
fn network(file: &Value) -> (Shape, Vec<f64>, Vec<f64>, Vec<f64>) {
    let shape = Shape::new(&[3, 5, 5, 1], Activation::LeakyRelu { slope: 0.3 }).unwrap();
    let mut weights = vec![0.0; shape.parameters()];
    for (layer, (w, b)) in shape.layers().iter().zip([("W1", "b1"), ("W2", "b2"), ("w3", "b3")]) {
        let (w, b) = (numbers(&file[w]), numbers(&file[b]));
        put(&w, layer.inputs(), layer.outputs(), &mut weights[layer.weights()]);
        weights[layer.biases()].copy_from_slice(&b);
    }
    (shape, weights, numbers(&file["x"]), numbers(&file["y"]))
}

/// A matrix `inputs × outputs`, transposed.
fn put(from: &[f64], inputs: usize, outputs: usize, to: &mut [f64]) {
    for i in 0..inputs {
        for o in 0..outputs {
            to[o * inputs + i] = from[i * outputs + o];
        }
    }
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

#[test]
fn a_step_of_ignite_is_that_of_the_reference() {
    let file = read("step.json");
    let (shape, weights, x, y) = network(&file);
    let mut work = Workspace::new(&shape, 8);
    let mut gradient = vec![0.0; weights.len()];
    let mean = work.gradient(&weights, &x, &mut MeanOutput { column: 0 }, &mut gradient);
    assert!((mean - file["G"].as_f64().unwrap()).abs() < 1e-12);
    assert!((norm(&gradient) - file["gradnorm_G"].as_f64().unwrap()).abs() < 1e-12);
    // The bias of the last layer alone has derivative 1.
    assert!((gradient[weights.len() - 1] - 1.0).abs() < 1e-15);
    for case in file["cases"].as_array().unwrap() {
        let number = |key: &str| case[key].as_f64().unwrap();
        let dual = Dual { rate: 1e-3, threshold: 0.1, clip: false };
        let flat = Flat { lambda: number("lam"), rho: number("rho"), step: number("r"), dual: Some(dual) };
        let loss = work.gradient(&weights, &x, &mut SquaredError { targets: &y }, &mut gradient);
        assert!((loss - file["loss_half_mse"].as_f64().unwrap()).abs() < 1e-12);
        assert!((norm(&gradient) - number("norm_loss")).abs() < 1e-12);
        let length =
            Flattening::new(weights.len()).add(&mut work, (&weights, &x), &flat, flat.lambda, &mut gradient);
        assert!((norm(&gradient) - number("norm_total")).abs() < 1e-9, "{case}");
        assert!((flat.next(flat.lambda, length) - number("dual_new")).abs() < 1e-12);
        for (key, layer, biases) in [("grad_W1", 0, false), ("grad_b1", 0, true), ("grad_w3", 2, false)] {
            let layer = &shape.layers()[layer];
            let theirs = numbers(&case[key]);
            let mut expected = theirs.clone();
            if !biases {
                put(&theirs, layer.inputs(), layer.outputs(), &mut expected);
            }
            let ours = &gradient[if biases { layer.biases() } else { layer.weights() }];
            for (ours, theirs) in ours.iter().zip(&expected) {
                assert!((ours - theirs).abs() < 1e-9, "{key}: {ours} {theirs}");
            }
        }
    }
}

/// With a small step, the regulariser's gradient is that of `λρ‖∇G‖`, here by central differences.
#[test]
fn the_regulariser_is_the_gradient_of_the_norm() {
    let file = read("step.json");
    let (shape, weights, x, _) = network(&file);
    let mut work = Workspace::new(&shape, 8);
    let flat = Flat { lambda: 1.0, rho: 1.0, step: 1e-6, dual: None };
    let mut ours = vec![0.0; weights.len()];
    Flattening::new(weights.len()).add(&mut work, (&weights, &x), &flat, 1.0, &mut ours);
    let mut slope = vec![0.0; weights.len()];
    for k in 0..weights.len() {
        let mut at = |step: f64| {
            let mut moved = weights.clone();
            moved[k] += step;
            work.gradient(&moved, &x, &mut MeanOutput { column: 0 }, &mut slope);
            norm(&slope)
        };
        let expected = (at(1e-6) - at(-1e-6)) / 2e-6;
        assert!((ours[k] - expected).abs() < 1e-5, "{k}: {} {expected}", ours[k]);
    }
}

#[test]
fn sharpness_is_first_order_for_a_small_radius_and_more_for_a_large_one() {
    let file = read("step.json");
    let (shape, weights, x, _) = network(&file);
    let small = sharpness(&shape, &weights, &x, 1e-4);
    assert!((small.sharpness / (1e-4 * small.norm) - 1.0).abs() < 1e-3);
    let large = sharpness(&shape, &weights, &x, 0.5);
    assert!(large.norm == small.norm && large.sharpness > 0.5 * large.norm);
}

const SMALL: &str =
    "kind = \"offline\"\nfunction = \"ackley\"\ndimension = 3\ndrawn = 400\ntrain = 150\nheld_out = 40\n";
const PLAIN: &str = "kind = \"surrogate\"\nunits = 12\nepochs = 8\n";

#[test]
fn a_weight_of_zero_changes_no_bit_and_a_dual_variable_follows_its_recursion() {
    let Data::Offline(designs) = Problem::read(SMALL.parse().unwrap()).unwrap().draw(&streams(0)).unwrap()
    else {
        panic!("designs");
    };
    let plain = Training { units: 12, epochs: 8, batch: 128, rate: 1e-3, flat: None, decay: 0.0 };
    let run = |flat| Training { flat, ..plain }.run(&designs, &mut streams(0).stream("a")).unwrap();
    let none = run(None);
    let zero = run(Some(Flat { lambda: 0.0, rho: 0.2, step: 0.2, dual: None }));
    assert_eq!(none.weights, zero.weights);
    assert_eq!(zero.lambdas, [0.0; 9]);
    // A threshold that no norm reaches: λ falls by η ε at least, and is clipped or not.
    let dual = |clip| Some(Dual { rate: 1e-3, threshold: 100.0, clip });
    let flat = |clip| Some(Flat { lambda: 1e-3, rho: 0.0, step: 0.05, dual: dual(clip) });
    let (free, clipped) = (run(flat(false)), run(flat(true)));
    // Two batches an epoch, 150 rows.
    for (epoch, lambda) in free.lambdas.iter().enumerate() {
        assert!((lambda - (1e-3 - 0.1 * 2.0 * epoch as f64)).abs() < 1e-12, "{:?}", free.lambdas);
    }
    assert!(clipped.lambdas[1..].iter().all(|l| *l == 0.0));
}

#[test]
fn designs_found_are_judged_by_the_function() {
    let all = [
        PLAIN,
        &format!("{PLAIN}regulariser = \"ignite\""),
        &format!("{PLAIN}regulariser = \"ignite2\"\nlambda = 1.0"),
        &format!("{PLAIN}weight_decay = 0.01"),
        &format!("{PLAIN}ensemble = 2\ncombine = \"min\""),
        &format!("{PLAIN}search = \"cma-es\""),
        "kind = \"best-designs\"",
        "kind = \"oracle-random\"",
    ];
    let rows = trials(SMALL, &all, 2).unwrap();
    for (kind, rows) in all.iter().zip(&rows) {
        for row in rows {
            assert_eq!(row.outcome, Outcome::Ok, "{kind}");
            let of = |metric| value(row, metric, None);
            assert!(of("design_best") >= of("design_80") && of("design_80") >= of("design_median"));
            assert!(of("design_best") <= 0.0, "minus Ackley is at most 0");
            if kind.contains("surrogate") {
                assert!(of("norm_train") >= 1.0 && of("norm_held_out") >= 1.0);
                assert!(of("first_order") > 0.9 && of("rmse") > 0.0);
            }
        }
    }
    let mean = |k: usize, metric: &str| rows[k].iter().map(|r| value(r, metric, None)).sum::<f64>() / 2.0;
    // A large weight flattens; an oracle is not below the given designs, which are the worse part of such points.
    assert!(mean(2, "norm_train") < mean(0, "norm_train"));
    assert!(mean(7, "design_best") > mean(6, "design_best"));
    assert_ne!(mean(4, "design_best"), mean(0, "design_best"));
}
