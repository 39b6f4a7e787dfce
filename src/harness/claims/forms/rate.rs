use remeasure_core::numerics::statistics::{RELATIVE_RESOLUTION, Weights, log_log_slope};

use super::prelude::*;

pub(super) const FORM: Form =
    Form::new::<Rate>("rate", "the log-log slope of a mean along an axis lies within bounds or near a value");

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rate {
    /// Metric that is measured.
    metric: String,
    /// Estimator that is measured.
    estimator: String,
    /// Axis of the slope; its values must be positive numbers.
    axis: String,
    /// Lower bound.
    lower: Option<f64>,
    /// Upper bound.
    upper: Option<f64>,
    /// Largest distance from `published` or `expected`, instead of bounds.
    tolerance: Option<f64>,
    /// The same, relative to `published` or `expected`.
    relative_tolerance: Option<f64>,
}

impl Test for Rate {
    fn names(&self) -> Vec<(Kind, &'static str, Option<&str>)> {
        vec![
            (Metric, "metric", Some(&self.metric)),
            (Estimator, "estimator", Some(&self.estimator)),
            (Axis, "axis", Some(&self.axis)),
        ]
    }

    fn limits(&self, claim: &ClaimSpec) -> Result<Option<Limits>, Invalid> {
        Limits::read((self.lower, self.upper), (self.tolerance, self.relative_tolerance), claim).map(Some)
    }

    fn check(&self, _: &ClaimSpec) -> Result<(), Invalid> {
        Ok(())
    }

    fn check_names(&self, claim: &ClaimSpec, names: &Names<'_>) -> Result<(), Invalid> {
        claim.several(names, "axis", &self.axis)?;
        claim.numeric(names, "axis", &self.axis, true)
    }

    fn evaluate(&self, view: &mut View<'_>, _: &[Curve]) -> Evaluated {
        let limits = view.limits()?;
        let Self { metric, estimator, axis, .. } = self;
        let (ie, im, ia) = (view.estimator(estimator)?, view.metric(metric)?, view.axis(axis)?);
        let level = view.spec.level();
        let (mut groups, mut notes) = (Vec::new(), Vec::new());
        for group in view.groups(&[ia]) {
            let (bounds, target) = limits.of(view, &group)?;
            let mut points = Vec::new();
            for cell in view.ordered(&group.cells, ia) {
                let x = view.number(cell, ia)?;
                let m = Estimate::of_mean(&view.sample(cell, ie, im)?, 0.0);
                if m.value.is_nan() || m.value <= 0.0 {
                    return Err(format!("the mean of {metric} is not positive at {axis} = {}", number(x)));
                }
                points.push((x, m));
            }
            // Equal weights: the slope of a curved line must not depend on the noise at its ends.
            let fit = log_log_slope(&points, Weights::Equal);
            let e = fit.ok_or_else(|| format!("a slope needs two positive values of {axis}"))?;
            // A power law that agrees with a bound up to rounding lies on it. The means decide that, as a slope
            // of 0 has no scale of its own.
            let along = |b: &f64| b.is_finite() && largest_departure(&points, *b) <= RELATIVE_RESOLUTION;
            let on = [bounds.lower, bounds.upper].into_iter().find(along);
            let e = Estimate { value: on.unwrap_or(e.value), ..e };
            let departure = largest_departure(&points, e.value);
            if departure > 0.1 {
                let place = at(&group.label);
                notes.push(format!(
                    "means depart from a power law by up to {:.0} %{place}",
                    100.0 * departure
                ));
            }
            let method = "t test of the log-log slope (Satterthwaite)";
            groups.push((group.label, Evidence { target, ..region(e, bounds, level, method) }));
        }
        let measures = format!("log-log slope of mean {metric} of {estimator} against {axis}");
        Ok(Tested { groups, measures, hypothesis: limits.hypothesis(), notes })
    }
}

/// Largest relative distance of a mean from the fitted power law.
fn largest_departure(points: &[(f64, Estimate)], slope: f64) -> f64 {
    let residuals: Vec<f64> = points.iter().map(|(x, m)| m.value.ln() - slope * x.ln()).collect();
    let centre = residuals.iter().sum::<f64>() / residuals.len() as f64;
    residuals.iter().map(|r| (r - centre).abs().exp_m1()).fold(0.0, f64::max)
}
