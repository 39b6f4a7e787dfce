//! Sizes and values at the edge of validity.

use std::sync::Arc;

use remeasure_core::numerics::Design;
use remeasure_sparse::unfolded::{
    Batch, Loss, Network, Penalty, Rates, Recipe, Selection, Sensing, StepNetwork, Trainer, Training,
    Workspace, loss, loss_and_gradient, run, trace, train,
};

use super::problem::{batch, design, gaussian, networks, source};

#[test]
fn one_layer_one_signal_tall_and_tiny_matrices_train() {
    for (m, n, layers, count) in [(20, 40, 1, 1), (30, 20, 3, 1), (1, 1, 2, 3), (3, 1, 2, 2), (5, 33, 3, 17)]
    {
        let design = gaussian(m, n, 1);
        for (name, network) in networks::<f32>(&design, layers, 0.1) {
            for loss in [Loss::Supervised, Loss::Unsupervised { penalty: Penalty::L1, lambda: 0.1 }] {
                let recipe = Recipe::Incremental { batches: 3 };
                let training = Training { recipe, batch: count, ..Training::default() };
                let result = train(&*network, loss, &training, &mut source(&design, 2)).unwrap();
                assert_eq!((result.steps, result.skipped), (3 * layers, 0), "{name} {m} × {n}");
                assert!(result.parameters.iter().all(|p| p.is_finite()), "{name} {m} × {n}");
            }
        }
    }
}

#[test]
fn zero_signals_stay_zero_and_move_nothing() {
    let design = gaussian(10, 20, 1);
    for (name, network) in networks::<f64>(&design, 3, 0.1) {
        let mut workspace = Workspace::new(&*network, 2).unwrap();
        let mut gradient = vec![f64::NAN; network.parameters()];
        let zeros = Batch::zeros(2, 20, 10);
        for at in [Loss::Supervised, Loss::Unsupervised { penalty: Penalty::L1, lambda: 0.1 }] {
            let initial = network.initial();
            let value =
                loss_and_gradient(&*network, at, &initial, 3, &zeros, &mut workspace, &mut gradient).unwrap();
            assert_eq!(value, 0.0, "{name}");
            assert!(gradient.iter().all(|g| *g == 0.0), "{name}");
        }
    }
}

/// Least squares by steps alone: with λ = 0 nothing is thresholded, and the loss is half the squared residual.
#[test]
fn without_a_penalty_the_objective_is_the_square_of_the_residual() {
    let a = design(12, 5);
    let data = batch::<f64>(&a, 3);
    for (name, network) in networks::<f64>(&a, 40, 0.0) {
        let layers =
            trace(&*network, &network.initial(), network.layers(), &data, (Penalty::L1, 0.0)).unwrap();
        let start: f64 = data.responses().iter().map(|y| y * y).sum::<f64>() / 6.0;
        assert!((layers[0].objective - start).abs() < 1e-12);
        assert!(layers.windows(2).all(|w| w[1].objective <= w[0].objective + 1e-15), "{name}");
        assert!(layers[40].objective < 0.1 * start, "{name}");
    }
    assert!(
        StepNetwork::ista(Arc::new(Sensing::<f64>::new(&a).unwrap()), 2, 0.0)
            .unwrap()
            .free_thresholds()
            .is_err()
    );
}

/// Signals pass through in chunks; each result is the same as alone.
#[test]
fn a_run_of_many_signals_is_the_run_of_each() {
    let a = gaussian(20, 40, 1);
    let mut data = Batch::<f32>::zeros(300, 40, 20);
    source(&a, 3)(&mut data);
    for (name, network) in networks::<f32>(&a, 3, 0.1) {
        let initial = network.initial();
        let mut last = vec![Vec::new(); 300];
        run(&*network, &initial, 3, &data, &mut |layer| {
            for b in 0..layer.count {
                if layer.index == 0 {
                    assert!(layer.state(b).iter().all(|x| *x == 0.0));
                }
                if layer.index == 3 {
                    last[layer.first + b] = layer.state(b).to_vec();
                }
            }
        })
        .unwrap();
        for b in [0, 127, 128, 299] {
            let mut one = Batch::zeros(1, 40, 20);
            one.pair_mut(0).0.copy_from_slice(data.signal(b));
            one.pair_mut(0).1.copy_from_slice(data.response(b));
            run(&*network, &initial, 3, &one, &mut |layer| {
                if layer.index == 3 {
                    assert_eq!(layer.state(0), last[b], "{name} {b}");
                }
            })
            .unwrap();
        }
    }
}

