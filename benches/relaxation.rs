//! Sequences of linear systems; every solve is made when a policy requests it, without a shared table.

use divan::Bencher;
use rand::Rng;
use remeasure::core::stream::{Stream, Streams};
use remeasure::relaxation::bandits::chebyshev::ChebCb;
use remeasure::relaxation::bandits::tsallis::{Newton, Tsallis};
use remeasure::relaxation::bandits::{Bandit, Binned};
use remeasure::relaxation::heat::Heat;
use remeasure::relaxation::laplacian::Laplacian;
use remeasure::relaxation::problem::{Offsets, draw_systems};
use remeasure::relaxation::sor::{Job, Stopping, Systems};

fn main() {
    divan::main();
}

const STREAMS: Streams = Streams { seed: 1, cell: 1, replicate: 0 };
const STOPPING: Stopping = Stopping { tolerance: 1e-8, cap: 10_000 };
const STEPS: usize = 5000;
const INTERVAL: [f64; 2] = [-0.15, 0.65];

fn omega(arm: usize) -> f64 {
    1.0 + 0.05 * arm as f64
}

/// High variance, n = 100.
fn systems() -> Systems {
    let offsets = Offsets::Beta { shape: [0.5, 1.5], shift: -0.15, scale: 0.6 };
    draw_systems(STEPS, Laplacian::new(10), offsets, &mut STREAMS.stream("systems")).expect("a draw")
}

/// Always chooses the same arm.
struct Always(usize);

impl Bandit for Always {
    fn choose(&mut self, _: f64, _: f64) -> usize {
        self.0
    }
    fn update(&mut self, _: f64) {}
}

fn policy(name: &str) -> Box<dyn Bandit> {
    match name {
        "fixed 1.8" => Box::new(Always(16)),
        "fixed 1.0" => Box::new(Always(0)),
        "tsallis-inf" => Box::new(Tsallis::new(20, Newton::Monotone)),
        "tsallis-inf-cb" => Box::new(Binned::new(&Tsallis::new(20, Newton::Monotone), 5, INTERVAL)),
        _ => Box::new(ChebCb::new(20, 5, INTERVAL)),
    }
}

/// 5,000 systems with n = 100, one after the other. Target: 2 s.
#[divan::bench(args = ["fixed 1.8", "fixed 1.0", "tsallis-inf", "tsallis-inf-cb", "chebcb"], sample_count = 5)]
fn sequence_of_5000(bencher: Bencher<'_, '_>, name: &str) {
    let systems = systems();
    bencher.bench(|| {
        let mut policy = policy(name);
        let mut stream: Stream = STREAMS.stream("policy");
        let mut total = 0;
        for system in 0..STEPS {
            let arm = policy.choose(systems.offsets()[system], stream.gen_range(0.0..1.0));
            let count = systems.count(&[Job { system, omega: omega(arm) }], STOPPING)[0];
            policy.update(f64::from(count));
            total += u64::from(count);
        }
        total
    });
}

/// The decisions without the solves.
#[divan::bench(args = ["tsallis-inf", "tsallis-inf-cb", "chebcb"], sample_count = 20)]
fn decisions(bencher: Bencher<'_, '_>, name: &str) {
    let systems = systems();
    bencher.bench(|| {
        let mut policy = policy(name);
        let mut stream: Stream = STREAMS.stream("policy");
        for offset in systems.offsets() {
            let arm = policy.choose(*offset, stream.gen_range(0.0..1.0));
            policy.update(50.0 + (arm as f64 - 14.0).powi(2));
        }
    });
}

/// 5,000 systems at 20 values of ω together, as a trial solves them once for all policies.
#[divan::bench(sample_count = 3)]
fn table_of_5000_by_20(bencher: Bencher<'_, '_>) {
    let systems = systems();
    let jobs: Vec<Job> =
        (0..STEPS).flat_map(|system| (0..20).map(move |arm| Job { system, omega: omega(arm) })).collect();
    bencher.bench(|| systems.count(&jobs, STOPPING));
}

/// 1,000 steps of the heat equation at 20 values of ω and without a preconditioner.
#[divan::bench(args = [25, 50], sample_count = 3)]
fn heat_1000_by_21(bencher: Bencher<'_, '_>, nx: usize) {
    let omegas: Vec<f64> = (0..20).map(omega).chain([0.0]).collect();
    bencher.bench(|| Heat { nx, dt: 1e-3 }.counts(1000, &omegas, STOPPING));
}
