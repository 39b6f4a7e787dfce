//! Synthetic pictures with values in [0, 1], and noise.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::kernels;
use remeasure_core::stream::{Stream, Streams};

/// The size of a stack of pictures. A signal is a picture of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) count: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Shape {
    /// Number of pixels of one picture.
    pub(super) fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Number of pixels of all pictures.
    pub(super) fn len(&self) -> usize {
        self.count * self.pixels()
    }
}

/// A stack of contiguous pictures, each row by row.
#[derive(Clone, Debug)]
pub(super) struct Pictures {
    pub(super) shape: Shape,
    pub(super) truth: Vec<f64>,
    pub(super) noisy: Vec<f64>,
}

/// `−10 log₁₀` of the mean squared error of a picture whose values lie in [0, 1], in dB.
pub(super) fn psnr(picture: &[f64], truth: &[f64]) -> f64 {
    let squares: f64 = picture.iter().zip(truth).map(|(p, t)| (p - t) * (p - t)).sum();
    -10.0 * (squares / truth.len() as f64).log10()
}

impl Pictures {
    /// Draws pictures from the streams `shapes-{role}` and their noise of standard deviation `sigma` from
    /// `noise-{role}`.
    pub(super) fn draw(shape: Shape, sigma: f64, streams: &Streams, role: &str) -> Self {
        let mut stream = streams.stream(&format!("shapes-{role}"));
        let mut truth = Vec::with_capacity(shape.len());
        for _ in 0..shape.count {
            truth.extend(match shape.height {
                1 => signal(shape.width, &mut stream),
                _ => picture(shape.height, shape.width, &mut stream),
            });
        }
        let mut stream = streams.stream(&format!("noise-{role}"));
        let mut noise = || -> f64 { StandardNormal.sample(&mut stream) };
        let noisy = truth.iter().map(|t| t + sigma * noise()).collect();
        Self { shape, truth, noisy }
    }

    /// Mean over the pictures of their peak signal-to-noise ratios.
    pub(super) fn psnr(&self, stack: &[f64]) -> f64 {
        let of = stack.chunks_exact(self.shape.pixels()).zip(self.truth.chunks_exact(self.shape.pixels()));
        of.map(|(p, t)| psnr(p, t)).sum::<f64>() / self.shape.count as f64
    }

    /// Half the mean over the pictures of their squared distances from the truth.
    pub(super) fn loss(&self, stack: &[f64]) -> f64 {
        let squares: f64 = stack.iter().zip(&self.truth).map(|(p, t)| (p - t) * (p - t)).sum();
        0.5 * squares / self.shape.count as f64
    }

    /// `‖y‖`.
    pub(super) fn size(&self) -> f64 {
        kernels::squared_norm(&self.noisy).sqrt()
    }
}

/// A signal of 6 to 10 pieces, cut at random and each at least a fiftieth of the length; half of them are
/// constant, the others straight or arched.
fn signal(length: usize, stream: &mut Stream) -> Vec<f64> {
    let pieces = stream.gen_range(6..=10);
    let mut cuts: Vec<usize> = (1..pieces).map(|_| stream.gen_range(0..length)).collect();
    cuts.extend([0, length]);
    cuts.sort_unstable();
    cuts.dedup();
    let least = (length / 50).max(1);
    let mut out = Vec::with_capacity(length);
    for pair in cuts.windows(2) {
        // A piece that would be too short is merged with the one before.
        let span = pair[1] - pair[0];
        let level: f64 = if let (Some(last), true) = (out.last(), span < least) {
            *last
        } else {
            stream.gen_range(0.1..0.9)
        };
        let kind = if span < least { 0 } else { stream.gen_range(0..4) };
        let end = stream.gen_range(0.1..0.9);
        for k in 0..span {
            let t = (k as f64 + 0.5) / span as f64;
            out.push(match kind {
                0 | 1 => level,
                2 => level + t * (end - level),
                _ => level + 4.0 * t * (1.0 - t) * (end - level) * 0.5,
            });
        }
    }
    out
}