/// Loss and gradient are means over the batch, however many signals pass together.
#[test]
fn a_large_batch_is_the_mean_of_its_parts() {
    let a = gaussian(20, 40, 1);
    let mut data = Batch::<f64>::zeros(300, 40, 20);
    source(&a, 3)(&mut data);
    let part = |first: usize| {
        let mut part = Batch::zeros(100, 40, 20);
        for b in 0..100 {
            part.pair_mut(b).0.copy_from_slice(data.signal(first + b));
            part.pair_mut(b).1.copy_from_slice(data.response(first + b));
        }
        part
    };
    for (name, network) in networks::<f64>(&a, 3, 0.1) {
        let mut workspace = Workspace::new(&*network, 300).unwrap();
        assert!(workspace.capacity() < 300);
        let initial = network.initial();
        let mut of = |at, batch: &Batch<f64>| {
            let mut gradient = vec![f64::NAN; network.parameters()];
            let value =
                loss_and_gradient(&*network, at, &initial, 3, batch, &mut workspace, &mut gradient).unwrap();
            assert_eq!(loss(&*network, at, &initial, 3, batch, &mut workspace).unwrap(), value, "{name}");
            gradient.push(value);
            gradient
        };
        for at in [Loss::Supervised, Loss::Unsupervised { penalty: Penalty::L1, lambda: 0.1 }] {
            let whole = of(at, &data);
            let parts = [0, 100, 200].map(|first| of(at, &part(first)));
            let largest = whole.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
            for (i, value) in whole.iter().enumerate() {
                let mean = parts.iter().map(|p| p[i]).sum::<f64>() / 3.0;
                assert!((value - mean).abs() <= 1e-13 * largest, "{name} {at:?} {i}: {value} and {mean}");
            }
        }
    }
}

#[test]
fn a_trace_is_error_and_objective_by_layer() {
    let a = design(7, 12);
    let data = batch::<f64>(&a, 4);
    let (_, network) = &networks::<f64>(&a, 5, 0.1)[0];
    let layers = trace(&**network, &network.initial(), 5, &data, (Penalty::L1, 0.1)).unwrap();
    let mut error = [0.0; 6];
    let mut objective = [0.0; 6];
    run(&**network, &network.initial(), 5, &data, &mut |layer| {
        for b in 0..layer.count {
            let x = layer.state(b);
            error[layer.index] += x.iter().zip(data.signal(b)).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            let mut fit = vec![0.0; 7];
            a.mul(x, &mut fit);
            let square: f64 = fit.iter().zip(data.response(b)).map(|(f, y)| (y - f).powi(2)).sum();
            objective[layer.index] += (0.5 * square + 0.1 * x.iter().map(|v| v.abs()).sum::<f64>()) / 4.0;
        }
    })
    .unwrap();
    let power: f64 = data.signals().iter().map(|v| v * v).sum();
    for t in 0..6 {
        assert!((layers[t].squared_error - error[t]).abs() < 1e-12);
        assert!((layers[t].objective - objective[t]).abs() < 1e-12);
        assert!((layers[t].power - power).abs() < 1e-12);
    }
}

#[test]
fn a_selection_counts_by_layer() {
    let selection = Selection::new(10.0, 25.0).unwrap();
    assert_eq!([0, 1, 2, 9].map(|t| selection.count(t, 12)), [1, 2, 3, 3]);
    assert_eq!(Selection::new(0.1, 13.0).unwrap().count(2, 1000), 3);
    assert!(Selection::new(-1.0, 5.0).is_err() && Selection::new(1.0, f64::NAN).is_err());
}

