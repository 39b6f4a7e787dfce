//! F2SA: lower level, penalised lower level and hyperparameters move together (Kwon, Kwon, Wright and Nowak, ICML
//! 2023).
//!
//! Each iteration takes steps of `w` on `h` and of `x` on `σ_k g + h`, then one of `θ` along
//! `∇_θg(x) + (∇_θh(x) − ∇_θh(w))/σ_k`. Steps decrease as `k^{−a}` (`θ`) and `k^{−c}` (`x`, `w`), and `σ_k`
//! as `k^{−(a − c)}`.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use remeasure_core::stream::Stream;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_smooth, smooth};
use crate::bounds::Bounds;
use crate::estimator::{Entry, Estimator, Fit, Step, Task, Trace, looks};
use crate::methods::{check_count, check_positive, default_iterations};
use crate::oracle::Halt;
use crate::penalised::Charged;
use crate::problem::Problem;

/// Registers the method.
pub(super) const ENTRY: Entry = entry!(
    SingleLoop,
    "f2sa",
    "a single loop of first-order steps on both lower levels and the hyperparameters; gradients may be noisy"
);

/// The exponents, and the treatment of noisy gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Variant {
    /// `a = 1/3, c = 0`.
    Deterministic,
    /// `a = 5/7, c = 4/7`.
    Stochastic,
    /// `a = 3/5, c = 2/5`, directions by STORM (Cutkosky and Orabona 2019) with `η_k = k^{−2c}`.
    Momentum,
}

/// F2SA: a single loop of first-order steps (Kwon, Kwon, Wright and Nowak, ICML 2023).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SingleLoop {
    /// The exponents, and the treatment of noisy gradients.
    variant: Variant,
    /// Initial σ₀ of the penalty.
    sigma: f64,
    /// Initial step of θ.
    step: f64,
    /// Initial step of the lower levels, in units of 1/L.
    #[serde(default = "default_inner")]
    inner: f64,
    /// Number of lower-level steps per step of θ.
    #[serde(default = "default_inner_steps")]
    inner_steps: usize,
    /// Standard deviation of the Gaussian noise on every entry of every gradient of `h` and of `g`.
    #[serde(default)]
    noise: f64,
    /// Exponent `a`, from 0 to 1: steps of θ decrease as `k^{−a}`. Default: that of the variant.
    outer_exponent: Option<f64>,
    /// Exponent `c`, from 0 to 1: steps of the lower levels decrease as `k^{−c}`, and σ as `k^{−(a − c)}`. Default:
    /// that of the variant.
    inner_exponent: Option<f64>,
    /// Exponent of the averages of the gradients. Default: the smaller of `2c` and 1.
    averaging_exponent: Option<f64>,
    /// Maximum number of iterations.
    #[serde(default = "default_iterations")]
    iterations: usize,
}

fn default_inner() -> f64 {
    1.0
}

fn default_inner_steps() -> usize {
    1
}

/// Exponents: `a` of the steps of θ, `c` of those of the lower levels, and that of η.
#[derive(Clone, Copy, Debug)]
struct Exponents {
    outer: f64,
    inner: f64,
    averaging: f64,
}

impl Check for SingleLoop {
    fn check(&self) -> Result<(), Invalid> {
        check_positive("sigma", self.sigma)?;
        check_positive("step", self.step)?;
        check_positive("inner", self.inner)?;
        check_count("inner_steps", self.inner_steps)?;
        if !(self.noise.is_finite() && self.noise >= 0.0) {
            let message = format!("expected a standard deviation of at least 0, found {}", self.noise);
            return Err(Invalid::new("noise", message));
        }
        let given = [
            ("outer_exponent", self.outer_exponent),
            ("inner_exponent", self.inner_exponent),
            ("averaging_exponent", self.averaging_exponent),
        ];
        for (key, exponent) in given {
            if let Some(exponent) = exponent.filter(|e| !(0.0..=1.0).contains(e)) {
                return Err(Invalid::new(key, format!("expected a number from 0 to 1, found {exponent}")));
            }
        }
        let Exponents { outer, inner, .. } = self.exponents();
        if inner > outer {
            let message =
                format!("σ must not grow: expected at most the outer exponent {outer}, found {inner}");
            return Err(Invalid::new("inner_exponent", message));
        }
        check_count("iterations", self.iterations)
    }
}

