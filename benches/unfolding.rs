//! Training steps and forward passes of unfolded networks: `cargo bench --bench unfolding`.

use std::sync::Arc;

use divan::{Bencher, black_box};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure::core::numerics::Design;
use remeasure::sparse::unfolded::{
    Batch, Lista, ListaCp, Loss, Network, Penalty, Rates, Real, Sensing, StepNetwork, Trainer, trace,
};

fn main() {
    divan::main();
}

/// Signals, response length, batch, layers.
const SIZES: [(usize, usize, usize, usize); 2] = [(200, 100, 100, 20), (500, 250, 100, 20)];

/// Gaussian matrix; one in ten entries of a signal is standard normal; no noise.
fn draw<R: Real>(n: usize, m: usize, count: usize) -> (Arc<Sensing<R>>, Batch<R>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut normal = |share: f64| -> f64 {
        let value: f64 = StandardNormal.sample(&mut rng);
        if rng.gen_bool(share) { value } else { 0.0 }
    };
    let scale = (m as f64).sqrt().recip();
    let design = Design::from_columns(m, n, (0..m * n).map(|_| scale * normal(1.0)).collect());
    let mut batch = Batch::zeros(count, n, m);
    let mut y = vec![0.0; m];
    for b in 0..count {
        let x: Vec<f64> = (0..n).map(|_| normal(0.1)).collect();
        design.mul(&x, &mut y);
        let (signal, response) = batch.pair_mut(b);
        signal.iter_mut().zip(&x).for_each(|(to, from)| *to = R::of(*from));
        response.iter_mut().zip(&y).for_each(|(to, from)| *to = R::of(*from));
    }
    (Arc::new(Sensing::new(&design).expect("a finite matrix")), batch)
}

fn steps<R: Real>(bencher: Bencher<'_, '_>, network: &dyn Network<R>, loss: Loss, batch: &Batch<R>) {
    let still = Rates { step: 0.0, threshold: 0.0, matrix: 0.0 };
    let mut trainer = Trainer::new(network, loss, still, batch.count()).expect("usable values");
    trainer.batch_mut().clone_from(batch);
    bencher.bench_local(|| black_box(trainer.step(network.layers())));
}

#[divan::bench(args = SIZES, types = [f32, f64])]
fn ista_step<R: Real>(bencher: Bencher<'_, '_>, (n, m, count, layers): (usize, usize, usize, usize)) {
    let (sensing, batch) = draw::<R>(n, m, count);
    let network = StepNetwork::ista(sensing, layers, 0.1).expect("usable values");
    steps(bencher, &network, Loss::Supervised, &batch);
}

#[divan::bench(args = SIZES, types = [f32, f64])]
fn iht_step<R: Real>(bencher: Bencher<'_, '_>, (n, m, count, layers): (usize, usize, usize, usize)) {
    let (sensing, batch) = draw::<R>(n, m, count);
    let network = StepNetwork::iht(sensing, layers, 0.05).expect("usable values");
    let loss = Loss::Unsupervised { penalty: Penalty::L0, lambda: 0.05 };
    steps(bencher, &network, loss, &batch);
}

/// The sizes commonly used to compare networks with learned matrices.
const CANONICAL: (usize, usize, usize, usize) = (500, 250, 64, 16);

#[divan::bench]
fn lista_step(bencher: Bencher<'_, '_>) {
    let (n, m, count, layers) = CANONICAL;
    let (sensing, batch) = draw::<f32>(n, m, count);
    steps(bencher, &Lista::new(sensing, layers, 0.1).expect("usable values"), Loss::Supervised, &batch);
}

#[divan::bench]
fn lista_cp_step(bencher: Bencher<'_, '_>) {
    let (n, m, count, layers) = CANONICAL;
    let (sensing, batch) = draw::<f32>(n, m, count);
    steps(bencher, &ListaCp::new(sensing, layers, 0.1).expect("usable values"), Loss::Supervised, &batch);
}

#[divan::bench]
fn alista_step(bencher: Bencher<'_, '_>) {
    let (n, m, count, layers) = CANONICAL;
    let (sensing, batch) = draw::<f32>(n, m, count);
    let network = StepNetwork::alista(sensing, layers, 0.1).expect("usable values");
    steps(bencher, &network, Loss::Supervised, &batch);
}

#[divan::bench(types = [f32, f64])]
fn trace_of_a_thousand<R: Real>(bencher: Bencher<'_, '_>) {
    let (sensing, batch) = draw::<R>(200, 100, 1000);
    let network = StepNetwork::ista(sensing, 20, 0.1).expect("usable values");
    let initial = network.initial();
    bencher.bench_local(|| trace(&network, &initial, 20, black_box(&batch), (Penalty::L1, 0.1)));
}
