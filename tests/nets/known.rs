//! Cases with a known answer.

use remeasure_nets::{
    Activation, Adam, CrossEntropy, Gaussian, Optimiser, Sgd, Shape, SquaredError, Start, Workspace,
    accuracy, softmax,
};

use crate::{stream, wave};

#[test]
fn a_linear_network_converges_to_least_squares() {
    // Columns of a 2² design and a constant: the coefficients are means of products.
    let x = [1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0];
    let y = [3.0, 1.0, -2.0, 5.0];
    let mean = |sign: [f64; 4]| (0..4).map(|i| sign[i] * y[i]).sum::<f64>() / 4.0;
    let expected = [mean([1.0, 1.0, -1.0, -1.0]), mean([1.0, -1.0, 1.0, -1.0]), mean([1.0; 4])];
    let shape = Shape::new(&[2, 1], Activation::Identity).unwrap();
    let mut w = shape.draw::<f64>(Start::HeNormal, &mut stream("start"));
    let (mut work, mut gradient, mut sgd) = (Workspace::new(&shape, 4), vec![0.0; 3], Sgd::new(3, 0.5));
    for _ in 0..200 {
        work.gradient(&w, &x, &mut SquaredError { targets: &y }, &mut gradient);
        sgd.step(&mut w, &gradient, 0.3, None);
    }
    assert!(w.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{w:?} {expected:?}");
}

#[test]
fn cross_entropy_of_equal_outputs_is_known_with_its_gradient() {
    let shape = Shape::new(&[2, 4], Activation::Identity).unwrap();
    let w = vec![0.0; shape.parameters()];
    let (x, labels) = ([1.0, 2.0, -3.0, 0.5], [1, 3]);
    let mut gradient = vec![0.0; w.len()];
    let mut work = Workspace::new(&shape, 2);
    let value = work.gradient(&w, &x, &mut CrossEntropy { labels: &labels }, &mut gradient);
    assert!((value - 4.0_f64.ln()).abs() < 1e-15);
    for k in 0..4 {
        let slope = |b: usize| (0.25 - f64::from(labels[b] == k)) / 2.0;
        for i in 0..2 {
            assert!((gradient[2 * k + i] - slope(0) * x[i] - slope(1) * x[2 + i]).abs() < 1e-15);
        }
        assert!((gradient[8 + k] - slope(0) - slope(1)).abs() < 1e-15);
    }
}

#[test]
fn a_network_learns_classes_that_no_line_separates() {
    // Rings: the class is that of the distance from 0.
    let n = 200;
    let point = |i: usize| {
        let (angle, radius) = (i as f64 * 2.4, if i.is_multiple_of(2) { 0.5 } else { 1.5 });
        [radius * angle.cos(), radius * angle.sin()]
    };
    let x: Vec<f32> = (0..n).flat_map(point).map(|v| v as f32).collect();
    let labels: Vec<usize> = (0..n).map(|i| i % 2).collect();
    let shape = Shape::new(&[2, 24, 2], Activation::Relu).unwrap();
    let mut w = shape.draw::<f32>(Start::HeNormal, &mut stream("rings"));
    let mut work = Workspace::new(&shape, n);
    let (mut gradient, mut adam) = (vec![0.0; w.len()], Adam::new(w.len()));
    let mut value = f64::INFINITY;
    for _ in 0..400 {
        value = work.gradient(&w, &x, &mut CrossEntropy { labels: &labels }, &mut gradient);
        adam.step(&mut w, &gradient, 0.02, None);
    }
    assert!(value < 0.01, "{value}");
    assert_eq!(accuracy(work.forward(&w, &x), &labels), 1.0);
}

#[test]
fn large_outputs_neither_overflow_nor_lose_the_loss() {
    let shape = Shape::new(&[1, 3], Activation::Identity).unwrap().without_biases();
    let mut work = Workspace::new(&shape, 1);
    let mut gradient = vec![0.0_f32; 3];
    let value =
        work.gradient(&[1000.0, 0.0, -1000.0], &[1.0], &mut CrossEntropy { labels: &[2] }, &mut gradient);
    assert_eq!((value, gradient), (2000.0, vec![1.0, 0.0, -1.0]));
    let mut shares = vec![0.0; 3];
    softmax(work.output(), &mut shares);
    assert_eq!(shares, [1.0, 0.0, 0.0]);
}

#[test]
fn a_gaussian_at_its_truth_has_the_entropy_of_its_deviation() {
    // μ = 0 and s = ln 2 by the biases; targets ±2 have (y/σ)² = 1.
    let shape = Shape::new(&[1, 2], Activation::Identity).unwrap();
    let w = [0.0, 0.0, 0.0, 2.0_f64.ln()];
    let mut loss = Gaussian::new(&[2.0, -2.0], None);
    let mut gradient = [f64::NAN; 4];
    let value = Workspace::new(&shape, 2).gradient(&w, &[1.0, 1.0], &mut loss, &mut gradient);
    let entropy = 0.5 * (std::f64::consts::TAU * std::f64::consts::E).ln() + 2.0_f64.ln();
    assert!((value - entropy).abs() < 1e-14);
    assert!(gradient.iter().all(|g| g.abs() < 1e-14), "{gradient:?}");
}

#[test]
fn starts_have_the_moments_of_their_laws() {
    let shape = Shape::new(&[50, 400, 3], Activation::Relu).unwrap();
    let first = shape.layers()[0].weights();
    let biases = shape.layers()[0].biases();
    for (start, deviation) in [
        (Start::HeNormal, (2.0_f64 / 50.0).sqrt()),
        (Start::Glorot, (6.0_f64 / 450.0 / 3.0).sqrt()),
        (Start::Uniform, (1.0_f64 / 50.0 / 3.0).sqrt()),
    ] {
        let w = shape.draw::<f64>(start, &mut stream("moments"));
        let square = w[first.clone()].iter().map(|w| w * w).sum::<f64>() / 20_000.0;
        // Four standard errors of a normal variance are 4 %.
        assert!((square.sqrt() / deviation - 1.0).abs() < 0.04, "{start:?}");
        assert_eq!(w[biases.clone()].iter().all(|b| *b == 0.0), start != Start::Uniform);
        let narrow = shape.draw::<f32>(start, &mut stream("moments"));
        assert!(narrow.iter().zip(&w).all(|(a, b)| *a == *b as f32));
    }
}

#[test]
fn single_precision_follows_double_precision() {
    let shape = Shape::new(&[9, 33, 20, 4], Activation::Softplus).unwrap();
    let wide = shape.draw::<f64>(Start::Glorot, &mut stream("start"));
    let narrow: Vec<f32> = wide.iter().map(|v| *v as f32).collect();
    let wide: Vec<f64> = narrow.iter().map(|v| f64::from(*v)).collect();
    let (x, y) = (wave::<f32>(30 * 9, 0.2), wave::<f32>(30 * 4, 1.2));
    let (x64, y64): (Vec<f64>, Vec<f64>) =
        (x.iter().map(|v| f64::from(*v)).collect(), y.iter().map(|v| f64::from(*v)).collect());
    let (mut a, mut b) = (vec![0.0_f32; narrow.len()], vec![0.0; wide.len()]);
    let values = (
        Workspace::new(&shape, 30).gradient(&narrow, &x, &mut SquaredError { targets: &y }, &mut a),
        Workspace::new(&shape, 30).gradient(&wide, &x64, &mut SquaredError { targets: &y64 }, &mut b),
    );
    assert!((values.0 - values.1).abs() < 1e-6);
    assert!(a.iter().zip(&b).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6));
}