/// The direction of STORM (Cutkosky and Orabona 2019): `d ← ∇(x_k; ξ) + (1 − η)(d − ∇(x_{k−1}; ξ))`, where
/// `now` and `before` are the gradients of the same sample at both points. With `η = 1` it is the gradient.
fn storm(direction: &mut [f64], now: &[f64], before: &[f64], eta: f64) {
    for ((d, n), b) in direction.iter_mut().zip(now).zip(before) {
        *d = n + (1.0 - eta) * (*d - b);
    }
}

/// A gradient as used by the method: noisy, and averaged if the variant does so.
struct Seen {
    /// Noiseless gradients at the current point and at the previous one.
    clean: Vec<f64>,
    before: Vec<f64>,
    sample: Vec<f64>,
    old_sample: Vec<f64>,
    direction: Vec<f64>,
    begun: bool,
}

impl Seen {
    fn new(length: usize) -> Self {
        let zeros = || vec![0.0; length];
        Self {
            clean: zeros(),
            before: zeros(),
            sample: zeros(),
            old_sample: zeros(),
            direction: zeros(),
            begun: false,
        }
    }

    /// Turns the gradient in `clean` into a direction. The gradient at the previous point is reused from the
    /// last call; the method would recompute it for the new sample, so the caller charges for it.
    fn look(&mut self, noise: f64, eta: Option<f64>, stream: &mut Stream) {
        for ((s, o), (c, b)) in
            self.sample.iter_mut().zip(&mut self.old_sample).zip(self.clean.iter().zip(&self.before))
        {
            let xi = if noise > 0.0 { noise * stream.sample::<f64, _>(StandardNormal) } else { 0.0 };
            (*s, *o) = (c + xi, b + xi);
        }
        match eta {
            Some(eta) if self.begun => storm(&mut self.direction, &self.sample, &self.old_sample, eta),
            _ => self.direction.copy_from_slice(&self.sample),
        }
        self.before.copy_from_slice(&self.clean);
        self.begun = true;
    }
}

/// The gradients of one iteration, as used.
struct Gradients {
    /// `∇ₓh(w)`, `∇ₓh(x)`, `∇ₓg(x)`.
    lower: Seen,
    raised: Seen,
    upper: Seen,
    /// `∇_θh(x)`, `∇_θh(w)`.
    direct_raised: Seen,
    direct_lower: Seen,
    /// `∇_θg(x)`, exact.
    direct_upper: Vec<f64>,
}

/// The state of the loop.
struct Loop<'a> {
    charged: Charged<'a>,
    seen: Gradients,
    stream: Stream,
    theta: Vec<f64>,
    w: Vec<f64>,
    x: Vec<f64>,
}

impl SingleLoop {
    fn exponents(&self) -> Exponents {
        let (outer, inner) = match self.variant {
            Variant::Deterministic => (1.0 / 3.0, 0.0),
            Variant::Stochastic => (5.0 / 7.0, 4.0 / 7.0),
            Variant::Momentum => (3.0 / 5.0, 2.0 / 5.0),
        };
        let inner = self.inner_exponent.unwrap_or(inner);
        Exponents {
            outer: self.outer_exponent.unwrap_or(outer),
            inner,
            averaging: self.averaging_exponent.unwrap_or((2.0 * inner).min(1.0)),
        }
    }

    /// One iteration, `k` from 1.
    fn advance(&self, k: usize, exponents: Exponents, state: &mut Loop<'_>, bounds: &Bounds) {
        let Loop { charged, seen, stream, theta, w, x } = state;
        let count = k as f64;
        let sigma = self.sigma * count.powf(exponents.inner - exponents.outer);
        let eta = (self.variant == Variant::Momentum).then(|| count.powf(-exponents.averaging));
        let (noise, prices) = (self.noise, if eta.is_some() { 2 } else { 1 });
        let shrink = self.inner * count.powf(-exponents.inner);
        let constants = charged.problem.constants(theta);
        let lower_step = shrink / constants.lipschitz;
        let raised_step = shrink / (constants.lipschitz + sigma * charged.problem.upper_lipschitz());
        for _ in 0..self.inner_steps {
            charged.problem.gradient(w, theta, &mut seen.lower.clean);
            seen.lower.look(noise, eta, stream);
            kernels::axpy(-lower_step, &seen.lower.direction, w);
            charged.problem.gradient(x, theta, &mut seen.raised.clean);
            charged.problem.upper_gradient(x, theta, &mut seen.upper.clean);
            seen.raised.look(noise, eta, stream);
            seen.upper.look(noise, eta, stream);
            kernels::axpy(-raised_step, &seen.raised.direction, x);
            kernels::axpy(-raised_step * sigma, &seen.upper.direction, x);
            charged.charge(3 * prices);
        }
        charged.problem.direct(x, theta, &mut seen.direct_raised.clean);
        charged.problem.direct(w, theta, &mut seen.direct_lower.clean);
        charged.problem.upper_direct(x, theta, &mut seen.direct_upper);
        seen.direct_raised.look(noise, eta, stream);
        seen.direct_lower.look(noise, eta, stream);
        charged.charge(2 * prices);
        let step = self.step * count.powf(-exponents.outer);
        for (i, t) in theta.iter_mut().enumerate() {
            let apart = seen.direct_raised.direction[i] - seen.direct_lower.direction[i];
            *t -= step * (seen.direct_upper[i] + apart / sigma);
        }
        bounds.project(theta);
    }

