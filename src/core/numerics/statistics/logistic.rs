//! Logistic regression on one covariate: where a binary outcome changes, and how sharply.

use super::moments::{mean, sd};
use super::student::Estimate;

/// A logistic fit P(success at x) = 1 / (1 + exp(−a − b x)) by Firth's penalised likelihood.
///
/// Jeffreys' prior in the likelihood (Firth 1993; Heinze and Schemper 2002) keeps the estimate finite even if
/// a threshold separates all successes from all failures. Standard errors come from the Fisher information.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogisticFit {
    /// The intercept a.
    pub intercept: f64,
    /// The slope b.
    pub slope: f64,
    /// Variances of a and b and their covariance.
    pub covariance: (f64, f64, f64),
    /// Distance between the two neighbouring x that bracket the 50 % point, if the transition is steeper than
    /// the grid resolves: at most one x has both outcomes, and its neighbours separate failures from
    /// successes.
    pub gap: Option<f64>,
    /// The smallest number of trials at one x.
    pub trials: u64,
}

/// Fisher information of (a, b) for grouped data: the entries aa, ab, bb.
fn information(p: &[f64], z: &[f64], trials: &[u64]) -> (f64, f64, f64) {
    let mut i = (0.0, 0.0, 0.0);
    for ((p, z), n) in p.iter().zip(z).zip(trials) {
        let w = *n as f64 * p * (1.0 - p);
        i.0 += w;
        i.1 += w * z;
        i.2 += w * z * z;
    }
    i
}

fn probabilities(a: f64, b: f64, z: &[f64]) -> Vec<f64> {
    z.iter().map(|z| 1.0 / (1.0 + (-(a + b * z)).exp())).collect()
}

impl LogisticFit {
    /// Fits the numbers of successes and trials at each x.
    ///
    /// `None` if fewer than two distinct x have trials, if there are more successes than trials, if an x is
    /// not finite, or if the iteration does not converge.
    #[must_use]
    pub fn firth(x: &[f64], successes: &[u64], trials: &[u64]) -> Option<Self> {
        let same = x.len() == successes.len() && x.len() == trials.len();
        if !same || x.iter().any(|x| !x.is_finite()) || successes.iter().zip(trials).any(|(s, n)| s > n) {
            return None;
        }
        let used: Vec<f64> = x.iter().zip(trials).filter(|(_, n)| **n > 0).map(|(x, _)| *x).collect();
        // Standardise the covariate: the penalty is invariant under affine maps of x.
        let (centre, scale) = (mean(&used), sd(&used));
        if scale.is_nan() || scale <= 1e-12 * centre.abs() {
            return None;
        }
        let z: Vec<f64> = x.iter().map(|x| (x - centre) / scale).collect();
        let (a, b) = maximise(&z, successes, trials)?;
        let (aa, ab, bb) = information(&probabilities(a, b, &z), &z, trials);
        let det = aa * bb - ab * ab;
        if det.is_nan() || det <= 0.0 {
            return None;
        }
        let (va, vb, cab) = (bb / det, aa / det, -ab / det);
        let r = centre / scale;
        Some(Self {
            intercept: a - b * r,
            slope: b / scale,
            covariance: (va - 2.0 * r * cab + r * r * vb, vb / (scale * scale), (cab - r * vb) / scale),
            gap: gap(x, successes, trials),
            trials: trials.iter().copied().filter(|n| *n > 0).min()?,
        })
    }

    /// The x at which the probability is one half, −a/b.
    ///
    /// Standard error by the delta method. If the grid does not resolve the transition ([`gap`](Self::gap)),
    /// the slope is only bounded from below and the 50 % point may be anywhere between two neighbouring x, so
    /// the variance of a uniform distribution over the gap (gap²/12) is added.
    #[must_use]
    pub fn midpoint(&self) -> Estimate {
        let (va, vb, cab) = self.covariance;
        let value = -self.intercept / self.slope;
        let variance = (va + 2.0 * value * cab + value * value * vb) / (self.slope * self.slope);
        let grid = self.gap.map_or(0.0, |g| g * g / 12.0);
        Estimate { value, se: (variance.max(0.0) + grid).sqrt(), df: f64::INFINITY, n: self.trials }
    }

