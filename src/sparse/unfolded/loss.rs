//! Losses that networks are trained on.

use remeasure_core::Invalid;

use super::Real;
use super::kernels::{Block, Lists, Start, combine, compress, norms};
use super::sensing::Sensing;
use super::workspace::Workspace;

/// The penalty of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// `‖x‖₁`: soft thresholds.
    L1,
    /// `‖x‖₀`, the number of entries that are not zero: hard thresholds.
    L0,
}

/// A loss on the last state `x_T` of a batch of `B` signals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// `Σ ‖x_T − x*‖² / (B·N)`: the mean squared error.
    Supervised,
    /// The mean over the batch of `½‖y − A x_T‖² + λ·penalty(x_T)`.
    Unsupervised {
        /// The penalty.
        penalty: Penalty,
        /// Its weight `λ ≥ 0`.
        lambda: f64,
    },
}

impl Loss {
    /// Rejects a weight that is not a finite number of at least 0.
    pub(super) fn check(self) -> Result<(), Invalid> {
        match self {
            Loss::Unsupervised { lambda, .. } => check_lambda(lambda),
            Loss::Supervised => Ok(()),
        }
    }
}

/// Rejects a penalty weight that is not a finite number of at least 0.
pub(super) fn check_lambda(lambda: f64) -> Result<(), Invalid> {
    if lambda.is_finite() && lambda >= 0.0 {
        return Ok(());
    }
    Err(Invalid::new("lambda", format!("expected a finite number of at least 0, found {lambda}")))
}

/// `penalty(x)` from the padded state `x`.
fn penalty_of<R: Real>(penalty: Penalty, x: &[R]) -> f64 {
    match penalty {
        Penalty::L1 => norms(x).1,
        Penalty::L0 => x.iter().filter(|v| **v != R::ZERO).count() as f64,
    }
}

/// The sum over the first `count` signals of `½‖y − A x‖² + λ·penalty(x)`; writes `y − A x` to `residuals`.
/// Residuals are computed directly, because the expanded quadratic loses its digits in single precision.
pub(super) fn objective<R: Real>(
    (penalty, lambda): (Penalty, f64),
    sensing: &Sensing<R>,
    (states, responses): (&Block<R>, &Block<R>),
    lists: &mut Lists<R>,
    residuals: &mut Block<R>,
    count: usize,
) -> f64 {
    for b in 0..count {
        compress(states, -R::ONE, lists, b);
    }
    combine(&sensing.forth, lists, Start::From(responses), residuals, count);
    let value = |b| 0.5 * norms(residuals.whole(b)).0 + lambda * penalty_of(penalty, states.whole(b));
    (0..count).map(value).sum()
}

/// The share in the loss at state `depth` of the signals in the workspace, out of `signals`; writes its gradient there
/// to `workspace.gradient`.
pub(super) fn evaluate<R: Real>(
    loss: Loss,
    sensing: &Sensing<R>,
    depth: usize,
    signals: usize,
    workspace: &mut Workspace<R>,
) -> f64 {
    let slot = workspace.slot(depth);
    match loss {
        Loss::Supervised => {
            let size = (signals * sensing.signal_length()) as f64;
            let Workspace { count, states, signals, gradient, .. } = workspace;
            let mut total = 0.0;
            for b in 0..*count {
                let scale = R::of(2.0 / size);
                let (x, truth) = (states[slot].whole(b), signals.whole(b));
                let difference = gradient.whole_mut(b);
                for ((d, x), s) in difference.iter_mut().zip(x).zip(truth) {
                    *d = *x - *s;
                }
                total += norms(difference).0;
                for d in difference {
                    *d = scale * *d;
                }
            }
            total / size
        }
        Loss::Unsupervised { penalty, lambda } => {
            let Workspace { count, states, responses, gradient, narrow, narrow_lists, lists, .. } = workspace;
            let vectors = (&states[slot], &*responses);
            let total = objective((penalty, lambda), sensing, vectors, lists, narrow, *count);
            let share = 1.0 / signals as f64;
            let pull = R::of(if penalty == Penalty::L1 { lambda * share } else { 0.0 });
            for b in 0..*count {
                compress(narrow, R::of(-share), narrow_lists, b);
                for (g, x) in gradient.whole_mut(b).iter_mut().zip(states[slot].whole(b)) {
                    *g = if *x == R::ZERO { R::ZERO } else { pull.with_sign_of(*x) };
                }
            }
            combine(&sensing.back, narrow_lists, Start::Here, gradient, *count);
            total * share
        }
    }
}
