use remeasure_core::family::Outcome;
use remeasure_core::numerics::statistics::alike;

use super::prelude::*;

pub(super) const FORM: Form =
    Form::new::<AtMost>("at-most", "an event, such as a failed fit, is no more frequent than a limit")
        .pooled();

/// How a fit ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ending {
    /// In any way other than `ok`.
    #[default]
    NotOk,
    /// The fit failed.
    Failed,
    /// The fit ran out of time.
    TimedOut,
    /// The fit stopped before it converged.
    NotConverged,
}

/// The event that is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Counted<'a> {
    Ended(Ending),
    /// The metric lies above a threshold.
    Above(&'a str, f64),
    /// The metric lies below a threshold.
    Below(&'a str, f64),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AtMost {
    /// Estimator whose fits are counted.
    estimator: String,
    /// Largest rate claimed.
    limit: f64,
    /// The ending that is counted: by default any other than `ok`. It cannot be combined with `metric`.
    event: Option<Ending>,
    /// Metric whose values are compared with a threshold.
    metric: Option<String>,
    /// Threshold: values above it are counted.
    above: Option<f64>,
    /// Threshold: values below it are counted.
    below: Option<f64>,
}

impl AtMost {
    pub(super) fn event(&self) -> Result<Counted<'_>, Invalid> {
        match (self.metric.as_deref(), self.above, self.below) {
            (None, None, None) => Ok(Counted::Ended(self.event.unwrap_or_default())),
            (Some(_), ..) if self.event.is_some() => {
                Err(Invalid::new("event", "give an event or a metric with a threshold, not both"))
            }
            (Some(metric), Some(t), None) => Ok(Counted::Above(metric, t)),
            (Some(metric), None, Some(t)) => Ok(Counted::Below(metric, t)),
            (Some(_), ..) => Err(Invalid::new("above", "a metric needs one threshold: `above` or `below`")),
            (None, ..) => {
                Err(Invalid::new("metric", "is missing: name the metric to compare with the threshold"))
            }
        }
    }
}

impl Test for AtMost {
    fn names(&self) -> Vec<(Kind, &'static str, Option<&str>)> {
        vec![(Estimator, "estimator", Some(&self.estimator)), (Metric, "metric", self.metric.as_deref())]
    }

    fn check(&self, _: &ClaimSpec) -> Result<(), Invalid> {
        require(
            self.limit > 0.0 && self.limit < 1.0,
            "limit",
            "must lie between 0 and 1, exclusive: no finite run can show a rate of 0",
        )?;
        match self.event()? {
            Counted::Above(_, t) => require(t.is_finite(), "above", "the threshold must be finite"),
            Counted::Below(_, t) => require(t.is_finite(), "below", "the threshold must be finite"),
            Counted::Ended(_) => Ok(()),
        }
    }

    fn evaluate(&self, view: &mut View<'_>, _: &[Curve]) -> Evaluated {
        let (event, level) = (self.event().map_err(|e| e.to_string())?, view.spec.level());
        let ie = view.estimator(&self.estimator)?;
        let bounds = Bounds::below(self.limit);
        let threshold = match event {
            Counted::Above(m, t) => Some((view.metric(m)?, t, 1.0)),
            Counted::Below(m, t) => Some((view.metric(m)?, t, -1.0)),
            Counted::Ended(_) => None,
        };
        let mut groups = Vec::new();
        let mut total = (0, 0);
        for group in view.groups(&[]) {
            let cell = group.cells[0];
            let (k, n) = if let Some((metric, t, sign)) = threshold {
                let values = view.sample(cell, ie, metric)?;
                let beyond = |v: &&f64| sign * **v > sign * t && !alike(**v, t);
                (values.iter().filter(beyond).count() as u64, values.len() as u64)
            } else {
                view.outcomes(cell, ie, |o| match event {
                    Counted::Ended(Ending::Failed) => matches!(o, Outcome::Failed(_)),
                    Counted::Ended(Ending::TimedOut) => matches!(o, Outcome::TimedOut(_)),
                    Counted::Ended(Ending::NotConverged) => matches!(o, Outcome::NotConverged(_)),
                    _ => *o != Outcome::Ok,
                })?
            };
            total = (total.0 + k, total.1 + n);
            groups.push((group.label, Evidence { cell: Some(cell), ..rate(k, n, 1, bounds, level) }));
        }
        if view.spec.common.over == Over::Pooled {
            let cells = view.cells.len();
            let evidence = rate(total.0, total.1, cells as u64, bounds, level);
            groups = vec![(format!("all {cells} cells together"), evidence)];
        }
        let what = match event {
            Counted::Ended(Ending::NotOk) => "a fit that is not ok".to_string(),
            Counted::Ended(Ending::Failed) => "a failed fit".to_string(),
            Counted::Ended(Ending::TimedOut) => "a fit that ran out of time".to_string(),
            Counted::Ended(Ending::NotConverged) => "a fit that did not converge".to_string(),
            Counted::Above(m, t) => format!("{m} above {}", exact(t)),
            Counted::Below(m, t) => format!("{m} below {}", exact(t)),
        };
        let measures = format!("rate of {what}, {}", self.estimator);
        let hypothesis = format!("at most {}", exact(self.limit));
        Ok(Tested { groups, measures, hypothesis, notes: Vec::new() })
    }
}
