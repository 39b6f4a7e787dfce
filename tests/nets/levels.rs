//! Training has the same bits at every level of vector instructions.

use std::process::Command;

use remeasure_nets::{
    Adam, Bounds, CrossEntropy, Gaussian, Lion, Loss, Optimiser, Real, Sgd, Shape, Workspace, vectors,
};

use crate::{ACTIVATIONS, bits, wave, weights};

/// A hash of the bits of losses and weights of some steps of training.
fn hash<R: Real>(of: u64) -> u64 {
    let mut hash = of;
    let mut add = |values: &[u64]| {
        values.iter().for_each(|v| hash = (hash ^ v).wrapping_mul(0x100_0000_01b3).rotate_left(17));
    };
    let narrow = ACTIVATIONS.map(|activation| Shape::new(&[13, 37, 21, 6], activation).unwrap());
    let wide = ACTIVATIONS.map(|activation| Shape::new(&[64, 144, 96, 6], activation).unwrap());
    for shape in narrow.into_iter().chain(wide) {
        let rows = 27;
        let (x, y) = (wave::<R>(rows * shape.inputs(), 0.4), wave::<R>(rows * 3, 1.0));
        let labels: Vec<usize> = (0..rows).map(|i| i % 6).collect();
        let losses: [&mut dyn Loss<R>; 2] = [
            &mut CrossEntropy { labels: &labels },
            &mut Gaussian::new(&y, Some(Bounds { low: -2.0, high: 0.0 })),
        ];
        for loss in losses {
            let mut w = weights::<R>(&shape);
            let n = w.len();
            let optimisers: [&mut dyn Optimiser<R>; 3] =
                [&mut Sgd::new(n, 0.9), &mut Adam::new(n).decay(0.1, &shape.matrices()), &mut Lion::new(n)];
            let mut work = Workspace::new(&shape, rows);
            let (mut gradient, mut by_input) = (vec![R::ZERO; n], vec![R::ZERO; x.len()]);
            for optimiser in optimisers {
                for _ in 0..3 {
                    let value = work.both_gradients(&w, &x, loss, (&mut gradient, &mut by_input));
                    optimiser.step(&mut w, &gradient, 0.01, None);
                    add(&[value.to_bits(), vectors::norm(&gradient).to_bits()]);
                    add(&bits(&by_input));
                }
            }
            add(&bits(&w));
        }
    }
    hash
}

/// Run by the test below in processes of their own.
#[test]
fn hash_of_some_training() {
    println!("hash {:x}", hash::<f64>(hash::<f32>(1)));
}

#[test]
fn every_level_trains_to_the_same_bits() {
    let at = |level: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "levels::hash_of_some_training", "--nocapture"]);
        let output = command.env("REMEASURE_VECTORS", level).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let hash = text.split("hash ").nth(1).expect("a hash").split_whitespace().next().unwrap().to_owned();
        assert!(hash.len() > 10, "{text}");
        hash
    };
    // Without vectors, and the best.
    let portable = at("portable");
    assert_eq!(at("avx2"), portable);
    assert_eq!(at("avx512"), portable);
}
