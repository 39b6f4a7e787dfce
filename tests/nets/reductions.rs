//! What must be the same, bit for bit.

use remeasure_nets::{Activation, Adam, Lion, Optimiser, Real, Sgd, Shape, SquaredError, Workspace, vectors};

use crate::{bits, wave, weights};

fn optimisers<R: Real>(shape: &Shape) -> Vec<(&'static str, Box<dyn Optimiser<R>>)> {
    let (n, matrices) = (shape.parameters(), shape.matrices());
    vec![
        ("sgd", Box::new(Sgd::new(n, 0.0))),
        ("momentum", Box::new(Sgd::new(n, 0.9).decay(0.1, &matrices))),
        ("adam", Box::new(Adam::new(n))),
        ("adamw", Box::new(Adam::new(n).decay(0.1, &matrices))),
        ("lion", Box::new(Lion::new(n).decay(0.1, &matrices))),
        ("signum", Box::new(Lion::signum(n, 0.9))),
    ]
}

/// Some steps of training with a mask.
fn trained<R: Real>(shape: &Shape, optimiser: &mut dyn Optimiser<R>, mask: Option<&[bool]>) -> Vec<R> {
    let (x, y) = (wave::<R>(12 * shape.inputs(), 0.4), wave::<R>(12 * shape.outputs(), 1.0));
    let mut w = weights::<R>(shape);
    let mut work = Workspace::new(shape, 12);
    let mut gradient = vec![R::ZERO; w.len()];
    for _ in 0..5 {
        work.gradient(&w, &x, &mut SquaredError { targets: &y }, &mut gradient);
        optimiser.step(&mut w, &gradient, 0.01, mask);
    }
    w
}

fn masks<R: Real>() {
    let shape = Shape::new(&[5, 19, 3], Activation::Relu).unwrap();
    let ones = vec![true; shape.parameters()];
    let some: Vec<bool> = (0..shape.parameters()).map(|i| i % 3 == 0).collect();
    let start = weights::<R>(&shape);
    let fresh = || optimisers::<R>(&shape).into_iter().zip(optimisers::<R>(&shape));
    for ((name, mut a), (_, mut b)) in fresh() {
        let (free, full) = (trained(&shape, &mut *a, None), trained(&shape, &mut *b, Some(&ones)));
        assert_eq!(bits(&free), bits(&full), "{name}: a mask of ones");
        a.reset();
        assert_eq!(bits(&trained(&shape, &mut *a, None)), bits(&free), "{name}: again after a reset");
        b.reset();
        let partly = trained(&shape, &mut *b, Some(&some));
        for (i, keep) in some.iter().enumerate() {
            let moved = partly[i].widen().to_bits() != start[i].widen().to_bits();
            assert!(!moved || *keep, "{name}: entry {i} is frozen");
        }
        assert!(partly.iter().zip(&start).any(|(a, b)| a != b), "{name}");
    }
    // Entries are independent: frozen ones do not matter to the first step of the others.
    for ((name, mut a), (_, mut b)) in fresh() {
        let gradient = wave::<R>(start.len(), 3.0);
        let (mut free, mut masked) = (start.clone(), start.clone());
        for _ in 0..3 {
            a.step(&mut free, &gradient, 0.01, None);
            b.step(&mut masked, &gradient, 0.01, Some(&some));
        }
        let expected: Vec<R> = (0..start.len()).map(|i| if some[i] { free[i] } else { start[i] }).collect();
        assert_eq!(bits(&masked), bits(&expected), "{name}");
        // What the mask kept has memory; after `keep` of its complement both start equally.
        let complement: Vec<bool> = some.iter().map(|keep| !keep).collect();
        a.keep(&complement);
        b.keep(&complement);
        let (mut free, mut masked) = (start.clone(), start.clone());
        a.step(&mut free, &gradient, 0.01, Some(&some));
        b.step(&mut masked, &gradient, 0.01, Some(&some));
        assert_eq!(bits(&free), bits(&masked), "{name}: forgotten outside the mask");
    }
}

#[test]
fn a_mask_of_ones_is_no_mask_and_frozen_entries_keep_their_bits() {
    masks::<f64>();
    masks::<f32>();
}

#[test]
fn effective_weights_that_are_those_stored_have_their_gradient() {
    let shape = Shape::new(&[5, 19, 3], Activation::Softplus).unwrap();
    let (w, x, y) = (weights::<f32>(&shape), wave::<f32>(7 * 5, 0.4), wave::<f32>(7 * 3, 1.0));
    let mut work = Workspace::new(&shape, 7);
    let mut loss = SquaredError { targets: &y };
    let (mut a, mut b) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    let value = work.gradient(&w, &x, &mut loss, &mut a);
    let mut effective = vec![0.0; w.len()];
    vectors::masked(&w, &vec![true; w.len()], &mut effective);
    assert_eq!(work.gradient(&effective, &x, &mut loss, &mut b).to_bits(), value.to_bits());
    assert_eq!(bits(&a), bits(&b));
    vectors::combine(&w, 0.0, &a, &mut effective);
    work.gradient(&effective, &x, &mut loss, &mut b);
    assert_eq!(bits(&a), bits(&b));
    // A masked weight is one of 0.
    let mask: Vec<bool> = (0..w.len()).map(|i| i % 4 != 1).collect();
    vectors::masked(&w, &mask, &mut effective);
    assert!(effective.iter().zip(&w).zip(&mask).all(|((e, w), keep)| *e == if *keep { *w } else { 0.0 }));
}

#[test]
fn outputs_of_a_row_do_not_depend_on_the_rest_of_its_batch() {
    let shape = Shape::new(&[13, 37, 18, 3], Activation::Tanh).unwrap();
    let (w, x) = (weights::<f32>(&shape), wave::<f32>(29 * 13, 0.4));
    let mut all = vec![0.0; 29 * 3];
    Workspace::new(&shape, 29).predict(&w, &x, &mut all);
    for batch in [1, 2, 5, 8, 64] {
        let mut parts = vec![0.0; 29 * 3];
        Workspace::new(&shape, batch).predict(&w, &x, &mut parts);
        assert_eq!(bits(&all), bits(&parts), "batches of {batch}");
    }
}

#[test]
fn leaks_of_0_and_1_are_relu_and_identity() {
    let (x, y) = (wave::<f64>(7 * 5, 0.4), wave::<f64>(7 * 3, 1.0));
    let run = |activation: Activation| {
        let shape = Shape::new(&[5, 19, 3], activation).unwrap();
        let w = weights::<f64>(&shape);
        let mut gradient = vec![0.0; w.len()];
        let value =
            Workspace::new(&shape, 7).gradient(&w, &x, &mut SquaredError { targets: &y }, &mut gradient);
        (value, gradient)
    };
    assert_eq!(run(Activation::LeakyRelu { slope: 0.0 }), run(Activation::Relu));
    assert_eq!(run(Activation::LeakyRelu { slope: 1.0 }), run(Activation::Identity));
    assert_ne!(run(Activation::Relu), run(Activation::Identity));
}

#[test]
fn not_a_number_is_not_hidden() {
    for activation in crate::ACTIVATIONS {
        let shape = Shape::new(&[2, 3, 1], activation).unwrap();
        let w = weights::<f64>(&shape);
        let mut work = Workspace::new(&shape, 1);
        assert!(work.forward(&w, &[f64::NAN, 1.0]).row(0)[0].is_nan(), "{activation:?}");
    }
}