/// The largest entry passes unchanged; the others are moved towards zero.
#[test]
fn selected_entries_are_not_shrunk() {
    let identity = Design::from_columns(4, 4, (0..16).map(|i| f64::from(i % 5 == 0)).collect());
    let sensing = Arc::new(Sensing::<f64>::with_lipschitz(&identity, 1.0).unwrap());
    let selection = Selection::new(25.0, 100.0).unwrap();
    let network = StepNetwork::ista(sensing, 2, 0.5).unwrap().selection(selection).unwrap();
    let mut data = Batch::zeros(1, 4, 4);
    data.pair_mut(0).1.copy_from_slice(&[1.0, -3.0, 0.25, 2.0]);
    let mut states = Vec::new();
    run(&network, &network.initial(), 2, &data, &mut |layer| states.push(layer.state(0).to_vec())).unwrap();
    assert_eq!(states[1], [0.5, -3.0, 0.0, 1.5]);
    assert_eq!(states[2], [0.5, -3.0, 0.0, 2.0]);
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let a = gaussian(4, 6, 1);
    let key = |e: remeasure_core::Invalid| e.key;
    let sensing = Arc::new(Sensing::<f64>::new(&a).unwrap());
    let ista = |layers, lambda| StepNetwork::ista(sensing.clone(), layers, lambda);
    assert_eq!(ista(0, 0.1).map_err(key).err().unwrap(), "layers");
    assert_eq!(ista(2, f64::NAN).map_err(key).err().unwrap(), "lambda");
    assert_eq!(ista(2, -0.1).map_err(key).err().unwrap(), "lambda");
    assert_eq!(Sensing::<f64>::with_lipschitz(&a, 0.0).map_err(key).err().unwrap(), "lipschitz");
    let mut broken = a.clone();
    broken.column_mut(2)[1] = f64::NAN;
    let error = Sensing::<f32>::new(&broken).err().unwrap();
    assert!(error.to_string().contains("row 1, column 2"), "{error}");
    // Finite, but not in single precision.
    broken.column_mut(2)[1] = 1e200;
    assert_eq!(Sensing::<f32>::new(&broken).map_err(key).err().unwrap(), "design");
    let empty = Design::from_columns(0, 3, Vec::new());
    assert_eq!(Sensing::<f32>::new(&empty).map_err(key).err().unwrap(), "design");
    let tall = Arc::new(Sensing::<f64>::new(&gaussian(6, 4, 1)).unwrap());
    assert_eq!(StepNetwork::alista(tall, 2, 0.1).map_err(key).err().unwrap(), "design");

    let network = ista(3, 0.1).unwrap();
    assert_eq!(network.with_steps(&[1.0]).map_err(key).err().unwrap(), "steps");
    assert_eq!(network.with_steps(&[1.0, 0.0, 1.0]).map_err(key).err().unwrap(), "steps");
    let data = Batch::zeros(1, 6, 4);
    assert_eq!(run(&network, &[0.0], 3, &data, &mut |_| ()).map_err(key).err().unwrap(), "parameters");
    assert_eq!(run(&network, &[0.0; 3], 4, &data, &mut |_| ()).map_err(key).err().unwrap(), "depth");
    let other = Batch::zeros(1, 5, 4);
    assert_eq!(run(&network, &[0.0; 3], 3, &other, &mut |_| ()).map_err(key).err().unwrap(), "batch");
    assert_eq!(
        Trainer::new(&network, Loss::Supervised, Rates::default(), 0).map_err(key).err().unwrap(),
        "batch"
    );
    let bad = Rates { step: f64::NAN, ..Rates::default() };
    assert_eq!(Trainer::new(&network, Loss::Supervised, bad, 1).map_err(key).err().unwrap(), "rates.step");
    let training = Training { recipe: Recipe::OneShot { batches: 0 }, ..Training::default() };
    let refused = train(&network, Loss::Supervised, &training, &mut |_| ());
    assert_eq!(refused.map_err(key).err().unwrap(), "batches");
}

#[test]
fn steps_go_in_and_come_out_in_units_of_the_largest_safe_one() {
    let sensing = Arc::new(Sensing::<f64>::new(&gaussian(4, 6, 1)).unwrap());
    let lipschitz = sensing.lipschitz();
    let network = StepNetwork::iht(sensing, 3, 0.2).unwrap();
    let parameters = network.with_steps(&[1.9, 1.0, 0.5]).unwrap();
    let steps = network.steps_of(&parameters);
    assert!(steps.iter().zip([1.9, 1.0, 0.5]).all(|(a, b)| (a - b).abs() < 1e-15));
    let expected = (2.0 * 0.2 * 1.9 / lipschitz).sqrt();
    assert!((network.thresholds_of(&parameters)[0] - expected).abs() < 1e-15);
}
