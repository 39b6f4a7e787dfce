//! The joint representation `min Σ_t ½‖y_t − X_t B w_t‖² + ½ρ‖B w_t‖²` over `B`, `d × k`, and heads `w_t`.
//!
//! Alternating least squares from a spectral start. They become slow if heads of tasks with hardly more than
//! `k` observations adapt to any `B`. A trust-region Newton method then finishes, on the loss with the heads
//! profiled out (variable projection; Golub and Pereyra 1973).

mod profile;

use profile::Profile;
use remeasure_core::deadline;
use remeasure_core::numerics::dense::{self, Cholesky};
use remeasure_core::numerics::{Design, kernels};

use super::statistics::Statistics;

/// Penalty and stopping rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// `ρ` of the penalty `½ρ Σ_t ‖B w_t‖²`, in observations: `X_tᵀX_t` becomes `X_tᵀX_t + ρI`. Without it
    /// the infimum need not be attained: the fit of a task with fewer than `d` observations improves as a
    /// direction of `B` approaches one without observations, with a head that grows without bound.
    pub ridge: f64,
    /// Largest [`Representation::stationarity`] that counts as converged.
    pub tolerance: f64,
    /// Maximum number of iterations.
    pub max_iterations: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { ridge: 0.1, tolerance: 1e-7, max_iterations: 500 }
    }
}

/// A representation learned from all tasks.
#[derive(Clone, Debug)]
pub struct Representation {
    /// `B̂`, `d × k`, with orthonormal columns.
    pub basis: Design,
    /// `Ŵ`, `k × T`: least squares in the space of `B̂`, of minimum norm if it is not unique.
    pub heads: Design,
    /// `‖Γ A⁻¹‖_F / √k`, where `Γ = Σ_t ((X_tᵀX_t + ρI) B̂ŵ_t − X_tᵀy_t) ŵ_tᵀ` is the gradient with respect
    /// to `B` of the loss with the heads profiled out, and `A = Σ_t n_t ŵ_t ŵ_tᵀ` is its mean curvature at
    /// fixed heads. This is the size, relative to `‖B̂‖_F`, of a step with that curvature. It does not depend
    /// on the choice of basis of the span of `B̂`.
    pub stationarity: f64,
    /// Number of iterations.
    pub iterations: usize,
}

/// Learns a representation of rank `k`, from a spectral start.
///
/// Tasks with at most `k` observations fit exactly with any representation: they are left out of the loss and
/// get a head at the end.
///
/// # Errors
/// Fewer than `k` tasks have more than `k` observations, or a number is not finite.
pub fn learn(tasks: &[Statistics], k: usize, settings: Settings) -> anyhow::Result<Representation> {
    let start = spectral_start(&telling(tasks, k)?, k)?;
    learn_from(tasks, start, settings)
}

/// The tasks that are informative about a representation of rank `k`.
fn telling(tasks: &[Statistics], k: usize) -> anyhow::Result<Vec<&Statistics>> {
    let telling: Vec<&Statistics> = tasks.iter().filter(|t| t.count() > k as u64).collect();
    anyhow::ensure!(
        telling.len() >= k,
        "a representation of rank {k} needs {k} tasks with more than {k} observations each, found {}: \
         raise `budget` or `floor`, or spread the budget over more tasks",
        telling.len()
    );
    Ok(telling)
}

/// Eigenvectors of the `k` largest eigenvalues of `Σ_t X_tᵀy_t y_tᵀX_t / n_t`: the minimiser itself if all
/// `X_tᵀX_t` were `n_t I`, their expectation for isotropic features.
fn spectral_start(tasks: &[&Statistics], k: usize) -> anyhow::Result<Design> {
    let d = tasks.first().map_or(0, |t| t.dimension());
    anyhow::ensure!(k <= d, "a representation of rank {k} exceeds the dimension {d}");
    let mut moments = vec![0.0; d * d];
    for task in tasks {
        let (cross, n) = (task.cross(), task.count() as f64);
        for (value, column) in cross.iter().zip(moments.chunks_exact_mut(d)) {
            kernels::axpy(value / n, cross, column);
        }
    }
    let (_, vectors) = dense::eigen(d, &moments)?;
    Ok(Design::from_columns(d, k, vectors.as_slice()[(d - k) * d..].to_vec()))
}