    /// The logarithm of [`width`](Self::width): on this scale its error is closer to symmetric.
    #[must_use]
    pub fn log_width(&self) -> Estimate {
        let slope = self.slope.abs();
        Estimate {
            value: (2.0 * 9.0_f64.ln() / slope).ln(),
            se: self.covariance.1.sqrt() / slope,
            df: f64::INFINITY,
            n: self.trials,
        }
    }

    /// The width of the transition: the distance between the points with probabilities 10 % and 90 %, 2 ln 9
    /// / |b|.
    #[must_use]
    pub fn width(&self) -> Estimate {
        self.log_width().exp()
    }
}

/// Newton's method on Firth's modified score, with step halving.
fn maximise(z: &[f64], successes: &[u64], trials: &[u64]) -> Option<(f64, f64)> {
    let objective = |a: f64, b: f64| {
        let p = probabilities(a, b, z);
        let (aa, ab, bb) = information(&p, z, trials);
        let likelihood: f64 = (z.iter().zip(successes).zip(trials))
            .map(|((z, s), n)| {
                let e = a + b * z;
                *s as f64 * e - *n as f64 * (e.max(0.0) + (-e.abs()).exp().ln_1p())
            })
            .sum();
        likelihood + 0.5 * (aa * bb - ab * ab).ln()
    };
    let (mut a, mut b) = (0.0_f64, 0.0_f64);
    let mut value = objective(a, b);
    for _ in 0..500 {
        let p = probabilities(a, b, z);
        let (aa, ab, bb) = information(&p, z, trials);
        let det = aa * bb - ab * ab;
        if det.is_nan() || det <= 0.0 {
            return None;
        }
        let (mut ga, mut gb) = (0.0, 0.0);
        for i in 0..z.len() {
            let n = trials[i] as f64;
            let leverage = n * p[i] * (1.0 - p[i]) * (bb - 2.0 * ab * z[i] + aa * z[i] * z[i]) / det;
            let u = successes[i] as f64 - n * p[i] + leverage * (0.5 - p[i]);
            ga += u;
            gb += u * z[i];
        }
        let (mut da, mut db) = ((bb * ga - ab * gb) / det, (aa * gb - ab * ga) / det);
        // Far from the optimum the information is a poor guide, so limit a step to 5 logits.
        let longest = da.abs().max(db.abs());
        if longest > 5.0 {
            (da, db) = (da * 5.0 / longest, db * 5.0 / longest);
        }
        let mut halvings = 0;
        let mut next = objective(a + da, b + db);
        while (next.is_nan() || next < value - 1e-12 * value.abs()) && halvings < 40 {
            (da, db) = (da / 2.0, db / 2.0);
            next = objective(a + da, b + db);
            halvings += 1;
        }
        (a, b, value) = (a + da, b + db, next);
        if da.abs().max(db.abs()) <= 1e-11 * (1.0 + a.abs().max(b.abs())) {
            return (a.is_finite() && b.is_finite()).then_some((a, b));
        }
    }
    None
}

