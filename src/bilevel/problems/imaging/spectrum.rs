//! Bounds on the norms of convolutions.
//!
//! A filter `c` of `s × s` taps, applied wherever it fits into a picture, is a restriction of its convolution
//! on the whole plane, which has norm `max |ĉ(ω)|`. `|ĉ|²` is a trigonometric polynomial of degree `s − 1` in
//! each direction, and such a polynomial of degree `n` is at most `1/cos(πn/M)` times its largest value at
//! `M > 2n` equidistant points (Ehlich and Zeller 1964).

/// Points per tap in each direction.
const DENSITY: usize = 12;

/// Frequencies for filters of one size.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    side: usize,
    points: usize,
    /// `cos` and `sin` of `2πt/points`.
    cosines: Vec<f64>,
    sines: Vec<f64>,
    /// `1/cos(πn/M)` for both directions.
    excess: f64,
    /// Transforms of the rows of one filter at one frequency across, as (real, imaginary).
    rows: Vec<(f64, f64)>,
    /// `|ĉₖ|²` of each filter at the frequencies of one column.
    powers: Vec<f64>,
}

impl Spectrum {
    /// Frequencies for `filters` filters of `side × side` taps.
    pub(super) fn new(filters: usize, side: usize) -> Self {
        let points = DENSITY * side;
        let angle = |t: usize| std::f64::consts::TAU * t as f64 / points as f64;
        let between = (std::f64::consts::PI * (side - 1) as f64 / points as f64).cos();
        Self {
            side,
            points,
            cosines: (0..points).map(|t| angle(t).cos()).collect(),
            sines: (0..points).map(|t| angle(t).sin()).collect(),
            excess: 1.0 / (between * between),
            rows: vec![(0.0, 0.0); side],
            powers: vec![0.0; filters * points],
        }
    }

    /// `squares[k] ≥ max |ĉₖ|²`, and for each row of `weights` (one weight per filter) a bound on
    /// `max Σₖ weightₖ |ĉₖ|²`. Filters are contiguous, each row by row.
    pub(super) fn bounds<const W: usize>(
        &mut self,
        filters: &[f64],
        weights: [&[f64]; W],
        squares: &mut [f64],
    ) -> [f64; W] {
        let (side, points) = (self.side, self.points);
        squares.fill(0.0);
        let mut sums = [0.0_f64; W];
        // |ĉ(−ω)| = |ĉ(ω)|, so half the frequencies across are enough.
        for across in 0..=points / 2 {
            for (k, filter) in filters.chunks_exact(side * side).enumerate() {
                for (row, taps) in self.rows.iter_mut().zip(filter.chunks_exact(side)) {
                    *row = transform(taps, across, &self.cosines, &self.sines);
                }
                let powers = &mut self.powers[k * points..(k + 1) * points];
                for (down, power) in powers.iter_mut().enumerate() {
                    let (mut re, mut im) = (0.0, 0.0);
                    let mut t = 0;
                    for &(a, b) in &self.rows {
                        let (c, s) = (self.cosines[t], self.sines[t]);
                        re += a * c - b * s;
                        im += a * s + b * c;
                        t += down;
                        if t >= points {
                            t -= points;
                        }
                    }
                    *power = re * re + im * im;
                    squares[k] = squares[k].max(*power);
                }
            }
            for down in 0..points {
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    let terms = weights.iter().enumerate().map(|(k, w)| w * self.powers[k * points + down]);
                    *sum = sum.max(terms.sum());
                }
            }
        }
        squares.iter_mut().for_each(|s| *s *= self.excess);
        sums.map(|s| s * self.excess)
    }
}

/// `Σ_b taps[b] e^{i·2π·b·frequency/points}`.
fn transform(taps: &[f64], frequency: usize, cosines: &[f64], sines: &[f64]) -> (f64, f64) {
    let points = cosines.len();
    taps.iter().enumerate().fold((0.0, 0.0), |(re, im), (b, tap)| {
        let t = b * frequency % points;
        (re + tap * cosines[t], im + tap * sines[t])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known maxima: 1 for the box of ones (their sum, squared), and 2 · 2 for the checkerboard difference,
    /// also reached at frequencies off the grid.
    #[test]
    fn bounds_are_bounds_and_close() {
        let ones = vec![1.0 / 9.0; 9];
        let difference = vec![0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, 0.0];
        let bumpy: Vec<f64> = (0..9).map(|i| (f64::from(i) * 1.7).sin()).collect();
        let filters = [ones, difference, bumpy.clone()].concat();
        let mut squares = vec![0.0; 3];
        let [sum] = Spectrum::new(3, 3).bounds(&filters, [&[2.0, 3.0, 0.0]], &mut squares);
        assert!((1.0..1.12).contains(&squares[0]), "{squares:?}");
        assert!((4.0..4.0 * 1.12).contains(&squares[1]), "{squares:?}");
        // 2·|box|² + 3·|difference|², scanned far more finely than the grid; likewise the third filter's power.
        let (mut finest, mut most) = (0.0_f64, 0.0_f64);
        for i in 0..401 {
            for j in 0..401 {
                let (a, b) = (
                    f64::from(i) * std::f64::consts::TAU / 401.0,
                    f64::from(j) * std::f64::consts::TAU / 401.0,
                );
                let flat = ((1.0 + 2.0 * a.cos()) * (1.0 + 2.0 * b.cos()) / 9.0).powi(2);
                finest = finest.max(2.0 * flat + 3.0 * (2.0 - 2.0 * b.cos()));
                let (mut re, mut im) = (0.0, 0.0);
                for (t, tap) in bumpy.iter().enumerate() {
                    let phase = (t / 3) as f64 * a + (t % 3) as f64 * b;
                    re += tap * phase.cos();
                    im += tap * phase.sin();
                }
                most = most.max(re * re + im * im);
            }
        }
        assert!((finest..1.15 * finest).contains(&sum), "{sum} {finest}");
        assert!((most..1.15 * most).contains(&squares[2]), "{} {most}", squares[2]);
    }
}
