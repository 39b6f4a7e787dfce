//! Penalised fits along a path of λ.

use anyhow::ensure;
use remeasure_core::deadline;
use remeasure_optim::Termination;

use super::cumulative::{self, Freedom, Kkt, Solved};
use super::model::{Binary, Model};
use super::multinomial::{self, Coding};
use super::newton::Stopping;
use super::sample::{Probabilities, Sample};
use super::training::Training;

/// The method, which determines what is penalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// PRESTO: the differences `ψ_k` of the slopes of a cumulative logit.
    Presto,
    /// PRESTO with two errors of the authors' code: intercepts are transformed to the raw scale with `ψ_kᵀx̄`
    /// instead of `β_kᵀx̄`, and cross-validation predicts with `ψ_k` instead of `β_k` and keeps negative
    /// probabilities.
    PrestoAsPublished,
    /// The `K` slope vectors of a multinomial logit.
    Multinomial,
}

/// The penalty `λ (a‖·‖₁ + (1 − a)/2 ‖·‖²)`, and the stopping rule.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The method, which determines what is penalised.
    pub method: Method,
    /// `a` in `[0, 1]`: 1 is the lasso, 0 ridge.
    pub mix: f64,
    /// KKT residual to reach, for standardised features and the mean loss.
    pub tolerance: f64,
    /// Maximum number of Newton steps for each λ.
    pub max_iterations: usize,
}

impl Settings {
    /// Settings with a KKT residual of 1e-8 and at most 1000 Newton steps for each λ.
    #[must_use]
    pub fn new(method: Method, mix: f64) -> Self {
        Self { method, mix, tolerance: 1e-8, max_iterations: 1000 }
    }

    /// The λ above which all penalised coefficients are 0: the largest score at the fit of the intercepts
    /// alone, divided by `a`. Ridge never sets a coefficient to 0, so its grid starts from the λ_max of
    /// `a = 0.01`, as in ordinalNet (Wurm, Hanlon and Rathouz 2021).
    fn lambda_max(&self, score: f64) -> f64 {
        score / self.mix.max(0.01)
    }
}

/// One fit of a path.
#[derive(Clone, Debug)]
pub struct Step {
    /// The penalty.
    pub lambda: f64,
    /// `(1/n)Σ −log π_{y_i}(x_i)` plus the penalty, on standardised features.
    pub objective: f64,
    /// Distance from optimality.
    pub kkt: Kkt,
    /// Newton steps.
    pub iterations: usize,
    /// Why the solver stopped.
    pub termination: Termination,
    /// Number of rows and boundaries where cumulative curves touch with a positive multiplier.
    pub touching: usize,
    /// Whether the infimum is at infinity, judging by the last steps.
    pub escapes: bool,
}

impl Step {
    fn of(lambda: f64, solved: Solved) -> Self {
        Self {
            lambda,
            objective: solved.objective,
            kkt: solved.kkt,
            iterations: solved.iterations,
            termination: solved.termination,
            touching: solved.touching,
            escapes: solved.escapes,
        }
    }
}