/// See [`LogisticFit::gap`].
fn gap(x: &[f64], successes: &[u64], trials: &[u64]) -> Option<f64> {
    let mut used: Vec<usize> = (0..x.len()).filter(|&i| trials[i] > 0).collect();
    used.sort_by(|&i, &j| x[i].total_cmp(&x[j]));
    if used.iter().filter(|&&i| successes[i] > 0 && successes[i] < trials[i]).count() > 1 {
        return None;
    }
    // Whether the success rate at each x is below, at, or above one half: −1, 0, 1.
    let side = |i: usize| (2 * successes[i]).cmp(&trials[i]) as i32;
    let steps = used.windows(2).filter(|w| side(w[0]) != side(w[1]));
    let distances: Vec<f64> = steps.map(|w| x[w[1]] - x[w[0]]).collect();
    // One step, or two around an x at exactly one half; more than that is not a clean transition.
    let clean = distances.len() == 1 || (distances.len() == 2 && used.iter().any(|&i| side(i) == 0));
    clean.then(|| distances.into_iter().fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// x, successes, trials, then a, b, se(a), se(b), midpoint, its se, width, its se.
    type Case = (&'static [f64], &'static [u64], u64, [f64; 8]);

    // Reference: the penalised log likelihood maximised directly (SciPy 1.17, Nelder–Mead then BFGS), the
    // information inverted with NumPy, and the delta method written out.
    const CASES: [Case; 2] = [
        (
            &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            &[1, 2, 5, 11, 16, 19],
            20,
            [
                -4.427_159_111_9,
                1.160_093_956_8,
                0.779_007_984_3,
                0.196_938_897_6,
                3.816_207_373_4,
                0.214_470_535_5,
                3.788_011_418_2,
                0.643_057_218_4,
            ],
        ),
        (
            &[0.1, 0.2, 0.3, 0.4, 0.5],
            &[10, 9, 4, 1, 0],
            10,
            [
                6.083_027_009_0,
                -20.978_155_960_9,
                1.709_478_419_6,
                5.663_886_579_2,
                0.289_969_576_9,
                0.021_905_511_1,
                0.209_477_380_3,
                0.056_556_740_5,
            ],
        ),
    ];

    #[test]
    fn agrees_with_direct_maximisation() {
        for (x, s, n, expected) in CASES {
            let f = LogisticFit::firth(x, s, &vec![n; x.len()]).unwrap();
            let (mid, width) = (f.midpoint(), f.width());
            let ours = [
                f.intercept,
                f.slope,
                f.covariance.0.sqrt(),
                f.covariance.1.sqrt(),
                mid.value,
                mid.se,
                width.value,
                width.se,
            ];
            for (o, e) in ours.iter().zip(expected) {
                assert_relative_eq!(*o, e, max_relative = 1e-6);
            }
            assert_eq!(f.gap, None);
        }
    }

    // Reference as above; the unpenalised likelihood has no maximum here.
    #[test]
    fn separation_stays_finite() {
        let f = LogisticFit::firth(&[10.0, 20.0, 30.0, 40.0], &[0, 0, 15, 15], &[15; 4]).unwrap();
        assert_relative_eq!(f.slope, 0.685_063_175, max_relative = 1e-6);
        assert_relative_eq!(f.midpoint().value, 25.0, max_relative = 1e-7);
        assert_relative_eq!(f.width().value, 6.414_662_64, max_relative = 1e-6);
        assert_eq!(f.gap, Some(10.0));
        // 1.5246² from the delta method and 10²/12 from the grid.
        assert_relative_eq!(
            f.midpoint().se,
            (1.524_642_926_f64.powi(2) + 100.0 / 12.0).sqrt(),
            max_relative = 1e-6
        );
        let falling = LogisticFit::firth(&[10.0, 20.0, 30.0, 40.0], &[15, 15, 0, 0], &[15; 4]).unwrap();
        assert_relative_eq!(falling.slope, -f.slope, max_relative = 1e-9);
        assert_eq!(falling.gap, Some(10.0));
    }

    #[test]
    fn the_gap_is_where_the_half_is_bracketed() {
        let x = [10.0, 20.0, 40.0, 50.0];
        let of = |s: [u64; 4]| LogisticFit::firth(&x, &s, &[10; 4]).unwrap().gap;
        assert_eq!(of([0, 3, 10, 10]), Some(20.0));
        assert_eq!(of([0, 8, 10, 10]), Some(10.0));
        assert_eq!(of([0, 5, 10, 10]), Some(20.0));
        assert_eq!(of([0, 3, 9, 10]), None);
        assert_eq!(of([0, 10, 0, 10]), None);
        // The order of the x does not matter.
        let shuffled = LogisticFit::firth(&[40.0, 10.0, 50.0, 20.0], &[10, 0, 10, 3], &[10; 4]).unwrap();
        assert_eq!(shuffled.gap, Some(20.0));
    }

    #[test]
    fn nothing_to_fit_is_none() {
        assert!(LogisticFit::firth(&[1.0, 1.0], &[0, 3], &[5, 5]).is_none());
        assert!(LogisticFit::firth(&[1.0, 2.0], &[0, 3], &[5, 0]).is_none());
        assert!(LogisticFit::firth(&[1.0, f64::NAN], &[0, 3], &[5, 5]).is_none());
        assert!(LogisticFit::firth(&[], &[], &[]).is_none());
    }

    #[test]
    fn all_successes_stay_finite_and_flat() {
        let f = LogisticFit::firth(&[1.0, 2.0, 3.0], &[9, 9, 9], &[9; 3]).unwrap();
        assert!(f.slope.abs() < 1e-6 && f.intercept.is_finite());
        assert_eq!(f.gap, None);
    }
}