/// A background with a gradient in a random direction, and 5 to 8 discs and rectangles on it, later ones over
/// earlier ones; every third shape is shaded.
fn picture(height: usize, width: usize, stream: &mut Stream) -> Vec<f64> {
    let side = height.min(width) as f64;
    let mut out = vec![0.0; height * width];
    let plane = |stream: &mut Stream, low: f64, high: f64, slope: f64| {
        let angle = stream.gen_range(0.0..std::f64::consts::TAU);
        let (sine, cosine) = angle.sin_cos();
        let middle = stream.gen_range(low..high);
        move |u: f64, v: f64| (middle + slope * (cosine * u + sine * v)).clamp(0.0, 1.0)
    };
    let place = |k: usize, n: usize| (k as f64 + 0.5) / n as f64 - 0.5;
    let background = plane(stream, 0.2, 0.5, 0.2);
    for (i, row) in out.chunks_exact_mut(width).enumerate() {
        for (j, pixel) in row.iter_mut().enumerate() {
            *pixel = background(place(i, height), place(j, width));
        }
    }
    for _ in 0..stream.gen_range(5..=8) {
        let (y, x) = (stream.gen_range(0.0..height as f64), stream.gen_range(0.0..width as f64));
        let (a, b) = (stream.gen_range(0.1..0.3) * side, stream.gen_range(0.1..0.3) * side);
        let disc = stream.gen_range(0..2) == 0;
        let slope = if stream.gen_range(0..3) == 0 { 0.6 } else { 0.0 };
        let shade = plane(stream, 0.0, 1.0, slope);
        for (i, row) in out.chunks_exact_mut(width).enumerate() {
            for (j, pixel) in row.iter_mut().enumerate() {
                let (dy, dx) = (i as f64 + 0.5 - y, j as f64 + 0.5 - x);
                let inside = if disc { dy * dy + dx * dx <= a * a } else { dy.abs() <= a && dx.abs() <= b };
                if inside {
                    *pixel = shade(dy / side, dx / side);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const STREAMS: Streams = Streams { seed: 1, cell: 2, replicate: 3 };

    #[test]
    fn psnr_is_that_of_the_mean_squared_error() {
        assert_relative_eq!(psnr(&[0.1, 0.4], &[0.0, 0.5]), 20.0, max_relative = 1e-12);
        let shape = Shape { count: 2, height: 1, width: 1 };
        let stack = Pictures { shape, truth: vec![0.0, 0.5], noisy: vec![0.1, 0.5 + 1e-2] };
        // 20 and 40 dB: the ratios are averaged, not the errors.
        assert_relative_eq!(stack.psnr(&stack.noisy), 30.0, max_relative = 1e-12);
        assert_relative_eq!(stack.loss(&stack.noisy), 0.5 * 0.0101 / 2.0, max_relative = 1e-12);
    }

    #[test]
    fn pictures_lie_between_0_and_1_and_their_noise_has_its_size() {
        for (height, width) in [(1, 600), (40, 32)] {
            let shape = Shape { count: 8, height, width };
            let drawn = Pictures::draw(shape, 0.1, &STREAMS, "training");
            assert_eq!(drawn.truth.len(), shape.len());
            assert!(drawn.truth.iter().all(|t| (0.0..=1.0).contains(t)));
            // 20 dB is σ = .1; with thousands of pixels the estimate varies by ± .2 dB.
            assert!((drawn.psnr(&drawn.noisy) - 20.0).abs() < 0.3);
            let spread = drawn.truth.iter().map(|t| (t - 0.5).abs()).fold(0.0, f64::max);
            assert!(spread > 0.3, "{spread}");
            let other = Pictures::draw(shape, 0.1, &STREAMS, "test");
            assert_ne!(drawn.truth, other.truth);
        }
    }
}