/// A solver for either model.
pub(super) enum Solver<'a> {
    Cumulative(Box<cumulative::Solver<'a>>),
    Multinomial(Box<multinomial::Solver<'a>>),
}

impl<'a> Solver<'a> {
    pub(super) fn new(method: Method, training: &'a Training) -> Self {
        match method {
            Method::Presto | Method::PrestoAsPublished => {
                Self::Cumulative(Box::new(cumulative::Solver::new(training, Freedom::Full)))
            }
            Method::Multinomial => {
                Self::Multinomial(Box::new(multinomial::Solver::new(training, Coding::Symmetric)))
            }
        }
    }

    /// λ_max; must be called before anything is solved.
    pub(super) fn lambda_max(&mut self, settings: &Settings) -> f64 {
        settings.lambda_max(match self {
            Self::Cumulative(solver) => solver.largest_score(),
            Self::Multinomial(solver) => solver.largest_score(),
        })
    }

    /// Solves at λ from the last solution.
    pub(super) fn solve(&mut self, settings: &Settings, lambda: f64) -> Step {
        let (l1, l2) = (lambda * settings.mix, lambda * (1.0 - settings.mix));
        // The residual is recomputed at the end, and includes the rounds of the multipliers.
        let stopping =
            Stopping { tolerance: 0.1 * settings.tolerance, max_iterations: settings.max_iterations };
        let solved = match self {
            Self::Cumulative(solver) => solver.solve(l1, l2, stopping),
            Self::Multinomial(solver) => solver.solve(l1, l2, stopping),
        };
        Step::of(lambda, solved)
    }

    /// Bound on the distance of the last solution from the minimum, relative to the mean loss of the intercepts
    /// alone; `None` for cumulative logits, and without a penalty.
    pub(super) fn gap(&mut self, settings: &Settings, lambda: f64) -> Option<f64> {
        match self {
            Self::Multinomial(solver) if lambda > 0.0 => {
                Some(solver.gap(lambda * settings.mix, lambda * (1.0 - settings.mix)))
            }
            _ => None,
        }
    }

    /// The model of the last solution.
    pub(super) fn model(&self, method: Method) -> Model {
        match self {
            Self::Cumulative(solver) if method == Method::PrestoAsPublished => {
                Model::Cumulative(solver.published_model())
            }
            Self::Cumulative(solver) => Model::Cumulative(solver.model()),
            Self::Multinomial(solver) => Model::Multinomial(solver.model()),
        }
    }

    /// The probabilities that cross-validation uses to judge the last solution.
    pub(super) fn validate(&self, method: Method, held_out: &Sample) -> Probabilities {
        match self {
            Self::Cumulative(solver) if method == Method::PrestoAsPublished => {
                solver.published_validation_model().probabilities(&held_out.design)
            }
            Self::Cumulative(solver) => solver.model().probabilities(&held_out.design),
            Self::Multinomial(solver) => solver.model().probabilities(&held_out.design),
        }
    }
}

/// `points` penalties, spaced logarithmically from `largest` down to `ratio · largest`.
///
/// # Errors
/// There are fewer than 2 points, the ratio is not in `(0, 1)`, or the largest λ is not a finite number above
/// 0.
pub fn lambda_grid(largest: f64, ratio: f64, points: usize) -> anyhow::Result<Vec<f64>> {
    ensure!(largest.is_finite() && largest > 0.0, "the largest λ is {largest}, so no feature has an effect");
    ensure!(
        points >= 2 && ratio > 0.0 && ratio < 1.0,
        "cannot make a grid of {points} points down to {ratio} of λ_max"
    );
    let step = ratio.ln() / (points - 1) as f64;
    Ok((0..points).map(|k| largest * (step * k as f64).exp()).collect())
}

/// λ_max of a sample.
///
/// # Errors
/// The sample cannot be fitted.
pub fn lambda_max(sample: &Sample, settings: &Settings) -> anyhow::Result<f64> {
    let training = Training::new(sample)?;
    Ok(Solver::new(settings.method, &training).lambda_max(settings))
}

/// Fits with each λ in turn, each starting from the solution before; returns fewer steps if a deadline passes.
///
/// # Errors
/// The sample cannot be fitted, or a λ is negative or not finite.
pub fn path(sample: &Sample, settings: &Settings, lambdas: &[f64]) -> anyhow::Result<Vec<(Step, Model)>> {
    if let Some(lambda) = lambdas.iter().find(|l| !(l.is_finite() && **l >= 0.0)) {
        anyhow::bail!("λ = {lambda} is not a valid penalty");
    }
    let training = Training::new(sample)?;
    let mut solver = Solver::new(settings.method, &training);
    let mut steps = Vec::with_capacity(lambdas.len());
    for &lambda in lambdas {
        let step = solver.solve(settings, lambda);
        steps.push((step, solver.model(settings.method)));
        if deadline::passed() {
            break;
        }
    }
    Ok(steps)
}

/// The maximum-likelihood fit of logistic regression of the rare class against the others; `step.escapes` is true
/// if there is none.
///
/// # Errors
/// The sample cannot be fitted, or one of the two sides has no rows.
pub(crate) fn logistic(
    sample: &Sample,
    tolerance: f64,
    max_iterations: usize,
) -> anyhow::Result<(Step, Binary)> {
    let labels = sample.rare_labels()?;
    let training = Training::of(&sample.design, &labels, 2)?;
    let mut solver = multinomial::Solver::new(&training, Coding::Reference);
    let solved = solver.solve(0.0, 0.0, Stopping { tolerance: 0.1 * tolerance, max_iterations });
    let mut model = solver.model();
    // The blocks are those of the other classes against the rare one.
    let slopes = model.slopes.swap_remove(0).into_iter().map(|v| -v).collect();
    Ok((Step::of(0.0, solved), Binary { intercept: -model.intercepts[0], slopes }))
}

/// A model to fit without a penalty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likelihood {
    /// Cumulative logit with separate slopes at every boundary, restricted to its domain.
    Cumulative,
    /// Cumulative logit with common slopes.
    ProportionalOdds,
    /// Multinomial logit, the last class as reference.
    Multinomial,
}

/// The maximum-likelihood fit; `step.escapes` is true if there is none.
///
/// # Errors
/// The sample cannot be fitted.
pub fn maximum_likelihood(
    sample: &Sample,
    likelihood: Likelihood,
    tolerance: f64,
    max_iterations: usize,
) -> anyhow::Result<(Step, Model)> {
    let training = Training::new(sample)?;
    let mut solver = match likelihood {
        Likelihood::Cumulative => {
            Solver::Cumulative(Box::new(cumulative::Solver::new(&training, Freedom::Full)))
        }
        Likelihood::ProportionalOdds => {
            Solver::Cumulative(Box::new(cumulative::Solver::new(&training, Freedom::Parallel)))
        }
        Likelihood::Multinomial => {
            Solver::Multinomial(Box::new(multinomial::Solver::new(&training, Coding::Reference)))
        }
    };
    let settings = Settings { method: Method::Presto, mix: 1.0, tolerance, max_iterations };
    let step = solver.solve(&settings, 0.0);
    Ok((step, solver.model(Method::Presto)))
}
