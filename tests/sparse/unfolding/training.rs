//! Training.

use std::sync::Arc;

use remeasure_sparse::unfolded::{
    Batch, Ending, Kind, Loss, Network, Penalty, Rates, Real, Recipe, Sensing, StepNetwork, Trained, Trainer,
    Training, train,
};

use super::problem::{gaussian, networks, source};

const LAMBDA: f64 = 0.1;

fn short(rates: Rates) -> Training {
    Training { recipe: Recipe::Incremental { batches: 30 }, batch: 40, rates, thinning: 7 }
}

fn loss_of(name: &str, supervised: bool) -> Loss {
    let penalty = if name.starts_with("iht") { Penalty::L0 } else { Penalty::L1 };
    if supervised { Loss::Supervised } else { Loss::Unsupervised { penalty, lambda: LAMBDA } }
}

fn trained<R: Real>(network: &dyn Network<R>, loss: Loss, training: &Training) -> Trained<R> {
    let design = network.sensing().design().clone();
    train(network, loss, training, &mut source(&design, 9)).unwrap()
}

#[test]
fn training_lowers_the_loss_of_every_network() {
    let design = gaussian(20, 40, 1);
    let rates = Rates { threshold: 0.002, ..Rates::default() };
    for (name, network) in networks::<f64>(&design, 5, LAMBDA) {
        for supervised in [true, false] {
            // The objective has no gradient with respect to a separate hard threshold.
            if name == "iht-free" && !supervised {
                continue;
            }
            for recipe in [Recipe::Incremental { batches: 30 }, Recipe::OneShot { batches: 30 }] {
                let training = Training { recipe, ..short(rates) };
                let result = trained(&*network, loss_of(name, supervised), &training);
                assert_eq!(result.ending, Ending::Finished, "{name} {supervised} {recipe:?}");
                let gain = result.trained_loss / result.untrained_loss;
                assert!(gain < 0.97, "{name} {supervised} {recipe:?}: {gain}");
                assert_eq!((result.steps, result.skipped), (150, 0));
                let points: Vec<usize> = result.curve.iter().map(|p| p.step).collect();
                let expected: Vec<usize> = (0..150).step_by(7).chain([149]).collect();
                assert_eq!(points, expected);
                let depths: Vec<usize> = result.curve.iter().map(|p| p.depth).collect();
                match recipe {
                    Recipe::Incremental { .. } => {
                        assert_eq!(depths, expected.iter().map(|s| s / 30 + 1).collect::<Vec<_>>());
                    }
                    Recipe::OneShot { .. } => assert!(depths.iter().all(|d| *d == 5)),
                }
            }
        }
    }
}

/// Generation by generation, with all layers so far and a fresh Adam state, as the trainer does it step by
/// step.
#[test]
fn incremental_training_starts_adam_afresh_in_every_generation() {
    let design = gaussian(20, 40, 1);
    for (name, network) in networks::<f64>(&design, 3, LAMBDA) {
        let training = short(Rates::default());
        let whole = trained(&*network, Loss::Supervised, &training);
        let by_hand = |afresh: bool| {
            let mut fill = source(&design, 9);
            let mut trainer = Trainer::new(&*network, Loss::Supervised, training.rates, 40).unwrap();
            for depth in 1..=3 {
                if afresh {
                    trainer.reset();
                }
                for _ in 0..30 {
                    fill(trainer.batch_mut());
                    trainer.step(depth);
                }
            }
            trainer.parameters().to_vec()
        };
        assert_eq!(whole.parameters, by_hand(true), "{name}");
        assert_ne!(whole.parameters, by_hand(false), "{name}");
    }
}

/// Parameters that a generation does not reach stay unchanged.
#[test]
fn later_layers_wait_for_their_generation() {
    let design = gaussian(20, 40, 1);
    for (name, network) in networks::<f32>(&design, 3, LAMBDA) {
        let mut trainer = Trainer::new(&*network, Loss::Supervised, Rates::default(), 10).unwrap();
        source(&design, 9)(trainer.batch_mut());
        trainer.step(2);
        let (initial, prefix) = (network.initial(), network.prefix(2));
        assert_eq!(trainer.parameters()[prefix..], initial[prefix..], "{name}");
        // The gradient of a hard threshold is zero, so it does not change.
        for group in network.groups().into_iter().filter(|g| g.range.end <= prefix) {
            let moved = trainer.parameters()[group.range.clone()] != initial[group.range.clone()];
            let hard = name == "iht-free" && group.kind == Kind::Threshold;
            // Before layer 1 the state is zero, so W2 has no gradient there.
            let idle = name == "lista" && group.range.len() == 1600 && group.layer == Some(0);
            assert_eq!(moved, !hard && !idle, "{name} {group:?}");
        }
    }
}