/// The head of a task in the span of an orthonormal `basis`, `argmin ½‖y − X B w‖² + ½ ridge ‖w‖²`, of
/// minimum norm if it is not unique.
///
/// # Errors
/// A number is not finite.
pub fn head(task: &Statistics, basis: &Design, ridge: f64) -> anyhow::Result<Vec<f64>> {
    let k = basis.columns();
    let normal = dense::inner(basis, &profile::image(task.gram(), basis, ridge));
    let mut right = vec![0.0; k];
    basis.tmul(task.cross(), &mut right);
    if let Some(factor) = Cholesky::new(k, normal.as_slice()) {
        factor.solve(&mut right);
        return Ok(right);
    }
    Ok(dense::pseudo_solve(k, normal.as_slice(), &right)?.0)
}

/// Loss (up to a constant) and its gradient `Γ`, `d × k`, at an orthonormal basis, with the heads profiled out.
///
/// # Errors
/// As [`learn`].
pub fn loss_and_gradient(tasks: &[Statistics], basis: &Design, ridge: f64) -> anyhow::Result<(f64, Design)> {
    let telling = telling(tasks, basis.columns())?;
    let profile = Profile::at(&telling, basis.clone(), ridge)?;
    Ok((profile.loss, profile.gradient))
}

/// Alternations continue while each divides the stationarity by at least this factor.
const QUICK: f64 = 4.0;

/// Relative increases of the loss up to this size are attributed to rounding.
const ROUNDING: f64 = 1e-13;

/// The profile at `basis + step`, orthonormalised.
fn moved<'a>(from: &Profile<'a>, step: &Design) -> anyhow::Result<Profile<'a>> {
    let mut basis = from.basis.clone();
    kernels::axpy(1.0, step.as_slice(), basis.as_mut_slice());
    dense::orthonormalise(&mut basis)?;
    Profile::at(from.tasks, basis, from.ridge)
}

/// A step of the trust-region Newton method (Nocedal and Wright 2006, algorithm 4.1); `None` if it would
/// increase the loss, in which case only the radius shrinks.
fn newton<'a>(now: &Profile<'a>, stationarity: f64, radius: &mut f64) -> Option<Profile<'a>> {
    // Solve more accurately near the end, so that the last iterations converge superlinearly.
    let tried = now.newton_step(stationarity.sqrt().clamp(1e-4, 0.3), *radius);
    let there = moved(now, &tried.step).ok();
    let fall = there.as_ref().map_or(f64::NEG_INFINITY, |t| now.loss - t.loss);
    let noise = ROUNDING * now.loss.abs();
    let agreement = if tried.decrease <= noise && fall >= -noise { 1.0 } else { fall / tried.decrease };
    if !(agreement >= 0.25) {
        *radius *= 0.25;
    } else if agreement > 0.75 && tried.at_edge {
        *radius *= 2.0;
    }
    there.filter(|_| agreement > 1e-4)
}

/// Learns a representation from a start, `d × k`; only its span matters.
///
/// # Errors
/// As [`learn`]; also if the start has lower rank.
pub fn learn_from(all: &[Statistics], start: Design, settings: Settings) -> anyhow::Result<Representation> {
    let k = start.columns();
    let telling = telling(all, k)?;
    let mut basis = start;
    dense::orthonormalise(&mut basis)?;
    let mut now = Profile::at(&telling, basis, settings.ridge)?;
    let mut iterations = 0;
    let (mut alternating, mut radius) = (true, 0.5 * now.full_turn());
    let mut before = f64::INFINITY;
    let stationarity = loop {
        let stationarity = now.stationarity();
        anyhow::ensure!(stationarity.is_finite(), "the representation's gradient is not finite");
        if stationarity <= settings.tolerance || iterations >= settings.max_iterations || deadline::passed() {
            break stationarity;
        }
        alternating &= stationarity <= before / QUICK;
        if alternating {
            now = moved(&now, &now.alternation())?;
        } else if let Some(there) = newton(&now, stationarity, &mut radius) {
            now = there;
        }
        before = stationarity;
        iterations += 1;
    };
    let mut heads = Design::from_columns(k, all.len(), vec![0.0; k * all.len()]);
    for (t, task) in all.iter().enumerate().filter(|t| t.1.count() > 0) {
        heads.column_mut(t).copy_from_slice(&head(task, &now.basis, settings.ridge)?);
    }
    Ok(Representation { basis: now.basis, heads, stationarity, iterations })
}
