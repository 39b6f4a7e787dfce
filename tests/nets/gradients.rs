//! Gradients against central differences.

use remeasure_nets::{
    Activation, Bounds, CrossEntropy, Derivative, Gaussian, Loss, MeanOutput, Shape, SquaredError, Workspace,
};

use crate::{ACTIVATIONS, wave, weights};

const ROWS: usize = 5;
const STEP: f64 = 1e-5;

/// All derivatives of a loss by parameters and inputs.
fn check(shape: &Shape, loss: &mut dyn Loss<f64>, about: &str) {
    let (w, x) = (weights::<f64>(shape), wave::<f64>(ROWS * shape.inputs(), 0.4));
    let mut work = Workspace::new(shape, ROWS);
    let (mut by_weights, mut by_inputs) = (vec![f64::NAN; w.len()], vec![f64::NAN; x.len()]);
    let value = work.gradient(&w, &x, loss, &mut by_weights);
    assert_eq!(value, work.input_gradient(&w, &x, loss, &mut by_inputs));
    let mut both = (vec![f64::NAN; w.len()], vec![f64::NAN; x.len()]);
    assert_eq!(value, work.both_gradients(&w, &x, loss, (&mut both.0, &mut both.1)));
    assert_eq!((&both.0, &both.1), (&by_weights, &by_inputs));
    let mut near = |found: f64, i: usize, of_weights: bool| {
        let mut moved = |by: f64| {
            let (mut w, mut x) = (w.clone(), x.clone());
            if of_weights {
                w[i] += by
            } else {
                x[i] += by
            }
            work.loss(&w, &x, loss)
        };
        let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
        let close = (found - expected).abs() <= 1e-6 * (expected.abs() + 1e-3);
        assert!(close, "{about}, {}{i}: {found} {expected}", if of_weights { "w" } else { "x" });
    };
    by_weights.iter().enumerate().for_each(|(i, found)| near(*found, i, true));
    by_inputs.iter().enumerate().for_each(|(i, found)| near(*found, i, false));
}

#[test]
fn gradients_of_every_activation_are_those_of_central_differences() {
    let y = wave::<f64>(ROWS * 3, 2.0);
    for activation in ACTIVATIONS {
        for widths in [&[4, 3][..], &[4, 20, 3], &[7, 17, 5, 3], &[3, 70, 1]] {
            let shape = Shape::new(widths, activation).unwrap();
            let y = &y[..ROWS * widths[widths.len() - 1]];
            let loss = &mut SquaredError { targets: y };
            check(&shape, loss, &format!("{activation:?} {widths:?}"));
            check(&shape.without_biases(), loss, &format!("{activation:?} {widths:?} without biases"));
        }
    }
    // Wide enough to skip the zeros of ReLU.
    let wide = Shape::new(&[64, 64, 64, 3], Activation::Relu).unwrap();
    check(&wide, &mut SquaredError { targets: &y }, "wide layers");
    let last = Shape::with_activations(&[4, 6, 3], &[Activation::Tanh, Activation::Softplus]).unwrap();
    check(&last, &mut SquaredError { targets: &y }, "an activation after the last layer");
}

#[test]
fn gradients_of_every_loss_are_those_of_central_differences() {
    let shape = Shape::new(&[3, 18, 6, 4], Activation::Tanh).unwrap();
    let y = wave::<f64>(ROWS * 2, 2.0);
    check(&shape, &mut CrossEntropy { labels: &[0, 3, 1, 1, 2] }, "cross-entropy");
    check(&shape, &mut MeanOutput { column: 2 }, "mean");
    check(&shape, &mut Gaussian::new(&y, None), "Gaussian");
    check(&shape, &mut Gaussian::new(&y, Some(Bounds { low: -0.4, high: 0.3 })), "Gaussian with bounds");
    let mut cubes = Derivative::new(|outputs: remeasure_nets::Rows<'_, f64>, slopes| {
        for (z, slopes) in outputs.iter().zip(slopes.iter_mut()) {
            slopes.iter_mut().zip(z).for_each(|(s, z)| *s = 3.0 * z * z);
        }
        outputs.iter().flatten().map(|z| z.powi(3)).sum()
    });
    check(&shape, &mut cubes, "a function");
}

#[test]
fn slopes_of_soft_bounds_are_those_of_central_differences() {
    let bounds = Bounds { low: 0.1_f64.ln(), high: 0.2_f64.ln() };
    for s in [-9.0, -2.5, -2.0, -1.5, 0.0, 7.0] {
        let (value, slopes) = bounds.apply(s);
        // Far above, the upper softplus stops at the bound, and the lower one adds what it is there.
        assert!(
            bounds.low < value && value < bounds.low + (1.0 + (bounds.high - bounds.low).exp()).ln() + 1e-12
        );
        let moved =
            |by: [f64; 3]| Bounds { low: bounds.low + by[1], high: bounds.high + by[2] }.apply(s + by[0]).0;
        for (i, slope) in slopes.into_iter().enumerate() {
            let unit = |h: f64| std::array::from_fn(|j| if i == j { h } else { 0.0 });
            let expected = (moved(unit(STEP)) - moved(unit(-STEP))) / (2.0 * STEP);
            assert!((slope - expected).abs() < 1e-9, "{s} {i}: {slope} {expected}");
        }
    }
}

#[test]
fn trained_bounds_get_their_slopes() {
    let shape = Shape::new(&[3, 8, 4], Activation::Tanh).unwrap();
    let (w, x, y) = (weights::<f64>(&shape), wave::<f64>(ROWS * 3, 0.4), wave::<f64>(ROWS * 2, 2.0));
    let mut work = Workspace::new(&shape, ROWS);
    let mut value = |low: f64, high: f64| {
        let mut loss = Gaussian::new(&y, Some(Bounds { low, high }));
        (work.loss(&w, &x, &mut loss), loss.bound_slopes)
    };
    let (low, high) = (-0.4, 0.3);
    let (_, [by_low, by_high]) = value(low, high);
    let expected_low = (value(low + STEP, high).0 - value(low - STEP, high).0) / (2.0 * STEP);
    let expected_high = (value(low, high + STEP).0 - value(low, high - STEP).0) / (2.0 * STEP);
    assert!((by_low - expected_low).abs() < 1e-8 && (by_high - expected_high).abs() < 1e-8);
}
