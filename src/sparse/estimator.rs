//! Input and output of the estimators of the sparse family.

use remeasure_core::numerics::Design;
use remeasure_core::params;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, deadline};
use remeasure_external::Reported;

use super::metrics::lasso_objective;
use super::problem::{Ensemble, Problem, Truth};

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Design `A`, `n × p`.
    pub design: &'a Design,
    /// Response `y`, length `n`.
    pub response: &'a [f64],
    /// The truth, for oracles and for rules that need the true σ or sparsity; `None` if unknown.
    pub truth: Option<&'a Truth>,
    /// `λ` of `½‖y − A x‖² + λ‖x‖₁`, if the problem sets one.
    pub penalty: Option<f64>,
    /// Random streams of the trial; estimators of a trial that request the same role get the same numbers.
    pub streams: &'a Streams,
}

/// A measure of how exactly a method solved its own problem.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Certificate {
    /// Nothing to certify: a closed form.
    None,
    /// Duality gap divided by the objective at zero, `P(0) = ‖y‖²/(2n)`.
    RelativeGap(f64),
    /// Distance from the estimate to its image under the method's own iteration, relative to its norm.
    FixedPoint(f64),
    /// Largest `|a_jᵀ r| / (‖a_j‖‖y‖)` over the support: 0 for a least-squares fit.
    Orthogonality(f64),
}

impl Certificate {
    /// The larger of two certificates; the second if they are of different kinds, and never `None` if one is not.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::RelativeGap(a), Self::RelativeGap(b)) => Self::RelativeGap(a.max(b)),
            (Self::FixedPoint(a), Self::FixedPoint(b)) => Self::FixedPoint(a.max(b)),
            (Self::Orthogonality(a), Self::Orthogonality(b)) => Self::Orthogonality(a.max(b)),
            (only, Self::None) => only,
            (_, other) => other,
        }
    }
}

/// The estimate after some iterations.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Number of completed iterations.
    pub iteration: usize,
    /// Coefficients, length `p`.
    pub coefficients: Vec<f64>,
}

/// A fit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Coefficients, length `p`.
    pub coefficients: Vec<f64>,
    /// The penalty used, in the convention of the family; `None` for methods without a penalty.
    pub lambda: Option<f64>,
    /// How exactly the method solved its own problem.
    pub certificate: Certificate,
    /// Number of iterations, in the method's own unit.
    pub iterations: usize,
    /// Why the fit stopped before meeting its stopping rule; `None` if it did not.
    pub shortfall: Option<String>,
    /// What an external method reported of itself.
    pub reported: Reported,
    /// Intermediate estimates, if requested.
    pub trajectory: Vec<Snapshot>,
}

/// The estimates of all signals of an ensemble after some layers or iterations.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Number of layers or iterations so far.
    pub index: usize,
    /// Coefficients, signal after signal, `S · p` numbers.
    pub coefficients: Vec<f64>,
}

/// One step of a path of coefficients.
#[derive(Clone, Debug)]
pub struct Step {
    /// The penalty, in the units of [`Fit::lambda`].
    pub lambda: f64,
    /// Coefficients, length `p`.
    pub coefficients: Vec<f64>,
}

/// What a trained network learned.
#[derive(Clone, Debug, Default)]
pub struct Learning {
    /// Training loss by batch: number of batches so far, loss.
    pub loss: Vec<(usize, f64)>,
    /// Steps `α_t`, layer by layer, in units of `1/L`, for networks that have them.
    pub steps: Vec<f64>,
    /// Thresholds `θ_t`, layer by layer, for networks that have them.
    pub thresholds: Vec<f64>,
    /// Batches skipped because their loss or gradient was not finite.
    pub skipped: usize,
}

/// The estimates of all signals of an ensemble.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Coefficients, signal after signal, `S · p` numbers.
    pub coefficients: Vec<f64>,
    /// The worst certificate among the signals, for methods that have one.
    pub certificate: Option<Certificate>,
    /// Iterations or layers, in the method's own unit, averaged over the signals.
    pub iterations: f64,
    /// Why the method stopped before meeting its stopping rule; `None` if it did not.
    pub shortfall: Option<String>,
    /// Intermediate estimates, if requested.
    pub layers: Vec<Layer>,
    /// What was learned, for trained networks.
    pub learning: Option<Learning>,
    /// Whether the method minimises the ℓ1 objective with a fixed number of layers, so that it can be
    /// compared with the number of iterations that plain ISTA needs for the same objective.
    pub against_ista: bool,
}

/// Fits each response of an ensemble separately.
fn one_by_one<E: Estimator + ?Sized>(
    estimator: &E,
    ensemble: &Ensemble,
    streams: &Streams,
) -> anyhow::Result<Recovery> {
    let mut coefficients = Vec::with_capacity(ensemble.signals.len());
    let (mut iterations, mut short, mut shortfall) = (0, 0, None);
    let mut certificate: Option<Certificate> = None;
    for s in (0..ensemble.len()).take_while(|_| !deadline::passed()) {
        let truth = ensemble.truth(s);
        let task = Task {
            design: &ensemble.design,
            response: ensemble.response(s),
            truth: Some(&truth),
            penalty: ensemble.penalty,
            streams,
        };
        let fit = estimator.fit(&task)?;
        coefficients.extend_from_slice(&fit.coefficients);
        iterations += fit.iterations;
        certificate = Some(certificate.map_or(fit.certificate, |c| c.worse(fit.certificate)));
        short += usize::from(fit.shortfall.is_some());
        shortfall = shortfall.or(fit.shortfall);
    }
    // After its deadline the trial is discarded, so only the shape matters.
    coefficients.resize(ensemble.signals.len(), 0.0);
    Ok(Recovery {
        coefficients,
        certificate,
        iterations: iterations as f64 / ensemble.len() as f64,
        shortfall: shortfall
            .map(|why| format!("{short} of {} signals did not converge; the first: {why}", ensemble.len())),
        layers: Vec::new(),
        learning: None,
        against_ista: false,
    })
}

/// An estimator with validated parameters.
pub trait Estimator: Send + Sync {
    /// Fits the task.
    ///
    /// # Errors
    /// The method cannot handle the problem.
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit>;

    /// The objective that the fit minimised; by default the Lasso's at [`Fit::lambda`], if there is one.
    fn objective(&self, task: &Task<'_>, fit: &Fit) -> Option<f64> {
        fit.lambda.map(|lambda| lasso_objective(task.design, task.response, &fit.coefficients, lambda))
    }

    /// The path of coefficients around a fit, in descending order of λ, for figures; empty if there is none, or none is
    /// asked for. It is not timed.
    ///
    /// # Errors
    /// The method cannot handle the problem.
    fn path(&self, _task: &Task<'_>, _fit: &Fit) -> anyhow::Result<Vec<Step>> {
        Ok(Vec::new())
    }

    /// Gets ready to fit on this thread before the time is taken; by default there is nothing to do.
    fn ready(&self) {}

    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, _problem: &Problem) -> Result<(), Invalid> {
        Ok(())
    }

    /// Estimates all signals of an ensemble; by default, one by one.
    ///
    /// # Errors
    /// The method cannot handle the problem.
    fn recover(&self, ensemble: &Ensemble, streams: &Streams) -> anyhow::Result<Recovery> {
        one_by_one(self, ensemble, streams)
    }
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
