//! Rates of the kernels for dot products and Gram matrices, one line each: `kernel,level,gfma_per_second`.
//!
//! `REMEASURE_VECTORS` selects the level of vector instructions. `peak` is the rate without loads. Under `cargo test` each kernel runs once, as a check.

mod clock;

use std::hint::black_box;

use remeasure::core::multiversion;
use remeasure::core::numerics::kernels::lanes::Lanes;
use remeasure::core::numerics::kernels::{self, dots};

use clock::cpu_ms;

/// Runs `work`, which makes `fma` fused multiply–adds, until a quarter of a second has passed; the best of a
/// few rates in 10⁹ per second.
fn rate(measuring: bool, fma: f64, mut work: impl FnMut()) -> f64 {
    let mut best = 0.0_f64;
    for _ in 0..if measuring { 8 } else { 1 } {
        let (start, mut count) = (cpu_ms(), 0.0);
        // Reading the clock costs as much as a small tile.
        let repeats = if measuring { (1e6 / fma).ceil() as usize } else { 1 };
        loop {
            (0..repeats).for_each(|_| work());
            count += repeats as f64;
            if !measuring || cpu_ms() - start > 60.0 {
                break;
            }
        }
        best = best.max(count * fma / (cpu_ms() - start).max(1e-3) * 1e-6);
    }
    best
}

/// As many sums as stay in registers.
fn peak(measuring: bool) -> f64 {
    const STEPS: usize = 10_000;
    let level = kernels::level();
    let most = multiversion!(level, [] () -> usize, |Vector| <Vector<f64> as Lanes<f64>>::MOST);
    rate(measuring, (most * STEPS * 8) as f64, || {
        let sum = multiversion!(level, [] () -> f64, |Vector| unsafe {
            // SAFETY: these lanes belong to the level, and all pointers are those of arrays of 8 values.
            let starts = black_box([[0.999_f64; 8]; 8]);
            let factor = <Vector<f64> as Lanes<f64>>::load(starts[0].as_ptr());
            let mut sums = starts.each_ref().map(|s| <Vector<f64> as Lanes<f64>>::load(s.as_ptr()));
            for _ in 0..STEPS {
                for sum in &mut sums[..<Vector<f64> as Lanes<f64>>::MOST] {
                    *sum = sum.fused(factor, factor);
                }
            }
            let mut out = [0.0; 8];
            sums.iter().fold(0.0, |total, sum| {
                sum.store(out.as_mut_ptr());
                total + out.iter().sum::<f64>()
            })
        });
        black_box(sum);
    })
}

/// Tiles of `R × C` dot products of vectors that lie in the first-level cache.
fn tile<const R: usize, const C: usize>(measuring: bool) -> f64 {
    let n = 512;
    let values: Vec<f64> = (0..(R + C) * n).map(|i| (i as f64 * 0.37).sin()).collect();
    let vector = |k: usize| &values[k * n..(k + 1) * n];
    let left: [&[f64]; R] = std::array::from_fn(vector);
    let right: [&[f64]; C] = std::array::from_fn(|c| vector(R + c));
    rate(measuring, (R * C * n) as f64, || {
        black_box(dots(black_box(left), black_box(right)));
    })
}

/// The lower triangle of `XᵀX`, or of `Xᵀdiag(w)X`.
fn gram(measuring: bool, (n, p): (usize, usize), weighted: bool) -> f64 {
    let values: Vec<f64> = (0..n * p).map(|i| (i as f64 * 0.37).sin()).collect();
    let weights: Vec<f64> = (0..n).map(|i| 1.0 + (i as f64 * 0.11).cos()).collect();
    let weights = weighted.then_some(&weights[..]);
    let mut out = vec![0.0; p * p];
    let mut products = kernels::Products::default();
    rate(measuring, (n * p * (p + 1) / 2) as f64, || {
        out.fill(0.0);
        products.add_gram(p, 0..n, weights, |j| &values[j * n..(j + 1) * n], &mut out);
        black_box(&mut out);
    })
}

fn main() {
    let measuring = std::env::args().any(|a| a == "--bench");
    let level = kernels::level();
    let report = |name: &str, rate: f64| println!("{name},{level:?},{rate:.1}");
    report("peak", peak(measuring));
    report("dots 1x1", tile::<1, 1>(measuring));
    report("dots 1x4", tile::<1, 4>(measuring));
    report("dots 2x2", tile::<2, 2>(measuring));
    report("dots 2x4", tile::<2, 4>(measuring));
    report("dots 3x2", tile::<3, 2>(measuring));
    report("dots 4x2", tile::<4, 2>(measuring));
    report("dots 4x4", tile::<4, 4>(measuring));
    for (n, p) in
        if measuring { [(5000, 500), (20000, 41), (1000, 200)] } else { [(60, 9), (9, 5), (20, 30)] }
    {
        report(&format!("gram {n}x{p}"), gram(measuring, (n, p), false));
        report(&format!("weighted gram {n}x{p}"), gram(measuring, (n, p), true));
    }
}