    /// Adds the point after `iteration`, or returns why it is invalid.
    fn look(&self, iteration: usize, state: &mut Loop<'_>, trace: &mut Trace) -> Result<(), Halt> {
        let value = state.charged.problem.upper(&state.x, &state.theta);
        let whole = |v: &[f64]| v.iter().all(|v| v.is_finite());
        if !(value.is_finite() && whole(&state.theta) && whole(&state.w)) {
            return Err(Halt::Failed(format!(
                "the iteration diverges before step {iteration}: `step`, `inner` or `sigma` is too large for this problem"
            )));
        }
        let step = Step {
            cost: state.charged.cost,
            theta: state.theta.clone(),
            value,
            accuracy: f64::NAN,
            hypergradient: None,
        };
        trace.push_step_after(iteration, step);
        Ok(())
    }

    fn run(&self, state: &mut Loop<'_>, bounds: &Bounds, trace: &mut Trace) -> Result<(), Halt> {
        bounds.project(&mut state.theta);
        self.look(0, state, trace)?;
        let exponents = self.exponents();
        let mut looks = looks().peekable();
        for k in 1..=self.iterations {
            if let Err(halt) = state.charged.proceed(k) {
                if k > 1 {
                    self.look(k - 1, state, trace)?;
                }
                return Err(halt);
            }
            self.advance(k, exponents, state, bounds);
            if looks.next_if_eq(&k).is_some() || k == self.iterations {
                self.look(k, state, trace)?;
            }
        }
        Ok(())
    }
}

impl Estimator for SingleLoop {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let problem = smooth(instance)?;
        let (d, p) = (problem.dimension(), problem.parameters());
        let mut state = Loop {
            charged: Charged::new(problem, instance.budget, instance.model.currency()),
            seen: Gradients {
                lower: Seen::new(d),
                raised: Seen::new(d),
                upper: Seen::new(d),
                direct_raised: Seen::new(p),
                direct_lower: Seen::new(p),
                direct_upper: vec![0.0; p],
            },
            stream: task.streams.stream("gradient-noise"),
            theta: instance.start.clone(),
            w: vec![0.0; d],
            x: vec![0.0; d],
        };
        let mut trace = Trace::default();
        let end = self.run(&mut state, &instance.bounds, &mut trace);
        trace.finish(state.charged.cost, end)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        check_smooth(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storm_with_full_weight_is_the_gradient_and_with_none_a_running_difference() {
        let mut direction = vec![5.0, -1.0];
        storm(&mut direction, &[1.0, 2.0], &[3.0, 3.0], 1.0);
        assert_eq!(direction, [1.0, 2.0]);
        let mut direction = vec![5.0, -1.0];
        storm(&mut direction, &[1.0, 2.0], &[3.0, 3.0], 0.0);
        assert_eq!(direction, [3.0, -2.0]);
    }

    /// At a fixed point the variance of the direction decreases with `η`, to `η/(2 − η)` of that of one sample.
    #[test]
    fn storm_averages_noise_out() {
        use rand::SeedableRng;
        let mut stream = Stream::seed_from_u64(3);
        let mut seen = Seen::new(1);
        let (mut sum, mut count) = (0.0, 0);
        for k in 0..20_000 {
            seen.clean[0] = 2.0;
            seen.look(1.0, Some(0.1), &mut stream);
            if k > 100 {
                sum += (seen.direction[0] - 2.0).powi(2);
                count += 1;
            }
        }
        let variance = sum / f64::from(count);
        assert!((variance / (0.1 / 1.9) - 1.0).abs() < 0.15, "{variance}");
    }
}
