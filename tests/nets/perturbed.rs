//! Gradients at perturbed weights, against a program of its own (`tests/data/nets/ORIGIN.md`).

use remeasure_nets::{Activation, MeanOutput, Shape, SquaredError, Workspace, vectors};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().unwrap()],
    }
}

/// A matrix of `inputs × outputs` as `outputs × inputs`.
fn transposed(values: &[f64], inputs: usize) -> Vec<f64> {
    let outputs = values.len() / inputs;
    (0..values.len()).map(|i| values[i % inputs * outputs + i / inputs]).collect()
}

#[test]
fn gradients_at_perturbed_weights_are_those_of_the_reference() {
    let data: Value = serde_json::from_str(include_str!("../data/nets/perturbed.json")).unwrap();
    let of = |key: &str| numbers(&data[key]);
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    let shape = Shape::new(&[3, 5, 5, 1], Activation::LeakyRelu { slope: of("leak")[0] }).unwrap();
    let parts = [transposed(&of("W1"), 3), of("b1"), transposed(&of("W2"), 5), of("b2"), of("w3"), of("b3")];
    let w = parts.concat();
    let (x, y) = (of("x"), of("y"));
    let mut work = Workspace::new(&shape, 8);
    let mut predicted = vec![0.0; 8];
    work.predict(&w, &x, &mut predicted);
    predicted.iter().zip(of("pred")).for_each(|(found, expected)| near(*found, expected));
    let mut mean = MeanOutput { column: 0 };
    let (mut loss_gradient, mut a, mut b) = (vec![0.0; w.len()], vec![0.0; w.len()], vec![0.0; w.len()]);
    near(
        work.gradient(&w, &x, &mut SquaredError { targets: &y }, &mut loss_gradient),
        of("loss_half_mse")[0],
    );
    near(work.gradient(&w, &x, &mut mean, &mut a), of("G")[0]);
    let length = vectors::norm(&a);
    near(length, of("gradnorm_G")[0]);
    let mut moved = vec![0.0; w.len()];
    let cases = data["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let number = |key: &str| case[key].as_f64().unwrap();
        vectors::combine(&w, number("r") / length, &a, &mut moved);
        work.gradient(&moved, &x, &mut mean, &mut b);
        let weight = number("lam") * number("rho") / number("r");
        let total: Vec<f64> = (0..w.len()).map(|i| loss_gradient[i] + weight * (b[i] - a[i])).collect();
        near(vectors::norm(&total), number("norm_total"));
        let [first, _, last] = shape.layers() else { panic!() };
        let expected = transposed(&numbers(&case["grad_W1"]), 3);
        total[first.weights()].iter().zip(expected).for_each(|(f, e)| near(*f, e));
        total[first.biases()].iter().zip(numbers(&case["grad_b1"])).for_each(|(f, e)| near(*f, e));
        total[last.weights()].iter().zip(numbers(&case["grad_w3"])).for_each(|(f, e)| near(*f, e));
        near(total[last.biases()][0], number("grad_b3"));
    }
}
