//! Penalty methods (Kwon, Kwon, Wright and Nowak, arXiv 2309.01753; F2SA: same authors, ICML 2023): first derivatives
//! only.

mod descent;
mod function;
mod single_loop;

use remeasure_core::Invalid;

use crate::estimator::Entry;
use crate::problem::{Instance, Problem};
use crate::smooth::Smooth;

/// Registers the methods.
pub(super) const FUNCTION: Entry = function::ENTRY;
pub(super) const DESCENT: Entry = descent::ENTRY;
pub(super) const SINGLE_LOOP: Entry = single_loop::ENTRY;

/// Rejects problems without differentiable functions.
fn check_smooth(problem: &Problem) -> Result<(), Invalid> {
    if problem.spec().is_smooth() {
        return Ok(());
    }
    let message = "penalty methods need a lower level that is smooth and strongly convex, which this problem's is \
                   not; leave the estimator out, or choose another problem.kind";
    Err(Invalid::new("kind", message))
}

/// The problem's functions.
fn smooth(instance: &Instance) -> anyhow::Result<Box<dyn Smooth + '_>> {
    instance.model.smooth().ok_or_else(|| anyhow::anyhow!("the lower level is not smooth"))
}
