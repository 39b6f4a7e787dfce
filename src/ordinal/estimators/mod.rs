//! The estimators. To add one, add it to [`ENTRIES`].

mod command;
mod linfa;
mod linfa_multinomial;
mod penalised;
mod unpenalised;
mod yardsticks;

use remeasure_core::Invalid;
use remeasure_optim::Termination;

use super::estimator::{Certificate, Entry, Fit, Task};
use super::model::Model;
use super::path::Step;
use super::problem::Problem;
use super::screen::screen;

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    penalised::PRESTO,
    penalised::PRESTO_L2,
    unpenalised::PROPORTIONAL_ODDS,
    unpenalised::CUMULATIVE_LOGIT,
    unpenalised::LOGISTIC,
    linfa::ENTRY,
    unpenalised::MULTINOMIAL,
    penalised::MULTINOMIAL_L1,
    penalised::MULTINOMIAL_L2,
    linfa_multinomial::ENTRY,
    yardsticks::MAJORITY,
    yardsticks::TRUE_MODEL,
    command::ENTRY,
];

/// Default KKT residual.
fn default_tolerance() -> f64 {
    1e-8
}

/// Default limit of Newton steps for one λ.
fn default_iterations() -> usize {
    1000
}

/// Checks the stopping rule of a solver.
fn check_stopping(tolerance: f64, max_iterations: usize) -> Result<(), Invalid> {
    if !(tolerance.is_finite() && tolerance > 0.0) {
        return Err(Invalid::new("tolerance", format!("expected a number above 0, found {tolerance}")));
    }
    if max_iterations == 0 {
        return Err(Invalid::new("max_iterations", "expected at least 1, found 0"));
    }
    Ok(())
}

/// Why a solve stopped before reaching its tolerance; `None` if it did not.
fn shortfall(step: &Step, tolerance: f64) -> Option<String> {
    let residual = step.kkt.residual();
    let cut_short = matches!(step.termination, Termination::MaxIterations | Termination::Deadline);
    if step.escapes && !cut_short {
        return Some(format!(
            "no finite maximum: coefficients still grow after {} Newton steps; the classes may be separable",
            step.iterations
        ));
    }
    if residual <= tolerance {
        return None;
    }
    let why = match step.termination {
        Termination::Converged | Termination::Stalled => "no further progress is possible in floating point",
        Termination::MaxIterations => "the iteration limit was reached",
        Termination::Deadline => "the time limit was reached",
    };
    Some(format!(
        "KKT residual {residual:.1e} is above {tolerance:.1e} after {} Newton steps: {why}",
        step.iterations
    ))
}

/// Makes a fit of a solution.
fn fit(task: &Task<'_>, step: &Step, model: Model, penalised: bool, tolerance: f64) -> Fit {
    let residual = step.kkt.residual();
    Fit {
        lambda: penalised.then_some(step.lambda),
        certificate: if penalised { Certificate::Kkt(residual) } else { Certificate::Gradient(residual) },
        iterations: step.iterations,
        shortfall: shortfall(step, tolerance),
        crossed_training: model.probabilities(&task.sample.design).map_or(0, |p| p.crossed),
        ..Fit::plain(model)
    }
}

/// Fits the columns that a screen of training rows keeps, all without a threshold; the others get coefficient 0.
fn screened(
    largest: Option<f64>,
    task: &Task<'_>,
    fit: impl Fn(&Task<'_>) -> anyhow::Result<Fit>,
) -> anyhow::Result<Fit> {
    let Some(largest) = largest else { return fit(task) };
    task.sample.check()?;
    let screen = screen(&task.sample.design, largest);
    let sample = task.sample.columns(&screen.kept);
    let mut fit = fit(&Task { sample: &sample, ..*task })?;
    fit.model = fit.model.widened(&screen.kept, task.sample.design.columns());
    fit.screen = Some(screen);
    Ok(fit)
}

/// Refuses a screen where a column is constant in all rows, which has no variance inflation factor.
fn admits_screen(largest: Option<f64>, problem: &Problem) -> Result<(), Invalid> {
    match (largest, problem) {
        (Some(_), Problem::Data(data)) => match data.constant_feature() {
            Some(name) => {
                let message = format!(
                    "the column `{name}` of {} is constant, so it has no variance inflation factor: list the other \
                     columns in `features` of [problem]",
                    data.input.name
                );
                Err(Invalid::new("screen", message))
            }
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Refuses classes without an order.
fn admits_order(problem: &Problem) -> Result<(), Invalid> {
    if problem.is_ordered() {
        return Ok(());
    }
    let message = "it needs ordered classes: give their `order` in [problem], or use a multinomial estimator";
    Err(Invalid::new("kind", message))
}

/// Refuses problems without a rare class.
fn admits_rare(problem: &Problem) -> Result<(), Invalid> {
    if problem.has_rare_class() {
        return Ok(());
    }
    let message =
        "it predicts a rare last class, which this problem does not have: use a multinomial estimator";
    Err(Invalid::new("kind", message))
}
