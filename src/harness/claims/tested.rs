//! The result of a test, and helpers that several forms share.

use remeasure_core::Invalid;
use remeasure_core::numerics::statistics::Estimate;

use super::claim::require;
use super::evidence::{Evidence, exponentiated};

/// The evidence on a claim, group by group.
pub(super) struct Tested {
    /// Label and evidence of each group; never empty.
    pub(super) groups: Vec<(String, Evidence)>,
    /// The measured quantity in words.
    pub(super) measures: String,
    /// The hypothesis in words.
    pub(super) hypothesis: String,
    /// Remarks for the reader.
    pub(super) notes: Vec<String>,
}

/// The evidence, or the reason why there is none.
pub(super) type Evaluated = Result<Tested, String>;

impl Tested {
    /// The same, with values and intervals exponentiated for display.
    pub(super) fn exponentiated(mut self) -> Self {
        self.groups = self.groups.into_iter().map(|(label, e)| (label, exponentiated(e))).collect();
        self
    }
}

/// The label of an average over cells.
pub(super) fn average(cells: usize) -> String {
    format!("average over {cells} cells")
}

/// A group's label and what is compared within it.
pub(super) fn joined(label: &str, course: String) -> String {
    if label.is_empty() { course } else { format!("{label}, {course}") }
}

/// A group as part of a sentence; empty if there is only one.
pub(super) fn at(label: &str) -> String {
    if label.is_empty() { String::new() } else { format!(" at {label}") }
}

/// The average of estimates, each with equal weight.
pub(super) fn pool(estimates: &[Estimate]) -> Estimate {
    let share = 1.0 / estimates.len() as f64;
    Estimate::contrast(&estimates.iter().map(|e| (share, *e)).collect::<Vec<_>>())
}

/// Ratio of the means of paired values, first over second, with its error by the delta method.
pub(super) fn ratio_of_means(
    pairs: &[(f64, f64)],
    label: &str,
    notes: &mut Vec<String>,
) -> Result<Estimate, String> {
    let a: Vec<f64> = pairs.iter().map(|p| p.0).collect();
    let b: Vec<f64> = pairs.iter().map(|p| p.1).collect();
    let (top, bottom) = (Estimate::of_mean(&a, 0.0), Estimate::of_mean(&b, 0.0));
    let place = at(label);
    if bottom.value == 0.0 {
        return Err(format!("the mean in the denominator is 0{place}"));
    }
    if bottom.se > bottom.value.abs() / 5.0 {
        notes.push(format!("the denominator is within 5 standard errors of 0{place}, so the ratio is rough"));
    }
    let ratio = top.value / bottom.value;
    let residuals: Vec<f64> = pairs.iter().map(|(x, y)| x - ratio * y).collect();
    let size = a.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let spread = Estimate::of_mean(&residuals, size);
    Ok(Estimate { value: ratio, se: spread.se / bottom.value.abs(), ..spread })
}

pub(super) fn not_itself(estimator: &str, relative_to: Option<&str>) -> Result<(), Invalid> {
    require(relative_to != Some(estimator), "relative_to", format!("compares `{estimator}` with itself"))
}
