//! Optimisers against optax (`tests/data/nets/ORIGIN.md`).

use remeasure_nets::{Adam, Lion, Optimiser, Sgd};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn trajectories_are_those_of_optax() {
    let data: Value = serde_json::from_str(include_str!("../data/nets/optimisers.json")).unwrap();
    let gradients: Vec<Vec<f64>> = data["gradients"].as_array().unwrap().iter().map(numbers).collect();
    let start = numbers(&data["theta0"]);
    let runs = data["runs"].as_array().unwrap();
    assert_eq!((runs.len(), gradients.len()), (6, 12));
    for run in runs {
        let number = |key: &str| run["parameters"][key].as_f64().unwrap();
        let n = start.len();
        let all = 0..n;
        let mut optimiser: Box<dyn Optimiser<f64>> = match run["optimizer"].as_str().unwrap() {
            "lion" => {
                let betas = (number("beta1"), number("beta2"));
                Box::new(Lion::new(n).betas(betas.0, betas.1).decay(number("wd"), std::slice::from_ref(&all)))
            }
            "adamw" => {
                let adam = Adam::new(n).betas(number("beta1"), number("beta2")).epsilon(number("eps"));
                Box::new(adam.decay(number("wd"), std::slice::from_ref(&all)))
            }
            "sgd_momentum" => Box::new(Sgd::new(n, number("momentum"))),
            other => panic!("{other}"),
        };
        let mut theta = start.clone();
        for (gradient, expected) in gradients.iter().zip(run["theta"].as_array().unwrap()) {
            optimiser.step(&mut theta, gradient, number("lr"), None);
            for (found, expected) in theta.iter().zip(numbers(expected)) {
                assert!((found - expected).abs() < 1e-10, "{}: {found} {expected}", run["parameters"]);
            }
        }
    }
}

#[test]
fn decay_spares_what_it_is_not_for() {
    let (n, zeros) = (6, [0.0; 6]);
    let optimisers: [Box<dyn Optimiser<f64>>; 3] = [
        Box::new(Sgd::new(n, 0.9).decay(0.5, &[1..3, 5..6])),
        Box::new(Adam::new(n).decay(0.5, &[1..3, 5..6])),
        Box::new(Lion::new(n).decay(0.5, &[1..3, 5..6])),
    ];
    for mut optimiser in optimisers {
        let mut w = [2.0; 6];
        optimiser.step(&mut w, &zeros, 0.1, None);
        assert_eq!(w, [2.0, 1.9, 1.9, 2.0, 2.0, 1.9]);
    }
}

#[test]
fn the_sign_of_nothing_is_nothing() {
    let mut signs = Lion::<f64>::signum(3, 0.0);
    let mut w = [1.0; 3];
    signs.step(&mut w, &[0.0, -0.3, 4.0], 0.25, None);
    assert_eq!(w, [1.0, 1.25, 0.75]);
}
