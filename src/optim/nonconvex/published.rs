//! Coordinate descent with an order of updates that was published and does not find stationary points.

use remeasure_core::numerics::kernels;
use remeasure_core::{Invalid, deadline};

use super::penalties::{Folded, Unpenalised};
use super::{Loss, Observations, Stationary, stationarity};
use crate::Termination;
use crate::penalty::Penalty;

/// Coordinate descent for least squares from `start` in which the residual follows the unpenalised coefficient, which is
/// thresholded only afterwards, as the code with arXiv 2009.10629 has it. The columns must have mean square 1. It ends when
/// no coefficient moves by `tolerance`; what it returns is not stationary. [`super::Working`] is the right method.
///
/// # Errors
/// If the loss is not Gaussian, or `start` does not have length `p`.
pub fn published_descent(
    data: &Observations<'_>,
    penalty: &impl Folded,
    start: &[f64],
    tolerance: f64,
    max_sweeps: usize,
) -> Result<Stationary, Invalid> {
    if !data.is_quadratic() {
        return Err(Invalid::new("loss", format!("expected {:?}", Loss::Gaussian)));
    }
    if start.len() != data.columns() {
        let message = format!("expected {} coefficients, found {}", data.columns(), start.len());
        return Err(Invalid::new("start", message));
    }
    let n = data.rows() as f64;
    let whole = Unpenalised { free: data.free(), penalty };
    let mut coefficients = start.to_vec();
    let mut residual = vec![0.0; data.rows()];
    data.design().mul(start, &mut residual);
    data.residual(&mut residual);
    let mut iterations = 0;
    let mut termination = Termination::MaxIterations;
    while iterations < max_sweeps {
        if deadline::passed() {
            termination = Termination::Deadline;
            break;
        }
        let mut moved = 0.0_f64;
        for (j, w) in coefficients.iter_mut().enumerate() {
            let column = data.design().column(j);
            let free = kernels::dot(column, &residual) / n + *w;
            kernels::axpy(*w - free, column, &mut residual);
            let next = super::Separable::prox_at(&whole, j, free, 1.0);
            moved = moved.max((next - *w).abs());
            *w = next;
        }
        iterations += 1;
        if moved < tolerance {
            termination = Termination::Converged;
            break;
        }
    }
    let mut gradient = vec![0.0; data.columns()];
    let objective = data.value_and_gradient(&coefficients, &mut gradient)? + whole.value(&coefficients);
    let stationarity = stationarity(data, &whole, &coefficients)?;
    Ok(Stationary { coefficients, objective, stationarity, iterations, termination })
}
