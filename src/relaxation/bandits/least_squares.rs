//! Least squares with bounds on every coefficient, from normal equations that are updated by one observation at a time.

/// Ridge, relative to the number of observations. With fewer observations than coefficients it selects the
/// solution of least norm, up to this size.
const RIDGE: f64 = 1e-10;

/// Observations `(f, y)`, stored as `Σ f fᵀ`, `Σ f y` and `Σ y²`.
#[derive(Clone, Debug)]
pub struct Normal {
    size: usize,
    count: usize,
    gram: Vec<f64>,
    moment: Vec<f64>,
    squares: f64,
}

/// Position of a coefficient relative to its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Free,
    Bound,
}

impl Normal {
    /// No observations, of `size` features.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { size, count: 0, gram: vec![0.0; size * size], moment: vec![0.0; size], squares: 0.0 }
    }

    /// Number of observations.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Adds an observation.
    ///
    /// # Panics
    /// If the number of features is not `size`.
    pub fn add(&mut self, features: &[f64], target: f64) {
        assert_eq!(features.len(), self.size, "features");
        for (i, a) in features.iter().enumerate() {
            for (j, b) in features.iter().enumerate() {
                self.gram[i * self.size + j] += a * b;
            }
            self.moment[i] += a * target;
        }
        self.squares += target * target;
        self.count += 1;
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        let ridge = if i == j { RIDGE * self.count.max(1) as f64 } else { 0.0 };
        self.gram[i * self.size + j] + ridge
    }

    /// `Σ (y − f·θ)²`.
    #[must_use]
    pub fn residual(&self, theta: &[f64]) -> f64 {
        let product = |i: usize| (0..self.size).map(|j| self.gram[i * self.size + j] * theta[j]).sum::<f64>();
        let quadratic: f64 = (0..self.size).map(|i| theta[i] * (product(i) - 2.0 * self.moment[i])).sum();
        (self.squares + quadratic).max(0.0)
    }

    /// Gradient of half the penalised sum of squares.
    #[must_use]
    pub fn gradient(&self, theta: &[f64]) -> Vec<f64> {
        let product = |i: usize| (0..self.size).map(|j| self.entry(i, j) * theta[j]).sum::<f64>();
        (0..self.size).map(|i| product(i) - self.moment[i]).collect()
    }

    /// Least squares over the free coefficients, with the others fixed (Cholesky).
    fn solve(&self, at: &[At], theta: &[f64]) -> Vec<f64> {
        let free: Vec<usize> = (0..self.size).filter(|&i| at[i] == At::Free).collect();
        let m = free.len();
        let mut factor = vec![0.0; m * m];
        let mut x: Vec<f64> = free
            .iter()
            .map(|&i| {
                let fixed = (0..self.size).filter(|&j| at[j] == At::Bound);
                self.moment[i] - fixed.map(|j| self.entry(i, j) * theta[j]).sum::<f64>()
            })
            .collect();
        for a in 0..m {
            for b in 0..=a {
                let known: f64 = (0..b).map(|k| factor[a * m + k] * factor[b * m + k]).sum();
                let rest = self.entry(free[a], free[b]) - known;
                // Rounding may remove the ridge in a direction without observations.
                let pivot = RIDGE * self.count.max(1) as f64;
                factor[a * m + b] = if a == b { rest.max(pivot).sqrt() } else { rest / factor[b * m + b] };
            }
        }
        for a in 0..m {
            let known: f64 = (0..a).map(|k| factor[a * m + k] * x[k]).sum();
            x[a] = (x[a] - known) / factor[a * m + a];
        }
        for a in (0..m).rev() {
            let known: f64 = (a + 1..m).map(|k| factor[k * m + a] * x[k]).sum();
            x[a] = (x[a] - known) / factor[a * m + a];
        }
        let mut out = theta.to_vec();
        free.iter().zip(x).for_each(|(&i, v)| out[i] = v);
        out
    }

    /// The coefficients with `|θ_i| ≤ bounds_i`, and whether a bound is active. An active-set method:
    /// coefficients at a bound are freed one by one while that decreases the sum of squares.
    #[must_use]
    pub fn fit(&self, bounds: &[f64]) -> (Vec<f64>, bool) {
        let mut at = vec![At::Free; self.size];
        let unbounded = self.solve(&at, &vec![0.0; self.size]);
        if unbounded.iter().zip(bounds).all(|(t, b)| t.abs() <= *b) {
            return (unbounded, false);
        }
        let mut theta: Vec<f64> = unbounded.iter().zip(bounds).map(|(t, b)| t.clamp(-b, *b)).collect();
        for i in 0..self.size {
            if theta[i] != unbounded[i] {
                at[i] = At::Bound;
            }
        }
        // Each round either stops or reaches a better active set; the limit guards against rounding.
        for _ in 0..50 * self.size {
            let goal = self.solve(&at, &theta);
            let step = |i: usize| {
                let move_ = goal[i] - theta[i];
                let room = bounds[i].copysign(move_) - theta[i];
                if goal[i].abs() > bounds[i] { room / move_ } else { 1.0 }
            };
            let nearest = (0..self.size)
                .filter(|&i| at[i] == At::Free && goal[i].abs() > bounds[i])
                .min_by(|&a, &b| step(a).total_cmp(&step(b)));
            if let Some(blocking) = nearest {
                let length = step(blocking).clamp(0.0, 1.0);
                for i in 0..self.size {
                    theta[i] = (theta[i] + length * (goal[i] - theta[i])).clamp(-bounds[i], bounds[i]);
                }
                theta[blocking] = bounds[blocking].copysign(goal[blocking]);
                at[blocking] = At::Bound;
                continue;
            }
            theta = goal;
            let gradient = self.gradient(&theta);
            let slack = 1e-12 * (1.0 + self.moment.iter().fold(0.0_f64, |m, v| m.max(v.abs())));
            // At an upper bound the gradient must not be positive, at a lower one not negative.
            let wish = |i: usize| gradient[i] * theta[i].signum();
            let freed = (0..self.size)
                .filter(|&i| at[i] == At::Bound && wish(i) > slack)
                .max_by(|&a, &b| wish(a).total_cmp(&wish(b)));
            match freed {
                Some(i) => at[i] = At::Free,
                None => break,
            }
        }
        (theta, true)
    }
}