#[test]
fn training_is_a_function_of_its_seed() {
    let design = gaussian(20, 40, 1);
    let sensing = Arc::new(Sensing::<f32>::new(&design).unwrap());
    let network = StepNetwork::ista(sensing, 4, LAMBDA).unwrap();
    let training = short(Rates::default());
    let first = trained(&network, Loss::Supervised, &training);
    assert_eq!(first, trained(&network, Loss::Supervised, &training));
    assert!(network.steps_of(&first.parameters).iter().any(|s| (s - 1.0).abs() > 0.1));
}

/// Single precision gives the same results as double.
#[test]
fn single_precision_agrees_with_double() {
    let design = gaussian(20, 40, 1);
    let training = short(Rates::default());
    let single = networks::<f32>(&design, 4, LAMBDA);
    let double = networks::<f64>(&design, 4, LAMBDA);
    for ((name, single), (_, double)) in single.iter().zip(&double) {
        for supervised in [true, false] {
            let loss = loss_of(name, supervised);
            let training = Training { recipe: Recipe::Incremental { batches: 3 }, ..training };
            let (low, high) = (trained(&**single, loss, &training), trained(&**double, loss, &training));
            assert!((low.untrained_loss / high.untrained_loss - 1.0).abs() < 3e-5, "{name}");
            // Where a gradient is near zero, the sign of Adam's step may differ.
            assert!((low.trained_loss / high.trained_loss - 1.0).abs() < 2e-2, "{name}");
        }
    }
}

#[test]
fn a_batch_that_is_not_finite_is_skipped_and_counted() {
    let design = gaussian(20, 40, 1);
    for (name, network) in networks::<f64>(&design, 3, LAMBDA) {
        for supervised in [true, false] {
            let loss = loss_of(name, supervised);
            let training = short(Rates { threshold: 0.002, ..Rates::default() });
            let mut fill = source(&design, 9);
            let mut asked = 0;
            let result = train(&*network, loss, &training, &mut |batch: &mut Batch<f64>| {
                fill(batch);
                if asked % 10 == 4 {
                    batch.pair_mut(7).1[3] = f64::NAN;
                }
                if asked % 10 == 5 {
                    batch.pair_mut(2).1[0] = f64::INFINITY;
                }
                asked += 1;
            })
            .unwrap();
            assert_eq!((result.skipped, result.steps, asked), (18, 90, 91), "{name}");
            if name != "iht-free" || supervised {
                assert_eq!(result.ending, Ending::Finished, "{name}");
            }
            assert!(result.parameters.iter().all(|p| p.is_finite()));
            assert!(result.curve.iter().all(|p| p.loss.is_finite()));
        }
    }
}

#[test]
fn training_on_nothing_finite_diverges() {
    let design = gaussian(20, 40, 1);
    let sensing = Arc::new(Sensing::<f64>::new(&design).unwrap());
    let network = StepNetwork::ista(sensing, 3, LAMBDA).unwrap();
    let result = train(&network, Loss::Supervised, &short(Rates::default()), &mut |batch| {
        batch.pair_mut(0).1[0] = f64::NAN;
    })
    .unwrap();
    assert_eq!(result.skipped, 90);
    let Ending::Diverged { reason } = result.ending else { panic!("{:?}", result.ending) };
    assert!(reason.contains("30"), "{reason}");
}

#[test]
fn a_learning_rate_too_large_is_reported() {
    let design = gaussian(20, 40, 1);
    for (name, network) in networks::<f32>(&design, 4, LAMBDA) {
        for supervised in [true, false] {
            for rate in [30.0, 1e6] {
                let rates = Rates { step: rate, threshold: rate, matrix: rate };
                let result = trained(&*network, loss_of(name, supervised), &short(rates));
                // ALISTA's thresholds can become so large that everything is zero, with a loss below that of
                // its start.
                if !name.starts_with("alista") {
                    assert!(matches!(result.ending, Ending::Diverged { .. }), "{name} {rate}: {result:?}");
                }
                assert!(result.curve.iter().all(|p| p.loss.is_finite()));
            }
        }
    }
}

#[test]
fn a_deadline_ends_training() {
    use remeasure_core::deadline;
    let design = gaussian(20, 40, 1);
    let sensing = Arc::new(Sensing::<f64>::new(&design).unwrap());
    let network = StepNetwork::ista(sensing, 3, LAMBDA).unwrap();
    let now = Some(std::time::Duration::ZERO);
    let (result, late) =
        deadline::within(now, || trained(&network, Loss::Supervised, &short(Rates::default())));
    assert!(late);
    assert_eq!((result.ending, result.steps), (Ending::Deadline, 0));
}
