//! Proximal gradient methods: ISTA and FISTA.

use remeasure_core::{Invalid, deadline};

use super::certificate::Certificate;
use super::datafit::Certified;
use super::penalty::Penalty;
use super::{Checkpoint, Solution, Termination, checked_tolerance};

/// One iterate, as passed to an observer.
#[derive(Clone, Copy, Debug)]
pub struct Iterate<'a> {
    /// Number of iterations so far; 0 is the start.
    pub iteration: usize,
    /// Coefficients, length `p`.
    pub coefficients: &'a [f64],
}

/// `w ← prox_{step·g}(v − step·∇f(v))`, with `v = w` (ISTA: Daubechies,
/// Defrise and De Mol 2004) or `v` extrapolated (FISTA: Beck and Teboulle
/// 2009, section 4).
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `accelerated` | by constructor | Nesterov extrapolation | |
/// | `step` | `1/L` | step size | > 0; converges up to `2/L` (ISTA), `1/L` (FISTA) |
/// | `tolerance` | 1e-6 | gap to reach, relative to the objective at 0 | ≥ 0 |
/// | `max_iterations` | 10 000 | maximum number of iterations | |
/// | `check_every` | 10 | iterations between two evaluations of the gap | ≥ 1 |
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProximalGradient {
    accelerated: bool,
    step: Option<f64>,
    tolerance: f64,
    max_iterations: usize,
    check_every: usize,
}

impl ProximalGradient {
    /// The plain iteration.
    #[must_use]
    pub fn ista() -> Self {
        Self { accelerated: false, step: None, tolerance: 1e-6, max_iterations: 10_000, check_every: 10 }
    }

    /// The accelerated iteration.
    #[must_use]
    pub fn fista() -> Self {
        Self { accelerated: true, ..Self::ista() }
    }

    /// Sets the step size instead of `1/L`.
    ///
    /// # Errors
    /// If `step` is not a finite number above 0.
    pub fn step(mut self, step: f64) -> Result<Self, Invalid> {
        if !(step.is_finite() && step > 0.0) {
            return Err(Invalid::new("step", format!("expected a finite number above 0, found {step}")));
        }
        self.step = Some(step);
        Ok(self)
    }

    /// Sets the gap to reach, relative to the objective at 0.
    ///
    /// # Errors
    /// If `tolerance` is negative or not finite.
    pub fn tolerance(mut self, tolerance: f64) -> Result<Self, Invalid> {
        self.tolerance = checked_tolerance(tolerance)?;
        Ok(self)
    }

    /// Sets the maximum number of iterations.
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.max_iterations = max_iterations;
        self
    }

    /// Sets the number of iterations between two evaluations of the gap.
    ///
    /// # Errors
    /// If `check_every` is 0.
    pub fn check_every(mut self, check_every: usize) -> Result<Self, Invalid> {
        if check_every == 0 {
            return Err(Invalid::new("check_every", "expected at least 1, found 0"));
        }
        self.check_every = check_every;
        Ok(self)
    }

    /// Minimises `datafit + penalty` from `start`, length `p`, or from 0; `observe` receives the start and
    /// every iterate.
    ///
    /// # Errors
    /// If `start` does not have length `p` or is not finite.
    pub fn solve<P: Penalty>(
        &self,
        datafit: &mut impl Certified<P>,
        penalty: &P,
        start: Option<&[f64]>,
        observe: &mut dyn FnMut(Iterate<'_>),
    ) -> Result<Solution, Invalid> {
        let p = datafit.dimension();
        let mut current = match start {
            Some(start) if start.len() != p => {
                let message = format!("expected {p} coefficients, found {}", start.len());
                return Err(Invalid::new("start", message));
            }
            Some(start) if start.iter().any(|w| !w.is_finite()) => {
                return Err(Invalid::new("start", "holds a coefficient that is not finite"));
            }
            Some(start) => start.to_vec(),
            None => vec![0.0; p],
        };
        let step = self.step.unwrap_or_else(|| {
            let lipschitz = datafit.lipschitz();
            if lipschitz > 0.0 { 1.0 / lipschitz } else { 1.0 }
        });
        let target = self.tolerance * datafit.null_objective();
        let mut point = current.clone();
        let mut next = vec![0.0; p];
        let mut gradient = vec![0.0; p];
        let mut momentum = 1.0_f64;
        let mut history: Vec<Checkpoint> = Vec::new();
        let mut iteration = 0;
        let mut moved = true;
        let termination = loop {
            observe(Iterate { iteration, coefficients: &current });
            let late = deadline::passed();
            let last = iteration >= self.max_iterations || !moved || late;
            if last || iteration.is_multiple_of(self.check_every) {
                let certificate = datafit.certificate(&current, penalty);
                history.push(Checkpoint { iteration, certificate });
                if certificate.gap <= target {
                    break Termination::Converged;
                }
                if late {
                    break Termination::Deadline;
                }
                if last {
                    break if moved { Termination::MaxIterations } else { Termination::Stalled };
                }
            }
            datafit.value_and_gradient(&point, &mut gradient);
            for ((v, w), g) in next.iter_mut().zip(&point).zip(&gradient) {
                *v = w - step * g;
            }
            penalty.prox(step, &mut next);
            // A fixed point in floating point: no further iterate will differ.
            moved = next != current || (self.accelerated && point != current);
            if self.accelerated {
                let following = (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) / 2.0;
                let weight = (momentum - 1.0) / following;
                for ((v, new), old) in point.iter_mut().zip(&next).zip(&current) {
                    *v = new + weight * (new - old);
                }
                momentum = following;
            } else {
                point.copy_from_slice(&next);
            }
            std::mem::swap(&mut current, &mut next);
            iteration += 1;
        };
        let certificate =
            history.last().map_or(Certificate { primal: 0.0, dual: 0.0, gap: 0.0 }, |last| last.certificate);
        Ok(Solution { coefficients: current, certificate, iterations: iteration, termination, history })
    }
}
