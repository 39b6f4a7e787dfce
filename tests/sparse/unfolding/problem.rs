//! Small problems in closed form.

use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::Design;
use remeasure_sparse::unfolded::{Batch, Lista, ListaCp, Network, Real, Selection, Sensing, StepNetwork};

/// `A_ij = cos(1 + 3i + 7j + ij)/√M`: distinct columns with entries of both signs.
pub(crate) fn design(m: usize, n: usize) -> Design {
    let entry = |i: f64, j: f64| (1.0 + 3.0 * i + 7.0 * j + i * j).cos() / (m as f64).sqrt();
    Design::from_columns(m, n, (0..n).flat_map(|j| (0..m).map(move |i| entry(i as f64, j as f64))).collect())
}

/// Every third entry of a signal is non-zero; responses have a little noise.
pub(crate) fn batch<R: Real>(design: &Design, count: usize) -> Batch<R> {
    let (m, n) = (design.rows(), design.columns());
    let mut batch = Batch::zeros(count, n, m);
    for b in 0..count {
        let entry = |j: usize| {
            if (j + b).is_multiple_of(3) { (0.7 + 1.3 * j as f64 + 2.1 * b as f64).sin() * 1.7 } else { 0.0 }
        };
        let x: Vec<f64> = (0..n).map(entry).collect();
        let mut y: Vec<f64> = (0..m).map(|i| 0.03 * (5.0 * i as f64 + b as f64).cos()).collect();
        design.add_mul(1.0, x.iter().copied().enumerate(), &mut y);
        let (signal, response) = batch.pair_mut(b);
        signal.iter_mut().zip(&x).for_each(|(to, from)| *to = R::of(*from));
        response.iter_mut().zip(&y).for_each(|(to, from)| *to = R::of(*from));
    }
    batch
}

/// Gaussian matrix `N(0, 1/M)`.
pub(crate) fn gaussian(m: usize, n: usize, seed: u64) -> Design {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let scale = 1.0 / (m as f64).sqrt();
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    Design::from_columns(m, n, (0..m * n).map(|_| scale * normal()).collect())
}

/// Fills batches with Bernoulli–Gaussian signals, one in ten entries non-zero, at 20 dB.
pub(crate) fn source<R: Real>(design: &Design, seed: u64) -> impl FnMut(&mut Batch<R>) {
    use rand::Rng;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let design = design.clone();
    let (m, n) = (design.rows(), design.columns());
    let sigma = (0.1 * n as f64 / m as f64 / 100.0).sqrt();
    move |batch| {
        for b in 0..batch.count() {
            let mut normal = |p: f64| -> f64 {
                let value: f64 = StandardNormal.sample(&mut rng);
                if rng.gen_bool(p) { value } else { 0.0 }
            };
            let x: Vec<f64> = (0..n).map(|_| normal(0.1)).collect();
            let mut y: Vec<f64> = (0..m).map(|_| sigma * normal(1.0)).collect();
            design.add_mul(1.0, x.iter().copied().enumerate(), &mut y);
            let (signal, response) = batch.pair_mut(b);
            signal.iter_mut().zip(&x).for_each(|(to, from)| *to = R::of(*from));
            response.iter_mut().zip(&y).for_each(|(to, from)| *to = R::of(*from));
        }
    }
}

/// A network and its name.
pub(crate) type Named<R> = (&'static str, Box<dyn Network<R>>);

/// Every variant on `design`; those that need `M ≤ N` only if it holds.
pub(crate) fn networks<R: Real>(design: &Design, layers: usize, lambda: f64) -> Vec<Named<R>> {
    let sensing = || Arc::new(Sensing::new(design).unwrap());
    let selection = || Selection::new(10.0, 30.0).unwrap();
    let ista = || StepNetwork::ista(sensing(), layers, lambda).unwrap();
    let iht = || StepNetwork::iht(sensing(), layers, lambda).unwrap();
    let cp = || ListaCp::new(sensing(), layers, lambda).unwrap();
    let mut all: Vec<Named<R>> = vec![
        ("ista", Box::new(ista())),
        ("ista-ss", Box::new(ista().selection(selection()).unwrap())),
        ("iht", Box::new(iht())),
        ("lista", Box::new(Lista::new(sensing(), layers, lambda).unwrap())),
        ("lista-cp", Box::new(cp())),
        ("lista-cp-tied", Box::new(cp().tied())),
        ("lista-cpss", Box::new(cp().selection(selection()))),
        ("lista-cpss-tied", Box::new(cp().tied().selection(selection()))),
    ];
    if lambda > 0.0 {
        all.push(("ista-free", Box::new(ista().free_thresholds().unwrap())));
        all.push(("iht-free", Box::new(iht().free_thresholds().unwrap())));
    }
    if design.rows() <= design.columns() {
        let alista = || StepNetwork::alista(sensing(), layers, lambda).unwrap();
        all.push(("alista", Box::new(alista())));
        all.push(("alista-ss", Box::new(alista().selection(selection()).unwrap())));
    }
    all
}

/// Initial parameters, each changed by a small, different amount.
pub(crate) fn moved<R: Real>(network: &dyn Network<R>) -> Vec<R> {
    let mut parameters = network.initial();
    for (i, p) in parameters.iter_mut().enumerate() {
        let relative = 1.0 + 0.1 * (1.0 + 2.3 * i as f64).sin();
        *p = R::of(p.widen() * relative + 0.01 * (0.4 * i as f64).cos());
    }
    network.project(&mut parameters);
    parameters
}
